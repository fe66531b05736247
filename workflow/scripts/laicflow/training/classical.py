"""Models that are fitted in one go, such as forests, in the place of a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.training.data import VALUES, Arrays, Scaler, TrainingError, finite
from laicflow.training.fit import settings_of, shared
from laicflow.training.follower import HISTORY

# Most threads of a fit. Those of boosting wait for each other by spinning: where the cores are
# taken by other jobs, two of them last ten times as long as one.
THREADS = 2

# How far the shares of the classes may be from 1 in sum, by rounding.
ROUNDING = 1e-6


@dataclass
class FittedModel:
    """A fitted model, with what a `fit.Fitted` tells too.

    Attributes
    ----------
    model : fitted
    scaler : standardisation fitted on the training samples, with their names
    classes : number of classes
    notes : what a reader must know
    left_out : names of the training samples that `share` left out
    history : no rows, there are no epochs
    state_dict : empty, a model has no tensors
    """

    model: Any
    scaler: Scaler
    classes: int
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    history: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=HISTORY))
    state_dict: dict[str, Any] = field(default_factory=dict)


def is_classical(made: object) -> bool:
    """Whether what the registry built is fitted in one go."""
    return bool(getattr(made, "laicflow_classical", False))


def fit_model(model: Any, train: Arrays, options: dict[str, Any], *, seed: int) -> FittedModel:
    """Fit a model on the training samples alone.

    Parameters
    ----------
    model : with `fit(x, y, threads=...)`, `predict_proba(x)` and `laicflow_notes`
    train : training samples
    options : of a fit (`fit.DEFAULTS`), of which `share`, `standardise` and `threads` have a say
    seed : of the share that is drawn

    Raises
    ------
    ConfigError : as `fit.settings_of`
    TrainingError : fewer than two training samples
    """
    settings = settings_of(options, classes=train.classes)
    train, left_out, notes = shared(train, settings["share"], seed)
    if len(train) < 2:
        raise TrainingError(f"{len(train)} training samples, two are the least")
    scaler = Scaler.of(train, settings["standardise"])
    threads = max(1, min(settings["threads"] or 1, THREADS))
    model.fit(scaler(train.x), train.y.astype(np.int64), threads=threads)
    told = (*getattr(model, "laicflow_notes", ()), *notes)
    return FittedModel(model, scaler, train.classes, told, left_out)


def predict_model(fitted: FittedModel, x: np.ndarray) -> np.ndarray:
    """Probability of class 1 for images (n, c, h, w), as (n,) float64; of K > 2 classes (n, K).

    Raises
    ------
    TrainingError : an image that is not finite
    LaicflowError : probabilities of another shape, or that are none
    """
    if not finite(x).all():
        raise TrainingError(f"{int((~finite(x)).sum())} of {len(x)} images are not finite")
    expected = (len(x), fitted.classes)
    if not len(x):
        p = np.empty(expected)
    else:
        p = np.asarray(fitted.model.predict_proba(fitted.scaler(x)), dtype=np.float64)
    if p.shape != expected:
        raise LaicflowError(f"the model gives probabilities {p.shape}, expected {expected}")
    if not ((p >= 0).all() and (np.abs(p.sum(axis=1) - 1) <= ROUNDING).all()):
        raise LaicflowError("the model gives shares of the classes that are no probabilities")
    return p if fitted.classes > 2 else p[:, 1]


def fit_values(model: Any, train: Arrays, options: dict[str, Any], *, seed: int) -> FittedModel:
    """Fit a forecaster (`fit(x, y, threads=...)`, `predict(x)`) on windows and values (n, output).

    Parameters and errors are those of `fit_model`.
    """
    settings = settings_of(options, classes=VALUES)
    train, left_out, notes = shared(train, settings["share"], seed)
    if len(train) < 2:
        raise TrainingError(f"{len(train)} training samples, two are the least")
    scaler = Scaler.of(train, settings["standardise"])
    threads = max(1, min(settings["threads"] or 1, THREADS))
    model.fit(scaler(train.x), train.y, threads=threads)
    told = (*getattr(model, "laicflow_notes", ()), *notes)
    return FittedModel(model, scaler, VALUES, told, left_out)


def predict_values(fitted: FittedModel, x: np.ndarray) -> np.ndarray:
    """Values (n, output) of windows (n, c, h, w), float64.

    Raises
    ------
    TrainingError : a window or a value that is not finite
    """
    if not finite(x).all():
        raise TrainingError(f"{int((~finite(x)).sum())} of {len(x)} images are not finite")
    if not len(x):
        return np.empty((0, 1))
    values = fitted.model.predict(fitted.scaler(x))
    if not np.isfinite(values).all():
        raise TrainingError("the model gives values that are not finite")
    return values
