from __future__ import annotations

import datetime as dt
import gzip
import re

import ncompress
import numpy as np
import pytest

from laicflow.simulate.ionosphere import DayMaps
from laicflow.simulate.write_ionex import file_name, ionex_text, write_ionex

LATITUDE = np.array([50.0, 47.5])
LONGITUDE = np.arange(90.0, 180.1, 5.0)


def day(date=dt.date(2013, 12, 31), hours=(0, 2, 4), first=12.34) -> DayMaps:
    shape = (len(hours), LATITUDE.size, LONGITUDE.size)
    tec = np.full(shape, 10.0) + np.arange(LONGITUDE.size)
    tec[0, 0, 0] = first
    return DayMaps(date, np.array(hours), tec, np.full(shape, 1.26))


def lines(**changes) -> list[str]:
    return ionex_text(day(**changes), LATITUDE, LONGITUDE, seed=1).splitlines()


def test_first_map_to_the_letter():
    written = lines()
    start = next(n for n, line in enumerate(written) if "START OF TEC MAP" in line)
    # IONEX 1.0: I6; 6I6; 2X,5F6.1; mI5, at most 16 a line.
    values = "".join(f"{100 + 10 * n:5d}" for n in range(19))
    assert written[start : start + 5] == [
        "     1                                                      START OF TEC MAP    ",
        "  2013    12    31     0     0     0                        EPOCH OF CURRENT MAP",
        "    50.0  90.0 180.0   5.0 450.0                            LAT/LON1/LON2/DLON/H",
        "  123" + values[5:80],
        "  260  270  280",
    ]


def test_header_records_to_the_letter():
    written = lines()
    for expected in (
        "     1.0            IONOSPHERE MAPS     GNSS                IONEX VERSION / TYPE",
        "laicflow simulate   SIMULATED           31-DEC-13 00:00     PGM / RUN BY / DATE ",
        "  2013    12    31     0     0     0                        EPOCH OF FIRST MAP  ",
        "  2013    12    31     4     0     0                        EPOCH OF LAST MAP   ",
        "  7200                                                      INTERVAL            ",
        "     3                                                      # OF MAPS IN FILE   ",
        "   450.0 450.0   0.0                                        HGT1 / HGT2 / DHGT  ",
        "    50.0  47.5  -2.5                                        LAT1 / LAT2 / DLAT  ",
        "    90.0 180.0   5.0                                        LON1 / LON2 / DLON  ",
        "    -1                                                      EXPONENT            ",
    ):
        assert written.count(expected) == 1, expected
    assert written[-1] == " " * 60 + "END OF FILE         "


def test_a_file_says_that_it_is_simulated():
    assert any("COMMENT" in line and "SIMULATED" in line for line in lines())


def test_hour_24_is_midnight_of_the_next_day():
    written = lines(hours=(0, 24))
    assert "  2014     1     1     0     0     0                        EPOCH OF LAST MAP   " in (
        written
    )


@pytest.mark.parametrize(
    ("value", "field"), [(np.nan, " 9999"), (0.04, "    0"), (112.45, " 1124"), (2000.0, " 9998")]
)
def test_values_are_tenths_and_missing_is_9999(value, field):
    written = lines(first=value)
    at = next(n for n, line in enumerate(written) if "LAT/LON1" in line)
    assert written[at + 1][:5] == field


def test_tec_maps_come_before_rms_maps_and_are_numbered_alike():
    marks = [line for line in lines() if re.search("(START|END) OF (TEC|RMS) MAP", line)]
    kinds = [(line[:6].strip(), line[60:].strip()) for line in marks]
    expected = [
        (str(n), f"{edge} OF {kind} MAP")
        for kind in ("TEC", "RMS")
        for n in (1, 2, 3)
        for edge in ("START", "END")
    ]
    assert kinds == expected


def test_satellite_biases_have_zero_mean():
    biases = [float(line[6:16]) for line in lines() if "PRN / BIAS / RMS" in line]
    assert len(biases) == 32
    assert sum(biases) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize(
    ("date", "name"),
    [
        # Names of real files: 19 May 2015 and 1 January 2025; the last short and first long one.
        ((2015, 5, 19), "CODG1390.15I.Z"),
        ((2025, 1, 1), "COD0OPSFIN_20250010000_01D_01H_GIM.INX.gz"),
        ((2022, 11, 26), "CODG3300.22I.Z"),
        ((2022, 11, 27), "COD0OPSFIN_20223310000_01D_01H_GIM.INX.gz"),
    ],
)
def test_names_are_those_of_the_archive(date, name):
    assert file_name(dt.date(*date)) == name


@pytest.mark.parametrize("date", [dt.date(2014, 3, 1), dt.date(2023, 3, 1)])
def test_a_file_is_compressed_as_its_name_says_and_always_alike(tmp_path, date):
    maps = day(date)
    path = write_ionex(maps, LATITUDE, LONGITUDE, tmp_path, seed=1)
    packed = path.read_bytes()
    magic, unpack = {
        ".Z": (b"\x1f\x9d", ncompress.decompress),
        ".gz": (b"\x1f\x8b", gzip.decompress),
    }[path.suffix]
    assert packed[:2] == magic
    assert unpack(packed).decode() == ionex_text(maps, LATITUDE, LONGITUDE, seed=1)
    assert write_ionex(maps, LATITUDE, LONGITUDE, tmp_path, seed=1).read_bytes() == packed
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def shape_of(line: str) -> str:
    """A record with its digits and signs blotted out."""
    return re.sub("[0-9]", "0", re.sub("[- ](?=[0-9])", "0", line[:60]).replace(" ", "0"))


def test_records_stand_where_they_stand_in_a_real_file(real_data):
    real = (real_data / "ionex/code/CODG0440.12I").read_text().splitlines()
    latitude, longitude = np.arange(87.5, -87.6, -2.5), np.arange(-180.0, 181, 5)
    shape = (13, 71, 73)
    maps = DayMaps(dt.date(2012, 2, 13), np.arange(0, 25, 2), np.full(shape, 9.0), np.ones(shape))
    ours = ionex_text(maps, latitude, longitude, seed=1).splitlines()

    def records(text: list[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in text:
            if len(line) == 80 and not line[60:].replace(" ", "").isdigit():
                found.setdefault(line[60:], []).append(line[:60])
        return found

    mine, theirs = records(ours), records(real)
    assert set(mine) == set(theirs)
    same = [
        "IONEX VERSION / TYPE",
        "EPOCH OF FIRST MAP  ",
        "EPOCH OF LAST MAP   ",
        "EPOCH OF CURRENT MAP",
        "INTERVAL            ",
        "# OF MAPS IN FILE   ",
        "MAPPING FUNCTION    ",
        "ELEVATION CUTOFF    ",
        "BASE RADIUS         ",
        "MAP DIMENSION       ",
        "HGT1 / HGT2 / DHGT  ",
        "LAT1 / LAT2 / DLAT  ",
        "LON1 / LON2 / DLON  ",
        "EXPONENT            ",
        "START OF TEC MAP    ",
        "END OF RMS MAP      ",
        "LAT/LON1/LON2/DLON/H",
        "START OF AUX DATA   ",
        "END OF AUX DATA     ",
    ]
    for label in same:
        assert mine[label] == theirs[label], label
    for label in ("PRN / BIAS / RMS    ", "STATION / BIAS / RMS"):
        assert shape_of(mine[label][0])[26:] == shape_of(theirs[label][0])[26:], label
    widths = {len(line) for line in ours}
    assert widths == {len(line) for line in real} == {45, 80}
