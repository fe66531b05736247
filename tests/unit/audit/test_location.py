from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from laicflow.audit import location
from laicflow.evaluation.baselines import PLACE
from laicflow.geo import EARTH_RADIUS_KM

N = 200


@pytest.fixture
def samples(make_samples):
    """Twenty years of samples in pairs, a positive and a negative a degree of latitude apart."""
    return make_samples(
        np.arange(N) * 36,
        1 - np.arange(N) % 2,
        match_id=[f"m{n // 2}" for n in range(N)],
        latitude=20.0 + np.arange(N) % 2,
    )


def outputs_of(samples, seed, skill):
    label = samples["label"].to_numpy(dtype=float)
    return np.clip(
        skill * label + (1 - skill) * np.random.default_rng(seed).random(len(label)), 0, 1
    )


def row_of(make_context, make_splits, samples, output, role="test", **gates):
    splits = make_splits(samples, role)
    outputs = {"net": [output], PLACE: [output]}
    context = make_context(samples, outputs, splits=splits, options=gates)
    return location.check(context)[0]


def test_a_study_that_does_not_ask_for_the_baseline_has_no_row_of_data(samples, make_context):
    row = location.check(make_context(samples, {"net": [np.full(N, 0.6)]}))[0]
    assert (row["id"], row["name"], row["status"]) == ("R21", "location", "na")
    assert row["evidence"].startswith("not run: the study does not ask for baseline_place")


def test_without_test_samples_there_is_no_answer(samples, make_context, make_notes):
    notes = make_notes([(PLACE, "undecidable: 0 purged training samples")])
    row = location.check(make_context(samples, {}, notes=notes))[0]
    assert (row["status"], row["evidence"]) == ("na", "0 purged training samples")


def test_place_that_tells_the_classes_fails(samples, make_context, make_splits):
    unmatched = samples.assign(match_id=None)
    output = outputs_of(samples, 0, 0.3)
    row = row_of(make_context, make_splits, unmatched, output)
    label = samples["label"].to_numpy(dtype=int)
    assert row["status"] == "fail"
    assert row["statistic"] == pytest.approx(roc_auc_score(label, output))
    assert row["statistic"] > 0.6
    phrase = "place alone tells class 1 from class 0"
    phrase += ", a score counts only where they are matched in place"
    assert row["evidence"].startswith(f"{phrase}: AUC of class 1 against class 0")
    assert "samples of class 0 are not matched in place with those of class 1" in row["evidence"]
    assert "200 samples of the test part, learned on the training part" in row["evidence"]
    low, high = (float(end) for end in row["interval"].split(" to "))
    assert low < row["statistic"] < high


def test_a_matched_variant_warns_where_place_still_tells(samples, make_context, make_splits):
    row = row_of(make_context, make_splits, samples, outputs_of(samples, 0, 0.3))
    assert row["status"] == "warn"
    assert "although they are matched" in row["evidence"]
    # A degree of latitude.
    far = f"{EARTH_RADIUS_KM * math.pi / 180:.0f}"
    assert f"100 of 100 samples of class 1 have one of class 0 that is matched with them within 500 km (farthest {far} km)" in row["evidence"]  # fmt: skip  # noqa: E501
    row = row_of(make_context, make_splits, samples, outputs_of(samples, 0, 0.3), matched_km=100)
    assert row["status"] == "fail"


