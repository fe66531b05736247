from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from laicflow.errors import ConfigError
from laicflow.training import augment, module
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
    # Before the step both logits are 0, which counts as 1: one of the two is right.
    assert row.train_accuracy == 0.5


def test_the_first_step_of_adam_is_the_learning_rate():
    # Kingma & Ba 2015, section 2.1: |step| <= rate, equal to it at the first step.
    fitted = one_step(learning_rate=1e-4)
    weight = fitted.network.state_dict()["1.weight"].numpy()
    np.testing.assert_allclose(weight, [[-1e-4, 1e-4]], rtol=1e-4)


def steps(rule, rate: float, count: int = 2) -> np.ndarray:
    """Weights after some steps of a rule (gradient, state, step) on the two images, by hand."""
    weight, state = np.zeros(2), {}
    pixels = X.reshape(2, 2).astype(float)
    bias, bias_state = np.zeros(1), {}
    for number in range(1, count + 1):
        p = 1 / (1 + np.exp(-(pixels @ weight + bias)))
        slope = (p - Y) / 2
        weight = weight - rate * rule(slope @ pixels, state, number)
        bias = bias - rate * rule(np.array([slope.sum()]), bias_state, number)
    return weight


def adagrad(gradient, state, number):
    """Duchi et al. 2011; the sum of squares starts at 0.1 as in Keras."""
    state["sum"] = state.get("sum", 0.1) + gradient**2
    return gradient / np.sqrt(state["sum"])


def rmsprop(gradient, state, number):
    """Hinton's lecture 6e: a mean square that forgets with 0.9."""
    state["mean"] = 0.9 * state.get("mean", 0.0) + 0.1 * gradient**2
    return gradient / (np.sqrt(state["mean"]) + 1e-7)


def adamax(gradient, state, number):
    """Kingma and Ba 2015, algorithm 2."""
    state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    state["u"] = np.maximum(0.999 * state.get("u", 0.0), np.abs(gradient))
    return state["m"] / (1 - 0.9**number) / np.maximum(state["u"], 1e-12)


@pytest.mark.parametrize("rule", [adagrad, adamax, rmsprop])
def test_steps_of_the_other_optimizers_worked_by_hand(rule):
    options = {"optimizer": rule.__name__, "learning_rate": 0.05, "epochs": 2}
    weight = one_step(**options).network.state_dict()["1.weight"].numpy()
    np.testing.assert_allclose(weight[0], steps(rule, 0.05), rtol=1e-4)


def test_a_step_on_mixed_images_and_labels_worked_by_hand(monkeypatch):
    # Mixup of both with lambda 3/4: images (1.5, 1.25) and (2.5, -0.25), labels 3/4 and 1/4. The
    # gradient is (-0.25 (1.5, 1.25) + 0.25 (2.5, -0.25)) / 2 = (0.125, -0.1875).
    def fixed(x, y, rng, alpha):
        return augment.mixup(x, y, rng, alpha, 0.75, np.array([1, 0]))

    monkeypatch.setitem(augment._MIXES, "mixup", fixed)
    fitted = one_step(optimizer="sgd", learning_rate=0.2, augment={"kind": "mixup"})
    weight = fitted.network.state_dict()["1.weight"].numpy()
    np.testing.assert_allclose(weight, [[-0.025, 0.0375]], rtol=1e-6)


def test_the_loss_of_an_epoch_is_the_mean_over_samples_not_over_batches():
    def slanted() -> torch.nn.Module:
        network = linear()
        torch.nn.init.ones_(network[1].weight)
        return network

    random = np.random.default_rng(0)
    x = random.normal(0, 3, (5, 1, 1, 2)).astype(np.float32)
    y = np.array([1, 0, 0, 1, 1], np.float32)
    # Batches of three and of two, and nothing is learned.
    still = {"epochs": 1, "batch_size": 3, "standardise": "none"}
    still |= {"optimizer": "sgd", "learning_rate": 0.0}
    fitted = fit(slanted, Arrays(x, y), None, still, seed=0, text="t")
    p = 1 / (1 + np.exp(-x.sum((1, 2, 3), dtype=float)))
    assert fitted.history["train_loss"].iloc[0] == pytest.approx(log_loss(y, p), rel=1e-5)
    right = accuracy_score(y, p >= 0.5)
    assert right not in (0, 1), "the test needs right and wrong ones"
    assert fitted.history["train_accuracy"].iloc[0] == pytest.approx(right)


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(
        ConfigError, match="'adan' is none of adagrad, adam, adamax, adamw, rmsprop, sgd"
    ):
        BinaryClassifier(linear(), seed=0, optimizer="adan")


def test_without_a_gpu_auto_is_float32_and_a_gpu_cannot_be_asked_for(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    asked = {"accelerator": "auto", "precision": "auto"}
    device = module.device_of(asked)
    assert device.type == "cpu"
    assert module.precision_of(asked, device) == "32-true"
    with pytest.raises(ConfigError, match="no CUDA device"):
        module.device_of({"accelerator": "gpu"})
    with pytest.raises(ConfigError, match="16-mixed needs a GPU"):
        module.precision_of({"precision": "16-mixed"}, device)


@pytest.mark.parametrize(("has", "precision"), [(True, "bf16-mixed"), (False, "32-true")])
def test_on_a_gpu_auto_is_bfloat16_where_the_device_has_it(monkeypatch, has, precision):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has)
    asked = {"accelerator": "auto", "precision": "auto"}
    device = module.device_of(asked)
    assert device.type == "cuda"
    assert module.precision_of(asked, device) == precision
    assert module.device_of({"accelerator": "cpu"}).type == "cpu"
