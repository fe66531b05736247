"""Blocks of two spans where labels reach over days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from laicflow.evaluation.blocks import block_days, said
from laicflow.evaluation.intervals import Resampling
from laicflow.evaluation.metrics import tally

SPAN = 15.0


def test_a_block_is_two_spans_where_a_label_reaches_over_days_else_one() -> None:
    assert block_days(45) == 45
    assert block_days(0.5, 15) == 31
    # 20 samples of 1.5 s: 15 days and half a minute, twice.
    assert said(block_days(30 / 86400, 15)) == "30"
    assert (said(0.114583), said(1024)) == ("0.115", "1020")


def persistent(rng: np.random.Generator, each: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the span before events, and a score that knows nothing of them, persistent too.

    Both are 1 half of the time, so that the accuracy of the score is 0.5 whatever the events are.
    """
    event = rng.random(count + each) < 1 - 0.5 ** (1 / each)
    noise = rng.normal(size=count + each)
    ahead, level = (np.concatenate([[0], np.cumsum(one)]) for one in (event, noise))
    label = ahead[each : each + count] > ahead[:count]
    score = level[each : each + count] > level[:count]
    return label.astype(int), np.where(score, 0.9, 0.1)


def test_blocks_of_two_spans_cover_a_skill_less_score_nearer_to_nominal() -> None:
    spans, each, runs = 60, 8, 1500
    issue = pd.Timestamp("2019-01-01") + pd.to_timedelta(np.arange(spans * each) * SPAN / each, "D")
    samples = pd.DataFrame({"issue_time": issue, "end": issue})
    samples["support_start"] = issue - pd.Timedelta(seconds=30)
    options = {"bootstrap": 300}
    one, two = (
        Resampling(samples, options | {"support_days": days}, ("blocks", days))
        for days in (SPAN, block_days(0, SPAN))
    )
    assert (one.count, two.count) == (60, 30)
    rng = np.random.default_rng(8)
    hits = np.zeros((runs, 2), dtype=bool)
    for run in range(runs):
        label, score = persistent(rng, each, spans * each)
        for column, own in enumerate((one, two)):
            found = own.mean([tally(label, score, own.block, blocks=own.count)], "accuracy")
            hits[run, column] = found.low <= 0.5 <= found.high
    short, long = hits.mean(axis=0)
    # Exact binomial interval of the first: it does not reach the second, nor this the nominal one.
    assert proportion_confint(hits[:, 0].sum(), runs, method="beta")[1] < 0.935
    assert short < long < 0.95
    only_long, only_short = (hits[:, 1] & ~hits[:, 0]).sum(), (hits[:, 0] & ~hits[:, 1]).sum()
    # Paired: of intervals that only one of the two has right nearly all are of the longer blocks.
    assert proportion_confint(only_long, only_long + only_short, method="beta")[0] > 0.5
    assert long == pytest.approx(0.93, abs=3 * 0.0066)
