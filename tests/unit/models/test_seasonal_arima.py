"""Seasonal ARIMA against statsmodels' own forecasts, and on series of which the model is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import seasonal_arima


def wave(days: int, per_day: int = 8) -> np.ndarray:
    rng = np.random.default_rng(3)
    phase = 2 * np.pi * np.arange(days * per_day) / per_day
    return 20 + 5 * np.sin(phase) + np.cumsum(rng.normal(0, 0.1, phase.size))


def test_forecasts_are_those_of_statsmodels():
    values = wave(40)
    values[[200, 201]] = np.nan
    model = seasonal_arima.fit(values[:160], 8, {"iterations": 15})
    found = model.forecasts(values, [1, 3])
    assert found.shape == (320, 2)
    for epoch in (180, 200, 201, 250):
        standard = (values[: epoch + 1] - model.centre) / model.scale
        theirs = SARIMAX(standard, order=(2, 1, 2), seasonal_order=(1, 0, 1, 8))
        ahead = theirs.filter(model.parameters).forecast(3) * model.scale + model.centre
        assert found[epoch] == pytest.approx(ahead[[0, 2]], abs=1e-6)


def test_a_known_autoregression():
    rng = np.random.default_rng(4)
    values = np.zeros(2000)
    for epoch in range(1, 2000):
        values[epoch] = 0.8 * values[epoch - 1] + rng.normal()
    options = {"order": [1, 0, 0], "seasonal_order": [0, 0, 0]}
    model = seasonal_arima.fit(values + 50, 24, options)
    assert model.parameters[0] == pytest.approx(0.8, abs=0.04) and not model.notes
    # Two steps ahead the distance from the mean shrinks by the square of the coefficient.
    told = model.forecasts(np.array([model.centre + 2.0]), [1, 2])[0] - model.centre
    assert told == pytest.approx([2 * model.parameters[0], 2 * model.parameters[0] ** 2])


def test_before_the_first_value_nothing_is_told():
    model = seasonal_arima.fit(wave(20), 8, {"order": [1, 0, 0], "iterations": 10})
    values = np.r_[[np.nan] * 3, wave(2)]
    assert np.isnan(model.forecasts(values, [1])[:, 0]).tolist() == [True] * 3 + [False] * 16
    assert np.isnan(model.forecasts(np.full(5, np.nan), [1])).all()


def test_a_fit_that_was_stopped_says_so():
    model = seasonal_arima.fit(wave(20), 8, {"iterations": 1})
    assert model.notes == ("arima: the likelihood stopped after 1 iterations",)


def test_what_cannot_be_fitted():
    with pytest.raises(LaicflowError, match="39 values, 40 are needed"):
        seasonal_arima.fit(wave(20)[:39], 8)
    with pytest.raises(LaicflowError, match="one value alone"):
        seasonal_arima.fit(np.full(80, 7.3), 8)
    with pytest.raises(ConfigError, match=r"order must lie within \(2, 1, 2\), found \[3, 1, 2\]"):
        seasonal_arima.fit(wave(20), 8, {"order": [3, 1, 2]})
    with pytest.raises(ConfigError, match="unknown options trend"):
        seasonal_arima.fit(wave(20), 8, {"trend": "c"})


def test_a_bad_optimum_is_left_for_a_better_start(real_data):
    # Hourly VTEC at 10E 40N, 45 days up to 2018-10-01: from the start of statsmodels the likelihood
    # ends at AR (-0.99, -0.23), MA (1.43, 0.57), log-likelihood 0.263 an epoch; the series has a
    # maximum of 0.309.
    table = pd.read_csv(real_data / "tec_series" / "vtec_10E_40N_2017-2019_hourly.csv")
    values = table["VTEC 10E 40N (TECU)"].to_numpy("float64")
    end = (pd.Timestamp("2018-10-01") - pd.Timestamp("2017-01-01")) // pd.Timedelta("1h")
    own = values[end - 45 * 24 : end]
    model = seasonal_arima.fit(own, 24)
    standard = (own - own.mean()) / own.std()
    theirs = SARIMAX(standard, order=(2, 1, 2), seasonal_order=(1, 0, 1, 24))
    assert theirs.loglike(model.parameters) / own.size > 0.305
    assert model.parameters[0] > 0


def test_a_fit_worse_than_persistence_is_refused():
    rng = np.random.default_rng(5)
    walk = np.cumsum(rng.normal(0, 1, 400))
    orders = {"order": (1, 0, 0), "seasonal_order": (0, 0, 0, 8)}
    # Half of the last value: errs by 1 + walk / 2, persistence by 1.
    bad = seasonal_arima.SeasonalArima(orders, np.array([0.5, 1.0]), 0.0, 1.0)
    with pytest.raises(LaicflowError, match=r"an epoch ahead on its own series, persistence by"):
        seasonal_arima._check(bad, walk, 8)
    good = seasonal_arima.SeasonalArima(orders, np.array([0.999, 1.0]), 0.0, 1.0)
    seasonal_arima._check(good, walk, 8)
