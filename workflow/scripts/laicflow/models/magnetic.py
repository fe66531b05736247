"""The network of Petrescu and Moldovan (2022) for three components of the magnetic field.

Table 2 of the paper, for a window of N = 10080 minutes: Conv 32 of 3 x 3, pool 1 x 2, Conv 64 of
1 x 3, pool 1 x 2, Conv 64 of 1 x 3, flatten, dense 64, dense 2. Convolutions keep the size of
their images ("same") and are followed by ReLU; a pool drops the last of an odd number of minutes,
as Keras does. Parameters by layer: 320, 6208, 12352, 30965824 and 130, together 30984834.

The table prints softmax beside dense 64 and nothing beside the last layer, the text puts softmax
on the last layer. Both readings can be had (`softmax`).

The paper used Keras, so the first weights are those that Keras draws where nothing is said: uniform
in +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010, equation 16), biases zero.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from laicflow.errors import ConfigError, LaicflowError

DEFAULTS: dict[str, Any] = {
    "pretrained": "none",  # nothing else: the paper has published no weights
    "minutes": 10080,  # N, the columns of an image
    "layers": 3,  # number of convolutions; those beyond the third are of 64 filters of 1 x 3
    "softmax": "last",  # last: ReLU on dense 64, softmax on the two scores | dense: on dense 64
    "width": 1.0,  # share of the published number of filters and of dense units
}

COMPONENTS = 3  # rows of an image: X, Y, Z
FILTERS = (32, 64)  # of the first convolution, and of every other
KERNELS = ((3, 3), (1, 3))
POOLED = 2  # convolutions with a pool behind: those of the table, so that depth alone is changed
DENSE = 64
MOST_LAYERS = 6


class MagneticVgg(nn.Module):
    """Images (n, 1, 3, minutes) to the difference of two class scores, (n, 1).

    The binary cross-entropy of this difference taken as a logit is the cross-entropy of the
    softmax of both scores: softmax_1 = exp(s_1) / (exp(s_0) + exp(s_1)) = sigmoid(s_1 - s_0).

    Parameters
    ----------
    minutes, layers, softmax, width : as in `DEFAULTS`
    """

    def __init__(self, minutes: int, layers: int, softmax: str, width: float) -> None:
        super().__init__()
        self.minutes = minutes
        first, others, dense = (max(1, round(width * n)) for n in (*FILTERS, DENSE))
        parts: list[nn.Module] = []
        channels, columns = 1, minutes
        for number in range(layers):
            filters, kernel = (others, KERNELS[1]) if number else (first, KERNELS[0])
            padding = (kernel[0] // 2, kernel[1] // 2)
            parts.append(nn.Conv2d(channels, filters, kernel, padding=padding))
            parts.append(nn.ReLU())
            if number < POOLED:
                parts.append(nn.MaxPool2d((1, 2)))
                columns //= 2
            channels = filters
        self.features = nn.Sequential(*parts)
        self.dense = nn.Linear(channels * COMPONENTS * columns, dense)
        self.activation = nn.ReLU() if softmax == "last" else nn.Softmax(dim=1)
        self.last = nn.Linear(dense, 2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        # Channels last in memory: a third faster on a CPU, and flattened as they lie.
        self.features.to(memory_format=torch.channels_last)

    def scores(self, x: Tensor) -> Tensor:
        """Scores (n, 2) of both classes before any softmax of them, of images (n, 1, 3, minutes).

        Raises
        ------
        LaicflowError : images of another size, which pools could make fit
        """
        if x.shape[1:] != (1, COMPONENTS, self.minutes):
            raise LaicflowError(
                f"images {tuple(x.shape)} for a network of (n, 1, {COMPONENTS}, {self.minutes})"
            )
        # Flattened in the order of Keras: components, minutes, filters.
        flat = self.features(x).permute(0, 2, 3, 1).flatten(1)
        return self.last(self.activation(self.dense(flat)))

    def forward(self, x: Tensor) -> Tensor:
        """Score of class 1 less that of class 0, (n, 1), of images (n, 1, 3, minutes)."""
        scores = self.scores(x)
        return scores[:, 1:] - scores[:, :1]


def build(name: str, options: dict[str, Any], *, seed: int) -> MagneticVgg:
    """The network with its first weights, on the CPU.

    Parameters
    ----------
    name : its name in the registry
    options : some of `DEFAULTS`
    seed : of the random weights

    Raises
    ------
    ConfigError : an unknown option, a number that cannot be, or published weights, which this
        network does not have
    """
    settings = _settings(name, options)
    arguments = {key: settings[key] for key in ("minutes", "layers", "softmax", "width")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MagneticVgg(**arguments)
    notes = ["random first weights as Keras draws them: Glorot uniform, biases zero"]
    if settings["width"] < 1:
        parameters = sum(parameter.numel() for parameter in model.parameters())
        notes.insert(
            0,
            f"reduced network, not the published one: width {settings['width']:g}, "
            f"{parameters} parameters",
        )
    model.laicflow_notes = tuple(notes)
    return model


def _settings(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults."""
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise ConfigError(
            f"model {name}: no option {', '.join(unknown)}; it has {', '.join(sorted(DEFAULTS))}"
        )
    settings = {**DEFAULTS, **options}
    if settings["pretrained"] != "none":
        raise ConfigError(f"model {name}: it has no published weights, pretrained must be none")
    if settings["softmax"] not in ("last", "dense"):
        raise ConfigError(
            f"model {name}: softmax must be last or dense, found {settings['softmax']!r}"
        )
    if not 0 < settings["width"] <= 1:
        raise ConfigError(f"model {name}: width must lie in (0, 1], found {settings['width']}")
    # Two pools leave nothing of fewer than four minutes.
    for key, least, most in (("minutes", 4, None), ("layers", 1, MOST_LAYERS)):
        number = settings[key]
        whole = isinstance(number, int) and not isinstance(number, bool)
        if not whole or number < least or (most is not None and number > most):
            said = f"at least {least}" if most is None else f"{least} to {most}"
            raise ConfigError(f"model {name}: {key} must be a whole number, {said}, found {number}")
    return settings
