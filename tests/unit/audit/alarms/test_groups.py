"""R13: a day before two earthquakes counts once, whichever their stations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from laicflow.audit.alarms import groups
from tests.unit.audit.alarms import worlds

DAYS = 400
SITES = {"AAA": (40.0, 140.0), "BBB": (40.0, 150.0)}


def made():
    rng = np.random.default_rng(1)
    anomaly = np.stack([worlds.runs(rng, 24 * DAYS) for _ in SITES])
    # Each sequence within a day of its own at both stations; days 50, 150, 250.
    at = worlds.times(DAYS)[[1200, 1210, 3600, 3610, 6000]]
    events = worlds.quakes(at, longitude=[140.0, 150.0, 150.0, 140.0, 140.0])
    return worlds.context(worlds.table({"residual": anomaly, "iqr": anomaly}), events, sites=SITES)


def test_one_sequence_counts_once_across_stations():
    row = groups.check(made())[0]
    assert row["status"] == "pass"
    assert row["evidence"].startswith("of 5 earthquakes 3 count")


def test_days_that_count_twice_fail():
    context = made()
    case = context.cases[0]
    # All five: of days 50 and 150 both earthquakes.
    context.cases[0] = replace(case, targets=case.all_targets)
    row = groups.check(context)[0]
    assert row["status"] == "fail"
    assert row["statistic"] == 2
    assert row["evidence"].startswith("looks back that overlap count for two earthquakes, 2 times")
