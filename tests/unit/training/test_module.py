from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from laicflow.errors import ConfigError
from laicflow.training import module
from laicflow.training.data import Arrays
from laicflow.training.fit import fit, predict
from laicflow.training.module import BinaryClassifier, torch

# Two images of one channel and two pixels.
X = np.array([[[[1.0, 2.0]]], [[[3.0, -1.0]]]], np.float32)
Y = np.array([1.0, 0.0], np.float32)


def linear() -> torch.nn.Module:
    """Logit = weights . pixels + bias, all zero at first."""
    layer = torch.nn.Linear(2, 1)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    return torch.nn.Sequential(torch.nn.Flatten(), layer)


def one_step(**options):
    plain = {"epochs": 1, "batch_size": 2, "standardise": "none", "select": "last"}
    return fit(linear, Arrays(X, Y), Arrays(X, Y), {**plain, **options}, seed=0, text="t")


def test_a_step_of_gradient_descent_worked_by_hand():
    # At zero p is 1/2; the gradient of the mean cross-entropy is the mean of (p - y) x, that is
    # (-(1, 2) + (3, -1)) / 4 = (0.5, -0.75) for the weights and 0 for the bias.
    fitted = one_step(optimizer="sgd", learning_rate=0.2)
    state = fitted.network.state_dict()
    np.testing.assert_allclose(state["1.weight"].numpy(), [[-0.1, 0.15]], rtol=1e-6)
    np.testing.assert_allclose(state["1.bias"].numpy(), [0], atol=1e-7)
    # Logits 0.2 and -0.45.
    expected = 1 / (1 + np.exp([-0.2, 0.45]))
    np.testing.assert_allclose(predict(fitted, X), expected, rtol=1e-6)
    row = fitted.history.iloc[0]
    assert row.train_loss == pytest.approx(np.log(2))
    loss = -(np.log(expected[0]) + np.log(1 - expected[1])) / 2
    assert row.validation_loss == pytest.approx(loss)
    assert row.validation_accuracy == 1


def test_the_first_step_of_adam_is_the_learning_rate():
    # Kingma & Ba 2015, section 2.1: |step| <= rate, equal to it at the first step.
    fitted = one_step(learning_rate=1e-4)
    weight = fitted.network.state_dict()["1.weight"].numpy()
    np.testing.assert_allclose(weight, [[-1e-4, 1e-4]], rtol=1e-4)


def test_no_augmentation_is_known_yet_but_one_can_be_named(monkeypatch):
    with pytest.raises(ConfigError, match="'mixup' is none of none"):
        BinaryClassifier(linear(), seed=0, augment="mixup")
    swapped = types.ModuleType("swapped")
    # The labels change places, so the gradient above changes its sign.
    swapped.labels = lambda x, y, generator: (x, 1 - y)
    monkeypatch.setitem(sys.modules, "swapped", swapped)
    monkeypatch.setitem(module.AUGMENTATIONS, "swap", "swapped:labels")
    fitted = one_step(optimizer="sgd", learning_rate=0.2, augment="swap")
    weight = fitted.network.state_dict()["1.weight"].numpy()
    np.testing.assert_allclose(weight, [[0.1, -0.15]], rtol=1e-6)


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ConfigError, match="'adan' is none of adam, adamw, sgd"):
        BinaryClassifier(linear(), seed=0, optimizer="adan")
