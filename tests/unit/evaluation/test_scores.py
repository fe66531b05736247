from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from laicflow.errors import LaicflowError
from laicflow.evaluation.scores import score
from laicflow.schema import conform, empty

OPTIONS = {"bootstrap": 200, "min_blocks": 5, "support_days": 45, "r_corr_km": 1000}


def scored(predictions, samples, notes=None, **options):
    return score(
        pd.concat(predictions) if predictions else empty("predictions"),
        samples,
        {**OPTIONS, **options},
        variant="paper",
        notes=notes,
        names=("run", "study", "paper"),
    )


def pick(table, **where):
    """The only row where the columns have these values (None for missing)."""
    for column, value in where.items():
        table = table[table[column].isna() if value is None else table[column] == value]
    assert len(table) == 1, f"{len(table)} rows of {where}"
    return table.iloc[0]


@pytest.fixture
def two_seeds(make_samples, make_predictions):
    rng = np.random.default_rng(0)
    samples = make_samples(np.arange(0, 900, 9), rng.integers(0, 2, 100))
    label = samples["label"].to_numpy(dtype=float)
    outputs = [np.clip(0.3 * label + 0.7 * rng.random(100), 0, 1) for _ in range(2)]
    tables = [make_predictions(samples, out, seed=s) for s, out in enumerate(outputs)]
    return samples, outputs, tables


def test_values_and_intervals_of_every_seed(two_seeds):
    samples, outputs, tables = two_seeds
    found = scored(tables, samples)
    label = samples["label"].to_numpy(dtype=int)
    for seed, output in enumerate(outputs):
        told = output >= 0.5
        own = {"seed": seed, "draw": 0, "method": "block bootstrap"}
        accuracy = pick(found, metric="accuracy", **own)
        assert accuracy["value"] == pytest.approx(sk.accuracy_score(label, told))
        assert accuracy["low"] < accuracy["value"] < accuracy["high"]
        assert (accuracy["n"], accuracy["n_eff"], accuracy["note"]) == (100, 20, "")
        assert accuracy["block_days"] == 45
        mcc = pick(found, metric="mcc", **own)
        assert mcc["value"] == pytest.approx(sk.matthews_corrcoef(label, told))
        auc = pick(found, metric="auc", **own)
        assert auc["value"] == pytest.approx(sk.roc_auc_score(label, output))
        counts = [
            pick(found, metric=m, seed=seed, method="count")["value"]
            for m in ("tn", "fp", "fn", "tp")
        ]
        assert counts == sk.confusion_matrix(label, told).ravel().tolist()


def test_wilson_stands_beside_as_a_row_of_its_own(make_samples, make_predictions):
    # Newcombe 1998: 81 of 263 give 0.2553 to 0.3662.
    samples = make_samples(np.arange(263) * 3, np.ones(263))
    output = np.where(np.arange(263) < 81, 0.9, 0.1)
    row = pick(scored([make_predictions(samples, output)], samples), method="wilson")
    assert (row["metric"], row["seed"], row["n"]) == ("accuracy", 0, 263)
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.2553, 0.3662)
    assert "independent" in row["note"]


def test_mean_over_seeds_has_interval_and_range(two_seeds):
    samples, outputs, tables = two_seeds
    found = scored(tables, samples)
    label = samples["label"].to_numpy(dtype=int)
    each = [sk.accuracy_score(label, output >= 0.5) for output in outputs]
    mean = pick(found, metric="accuracy", seed=None, method="block bootstrap")
    assert mean["value"] == pytest.approx(np.mean(each))
    assert mean["low"] < mean["value"] < mean["high"]
    assert (mean["n"], mean["n_eff"], mean["block_days"]) == (100, 20, 45)
    by_blocks = found["method"] == "block bootstrap"
    assert found.loc[by_blocks, "block_days"].eq(45).all()
    assert found.loc[~by_blocks, "block_days"].isna().all()
    spread = pick(found, metric="accuracy", seed=None, method="seeds")
    assert (spread["low"], spread["high"]) == pytest.approx((min(each), max(each)))
    assert spread["n"] == 2
    # One draw has no range over draws.
    assert "draws" not in set(found["method"])


