"""One experiment that forecasts values: a network or model for every draw and fold of the splits.

A window shows the past of all stations, and what is learned is what followed at all of them. A
sample is one station's part of a window, so samples of one window lie in one part of the split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import LaicflowError
from laicflow.models import registry
from laicflow.progress import track
from laicflow.samples.splits import why_none
from laicflow.schema import conform, empty
from laicflow.training.classical import fit_values, is_classical, predict_values
from laicflow.training.data import VALUES, Arrays, Scaler, TrainingError, finite
from laicflow.training.finished import Fold, Store
from laicflow.training.fit import fit, predict
from laicflow.training.module import torch

# The splits that are predicted, in the order of their rows.
PREDICTED = ("validation", "test")
HEADLINE_DRAW = 0
LEARNED = (("standardisation", "train"), ("weights", "train"), ("epoch", "validation"))


class Windows(Protocol):
    """What a study gives of its windows.

    Attributes
    ----------
    sites : names of the stations, in the order of the values
    leads : hours from the last epoch of a window to each value
    """

    sites: Sequence[str]
    leads: Sequence[float]

    def __call__(self, names: list[str]) -> np.ndarray:
        """What windows show, (n, 1, step, feature) float32."""

    def values(self, names: list[str]) -> np.ndarray:
        """What followed them, (n, lead, site) in the study's unit; NaN where it is not known."""


@dataclass(frozen=True)
class Job:
    """What all folds share: options, experiment and seed, names of numbers, where they lie."""

    chosen: dict[str, Any]
    who: dict[str, Any]
    names: tuple[str | int, ...]
    store: Store


@dataclass
class Forecast:
    """Tables `predictions`, `history` and `notes`, kept weights, and what was fitted on what."""

    predictions: pd.DataFrame
    history: pd.DataFrame
    notes: pd.DataFrame
    weights: dict[str, torch.Tensor]
    seen: pd.DataFrame


def run_forecast(
    windows: Windows,
    samples: pd.DataFrame,
    splits: pd.DataFrame,
    experiment: str,
    chosen: dict[str, Any],
    *,
    seed: int,
    names: tuple[str | int, ...],
    scratch: Path | None = None,
) -> Forecast:
    """Train a network or a classical model for every draw and fold; forecast validation and test.

    Parameters
    ----------
    windows : of the study
    samples : table `samples`, of which sample_id, window_id and site are used
    splits : table `splits`
    experiment : its name
    chosen : whole options of an experiment (`experiment.DEFAULTS`)
    seed, names, scratch : as `experiment.run_experiment`

    Windows whose values are not all known are not learned from and judge no epoch, and a note
    counts them; they are forecast. Windows that lack something in what they show are neither
    learned from nor forecast (output NaN). Outputs are in the unit of the values; `lead` in hours.

    Raises
    ------
    LaicflowError : a sample that is not there or of an unknown station, a window in two parts of a
        split
    """
    who = {"experiment": experiment, "seed": seed}
    if splits.empty:
        notes = conform(pd.DataFrame([{**who, "why": why_none(splits)}]), "notes")
        return Forecast(empty("predictions"), empty("history"), notes, {}, _seen([]))
    table = joined(samples, splits, windows.sites)
    job = Job(chosen, who, names, Store(scratch, experiment, seed))
    parts, notes = [], []
    folds = list(table.groupby(["draw", "fold"], sort=True))
    for (draw, number), own in track(folds, f"training {experiment}, seed {seed}"):
        here = {**who, "draw": int(draw), "fold": int(number)}
        why = _unfit(own)
        if not why:
            try:
                parts.append((here, own, _fold(own, windows, job, here)))
                continue
            except TrainingError as error:
                why = f"undecidable: {error}"
        notes.append({**here, "why": why})
    found = _gathered(parts, notes, windows, who)
    job.store.remove()
    return found


def joined(samples: pd.DataFrame, splits: pd.DataFrame, sites: Sequence[str]) -> pd.DataFrame:
    """The splits with window and station of each sample."""
    columns = ["sample_id", "window_id", "site"]
    table = splits.merge(samples[columns], on="sample_id", how="left", validate="many_to_one")
    lost = table["window_id"].isna()
    if lost.any():
        first = table.loc[lost, "sample_id"].iloc[0]
        raise LaicflowError(f"splits: sample {first!r} is not in the samples")
    if strange := sorted(set(table["site"].dropna()) - set(sites)):
        raise LaicflowError(f"samples: station {strange[0]!r} is none of {', '.join(sites)}")
    if table["site"].isna().any():
        raise LaicflowError("samples: a sample has no station")
    used = table[table["split"] != "purged"]
    parted = used.groupby(["draw", "fold", "window_id"])["split"].nunique()
    if (parted > 1).any():
        raise LaicflowError(f"splits: window {parted.idxmax()[2]!r} lies in two parts")
    return table


