"""Image networks of timm with six input channels and one logit.

Pham et al. (2023), section III: EfficientNetV2 with "strides" of one in the stem and in the first
block, beside ResNet50 and five others. In EfficientNetV2-S the first block has stride 1 already,
so the second change is read as the first stage that halves the image (`stage1`, counted from 0).

VGG16 halves the image five times, which leaves one value a channel of 32 x 32 pixels. timm pools
what is smaller than 7 x 7 up to 7 x 7 before the fully connected layers, so that this value stands
there 49 times, and the first of them, published for 7 x 7 values, sums its 49 weights.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from laicflow.errors import ConfigError
from laicflow.models import torchvision_ops

torchvision_ops.prepare()

# timm imports the hub's client, which reads these once, when it is imported: plain HTTPS with its
# time limits, no bars in logs, no request but for the files of weights.
for _key in ("HF_HUB_DISABLE_XET", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_key, "1")

import timm  # noqa: E402  (torchvision has to be made importable first)
import torch  # noqa: E402
from timm.layers import ClassifierHead  # noqa: E402
from timm.models import mobilenetv3, vgg  # noqa: E402

# Options of every network; a network of the table below may have defaults of its own.
DEFAULTS: dict[str, Any] = {
    "pretrained": "none",  # none | an entry of a receipt of weights (`models.receipts`)
    "drop_rate": 0.0,  # dropout before the last layer
    "drop_path_rate": 0.0,  # share of residual branches left out in training
    "width": 1.0,  # share of the published number of channels
    "depth": 1.0,  # share of the published number of blocks
    "in_chans": 6,
    "num_classes": 1,
}


@dataclass(frozen=True)
class Network:
    """One line of the table of networks.

    Attributes
    ----------
    architecture : timm's name
    reduced : arguments of a network with a share of the width and of the depth
    unit_strides : places whose stride is set to one; None where the network has no such places
    drop_rate : default of the option
    make : makes the reduced network, where the arguments are none of `timm.create_model`
    """

    architecture: str
    reduced: Callable[[float, float], dict[str, Any]]
    unit_strides: tuple[str, ...] | None = None
    drop_rate: float = 0.0
    make: Callable[..., torch.nn.Module] | None = None


def _counts(published: tuple[int, ...], share: float) -> tuple[int, ...]:
    """Numbers of blocks, at least one each."""
    return tuple(max(1, round(share * count)) for count in published)


def _channels(published: int, share: float) -> int:
    """A number of channels that eight divides, at least eight."""
    return max(8, 8 * round(share * published / 8))


def _resnet(stem: int) -> Callable[[float, float], dict[str, Any]]:
    """Reduction of the residual networks of 3, 4, 6, 3 blocks."""

    def reduced(width: float, depth: float) -> dict[str, Any]:
        return {
            "channels": tuple(_channels(count, width) for count in (64, 128, 256, 512)),
            "stem_width": _channels(stem, width),
            "layers": _counts((3, 4, 6, 3), depth),
        }

    return reduced


def _efficientnet(width: float, depth: float) -> dict[str, Any]:
    return {"channel_multiplier": width, "depth_multiplier": depth}


def _densenet(width: float, depth: float) -> dict[str, Any]:
    return {
        "growth_rate": _channels(32, width),
        "block_config": _counts((6, 12, 24, 16), depth),
    }


def _convnext(width: float, depth: float) -> dict[str, Any]:
    return {
        "dims": tuple(_channels(count, width) for count in (96, 192, 384, 768)),
        "depths": _counts((3, 3, 9, 3), depth),
    }


def _mobilenet(width: float, depth: float) -> dict[str, Any]:
    return {"channel_multiplier": width, "depth_multiplier": depth}


def _small_mobilenet(**arguments: Any) -> torch.nn.Module:
    """A MobileNetV3-Large of timm's multipliers, which its published sizes fix at one."""
    make = mobilenetv3._gen_mobilenet_v3
    return make("mobilenetv3_large_100", pretrained=False, **arguments)


def _vgg16(width: float, depth: float) -> dict[str, Any]:
    """Channels of each convolution, M where the image is halved, and the fully connected ones.

    These go down with the square of the width: the first of them holds three quarters of all
    weights, and would hold nearly all of a small network.
    """
    counts = _counts((2, 2, 3, 3, 3), depth)
    plan: list[int | str] = []
    for channels, count in zip((64, 128, 256, 512, 512), counts, strict=True):
        plan += [_channels(channels, width)] * count + ["M"]
    return {"plan": plan, "hidden": _channels(4096, width**2)}


class _SmallVgg(vgg.VGG):
    """A VGG whose fully connected layers can be smaller than 4096, which timm fixes.

    Parameters
    ----------
    plan : channels of each convolution, M where the image is halved
    hidden : of the two fully connected layers before the last
    """

    def __init__(
        self, plan: list, hidden: int, in_chans: int, num_classes: int, drop_rate: float
    ) -> None:
        # The fully connected layers of timm are made as small as can be, and replaced.
        super().__init__(plan, num_classes, in_chans, mlp_ratio=1 / 4096, drop_rate=drop_rate)
        self.pre_logits = vgg.ConvMlp(self.num_features, hidden, 7, drop_rate=drop_rate)
        self.head = ClassifierHead(hidden, num_classes, drop_rate=drop_rate)
        self.head_hidden_size = hidden
        self._initialize_weights()