def test_folds_are_pooled(make_samples, make_predictions):
    rng = np.random.default_rng(4)
    samples = make_samples(np.arange(0, 500, 5), rng.integers(0, 2, 100))
    output = rng.random(100)
    parts = [
        make_predictions(samples.iloc[k * 20 : k * 20 + 20], output[k * 20 : k * 20 + 20], fold=k)
        for k in range(5)
    ]
    row = pick(scored(parts, samples), metric="auc", seed=0, method="block bootstrap")
    label = samples["label"].to_numpy(dtype=int)
    assert row["value"] == pytest.approx(sk.roc_auc_score(label, output))
    assert row["n"] == 100


def test_range_over_draws_is_of_the_seeds_that_all_draws_share(make_samples, make_predictions):
    samples = make_samples(np.arange(0, 400, 4), np.arange(100) % 2)
    label = samples["label"].to_numpy(dtype=float)

    def right(share):
        return np.where(np.arange(100) < 100 * share, label, 1 - label)

    tables = [
        make_predictions(samples, right(share), seed=seed, draw=draw)
        for seed, draw, share in [(0, 0, 0.5), (1, 0, 0.9), (0, 1, 0.8), (0, 2, 0.6)]
    ]
    found = scored(tables, samples)
    row = pick(found, metric="accuracy", seed=0, method="draws")
    assert (row["value"], row["low"], row["high"], row["n"]) == (0.6, 0.5, 0.8, 3)
    assert pd.isna(row["draw"])
    row = pick(found, metric="accuracy", seed=None, method="draws")
    assert (row["value"], row["low"], row["high"], row["n"]) == (0.6, 0.5, 0.8, 3)
    assert row["note"].endswith("share: 0")
    assert found[(found["method"] == "draws") & (found["seed"] == 1)].empty
    mean = pick(found, metric="accuracy", seed=None, draw=0, method="block bootstrap")
    assert mean["value"] == pytest.approx(0.7)


def test_too_few_blocks_have_a_value_and_no_interval(make_samples, make_predictions):
    samples = make_samples(np.arange(10), np.arange(10) % 2)
    found = scored([make_predictions(samples, np.linspace(0, 1, 10))], samples)
    row = pick(found, metric="auc", seed=None, method="block bootstrap")
    assert row["value"] == pytest.approx(sk.roc_auc_score(np.arange(10) % 2, np.linspace(0, 1, 10)))
    assert math.isnan(row["low"])
    assert row["note"] == "1 block of 45 days, fewer than 5"
    assert row["n_eff"] == 1


def notes_of(rows):
    columns = ["draw", "fold", "experiment", "seed", "why"]
    return conform(pd.DataFrame(rows, columns=columns), "notes")


def test_without_predictions_each_experiment_is_undecidable(make_samples):
    why = "undecidable: 0 purged training samples"
    notes = notes_of([(0, fold, name, 0, why) for name in ("a", "b") for fold in range(5)])
    found = scored([], make_samples([0], [1]), notes)
    assert found["experiment"].tolist() == ["a", "b"]
    assert found["metric"].tolist() == ["accuracy", "accuracy"]
    assert found["note"].tolist() == [why, why]
    assert found["n"].tolist() == [0, 0]
    assert found["value"].isna().all()
    assert found["variant"].tolist() == ["paper", "paper"]


def test_folds_left_out_are_told(two_seeds):
    samples, _, tables = two_seeds
    notes = notes_of(
        [(0, 1, "net", 0, "undecidable: 0 purged training samples"), (0, 0, "net", 0, "slow")]
    )
    found = scored(tables, samples, notes)
    row = pick(found, metric="mcc", seed=0, method="block bootstrap")
    assert row["note"] == "1 of 2 folds left out: undecidable: 0 purged training samples"