def _unfit(own: pd.DataFrame) -> str:
    """Why nothing can be learned or told on a fold; empty where it can."""
    if not (own["split"] == "train").any():
        purged = (own["split"] == "purged").sum()
        return f"undecidable: 0 {'purged ' if purged else ''}training samples"
    if not own["split"].isin(PREDICTED).any():
        return "undecidable: 0 validation and 0 test samples"
    return ""


def windows_of(own: pd.DataFrame, split: str) -> list[str]:
    """The windows of a part of the split, each once, in their order."""
    return sorted(set(own.loc[own["split"] == split, "window_id"]))


def arrays_of(windows: Windows, names: list[str]) -> tuple[Arrays, list[str]]:
    """Windows and their values (n, lead * site), and those that lack something."""
    x, values = windows(names), np.asarray(windows.values(names), dtype=np.float64)
    expected = (len(names), len(windows.leads), len(windows.sites))
    if values.shape != expected:
        raise LaicflowError(f"values {values.shape} of windows, expected {expected}")
    flat = values.reshape(len(names), expected[1] * expected[2])
    x = np.asarray(x, dtype=np.float32)
    whole = np.isfinite(flat).all(axis=1) & finite(x)
    ids = np.array(names, dtype=object)
    kept = Arrays(x[whole], flat[whole].astype(np.float32), tuple(ids[whole]), VALUES)
    return kept, list(ids[~whole])


def _fold(own: pd.DataFrame, windows: Windows, job: Job, here: dict[str, Any]) -> Fold:
    """Train and forecast one draw and fold, or take up what an interrupted run had finished."""
    number = seeds.number(*job.names, *here.values())
    parts = ("train", "validation", "test")
    found = {split: arrays_of(windows, windows_of(own, split)) for split in parts}
    sets = tuple(found[split][0] for split in parts)
    if len(sets[0]) < 2:
        raise TrainingError(f"{len(sets[0])} windows to learn from, two are the least")
    asked = np.asarray(windows(_asked(own)), dtype=np.float32)
    shown = np.where(np.isfinite(asked), asked, 0)
    blank = Arrays(shown, finite(asked)[:, None].astype(np.float32), classes=VALUES)
    path = job.store.path((*sets, blank), job.chosen, number, here)
    left = job.store.load(path)
    if left is not None:
        return left
    fold = _trained(sets, asked, job, number, here)
    for split, deed in (("train", "learned from"), ("validation", "asked for the epoch")):
        if lost := found[split][1]:
            fold.left_out += lost
            where = "draw {draw}, fold {fold}".format(**here)
            fold.notes.append(
                f"{where}: {len(lost)} windows that lack something were not {deed} ({split})"
            )
    if blind := int((~finite(asked)).sum()):
        where = "draw {draw}, fold {fold}".format(**here)
        fold.notes.append(f"{where}: {blind} windows show too little to forecast from")
    job.store.save(path, fold)
    return fold


def _trained(
    sets: tuple[Arrays, Arrays, Arrays],
    asked: np.ndarray,
    job: Job,
    number: int,
    here: dict[str, Any],
) -> Fold:
    """One network or model trained on scaled values, and its forecasts in their unit."""
    chosen, training = job.chosen, job.chosen["training"]
    scaler = target_scaler(sets[0], training.get("standardise", "channel"))
    train, validation, test = (scaled(one, scaler) for one in sets)
    made = registry.build(chosen["model"], chosen["model_options"], seed=number)
    if is_classical(made):
        fitted = fit_values(made, train, training, seed=number)
        tell, learned = predict_values, LEARNED[:2]
    else:
        tested = training.get("follow", "validation") == "test"
        fitted = fit(
            lambda: made,
            train,
            validation,
            training,
            seed=number,
            text="{experiment}, seed {seed}, draw {draw}, fold {fold}".format(**here),
            scratch=job.store.folder,
            made=[chosen["model"], chosen["model_options"]],
            test=test if tested else None,
        )
        tell, learned = predict, LEARNED[: len(LEARNED) - tested]
    values = np.full((len(asked), train.y.shape[1]), np.nan)
    values[finite(asked)] = tell(fitted, asked[finite(asked)])
    kept = chosen["keep_weights"] == "all" or (
        chosen["keep_weights"] == "headline" and here["draw"] == HEADLINE_DRAW
    )
    weights = fitted.state_dict if kept else {}
    if weights:
        weights["output.mean"] = torch.from_numpy(scaler.mean.ravel().copy())
        weights["output.deviation"] = torch.from_numpy(scaler.deviation.ravel().copy())
    return Fold(
        p=(values * scaler.deviation.ravel() + scaler.mean.ravel()).tolist(),
        history=fitted.history.to_dict("records"),
        notes=list(fitted.notes),
        weights=weights,
        left_out=list(fitted.left_out),
        fitted=[list(pair) for pair in learned],
    )


