"""What a ledger tells, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.evaluation.forecasts import summary
from laicflow.schema import conform, empty

HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)


def test_an_empty_ledger_has_no_row():
    assert summary(empty("forecasts")).empty


def test_summary_by_hand():
    # Three forecasts at 0.8, 0.6, 0.1 with outcomes 1, 0, none yet; the second is revised to 1.
    base = {"run": "r", "study": "s", "variant": "v", "experiment": "e", "site": "A"}
    rows = []
    for day, score in ((1, 0.8), (2, 0.6), (3, 0.1)):
        end = pd.Timestamp(2003, 1, day)
        rows.append(
            {
                **base,
                "kind": "forecast",
                "window_id": f"A/{day}",
                "window_start": end - HOUR,
                "window_end": end,
                "horizon_end": end + DAY,
                "issue_time": end,
                "score": score,
                "alarm": int(score >= 0.7),
            }
        )
    for day, value in ((1, 1), (2, 0), (2, 1)):
        rows.append({**base, "kind": "outcome", "window_id": f"A/{day}", "outcome": value})
    told = summary(conform(pd.DataFrame(rows), "forecasts")).iloc[0]
    counts = {"forecasts": 3, "outcomes": 2, "waiting": 1, "revised": 1, "hits": 1, "misses": 1}
    assert {key: told[key] for key in counts} == counts
    assert told["brier"] == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert np.isnan(told["low"])
    assert "too few outcomes: 2 with and 0 without" in told["note"]


def test_summary_has_an_interval_where_there_are_enough():
    base = {"run": "r", "study": "s", "variant": "v", "experiment": "e", "site": "A"}
    ends = pd.date_range("2003-01-01", periods=60, freq="2D")
    shared = {"window_id": [f"A/{k}" for k in range(60)], **base}
    made = pd.DataFrame(
        {
            **shared,
            "kind": "forecast",
            "window_start": ends - HOUR,
            "window_end": ends,
            "horizon_end": ends + DAY,
            "issue_time": ends,
            "score": [0.9, 0.2] * 30,
            "alarm": [1, 0] * 30,
        }
    )
    told = pd.DataFrame({**shared, "kind": "outcome", "outcome": ([1, 0] * 15) + [0, 1] * 15})
    row = summary(conform(pd.concat([made, told], ignore_index=True), "forecasts")).iloc[0]
    assert (row["hits"], row["misses"], row["false_alarms"], row["quiet"]) == (15, 15, 15, 15)
    # 0.1**2, 0.2**2 where right; 0.9**2, 0.8**2 where wrong.
    assert row["brier"] == pytest.approx((0.01 + 0.04 + 0.81 + 0.64) / 4)
    assert row["low"] < row["brier"] < row["high"]
    assert row["brier_base_rate"] == pytest.approx(0.25)
    assert row["note"] == ""
