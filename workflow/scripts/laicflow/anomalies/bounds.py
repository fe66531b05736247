"""Bounds beyond which a value of TEC counts as an anomaly, by two methods.

Residual bounds (Xiong et al. 2022, IEEE JSTARS, doi 10.1109/JSTARS.2022.3175961, equations 1 and
2): mean and standard deviation of the errors of a forecast over the last 15 days, all hours of the
day pooled; the paper puts them around zero error, here they stand around the prediction, which is
the same. IQR bounds (its equations 7 and 8, after Liu et al. 2004, Annales Geophysicae 22, 1585):
median of the same time of day on the 15 days before, plus and minus 1.5 interquartile ranges.

The same time of day is the same in UTC and in mean local time, whose distance is constant at a
site: the IQR bounds hang on neither, and nothing has to be chosen. Where the day begins matters
only where days are counted (`dtec.day_table`, `alarms.alarm_days`: `offset_hours`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.tensors.reference import running_counts, running_quartiles

PAPER, CLEAN = "paper", "clean"
QUARTILE_METHOD = "linear between order statistics (Hyndman and Fan's type 7)"
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Bounds:
    """Bounds of a series, arrays (..., epoch) in the unit of its values.

    Attributes
    ----------
    lower, upper : NaN where there are none
    centre : prediction plus mean error, or the median
    spread : standard deviation of the errors, or the interquartile range
    count : int32, valid values that went into the bounds of an epoch, whether or not enough
    """

    lower: np.ndarray
    upper: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    count: np.ndarray


def epochs_a_day(times: np.ndarray) -> int:
    """How many epochs of an evenly spaced series make a day.

    Raises
    ------
    LaicflowError : fewer than two times, times that are not evenly spaced (a gap has to be NaN at
        its own epochs), or a step of which a day is no multiple
    """
    times = np.asarray(times, dtype="datetime64[us]")
    steps = np.unique(np.diff(times))
    if len(steps) != 1 or steps[0] <= np.timedelta64(0, "us"):
        found = ", ".join(str(pd.Timedelta(step)) for step in steps[:5])
        raise LaicflowError(f"times: expected one step between epochs, found {found or 'none'}")
    if DAY % steps[0] != np.timedelta64(0, "us"):
        step = pd.Timedelta(steps[0])
        raise LaicflowError(f"times: expected a step that divides a day, found {step}")
    return int(DAY // steps[0])


def residual_bounds(
    observed: np.ndarray,
    predicted: np.ndarray,
    per_day: int,
    *,
    mode: str = CLEAN,
    lead: int | np.ndarray = 1,
    days: float = 15,
    sigmas: float = 2.0,
    least_days: float = 12,
) -> Bounds:
    """Prediction + mean +- `sigmas` standard deviations of the errors of the last `days`.

    The error is observed - predicted, of all hours together; the standard deviation has n - 1
    below (the paper does not say). `paper`: the look-back ends with the epoch itself, so that an
    anomaly widens its own bounds. `clean`: it ends with the last observation that was known when
    the forecast of the epoch was issued, `lead` epochs before it; what a forecast of several
    steps did on its way is not known yet.

    Parameters
    ----------
    observed, predicted : arrays (..., epoch) of an evenly spaced series, NaN where missing. For
        `clean` predictions of epochs that the model was trained on are to be NaN
    per_day : epochs a day (`epochs_a_day`)
    lead : epochs from the last observation known to a forecast to the epoch it is for, at least 1:
        a number or an array (epoch); `paper` looks at it only to check it
    days : length of the look-back; with `per_day` it has to make whole epochs
    least_days : fewest errors, in days' worth of epochs, else there are no bounds

    Raises
    ------
    ValueError : an unknown mode, shapes that differ, a look-back below two epochs or not of whole
        epochs, `least_days` beyond it, a lead below 1
    """
    observed, predicted = (np.asarray(v, dtype="float64") for v in (observed, predicted))
    if observed.shape != predicted.shape or not observed.ndim:
        raise ValueError(f"observed {observed.shape} and predicted {predicted.shape}")
    window, least = _epochs(days, per_day), max(2, round(least_days * per_day))
    if not 2 <= least <= window:
        raise ValueError(f"look-back of {window} epochs with at least {least}")
    source = _last_known(observed.shape[-1], lead, mode)
    error = np.where(np.isfinite(observed - predicted), observed - predicted, np.nan)
    rolling = pd.DataFrame(error.reshape(-1, error.shape[-1]).T).rolling(window, min_periods=0)
    parts = (rolling.count(), rolling.mean(), rolling.std())
    count, mean, sigma = (_taken(part.to_numpy(), source, error.shape) for part in parts)
    count = np.nan_to_num(count).astype("int32")
    enough = count >= least
    centre = np.where(enough, predicted + mean, np.nan)
    sigma = np.where(enough, sigma, np.nan)
    return Bounds(centre - sigmas * sigma, centre + sigmas * sigma, centre, sigma, count)


def iqr_bounds(
    values: np.ndarray, per_day: int, *, days: int = 15, k: float = 1.5, least_days: int = 12
) -> Bounds:
    """Median +- `k` interquartile ranges of the same time of day on the `days` days before.

    The day itself takes no part. Quartiles: QUARTILE_METHOD.

    Parameters
    ----------
    values : array (..., epoch) of an evenly spaced series that may begin at any time of day, NaN
        where missing (filled epochs are best left out too)
    per_day : epochs a day (`epochs_a_day`)
    least_days : fewest days with a value at this time of day, else there are no bounds

    Raises
    ------
    ValueError : `days` below 1, `least_days` outside 1..days
    """
    values = np.asarray(values, dtype="float64")
    epochs = values.shape[-1]
    pad = np.full((*values.shape[:-1], -epochs % per_day), np.nan)
    by_day = np.concatenate([values, pad], axis=-1).reshape(*values.shape[:-1], -1, per_day)
    by_day = np.moveaxis(by_day, -2, 0)
    found = [*running_quartiles(by_day, days, least=least_days), running_counts(by_day, days)]
    low, median, high, count = (
        np.moveaxis(one, 0, -2).reshape(*values.shape[:-1], -1)[..., :epochs] for one in found
    )
    spread = high - low
    return Bounds(median - k * spread, median + k * spread, median, spread, count)


def _epochs(days: float, per_day: int) -> int:
    """A look-back in epochs."""
    epochs = days * per_day
    if epochs != round(epochs):
        raise ValueError(f"{days} days of {per_day} epochs are no whole number of epochs")
    return round(epochs)


def _last_known(epochs: int, lead: int | np.ndarray, mode: str) -> np.ndarray:
    """The index of the last error in the look-back of each epoch; negative before the first."""
    lead = np.broadcast_to(np.asarray(lead), epochs)
    if mode not in (PAPER, CLEAN):
        raise ValueError(f"mode {mode!r}: expected {PAPER} or {CLEAN}")
    if lead.dtype.kind not in "iu" or (lead < 1).any():
        raise ValueError("lead: expected whole numbers of epochs from 1 on")
    return np.arange(epochs) - (lead if mode == CLEAN else 0)


def _taken(rows: np.ndarray, source: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Rows (epoch, series) at the indices `source` in `shape`; NaN before the first."""
    taken = np.where((source >= 0)[:, None], rows[np.maximum(source, 0)], np.nan)
    return taken.T.reshape(shape)
