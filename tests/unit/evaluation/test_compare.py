"""The comparison of variants against the scores and against sums by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from laicflow.errors import LaicflowError
from laicflow.evaluation.baselines import BASELINES
from laicflow.evaluation.compare import compare
from laicflow.evaluation.scores import score
from laicflow.schema import TABLES, conform, empty
from laicflow.studies.results import Results

AUDIT = {"bootstrap": 200, "min_blocks": 5}
OPTIONS = {"names": ["run", "study"], "seed": 7, "audit": AUDIT}
SHARES = {"1": 0.8, "5": 0.3}
N = 100


@pytest.fixture
def samples(make_samples):
    """A sample every ninth day for 900 days: 20 blocks of 45 days; classes in turn."""
    table = make_samples(np.arange(0, 900, 9), np.arange(N) % 2)
    table.attrs = {"facts": json.dumps({"normal_share": SHARES})}
    return table


@pytest.fixture
def predicted(samples, make_predictions):
    """A function that gives test predictions right in all samples but every `wrong`-th."""

    def make(wrong, rows=slice(None), **columns):
        own = samples.iloc[rows]
        label = own["label"].to_numpy(dtype=float)
        hit = np.arange(N)[rows] % wrong != 0
        return make_predictions(own, np.where(hit, label, 1 - label) * 0.8 + 0.1, **columns)

    return make


@pytest.fixture
def make_results(samples):
    """A function of kind, gap, predictions and notes by variant that gives Results."""

    def make(variants, metric="accuracy") -> Results:
        settings = {
            name: {"split": {"kind": kind}, "normal": {"gap_days": gap}}
            for name, (kind, gap, *_) in variants.items()
        }
        headline = {"experiment": "net", "metric": metric, "split": "test"}
        made = Results("run", "study", {"headline": headline}, settings)
        for name, (_, _, tables, *notes) in variants.items():
            made.samples[name] = samples
            made.splits[name] = empty("splits")
            made.predictions[name] = pd.concat(tables) if tables else empty("predictions")
            made.notes[name] = notes[0] if notes else empty("notes")
        return made

    return make


def pick(table, variant, experiment="net", metric="accuracy"):
    """The only row of a variant, an experiment and a metric."""
    found = table[
        (table["variant"] == variant)
        & (table["experiment"] == experiment)
        & (table["metric"] == metric)
    ]
    assert len(found) == 1
    return found.iloc[0]


def told(why, experiments=("net", *BASELINES), draw=0):
    rows = [{"draw": draw, "fold": 0, "experiment": e, "seed": 0, "why": why} for e in experiments]
    return conform(pd.DataFrame(rows), "notes")


def test_values_are_those_of_the_scores_and_differences_those_of_sums(make_results, predicted):
    # Wrong in every 4th and every 5th sample: 0.75 and 0.8, mean 0.775; in every 2nd: 0.5.
    seeds = [predicted(4), predicted(5, seed=1)]
    table = compare(
        make_results(
            {
                "split-random": ("random", 1, seeds),
                "split-blocks": ("blocks", 1, [predicted(2, slice(0, 50), fold=0),
                                               predicted(2, slice(50, N), fold=1)]),
            }
        ),
        OPTIONS,
    )  # fmt: skip
    assert list(table.columns) == list(TABLES["comparison"])
    assert len(table) == 2 * 4 * 3
    assert set(table["metric"]) == {"accuracy", "auc", "balanced_accuracy"}
    one = pick(table, "split-random")
    assert one["value"] == pytest.approx(0.775)
    assert (one["split"], one["gap_days"], one["normal_share"]) == ("random", 1, 0.8)
    assert (one["n"], one["n_eff"], one["seeds"], one["folds"]) == (100, 20, 2, 1)
    assert (one["versus"], one["n_shared"]) == ("split-blocks", 100)
    assert one["difference"] == pytest.approx(0.275)
    assert one["difference_low"] < 0.275 < one["difference_high"]
    assert one["note"] == "difference to split-blocks: other seeds, 0, 1 less 0"
    base = pick(table, "split-blocks")
    assert base["value"] == 0.5 and (base["seeds"], base["folds"]) == (1, 2)
    assert pd.isna(base["versus"]) and math.isnan(base["difference"]) and pd.isna(base["n_shared"])
    auc = pick(table, "split-random", metric="auc")
    each = [roc_auc_score(run["target"], run["output"]) for run in seeds]
    assert auc["value"] == pytest.approx(np.mean(each))


def test_a_score_here_is_the_score_of_the_variant(make_results, predicted, samples):
    own = pd.concat([predicted(4), predicted(5, seed=1)])
    found = compare(make_results({"v": ("random", 1, [own])}), OPTIONS)
    scores = score(
        own, samples, {**AUDIT, "support_days": 45}, variant="v", names=("run", "study", "v", "7")
    )
    scores = scores[scores["seed"].isna() & (scores["method"] == "block bootstrap")]
    for metric in ("accuracy", "auc", "balanced_accuracy"):
        theirs = scores[scores["metric"] == metric].iloc[0]
        ours = pick(found, "v", metric=metric)
        assert ours[["value", "low", "high"]].tolist() == theirs[["value", "low", "high"]].tolist()


def test_the_difference_is_paired_and_on_shared_samples_alone(make_results, predicted):
    # Rolling tests the later 60; both are wrong in the same samples there.
    table = compare(
        make_results(
            {
                "split-rolling": ("rolling", 1, [predicted(4, slice(40, N))]),
                "split-blocks": ("blocks", 1, [predicted(4)]),
            }
        ),
        OPTIONS,
    )
    one = pick(table, "split-rolling")
    assert (one["n"], one["n_shared"]) == (60, 60)
    assert one["value"] == pytest.approx(0.75) and one["low"] < one["high"]
    assert one[["difference", "difference_low", "difference_high"]].tolist() == [0, 0, 0]
    assert one["note"] == "the first two blocks of time are never tested"


def test_an_interval_follows_from_its_blocks(make_results, samples, make_predictions):
    # Better in exactly one of the five samples of each block: every resample gives 0.2.
    label = samples["label"].to_numpy(dtype=float)
    worse = np.where(np.arange(N) % 5 == 3, 1 - label, label)
    table = compare(
        make_results(
            {
                "split-random": ("random", 1, [make_predictions(samples, label)]),
                "split-blocks": ("blocks", 1, [make_predictions(samples, worse)]),
            }
        ),
        OPTIONS,
    )
    one = pick(table, "split-random")
    assert one["difference"] == pytest.approx(0.2)
    assert one["difference_low"] == pytest.approx(0.2)
    assert one["difference_high"] == pytest.approx(0.2)


def test_each_gap_has_its_own_reference(make_results, predicted):
    table = compare(
        make_results(
            {
                "split-random": ("random", 1, [predicted(10)]),
                "gap-5-random": ("random", 5, [predicted(10)]),
                "split-blocks": ("blocks", 1, [predicted(2)]),
                "gap-5-blocks": ("blocks", 5, [predicted(5)]),
                "gap-9-random": ("random", 9, [predicted(10)]),
            }
        ),
        OPTIONS,
    )
    wide, narrow = pick(table, "gap-5-random"), pick(table, "split-random")
    assert (wide["versus"], narrow["versus"]) == ("gap-5-blocks", "split-blocks")
    assert wide["difference"] == pytest.approx(0.1)
    assert narrow["difference"] == pytest.approx(0.4)
    assert (wide["gap_days"], wide["normal_share"]) == (5, 0.3)
    alone = pick(table, "gap-9-random")
    assert pd.isna(alone["versus"]) and math.isnan(alone["normal_share"])


def test_what_could_not_be_tested_says_why(make_results, predicted):
    why = "undecidable: 0 purged training samples"
    table = compare(
        make_results(
            {
                "split-random": ("random", 1, [predicted(4)]),
                "split-blocks": ("blocks", 1, [], told(why)),
                "split-region": ("region", 1, []),
            }
        ),
        OPTIONS,
    )
    for experiment in ("net", *BASELINES):
        for metric in ("accuracy", "auc", "balanced_accuracy"):
            row = pick(table, "split-blocks", experiment, metric)
            assert row["note"] == why and math.isnan(row["value"]) and row["n"] == 0
    region = pick(table, "split-region")
    assert region["note"] == "undecidable: no test samples"
    assert region["versus"] == "split-blocks" and math.isnan(region["difference"])
    one = pick(table, "split-random")
    assert one["value"] == 0.75 and math.isnan(one["difference"]) and one["n_shared"] == 0
    assert one["note"] == "no difference to split-blocks: no sample is tested under both"


def test_few_blocks_give_values_without_intervals(make_results, predicted):
    few = slice(0, 15)  # 135 days: three blocks
    table = compare(
        make_results(
            {
                "split-region": ("region", 1, [predicted(5, few)]),
                "split-blocks": ("blocks", 1, [predicted(3, few)]),
            }
        ),
        OPTIONS,
    )
    one = pick(table, "split-region")
    assert one["value"] == pytest.approx(12 / 15)
    assert one["difference"] == pytest.approx(2 / 15)
    assert math.isnan(one["low"]) and math.isnan(one["difference_low"])
    assert one["note"] == (
        "3 blocks of 45 days, fewer than 5; "
        "difference to split-blocks: 3 blocks of 45 days, fewer than 5; "
        "time is not kept apart: samples of two regions may share days"
    )


def test_a_fold_that_was_left_out_is_told(make_results, predicted):
    notes = told("undecidable: 0 purged training samples", ["net"])
    own = predicted(4, slice(20, N), fold=1)
    table = compare(make_results({"split-blocks": ("blocks", 1, [own], notes)}), OPTIONS)
    note = pick(table, "split-blocks")["note"]
    assert note == "1 of 2 folds left out: undecidable: 0 purged training samples"


def test_seeds_that_are_missing_on_one_side_are_told(make_results, predicted):
    """Three seeds against two: 0.75, 0.8 and 0.5 less 0.75 and 0.8 are 0.6833 less 0.775."""
    three = [predicted(4), predicted(5, seed=1), predicted(2, seed=2)]
    why = "undecidable: the loss is not a number"
    notes = told(why, ["net"]).assign(seed=2)
    results = make_results(
        {"a": ("random", 1, three), "b": ("blocks", 1, three[:2], conform(notes, "notes"))}
    )
    one = pick(compare(results, OPTIONS), "a")
    assert one["difference"] == pytest.approx(0.683333 - 0.775, abs=1e-5)
    assert one["note"] == "difference to b: other seeds, 0, 1, 2 less 0, 1"
    base = pick(compare(results, OPTIONS), "b")
    assert base["seeds"] == 2
    assert base["note"] == f"1 of 3 seeds left out (seed 2: {why})"


def test_training_samples_are_the_mean_over_the_folds_that_were_tested(
    make_results, predicted, samples
):
    """60 and 31 training samples in two folds; a third that was not tested does not count."""
    halves = [predicted(4, slice(0, 50), fold=0), predicted(4, slice(50, N), fold=1)]
    results = make_results({"a": ("random", 1, halves), "b": ("blocks", 1, [])})
    roles = {(0, 0): 60, (0, 1): 31, (0, 2): 7, (1, 0): 90}
    parts = [
        pd.DataFrame({"draw": draw, "fold": fold, "sample_id": samples["sample_id"]}).assign(
            split=np.where(np.arange(N) < count, "train", "test")
        )
        for (draw, fold), count in roles.items()
    ]
    for name in ("a", "b"):
        results.splits[name] = conform(pd.concat(parts), "splits")
    table = compare(results, OPTIONS)
    assert pick(table, "a")["n_train"] == 45.5
    assert math.isnan(pick(table, "b")["n_train"])


def test_further_draws_and_other_experiments_do_not_count(make_results, predicted):
    tables = [predicted(4), predicted(2, draw=1), predicted(2, experiment="other")]
    named = [predicted(5, experiment=name) for name in BASELINES]
    table = compare(make_results({"v": ("random", 1, tables + named)}, metric="mcc"), OPTIONS)
    assert pick(table, "v")["value"] == 0.75
    assert set(table["experiment"]) == {"net", *BASELINES}
    assert pick(table, "v", BASELINES[0])["value"] == 0.8
    # The headline's own metric stands beside the three.
    assert set(table["metric"]) == {"accuracy", "auc", "balanced_accuracy", "mcc"}


def test_a_study_without_a_gap_is_compared_too(make_results, predicted):
    results = make_results({"a": ("random", 1, [predicted(4)]), "b": ("blocks", 1, [predicted(2)])})
    for own in results.variants.values():
        del own["normal"]
    one = pick(compare(results, OPTIONS), "a")
    assert pd.isna(one["gap_days"]) and math.isnan(one["normal_share"])
    assert one["versus"] == "b" and one["difference"] == pytest.approx(0.25)


def test_a_sample_with_two_targets_is_refused(make_results, predicted):
    other = predicted(4)
    other["target"] = 1 - other["target"]
    results = make_results({"a": ("random", 1, [predicted(4)]), "b": ("blocks", 1, [other])})
    with pytest.raises(LaicflowError, match="'s0000' has two targets"):
        compare(results, OPTIONS)


def test_outputs_that_are_no_numbers_give_no_difference(make_results, predicted):
    other = predicted(4)
    other.loc[3, "output"] = np.nan
    results = make_results({"a": ("random", 1, [other]), "b": ("blocks", 1, [predicted(4)])})
    one = pick(compare(results, OPTIONS), "a")
    assert math.isnan(one["value"]) and math.isnan(one["difference"])
    assert "1 of 100 outputs are not numbers" in one["note"]
