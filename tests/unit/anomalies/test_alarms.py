"""Rates of alarms: counts by hand, intervals by simulation, periods by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from laicflow.anomalies import alarms
from laicflow.errors import LaicflowError
from laicflow.evaluation.intervals import wilson

HOUR = np.timedelta64(1, "h")
START = np.datetime64("2020-01-01", "us")
NAMES = ("test",)


def hours(count: int) -> np.ndarray:
    return START + np.arange(count) * HOUR


def test_gaussian_shares():
    # 4.55 % beyond two standard deviations; the 262 of 5,760 epochs.
    assert alarms.gaussian_share(2) == pytest.approx(0.0455, abs=5e-5)
    assert round(5760 * alarms.gaussian_share(2)) == 262
    # Quartiles of very many values are those of the distribution: 2 (1 - Phi(1.5 x 1.349)) = 0.043.
    assert 0.043 < alarms.gaussian_iqr_share(1.5, 100) < 0.055


def test_gaussian_share_of_the_iqr_method_against_pandas():
    values = pd.Series(np.random.default_rng(5).standard_normal(60_000))
    before = values.shift(1).rolling(15)
    spread = before.quantile(0.75) - before.quantile(0.25)
    apart = (values - before.median()).abs() > 1.5 * spread
    assert alarms.gaussian_iqr_share() == pytest.approx(apart[15:].mean(), abs=0.006)


def test_alarms_of_dtec():
    found = alarms.outside(np.array([0.0, 2.0, -1.0, np.nan]))
    np.testing.assert_array_equal(found, [0, 1, 1, np.nan])


def test_together():
    sites = np.array([[1, 1, 0, np.nan, np.nan], [1, 0, 0, 1, 0], [0, 0, 0, 1, np.nan]])
    np.testing.assert_array_equal(alarms.together(sites, 2), [1, 0, 0, 1, np.nan])
    np.testing.assert_array_equal(alarms.together(sites, 1), [1, 1, 0, 1, np.nan])
    with pytest.raises(ValueError, match="4 of 3 sites"):
        alarms.together(sites, 4)


def test_filled_epochs_are_no_draws():
    alarm = np.array([1, 0, 0, 1, np.nan, 1, 0, 0] * 30)
    filled = np.array([0, 0, 0, 1, 0, 0.5, 0, np.nan] * 30)
    found = alarms.rate(hours(240), alarm, filled, names=NAMES, block_days=1, expected_share=0.05)
    assert found["epochs"] == 240 and found["decided"] == 210
    # Of eight epochs four are neither undecided nor filled, one of them with an alarm.
    assert (found["independent"], found["alarms"], found["rate"]) == (120, 30, 0.25)
    assert found["rate_decided"] == pytest.approx(3 / 7)
    assert found["expected"] == pytest.approx(6.0)
    half = alarms.rate(hours(240), alarm, filled, names=NAMES, block_days=1, fill_limit=0.5)
    assert (half["independent"], half["alarms"]) == (150, 60)


def test_the_interval_counts_blocks_not_epochs():
    # Days that alarm all through or not at all: 100 days are 100 draws, not 2,400.
    days = np.random.default_rng(2).random(100) < 0.3
    found = alarms.rate(hours(2400), np.repeat(days, 24), names=NAMES, block_days=1)
    assert found["rate"] == pytest.approx(days.mean())
    assert found["blocks"] == 100 and found["method"] == "block bootstrap"
    expected = wilson(int(days.sum()), 100)
    assert found["low"] == pytest.approx(expected.low, abs=0.03)
    assert found["high"] == pytest.approx(expected.high, abs=0.03)
    assert found["n_eff"] == pytest.approx(100, rel=0.2)


def test_independent_epochs_are_worth_their_number():
    alarm = np.random.default_rng(4).random(24 * 365) < 0.0455
    found = alarms.rate(hours(24 * 365), alarm, names=NAMES)
    assert found["blocks"] == 25
    assert found["n_eff"] == pytest.approx(24 * 365, rel=0.7)
    assert found["low"] < 0.0455 < found["high"]


def test_sites_see_the_same_days():
    days = np.repeat(np.random.default_rng(2).random(100) < 0.3, 24)
    one = alarms.rate(hours(2400), days, names=NAMES, block_days=1)
    five = alarms.rate(hours(2400), np.tile(days, (5, 1)), names=NAMES, block_days=1)
    assert five["independent"] == 5 * one["independent"]
    assert (five["low"], five["high"]) == pytest.approx((one["low"], one["high"]))


def test_no_alarm_at_all_is_not_certainty():
    found = alarms.rate(hours(24 * 100), np.zeros(2400), names=NAMES, block_days=10)
    # Ten blocks: Wilson's upper end is z^2 / (10 + z^2) = 3.8415 / 13.8415.
    assert (found["rate"], found["low"]) == (0, 0)
    assert found["high"] == pytest.approx(0.2775, abs=1e-4)
    assert found["method"] == "wilson" and "10 blocks" in found["note"]


def test_too_short_a_record_has_no_interval():
    alarm = np.resize([0, 1.0], 24 * 40)
    found = alarms.rate(hours(24 * 40), alarm, names=NAMES)
    assert found["rate"] == 0.5 and math.isnan(found["low"])
    assert "3 blocks of 15 days, fewer than 5" in found["note"]
    none = alarms.rate(hours(10), np.full(10, np.nan), names=NAMES)
    assert none["independent"] == 0 and math.isnan(none["rate"]) and math.isnan(none["low"])


def test_shapes_have_to_fit():
    with pytest.raises(ValueError, match="3 times"):
        alarms.rate(hours(3), np.zeros(4), names=NAMES)


def test_alarm_days():
    alarm = np.zeros(96)
    alarm[[3, 30, 31, 80]] = 1
    alarm[48:72] = np.nan
    filled = np.zeros(96)
    filled[31] = 1
    found = alarms.alarm_days(hours(96), alarm, filled)
    assert found["day"].dt.day.tolist() == [1, 2, 3, 4]
    assert found["epochs"].tolist() == [24, 23, 0, 24]
    assert found["alarms"].tolist() == [1, 1, 0, 1]
    np.testing.assert_array_equal(found["alarm"], [1, 1, np.nan, 1])
    two = alarms.alarm_days(hours(96), alarm, least=2)
    np.testing.assert_array_equal(two["alarm"], [0, 1, np.nan, 0])
    # Nine hours behind UTC hour 3 is still December, and hour 80 the last of the 3rd.
    west = alarms.alarm_days(hours(96), alarm, offset_hours=-9)
    assert west["day"].dt.day.tolist() == [31, 1, 2, 3, 4]
    assert west["alarms"].tolist() == [1, 2, 0, 1, 0]
    assert west["epochs"].tolist() == [9, 24, 15, 9, 15]


def test_a_chosen_period_against_all_others():
    # Ten days with 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 alarms; the third day is chosen.
    alarm = np.zeros((10, 24))
    for day, count in enumerate([0, 0, 1, 2, 3, 4, 5, 6, 7, 8]):
        alarm[day, :count] = 1
    start = pd.Timestamp("2020-01-03")
    found = alarms.confutation(
        hours(240), alarm.ravel(), start, start + pd.Timedelta(days=1), expected_share=0.0455
    )
    assert (found["epochs"], found["alarms"], found["periods"], found["disjoint"]) == (
        24,
        1,
        10,
        10,
    )
    assert (found["fewer"], found["equal"], found["more"]) == (2, 1, 7)
    assert (found["p_low"], found["p_high"]) == pytest.approx((0.3, 0.8))
    assert found["expected"] == pytest.approx(24 * 0.0455)
    # Alarms of all days: 0 0 1 2 3 | 4 5 6 7 8, so the median day has 3.5.
    assert (found["lowest"], found["median"], found["highest"]) == pytest.approx(
        (0, 3.5 / 24, 8 / 24)
    )


def test_periods_of_two_days_overlap():
    alarm = np.repeat([0, 0, 1, 0, 0], 24)
    found = alarms.confutation(
        hours(120), alarm, pd.Timestamp("2020-01-04"), pd.Timestamp("2020-01-06")
    )
    assert (found["periods"], found["disjoint"]) == (4, 2)
    assert (found["fewer"], found["equal"], found["more"]) == (0, 2, 2)


def test_empty_periods_are_not_compared():
    alarm = np.repeat([0.0, 1, np.nan, 1, 0], 24)
    alarm[24:27] = np.nan
    day = pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-02")
    found = alarms.confutation(hours(120), alarm, *day)
    assert (found["periods"], found["too_empty"], found["equal"]) == (4, 1, 2)
    filled = np.repeat([0.0, 0, 0, 1, 0], 24)
    found = alarms.confutation(hours(120), alarm, *day, filled)
    assert (found["periods"], found["too_empty"]) == (3, 2)


@pytest.mark.parametrize(
    "period", [("2019-12-31", "2020-01-02"), ("2020-01-02", "2020-01-09"), ("2020-01-02",) * 2]
)
def test_a_period_outside_the_record(period):
    with pytest.raises(LaicflowError, match="expected a period"):
        alarms.confutation(hours(120), np.zeros(120), *map(pd.Timestamp, period))