def target_scaler(train: Arrays, kind: str) -> Scaler:
    """The scaling of the values of each lead and station, fitted on the training windows.

    Parameters
    ----------
    kind : as of `Scaler.of`; channel is as feature
    """
    columns = Arrays(train.y[:, None, None, :], np.zeros(len(train), np.float32), train.ids)
    if kind == "none":
        outputs = train.y.shape[1]
        return Scaler(np.zeros(outputs, np.float32), np.ones(outputs, np.float32))
    return Scaler.of(columns, "range" if kind == "range" else "feature")


def scaled(arrays: Arrays, scaler: Scaler) -> Arrays:
    """The same windows with scaled values."""
    y = (arrays.y - scaler.mean.ravel()) / scaler.deviation.ravel()
    return Arrays(arrays.x, y.astype(np.float32), arrays.ids, VALUES)


def _asked(own: pd.DataFrame) -> list[str]:
    """The windows to forecast, validation before test."""
    return [name for split in PREDICTED for name in windows_of(own, split)]


def _gathered(
    parts: list[tuple[dict, pd.DataFrame, Fold]],
    notes: list[dict],
    windows: Windows,
    who: dict[str, Any],
) -> Forecast:
    """The tables of all folds."""
    predictions, history, seen, weights = [], [], [], {}
    said: dict[str, None] = {}
    for here, own, fold in parts:
        predictions.append(_rows(own, fold, windows).assign(**here))
        if fold.history:
            # How long an epoch took is no result: with it the same run would give other bytes.
            told = pd.DataFrame(fold.history).drop(columns="seconds")
            history.append(told.assign(**here))
        learned = own[~own["window_id"].isin(fold.left_out)]
        for fitted, split in fold.fitted:
            rows = learned.loc[learned["split"] == split, ["draw", "fold", "sample_id"]]
            seen.append(rows.assign(fitted=fitted))
        said |= dict.fromkeys(fold.notes)
        prefix = f"{here['draw']}.{here['fold']}"
        weights |= {f"{prefix}.{key}": tensor for key, tensor in fold.weights.items()}
    notes = notes + [{**who, "why": why} for why in said]
    return Forecast(
        conform(pd.concat(predictions), "predictions") if predictions else empty("predictions"),
        conform(pd.concat(history), "history") if history else empty("history"),
        conform(pd.DataFrame(notes), "notes") if notes else empty("notes"),
        weights,
        _seen(seen),
    )


def _rows(own: pd.DataFrame, fold: Fold, windows: Windows) -> pd.DataFrame:
    """A row a sample and lead: what came, and what was forecast."""
    names = _asked(own)
    shape = (len(names), len(windows.leads), len(windows.sites))
    came = np.asarray(windows.values(names), dtype=np.float64).reshape(shape)
    told = np.asarray(fold.p, dtype=np.float64).reshape(shape)
    row = {name: number for number, name in enumerate(names)}
    column = {site: number for number, site in enumerate(windows.sites)}
    asked = own[own["split"].isin(PREDICTED)].sort_values(["split", "window_id", "sample_id"])
    where = asked["window_id"].map(row).to_numpy(), asked["site"].map(column).to_numpy()
    tables = [
        asked[["sample_id", "split"]].assign(
            lead=float(hours),
            target=came[where[0], lead, where[1]],
            output=told[where[0], lead, where[1]],
        )
        for lead, hours in enumerate(windows.leads)
    ]
    return pd.concat(tables, ignore_index=True)


def _seen(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The table of what was fitted on which samples."""
    columns = ["draw", "fold", "fitted", "sample_id"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]
