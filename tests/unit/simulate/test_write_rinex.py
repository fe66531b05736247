"""Observation files: decoded by hand and by a foreign library."""

from __future__ import annotations

import datetime as dt
import gzip

import gnss_tec
import hatanaka
import ncompress
import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.simulate.gnss_receiver import Observed, Station
from laicflow.simulate.write_rinex import file_name, rinex_text, write_rinex

DAY = dt.date(2014, 3, 11)


def observed(seen=(0, 4, 31), p1=True, epochs=3) -> Observed:
    """A few epochs of round numbers."""
    station = Station("SIMA00XXX", 45.0, 0.0, 0.0, p1p2_ns=1.0, p1c1_ns=0.0, p1=p1)
    times = np.datetime64(DAY, "us") + np.arange(epochs) * np.timedelta64(30, "s")
    base = {"C1C": 2.1e7, "C1W": 2.1e7 + 0.5, "C2W": 2.1e7 + 5.25, "L1C": 1.1e8, "L2W": -8.5e7}
    base |= {"S1C": 47.5, "S2W": 31.0}
    if not p1:
        del base["C1W"]
    values = {}
    for name, value in base.items():
        values[name] = np.full((epochs, 32), np.nan)
        for number in seen:
            values[name][:, number] = value + number
    values["S1C"][:, 31] = values["S2W"][:, 31] = 50.0
    lost = np.zeros((epochs, 32), bool)
    lost[1, 4] = True
    slips = pd.DataFrame()
    blank = np.full((epochs, 32), np.nan)
    return Observed(station, DAY, 30.0, times, values, lost, blank, blank, slips, [])


def split(text: str) -> tuple[dict[str, list[str]], list[str]]:
    lines = text.splitlines()
    end = next(k for k, line in enumerate(lines) if line[60:].strip() == "END OF HEADER")
    header: dict[str, list[str]] = {}
    for line in lines[: end + 1]:
        assert len(line) == 80
        header.setdefault(line[60:].strip(), []).append(line[:60])
    return header, lines[end + 1 :]


def test_the_header_of_version_3_is_complete():
    header, _ = split(rinex_text(observed()))
    # The records that RINEX 3.05 demands, table A2.
    needed = {
        "RINEX VERSION / TYPE", "PGM / RUN BY / DATE", "MARKER NAME", "OBSERVER / AGENCY",
        "REC # / TYPE / VERS", "ANT # / TYPE", "APPROX POSITION XYZ", "ANTENNA: DELTA H/E/N",
        "SYS / # / OBS TYPES", "TIME OF FIRST OBS", "SYS / PHASE SHIFT", "END OF HEADER",
    }  # fmt: skip
    assert needed <= set(header)
    version = header["RINEX VERSION / TYPE"][0]
    assert float(version[:9]) == 3.05 and version[20] == "O" and version[40] == "M"
    types = header["SYS / # / OBS TYPES"][0]
    assert types.split() == ["G", "7", "C1C", "L1C", "S1C", "C1W", "C2W", "L2W", "S2W"]
    place = header["APPROX POSITION XYZ"][0]
    assert [place[k : k + 14] for k in (0, 14, 28)] == [
        "  4517590.8788", "        0.0000", "  4487348.4089",
    ]  # fmt: skip
    first = header["TIME OF FIRST OBS"][0]
    assert [int(first[k : k + 6]) for k in range(0, 30, 6)] == [2014, 3, 11, 0, 0]
    assert float(first[30:43]) == 0 and first[48:51] == "GPS"
    assert float(header["TIME OF LAST OBS"][0][30:43]) == 0
    assert float(header["INTERVAL"][0][:10]) == 30
    assert int(header["LEAP SECONDS"][0][:6]) == 16


def test_records_of_version_3_by_their_columns():
    _, lines = split(rinex_text(observed()))
    assert len(lines) == 3 * 4
    epoch = lines[4]
    assert epoch[0] == ">" and epoch[2:18].split() == ["2014", "03", "11", "00", "00"]
    assert float(epoch[18:29]) == 30.0 and epoch[31] == "0" and int(epoch[32:35]) == 3
    row = lines[6].ljust(3 + 16 * 7)
    assert row[:3] == "G05"
    cells = [row[3 + 16 * k : 19 + 16 * k] for k in range(7)]
    assert [float(cell[:14]) for cell in cells] == [
        21000004, 110000004, 51.5, 21000004.5, 21000009.25, -84999996, 35,
    ]  # fmt: skip
    # Lost lock and strength, with the phases alone: 51.5 // 6 and 35 // 6.
    assert [cell[14:] for cell in cells] == ["  ", "18", "  ", "  ", "  ", "15", "  "]
    assert lines[2][33:35] == " 8" and lines[3][33:35] == " 8"


