"""ED-LSTME (Xiong et al. 2022, section II.B and Figure 2) and a dense network, for forecasts.

`ed_lstme`: LSTMs read the past of all stations and the indices; the last state of the last one is
repeated once a step that is to be forecast; LSTMs unfold it; a dense layer, the same at every
step, gives the values of all stations at that step. `dense_forecaster` has dense layers over all
numbers of the window.

A window is (n, 1, steps, features); values are (n, leads * outputs), those of the first lead
first. Both sides are scaled outside the network.

The authors' code puts ReLU in the place of tanh in the LSTMs (cell and output), which torch's own
does not have: `activation: relu` takes a cell written here, a step at a time, many times slower.
Weights start as Keras draws them (`laicflow.models.sequences`).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models.options import of_values
from laicflow.models.sequences import ACTIVATIONS, first_weights

# Options of both: what follows from the windows, and what is forecast.
COMMON: dict[str, Any] = {
    "pretrained": "none",  # nothing else: the paper has published no weights
    "classes": 0,  # values, not classes
    "steps": 24,
    "features": 1,  # F, or the names of the columns
    "leads": 4,
    "outputs": 1,  # stations, or their names
    "activation": "tanh",  # relu: as published
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "ed_lstme": {
        **COMMON,
        "units": 100,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "dense_units": 0,  # of a dense layer before the last one; 0 for none
        "dropout": 0.0,
    },
    "dense_forecaster": {**COMMON, "units": 100, "layers": 2, "dropout": 0.0},
}
WHOLE = ("steps", "features", "leads", "outputs", "units", "encoder_layers", "decoder_layers")


class ReluLstm(nn.Module):
    """Layers of LSTM with ReLU in the place of tanh, as Keras has it with `activation="relu"`.

    Called as `nn.LSTM` with `batch_first`: (n, steps, channels) to outputs (n, steps, units) and
    final states, each (layers, n, units). Gates are sigmoids in the order input, forget, cell,
    output.
    """

    def __init__(self, channels: int, units: int, layers: int) -> None:
        super().__init__()
        sizes = [channels, *[units] * (layers - 1)]
        self.cells = nn.ModuleList(nn.LSTM(size, units, batch_first=True) for size in sizes)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Outputs of the last layer, and the final states of all."""
        states, contents = [], []
        for cell in self.cells:
            x, state, content = _relu_layer(cell, x)
            states.append(state)
            contents.append(content)
        return x, (torch.stack(states), torch.stack(contents))


def _relu_layer(cell: nn.LSTM, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One layer over all steps with the weights of `cell`: outputs, last state, last content."""
    # Of all steps at once: what a step adds is the recurrent part alone.
    given = x @ cell.weight_ih_l0.T + cell.bias_ih_l0 + cell.bias_hh_l0
    state = content = x.new_zeros(len(x), cell.hidden_size)
    made = []
    for step in given.unbind(dim=1):
        gates = step + state @ cell.weight_hh_l0.T
        entering, kept, new, leaving = gates.chunk(4, dim=1)
        content = torch.sigmoid(kept) * content + torch.sigmoid(entering) * torch.relu(new)
        state = torch.sigmoid(leaving) * torch.relu(content)
        made.append(state)
    return torch.stack(made, dim=1), state, content


class EncoderDecoder(nn.Module):
    """Windows (n, 1, steps, features) to values (n, leads * outputs).

    Parameters
    ----------
    settings : a whole set of options of `ed_lstme`
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.shape = (1, settings["steps"], settings["features"])
        self.leads, units = settings["leads"], settings["units"]
        self.encoder = _lstm(settings, settings["features"], settings["encoder_layers"])
        self.decoder = _lstm(settings, units, settings["decoder_layers"])
        self.dropout = nn.Dropout(settings["dropout"])
        self.head = _head(units, settings)

    def forward(self, x: Tensor) -> Tensor:
        """Values of each lead in turn."""
        _, (states, _) = self.encoder(_sequence(x, self.shape))
        repeated = states[-1].unsqueeze(1).expand(-1, self.leads, -1)
        unfolded, _ = self.decoder(repeated)
        return self.head(self.dropout(unfolded)).flatten(1)


class DenseForecaster(nn.Module):
    """Windows (n, 1, steps, features) to values (n, leads * outputs) by dense layers."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.shape = (1, settings["steps"], settings["features"])
        width, parts = settings["steps"] * settings["features"], []
        for _ in range(settings["layers"]):
            parts += [nn.Linear(width, settings["units"]), ACTIVATIONS[settings["activation"]]()]
            parts.append(nn.Dropout(settings["dropout"]))
            width = settings["units"]
        parts.append(nn.Linear(width, settings["leads"] * settings["outputs"]))
        self.layers = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        """Values of each lead in turn."""
        return self.layers(_sequence(x, self.shape).flatten(1))


MAKERS = {"ed_lstme": EncoderDecoder, "dense_forecaster": DenseForecaster}


def build(name: str, options: dict[str, Any], *, seed: int) -> nn.Module:
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
    """
    settings = _settings(name, options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MAKERS[name](settings)
        for module in model.modules():
            first_weights(module)
    model.laicflow_notes = ("random first weights as Keras draws them, Glorot uniform",)
    return model


def _lstm(settings: dict[str, Any], channels: int, layers: int) -> nn.Module:
    """Layers of LSTM with the activation asked for."""
    if settings["activation"] == "relu":
        return ReluLstm(channels, settings["units"], layers)
    return nn.LSTM(channels, settings["units"], layers, batch_first=True)


def _head(width: int, settings: dict[str, Any]) -> nn.Module:
    """The dense layers that all steps share."""
    between = settings["dense_units"]
    last = nn.Linear(between or width, settings["outputs"])
    if not between:
        return last
    return nn.Sequential(nn.Linear(width, between), ACTIVATIONS[settings["activation"]](), last)


def _sequence(x: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Windows (n, steps, features).

    Raises
    ------
    LaicflowError : windows of another size
    """
    if x.shape[1:] != shape:
        wanted = ", ".join(map(str, shape))
        raise LaicflowError(f"windows {tuple(x.shape)} for a network of (n, {wanted})")
    return x[:, 0]


def _settings(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults."""
    settings = of_values(name, options, DEFAULTS[name])
    for key in ("features", "outputs"):
        if isinstance(settings[key], list | tuple):
            settings[key] = len(settings[key])
    for key in (*WHOLE, "layers"):
        found = settings.get(key, 1)
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise ConfigError(f"model {name}: {key} must be a whole number from 1, found {found}")
    if settings["activation"] not in ("tanh", "relu"):
        found = settings["activation"]
        raise ConfigError(f"model {name}: activation {found!r} is none of tanh, relu")
    if not 0 <= settings["dropout"] < 1:
        raise ConfigError(f"model {name}: dropout must lie in [0, 1), found {settings['dropout']}")
    return settings
