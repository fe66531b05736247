from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from laicflow.audit import splits
from laicflow.audit.run import run_checks
from laicflow.audit.verdict import verdict
from laicflow.schema import conform

NAN = math.nan


@pytest.fixture
def judge(make_samples, make_context):
    """A function of compared rows, headline and gates that gives R15's row."""

    def make(rows, metric="accuracy", **gates):
        headline = {"metric": metric}
        context = make_context(make_samples([0, 90], [0, 1]), {}, headline=headline, options=gates)
        context.compared = compared(rows).assign(metric=metric)
        (row,) = splits.check(context)
        assert (row["id"], row["name"]) == ("R15", "split protocol")
        return row

    return make


def compared(rows):
    """A table of splits, value and interval, difference and interval; a note last."""
    columns = ["split", "value", "low", "high", "difference", "difference_low", "difference_high"]
    table = pd.DataFrame(rows, columns=[*columns, "note"]).assign(
        experiment="net", metric="accuracy", n=200, n_shared=180, versus="split-blocks"
    )
    return conform(table.assign(variant="split-" + table["split"]), "comparison")


def four(difference, low, high):
    """The four protocols, the random one as given."""
    return [
        ("random", 0.62, 0.58, 0.66, difference, low, high, ""),
        ("blocks", 0.51, 0.46, 0.56, NAN, NAN, NAN, ""),
        ("rolling", NAN, NAN, NAN, NAN, NAN, NAN, "undecidable: 0 purged training samples"),
        ("region", 0.55, NAN, NAN, 0.04, NAN, NAN, "3 blocks of 45 days, fewer than 5"),
    ]


def test_inflation_above_the_gate_makes_the_block_score_the_headline(judge):
    row = judge(four(0.11, 0.05, 0.17))
    assert (row["status"], row["statistic"], row["threshold"]) == ("warn", 0.11, "0.03")
    assert row["interval"] == "0.0500 to 0.1700"
    assert row["evidence"] == (
        "a random split inflates the score by more than 0.03, the headline is the block score: "
        "accuracy under split-random less that under split-blocks +0.1100 (0.0500 to 0.1700) on "
        "180 samples; random 0.6200 (0.5800 to 0.6600, n 200); "
        "blocks 0.5100 (0.4600 to 0.5600, n 200); "
        "rolling undecidable: 0 purged training samples; region 0.5500 (no interval, n 200)"
    )


@pytest.mark.parametrize(
    ("inflation", "status", "phrase"),
    [
        ((0.01, -0.01, 0.03), "pass", "a random split inflates the score by no more than 0.03:"),
        ((-0.02, -0.08, 0.02), "pass", "a random split inflates the score by no more than 0.03:"),
        (
            (0.01, -0.05, 0.07),
            "warn",
            "an inflation by a random split of more than 0.03 is not exclu",
        ),
        ((0.04, -0.05, 0.13), "warn", "a random split inflates the score by more than 0.03, the"),
    ],
)
def test_the_interval_decides(judge, inflation, status, phrase):
    row = judge(four(*inflation))
    assert row["status"] == status
    assert row["evidence"].startswith(phrase)


def test_training_sets_of_other_sizes_and_lost_seeds_are_told(make_samples, make_context):
    context = make_context(make_samples([0, 90], [0, 1]), {}, headline={"metric": "accuracy"})
    table = compared(four(0.11, 0.05, 0.17)).assign(n_train=[163.2, 132.0, 88.3, 117.0])
    table.loc[1, "note"] = "1 of 3 seeds left out (seed 2: why)"
    context.compared = table
    (row,) = splits.check(context)
    assert "random 0.6200 (0.5800 to 0.6600, n 200, trained on 163); " in row["evidence"]
    assert "blocks 0.5100 (0.4600 to 0.5600, n 200, trained on 132); " in row["evidence"]
    assert row["evidence"].endswith(
        "; the training sets differ in size, so that part of the difference may come from that; "
        "split-blocks: 1 of 3 seeds left out (seed 2: why)"
    )
    # The others' sizes have no part in the difference.
    context.compared = table.assign(n_train=[132.0, 132.0, 88.3, 117.0])
    (row,) = splits.check(context)
    assert "differ in size" not in row["evidence"]


