"""R16: what is fitted on what, the threshold of the alarms among it."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit.alarms import scope
from tests.unit.audit.alarms import worlds

DAYS = 60


def rows(**changed):
    anomaly = worlds.runs(np.random.default_rng(1), 24 * DAYS)
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    return scope.check(worlds.context(table, worlds.quakes(worlds.times(DAYS)[[700]]), **changed))


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.2, "hindcast threshold: an alarm stands at 20 % of all times, by a quantile of the"),
        (None, "one anomalous epoch is an alarm, a threshold that is fitted on nothing"),
    ],
)
def test_a_threshold_from_the_whole_record_is_told(share, words):
    residual, simple = rows(rules={"alarmed_share": share})
    assert residual["evidence"].startswith(f"weights on train; {words}")
    # Nothing is fitted for the quartiles themselves.
    assert simple["evidence"].startswith(f"bounds with no fitted part; {words}")
    assert {residual["status"], simple["status"]} == {"pass"}


def test_what_saw_the_days_is_named_before_all():
    fitted = {"residual": [{"what": "outliers", "on": ["train", "test"]}], "iqr": []}
    row = rows(fitted=fitted)[0]
    assert (row["status"], row["statistic"]) == ("fail", 1)
    assert row["evidence"].startswith("outliers saw the days that are judged: outliers on train, ")