def test_a_seed_that_was_lost_is_told_where_others_have_its_folds(make_samples, make_predictions):
    """Seed 2 diverged in both folds, seed 1 in fold 1; seed 0 has both."""
    samples = make_samples(np.arange(0, 900, 9), np.arange(100) % 2)
    label = samples["label"].to_numpy(dtype=float)
    halves = [samples.iloc[:50], samples.iloc[50:]]
    # Seed 0 is right in the first half alone, seed 1 in the first 30 of the 50 that it has.
    tables = [
        make_predictions(halves[0], label[:50], seed=0, fold=0),
        make_predictions(halves[1], 1 - label[50:], seed=0, fold=1),
        make_predictions(
            halves[0], np.where(np.arange(50) < 30, label[:50], 1 - label[:50]), seed=1, fold=0
        ),
    ]
    why = "undecidable: the loss is not a number"
    notes = notes_of([(0, fold, "net", seed, why) for seed, fold in [(1, 1), (2, 0), (2, 1)]])
    found = scored(tables, samples, notes)
    own = {"metric": "accuracy", "draw": 0, "method": "block bootstrap"}
    assert pick(found, seed=0, **own)["note"] == ""
    assert pick(found, seed=1, **own)["note"] == f"1 of 2 folds left out: {why}"
    assert found[found["seed"] == 2].empty
    mean = pick(found, seed=None, **own)
    assert mean["value"] == pytest.approx((0.5 + 0.6) / 2)
    assert mean["note"] == (
        f"1 of 3 seeds left out (seed 2: {why}); seed 1: 1 of 2 folds left out: {why}; "
        "the seeds were not tested on the same samples"
    )
    spread = pick(found, metric="accuracy", seed=None, method="seeds")
    assert spread["n"] == 2 and "1 of 3 seeds left out" in spread["note"]


def test_a_draw_that_was_lost_is_told(make_samples, make_predictions):
    samples = make_samples(np.arange(0, 400, 4), np.arange(100) % 2)
    tables = [make_predictions(samples, samples["label"], draw=draw) for draw in (0, 1)]
    found = scored(tables, samples, notes_of([(2, 0, "net", 0, "undecidable: why")]))
    row = pick(found, metric="accuracy", seed=None, method="draws")
    assert row["n"] == 2
    assert row["note"] == "of the seeds that all draws share: 0; 1 of 3 draws left out"


def test_outputs_that_are_no_numbers_make_no_number(two_seeds):
    samples, _, tables = two_seeds
    tables[1].loc[3, "output"] = np.nan
    found = scored(tables, samples)
    assert pick(found, metric="auc", seed=0, method="block bootstrap")["value"] > 0
    bad = pick(found, metric="auc", seed=1, method="block bootstrap")
    assert math.isnan(bad["value"])
    assert bad["note"] == "1 of 100 outputs are not numbers"
    mean = pick(found, metric="auc", seed=None, method="block bootstrap")
    assert math.isnan(mean["value"])
    assert "1 of 100 outputs are not numbers" in mean["note"]
    # Of two runs one has numbers.
    assert pick(found, metric="auc", seed=None, method="seeds")["n"] == 1


def test_constant_classifier_is_noted(make_samples, make_predictions):
    samples = make_samples(np.arange(0, 900, 9), np.arange(100) % 2)
    found = scored([make_predictions(samples, np.full(100, 0.7))], samples)
    row = pick(found, metric="mcc", seed=0, method="block bootstrap")
    assert (row["value"], row["low"], row["high"]) == (0, 0, 0)
    assert row["note"] == "a margin is empty: 0 by definition"


def test_splits_other_than_test_do_not_count(two_seeds):
    samples, _, tables = two_seeds
    extra = tables[0].assign(split="validation", output=0.5)
    pd.testing.assert_frame_equal(scored([*tables, extra], samples), scored(tables, samples))


def test_the_same_names_give_the_same_bytes(two_seeds):
    samples, _, tables = two_seeds
    first = scored(tables, samples)
    shuffled = [t.sample(frac=1, random_state=1) for t in tables[::-1]]
    pd.testing.assert_frame_equal(first, scored(shuffled, samples))


def test_predictions_that_cannot_be_scored_are_refused(two_seeds):
    samples, _, tables = two_seeds
    with pytest.raises(LaicflowError, match="stands twice"):
        scored([tables[0], tables[0]], samples)
    with pytest.raises(LaicflowError, match="'s0000' is not in the samples"):
        scored(tables, samples.iloc[1:])
