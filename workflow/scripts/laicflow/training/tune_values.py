"""What a trial of tuning learns from and is judged by where values are forecast: the RMSE.

All models try their options on the same windows: whole runs of them, spread evenly over the
training, so that no season is left out; what is chosen is then fitted on all.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from laicflow.training import fit as fitting
from laicflow.training.classical import fit_values, is_classical, predict_values
from laicflow.training.data import VALUES, Arrays
from laicflow.training.forecast import Windows, arrays_of, joined, scaled, target_scaler, windows_of

# Windows of a run that are taken or left together: a week of hourly ones.
RUN = 168


def table_of(windows: Windows, samples: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The first draw and fold with window and station of each sample, without what was purged."""
    own = splits
    for key in ("draw", "fold"):
        own = own[own[key] == own[key].min()]
    table = joined(samples, own, windows.sites)
    return table[table["split"] != "purged"]


def why_not(table: pd.DataFrame, settings: dict[str, Any]) -> str:
    """Why nothing can be tuned with these samples, "" where it can."""
    for split in ("train", settings["on"]):
        if not (table["split"] == split).any():
            return f"undecidable: 0 {split} samples"
    return ""


def sets_of(windows: Windows, table: pd.DataFrame, settings: dict[str, Any]) -> dict[str, Arrays]:
    """Windows and values of each part that is learned from, or that something is chosen by."""
    training = {**fitting.DEFAULTS, **settings["training"]}
    wanted = {"train", settings["on"]}
    if training["select"] == "best_validation" or training["patience"] is not None:
        wanted.add("validation")
    found = {}
    for split in sorted(wanted):
        names = spread(windows_of(table, split), settings["rows"])
        found[split] = arrays_of(windows, names)[0]
    return found


def spread(names: list[str], most: int | None) -> list[str]:
    """At most so many windows, in whole runs that lie evenly over all of them."""
    if most is None or len(names) <= most:
        return names
    runs = math.ceil(len(names) / RUN)
    kept = max(1, most // RUN)
    chosen = np.unique(np.floor(np.arange(kept) * runs / kept).astype(int))
    return [name for k in chosen for name in names[k * RUN : (k + 1) * RUN]][:most]


def minus_rmse(
    made: Any,
    sets: dict[str, Arrays],
    on: str,
    training: dict[str, Any],
    *,
    seed: int,
    follow: dict[str, Any],
) -> float:
    """Less the RMSE of a model that was trained with these options, in the unit of the values.

    Parameters
    ----------
    made : a model that has learned nothing
    on : part of the split that judges
    follow : further arguments of `fit.fit` (text, scratch, made)
    """
    scaler = target_scaler(sets["train"], training.get("standardise", "channel"))
    train, judged = scaled(sets["train"], scaler), sets[on]
    if is_classical(made):
        told = predict_values(fit_values(made, train, training, seed=seed), judged.x)
    else:
        whole = {**fitting.DEFAULTS, **training}
        chooses = whole["select"] == "best_validation" or whole["patience"] is not None
        other = scaled(sets["validation"], scaler) if chooses else None
        fitted = fitting.fit(lambda: made, train, other, training, seed=seed, **follow)
        told = fitting.predict(fitted, judged.x)
    told = told * scaler.deviation.ravel() + scaler.mean.ravel()
    return -float(np.sqrt(np.mean((told - judged.y) ** 2)))


def of_values(settings: dict[str, Any]) -> bool:
    """Whether a tuning is of a model that forecasts values."""
    return settings["model_options"].get("classes") == VALUES
