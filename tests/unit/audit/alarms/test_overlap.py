"""R11: bounds that hold the epoch itself, or what was filled from it."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit.alarms import overlap
from tests.unit.audit.alarms import worlds

DAYS = 60


def rows(**bounds):
    anomaly = worlds.runs(np.random.default_rng(1), 24 * DAYS)
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    events = worlds.quakes(worlds.times(DAYS)[[700]])
    found = overlap.check(worlds.context(table, events, bounds=worlds.BOUNDS | bounds))
    return dict(zip(("residual", "iqr"), found, strict=True))


@pytest.mark.parametrize(
    ("filled", "status", "words"),
    [
        (None, "pass", "of measurements alone"),
        ("none", "pass", "of measurements, interpolated between maps where"),
        ("filter", "pass", "of measurements and what a filter filled from what came before"),
        # A Kalman smoother runs backwards from the end of the series.
        ("smoother", "fail", "values that a smoother filled, which knows what comes after them"),
    ],
)
def test_what_is_filled_from_later_values_carries_the_epoch(filled, status, words):
    for row in rows(filled=filled).values():
        assert row["status"] == status
        assert words in row["evidence"]
        assert ("measurements alone" in row["evidence"]) == (filled is None)


def test_each_way_into_the_bounds_counts():
    found = rows(filled="smoother", mode="paper")
    # Smoothed values in both; the epoch's own error in the residual bounds alone.
    assert {name: row["statistic"] for name, row in found.items()} == {"residual": 2, "iqr": 1}
    assert "each epoch is part of the errors" in found["residual"]["evidence"]
