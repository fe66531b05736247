from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from laicflow.errors import LaicflowError
from laicflow.evaluation import metrics
from laicflow.evaluation.metrics import COUNTS, METRICS, tally


def random_case(seed: int, n: int = 200, rounded: int = 2):
    """Targets and probabilities that hold something, rounded so that there are ties."""
    rng = np.random.default_rng(seed)
    target = (rng.random(n) < 0.35).astype(int)
    probability = np.round(np.clip(0.3 * target + rng.random(n) * 0.7, 0, 1), rounded)
    return target, probability


@pytest.mark.parametrize("seed", range(5))
def test_metrics_equal_those_of_sklearn(seed):
    target, probability = random_case(seed)
    predicted = probability >= 0.5
    whole = tally(target, probability)
    expected = {
        "accuracy": sk.accuracy_score(target, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(target, predicted),
        "mcc": sk.matthews_corrcoef(target, predicted),
        "auc": sk.roc_auc_score(target, probability),
        "f1": sk.f1_score(target, predicted),
        "brier": sk.brier_score_loss(target, probability),
    }
    assert set(expected) == set(METRICS)
    for name, value in expected.items():
        assert whole.metric(name)[0] == pytest.approx(value, abs=1e-12), name
    counts = dict(zip(COUNTS, sk.confusion_matrix(target, predicted).ravel(), strict=True))
    assert {name: whole.metric(name)[0] for name in COUNTS} == counts
    assert metrics.auc(target, probability) == pytest.approx(expected["auc"], abs=1e-12)
    assert metrics.brier(target, probability) == pytest.approx(expected["brier"], abs=1e-12)


def test_resample_of_blocks_equals_the_metric_of_the_repeated_samples():
    target, probability = random_case(7)
    block = np.random.default_rng(1).integers(0, 6, len(target))
    weights = np.array([[1, 1, 1, 1, 1, 1], [0, 3, 1, 0, 2, 0], [2, 0, 0, 4, 0, 0]])
    found = tally(target, probability, block, blocks=6)
    for row, weight in enumerate(weights):
        at = np.repeat(np.arange(len(target)), weight[block])
        t, p = target[at], probability[at]
        assert found.metric("auc", weights)[row] == pytest.approx(sk.roc_auc_score(t, p))
        assert found.metric("mcc", weights)[row] == pytest.approx(sk.matthews_corrcoef(t, p >= 0.5))
        assert found.metric("brier", weights)[row] == pytest.approx(sk.brier_score_loss(t, p))


def test_hand_worked_numbers():
    # tp 6, fn 2, fp 1, tn 3: MCC = (18 - 2) / sqrt(7 * 8 * 4 * 5) = 16 / sqrt(1120).
    target = [1] * 8 + [0] * 4
    probability = [0.9] * 6 + [0.1] * 2 + [0.8] + [0.2] * 3
    counts = metrics.confusion(np.array(target), np.array(probability))
    assert counts.tolist() == [3, 1, 2, 6]
    assert metrics.mcc(counts) == pytest.approx(16 / 1120**0.5)
    assert metrics.f1(counts) == pytest.approx(12 / 15)
    assert metrics.accuracy(counts) == 0.75
    assert metrics.balanced_accuracy(counts) == 0.75
    # Four pairs: 0.4 over 0.3, 0.4 under 0.5, ties of 0.3 with 0.3 half, 0.3 under 0.5.
    assert metrics.auc(np.array([1, 0, 1, 0]), np.array([0.4, 0.3, 0.3, 0.5])) == 1.5 / 4


def test_a_probability_at_the_threshold_is_class_1():
    assert metrics.confusion(np.array([1, 0]), np.array([0.5, 0.4999])).tolist() == [1, 0, 0, 1]


def test_constant_classifier_has_mcc_0_and_auc_one_half():
    target = np.array([0, 1, 1, 0, 1])
    whole = tally(target, np.full(5, 0.7))
    assert whole.metric("mcc")[0] == 0
    assert whole.metric("auc")[0] == 0.5
    assert whole.metric("accuracy")[0] == 0.6


def test_one_class_has_no_auc_and_no_balanced_accuracy():
    whole = tally(np.ones(4), np.array([0.2, 0.6, 0.7, 0.9]))
    assert np.isnan(whole.metric("auc")[0])
    assert np.isnan(whole.metric("balanced_accuracy")[0])
    assert np.isnan(metrics.auc(np.ones(2), np.array([0.1, 0.2])))
    assert whole.metric("mcc")[0] == 0
    assert whole.metric("accuracy")[0] == 0.75


@pytest.mark.parametrize(
    ("target", "probability", "text"),
    [
        ([0, 2], [0.1, 0.2], "neither 0 nor 1"),
        ([0, np.nan], [0.1, 0.2], "neither 0 nor 1"),
        ([0, 1], [0.1, np.nan], "not a number from 0 to 1"),
        ([0, 1], [0.1, 1.2], "not a number from 0 to 1"),
        ([0, 1], [0.1], "shape"),
    ],
)
def test_bad_input_is_refused(target, probability, text):
    with pytest.raises(LaicflowError, match=text):
        tally(np.array(target), np.array(probability))


def test_an_unknown_metric_is_refused():
    with pytest.raises(LaicflowError, match="unknown metric 'acc'"):
        tally(np.array([0, 1]), np.array([0.1, 0.9])).metric("acc")
