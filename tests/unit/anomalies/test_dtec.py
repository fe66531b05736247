"""Exceedance, the mask of space weather and the table of days and hours, all by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.anomalies import dtec
from laicflow.anomalies.bounds import Bounds


def bounds_of(lower: list[float], upper: list[float]) -> Bounds:
    low, high = np.array(lower), np.array(upper)
    return Bounds(low, high, (low + high) / 2, high - low, np.full(len(low), 15))


def test_exceedance_has_the_sign_of_its_side():
    bounds = bounds_of([2, 2, 2, 2, 2, np.nan], [8, 8, 8, 8, 8, np.nan])
    observed = np.array([9.5, 1.25, 5.0, 8.0, np.nan, 50.0])
    found = dtec.exceedance(observed, bounds)
    np.testing.assert_array_equal(found, [1.5, -0.75, 0.0, 0.0, np.nan, np.nan])


def test_an_index_stands_until_the_next():
    times = pd.to_datetime(["2020-01-01 00:00", "2020-01-01 03:00", "2020-01-01 09:00"])
    kp = pd.DataFrame({"time": times, "kp": [1.0, 4.0, 2.0]})
    at = np.array(
        ["2019-12-31T23:59", "2020-01-01T02:59", "2020-01-01T03:00", "2020-01-01T06:00"],
        dtype="datetime64[us]",
    )
    np.testing.assert_array_equal(dtec.index_at(kp, "kp", at), [np.nan, 1.0, 4.0, np.nan])


def test_what_an_epoch_is():
    rows = [
        # DTEC, Kp, Dst, what it is
        (0.0, 9.0, -300.0, dtec.INSIDE),
        (1.0, 2.667, -29.0, dtec.UNDISTURBED),
        (-1.0, 2.667, -29.0, dtec.UNDISTURBED),
        (1.0, 3.0, 0.0, dtec.DISTURBED),
        (1.0, 0.0, -30.0, dtec.DISTURBED),
        (1.0, np.nan, -50.0, dtec.DISTURBED),
        (1.0, 5.0, np.nan, dtec.DISTURBED),
        (1.0, np.nan, 0.0, dtec.UNKNOWN),
        (1.0, 0.0, np.nan, dtec.UNKNOWN),
        (np.nan, 0.0, 0.0, dtec.UNKNOWN),
        (0.0, np.nan, np.nan, dtec.INSIDE),
    ]
    values, kp, dst, expected = (np.array(column) for column in zip(*rows, strict=True))
    np.testing.assert_array_equal(dtec.judge(values, kp, dst), expected)
    both = dtec.judge(np.stack([values, -values]), kp, dst)
    np.testing.assert_array_equal(both, np.stack([expected, expected]))


def test_thresholds_are_parameters():
    found = dtec.judge(np.ones(2), np.array([3.0, 3.0]), np.array([-40, -60]), kp_below=4)
    np.testing.assert_array_equal(found, [dtec.DISTURBED, dtec.DISTURBED])
    found = dtec.judge(
        np.ones(2), np.array([3.0, 3.0]), np.array([-40, -60]), kp_below=4, dst_above=-50
    )
    np.testing.assert_array_equal(found, [dtec.UNDISTURBED, dtec.DISTURBED])


def quarter_hours() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two hours of quarters from 22:30 on."""
    times = np.datetime64("2020-01-01T22:30", "us") + np.arange(8) * np.timedelta64(15, "m")
    values = np.array([0.0, 3.0, 2.0, -6.0, 9.0, np.nan, 0.0, 0.0])
    state = np.array([0, 1, 1, 1, 2, -1, 0, 0])
    filled = np.array([0, 1, 0, 0, 0.5, 0.5, 0, 0])
    return times, values, state, filled


def test_day_by_hour():
    times, values, state, filled = quarter_hours()
    table = dtec.day_table(times, values, state, filled)
    assert table["dtec"].attrs["units"] == "TECU"
    assert [str(day)[:10] for day in table["day"].values] == ["2020-01-01", "2020-01-02"]
    # 22 h: 0 and 3. 23 h: 2, -6; a disturbed one and an unknown one are no part of it. 0 h: 0, 0.
    np.testing.assert_array_equal(table["dtec"].values[0, 22:], [1.5, -2.0])
    assert table["dtec"].values[1, 0] == 0.0
    np.testing.assert_array_equal(table["epochs"].values[0, 21:], [0, 2, 4])
    np.testing.assert_array_equal(table["disturbed"].values[0, 22:], [0, 0.25])
    np.testing.assert_array_equal(table["unknown"].values[0, 22:], [0, 0.25])
    np.testing.assert_array_equal(table["fill_share"].values[0, 22:], [0.5, 0.25])
    assert int(np.isfinite(table["dtec"]).sum()) == 3


def test_day_by_hour_of_local_time():
    times, values, state, _ = quarter_hours()
    # 22.5 degrees east: an hour and a half later, all in the first two hours of the next day.
    table = dtec.day_table(times, values, state, offset_hours=22.5 / 15)
    assert [str(day)[:10] for day in table["day"].values] == ["2020-01-02"]
    # 0 h: 0, 3, 2, -6; 1 h: 0, 0 beside the two that do not count.
    np.testing.assert_array_equal(table["dtec"].values[0, :3], [-0.25, 0.0, np.nan])
    np.testing.assert_array_equal(table["fill_share"].values[0, :2], [0.0, 0.0])
    assert table.attrs["offset_hours"] == 1.5


def test_an_hour_all_disturbed_shows_nothing():
    times = np.array(["2020-01-01T05:00"], dtype="datetime64[us]")
    table = dtec.day_table(times, np.array([4.0]), np.array([dtec.DISTURBED]))
    assert np.isnan(table["dtec"].values[0, 5]) and table["disturbed"].values[0, 5] == 1


def test_arrays_of_different_lengths():
    times, values, state, _ = quarter_hours()
    with pytest.raises(ValueError, match="different lengths"):
        dtec.day_table(times, values[1:], state)
