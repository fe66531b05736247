"""A series of TEC without outliers and short gaps.

Xiong et al. 2022 (doi 10.1109/JSTARS.2022.3175961): values more than three standard deviations
from the mean of a station's series are taken out, and what is missing is filled by Kalman
smoothing. The paper gives no state-space model; here it is a local level with a daily seasonal in
trigonometric form (Harvey 1989, Forecasting, structural time series models and the Kalman filter,
chapters 2.3 and 4), of statsmodels.

A smoother looks both ways, so a filled value knows what came after it; the filter knows only what
came before. Both are told here of how many epochs they filled, which are no observations.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.structural import UnobservedComponents

from laicflow.errors import LaicflowError

SMOOTHER, FILTER = "smoother", "filter"
SIGMAS = 3.0
HARMONICS = 3
# The variances of the model are estimated on one run of this many days.
ESTIMATE_DAYS = 60
# Days with values that must go before a gap that the filter is to fill.
WARM_UP_DAYS = 3


@dataclass(frozen=True)
class Filled:
    """A series after filling.

    Attributes
    ----------
    values : (epoch), NaN where still missing
    filled : (epoch) bool, where a value was filled in
    variances : of the irregular, the level and the seasonal, in the unit of the series squared
    """

    values: np.ndarray
    filled: np.ndarray
    variances: dict[str, float]


def outliers(
    values: np.ndarray, sigmas: float = SIGMAS, *, known: np.ndarray | None = None
) -> np.ndarray:
    """Where values lie more than `sigmas` standard deviations from the mean.

    In the paper mean and standard deviation are those of the whole series: what comes later has a
    say in what was an outlier before, and a storm is one. `known` names the epochs from which they
    are taken instead (`clean`: those of training).

    Parameters
    ----------
    values : (epoch), NaN where missing; NaN is no outlier
    known : (epoch) bool

    Returns
    -------
    (epoch) bool

    Raises
    ------
    LaicflowError : fewer than two values among those known
    """
    values = np.asarray(values, dtype="float64")
    base = values[np.isfinite(values) & (True if known is None else known)]
    if len(base) < 2:
        raise LaicflowError(f"outliers: expected values to compare with, found {len(base)}")
    with np.errstate(invalid="ignore"):
        return np.abs(values - base.mean()) > sigmas * base.std(ddof=1)


def fill_gaps(
    values: np.ndarray,
    per_day: int,
    *,
    way: str = FILTER,
    longest: int,
    known: np.ndarray | None = None,
    harmonics: int = HARMONICS,
    estimate_days: float = ESTIMATE_DAYS,
) -> Filled:
    """Fill the gaps of a series by a state-space model.

    `smoother` (`paper`): from both sides; gaps of more than `longest` epochs, and those at the
    ends of the series, stay missing whole. `filter` (`clean`): from the values before alone; how
    long a gap will be is not known when it begins, so its first `longest` epochs are filled and
    the rest stays missing, and so do gaps with less than WARM_UP_DAYS of values before them.

    Parameters
    ----------
    values : (epoch) of an evenly spaced series, NaN where missing
    per_day : epochs a day (`anomalies.bounds.epochs_a_day`)
    longest : epochs up to which a gap is filled
    known : (epoch) bool, where the model's variances may be estimated: of the filter the epochs
        of training, of the smoother everywhere by default. They come from the run of
        `estimate_days` with most such values

    Raises
    ------
    LaicflowError : fewer than two days of values to estimate from
    ValueError : an unknown way, `longest` below 0, a filter without `known`
    """
    values = np.where(np.isfinite(values), values, np.nan).astype("float64")
    if way not in (SMOOTHER, FILTER) or longest < 0:
        raise ValueError(f"way {way!r} and longest {longest}")
    if way == FILTER and known is None:
        raise ValueError("a filter that knows later values looks ahead: known must say where")
    wanted = _fillable(values, way, longest, WARM_UP_DAYS * per_day)
    if not wanted.any():
        return Filled(values, wanted, {})
    run = _fullest(np.isfinite(values) & (True if known is None else known), estimate_days, per_day)
    sample = values[run] if known is None else np.where(known[run], values[run], np.nan)
    centre, scale = np.nanmean(sample), np.nanstd(sample) or 1.0
    parameters = _estimate((sample - centre) / scale, per_day, harmonics)
    model = _model((values - centre) / scale, per_day, harmonics)
    if way == SMOOTHER:
        result = model.smooth(parameters)
        design = result.filter_results.design[0, :, 0]
        told = design @ result.smoothed_state
    else:
        told = model.filter(parameters).forecasts[0]
    filled = np.where(wanted, told * scale + centre, values)
    variances = dict(zip(("irregular", "level", "seasonal"), parameters * scale**2, strict=True))
    return Filled(filled, wanted, {name: float(one) for name, one in variances.items()})


def gaps(values: np.ndarray) -> np.ndarray:
    """First epoch and length of every run of missing values, (gap, 2)."""
    edges = np.flatnonzero(np.diff(np.r_[False, ~np.isfinite(values), False].astype("int8")))
    return np.stack([edges[::2], edges[1::2] - edges[::2]], axis=1)


def _fillable(values: np.ndarray, way: str, longest: int, warm_up: int) -> np.ndarray:
    """Where a value is to be filled in."""
    wanted = np.zeros(len(values), dtype=bool)
    before = np.cumsum(np.isfinite(values))
    for first, length in gaps(values):
        if way == FILTER:
            if first > 0 and before[first - 1] >= warm_up:
                wanted[first : first + min(length, longest)] = True
        elif 0 < first and first + length < len(values) and length <= longest:
            wanted[first : first + length] = True
    return wanted


def _fullest(valid: np.ndarray, days: float, per_day: int) -> slice:
    """The run of `days` with most valid values, the first of equals."""
    length = min(len(valid), round(days * per_day))
    sums = np.r_[0, np.cumsum(valid)]
    held = sums[length:] - sums[: len(sums) - length]
    if held.max() < 2 * per_day:
        raise LaicflowError(
            f"filling: expected two days of values to estimate from, found {held.max()} epochs"
        )
    start = int(held.argmax())
    return slice(start, start + length)


def _model(values: np.ndarray, per_day: int, harmonics: int) -> UnobservedComponents:
    """Local level, daily seasonal of some harmonics, and noise."""
    seasonal = {"period": per_day, "harmonics": min(harmonics, per_day // 2)}
    return UnobservedComponents(values, level="local level", freq_seasonal=[seasonal])


def _estimate(values: np.ndarray, per_day: int, harmonics: int) -> np.ndarray:
    """Variances of irregular, level and seasonal by maximum likelihood."""
    model = _model(values, per_day, harmonics)
    with warnings.catch_warnings():
        # The likelihood is flat near a variance of 0: gaps are filled alike.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(model.fit(disp=False, maxiter=50).params)
