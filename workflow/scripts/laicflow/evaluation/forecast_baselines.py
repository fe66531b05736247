"""What a forecaster of TEC must beat: what was there before, and a model of the series alone.

- `baseline_persistence`: the last value observed by the issue time.
- `baseline_day_before`: the value observed at the same time of day on the last day of which it is
  known at the issue time: 24 h before for leads up to 24 h, else 48 h and on.
- `baseline_climatology`: the mean of the training values at the same time of day and within some
  days of the same day of year.
- `arima`: seasonal ARIMA of each station (`laicflow.models.seasonal_arima`), fitted once on the
  last part of training and filtered forward.

Values that were filled in are no observations and are not looked at. All but the first two are
fitted on the training windows of a draw and fold alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from laicflow.anomalies.bounds import epochs_a_day
from laicflow.errors import ConfigError, LaicflowError
from laicflow.evaluation.baselines import PREFIX
from laicflow.models import seasonal_arima
from laicflow.progress import track
from laicflow.samples.splits import why_none
from laicflow.schema import conform, empty
from laicflow.tensors.lagged import HOUR, LaggedWindows, steps_of

PERSISTENCE, DAY_BEFORE = PREFIX + "persistence", PREFIX + "day_before"
CLIMATOLOGY, ARIMA = PREFIX + "climatology", "arima"
PREDICTED = ("validation", "test")
DEFAULTS: dict[str, Any] = {
    "which": [PERSISTENCE, DAY_BEFORE, CLIMATOLOGY],
    "oldest_hours": 24.0,  # of the last value of persistence
    "days_back": 3,  # days that are gone back at most where a value of the day before is missing
    "season_days": 15,  # days around the day of year that climatology takes in, on either side
    "fit_days": 365,  # the last days of training that ARIMA is fitted on
    "warm_up_days": 30,  # days before the first forecast that its filter begins with
    "arima": {},  # `seasonal_arima.DEFAULTS`
}
# Days around which seasons close: the last of a leap year counts as the one before.
_YEAR = 365

# Forecasts (n, lead, site) from windows, names of those of training, names of those asked for,
# options, and a list for what a reader must know.
Teller = Callable[[LaggedWindows, list[str], list[str], dict[str, Any], list[str]], np.ndarray]


def predict_baselines(
    windows: LaggedWindows,
    samples: pd.DataFrame,
    splits: pd.DataFrame,
    options: dict[str, Any] | None = None,
) -> pd.DataFrame:
    """Table `predictions` of the baselines asked for, validation and test, seed 0.

    What cannot be told (nothing observed, no training) is NaN.

    Parameters
    ----------
    samples, splits : tables, as `training.forecast.run_forecast` has them
    options : some of `DEFAULTS`

    Returns
    -------
    The table; its attributes `seconds` (by baseline, of all draws and folds) and `notes`

    Raises
    ------
    ConfigError : an unknown option or baseline
    LaicflowError : a sample of the splits that is not in the samples, an unknown station
    """
    settings = _settings(options or {})
    parts, seconds, notes = [], dict.fromkeys(settings["which"], 0.0), []
    for (draw, fold), own in _folds(samples, splits, windows):
        train = sorted(set(own.loc[own["split"] == "train", "window_id"]))
        told = own[own["split"].isin(PREDICTED)]
        asked = sorted(set(told["window_id"]))
        for name in track(settings["which"], "baselines") if asked else ():
            begun = time.perf_counter()
            try:
                found = TELLERS[name](windows, train, asked, settings, notes)
            except LaicflowError as error:
                notes.append(f"{name}, draw {draw}, fold {fold}: undecidable: {error}")
                continue
            seconds[name] += time.perf_counter() - begun
            rows = rows_of(windows, told, asked, found)
            parts.append(rows.assign(experiment=name, seed=0, draw=draw, fold=fold))
    table = pd.concat(parts, ignore_index=True) if parts else None
    table = empty("predictions") if table is None else conform(table, "predictions")
    table.attrs = {"seconds": seconds, "notes": notes}
    return table


def run_baselines(
    windows: LaggedWindows, samples: pd.DataFrame, splits: pd.DataFrame, options: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `predictions` and `notes` of the baselines; parameters are those of above."""
    asked = _settings(options)["which"]
    if splits.empty:
        told = [{"experiment": one, "seed": 0, "draw": 0, "why": why_none(splits)} for one in asked]
        return empty("predictions"), conform(pd.DataFrame(told), "notes")
    table = predict_baselines(windows, samples, splits, options)
    rows = []
    for note in table.attrs["notes"]:
        own = next((one for one in asked if note.startswith(f"{one}, ")), ARIMA)
        why = note[note.index("undecidable") :] if "undecidable" in note else note
        where = {"draw": 0} if why.startswith("undecidable") else {}
        rows.append({"experiment": own, "seed": 0, "why": why, **where})
    notes = conform(pd.DataFrame(rows), "notes") if rows else empty("notes")
    table.attrs = {}
    return table, notes


