"""CutMix and Mixup: each image of a batch mixed with another of the same batch.

CutMix, Yun et al. (2019), ICCV, equations 1 and 2: lambda ~ Beta(alpha, alpha), and a box of
height H sqrt(1 - lambda) and width W sqrt(1 - lambda) around a pixel drawn evenly, cut off at the
edges, is taken from the other image. Mixup, Zhang et al. (2018), ICLR, equation 1: the sum of
both images with the weights lambda and 1 - lambda. Targets are mixed linearly with the same
weight; the cross-entropy of one logit takes targets between 0 and 1.

As in the published code of both, one lambda and one box hold for a batch, whose partner is a
permutation of itself. Everything works on numpy arrays and on torch tensors alike.

Padding belongs to the image: a window of 30 days and 24 hours has one empty row above and below
and four empty columns on each side, 30 % of the 32 x 32 pixels, and CutMix treats them like all
others, in the place of the box as in the weight of the label. A small box may so lie on padding
alone, where both images are equal: the label then changes and the image does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from laicflow.errors import ConfigError

if TYPE_CHECKING:
    import torch

Array = TypeVar("Array", "np.ndarray", "torch.Tensor")
Box = tuple[int, int, int, int]

KINDS = ("none", "cutmix", "mixup", "cutmix_mixup")

# Options and their defaults.
DEFAULTS: dict[str, Any] = {
    "kind": "none",
    "share": 1.0,  # of the batches that are mixed
    "cutmix_alpha": 1.0,
    "mixup_alpha": 0.2,
}


@dataclass(frozen=True)
class Mixed:
    """A batch after mixing, or one image of a pair.

    Attributes
    ----------
    kind : cutmix or mixup
    x : (n, channel, row, column) images; of a pair (channel, row, column)
    y : (n,) targets in [0, 1]; of a pair a number
    partner : (n,) number of the image that was mixed into each; of a pair 1
    share : weight of the image's own target. CutMix: the share of its pixels that are its own,
        counted. Mixup: lambda
    box : top, bottom, left, right; pixels [top:bottom, left:right] are the partner's. None for
        Mixup; a box may be empty
    """

    kind: str
    x: Any
    y: Any
    partner: Any
    share: float
    box: Box | None


def settings_of(options: dict[str, Any], classes: int = 2) -> dict[str, Any]:
    """The options with their defaults.

    Parameters
    ----------
    classes : of the samples; the target of a mixed image is one number, which tells two apart

    Raises
    ------
    ConfigError : an unknown option or kind, a share out of [0, 1], an alpha that is not positive,
        images of more than two classes, or of values, that are to be mixed
    """
    if not isinstance(options, dict):
        raise ConfigError(f"training: augment must be a mapping with kind, found {options!r}")
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise ConfigError(f"training: augment: no option {', '.join(unknown)}")
    settings = {**DEFAULTS, **options}
    if settings["kind"] not in KINDS:
        raise ConfigError(
            f"training: augment: kind {settings['kind']!r} is none of {', '.join(KINDS)}"
        )
    if classes != 2 and settings["kind"] != "none":
        raise ConfigError(
            f"training: augment: {settings['kind']} mixes images of two classes, here are "
            f"{classes or 'values'}; kind must be none"
        )
    if not 0 <= settings["share"] <= 1:
        raise ConfigError(f"training: augment: share must be in [0, 1], found {settings['share']}")
    for key in ("cutmix_alpha", "mixup_alpha"):
        if not 0 < settings[key] < math.inf:
            raise ConfigError(f"training: augment: {key} must be positive, found {settings[key]}")
    return settings


def apply(x: Array, y: Array, settings: dict[str, Any], rng: np.random.Generator) -> Mixed | None:
    """A batch mixed as the options ask; None where it is left as it is.

    Parameters
    ----------
    x : (n, channel, row, column) images
    y : (n,) targets in [0, 1]
    settings : from `settings_of`; of `cutmix_mixup` each batch takes one of the two, drawn evenly
    rng : the source of all chance
    """
    kind = settings["kind"]
    if kind == "none" or rng.random() >= settings["share"]:
        return None
    if kind == "cutmix_mixup":
        kind = ("cutmix", "mixup")[int(rng.integers(2))]
    return _MIXES[kind](x, y, rng, settings[f"{kind}_alpha"])


def cutmix(
    x: Array,
    y: Array,
    rng: np.random.Generator,
    alpha: float = DEFAULTS["cutmix_alpha"],
    share: float | None = None,
    partner: np.ndarray | None = None,
) -> Mixed:
    """CutMix of a batch with a permutation of itself (Yun et al. 2019, equations 1 and 2).

    Parameters
    ----------
    x : (n, channel, row, column) images, left as they are
    y : (n,) targets in [0, 1]
    rng : draws the partners, lambda and the middle of the box, in this order, unless given
    alpha : of Beta(alpha, alpha)
    share, partner : lambda and the number of each image's partner, in place of drawn ones

    The weight of the labels is the share of the pixels, counted after the box was cut off at the
    edges, as in the published code.
    """
    partner = rng.permutation(len(x)) if partner is None else partner
    asked = float(rng.beta(alpha, alpha)) if share is None else share
    height, width = x.shape[-2:]
    box = box_of(height, width, asked, int(rng.integers(height)), int(rng.integers(width)))
    top, bottom, left, right = box
    mixed = x.clone() if hasattr(x, "clone") else x.copy()
    mixed[:, :, top:bottom, left:right] = x[:, :, top:bottom, left:right][partner]
    own = 1 - (bottom - top) * (right - left) / (height * width)
    return Mixed("cutmix", mixed, _linear(y, partner, own), partner, own, box)


def mixup(
    x: Array,
    y: Array,
    rng: np.random.Generator,
    alpha: float = DEFAULTS["mixup_alpha"],
    share: float | None = None,
    partner: np.ndarray | None = None,
) -> Mixed:
    """Mixup of a batch with a permutation of itself (Zhang et al. 2018, equation 1).

    Parameters
    ----------
    x : (n, channel, row, column) images, left as they are
    y : (n,) targets in [0, 1]
    rng : draws the partners and lambda, in this order, unless given
    alpha : of Beta(alpha, alpha)
    share, partner : lambda and the number of each image's partner, in place of drawn ones
    """
    partner = rng.permutation(len(x)) if partner is None else partner
    own = float(rng.beta(alpha, alpha)) if share is None else share
    mixed = _linear(x, partner, own)
    return Mixed("mixup", mixed, _linear(y, partner, own), partner, own, None)


def pair(
    kind: str,
    a: Array,
    b: Array,
    rng: np.random.Generator,
    *,
    labels: tuple[float, float] = (1.0, 0.0),
    alpha: float | None = None,
    share: float | None = None,
) -> Mixed:
    """One image with another mixed into it, as it happens within a batch.

    Parameters
    ----------
    kind : cutmix or mixup
    a, b : (channel, row, column) images, arrays or tensors on the CPU; b is mixed into a
    rng : draws lambda, where it is not given, and the middle of the box
    labels : targets of a and of b
    alpha : of Beta(alpha, alpha); None for the default of the kind
    share : lambda, in place of a drawn one

    Raises
    ------
    ConfigError : a kind that mixes nothing
    """
    if kind not in _MIXES:
        raise ConfigError(f"augment: kind {kind!r} is none of {', '.join(_MIXES)}")
    stack = np.stack([np.asarray(a), np.asarray(b)])
    alpha = DEFAULTS[f"{kind}_alpha"] if alpha is None else alpha
    made = _MIXES[kind](stack, np.array(labels, float), rng, alpha, share, np.array([1, 0]))
    return replace(made, x=made.x[0], y=float(made.y[0]), partner=1)


def box_of(height: int, width: int, share: float, row: int, column: int) -> Box:
    """The box of CutMix: top, bottom, left, right, the second and fourth excluded.

    Parameters
    ----------
    height, width : of the image, pixels
    share : lambda; the box has floor(height sqrt(1 - lambda)) rows, its columns likewise
    row, column : its middle; of an even number of pixels the first behind the middle
    """
    ratio = math.sqrt(1 - share)
    rows, columns = int(height * ratio), int(width * ratio)
    return (
        max(row - rows // 2, 0),
        min(row + (rows + 1) // 2, height),
        max(column - columns // 2, 0),
        min(column + (columns + 1) // 2, width),
    )


def _linear(values: Array, partner: np.ndarray, own: float) -> Array:
    """Values and their partners' in the weights `own` and 1 - `own`."""
    return own * values + (1 - own) * values[partner]


_MIXES = {"cutmix": cutmix, "mixup": mixup}
