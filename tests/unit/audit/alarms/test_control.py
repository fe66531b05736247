"""R46: the chain finds storms that move TEC, and says so where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit.alarms import control
from laicflow.audit.alarms.context import Record
from tests.unit.audit.alarms import worlds

DAYS = 400
EPOCHS = 24 * DAYS
STORMS = np.arange(300, EPOCHS - 300, 700)


def row(moves: bool, storms=STORMS):
    rng = np.random.default_rng(1)
    anomaly, kp = worlds.runs(rng, EPOCHS, share=0.04), np.ones(EPOCHS)
    for one in storms:
        kp[one : one + 12] = 6
        if moves:
            anomaly[one : one + 30] = 1
    table = worlds.table({"residual": anomaly, "iqr": anomaly}, kp=kp)
    return control.check(worlds.context(table, worlds.quakes([])))[0]


def test_storms_that_move_tec_are_found_without_any_earthquake():
    found = row(True)
    assert found["status"] == "pass"
    assert found["statistic"] == pytest.approx(5, abs=0.6)
    assert f"one of {len(STORMS)} storms" in found["evidence"]


def test_storms_that_do_not_are_not():
    found = row(False)
    assert found["status"] == "fail"
    assert found["evidence"].startswith("storms are not found, so no null may be claimed")


def test_without_a_storm_there_is_no_control():
    found = row(True, [])
    assert found["status"] == "na"
    assert found["evidence"].startswith("no storm (Kp 5 or Dst -50 nT)")


def test_a_storm_begins_where_none_was_in_the_look_back():
    kp, dst = np.ones(200), np.zeros(200)
    kp[[20, 21, 40, 150]] = 5
    dst[100] = -80
    record = Record(worlds.table({"residual": np.zeros(200), "iqr": np.zeros(200)}, kp, dst), "iqr")
    assert control.onsets(record, 5, -50, 48).tolist() == [20, 100, 150]