def rows_of(
    windows: LaggedWindows, own: pd.DataFrame, names: list[str], told: np.ndarray
) -> pd.DataFrame:
    """A row a sample and lead: sample_id, split, lead, target, output.

    Parameters
    ----------
    own : samples with sample_id, split, window_id, site
    names : windows, in the order of `told` (n, lead, site)
    """
    came = windows.values(names)
    if told.shape != came.shape:
        raise LaicflowError(f"forecasts {told.shape} of windows, expected {came.shape}")
    own = own.sort_values(["split", "window_id", "sample_id"])
    row = pd.Index(names).get_indexer(own["window_id"])
    column = pd.Index(windows.sites).get_indexer(own["site"])
    tables = [
        own[["sample_id", "split"]].assign(
            lead=float(hours), target=came[row, lead, column], output=told[row, lead, column]
        )
        for lead, hours in enumerate(windows.leads)
    ]
    return pd.concat(tables, ignore_index=True)


def persistence(
    windows: LaggedWindows,
    train: list[str],
    asked: list[str],
    options: dict[str, Any],
    notes: list[str],
) -> np.ndarray:
    """The last value observed by the issue time, at most `oldest_hours` before."""
    series = windows.series
    observed = series.observed
    epoch = np.arange(len(observed))[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(observed), epoch, -1), axis=0)
    oldest = math.floor(round(options["oldest_hours"] * (HOUR / series.step), 6))
    there = (last >= 0) & (epoch - last <= oldest)
    held = np.where(there, np.take_along_axis(observed, np.maximum(last, 0), axis=0), np.nan)
    return np.repeat(held[series.at(asked)][:, None], len(windows.leads), axis=1)


