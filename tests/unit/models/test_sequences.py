"""SeqNetQuake and its rivals against Keras' formulas and equations, written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.preprocessing import Normalizer

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import receipts, registry, sequences
from laicflow.models.sequences import torch
from laicflow.models.spaces import UnfitError

NAMES = ["seqnetquake", "cnn_sequence", "lstm_sequence", "dnn_sequence"]
SMALL = {
    "classes": 3,
    "steps": 30,
    "features": ["ne", "te"],
    "conv_layers": 2,
    "filters": 3,
    "kernel": 2,
    "lstm_layers": 2,
    "lstm_units": 5,
    "dense_layers": 3,
    "dense_units": 6,
    "activation": "tanh",
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(name: str, **changes) -> dict:
    """Those of the small options that a network has."""
    known = sequences.DEFAULTS[name]
    return {key: value for key, value in (SMALL | changes).items() if key in known}


def made(name: str, **changes) -> torch.nn.Module:
    return registry.build(name, small(name, **changes), seed=3)


def learned(model: torch.nn.Module) -> int:
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def noise(n: int, steps: int = 30, features: int = 2) -> torch.Tensor:
    return torch.randn(n, 1, steps, features, generator=torch.Generator().manual_seed(1))


# Keras: Conv1D has kernel x channels x filters + filters, LSTM 4 (u (d + u) + u), twice that if
# bidirectional, Dense d u + u, BatchNormalization 2 u that are learned.
def convolution(kernel: int, channels: int, filters: int) -> int:
    return kernel * channels * filters + filters


def lstm(d: int, u: int) -> int:
    return 4 * (u * (d + u) + u)


def dense(d: int, u: int) -> int:
    return d * u + u


def test_parameters_of_a_whole_network_worked_by_hand():
    # T 20, Ne and Te: 4 filters of 3: 28; again: 52. 10 - 2 - 2 = 6 steps, pooled 3, times 4 = 12.
    # LSTM of 64 units both ways on 12: 2 x 4 x (64 x 76 + 64) = 39424. Dense 64 on 128: 8256;
    # softmax of 3 on 64: 195.
    options = {"classes": 3, "steps": 20, "lstm_units": 64, "dense_units": 64, "dense_layers": 2}
    model = registry.build("seqnetquake", options, seed=0)
    assert learned(model) == 28 + 52 + 39424 + 8256 + 195


@pytest.mark.parametrize("steps", [10, 20, 50])
@pytest.mark.parametrize(("layers", "kernel", "left"), [(2, 2, 4), (3, 2, 3), (4, 3, 1)])
def test_parameters_of_seqnetquake_hang_on_the_subsequence_and_not_on_the_window(
    steps: int, layers: int, kernel: int, left: int
):
    # 10 - layers (kernel - 1) steps, half of them (rounded down) behind the pool: `left`.
    model = made("seqnetquake", steps=steps, conv_layers=layers, kernel=kernel)
    wanted = convolution(kernel, 2, 3) + (layers - 1) * convolution(kernel, 3, 3)
    wanted += 2 * lstm(left * 3, 5) + 2 * lstm(10, 5)
    wanted += dense(10, 6) + dense(6, 6) + dense(6, 3)
    assert learned(model) == wanted
    assert model(noise(4, steps)).shape == (4, 3)


def test_parameters_of_the_rivals():
    # Of 30 steps two convolutions of 2 leave 28, pooled 14, of 3 filters: 42.
    wanted = convolution(2, 2, 3) + convolution(2, 3, 3)
    wanted += dense(42, 6) + dense(6, 6) + dense(6, 3)
    assert learned(made("cnn_sequence")) == wanted
    wanted = lstm(2, 5) + lstm(5, 5) + dense(5, 6) + dense(6, 6) + dense(6, 3)
    assert learned(made("lstm_sequence")) == wanted
    wanted = dense(60, 6) + 2 * 6 + dense(6, 6) + 2 * 6 + dense(6, 3)
    assert learned(made("dnn_sequence")) == wanted


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def keras_lstm(x: np.ndarray, kernel, recurrent, bias) -> np.ndarray:
    """States (n, steps, units) of Keras' LSTM cell; gates in the order i, f, c, o."""
    units = recurrent.shape[0]
    h = c = np.zeros((len(x), units))
    states = []
    for step in range(x.shape[1]):
        z = x[:, step] @ kernel + h @ recurrent + bias
        i, f, g, o = (z[:, k * units : (k + 1) * units] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.stack(states, axis=1)


def cells(state: dict, prefix: str, layer: int, end: str = "") -> tuple[np.ndarray, ...]:
    """Kernel, recurrent kernel and bias as Keras lays them out."""
    kinds = ("weight_ih", "weight_hh", "bias_ih")
    return tuple(state[f"{prefix}.{kind}_l{layer}{end}"].numpy().T for kind in kinds)


def convolved(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Valid convolution along time of (n, steps, channels), in Keras' order, with tanh."""
    width = kernel.shape[2]
    parts = [
        np.einsum("nwc,fcw->nf", x[:, begin : begin + width], kernel) + bias
        for begin in range(x.shape[1] - width + 1)
    ]
    return np.tanh(np.stack(parts, axis=1))


def pooled(x: np.ndarray) -> np.ndarray:
    half = x.shape[1] // 2
    return x[:, : 2 * half].reshape(len(x), half, 2, -1).max(axis=2)


def ended(x: np.ndarray, state: dict) -> np.ndarray:
    """The dense layers of the small networks."""
    for number in (0, 2, 4):
        x = x @ state[f"head.{number}.weight"].T.numpy() + state[f"head.{number}.bias"].numpy()
        x = np.tanh(x) if number < 4 else x
    return x


def test_seqnetquake_is_what_the_equations_give():
    model = made("seqnetquake").eval()
    state = {key: tensor.double() for key, tensor in model.state_dict().items()}
    x = noise(4)
    subsequences = x[:, 0].double().numpy().reshape(12, 10, 2)
    for number in (0, 2):
        prefix = f"body.0.convolutions.layers.{number}"
        own = (state[f"{prefix}.weight"].numpy(), state[f"{prefix}.bias"].numpy())
        subsequences = convolved(subsequences, *own)
    given = pooled(subsequences).reshape(4, 3, -1)
    for layer in (0, 1):
        forward = keras_lstm(given, *cells(state, "body.1.lstm", layer))
        backward = keras_lstm(given[:, ::-1], *cells(state, "body.1.lstm", layer, "_reverse"))
        given = np.concatenate([forward, backward[:, ::-1]], axis=2)
    # The backward one ends at the first subsequence.
    last = np.concatenate([forward[:, -1], backward[:, -1]], axis=1)
    with torch.inference_mode():
        np.testing.assert_allclose(model(x).numpy(), ended(last, state), atol=1e-5)


def test_the_rivals_are_what_the_equations_give():
    x = noise(4)
    rows = x[:, 0].double().numpy()
    model = made("lstm_sequence").eval()
    state = {key: tensor.double() for key, tensor in model.state_dict().items()}
    given = rows
    for layer in (0, 1):
        given = keras_lstm(given, *cells(state, "body.lstm", layer))
    with torch.inference_mode():
        np.testing.assert_allclose(model(x).numpy(), ended(given[:, -1], state), atol=1e-5)
    model = made("cnn_sequence").eval()
    state = {key: tensor.double() for key, tensor in model.state_dict().items()}
    given = rows
    for number in (0, 2):
        prefix = f"body.layers.{number}"
        given = convolved(given, state[f"{prefix}.weight"].numpy(), state[f"{prefix}.bias"].numpy())
    with torch.inference_mode():
        wanted = ended(pooled(given).reshape(4, -1), state)
        np.testing.assert_allclose(model(x).numpy(), wanted, atol=1e-5)


def test_the_convolutions_have_an_activation_of_their_own():
    x = noise(4)
    same, other = made("cnn_sequence"), made("cnn_sequence", conv_activation="relu")
    assert [type(m).__name__ for m in same.body.layers[:4:2]] == ["Conv1d", "Conv1d"]
    assert {type(m) for m in same.body.layers[1:4:2]} == {torch.nn.Tanh}
    assert {type(m) for m in other.body.layers[1:4:2]} == {torch.nn.ReLU}
    assert {type(m) for m in other.head[1::2]} == {torch.nn.Tanh}
    assert not torch.allclose(same.eval()(x), other.eval()(x))


@pytest.mark.parametrize("name", NAMES)
def test_normalised_windows_are_those_of_scikit_learn(name: str):
    x = noise(5) * 1e5
    x[3] = 0
    rows = Normalizer().fit_transform(x.reshape(5, -1).numpy())
    with torch.inference_mode():
        out = made(name, normalise=True).eval()(x)
        wanted = made(name).eval()(torch.from_numpy(rows).reshape(x.shape))
    assert torch.isfinite(out).all()
    np.testing.assert_allclose(out.numpy(), wanted.numpy(), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_two_classes_have_one_logit(name: str):
    for classes in (None, 2):
        assert made(name, classes=classes)(noise(4)).shape == (4, 1)
    assert made(name, classes=4)(noise(4)).shape == (4, 4)
    assert made(name, features=2)(noise(4)).shape == (4, 3)


def test_first_weights_are_those_of_keras():
    model = registry.build("seqnetquake", {"lstm_units": 64, "lstm_layers": 2}, seed=0)
    # (fan_in + fan_out): 3 x 2 + 3 x 4 of the first convolution, inputs and four gates of an LSTM
    # (12 and 256 in the first layer, 128 and 256 in the second), 128 + 128 of the dense layer.
    own = {
        model.body[0].convolutions.layers[0].weight: 6 + 12,
        model.body[1].lstm.weight_ih_l0: 12 + 256,
        model.body[1].lstm.weight_ih_l1_reverse: 128 + 256,
        model.head[0].weight: 128 + 128,
    }
    for weight, fans in own.items():
        bound = math.sqrt(6 / fans)
        assert weight.abs().max() <= bound * (1 + 1e-6)
        # The variance of a uniform number in +-b is b^2 / 3.
        assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.35)
    recurrent = model.body[1].lstm.weight_hh_l0.detach()
    assert recurrent.shape == (256, 64)
    assert torch.allclose(recurrent.T @ recurrent, torch.eye(64), atol=1e-5)
    bias = model.body[1].lstm.bias_ih_l0.detach()
    assert torch.equal(bias, torch.cat([torch.full((64,), v) for v in (0.0, 1.0, 0.0, 0.0)]))
    assert not model.head[0].bias.any()
    assert not model.body[0].convolutions.layers[0].bias.any()


def test_the_second_bias_of_torch_stays_zero_in_training():
    model = made("seqnetquake").train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    for _ in range(3):
        loss = torch.nn.functional.cross_entropy(model(noise(6)), torch.arange(6) % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for key, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[key]) == ("bias_hh" in key), key
        assert "bias_hh" not in key or not tensor.any()


@pytest.mark.parametrize("name", NAMES)
def test_dropout_is_of_training_alone_and_seeds_hold(name: str):
    model = made(name, dropout=0.75)
    x = noise(8)
    state = torch.get_rng_state()
    again, other = made(name, dropout=0.75), registry.build(name, small(name), seed=4)
    assert torch.equal(torch.get_rng_state(), state)
    pairs = zip(model.state_dict().values(), again.state_dict().values(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
    assert not torch.equal(model.head[-1].weight, other.head[-1].weight)
    model.eval()
    assert torch.equal(model(x), model(x))
    model.train()
    assert not torch.equal(model(x), model(x))


@pytest.mark.parametrize("name", NAMES)
def test_steps_on_one_batch_lower_its_loss(name: str):
    model = made(name, dropout=0.0, dense_units=16).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    y = torch.arange(24) % 3
    x = noise(24)
    x[:, :, :, 0] += 2 * (y[:, None, None] - 1)
    losses = []
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_batch_normalisation_is_that_of_keras():
    layers = [m for m in made("dnn_sequence").head if isinstance(m, torch.nn.BatchNorm1d)]
    assert [(m.eps, m.momentum) for m in layers] == [(1e-3, 0.01)] * 2


def test_convolutions_that_leave_too_little_are_told_apart_from_other_faults():
    # 10 - 3 x 3 = 1 step; 10 - 2 x 4 = 2 steps are enough; 10 - 4 x 4 < 0.
    with pytest.raises(UnfitError, match="3 convolutions of 4 leave 1 of 10 steps, 2 are the"):
        made("seqnetquake", conv_layers=3, kernel=4)
    with pytest.raises(UnfitError, match="4 convolutions of 5 leave 0 of 10 steps"):
        made("seqnetquake", conv_layers=4, kernel=5)
    assert made("seqnetquake", conv_layers=2, kernel=5)(noise(1)).shape == (1, 3)
    # The rival's see the whole window of 30.
    assert made("cnn_sequence", conv_layers=4, kernel=8)(noise(1)).shape == (1, 3)
    with pytest.raises(UnfitError, match="leave 1 of 30 steps"):
        made("cnn_sequence", conv_layers=1, kernel=30)
    assert issubclass(UnfitError, ConfigError)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("seqnetquake", {"depth": 1}, "no option depth; it has activation, classes, conv_act"),
        ("dnn_sequence", {"filters": 2}, "no option filters"),
        ("seqnetquake", {"steps": 25}, "25 steps are no multiple of 10"),
        ("lstm_sequence", {"steps": 0}, "steps must be a whole number from 1, found 0"),
        ("seqnetquake", {"lstm_units": 2.5}, "lstm_units must be a whole number"),
        ("seqnetquake", {"dense_layers": True}, "dense_layers must be a whole number"),
        ("seqnetquake", {"features": []}, "features must be a whole number from 1, found 0"),
        ("seqnetquake", {"activation": "gelu"}, "'gelu' is none of relu, tanh, sigmoid"),
        ("seqnetquake", {"activation": None}, "activation None is none of"),
        ("seqnetquake", {"conv_activation": "selu"}, "conv_activation 'selu' is none of"),
        ("seqnetquake", {"dropout": 1}, "dropout must lie in"),
        ("seqnetquake", {"normalise": 1}, "normalise must be true or false"),
        ("seqnetquake", {"classes": 1}, "classes must be 2 or more"),
        ("seqnetquake", {"pretrained": "hub"}, "no published weights"),
    ],
)
def test_what_cannot_be_is_refused(name: str, options: dict, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        registry.build(name, options, seed=0)
    assert not isinstance(caught.value, UnfitError)


@pytest.mark.parametrize("shape", [(2, 1, 20, 2), (2, 1, 30, 3), (2, 2, 30, 2), (2, 1, 2, 30)])
def test_sequences_of_another_size_are_refused(shape: tuple[int, ...]):
    for name in NAMES:
        with pytest.raises(LaicflowError, match=r"for a network of \(n, 1, 30, 2\)"):
            made(name)(torch.zeros(shape))


def test_notes_say_what_a_network_is():
    scratch = "random first weights as Keras draws them, Glorot uniform"
    assert registry.build("seqnetquake", {"steps": 30}, seed=0).laicflow_notes == (scratch,)
    beside = registry.build("seqnetquake", {"lstm_units": 8, "dense_units": 64}, seed=0)
    said = "not in the published search space: lstm_units 8"
    assert beside.laicflow_notes == (said, scratch)
    assert receipts.started("seqnetquake", {"pretrained": "none"}, None) == {"pretrained": "none"}
