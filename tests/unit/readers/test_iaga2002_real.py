"""IAGA-2002 files as observatories publish them; values are read in the files by eye."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import geomagnetic, iaga2002


def missing(data) -> dict[str, int]:
    """How many minutes of each variable are missing."""
    return {name: int(np.isnan(data[name].values).sum()) for name in "XYZF"}


def at(data, time: str) -> list[float]:
    return [float(data[name].sel(time=time)) for name in "XYZF"]


@pytest.fixture(scope="module")
def eskdalemuir(real_data):
    """The year 2003, of 365 daily files."""
    folder = real_data / "geomag/esk_2003_definitive_minute"
    days = [iaga2002.read(path) for path in sorted(folder.glob("*.min"))]
    assert len(days) == 365
    assert {day.sizes["time"] for day in days} == {1440}
    # In any order.
    return geomagnetic.combine(days[::-1])


def test_a_whole_year_without_gap(eskdalemuir):
    assert eskdalemuir.sizes["time"] == 525600
    assert missing(eskdalemuir) == dict.fromkeys("XYZF", 0)
    times = pd.DatetimeIndex(eskdalemuir["time"].values)
    assert times.equals(pd.date_range("2003-01-01", "2003-12-31 23:59", freq="min", unit="us"))
    attributes = eskdalemuir.attrs
    assert (attributes["observatory"], attributes["publication_state"]) == ("ESK", "definitive")
    assert (attributes["latitude"], attributes["longitude"]) == (55.3, -3.2)
    assert (attributes["elevation_m"], attributes["absolute"]) == (245.0, 1)
    assert (attributes["reported"], attributes["flags"]) == ("XYZF", "")
    assert attributes["missing_minutes"] == attributes["overlap_equal"] == 0
    assert json.loads(attributes["minutes_by_state_json"]) == {"definitive": 525600}


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2003-01-01 00:00", [17342.0, -1473.2, 46197.8, 49367.5]),
        # Summer time begins in this night in Europe, at 01 UT: no hour is lost here.
        ("2003-03-31 03:00", [17327.5, -1446.0, 46217.1, 49379.7]),
        ("2003-03-31 05:01", [17335.2, -1445.6, 46214.5, 49379.9]),
        ("2003-10-30 20:11", [16249.2, -893.2, 45914.3, 48713.0]),  # the Halloween storm
    ],
)
def test_values_of_the_year(eskdalemuir, time, expected):
    assert at(eskdalemuir, time) == expected


def test_the_morning_of_31_march(eskdalemuir):
    part = eskdalemuir.sel(time=slice("2003-03-31 03:00", "2003-03-31 05:00"))
    assert part.sizes["time"] == 121
    assert missing(part) == dict.fromkeys("XYZF", 0)


def test_the_vector_has_the_size_of_f(eskdalemuir):
    # F is of the same instruments, rounded to 0.1 nT as the components are.
    length = np.sqrt(sum(eskdalemuir[name].values ** 2 for name in "XYZ"))
    assert np.abs(length - eskdalemuir["F"].values).max() < 0.2


@pytest.mark.parametrize(
    ("name", "place", "d", "h", "z", "f"),
    [
        # 2011-03-11 05:46, the minute of the Tohoku earthquake.
        ("cbi_march_2011.txt", (27.096, 142.185), -232.86, 32549.4, 24959.4, 41018.9),
        ("mmb_2011_march.txt", (43.910, 144.189), -531.92, 26099.9, 42220.8, 49636.0),
    ],
)
def test_months_of_d_h_z(real_data, name, place, d, h, z, f):
    data = iaga2002.read(real_data / "geomag/cbi_mmb_2011-03" / name)
    assert data.sizes["time"] == 31 * 1440
    assert (data.attrs["latitude"], data.attrs["longitude"]) == place
    assert data.attrs["reported"] == "DHZF"
    assert data.attrs["interval"] == "1-minite"
    assert (data.attrs["publication_state"], data.attrs["absolute"]) == ("definitive", 1)
    assert data.attrs["flags"] == "X, Y from H, D"
    x, y, down, total = at(data, "2011-03-11 05:46")
    assert np.hypot(x, y) == pytest.approx(h)
    assert np.degrees(np.arctan2(y, x)) * 60 == pytest.approx(d)
    assert (down, total) == (z, f)
    # F is of an instrument of its own, on another pier.
    length = np.sqrt(sum(data[name].values ** 2 for name in "XYZ"))
    assert np.nanmax(np.abs(length - data["F"].values)) < 4.0


def test_a_week_of_variation_data(real_data):
    paths = sorted((real_data / "geomag/bou_2014-11").glob("*.min"))
    data = geomagnetic.combine([iaga2002.read(path) for path in paths])
    assert data.sizes["time"] == 7 * 1440
    assert missing(data) == dict.fromkeys("XYZF", 0)
    attributes = data.attrs
    assert (attributes["observatory"], attributes["publication_state"]) == ("BOU", "variation")
    assert attributes["longitude"] == -105.236
    assert attributes["declination_baseline"] == pytest.approx(9.0 + 12.7 / 60)
    assert attributes["absolute"] == 1
    assert attributes["flags"].startswith("D counted from the declination baseline 9.212 deg")
    x, y, down, total = at(data, "2014-11-07 12:34")
    assert np.hypot(x, y) == pytest.approx(20883.03)
    assert np.degrees(np.arctan2(y, x)) * 60 == pytest.approx(552.7 - 6.89)
    assert (down, total) == (47470.36, 52395.17)


def test_gaps_of_addis_ababa(real_data):
    days = [iaga2002.read(real_data / f"geomag/gaps/aae2004010{day}vmin.min") for day in (1, 2)]
    data = geomagnetic.combine(days)
    assert missing(data) == dict.fromkeys("XYZF", 120 + 356)
    # The last two hours of the first day, and the second to 05:55.
    gap = np.isnan(data["X"].values).nonzero()[0]
    assert (gap[0], gap[-1], gap.size) == (22 * 60, 1440 + 355, 476)
    assert json.loads(data.attrs["values_json"])["D"] == {"missing": 476, "not_observed": 0}
    assert data.attrs["missing_minutes"] == 0
    assert np.isnan(data.attrs["elevation_m"])
    # Its D of 21 minutes is far from the 94 of IGRF, and its DECBAS is 0.
    assert "D 1.2 deg from that of IGRF-14" in data.attrs["flags"]
    assert data.attrs["declination_baseline"] == 0.0


def test_a_gap_of_kourou(real_data):
    data = iaga2002.read(real_data / "geomag/gaps/kou20170319vmin.min")
    assert np.isnan(data["Z"].values).nonzero()[0].tolist() == list(range(18 * 60 + 3, 1440))
    assert at(data, "2017-03-19 00:00") == [26568.91, -8614.73, 7172.93, 28836.9]
    assert data.attrs["longitude"] == pytest.approx(-52.731)
    assert (data.attrs["observatory"], data.attrs["absolute"]) == ("KOU", 1)


def test_provisional_data_of_eyrewell(real_data):
    data = iaga2002.read(real_data / "geomag/gaps/eyr20160101pmin.min")
    assert missing(data) == dict.fromkeys("XYZF", 0)
    assert at(data, "2016-01-01 12:00") == [19280.33, 8269.88, -53538.35, 57512.85]
    assert data.attrs["publication_state"] == "provisional"
    assert data.attrs["latitude"] == -43.4


def test_stations_are_not_mixed(real_data):
    folder = real_data / "geomag/gaps"
    paths = [folder / "kou20170319vmin.min", folder / "eyr20160101pmin.min"]
    with pytest.raises(FormatError, match="eyr.*expected observatory KOU.*found EYR"):
        geomagnetic.combine([iaga2002.read(path) for path in paths])


def test_a_file_that_was_cut(real_data, put):
    text = (real_data / "geomag/gaps/eyr20160101pmin.min").read_bytes()
    for length in (2, 3, 5, 15, 30, 60):
        with pytest.raises(FormatError) as caught:
            iaga2002.read(put(text[:-length]))
        assert caught.value.line == 1461
