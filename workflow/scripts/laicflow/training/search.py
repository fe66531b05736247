"""What a tuning tries, and in what it is not that of the paper."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from laicflow.errors import ConfigError
from laicflow.evaluation import classes as scores
from laicflow.models import registry
from laicflow.models.spaces import PAPER, SPACES
from laicflow.training import fit as fitting
from laicflow.training.data import VALUES

# Options of a tuning and their defaults.
DEFAULTS: dict[str, Any] = {
    "model_options": {},  # of the model, below those that are searched
    "training": {},  # of the fit, below those that are searched
    "trials": PAPER["trials"],
    "objective": PAPER["objective"],  # f1_micro (accuracy) | f1_macro | f1_weighted
    "on": "validation",  # validation | test
    "startup": 20,  # trials at random before the estimator: the default of Hyperopt
    "rows": None,  # most windows of a part of the split that a trial takes, of forecasts of values
    "search": {},  # name: list, interval, or null for what is not searched; over `SPACES`
}

OBJECTIVES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "f1_macro": scores.f1_macro,
    "f1_micro": scores.accuracy,
    "f1_weighted": scores.f1_weighted,
}

# Of values that are forecast: less the RMSE, and fewer trials at random, as there are fewer trials.
OF_VALUES = "rmse"
STARTUP_OF_VALUES = 8

# What a classical model takes of the options of a fit; every other name is the model's own.
OF_CLASSICAL = ("standardise", "share")


def settings_of(model: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a tuning with their defaults.

    Raises
    ------
    ConfigError : an unknown option or choice, a number that cannot be
    """
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise ConfigError(f"tuning: no option {', '.join(unknown)}")
    if model not in registry.names():
        raise ConfigError(f"model {model!r} is none of {', '.join(registry.names())}")
    settings = {**DEFAULTS, **options}
    values = classes_of(settings) == VALUES
    if values:
        settings = {**DEFAULTS, "startup": STARTUP_OF_VALUES, **options}
    objectives = [OF_VALUES] if values else sorted(OBJECTIVES)
    for key, choices in (("objective", objectives), ("on", ("validation", "test"))):
        if settings[key] not in choices:
            raise ConfigError(f"tuning: {key} {settings[key]!r} is none of {', '.join(choices)}")
    for key in ("trials", "startup"):
        number = settings[key]
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ConfigError(f"tuning: {key} must be a whole number from 1, found {number!r}")
    fitting.settings_of(settings["training"], classes=classes_of(settings))
    return settings


def distribution(name: str, wanted: object) -> BaseDistribution:
    """What Optuna draws from for one option.

    Parameters
    ----------
    name : of the option
    wanted : a list to choose from, or a mapping with `low`, `high` and `step` or `log: true`

    Raises
    ------
    ConfigError : neither, or numbers that cannot be
    """
    try:
        if isinstance(wanted, list | tuple):
            return CategoricalDistribution(tuple(wanted))
        own = dict(wanted)  # type: ignore[call-overload]
        low, high = own.pop("low"), own.pop("high")
        whole = all(isinstance(n, int) for n in (low, high, own.get("step", 1)))
        if whole:
            return IntDistribution(low, high, **own)
        return FloatDistribution(low, high, **own)
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigError(f"tuning: search: {name}: {wanted!r} is no choice: {error}") from error


def differs(model: str, settings: dict[str, Any]) -> list[str]:
    """In what a tuning is not that of the paper, a sentence each; empty where it is."""
    found = []
    if classes_of(settings) == VALUES:
        return ["the paper does not say how and in what it tuned its models"]
    if settings["trials"] != PAPER["trials"]:
        found.append(f"{settings['trials']} trials, the paper has {PAPER['trials']}")
    for key, word in (("objective", "tuned for"), ("on", "tuned on")):
        if settings[key] != PAPER[key]:
            found.append(f"{word} {settings[key]}, the paper {word} {PAPER[key]}")
    published, searched = SPACES.get(model, {}), searched_of(model, settings)
    for name in sorted(set(published) | set(searched)):
        own, theirs = searched.get(name), published.get(name)
        if own != theirs:
            said = "is not searched" if own is None else f"is searched in {json.dumps(own)}"
            rest = "nowhere" if theirs is None else f"in {json.dumps(theirs)}"
            found.append(f"{name} {said}, in the published space {rest}")
    return found


def searched_of(model: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The search space: the published one, with what the options say of it laid over it."""
    whole = {**SPACES.get(model, {}), **settings["search"]}
    searched = {name: wanted for name, wanted in whole.items() if wanted is not None}
    if not searched:
        raise ConfigError(f"tuning: nothing to search for {model}")
    return searched


def classes_of(settings: dict[str, Any]) -> int:
    """The number of classes; 0 where values are forecast."""
    found = settings["model_options"].get("classes")
    return 2 if found is None else found


def parted(
    params: dict[str, Any], *, classical: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of the model and options of its training."""
    names = OF_CLASSICAL if classical else tuple(fitting.DEFAULTS)
    own = {name: value for name, value in params.items() if name not in names}
    return own, {name: value for name, value in params.items() if name in names}
