"""R06 and R10: gaps and the filter of activity before earthquakes and at other times."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit.alarms import filtered, missing
from tests.unit.audit.alarms import worlds

DAYS = 400
EPOCHS = 24 * DAYS


def rows(at, lost=(), kp=None):
    anomaly = worlds.runs(np.random.default_rng(1), EPOCHS)
    anomaly[list(lost)] = np.nan
    table = worlds.table({"residual": anomaly, "iqr": anomaly}, kp=kp)
    context = worlds.context(table, worlds.quakes(worlds.times(DAYS)[at]))
    return missing.check(context)[0], filtered.check(context)[0]


def times(number=25):
    return 200 + np.arange(number) * 340 + np.random.default_rng(2).integers(0, 180, number)


def test_gaps_that_go_with_earthquakes_fail():
    at = times()
    lost = (at[:, None] - np.arange(1, 31)).ravel()
    gaps, activity = rows(at, lost)
    assert gaps["status"] == "fail"
    # 30 of the 120 epochs before each.
    assert "25.0 % of the epochs before earthquakes" in gaps["evidence"]
    assert activity["status"] == "pass"


def test_days_that_are_quieter_before_earthquakes_fail():
    at = times()
    kp = np.full(EPOCHS, 4.0)
    kp[(at[:, None] - np.arange(1, 121)).ravel()] = 1
    gaps, activity = rows(at, kp=kp)
    assert activity["status"] == "fail"
    assert activity["statistic"] < -0.4
    assert gaps["status"] == "pass" and gaps["statistic"] == pytest.approx(0)


def test_p_is_two_sided_and_no_smaller_than_it_should_be():
    small = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        kp = np.where(worlds.runs(rng, EPOCHS, share=0.3, hours=30) > 0, 4.0, 1.0)
        at = np.sort(rng.integers(200, EPOCHS, 25))
        text = rows(at, kp=kp)[1]["evidence"]
        small += float(text.rsplit(" ", 1)[1]) < 0.1
    # 6 of 60 are expected.
    assert small <= 13


def test_what_is_unknown_is_not_disturbed():
    at = times()
    kp = np.where(np.arange(EPOCHS) % 10 == 0, 4.0, 1.0)
    # Of half of the days before each nothing is known.
    kp[(at[:, None] - np.arange(1, 61)).ravel()] = np.nan
    _, activity = rows(at, kp=kp)
    assert activity["status"] == "pass"
    # One in ten everywhere it is known.
    assert "10.0 % of the epochs before earthquakes, 10.0 % of all" in activity["evidence"]