def test_records_of_version_2_by_their_columns():
    header, lines = split(rinex_text(observed(seen=range(14)), version="2.11"))
    assert header["RINEX VERSION / TYPE"][0][:9].strip() == "2.11"
    assert header["# / TYPES OF OBSERV"][0].split() == ["5", "C1", "P1", "P2", "L1", "L2"]
    assert "WAVELENGTH FACT L1/2" in header
    # Fourteen satellites: two lines of names, one of five observables each.
    assert len(lines) == 3 * (2 + 14)
    assert lines[0][:26] == " 14  3 11  0  0  0.0000000" and lines[0][28] == "0"
    assert int(lines[0][29:32]) == 14 and len(lines[0]) == 68
    assert lines[0][32:35] == "G01" and lines[0][65:68] == "G12"
    assert lines[1] == " " * 32 + "G13G14"
    row = lines[16 + 2 + 4].ljust(80)
    values = [float(row[k : k + 14]) for k in range(0, 80, 16)]
    assert values == [21000004, 21000004.5, 21000009.25, 110000004, -84999996]
    assert [row[k + 14 : k + 16] for k in range(0, 80, 16)] == ["  ", "  ", "  ", "18", "15"]


def test_a_receiver_without_p1_has_fewer():
    header, _ = split(rinex_text(observed(p1=False)))
    assert header["SYS / # / OBS TYPES"][0].split()[1:] == [
        "6",
        "C1C",
        "L1C",
        "S1C",
        "C2W",
        "L2W",
        "S2W",
    ]
    header, _ = split(rinex_text(observed(p1=False), version="2.11"))
    assert header["# / TYPES OF OBSERV"][0].split() == ["4", "C1", "P2", "L1", "L2"]


def test_epochs_without_satellites_are_left_out():
    one = observed()
    for values in one.values.values():
        values[1] = np.nan
    _, lines = split(rinex_text(one))
    assert [line[18:29].strip() for line in lines if line[0] == ">"] == ["0.0000000"] * 2


# The library cannot read compact RINEX of version 1 (that of RINEX 2), real files neither.
@pytest.mark.parametrize(
    ("version", "packing"), [("3.05", "plain"), ("3.05", "hatanaka"), ("2.11", "plain")]
)
def test_a_library_reads_them(tmp_path, version, packing):
    one = observed(epochs=40)
    path = write_rinex(one, tmp_path, version=version, packing=packing)
    header, frame = gnss_tec.read_rinex_obs(path, utc=False)
    table = frame.collect().to_pandas()
    assert header.marker_name.startswith("SIMA") and header.sampling_interval == 30
    assert header.rx_ecef == pytest.approx((4517590.8788, 0.0, 4487348.4089))
    assert len(table) == 40 * 3
    names = {"C1C": "C1C", "C2W": "C2W", "L1C": "L1C", "L2W": "L2W"}
    if version == "2.11":
        names = {"C1C": "C1", "C2W": "P2", "L1C": "L1", "L2W": "L2"}
    row = table[table["prn"].astype(str) == "G05"].iloc[-1]
    for own, theirs in names.items():
        column = theirs if theirs in table else own
        assert row[column] == pytest.approx(one.values[own][-1, 4], abs=1e-6)


def test_hatanakas_round_trip_and_the_same_bytes(tmp_path):
    one = observed(epochs=50)
    for version, expand in [("3.05", gzip.decompress), ("2.11", ncompress.decompress)]:
        first, again = (write_rinex(one, tmp_path / name, version=version) for name in "ab")
        assert first.read_bytes() == again.read_bytes()
        packed = expand(first.read_bytes())
        lines = packed.decode().splitlines()
        assert lines[0][20:40] == "COMPACT RINEX FORMAT" and lines[1][40:55] == "11-Mar-14 00:00"
        assert [line[60:].strip() for line in lines[:2]] == [
            "CRINEX VERS   / TYPE",
            "CRINEX PROG / DATE",
        ]
        # It drops the blanks at the ends of lines.
        expected = [line.rstrip() for line in rinex_text(one, version=version).splitlines()]
        for back in (hatanaka.crx2rnx(packed), hatanaka.decompress(first)):
            assert [line.rstrip() for line in back.decode().splitlines()] == expected


def test_names_are_those_of_archives():
    one = observed()
    names = [
        file_name(one, version=version, packing=packing)
        for version in ("3.05", "2.11")
        for packing in ("hatanaka", "plain")
    ]
    assert names == [
        "SIMA00XXX_R_20140700000_01D_30S_MO.crx.gz",
        "SIMA00XXX_R_20140700000_01D_30S_MO.rnx",
        "sima0700.14d.Z",
        "sima0700.14o",
    ]


def test_another_version_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="RINEX '3.04'"):
        write_rinex(observed(), tmp_path, version="3.04")
