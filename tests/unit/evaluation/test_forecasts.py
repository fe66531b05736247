"""What a ledger tells, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.evaluation.forecasts import lines, summary
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
                "written_at": end,
                "score": score,
                "alarm": int(score >= 0.7),
            }
        )
    for day, value in ((1, 1), (2, 0), (2, 1)):
        rows.append({**base, "kind": "outcome", "window_id": f"A/{day}", "outcome": value})
    told = summary(conform(pd.DataFrame(rows), "forecasts")).iloc[0]
    counts = {"forecasts": 3, "outcomes": 2, "waiting": 1, "revised": 1, "hits": 1, "misses": 1}
    counts["overdue"] = 0
    assert {key: told[key] for key in counts} == counts
    assert told["brier"] == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert np.isnan(told["low"])
    assert np.isnan(told["auc"])
    assert "too few outcomes: 2 with and 0 without" in told["note"]
    (line,) = lines(told.to_frame().T)
    assert line.startswith("r/s/v/e: 3 forecasts, 2 with an outcome, 1 waiting; 0 replayed")
    assert "too few outcomes" in line and "AUC" not in line


def test_what_nobody_judges_any_more_is_overdue():
    # Of sixty forecasts, two days apart, every fourth has no outcome; the last row is of 29 April.
    table = many()
    dropped = table["window_id"].str[2:].astype(int) % 4 == 0
    told = summary(table[(table["kind"] == "forecast") | ~dropped]).iloc[0]
    assert (told["waiting"], told["overdue"]) == (15, 15)
    # 4 is the only one of 5, 4, ... that was open when the ledger ended with its own day.
    early = table[(table["window_start"] < "2003-01-09") & table["window_id"].ne("")]
    told = summary(early).iloc[0]
    assert (told["waiting"], told["overdue"]) == (len(early), len(early) - 1)
    (line,) = lines(told.to_frame().T)
    assert f"{len(early) - 1} of those that wait are past their horizon" in line


def many() -> pd.DataFrame:
    """Sixty forecasts and what became of them."""
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
            "written_at": ends,
            "score": [0.9, 0.2] * 30,
            "alarm": [1, 0] * 30,
        }
    )
    told = pd.DataFrame({**shared, "kind": "outcome", "outcome": ([1, 0] * 15) + [0, 1] * 15})
    return conform(pd.concat([made, told], ignore_index=True), "forecasts")


def test_summary_has_an_interval_where_there_are_enough():
    row = summary(many()).iloc[0]
    assert (row["hits"], row["misses"], row["false_alarms"], row["quiet"]) == (15, 15, 15, 15)
    # 0.1**2, 0.2**2 where right; 0.9**2, 0.8**2 where wrong.
    assert row["brier"] == pytest.approx((0.01 + 0.04 + 0.81 + 0.64) / 4)
    assert row["low"] < row["brier"] < row["high"]
    assert row["brier_base_rate"] == pytest.approx(0.25)
    assert row["note"] == ""
    # Both scores are as frequent before earthquakes as else.
    assert row["auc"] == pytest.approx(0.5)
    assert row["auc_low"] < 0.5 < row["auc_high"]


def test_the_auc_does_not_ask_for_the_base_rate():
    table = many()
    # Twelve earthquakes in sixty at 0.6, ten others at 0.7, the remaining 38 at 0.5.
    table["score"] = np.tile(np.repeat([0.6, 0.7, 0.5], [12, 10, 38]), 2)
    table.loc[table["kind"] == "outcome", "outcome"] = np.repeat([1, 0], [12, 48])
    row = summary(table).iloc[0]
    assert row["auc"] == pytest.approx(38 / 48)
    assert row["brier"] > row["brier_base_rate"] == pytest.approx(0.16)
    (line,) = lines(summary(table))
    assert "AUC 0.792 (" in line
    assert "of the base rate alone 0.160" in line


def test_what_was_replayed_is_counted_apart():
    table = many()
    # Half an hour is a forecast in earnest; a day later, or who knows when, is none.
    table.loc[:9, "written_at"] += pd.Timedelta(minutes=30)
    table.loc[10:19, "written_at"] += DAY
    table.loc[20:24, "written_at"] = pd.NaT
    table.loc[25:29, "note"] = "replayed: its inputs came here after the issue time"
    table.loc[10:29, "score"] = 1 - table.loc[10:29, "score"]
    row = summary(table).iloc[0]
    assert (row["replayed"], row["forecasts"], row["outcomes"], row["waiting"]) == (20, 40, 40, 0)
    # Of the last forty ten come off right in the first ten, thirty not: 0.025 and 0.725 of each.
    assert row["brier"] == pytest.approx((10 * 0.025 + 30 * 0.725) / 40)
    assert row["hits"] + row["misses"] + row["false_alarms"] + row["quiet"] == 40
    assert "20 replayed left out" in lines(summary(table))[0]
