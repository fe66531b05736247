"""IAGA-2002 files of simulated minutes, to the letter and through the reader."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from laicflow.errors import ConfigError
from laicflow.readers import geomagnetic, iaga2002
from laicflow.simulate.write_iaga2002 import write_iaga2002
from tests.unit.simulate.magnetic import indices, simulate

DAY = 1440
# Where Z points up.
SOUTH = {"iaga": "TST", "latitude": -40.0, "longitude": -60.5, "elevation_m": 10}


def minutes(first="2003-01-01", count=DAY, **values) -> xr.Dataset:
    """Constant minutes of a made-up Eskdalemuir; `values` are arrays or numbers."""
    start = np.datetime64(first, "us")
    fields = {"X": 17342.0, "Y": -1473.2, "Z": 46197.8, "F": 49367.5} | values
    return xr.Dataset(
        {name: ("time", np.broadcast_to(value, count).copy()) for name, value in fields.items()},
        {"time": start + np.arange(count) * np.timedelta64(60_000_000, "us")},
        {"observatory": "ESK", "latitude": 55.3, "longitude": -3.2, "elevation_m": 245.0},
    )


def lines(tmp_path, data, state="definitive", **options) -> list[str]:
    paths = write_iaga2002(data, tmp_path, state=state, **options)
    assert len(paths) == 1
    return paths[0].read_bytes().decode("ascii").splitlines()


def test_the_header_to_the_letter(tmp_path):
    # Columns as the format has them: label from 2, value from 25, the bar in 70.
    assert lines(tmp_path, minutes())[:14] == [
        " Format                 IAGA-2002                                    |",
        " Source of Data         laicflow simulate                            |",
        " Station Name           Simulated ESK                                |",
        " IAGA CODE              ESK                                          |",
        " Geodetic Latitude      55.300                                       |",
        " Geodetic Longitude     356.800                                      |",
        " Elevation              245                                          |",
        " Reported               XYZF                                         |",
        " Sensor Orientation     XYZF                                         |",
        " Digital Sampling       1.0 seconds                                  |",
        " Data Interval Type     Average 1-Minute (00:30-01:29)               |",
        " Data Type              Definitive                                   |",
        " # Simulated: not an observation.                                    |",
        "DATE       TIME         DOY     ESKX      ESKY      ESKZ      ESKF   |",
    ]


def test_records_to_the_letter(tmp_path):
    # The first record of the real file of that day has these very characters.
    data = minutes()
    data["Z"][1] = np.nan
    data["Y"][2] = -0.004
    written = lines(tmp_path, data)
    assert written[14:17] == [
        "2003-01-01 00:00:00.000 001     17342.00  -1473.20  46197.80  49367.50",
        "2003-01-01 00:01:00.000 001     17342.00  -1473.20  99999.00  49367.50",
        "2003-01-01 00:02:00.000 001     17342.00      0.00  46197.80  49367.50",
    ]
    assert len(written) == 14 + DAY
    assert written[-1][:27] == "2003-01-01 23:59:00.000 001"
    assert {len(line) for line in written} == {70}


def test_the_real_file_has_the_same_first_record_and_columns(tmp_path, real_data):
    path = real_data / "geomag/esk_2003_definitive_minute/esk20030101dmin.min"
    real = path.read_text("latin-1").splitlines()
    at = next(n for n, line in enumerate(real) if line.startswith("DATE"))
    written = lines(tmp_path, minutes())
    assert written[13:15] == real[at : at + 2]
    same = (0, 3, 4, 5, 6, 7, 10, 11)
    assert [written[n] for n in same] == [real[n] for n in same]


def sliced(line: str) -> list[float]:
    """The values of a record by its columns: four of ten characters from column 31."""
    return [float(line[30 + 10 * n : 40 + 10 * n]) for n in range(4)]


def test_records_cut_by_columns_are_the_minutes(tmp_path):
    data = simulate("2004-12-30", 2, place=SOUTH, **indices("2004-12-01", 60))
    paths = write_iaga2002(data, tmp_path, state="variation")
    assert [path.name for path in paths] == ["tst20041230vmin.min", "tst20041231vmin.min"]
    values = np.stack([data[name].values for name in "XYZF"], axis=1)
    for day, path in enumerate(paths):
        records = path.read_text("ascii").split("\n")[14:-1]
        found = np.array([sliced(line) for line in records])
        expected = np.where(np.isnan(values), 99999.0, values)[day * DAY : (day + 1) * DAY]
        assert np.abs(found - expected).max() <= 0.005 + 1e-9
        # Day 365 and 366 of a leap year; minute 754 is 12:34.
        assert records[754][:30] == f"2004-12-{30 + day} 12:34:00.000 {365 + day}   "


def test_d_is_in_minutes_of_arc_and_h_the_horizontal_intensity(tmp_path):
    # 3-4-5: H = 50000, D = atan(-3/4) = -36.8699 degrees = -2212.194 minutes of arc.
    data = minutes(X=40000.0, Y=-30000.0)
    written = lines(tmp_path, data, orientation="HDZF")
    assert written[7] == " Reported               HDZF                                         |"
    assert written[13] == "DATE       TIME         DOY     ESKH      ESKD      ESKZ      ESKF   |"
    assert sliced(written[14]) == [50000.0, -2212.19, 46197.8, 49367.5]
    data["Y"][0] = np.nan
    assert sliced(lines(tmp_path, data, orientation="HDZF")[14])[:2] == [99999.0, 99999.0]


def test_a_scalar_that_is_nowhere_was_not_observed(tmp_path):
    assert sliced(lines(tmp_path, minutes(F=np.nan))[14])[3] == 88888.0
    # With nothing else there either, all are missing.
    nothing = minutes(X=np.nan, Y=np.nan, Z=np.nan, F=np.nan)
    assert sliced(lines(tmp_path, nothing)[14]) == [99999.0] * 4


@pytest.mark.parametrize(
    ("state", "letter", "word"),
    [
        ("definitive", "d", "Definitive"),
        ("quasi-definitive", "q", "Quasi-definitive"),
        ("provisional", "p", "Provisional"),
        ("variation", "v", "Variation"),
    ],
)
def test_names_and_states(tmp_path, state, letter, word):
    data = minutes("2003-01-31", 2 * DAY)
    days = write_iaga2002(data, tmp_path, state=state)
    assert [path.name for path in days] == [
        f"esk20030131{letter}min.min",
        f"esk20030201{letter}min.min",
    ]
    assert days[0].read_text().splitlines()[11][24:].split()[0] == word
    months = write_iaga2002(data, tmp_path, state=state, per="month")
    assert [path.name for path in months] == [
        f"esk200301{letter}min.min",
        f"esk200302{letter}min.min",
    ]
    assert iaga2002.read(days[0]).attrs["publication_state"] == state


def test_days_that_are_cut_are_filled_with_missing_minutes(tmp_path):
    written = lines(tmp_path, minutes("2003-01-01T06:00", 60))
    values = np.array([sliced(line) for line in written[14:]])
    assert len(values) == DAY
    present = np.flatnonzero(values[:, 0] != 99999.0)
    assert present[[0, -1]].tolist() == [360, 419]


@pytest.mark.parametrize("per", ["day", "month"])
@pytest.mark.parametrize(("orientation", "least"), [("XYZF", 0.005), ("HDZF", 0.1)])
def test_what_is_written_is_read_back(tmp_path, per, orientation, least):
    options = {"gaps": {"per_day": 1.0}, "spikes": {"per_day": 1.0}}
    data = simulate("2003-03-30", 4, options)
    assert np.isnan(data["X"].values).any()
    paths = write_iaga2002(data, tmp_path, state="definitive", orientation=orientation, per=per)
    assert len(paths) == (4 if per == "day" else 2)
    read = geomagnetic.combine([iaga2002.read(path) for path in paths])
    assert np.array_equal(read["time"].values, data["time"].values)
    for name in "XYZF":
        # 0.005 minutes of arc of D are 0.03 nT of the horizontal field of 17,300 nT.
        difference = read[name].values - data[name].values
        assert np.array_equal(np.isnan(read[name].values), np.isnan(data[name].values))
        assert np.nanmax(np.abs(difference)) <= least + 1e-9
    for name in ("observatory", "latitude", "longitude", "elevation_m"):
        assert read.attrs[name] == data.attrs[name]


def test_the_same_minutes_give_the_same_bytes_and_no_other_file_stays(tmp_path):
    first = write_iaga2002(minutes(), tmp_path, state="definitive")[0]
    before = first.read_bytes()
    assert write_iaga2002(minutes(), tmp_path, state="definitive")[0].read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["esk20030101dmin.min"]


@pytest.mark.parametrize(
    "options",
    [
        {"state": "final"},
        {"state": "definitive", "orientation": "XYZG"},
        {"state": "definitive", "per": "year"},
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, options):
    with pytest.raises(ConfigError, match="cannot be written"):
        write_iaga2002(minutes(), tmp_path, **options)


@pytest.mark.parametrize("value", [99999.0, -1e6, np.inf])
def test_a_value_that_would_read_as_a_code_or_not_fit_is_refused(tmp_path, value):
    with pytest.raises(ConfigError, match="80000 nT"):
        write_iaga2002(minutes(Z=value), tmp_path, state="definitive")
    assert list(tmp_path.iterdir()) == []


def test_times_that_are_not_every_minute_are_refused(tmp_path):
    for data in (minutes().isel(time=[0, 2]), minutes("2003-01-01T00:00:30"), minutes(count=0)):
        with pytest.raises(ConfigError, match="every minute"):
            write_iaga2002(data, tmp_path, state="definitive")
