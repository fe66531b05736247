from __future__ import annotations

import numpy as np
import pytest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import registry
from laicflow.models.forecasters import ReluLstm
from laicflow.training.module import torch


def build(name: str = "ed_lstme", seed: int = 0, **options: object) -> torch.nn.Module:
    given = {"steps": 5, "features": 3, "leads": 4, "outputs": 2, "units": 6, **options}
    return registry.build(name, given, seed=seed)


# Keras: 4 (u (d + u) + u) parameters of an LSTM of u units and d inputs, and w v + v of a dense
# layer; torch has a second bias of 4 u a layer, which is held at zero.
def test_parameters_are_those_of_keras():
    free = sum(p.numel() for p in build().parameters() if p.requires_grad)
    assert free == 4 * (6 * (3 + 6) + 6) + 4 * (6 * (6 + 6) + 6) + (6 * 2 + 2)
    two = build(encoder_layers=2, dense_units=7)
    free = sum(p.numel() for p in two.parameters() if p.requires_grad)
    lstms = 4 * (6 * (3 + 6) + 6) + 2 * 4 * (6 * (6 + 6) + 6)
    assert free == lstms + (6 * 7 + 7) + (7 * 2 + 2)
    assert all(not bias.any() for key, bias in two.named_parameters() if "bias_hh" in key)


def test_values_of_the_first_lead_come_first():
    network = build("dense_forecaster", layers=1)
    assert network(torch.zeros(7, 1, 5, 3)).shape == (7, 8)
    network = build()
    with torch.no_grad():
        # The head gives 1 and 2 whatever it sees: stations stand beside each other in a lead.
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([1.0, 2.0]))
    assert network(torch.zeros(1, 1, 5, 3)).tolist() == [[1, 2, 1, 2, 1, 2, 1, 2]]


def by_hand(x: np.ndarray, cell: torch.nn.LSTM) -> np.ndarray:
    """The outputs of an LSTM with ReLU, written out with numpy as the equations have it."""
    w, u, b = (
        getattr(cell, key).detach().numpy()
        for key in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")
    )
    h, c, made = np.zeros(cell.hidden_size), np.zeros(cell.hidden_size), []

    def sigmoid(z: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-z))

    for step in x:
        i, f, g, o = np.split(w @ step + u @ h + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.maximum(g, 0)
        h = sigmoid(o) * np.maximum(c, 0)
        made.append(h)
    return np.array(made)


def test_relu_cell_is_that_of_the_equations():
    torch.manual_seed(3)
    layers = ReluLstm(3, 4, 2)
    with torch.no_grad():
        for cell in layers.cells:
            cell.bias_hh_l0.zero_()
    x = np.random.default_rng(5).normal(size=(6, 3))
    expected = by_hand(by_hand(x, layers.cells[0]), layers.cells[1])
    found, (states, _) = layers(torch.tensor(x[None], dtype=torch.float32))
    assert found[0].detach().numpy() == pytest.approx(expected, abs=1e-6)
    assert states[-1][0].detach().numpy() == pytest.approx(expected[-1], abs=1e-6)


def test_activation_is_a_choice():
    x = torch.ones(1, 1, 5, 3)
    relu, tanh = build(activation="relu"), build(activation="tanh")
    assert not torch.allclose(relu(x), tanh(x))


def test_the_same_seed_gives_the_same_weights():
    x = torch.ones(1, 1, 5, 3)
    assert torch.equal(build(seed=4)(x), build(seed=4)(x))
    assert not torch.equal(build(seed=4)(x), build(seed=5)(x))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unit": 3}, "no option unit"),
        ({"units": 0}, "units must be a whole number from 1, found 0"),
        ({"activation": "sigmoid"}, "none of tanh, relu"),
        ({"classes": 3}, "it gives values"),
        ({"pretrained": "imagenet"}, "no published weights"),
        ({"dropout": 1.0}, "dropout must lie"),
    ],
)
def test_options_that_cannot_be(options: dict, said: str):
    with pytest.raises(ConfigError, match=said):
        build(**options)


def test_windows_of_another_size_are_refused():
    with pytest.raises(LaicflowError, match=r"windows \(1, 1, 6, 3\)"):
        build()(torch.zeros(1, 1, 6, 3))
