"""Image networks of timm with six input channels and one logit.

Pham et al. (2023), section III: EfficientNetV2 with "strides" of one in the stem and in the first
block, beside ResNet50 and five others. In EfficientNetV2-S the first block has stride 1 already,
so the second change is read as the first stage that halves the image (`stage1`, counted from 0).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laicflow.errors import ConfigError
from laicflow.models import torchvision_ops

torchvision_ops.prepare()

import timm  # noqa: E402  (torchvision has to be made importable first)
import torch  # noqa: E402

# Options of every network; a network of the table below may have defaults of its own.
DEFAULTS: dict[str, Any] = {
    "pretrained": "none",  # none | hub | folder:<path>
    "drop_rate": 0.0,  # dropout before the last layer
    "drop_path_rate": 0.0,  # share of residual branches left out in training
    "width": 1.0,  # share of the published number of channels
    "depth": 1.0,  # share of the published number of blocks
    "in_chans": 6,
    "num_classes": 1,
}

# Files of weights that a folder may hold for an architecture, in the order of preference.
WEIGHT_FILES = ("{}.safetensors", "{}/model.safetensors", "{}.pth", "{}/pytorch_model.bin")


@dataclass(frozen=True)
class Network:
    """One line of the table of networks.

    Attributes
    ----------
    architecture : timm's name
    reduced : timm's arguments for a share of width and of depth; None where timm has none
    unit_strides : places whose stride is set to one; None where the network has no such places
    drop_rate : default of the option
    """

    architecture: str
    reduced: Callable[[float, float], dict[str, Any]] | None
    unit_strides: tuple[str, ...] | None = None
    drop_rate: float = 0.0


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


NETWORKS = {
    "convnext_tiny": Network("convnext_tiny", _convnext),
    "densenet121": Network("densenet121", _densenet),
    "effnetv2_modified": Network("tf_efficientnetv2_s", _efficientnet, ("stem", "stage1"), 0.5),
    "mobilenetv3_large_100": Network("mobilenetv3_large_100", None),
    "resnet50": Network("resnet50", _resnet(64)),
    "resnetrs50": Network("resnetrs50", _resnet(32)),
    "tf_efficientnetv2_s": Network("tf_efficientnetv2_s", _efficientnet, ()),
    "vgg16": Network("vgg16", None),
}

# Architectures whose weights could not be had in this process, with the reason: asked once only.
_unreachable: dict[str, str] = {}


def build(name: str, options: dict[str, Any], *, seed: int) -> torch.nn.Module:
    """A network of the table for images (n, in_chans, height, width), logits (n, num_classes).

    Parameters
    ----------
    name : one of `NETWORKS`
    options : some of `DEFAULTS`, and for the EfficientNets `unit_strides`, a list of places whose
        stride becomes one: `stem`, `stage0`, `stage1`, ... (timm's blocks, counted from 0)
    seed : of the random weights

    ImageNet weights are adapted to the number of channels as timm does it: the three channels of
    the first convolution are repeated and scaled by 3 / in_chans. With `hub` a failure to reach
    the hub gives random weights, the same as `none`, and a note; with `folder:` it is an error.

    Raises
    ------
    ConfigError : an unknown option or place, a reduction that does not exist, or no weights in
        the folder
    """
    network = NETWORKS[name]
    settings = _settings(name, network, options)
    arguments, notes = _arguments(name, network, settings)
    with torch.random.fork_rng(devices=[]):
        model, source = _created(network.architecture, settings, arguments, seed)
        if settings["num_classes"] == 1:
            _small_head(model, seed)
    for place in settings.get("unit_strides", ()):
        _unit_stride(model, place, name)
    if notes:
        parameters = sum(parameter.numel() for parameter in model.parameters())
        notes = [f"{notes[0]}, {parameters} parameters"]
    model.laicflow_notes = (*notes, source)
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
    if network.reduced is None:
        raise ConfigError(f"model {name}: no reduced form, width and depth must be 1")
    if settings["pretrained"] != "none":
        raise ConfigError(
            f"model {name}: a reduced network (width {width:g}, depth {depth:g}) has no published "
            "weights, pretrained must be none"
        )
    note = f"reduced network, not the published one: width {width:g}, depth {depth:g}"
    return arguments | network.reduced(width, depth), [f"{note} of {network.architecture}"]


def _created(
    architecture: str, settings: dict[str, Any], arguments: dict[str, Any], seed: int
) -> tuple[torch.nn.Module, str]:
    """The network of timm and a sentence on its weights."""
    source = settings["pretrained"]
    if source.startswith("folder:"):
        file = _weights_file(Path(source.removeprefix("folder:")), architecture)
        torch.manual_seed(seed)
        overlay = {"file": str(file)}
        model = timm.create_model(
            architecture, pretrained=True, pretrained_cfg_overlay=overlay, **arguments
        )
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return model, f"weights from the file {file.name}, sha256 {digest}"
    if source not in ("none", "hub"):
        raise ConfigError(f"pretrained must be none, hub or folder:<path>, found {source!r}")
    if source == "hub" and architecture not in _unreachable:
        torch.manual_seed(seed)
        try:
            model = timm.create_model(architecture, pretrained=True, **arguments)
            return model, f"weights {_tag(model)} from the hub"
        except Exception as error:  # whatever the hub's client raises means the same here
            _unreachable[architecture] = type(error).__name__
    torch.manual_seed(seed)
    model = timm.create_model(architecture, pretrained=False, **arguments)
    if source == "hub":
        return model, (
            f"from scratch: no weights of {architecture} could be had from the hub "
            f"({_unreachable[architecture]})"
        )
    return model, "from scratch"


def _small_head(model: torch.nn.Module, seed: int) -> None:
    """Draw the last layer from +-1 / sqrt(inputs), torch's rule for a linear layer.

    timm draws that of an EfficientNet from +-1 / sqrt(outputs), which is +-0.03 for the thousand
    classes of ImageNet but +-1 for a single logit: first losses are then twice ln 2 and more.
    """
    torch.manual_seed(seed)
    model.get_classifier().reset_parameters()


def _tag(model: torch.nn.Module) -> str:
    """Architecture and tag of published weights, e.g. resnet50.a1_in1k."""
    return f"{model.pretrained_cfg['architecture']}.{model.pretrained_cfg['tag']}"


def _weights_file(folder: Path, architecture: str) -> Path:
    """The file of weights that a folder holds for an architecture."""
    names = [pattern.format(architecture) for pattern in WEIGHT_FILES]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ConfigError(f"no weights in {folder}: looked for {', '.join(names)}")


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