def test_the_gate_can_be_set(judge):
    assert judge(four(0.11, 0.05, 0.17), max_inflation=0.2)["status"] == "pass"


def test_of_a_loss_less_is_better(judge):
    row = judge(four(-0.11, -0.17, -0.05), metric="brier")
    assert (row["status"], row["statistic"]) == ("warn", 0.11)
    assert row["interval"] == "0.0500 to 0.1700"
    assert judge(four(0.11, 0.05, 0.17), metric="brier")["status"] == "pass"


def test_a_block_split_that_cannot_be_made_is_not_decided(judge):
    rows = four(NAN, NAN, NAN)
    rows[1] = ("blocks", NAN, NAN, NAN, NAN, NAN, NAN, "undecidable: 0 purged training samples")
    row = judge(rows)
    assert row["status"] == "na" and math.isnan(row["statistic"])
    assert row["evidence"].startswith(
        "0 purged training samples under split-blocks; accuracy: random 0.6200 (0.5800 to 0.6600"
    )


def test_a_difference_without_an_interval_is_not_decided(judge):
    rows = four(0.11, NAN, NAN)
    rows[0] = (*rows[0][:7], "1 block of 45 days, fewer than 5")
    row = judge(rows)
    assert (row["status"], row["statistic"]) == ("na", 0.11)
    assert row["evidence"].startswith("1 block of 45 days, fewer than 5; accuracy: random 0.62")


def test_a_variant_without_samples_is_not_judged_by_others(make_samples, make_context):
    why = "undecidable: no window is quiet"
    notes = conform(pd.DataFrame([{"experiment": "net", "seed": 0, "why": why}]), "notes")
    context = make_context(make_samples([0, 90], [0, 1]), {}, notes=notes)
    (row,) = splits.check(context)
    assert (row["status"], row["evidence"]) == ("na", "no window is quiet")


def test_what_the_compared_variants_have_otherwise_is_told(make_samples, make_context):
    context = make_context(make_samples([0, 90], [0, 1]), {})
    context.compared = compared(four(0.01, -0.01, 0.02))
    context.unlike = ["window.minutes", "world"]
    (row,) = splits.check(context)
    assert row["evidence"].endswith(
        "; the variants compared differ from this one in window.minutes, world"
    )


def test_nothing_compared_is_not_decided(make_samples, make_context, judge):
    context = make_context(make_samples([0, 90], [0, 1]), {})
    (row,) = splits.check(context)
    assert row["status"] == "na"
    assert row["evidence"] == "no variant of net with a random split is compared"
    assert judge(four(0.11, 0.05, 0.17)[1:])["status"] == "na"


@pytest.mark.parametrize("inflation", [(0.11, 0.05, 0.17), (0.0, -0.01, 0.01), (NAN, NAN, NAN)])
def test_the_word_of_the_verdict_does_not_hang_on_it(
    make_samples, make_splits, make_context, inflation
):
    samples = make_samples(np.arange(200) * 90, np.arange(200) % 2)
    label = samples["label"].to_numpy(dtype=float)
    output = np.where(np.arange(200) % 10 < 9, label, 1 - label) * 0.8 + 0.1
    roles = make_splits(samples, np.where(np.arange(200) < 50, "test", "train"))
    context = make_context(samples, {"net": [output]}, splits=roles)
    before = verdict(context, run_checks(context))
    context.compared = compared(four(*inflation))
    after = verdict(context, run_checks(context))
    assert after["verdict"] == before["verdict"] == "not audited"
    assert after["missing_gates"] == before["missing_gates"]
    warned = inflation[0] > 0.03
    assert any("R15 a random split inflates" in said for said in after["failed"]) == warned
