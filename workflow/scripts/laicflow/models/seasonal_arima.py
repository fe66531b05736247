"""Seasonal ARIMA as a forecaster: fitted once on a run of one station, then filtered forward.

The rival of Xiong et al. (2022), section II.C, which gives no orders; statsmodels' SARIMAX
(Box and Jenkins 1976; Durbin and Koopman 2012, Time series analysis by state space methods,
chapter 3.4). Its parameters stay as they were fitted; the Kalman filter takes up every value as it
comes, so that what is forecast at an epoch hangs on the values up to it alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.sarimax import SARIMAX
from threadpoolctl import threadpool_limits

from laicflow.errors import ConfigError, LaicflowError

# The largest orders that are allowed, and those by default; the season is a day.
LARGEST = ((2, 1, 2), (1, 0, 1))
DEFAULTS: dict[str, Any] = {
    "order": [2, 1, 2],
    "seasonal_order": [1, 0, 1],
    "iterations": 50,  # most of them, of the likelihood's maximum
}
# What the filter need not keep: covariances of 100 states at every epoch are gigabytes.
_DROPPED = ("predicted_cov", "filtered_cov", "forecast_cov", "gain", "smoothing", "std_forecast")
# Fewest seasons with values to fit on.
_LEAST_SEASONS = 5
# A second start for the likelihood beside that of statsmodels, which on hourly VTEC of 45 days ends
# in a maximum of alternating signs: first coefficients (AR, MA, seasonal AR and MA), and sigma2.
_START, _START_VARIANCE = (0.8, -0.4, 0.95, -0.7), 0.05
# Starts are tried on so many seasons, the last ones: of 365 days with 96 epochs the likelihood
# takes 8 s, and a fit asks for it hundreds of times.
_TRIED_SEASONS = 45
# How far the errors of one epoch ahead may be above those of persistence, both on what was fitted.
_LARGEST_RATIO = 1.01


@dataclass(frozen=True)
class SeasonalArima:
    """A fitted model of one series.

    Attributes
    ----------
    orders : arguments of SARIMAX; parameters : fitted, of the standardised series
    centre, scale : of the standardisation, in the unit of the series
    notes : what a reader must know
    """

    orders: dict[str, Any]
    parameters: np.ndarray
    centre: float
    scale: float
    notes: tuple[str, ...] = field(default=())

    def forecasts(self, values: np.ndarray, ahead: Sequence[int]) -> np.ndarray:
        """Forecasts (epoch, lead) from every epoch of a series, each from what came until then.

        Parameters
        ----------
        values : (epoch), NaN where missing
        ahead : epochs from the last known one to those that are forecast, from 1 on, ascending
        """
        standard = (np.asarray(values, dtype="float64") - self.centre) / self.scale
        model = SARIMAX(standard, **self.orders)
        model.update(self.parameters)
        for name in _DROPPED:
            setattr(model.ssm, f"memory_no_{name}", True)
        with threadpool_limits(1):
            state = model.ssm.filter().filtered_state
            made = []
            for step in range(1, max(ahead) + 1):
                state = model.ssm["transition"] @ state
                if step in ahead:
                    made.append(model.ssm["design"][0] @ state)
        found = np.stack(made, axis=1)
        # Before the first value nothing is known.
        found[~np.logical_or.accumulate(np.isfinite(standard))] = np.nan
        return found * self.scale + self.centre


def fit(values: np.ndarray, per_day: int, options: dict[str, Any] | None = None) -> SeasonalArima:
    """Fit by maximum likelihood, the better of two starts.

    Parameters
    ----------
    values : (epoch) of an evenly spaced series, NaN where missing
    per_day : epochs a day, the season
    options : some of `DEFAULTS`

    Raises
    ------
    ConfigError : an unknown option, an order beyond `LARGEST`
    LaicflowError : fewer than five days with values, a series of one value, a fit that tells
        the next epoch of its own series worse than persistence
    """
    settings = _settings(options or {})
    values = np.asarray(values, dtype="float64")
    known = np.isfinite(values)
    if known.sum() < _LEAST_SEASONS * per_day:
        raise LaicflowError(f"arima: {known.sum()} values, {_LEAST_SEASONS * per_day} are needed")
    centre, scale = float(values[known].mean()), float(values[known].std())
    if not scale > 1e-9 * max(abs(centre), 1.0):
        raise LaicflowError("arima: the series is of one value alone")
    orders = {
        "order": tuple(settings["order"]),
        "seasonal_order": (*settings["seasonal_order"], per_day),
    }
    standard = (values - centre) / scale
    tried = standard[-_TRIED_SEASONS * per_day :]
    result = _best_of(tried, orders, [None, _start(orders)], settings["iterations"])
    if tried.size < standard.size:
        result = _best_of(standard, orders, [np.asarray(result.params)], settings["iterations"])
    parameters = np.asarray(result.params)
    notes = []
    if not result.mle_retvals["converged"]:
        notes.append(f"arima: the likelihood stopped after {settings['iterations']} iterations")
    made = SeasonalArima(orders, parameters, centre, scale, tuple(notes))
    _check(made, values, per_day)
    return made


def _best_of(
    standard: np.ndarray,
    orders: dict[str, Any],
    starts: Sequence[np.ndarray | None],
    iterations: int,
) -> Any:
    """The fit of the largest likelihood from some starts; None is that of statsmodels.

    Raises
    ------
    LaicflowError : none has finite parameters
    """
    model = SARIMAX(standard, **orders)
    model.ssm.memory_no_filtered_cov = True
    found = []
    with threadpool_limits(1), warnings.catch_warnings():
        # Told by notes; starting values outside of the stationary ones are replaced.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Non-(stationary|invertible) starting")
        for start in starts:
            one = model.fit(start_params=start, disp=False, maxiter=iterations, low_memory=True)
            if np.isfinite(np.asarray(one.params)).all() and np.isfinite(one.llf):
                found.append(one)
    if not found:
        raise LaicflowError("arima: the fit found no finite parameters")
    return max(found, key=lambda one: one.llf)


def _start(orders: dict[str, Any]) -> np.ndarray:
    """Parameters to start from, in the order of statsmodels."""
    (ar, _, ma), (more_ar, _, more_ma, _) = orders["order"], orders["seasonal_order"]
    own = []
    for first, size in zip(_START, (ar, ma, more_ar, more_ma), strict=True):
        own += [first, *[0.0] * (size - 1)][:size]
    return np.array([*own, _START_VARIANCE])


def _check(model: SeasonalArima, values: np.ndarray, per_day: int) -> None:
    """Refuse a fit whose next epoch is worse than the last value, on the series of the fit.

    statsmodels keeps parameters stationary and invertible, so that a bad optimum shows here alone.
    """
    told = model.forecasts(values, [1])[per_day:-1, 0] - values[per_day + 1 :]
    held = np.diff(values)[per_day:]
    both = np.isfinite(told) & np.isfinite(held)
    if not both.any():
        return
    ours, last = (float(np.sqrt(np.mean(one[both] ** 2))) for one in (told, held))
    if ours > _LARGEST_RATIO * last:
        raise LaicflowError(
            f"arima: the fit errs by {ours:.3g} an epoch ahead on its own series, persistence by "
            f"{last:.3g}"
        )


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults."""
    if unknown := sorted(set(options) - set(DEFAULTS)):
        raise ConfigError(f"arima: unknown options {', '.join(unknown)}")
    settings = {**DEFAULTS, **options}
    for name, most in zip(("order", "seasonal_order"), LARGEST, strict=True):
        found = settings[name]
        right = len(found) == 3 and all(isinstance(one, int) for one in found)
        if not right or any(not 0 <= one <= top for one, top in zip(found, most, strict=True)):
            told = ", ".join(map(str, most))
            raise ConfigError(f"arima: {name} must lie within ({told}), found {found}")
    return settings
