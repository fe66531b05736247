"""The models by name. Importing this module imports no model and no torch."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from laicflow.errors import ConfigError

# Name in the configuration to `module:callable`, imported on use. The callable takes
# (name, options, *, seed) and gives a network of one logit a class, of one logit or of values, or a
# classical model (`laicflow_classical`), which has `fit` and `predict_proba` or, of values,
# `predict`.
MODELS = {
    "cnn_sequence": "laicflow.models.sequences:build",
    "convnext_tiny": "laicflow.models.backbones:build",
    "dense_forecaster": "laicflow.models.forecasters:build",
    "densenet121": "laicflow.models.backbones:build",
    "dnn_sequence": "laicflow.models.sequences:build",
    "ed_lstme": "laicflow.models.forecasters:build",
    "effnetv2_modified": "laicflow.models.backbones:build",
    "forest_forecaster": "laicflow.models.regressors:build",
    "gbm": "laicflow.models.classical:build",
    "gbm_forecaster": "laicflow.models.regressors:build",
    "lstm_sequence": "laicflow.models.sequences:build",
    "mobilenetv3_large_100": "laicflow.models.backbones:build",
    "random_forest": "laicflow.models.classical:build",
    "resnet50": "laicflow.models.backbones:build",
    "resnetrs50": "laicflow.models.backbones:build",
    "seqnetquake": "laicflow.models.sequences:build",
    "svm_forecaster": "laicflow.models.regressors:build",
    "tf_efficientnetv2_s": "laicflow.models.backbones:build",
    "tree_forecaster": "laicflow.models.regressors:build",
    "vgg16": "laicflow.models.backbones:build",
    "vgg_magnetic": "laicflow.models.magnetic:build",
}

# Published weights of the networks of timm, by its tag; a network that is not here has none. They
# are of ImageNet-1k alone, as in the paper, and not of the larger sets (in21k, in12k) that timm
# prefers for some. Else networks would differ in what they have seen before, and not in their
# architecture alone. It is timm's first choice where that is of ImageNet-1k.
TAGS = {
    "convnext_tiny": "fb_in1k",
    "densenet121": "ra_in1k",
    "effnetv2_modified": "in1k",
    "mobilenetv3_large_100": "ra_in1k",
    "resnet50": "a1_in1k",
    "resnetrs50": "tf_in1k",
    "tf_efficientnetv2_s": "in1k",
    "vgg16": "tv_in1k",
}


def names() -> list[str]:
    """The names that `build` knows, sorted."""
    return sorted(MODELS)


def build(name: str, options: dict[str, Any], *, seed: int) -> Any:
    """A model that has learned nothing yet.

    It is a network (`torch.nn.Module`) with its first weights, on the CPU, or a classical model
    (`laicflow.models.classical.Classical`, of values `laicflow.models.regressors.Regressor`).

    Parameters
    ----------
    name : one of `names()`
    options : what the network's module lets be set
    seed : of the random weights; the state of torch's generator is left as it was

    The model carries `laicflow_notes`, a tuple of plain sentences on what it is: reduced, from
    scratch, with which weights.

    Raises
    ------
    ConfigError : an unknown name, or an option that the model does not have
    """
    if name not in MODELS:
        raise ConfigError(f"model {name!r} is none of {', '.join(names())}")
    return imported(MODELS[name])(name, options, seed=seed)


def module_of(name: str) -> str:
    """The module that builds the model `name`, for the digest of the code.

    Raises
    ------
    ConfigError : an unknown name
    """
    if name not in MODELS:
        raise ConfigError(f"model {name!r} is none of {', '.join(names())}")
    return MODELS[name].partition(":")[0]


def local_state(origins: list[str]) -> list[list[str]]:
    """What a plan must know of weights in folders: name, size and time of each file there."""
    found = []
    for origin in origins:
        folder = Path(origin.removeprefix("folder:"))
        if origin.startswith("folder:") and folder.is_dir():
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    told = path.stat()
                    found.append([str(path), str(told.st_size), str(told.st_mtime_ns)])
    return found


def imported(path: str) -> Callable[..., Any]:
    """What `module:callable` names."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
