"""What a network must beat (R27): the class shares, the date, one neuron; on demand the place.

- `baseline_majority`: the share of each class in training, for every sample.
- `baseline_date`: a random forest on days since the first sample and on the season (sine and
  cosine of the year's phase); it sees the date of issue and nothing else.
- `baseline_neuron`: one neuron (one a class where there are more than two), that is L2-penalised
  logistic regression, on the standardised flattened window (Mignan & Broccardo 2019 put it in the
  place of a deep network).
- `baseline_place`, where the option `which` asks for it: gradient boosting of trees on latitude and
  longitude (its sine and cosine) of the sample; it sees the place and nothing else (R21). Of a
  study at one place it tells the class shares.

All are fitted on the training samples of a draw and fold alone. There are as many classes as the
samples of the variant have, two at least; a class that a fold does not train on has probability 0
there. scikit-learn is imported where something is fitted: it takes a second, and much that fits
nothing reads the names of the baselines here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from laicflow import seeds
from laicflow.errors import LaicflowError
from laicflow.progress import track
from laicflow.samples.splits import why_none, why_unfit
from laicflow.schema import conform, empty

PREFIX = "baseline_"
MAJORITY, DATE, NEURON = PREFIX + "majority", PREFIX + "date", PREFIX + "neuron"
PLACE = PREFIX + "place"
# Those that every network is held against (R27), fitted where a study does not choose by `which`.
BASELINES = (MAJORITY, DATE, NEURON)

DEFAULTS = {
    # Baselines that are fitted, without their prefix.
    "which": [name.removeprefix(PREFIX) for name in BASELINES],
    "trees": 200,
    "min_leaf": 5,
    # Samples that a tree of the forest is grown on at most: of 160 000 the forest takes minutes and
    # half a gigabyte.
    "tree_samples": 20_000,
    # Trees a class of the boosting, and the fewest samples in a leaf of them.
    "rounds": 100,
    "place_leaf": 20,
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
    windows : window ids to an array (n, channel, row, column); those of forecasts go to
        `forecast_baselines`, whose options they then are
    samples, splits : tables of the study; labels 0, 1, ...
    options : `which` (of majority, date, neuron, place; without the last by default), `trees`,
        `min_leaf`, `tree_samples` (forest), `rounds`, `place_leaf` (place), `strengths`,
        `strength`, `iterations` (neuron)
    names : what names the random numbers

    Returns
    -------
    predictions : table `predictions`, seed 0, with p_0, p_1, ... of all classes
    notes : table `notes`, a row for each draw, fold and baseline that was left out, and why

    Raises
    ------
    LaicflowError : an option or a baseline that is unknown, a split of a sample that is not there,
        a label that is no class, a window that is not finite, a place that is not known
    """
    if hasattr(windows, "leads"):
        from laicflow.evaluation import forecast_baselines

        return forecast_baselines.run_baselines(windows, samples, splits, options)
    chosen = {**DEFAULTS, **options}
    unknown = sorted(set(chosen) - set(DEFAULTS))
    if unknown:
        raise LaicflowError(f"baselines: unknown options {', '.join(unknown)}")
    experiments = _asked(chosen["which"])
    if splits.empty:
        return empty("predictions"), _notes(experiments, 0, pd.NA, why_none(splits))
    table = _joined(samples, splits)
    classes = max(2, int(samples["label"].max()) + 1) if samples["label"].notna().any() else 2
    parts, notes = [], []
    folds = list(table.groupby(["draw", "fold"], sort=True))
    for (draw, fold), own in track(folds, "fitting baselines"):
        why = why_unfit(own)
        if why:
            notes.append(_notes(experiments, draw, fold, why))
            continue
        for experiment in experiments:
            seed = seeds.number(*names, experiment, int(draw), int(fold))
            fitting = _Fitting(windows, chosen, classes, seed)
            parts.append(_predicted(own, experiment, fitting))
    predictions = pd.concat(parts) if parts else empty("predictions")
    told = pd.concat(notes) if notes else empty("notes")
    return conform(predictions, "predictions"), conform(told, "notes")


@dataclass(frozen=True)
class _Fitting:
    """What a baseline is fitted with, beside the samples.

    `proba` gives the probabilities of all classes, where a fit knows those of its training alone.
    """

    windows: Windows
    options: dict
    classes: int
    seed: int

    def proba(self, model: object, x: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes) by a fitted model of sklearn."""
        told = model.predict_proba(x)
        if len(model.classes_) == self.classes:
            return told
        whole = np.zeros((len(told), self.classes), dtype=told.dtype)
        whole[:, model.classes_] = told
        return whole


def _predicted(own: pd.DataFrame, experiment: str, fitting: _Fitting) -> pd.DataFrame:
    """Predictions of one baseline on one fold."""
    asked = own[own["split"].isin(PREDICTED)]
    told = np.empty((0, fitting.classes))
    if len(asked):
        told = _METHODS[experiment](own, asked, fitting)
    return _rows(asked, experiment, told)


def _asked(which: Sequence[str]) -> list[str]:
    """The baselines that are fitted, in the order of _METHODS."""
    unknown = [name for name in which if PREFIX + name not in _METHODS]
    if unknown:
        known = ", ".join(name.removeprefix(PREFIX) for name in _METHODS)
        raise LaicflowError(f"baselines: unknown {', '.join(unknown)}; known are {known}")
    return [name for name in _METHODS if name.removeprefix(PREFIX) in which]


def _joined(samples: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The splits with what the baselines need of each sample."""
    columns = ["sample_id", "window_id", "issue_time", "label", "latitude", "longitude"]
    table = splits.merge(samples[columns], on="sample_id", how="left", indicator=True)
    lost = table["_merge"] != "both"
    if lost.any():
        name = table.loc[lost, "sample_id"].iloc[0]
        raise LaicflowError(f"splits: sample {name!r} is not in the samples")
    used = table["split"] != "purged"
    label = table.loc[used, "label"]
    if label.isna().any() or (label < 0).any():
        raise LaicflowError("baselines: a label is missing or below 0")
    first = samples["issue_time"].min()
    table["days"] = (table["issue_time"] - first) / pd.Timedelta(days=1)
    return table