def day_before(
    windows: LaggedWindows,
    train: list[str],
    asked: list[str],
    options: dict[str, Any],
    notes: list[str],
) -> np.ndarray:
    """The value at the target's time of day on the last day of which it is known when issued."""
    observed, day = windows.series.observed, epochs_a_day(windows.series.times)
    issue, ahead = windows.series.at(asked)[:, None], _ahead(windows)
    # Whole days from the target back to an epoch that is not after the issue time.
    first = -(-ahead // day)
    found = np.full((len(asked), len(ahead), len(windows.sites)), np.nan)
    for more in range(options["days_back"]):
        epoch = issue + ahead - (first + more) * day
        value = np.where((epoch >= 0)[..., None], observed[np.maximum(epoch, 0)], np.nan)
        found = np.where(np.isnan(found), value, found)
    return found


def climatology(
    windows: LaggedWindows,
    train: list[str],
    asked: list[str],
    options: dict[str, Any],
    notes: list[str],
) -> np.ndarray:
    """The mean of training values at the same time of day, `season_days` around the day of year."""
    series, day = windows.series, epochs_a_day(windows.series.times)
    if not train:
        raise LaicflowError("0 training windows")
    values = np.where(_of_training(windows, train)[:, None], series.observed, np.nan)
    # Beyond the end of the series there are forecasts too.
    ahead = _ahead(windows)
    times = series.times[0] + series.step * np.arange(len(values) + ahead.max())
    season = (times.astype("datetime64[D]") - times.astype("datetime64[Y]")).astype(int)
    season = np.minimum(season, _YEAR - 1)
    slot = ((times - times.astype("datetime64[D]")) // series.step).astype(int)
    reach = min(int(options["season_days"]), _YEAR // 2 - 1)
    around = np.arange(-reach, reach + 1)
    means = np.full((_YEAR, day, len(windows.sites)), np.nan)
    for site, column in enumerate(values.T):
        known = np.flatnonzero(np.isfinite(column))
        where = season[known] * day + slot[known]
        sums = [
            np.bincount(where, weights=part, minlength=_YEAR * day).reshape(_YEAR, day)
            for part in (column[known], np.ones(len(known)))
        ]
        near = [np.sum([np.roll(one, k, axis=0) for k in around], axis=0) for one in sums]
        np.divide(near[0], near[1], out=means[..., site], where=near[1] > 0)
    told = series.at(asked)[:, None] + ahead
    return means[season[told], slot[told]]


def arima(
    windows: LaggedWindows,
    train: list[str],
    asked: list[str],
    options: dict[str, Any],
    notes: list[str],
) -> np.ndarray:
    """Seasonal ARIMA of each station on the last `fit_days` of training, filtered forward."""
    series, day = windows.series, epochs_a_day(windows.series.times)
    if not train:
        raise LaicflowError("0 training windows")
    learned = _of_training(windows, train)
    last = int(np.flatnonzero(learned).max())
    begin = max(0, last + 1 - steps_of(24 * options["fit_days"], series.step))
    issue = series.at(asked)
    first = max(0, int(issue.min()) - steps_of(24 * options["warm_up_days"], series.step))
    found = np.full((len(asked), len(windows.leads), len(windows.sites)), np.nan)
    for site, column in enumerate(series.observed.T):
        own = np.where(learned, column, np.nan)[begin : last + 1]
        model = seasonal_arima.fit(own, day, options["arima"])
        notes += [f"{windows.sites[site]}: {note}" for note in model.notes]
        made = model.forecasts(column[first : int(issue.max()) + 1], _ahead(windows).tolist())
        found[..., site] = made[issue - first]
    return found


TELLERS: dict[str, Teller] = {
    PERSISTENCE: persistence,
    DAY_BEFORE: day_before,
    CLIMATOLOGY: climatology,
    ARIMA: arima,
}


def _ahead(windows: LaggedWindows) -> np.ndarray:
    """Leads in epochs."""
    return np.array([steps_of(hours, windows.series.step) for hours in windows.leads])


def _of_training(windows: LaggedWindows, train: list[str]) -> np.ndarray:
    """Epochs (epoch) that training windows show or tell."""
    epochs, issue = len(windows.series.times), windows.series.at(train)
    edges = np.zeros(epochs + 1, dtype=int)
    np.add.at(edges, np.maximum(issue - windows.steps + 1, 0), 1)
    np.add.at(edges, np.minimum(issue + _ahead(windows).max() + 1, epochs), -1)
    return np.cumsum(edges[:-1]) > 0


def _folds(
    samples: pd.DataFrame, splits: pd.DataFrame, windows: LaggedWindows
) -> Iterator[tuple[tuple[int, int], pd.DataFrame]]:
    """Splits of each draw and fold with window and station of each sample."""
    columns = ["sample_id", "window_id", "site"]
    table = splits.merge(samples[columns], on="sample_id", how="left", validate="many_to_one")
    if (lost := table["window_id"].isna()).any():
        first = table.loc[lost, "sample_id"].iloc[0]
        raise LaicflowError(f"splits: sample {first!r} is not in the samples")
    if strange := sorted(set(table["site"]) - set(windows.sites)):
        raise LaicflowError(f"samples: station {strange[0]!r} is none of the windows")
    for (draw, fold), own in table.groupby(["draw", "fold"], sort=True):
        yield (int(draw), int(fold)), own


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults."""
    if unknown := sorted(set(options) - set(DEFAULTS)):
        raise ConfigError(f"baselines: unknown options {', '.join(unknown)}")
    settings = {**DEFAULTS, **options}
    if strange := [name for name in settings["which"] if name not in TELLERS]:
        raise ConfigError(f"baselines: {strange[0]!r} is none of {', '.join(TELLERS)}")
    return settings
