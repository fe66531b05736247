from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from laicflow.errors import LaicflowError
from laicflow.evaluation.baselines import BASELINES, run_baselines
from laicflow.schema import conform, empty

SHAPE = (2, 4, 4)
NAMES = ("run", "study", "paper")
QUICK = {"trees": 40}


def splits_of(samples, role, draw=0, fold=0):
    rows = {"draw": draw, "fold": fold, "sample_id": samples["sample_id"], "split": role}
    return conform(pd.DataFrame(rows), "splits")


@pytest.fixture
def world(make_samples):
    """Windows that hold the label, dates that do not: samples, images, splits."""
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, 240)
    samples = make_samples(rng.permutation(240) * 5, label)
    images = rng.normal(size=(240, *SHAPE)).astype("float32") * 3 + 50
    images[:, 0, 1, 2] += 6 * label
    images[:, 1, 3] = 0
    role = np.array(["train"] * 140 + ["validation"] * 40 + ["test"] * 60)
    return samples, images, splits_of(samples, role)


def cutter(images):
    return lambda names: images[[int(name[1:]) for name in names]]


def auc_of(predictions, experiment):
    own = predictions[(predictions["experiment"] == experiment) & (predictions["split"] == "test")]
    return roc_auc_score(own["target"], own["output"])


def test_tables_hold_every_baseline_on_validation_and_test(world):
    samples, images, splits = world
    predictions, notes = run_baselines(cutter(images), samples, splits, QUICK, names=NAMES)
    assert notes.empty
    counts = predictions.groupby(["experiment", "split"]).size()
    for name in BASELINES:
        assert counts[name].to_dict() == {"test": 60, "validation": 40}
    label = samples.set_index("sample_id")["label"]
    assert (predictions["target"] == label[predictions["sample_id"]].to_numpy()).all()
    assert np.allclose(predictions["p_0"] + predictions["p_1"], 1)
    assert (predictions["output"] == predictions["p_1"]).all()


def test_majority_is_the_share_of_class_1_in_training(world):
    samples, images, splits = world
    predictions, _ = run_baselines(cutter(images), samples, splits, QUICK, names=NAMES)
    own = predictions[predictions["experiment"] == "baseline_majority"]
    assert own["output"].unique().tolist() == [samples["label"].iloc[:140].sum() / 140]


def test_neuron_sees_the_window_and_date_does_not(world):
    samples, images, splits = world
    predictions, _ = run_baselines(cutter(images), samples, splits, QUICK, names=NAMES)
    assert auc_of(predictions, "baseline_neuron") > 0.7
    assert 0.3 < auc_of(predictions, "baseline_date") < 0.7


def test_neuron_equals_a_pipeline_of_sklearn(world):
    samples, images, splits = world
    options = {**QUICK, "strengths": [0.01]}
    predictions, _ = run_baselines(cutter(images), samples, splits, options, names=NAMES)
    flat = images.reshape(240, -1).astype("float64")
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=5000))
    pipeline.fit(flat[:140], samples["label"].iloc[:140].astype(int))
    expected = pipeline.predict_proba(flat[180:])[:, 1]
    own = predictions[predictions["experiment"] == "baseline_neuron"]
    own = own[own["split"] == "test"].set_index("sample_id")["output"]
    assert np.allclose(own[samples["sample_id"].iloc[180:]], expected, atol=2e-3)


def test_date_finds_a_label_that_changes_with_the_date(make_samples):
    rng = np.random.default_rng(2)
    days = rng.permutation(400)
    samples = make_samples(days, (days // 40) % 2)
    images = rng.normal(size=(400, *SHAPE)).astype("float32")
    splits = splits_of(samples, np.array(["train"] * 300 + ["test"] * 100))
    predictions, _ = run_baselines(cutter(images), samples, splits, QUICK, names=NAMES)
    assert auc_of(predictions, "baseline_date") > 0.95
    assert auc_of(predictions, "baseline_neuron") < 0.7


def test_what_the_test_samples_hold_cannot_change_the_fit(world):
    samples, images, splits = world
    before, _ = run_baselines(cutter(images), samples, splits, QUICK, names=NAMES)
    other = images.copy()
    other[200:] = 1e3
    after, _ = run_baselines(cutter(other), samples, splits, QUICK, names=NAMES)
    kept = set(samples["sample_id"].iloc[:200])
    before, after = (table[table["sample_id"].isin(kept)] for table in (before, after))
    assert len(before) == 3 * 60
    pd.testing.assert_frame_equal(before, after)


def test_same_names_same_numbers_and_other_names_another_forest(world):
    samples, images, splits = world
    first, same, other = (
        run_baselines(cutter(images), samples, splits, QUICK, names=names)[0]
        for names in (NAMES, NAMES, ("other",))
    )
    pd.testing.assert_frame_equal(first, same)
    date = first["experiment"] == "baseline_date"
    assert not np.allclose(first.loc[date, "output"], other.loc[date, "output"])


def test_folds_that_cannot_be_fitted_are_left_out_and_noted(world):
    samples, images, splits = world
    role = splits["split"].to_numpy()
    purged = np.where(role == "train", "purged", role)
    ones = np.where((role == "train") & (samples["label"] == 0), "purged", role)
    none = np.where(role == "train", "test", role)
    both = [splits, *(splits_of(samples, r, 0, k) for k, r in enumerate((purged, ones, none), 1))]
    predictions, notes = run_baselines(cutter(images), samples, pd.concat(both), QUICK, names=NAMES)
    assert set(predictions["fold"]) == {0}
    count = int(samples["label"].iloc[:140].sum())
    assert notes.groupby("fold")["why"].unique().map(list).to_dict() == {
        1: ["undecidable: 0 purged training samples"],
        2: [f"undecidable: all {count} training samples are of class 1"],
        3: ["undecidable: 0 training samples"],
    }
    assert sorted(notes.loc[notes["fold"] == 1, "experiment"]) == sorted(BASELINES)


def test_without_a_validation_sample_the_fixed_strength_is_taken(world):
    samples, images, splits = world
    splits = splits[splits["split"] != "validation"]
    fixed, _ = run_baselines(
        cutter(images), samples, splits, {**QUICK, "strength": 1e-3}, names=NAMES
    )
    other, _ = run_baselines(
        cutter(images), samples, splits, {**QUICK, "strength": 1e-5}, names=NAMES
    )
    assert len(fixed) == 180
    spread = [t[t["experiment"] == "baseline_neuron"]["output"].std() for t in (fixed, other)]
    assert spread[0] > 2 * spread[1]


def test_no_split_is_noted(world):
    samples, images, _ = world
    predictions, notes = run_baselines(cutter(images), samples, empty("splits"), QUICK, names=NAMES)
    assert predictions.empty
    assert notes["why"].tolist() == ["undecidable: no split could be made"] * 3


def test_bad_input_is_refused(world):
    samples, images, splits = world
    with pytest.raises(LaicflowError, match="unknown options tree"):
        run_baselines(cutter(images), samples, splits, {"tree": 1}, names=NAMES)
    with pytest.raises(LaicflowError, match="'s0000' is not in the samples"):
        run_baselines(cutter(images), samples.iloc[1:], splits, QUICK, names=NAMES)
    images[3, 0, 0, 0] = np.nan
    with pytest.raises(LaicflowError, match="not finite"):
        run_baselines(cutter(images), samples, splits, QUICK, names=NAMES)