def _notes(experiments: list[str], draw: int, fold: object, why: str) -> pd.DataFrame:
    """Notes of all baselines on a fold."""
    rows = {"draw": draw, "fold": fold, "experiment": experiments, "seed": 0, "why": why}
    return conform(pd.DataFrame(rows), "notes")


def _rows(asked: pd.DataFrame, experiment: str, told: np.ndarray) -> pd.DataFrame:
    """Predictions of one baseline on one fold; `told` are the probabilities (n, classes)."""
    rows = asked[["sample_id", "draw", "fold", "split"]].assign(
        experiment=experiment, seed=0, target=asked["label"].astype("float64")
    )
    if told.shape[1] == 2:
        return rows.assign(output=told[:, 1], p_0=1 - told[:, 1], p_1=told[:, 1])
    each = {f"p_{k}": told[:, k] for k in range(told.shape[1])}
    return rows.assign(output=told[:, 1], **each)


def _majority(own: pd.DataFrame, asked: pd.DataFrame, fitting: _Fitting) -> np.ndarray:
    """Share of each class in training."""
    train = own.loc[own["split"] == "train", "label"].astype(int)
    counts = np.bincount(train, minlength=fitting.classes)
    return np.tile(counts / len(train), (len(asked), 1))


def _date(own: pd.DataFrame, asked: pd.DataFrame, fitting: _Fitting) -> np.ndarray:
    """A random forest that sees the date alone."""
    from sklearn.ensemble import RandomForestClassifier

    train = own[own["split"] == "train"]
    most = fitting.options["tree_samples"]
    forest = RandomForestClassifier(
        n_estimators=fitting.options["trees"],
        min_samples_leaf=fitting.options["min_leaf"],
        max_samples=most if len(train) > most else None,
        random_state=fitting.seed,
        n_jobs=1,
    )
    forest.fit(_date_features(train), train["label"].astype(int))
    return fitting.proba(forest, _date_features(asked))


def _date_features(table: pd.DataFrame) -> np.ndarray:
    """Days since the first sample, sine and cosine of the phase of the year: (n, 3)."""
    begin = table["issue_time"].dt.to_period("Y").dt.start_time
    phase = 2 * np.pi * ((table["issue_time"] - begin) / pd.Timedelta(days=1)) / YEAR_DAYS
    return np.column_stack([table["days"], np.sin(phase), np.cos(phase)])


def _neuron(own: pd.DataFrame, asked: pd.DataFrame, fitting: _Fitting) -> np.ndarray:
    """Logistic regression on the window, its penalty chosen on the validation samples."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    windows, options = fitting.windows, fitting.options
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
        neuron = LogisticRegression(
            C=strength, max_iter=options["iterations"], random_state=fitting.seed
        )
        return neuron.fit(flat, label)

    if validation.empty:
        best = fitted(options["strength"])
    else:
        seen, known = scaled(validation), list(range(fitting.classes))
        truth = validation["label"].astype(int).to_numpy()
        neurons = [fitted(strength) for strength in options["strengths"]]
        loss = [log_loss(truth, fitting.proba(n, seen), labels=known) for n in neurons]
        best = neurons[int(np.argmin(loss))]
    return fitting.proba(best, scaled(asked)).astype("float64")


def _place(own: pd.DataFrame, asked: pd.DataFrame, fitting: _Fitting) -> np.ndarray:
    """Gradient boosting that sees the place alone."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    train = own[own["split"] == "train"]
    boosting = HistGradientBoostingClassifier(
        max_iter=fitting.options["rounds"],
        min_samples_leaf=fitting.options["place_leaf"],
        early_stopping=False,
        random_state=fitting.seed,
    )
    # The sums of several threads depend on how many there are.
    with threadpool_limits(1):
        boosting.fit(place_features(train), train["label"].astype(int))
        return fitting.proba(boosting, place_features(asked))


def place_features(table: pd.DataFrame) -> np.ndarray:
    """Latitude, sine and cosine of longitude: (n, 3)."""
    place = table[["latitude", "longitude"]].to_numpy(dtype="float64")
    if not np.isfinite(place).all():
        name = table["sample_id"].iloc[np.flatnonzero(~np.isfinite(place).all(axis=1))[0]]
        raise LaicflowError(f"baselines: the place of sample {name!r} is not known")
    longitude = np.radians(place[:, 1])
    return np.column_stack([place[:, 0], np.sin(longitude), np.cos(longitude)])


def _flat(windows: Windows, table: pd.DataFrame) -> np.ndarray:
    """The windows of a table as rows (n, feature), float32."""
    cut = windows(table["window_id"].tolist())
    if not np.isfinite(cut).all():
        raise LaicflowError("baselines: a window holds values that are not finite")
    return cut.reshape(len(table), -1).astype("float32")


_METHODS = {MAJORITY: _majority, DATE: _date, NEURON: _neuron, PLACE: _place}
