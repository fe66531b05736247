"""Blocks of time as long as what an alarm hangs on."""

from __future__ import annotations

import numpy as np

from tests.unit.audit.alarms import worlds


def test_a_block_holds_the_look_back_and_the_bounds_of_its_first_epoch():
    anomaly = worlds.runs(np.random.default_rng(1), 24 * 300)
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    events = worlds.quakes(worlds.times(300)[[3000]])
    bounds = worlds.BOUNDS | {"days": {"residual": 15, "iqr": 10}}
    # 5 days before the earthquake, 15 or 10 of bounds before the first of these, two of forecasts.
    blocks = [case.blocks.days for case in worlds.context(table, events, bounds=bounds).cases]
    assert blocks == [20, 15]
    bounds["forecast_days"] = {"residual": 2.0}
    blocks = [case.blocks.days for case in worlds.context(table, events, bounds=bounds).cases]
    assert blocks == [22, 15]
