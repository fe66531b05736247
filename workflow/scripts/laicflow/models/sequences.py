"""SeqNetQuake (Xiong et al. 2021, Methods and Figure 2) and its rivals, for sequences of samples.

`seqnetquake`: the window of T samples is cut into T/10 subsequences of 10; each goes through the
same convolutions along time (valid), dropout, a pool of 2 and a flattening; the subsequences, in
their order, through bidirectional LSTMs, of whose last layer the two final states are kept; then
dropout and dense layers, the last of which is that of the softmax. `cnn_sequence` has the
convolutions over the whole window and the dense layers, `lstm_sequence` one-way LSTMs over the
samples and the dense layers, `dnn_sequence` dense layers alone, each with dropout and batch
normalisation behind it. The layers, the order and what an activation is put on (convolutions and
dense layers, never LSTMs, which keep sigmoid and tanh) are those of the authors' published code.

The networks give logits: one a class, whose softmax the cross-entropy takes, or one alone of two
classes.

The authors used Keras. What Keras does where nothing is said is done here, where torch differs:

- weights are Glorot uniform, +-sqrt(6 / (fan_in + fan_out)), biases zero; recurrent weights are
  orthogonal, one matrix for all four gates; the bias of the forget gate starts at 1;
- an LSTM has one bias a gate. torch has two, whose second is held at zero: they would be learned
  twice as fast. Layers so have the parameters of Keras: 4 (u (d + u) + u) of u units and d inputs;
- batch normalisation forgets with 0.99 and has an epsilon of 0.001 (torch: 0.9 and 1e-5).

`normalise` is scikit-learn's `Normalizer` as the authors' code uses it: the rows are the windows,
each flattened to T x F numbers, and divided by the root of the sum of their squares; a window of
zeros stays. It is the network's first step, so behind the standardising of a training; the authors
standardise after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models.options import laid
from laicflow.models.spaces import UnfitError, outside

SUBSEQUENCE = 10  # samples
POOL = 2

# Options of every network: what follows from the windows, and the input.
COMMON: dict[str, Any] = {
    "pretrained": "none",  # nothing else: the paper has published no weights
    "classes": None,  # K logits of K > 2 classes, else one
    "steps": 20,  # T
    "features": 2,  # F, or the names of the columns
    "normalise": False,
}
DENSE: dict[str, Any] = {
    "dropout": 0.5,
    "dense_layers": 3,  # that of the softmax is one of them
    "dense_units": 128,
    "activation": "relu",  # relu | tanh | sigmoid
}
CONVOLUTIONS: dict[str, Any] = {
    "conv_layers": 2,
    "filters": 4,
    "kernel": 3,
    "conv_activation": None,  # None: as `activation`
}
LSTMS: dict[str, Any] = {"lstm_layers": 1, "lstm_units": 128}
DEFAULTS: dict[str, dict[str, Any]] = {
    "seqnetquake": {**COMMON, **CONVOLUTIONS, **LSTMS, **DENSE},
    "cnn_sequence": {**COMMON, **CONVOLUTIONS, **DENSE},
    "lstm_sequence": {**COMMON, **LSTMS, **DENSE},
    "dnn_sequence": {**COMMON, **DENSE},
}

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
WHOLE = (
    "steps",
    "features",
    "conv_layers",
    "filters",
    "kernel",
    "lstm_layers",
    "lstm_units",
    "dense_layers",
    "dense_units",
)


class Sequences(nn.Module):
    """Sequences (n, 1, steps, features) to logits (n, classes), or (n, 1) of two classes.

    Parameters
    ----------
    body : sequences (n, steps, features), normalised if they are to be, to numbers (n, width)
    head : numbers to logits
    steps, features, normalise : of the input
    """

    def __init__(
        self, body: nn.Module, head: nn.Module, steps: int, features: int, normalise: bool
    ) -> None:
        super().__init__()
        self.body, self.head = body, head
        self.shape = (1, steps, features)
        self.normalise = normalise

    def forward(self, x: Tensor) -> Tensor:
        """Logits of sequences.

        Raises
        ------
        LaicflowError : sequences of another size
        """
        if x.shape[1:] != self.shape:
            wanted = ", ".join(map(str, self.shape))
            raise LaicflowError(f"sequences {tuple(x.shape)} for a network of (n, {wanted})")
        x = x[:, 0]
        return self.head(self.body(unit_rows(x) if self.normalise else x))


class Subsequences(nn.Module):
    """The convolutions of each subsequence: (n, steps, features) to (n, steps / 10, width)."""

    def __init__(self, convolutions: nn.Module) -> None:
        super().__init__()
        self.convolutions = convolutions

    def forward(self, x: Tensor) -> Tensor:
        """Flattened features of each subsequence, in the order of Keras: steps, filters."""
        n, steps, features = x.shape
        parts = x.reshape(n * steps // SUBSEQUENCE, SUBSEQUENCE, features)
        return self.convolutions(parts).reshape(n, steps // SUBSEQUENCE, -1)


class Convolutions(nn.Module):
    """Convolutions along time, dropout, a pool of 2 and a flattening; (n, steps, channels) in.

    Parameters
    ----------
    channels, steps : of the input
    settings : conv_layers, filters, kernel, conv_activation, activation, dropout

    `width` is how many numbers come out.

    Raises
    ------
    UnfitError : convolutions that leave fewer than two steps to the pool
    """

    def __init__(self, channels: int, steps: int, settings: dict[str, Any]) -> None:
        super().__init__()
        layers, kernel = settings["conv_layers"], settings["kernel"]
        left = steps - layers * (kernel - 1)
        if left < POOL:
            raise UnfitError(
                f"{layers} convolutions of {kernel} leave {max(left, 0)} of {steps} steps, "
                f"{POOL} are the least"
            )
        name = settings["conv_activation"] or settings["activation"]
        parts: list[nn.Module] = []
        for _ in range(layers):
            parts += [nn.Conv1d(channels, settings["filters"], kernel), ACTIVATIONS[name]()]
            channels = settings["filters"]
        self.layers = nn.Sequential(*parts, nn.Dropout(settings["dropout"]), nn.MaxPool1d(POOL))
        self.width = left // POOL * channels

    def forward(self, x: Tensor) -> Tensor:
        """Numbers (n, width), flattened as Keras does: steps, filters."""
        return self.layers(x.transpose(1, 2)).transpose(1, 2).flatten(1)


class Lstms(nn.Module):
    """A stack of LSTMs and dropout: (n, steps, channels) to the last layer's final states.

    Both directions of a bidirectional stack end where they have seen the whole sequence: the
    forward one at its last step, the backward one at its first. `width` is how many numbers come
    out.
    """

    def __init__(self, channels: int, settings: dict[str, Any], *, both: bool) -> None:
        super().__init__()
        units, layers = settings["lstm_units"], settings["lstm_layers"]
        self.lstm = nn.LSTM(channels, units, layers, batch_first=True, bidirectional=both)
        self.dropout = nn.Dropout(settings["dropout"])
        self.directions = 2 if both else 1
        self.width = self.directions * units

    def forward(self, x: Tensor) -> Tensor:
        """Final states (n, width), those of the forward direction first."""
        _, (states, _) = self.lstm(x)
        return self.dropout(torch.cat(tuple(states[-self.directions :]), dim=1))


def unit_rows(x: Tensor) -> Tensor:
    """Each window (n, steps, features) divided by the root of the sum of its squares.

    A window of zeros stays as it is.
    """
    norm = x.float().flatten(1).norm(dim=1)
    return x / torch.where(norm > 0, norm, 1.0).reshape(-1, 1, 1)


def build(name: str, options: dict[str, Any], *, seed: int) -> Sequences:
    """The network with its first weights, on the CPU.

    Parameters
    ----------
    name : its name in the registry, a key of `DEFAULTS`
    options : some of its `DEFAULTS`
    seed : of the random weights

    Raises
    ------
    ConfigError : an unknown option, a number that cannot be, published weights, which these
        networks do not have
    UnfitError : a ConfigError; options that cannot be had together
    """
    settings = _settings(name, options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body, width = _body(name, settings)
        head = _dense(width, settings, batch_norm=name == "dnn_sequence")
        shape = (settings["steps"], settings["features"])
        model = Sequences(body, head, *shape, settings["normalise"])
        for module in model.modules():
            first_weights(module)
    notes = ["random first weights as Keras draws them, Glorot uniform"]
    beside = outside(name, {key: options[key] for key in options if key in settings})
    if beside:
        notes.insert(0, f"not in the published search space: {', '.join(sorted(beside))}")
    model.laicflow_notes = tuple(notes)
    return model


def _body(name: str, settings: dict[str, Any]) -> tuple[nn.Module, int]:
    """What comes before the dense layers, and how many numbers it gives."""
    steps, channels = settings["steps"], settings["features"]
    if name == "dnn_sequence":
        return nn.Flatten(), steps * channels
    if name == "lstm_sequence":
        lstms = Lstms(channels, settings, both=False)
        return lstms, lstms.width
    if name == "cnn_sequence":
        convolutions = Convolutions(channels, steps, settings)
        return convolutions, convolutions.width
    convolutions = Convolutions(channels, SUBSEQUENCE, settings)
    lstms = Lstms(convolutions.width, settings, both=True)
    return nn.Sequential(Subsequences(convolutions), lstms), lstms.width


def _dense(width: int, settings: dict[str, Any], *, batch_norm: bool) -> nn.Module:
    """The dense layers; with dropout and batch normalisation behind each but the last."""
    parts: list[nn.Module] = []
    units = settings["dense_units"]
    for _ in range(settings["dense_layers"] - 1):
        parts += [nn.Linear(width, units), ACTIVATIONS[settings["activation"]]()]
        if batch_norm:
            parts.append(nn.Dropout(settings["dropout"]))
            parts.append(nn.BatchNorm1d(units, eps=1e-3, momentum=0.01))
        width = units
    return nn.Sequential(*parts, nn.Linear(width, _outputs(settings)))


def _outputs(settings: dict[str, Any]) -> int:
    """Logits of a network."""
    return settings["classes"] if (settings["classes"] or 0) > 2 else 1


def first_weights(module: nn.Module) -> None:
    """Draw the weights of one layer as Keras does."""
    if isinstance(module, nn.Conv1d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    if not isinstance(module, nn.LSTM):
        return
    for key, parameter in module.named_parameters():
        if key.startswith("weight_ih"):
            nn.init.xavier_uniform_(parameter)
        elif key.startswith("weight_hh"):
            nn.init.orthogonal_(parameter)
        else:
            nn.init.zeros_(parameter)
        if key.startswith("bias_ih"):
            # The gates are input, forget, cell, output, in torch as in Keras.
            with torch.no_grad():
                parameter[module.hidden_size : 2 * module.hidden_size] = 1.0
        if key.startswith("bias_hh"):
            parameter.requires_grad_(False)


def _settings(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults."""
    settings = laid(name, options, DEFAULTS[name])
    if isinstance(settings["features"], list | tuple):
        settings["features"] = len(settings["features"])
    for key in WHOLE:
        if key in settings and not _whole(settings[key], 1):
            found = settings[key]
            raise ConfigError(f"model {name}: {key} must be a whole number from 1, found {found}")
    for key in ("activation", "conv_activation"):
        choices = [*ACTIVATIONS, *([None] if key == "conv_activation" else [])]
        if key in settings and settings[key] not in choices:
            words = ", ".join(ACTIVATIONS)
            raise ConfigError(f"model {name}: {key} {settings[key]!r} is none of {words}")
    if not 0 <= settings["dropout"] < 1:
        raise ConfigError(f"model {name}: dropout must lie in [0, 1), found {settings['dropout']}")
    if not isinstance(settings["normalise"], bool):
        found = settings["normalise"]
        raise ConfigError(f"model {name}: normalise must be true or false, found {found!r}")
    if settings["classes"] is not None and not _whole(settings["classes"], 2):
        raise ConfigError(f"model {name}: classes must be 2 or more, found {settings['classes']}")
    if name == "seqnetquake" and settings["steps"] % SUBSEQUENCE:
        raise ConfigError(
            f"model {name}: {settings['steps']} steps are no multiple of {SUBSEQUENCE}"
        )
    return settings


def _whole(number: object, least: int) -> bool:
    """Whether a number is whole and not below the least."""
    return isinstance(number, int) and not isinstance(number, bool) and number >= least
