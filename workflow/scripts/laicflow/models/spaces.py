"""What tuning may choose from: the search spaces of the sequence study's models.

Of SeqNetQuake, CNN and LSTM these are the choices of the authors' published code (Xiong et al.
2021, Supplementary Table S2), and so are those of the random forest. All layers of a DNN have one
number of units and one dropout, where the authors draw one a layer; its two optimizers share the
interval of learning rates that theirs have for Adam, and SGD has no momentum. Gradient boosting by
histograms has other options than the authors' `GradientBoostingClassifier`; its space is ours, of
the same width.

A list is chosen from as it stands, without an order; a mapping is an interval: `low` and `high`,
both included, with `step`, or on a logarithmic scale with `log: true`. It is of whole numbers where
all of its numbers are.

Importing this module imports no network and no torch.
"""

from __future__ import annotations

from typing import Any

from laicflow.errors import ConfigError


class UnfitError(ConfigError):
    """Options of a model that can be had alone, but not together: a trial of tuning is pruned."""


# As many trials as the paper made for each model, and its objective: Bayesian tuning of F1, which
# the authors' code takes as micro F1, on the test arrays.
PAPER: dict[str, Any] = {"trials": 100, "objective": "f1_micro", "on": "test"}

_ACTIVATIONS = ["relu", "tanh", "sigmoid"]
_UNITS = [64, 128, 256, 512]
_DROPOUTS = [0.25, 0.5, 0.75]

# Standardising and the row-wise normaliser, each on or off.
_INPUT: dict[str, Any] = {"standardise": ["none", "feature"], "normalise": [False, True]}
_TRAINING: dict[str, Any] = {
    "batch_size": [10, 20, 40, 60, 80, 100],
    "epochs": [10, 50, 100],
    **_INPUT,
}
_CONVOLUTIONS: dict[str, Any] = {
    "conv_layers": [2, 3, 4],
    "filters": [2, 3, 4],
    "kernel": [2, 3],
    "conv_activation": _ACTIVATIONS,
}
# The last of the dense layers is that of the softmax.
_DENSE: dict[str, Any] = {
    "dropout": _DROPOUTS,
    "dense_layers": [2, 3, 4, 5, 6],
    "dense_units": _UNITS,
    "activation": _ACTIVATIONS,
}

SPACES: dict[str, dict[str, Any]] = {
    "seqnetquake": {
        **_CONVOLUTIONS,
        "lstm_layers": [1, 2, 3, 4, 5],
        "lstm_units": _UNITS,
        **_DENSE,
        **_TRAINING,
    },
    "cnn_sequence": {**_CONVOLUTIONS, **_DENSE, **_TRAINING},
    "lstm_sequence": {
        "lstm_layers": [1, 2, 3, 4, 5, 6],
        "lstm_units": _UNITS,
        **_DENSE,
        **_TRAINING,
    },
    "dnn_sequence": {
        **_DENSE,
        "dense_layers": [3, 4, 5, 6, 7],
        "optimizer": ["adam", "sgd"],
        "learning_rate": {"low": 4.54e-5, "high": 1.0, "log": True},
        **_TRAINING,
    },
    "gbm": {
        "learning_rate": {"low": 0.01, "high": 0.2},
        "trees": [10, 100, 1000],
        "depth": {"low": 2, "high": 10},
        "min_leaf": {"low": 5, "high": 200, "log": True},
        "feature_share": [0.15, 0.5, 1.0],
        "l2": {"low": 1e-6, "high": 10.0, "log": True},
        **_INPUT,
    },
    "random_forest": {
        "trees": {"low": 2, "high": 298, "step": 2},
        "depth": {"low": 1, "high": 27},
        "features_tried": {"low": 1, "high": 9},
        "min_split": {"low": 2, "high": 149},
        "min_leaf": {"low": 1, "high": 59},
        "leaves": {"low": 2, "high": 59},
        # A leaf holds a tenth of the samples at least: no tree of the authors has more than ten.
        "min_leaf_share": [0.1, 0.2, 0.3, 0.4],
        "criterion": ["gini", "entropy"],
        "bootstrap": [True, False],
        **_INPUT,
    },
}

# Of forecasters: units, epochs and batches as the paper of ED-LSTME has them (Xiong et al. 2022),
# which says no more of how its models were tuned; the rest is ours, of like width for all.
_FIT: dict[str, Any] = {
    "learning_rate": {"low": 3e-4, "high": 5e-3, "log": True},
    "epochs": [50, 100],
    "batch_size": [32, 64, 128],
}
SPACES |= {
    "ed_lstme": {
        "units": [100, 200, 300, 400],
        "encoder_layers": [1, 2],
        "decoder_layers": [1, 2],
        "dropout": [0.0, 0.2],
        **_FIT,
    },
    "dense_forecaster": {
        "units": [100, 200, 300, 400],
        "layers": [1, 2, 3, 4],
        "dropout": [0.0, 0.2],
        **_FIT,
    },
    "forest_forecaster": {
        "trees": [50, 100, 200],
        "depth": {"low": 5, "high": 30},
        "min_leaf": {"low": 1, "high": 50, "log": True},
        "features_tried": [0.1, 0.3, 1.0],
    },
    "svm_forecaster": {
        "c": {"low": 0.1, "high": 100.0, "log": True},
        "epsilon": {"low": 1e-3, "high": 0.1, "log": True},
        "gamma": {"low": 1e-4, "high": 0.1, "log": True},
    },
    "tree_forecaster": {
        "depth": {"low": 3, "high": 30},
        "min_leaf": {"low": 1, "high": 200, "log": True},
    },
    "gbm_forecaster": {
        "trees": [60, 100, 200],
        "learning_rate": {"low": 0.03, "high": 0.3, "log": True},
        "leaves": [15, 31, 63],
        "min_leaf": {"low": 5, "high": 100, "log": True},
        "l2": {"low": 1e-6, "high": 10.0, "log": True},
    },
}


def outside(model: str, options: dict[str, Any]) -> list[str]:
    """The options of a model that lie outside its published space, each with its value."""
    space = SPACES.get(model, {})
    return [
        f"{name} {value}"
        for name, value in options.items()
        if isinstance(space.get(name), list) and value not in space[name]
    ]
