"""What a network must beat (R27): the class share, the date, one neuron.

- `baseline_majority`: the share of class 1 in training, for every sample.
- `baseline_date`: a random forest on days since the first sample and on the season (sine and
  cosine of the year's phase); it sees the date of issue and nothing else.
- `baseline_neuron`: one neuron, that is L2-penalised logistic regression, on the standardised
  flattened window (Mignan & Broccardo 2019 put it in the place of a deep network).

All are fitted on the training samples of a draw and fold alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from laicflow import seeds
from laicflow.errors import LaicflowError
from laicflow.progress import track
from laicflow.samples.splits import why_none, why_unfit
from laicflow.schema import conform, empty

PREFIX = "baseline_"
MAJORITY, DATE, NEURON = PREFIX + "majority", PREFIX + "date", PREFIX + "neuron"
BASELINES = (MAJORITY, DATE, NEURON)

DEFAULTS = {
    "trees": 200,
    "min_leaf": 5,
    # Inverse strengths of the penalty, chosen by the validation's log loss.
    "strengths": [1e-5, 1e-4, 1e-3, 1e-2],
    # Taken where there is no validation sample.
    "strength": 1e-4,
    "iterations": 2000,
}
YEAR_DAYS = 365.2425
PREDICTED = ("validation", "test")

Windows = Callable[[list[str]], np.ndarray]


def run_baselines(
    windows: Windows,
    samples: pd.DataFrame,
    splits: pd.DataFrame,
    options: dict,
    *,
    names: Sequence[str | int],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit every baseline on every draw and fold, and predict its validation and test samples.

    Parameters
    ----------
    windows : window ids to an array (n, channel, row, column)
    samples, splits : tables of the study; labels 0 and 1
    options : `trees`, `min_leaf` (forest), `strengths`, `strength`, `iterations` (neuron)
    names : what names the random numbers

    Returns
    -------
    predictions : table `predictions`, seed 0
    notes : table `notes`, a row for each draw, fold and baseline that was left out, and why

    Raises
    ------
    LaicflowError : an option that is unknown, a split of a sample that is not there, a label
        that is neither 0 nor 1, a window that is not finite
    """
    chosen = {**DEFAULTS, **options}
    unknown = sorted(set(chosen) - set(DEFAULTS))
    if unknown:
        raise LaicflowError(f"baselines: unknown options {', '.join(unknown)}")
    if splits.empty:
        return empty("predictions"), _notes(0, pd.NA, why_none(splits))
    table = _joined(samples, splits)
    parts, notes = [], []
    folds = list(table.groupby(["draw", "fold"], sort=True))
    for (draw, fold), own in track(folds, "fitting baselines"):
        why = why_unfit(own)
        if why:
            notes.append(_notes(draw, fold, why))
            continue
        asked = own[own["split"].isin(PREDICTED)]
        for experiment, predict in _METHODS.items():
            seed = seeds.number(*names, experiment, int(draw), int(fold))
            share = predict(own, asked, windows, chosen, seed) if len(asked) else np.empty(0)
            parts.append(_rows(asked, experiment, share))
    predictions = pd.concat(parts) if parts else empty("predictions")
    told = pd.concat(notes) if notes else empty("notes")
    return conform(predictions, "predictions"), conform(told, "notes")


def _joined(samples: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The splits with what the baselines need of each sample."""
    columns = ["sample_id", "window_id", "issue_time", "label"]
    table = splits.merge(samples[columns], on="sample_id", how="left", indicator=True)
    lost = table["_merge"] != "both"
    if lost.any():
        name = table.loc[lost, "sample_id"].iloc[0]
        raise LaicflowError(f"splits: sample {name!r} is not in the samples")
    used = table["split"] != "purged"
    if not table.loc[used, "label"].isin([0, 1]).all():
        raise LaicflowError("baselines: a label is neither 0 nor 1")
    first = samples["issue_time"].min()
    table["days"] = (table["issue_time"] - first) / pd.Timedelta(days=1)
    return table


def _notes(draw: int, fold: object, why: str) -> pd.DataFrame:
    """Notes of all baselines on a fold."""
    rows = {"draw": draw, "fold": fold, "experiment": list(BASELINES), "seed": 0, "why": why}
    return conform(pd.DataFrame(rows), "notes")


def _rows(asked: pd.DataFrame, experiment: str, share: np.ndarray) -> pd.DataFrame:
    """Predictions of one baseline on one fold."""
    rows = asked[["sample_id", "draw", "fold", "split"]].assign(
        experiment=experiment, seed=0, target=asked["label"].astype("float64")
    )
    return rows.assign(output=share, p_0=1 - share, p_1=share)


def _majority(
    own: pd.DataFrame, asked: pd.DataFrame, windows: Windows, options: dict, seed: int
) -> np.ndarray:
    """Share of class 1 in training."""
    train = own.loc[own["split"] == "train", "label"].astype("float64")
    return np.full(len(asked), train.mean())


def _date(
    own: pd.DataFrame, asked: pd.DataFrame, windows: Windows, options: dict, seed: int
) -> np.ndarray:
    """A random forest that sees the date alone."""
    train = own[own["split"] == "train"]
    forest = RandomForestClassifier(
        n_estimators=options["trees"],
        min_samples_leaf=options["min_leaf"],
        random_state=seed,
        n_jobs=1,
    )
    forest.fit(_date_features(train), train["label"].astype(int))
    return forest.predict_proba(_date_features(asked))[:, 1]


def _date_features(table: pd.DataFrame) -> np.ndarray:
    """Days since the first sample, sine and cosine of the phase of the year: (n, 3)."""
    begin = table["issue_time"].dt.to_period("Y").dt.start_time
    phase = 2 * np.pi * ((table["issue_time"] - begin) / pd.Timedelta(days=1)) / YEAR_DAYS
    return np.column_stack([table["days"], np.sin(phase), np.cos(phase)])


def _neuron(
    own: pd.DataFrame, asked: pd.DataFrame, windows: Windows, options: dict, seed: int
) -> np.ndarray:
    """Logistic regression on the window, its penalty chosen on the validation samples."""
    train = own[own["split"] == "train"]
    validation = own[own["split"] == "validation"]
    flat = _flat(windows, train)
    mean, spread = flat.mean(axis=0), flat.std(axis=0)
    varies = spread > 0

    def scaled(table: pd.DataFrame) -> np.ndarray:
        return (_flat(windows, table)[:, varies] - mean[varies]) / spread[varies]

    flat = (flat[:, varies] - mean[varies]) / spread[varies]
    label = train["label"].astype(int).to_numpy()

    def fitted(strength: float) -> LogisticRegression:
        neuron = LogisticRegression(C=strength, max_iter=options["iterations"], random_state=seed)
        return neuron.fit(flat, label)

    if validation.empty:
        best = fitted(options["strength"])
    else:
        seen = scaled(validation)
        truth = validation["label"].astype(int).to_numpy()
        neurons = [fitted(strength) for strength in options["strengths"]]
        loss = [log_loss(truth, n.predict_proba(seen), labels=[0, 1]) for n in neurons]
        best = neurons[int(np.argmin(loss))]
    return best.predict_proba(scaled(asked))[:, 1].astype("float64")


def _flat(windows: Windows, table: pd.DataFrame) -> np.ndarray:
    """The windows of a table as rows (n, feature), float32."""
    cut = windows(table["window_id"].tolist())
    if not np.isfinite(cut).all():
        raise LaicflowError("baselines: a window holds values that are not finite")
    return cut.reshape(len(table), -1).astype("float32")


_METHODS = {MAJORITY: _majority, DATE: _date, NEURON: _neuron}