def test_a_place_that_tells_nothing_passes(make_samples, make_context, make_splits):
    # A positive and a negative of one day have the same output: exactly one half in any resample.
    samples = make_samples(np.repeat(np.arange(N // 2) * 72, 2), 1 - np.arange(N) % 2)
    output = np.repeat(np.random.default_rng(2).random(N // 2), 2)
    row = row_of(make_context, make_splits, samples, output)
    assert (row["status"], row["statistic"], row["interval"]) == ("pass", 0.5, "0.5000 to 0.5000")
    assert row["evidence"].startswith("place alone does not tell class 1 from class 0: ")


def test_too_wide_an_interval_excludes_nothing_but_of_matched_classes(
    samples, make_context, make_splits
):
    output, unmatched = outputs_of(samples, 8, 0.0), samples.assign(match_id=None)
    found = row_of(make_context, make_splits, samples, output)
    high = float(found["interval"].split(" to ")[1])
    gate = {"place_auc": (found["statistic"] + high) / 2}
    row = row_of(make_context, make_splits, unmatched, output, **gate)
    assert row["status"] == "warn"
    assert "is not excluded" in row["evidence"]
    assert row_of(make_context, make_splits, samples, output, **gate)["status"] == "pass"
    row = row_of(make_context, make_splits, unmatched, output, place_auc=high + 0.01)
    assert row["status"] == "pass"


def test_pairs_are_of_one_fold(samples, make_context, make_splits):
    """Right in either fold, wrong where the folds are pooled."""
    label = samples["label"].to_numpy(dtype=float)
    fold = (np.arange(N) >= N // 2).astype(int)
    # The second fold tests few of class 1, and its training tells much of it.
    label = np.where((fold == 1) & (np.arange(N) % 8 != 0), 0.0, label)
    samples = samples.assign(label=label)
    output = 0.1 + 0.2 * label + 0.5 * fold
    context = make_context(samples, {PLACE: [output]}, splits=make_splits(samples, "test"))
    context.predictions["fold"] = np.tile(fold, len(context.predictions) // N)
    assert roc_auc_score(label, output) < 0.8
    assert location.check(context)[0]["statistic"] == 1


def test_three_classes_are_judged_by_two_of_them(make_samples, make_context, make_splits):
    rng = np.random.default_rng(3)
    samples = make_samples(np.arange(300) * 24, np.arange(300) % 3)
    weight = rng.random((300, 3)) + 0.2 * np.eye(3)[np.arange(300) % 3]
    told = weight / weight.sum(axis=1, keepdims=True)
    context = make_context(
        samples, {"net": [told], PLACE: [told]}, splits=make_splits(samples, "test")
    )
    row = location.check(context)[0]
    two = np.arange(300) % 3 < 2
    ratio = weight[two, 1] / weight[two, :2].sum(axis=1)
    assert row["statistic"] == pytest.approx(roc_auc_score(np.arange(300)[two] % 3, ratio))
    macro = roc_auc_score(np.arange(300) % 3, told, multi_class="ovr")
    assert f"mean over all 3 classes against the rest {macro:.4f} (" in row["evidence"]
    assert "on 200 samples" in row["evidence"]


def test_one_class_and_few_blocks_have_no_answer(make_samples, make_context, make_splits):
    samples = make_samples(np.arange(N) * 36, np.ones(N, int))
    row = row_of(make_context, make_splits, samples, np.linspace(0, 1, N))
    assert (row["status"], row["evidence"].split(";")[0]) == ("na", "no fold tests both classes")
    samples = make_samples(np.arange(10), np.arange(10) % 2)
    row = row_of(make_context, make_splits, samples, np.linspace(0, 1, 10))
    assert row["status"] == "na"
    assert row["evidence"].startswith("1 block of 45 days, fewer than 5; AUC")
    assert row["statistic"] > 0.5


def test_partners_are_the_nearest_that_are_used(make_samples, make_context, make_splits):
    # Two of class 1 with three candidates each; m1 has only one that was left out.
    samples = make_samples(
        np.arange(8) * 50,
        [1, 0, 0, 1, 0, 1, 1, 0],
        match_id=["m0", "m0", "m0", "m1", "m1", None, "m2", "m2"],
        latitude=[0.0, 2, 1, 0, 0, 0, 0, np.nan],
        longitude=0.0,
    )
    role = ["test", "train", "test", "test", "purged", "train", "train", "train"]
    context = make_context(samples, {}, splits=make_splits(samples, role))
    every, within, farthest = location.partners(context)
    assert (every, within) == (4, 1)
    assert farthest == pytest.approx(EARTH_RADIUS_KM * math.pi / 180)
    context = make_context(samples.iloc[5:], {}, splits=make_splits(samples.iloc[5:], "test"))
    every, within, farthest = location.partners(context)
    assert (every, within) == (2, 0) and math.isnan(farthest)
    empty = pd.DataFrame(columns=samples.columns).astype(samples.dtypes)
    assert location.partners(make_context(empty, {}))[:2] == (0, 0)


def test_place_that_tells_the_classes_the_other_way_round_tells_them(
    samples, make_context, make_splits
):
    output = 1 - outputs_of(samples, 0, 0.3)
    row = row_of(make_context, make_splits, samples.assign(match_id=None), output)
    label = samples["label"].to_numpy(dtype=int)
    assert (
        row["statistic"] == pytest.approx(roc_auc_score(label, output)) and row["statistic"] < 0.4
    )
    assert row["status"] == "fail" and "(the other way round, below 0.5)" in row["evidence"]


def test_a_partner_in_another_part_of_the_split_is_none(make_samples, make_context, make_splits):
    samples = make_samples(
        np.arange(4) * 50, [1, 0, 1, 0], match_id=["m0", "m0", "m1", "m1"], latitude=0.0
    )
    samples["longitude"] = 0.0
    role = ["train", "test", "test", "test"]
    context = make_context(samples, {}, splits=make_splits(samples, role))
    assert location.partners(context)[:2] == (2, 1)
