"""Forecasts of a variant on the pairs that all of its forecasters have told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.evaluation.forecast_scores import Common
from laicflow.evaluation.forecast_table import compared
from laicflow.studies.edlstme.forecasters import label_of, ordered
from laicflow.studies.results import Results


def pairs_of(results: Results, variant: str) -> Common | None:
    """The pairs of sample and lead of the test; None without any."""
    predictions = results.predictions[variant]
    if predictions.empty:
        return None
    found, _ = compared(predictions, results.samples[variant])
    return found if found is not None and len(found.target) else None


def drawn_variant(results: Results) -> str:
    """The variant that a picture of one alone shows: the last that has forecasts.

    Raises
    ------
    LaicflowError : none has
    """
    for variant in reversed(list(results.variants)):
        if pairs_of(results, variant) is not None:
            return variant
    raise LaicflowError(f"{results.study}: no variant has forecasts of its test")


def by_forecaster(results: Results, found: Common) -> dict[str, np.ndarray]:
    """Mean over seeds of the forecasts of each experiment, in the order of tables."""
    names = ordered(name for name, _ in found.outputs)
    return {
        name: np.mean([made for (one, _), made in found.outputs.items() if one == name], axis=0)
        for name in names
    }


def labelled(results: Results, outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same by label."""
    return {label_of(results.settings, name): made for name, made in outputs.items()}


def targets_at(found: Common) -> pd.DatetimeIndex:
    """The instants that are told."""
    ahead = pd.to_timedelta((found.pairs["lead"] * 3600).round(), unit="s")
    return pd.DatetimeIndex(found.pairs["issue_time"] + ahead)
