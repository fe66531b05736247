"""Datasets of observatories, and several of them put together."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import geomagnetic
from laicflow.readers.geomagnetic import Column, Header

NAN = np.nan


def minutes(start: str, values, state: str = "definitive", file: str = "a.min", **header):
    """A Dataset whose X are the values, 20,000 nT aside, and whose other components are constant.

    A NaN is a minute without any value.
    """
    x = np.asarray(values, dtype=float) + 20000.0
    other = np.where(np.isnan(x), np.nan, 1.0)
    columns = {
        "X": Column(x, missing=int(np.isnan(x).sum())),
        "Y": Column(other * 1000.0),
        "Z": Column(other * 40000.0),
        "F": Column(other * 44733.0),
    }
    about = {"observatory": "ABC", "latitude": 45.0, "longitude": 10.0, "elevation_m": 0.0}
    about |= {"publication_state_found": state, "reported": "XYZF"} | header
    times = np.datetime64(start, "us") + np.arange(x.size) * np.timedelta64(60, "s")
    return geomagnetic.dataset(file, Header(**about), times, columns)


def combined(*datasets, **options):
    return geomagnetic.combine(datasets, **options)


def values(data) -> list[float]:
    return (data["X"].values - 20000.0).tolist()


def counts(data) -> dict[str, int]:
    found = {
        key.removeprefix("overlap_"): data.attrs[key] for key in data.attrs if "overlap" in key
    }
    assert set(found) == {"equal", "filled", "replaced", "blanked"}
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Definitive", "definitive"),
        ("DEFINITIVE", "definitive"),
        ("d", "definitive"),
        ("Quasi-Definitive", "quasi-definitive"),
        ("quasi  definitive", "quasi-definitive"),
        ("Quasi-def", "quasi-definitive"),
        ("adjusted", "adjusted"),
        ("provisional", "provisional"),
        ("Preliminary", "provisional"),
        ("reported", "reported"),
        ("variation", "variation"),
        ("V", "variation"),
        ("2", "adjusted"),
        ("", ""),
        ("something else", ""),
    ],
)
def test_publication_states(text, state):
    assert geomagnetic.publication_state(text) == state


def test_codes_become_nan_and_are_counted_apart():
    column = geomagnetic.column(
        np.array([123.0, 9999900.0, 9999990.0, 8888800.0, -9999900.0, 10000000.0]),
        9999900,
        8888800,
        100.0,
    )
    np.testing.assert_array_equal(column.values, [1.23, NAN, NAN, NAN, -99999.0, 100000.0])
    assert (column.missing, column.not_observed) == (2, 1)


def test_two_files_with_a_hole_between_them():
    late = minutes("2003-01-01 00:05", [5, 6], file="late.min")
    early = minutes("2003-01-01 00:00", [0, NAN, 2], file="early.min")
    data = combined(late, early)
    np.testing.assert_array_equal(values(data), [0, NAN, 2, NAN, NAN, 5, 6])
    expected = pd.date_range("2003-01-01", periods=7, freq="min").tolist()
    assert pd.DatetimeIndex(data["time"].values).tolist() == expected
    attributes = data.attrs
    assert attributes["missing_minutes"] == 2
    assert json.loads(attributes["values_json"])["X"] == {"missing": 1, "not_observed": 0}
    assert (attributes["files"], attributes["files_without_data"]) == (2, 0)
    assert attributes["file"] == "early.min,late.min"
    assert (attributes["publication_state"], attributes["absolute"]) == ("definitive", 1)
    assert counts(data) == {}


def test_one_file_stays_what_it_is():
    one = minutes("2003-01-01", [0, NAN, 2])
    data = combined(one)
    assert data.equals(one)
    assert {key: data.attrs[key] for key in one.attrs} == one.attrs


def test_files_of_one_state_may_overlap_where_they_agree():
    one = minutes("2003-01-01 00:00", [0, 1, NAN, 3])
    other = minutes("2003-01-01 00:01", [1, 2, NAN, 4], file="b.min")
    data = combined(one, other)
    np.testing.assert_array_equal(values(data), [0, 1, 2, 3, 4])
    assert counts(data) == {"equal": 1, "filled": 2}
    error = refused(one, minutes("2003-01-01 00:01", [1, 2, 3.5, 4], file="b.min"))
    assert error.path.name == "b.min"
    assert "definitive from 2003-01-01T00:03" in error.expected
    assert error.found == "others at 1 times"


def test_a_tolerance_for_formats_that_round():
    one = minutes("2003-01-01 00:00", [0.04, 1])
    other = minutes("2003-01-01 00:00", [0.0, 1], file="b.min")
    assert refused(one, other).path.name == "b.min"
    data = combined(other, one, tolerance=0.05)
    assert values(data) == [pytest.approx(0.04), 1]


def test_the_better_state_wins_its_missing_values_too():
    worse = minutes("2003-01-01 00:00", [0, 1, 2, 3, 4], "variation", "v.min")
    better = minutes("2003-01-01 00:01", [1, 20, NAN], "definitive", "d.min")
    for order in ((worse, better), (better, worse)):
        data = combined(*order)
        np.testing.assert_array_equal(values(data), [0, 1, 20, NAN, 4])
        assert counts(data) == {"equal": 1, "replaced": 1, "blanked": 1}
        assert data.attrs["publication_state"] == "variation"
        by_state = json.loads(data.attrs["minutes_by_state_json"])
        assert by_state == {"definitive": 3, "variation": 2}


@pytest.mark.parametrize(
    ("better", "worse"),
    list(
        zip(
            ["definitive", "quasi-definitive", "adjusted", "provisional", "reported", "variation"],
            ["quasi-definitive", "adjusted", "provisional", "reported", "variation", "unknown"],
            strict=True,
        )
    ),
)
def test_the_order_of_states(better, worse):
    data = combined(minutes("2003-01-01", [1], better), minutes("2003-01-01", [2], worse))
    assert values(data) == [1]


def test_a_file_without_data_says_nothing():
    full = minutes("2003-01-01 00:00", [0, 1], "variation", "v.min")
    empty = minutes("2003-01-01 00:00", [NAN, NAN, NAN], "definitive", "d.min")
    data = combined(full, empty)
    np.testing.assert_array_equal(values(data), [0, 1, NAN])
    assert (data.attrs["files_without_data"], data.attrs["missing_minutes"]) == (1, 1)
    assert data.attrs["publication_state"] == "variation"
    nothing = combined(empty)
    assert np.isnan(values(nothing)).all()
    assert (nothing.attrs["files_without_data"], nothing.attrs["publication_state"]) == (1, "")


def test_flags_and_levels_of_all_files():
    one = minutes("2003-01-01 00:00", [0], flags=("first",), declination_baseline=1.0)
    other = minutes("2003-01-01 00:01", [1], flags=("second", "first"), declination_baseline=2.0)
    other.attrs["absolute"] = 0
    data = combined(one, other)
    assert data.attrs["flags"] == "first; second"
    assert data.attrs["absolute"] == 0
    assert "declination_baseline" not in data.attrs


def refused(*datasets) -> FormatError:
    with pytest.raises(FormatError) as caught:
        combined(*datasets)
    return caught.value


@pytest.mark.parametrize(
    ("header", "start", "part", "found"),
    [
        ({"observatory": "XYZ"}, "00:01", "observatory ABC", "XYZ"),
        ({"latitude": 46.0}, "00:01", "ABC at 45.000 N", "46.000 N"),
        ({"longitude": 11.0}, "00:01", "ABC at 45.000 N 10.000 E", "11.000 E"),
        ({"interval_s": 1}, "00:01", "grid of 60 s", "1 s"),
        ({}, "00:01:30", "grid of 60 s", "30000000 microseconds"),
    ],
)
def test_what_does_not_belong_together_is_refused(header, start, part, found):
    one = minutes("2003-01-01 00:00", [0])
    error = refused(one, minutes(f"2003-01-01 {start}", [0], file="b.min", **header))
    assert error.path.name == "b.min"
    assert part in error.expected
    assert found in str(error.found)


def test_places_that_headers_round_are_one():
    one = minutes("2003-01-01 00:00", [0], longitude=179.9)
    other = minutes("2003-01-01 00:01", [1], longitude=-179.9, latitude=45.2)
    assert values(combined(one, other)) == [0, 1]


def test_nothing_is_no_dataset():
    with pytest.raises(ValueError, match="at least one"):
        combined()