NETWORKS = {
    "convnext_tiny": Network("convnext_tiny", _convnext),
    "densenet121": Network("densenet121", _densenet),
    "effnetv2_modified": Network("tf_efficientnetv2_s", _efficientnet, ("stem", "stage1"), 0.5),
    "mobilenetv3_large_100": Network("mobilenetv3_large_100", _mobilenet, make=_small_mobilenet),
    "resnet50": Network("resnet50", _resnet(64)),
    "resnetrs50": Network("resnetrs50", _resnet(32)),
    "tf_efficientnetv2_s": Network("tf_efficientnetv2_s", _efficientnet, ()),
    "vgg16": Network("vgg16", _vgg16, make=_SmallVgg),
}


def build(name: str, options: dict[str, Any], *, seed: int) -> torch.nn.Module:
    """A network of the table for images (n, in_chans, height, width), logits (n, num_classes).

    Parameters
    ----------
    name : one of `NETWORKS`
    options : some of `DEFAULTS`, and for the EfficientNets `unit_strides`, a list of places whose
        stride becomes one: `stem`, `stage0`, `stage1`, ... (timm's blocks, counted from 0)
    seed : of the random weights

    ImageNet weights are adapted to the number of channels as timm does it: the three channels of
    the first convolution are repeated and scaled by 3 / in_chans. The last layer is always drawn.

    Raises
    ------
    ConfigError : an unknown option or place, weights for a reduced network, or weights of another
        network
    """
    network = NETWORKS[name]
    settings = _settings(name, network, options)
    arguments, notes = _arguments(name, network, settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _created(name, network, settings, arguments)
        if settings["num_classes"] == 1:
            _small_head(model, seed)
    for place in settings.get("unit_strides", ()):
        _unit_stride(model, place, name)
    if notes:
        parameters = sum(parameter.numel() for parameter in model.parameters())
        notes = [f"{notes[0]}, {parameters} parameters"]
    start = settings["pretrained"]
    model.laicflow_notes = (*notes, "from scratch" if start == "none" else start["said"])
    return model


def _settings(name: str, network: Network, options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults."""
    settings = {**DEFAULTS, "drop_rate": network.drop_rate}
    if network.unit_strides is not None:
        settings["unit_strides"] = list(network.unit_strides)
    unknown = sorted(set(options) - set(settings))
    if unknown:
        raise ConfigError(
            f"model {name}: no option {', '.join(unknown)}; it has {', '.join(sorted(settings))}"
        )
    settings.update(options)
    for key in ("width", "depth"):
        if not 0 < settings[key] <= 1:
            raise ConfigError(f"model {name}: {key} must lie in (0, 1], found {settings[key]}")
    start = settings["pretrained"]
    if start != "none" and not isinstance(start, dict):
        raise ConfigError(
            f"model {name}: pretrained {start!r} is no file yet; laicflow.models.weights finds it"
        )
    return settings


def _arguments(
    name: str, network: Network, settings: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The keyword arguments for timm, and a note where the network is a reduced one."""
    keys = ("in_chans", "num_classes", "drop_rate", "drop_path_rate")
    arguments = {key: settings[key] for key in keys}
    if network.architecture in ("densenet121", "vgg16"):
        # These two have no residual branches; timm refuses the argument.
        if arguments.pop("drop_path_rate"):
            raise ConfigError(f"model {name}: no residual branches, drop_path_rate must be 0")
    width, depth = settings["width"], settings["depth"]
    if width == depth == 1:
        return arguments, []
    if settings["pretrained"] != "none":
        raise ConfigError(
            f"model {name}: a reduced network (width {width:g}, depth {depth:g}) has no published "
            "weights, pretrained must be none"
        )
    note = f"reduced network, not the published one: width {width:g}, depth {depth:g}"
    return arguments | network.reduced(width, depth), [f"{note} of {network.architecture}"]


def _created(
    name: str, network: Network, settings: dict[str, Any], arguments: dict[str, Any]
) -> torch.nn.Module:
    """The network of timm, random or with the weights of a file."""
    start = settings["pretrained"]
    if network.make is not None and settings["width"] * settings["depth"] < 1:
        return network.make(**arguments)
    if start == "none" or not start["file"]:
        return timm.create_model(network.architecture, pretrained=False, **arguments)
    # With its published classes timm holds the file to every name of the network; with another
    # number of them it would take any file and leave random what it does not hold.
    classes = timm.get_pretrained_cfg(network.architecture).num_classes
    try:
        model = timm.create_model(
            network.architecture,
            pretrained=True,
            pretrained_cfg_overlay={"file": start["file"]},
            **arguments | {"num_classes": classes},
        )
    except (RuntimeError, KeyError) as error:
        said = " ".join(str(error).split())[:300]
        raise ConfigError(
            f"model {name}: {start['file']} does not hold the weights of {network.architecture} "
            f"({said})"
        ) from None
    if settings["num_classes"] != classes:
        model.reset_classifier(settings["num_classes"])
    return model


def _small_head(model: torch.nn.Module, seed: int) -> None:
    """Draw the last layer from +-1 / sqrt(inputs), torch's rule for a linear layer.

    timm draws that of an EfficientNet from +-1 / sqrt(outputs), which is +-0.03 for the thousand
    classes of ImageNet but +-1 for a single logit: first losses are then twice ln 2 and more.
    """
    torch.manual_seed(seed)
    model.get_classifier().reset_parameters()


def _unit_stride(model: torch.nn.Module, place: str, name: str) -> None:
    """Set the stride of one place of an EfficientNet to one."""
    places = {"stem": model.conv_stem}
    places |= {f"stage{index}": stage[0] for index, stage in enumerate(model.blocks)}
    if place not in places:
        raise ConfigError(f"model {name}: no place {place!r}, it has {', '.join(places)}")
    found = [
        module
        for module in places[place].modules()
        if isinstance(module, torch.nn.Conv2d) and module.stride == (2, 2)
    ]
    if not found:
        raise ConfigError(f"model {name}: the stride of {place} is one already")
    for module in found:
        module.stride = (1, 1)
