"""Bounds by hand, against pandas and numpy window by window."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.anomalies import bounds
from laicflow.errors import LaicflowError
from laicflow.readers import tec_series

# Two epochs a day and a look-back of two days: four errors.
SMALL = {"per_day": 2, "days": 2, "least_days": 2}
# Errors 1, 2, 3, 4, 10, 0 about a prediction of 20. Of 1..4: mean 2.5, variance 5/3; of 2, 3, 4,
# 10: mean 4.75, squares about it 7.5625 + 3.0625 + 0.5625 + 27.5625 = 38.75, variance 38.75/3.
ERRORS = np.array([1.0, 2.0, 3.0, 4.0, 10.0, 0.0])
PREDICTED = np.full(6, 20.0)


def residual(errors=ERRORS, **options) -> bounds.Bounds:
    return bounds.residual_bounds(20 + errors, np.full(errors.shape, 20.0), **(SMALL | options))


def test_the_published_bounds_hold_the_epoch_itself():
    found = residual(mode="paper")
    assert np.isnan(found.upper[:3]).all()
    sigma = np.sqrt([5 / 3, 38.75 / 3])
    np.testing.assert_allclose(found.centre[3:5], [22.5, 24.75])
    np.testing.assert_allclose(found.upper[3:5], [22.5, 24.75] + 2 * sigma)
    np.testing.assert_allclose(found.lower[3:5], [22.5, 24.75] - 2 * sigma)
    np.testing.assert_array_equal(found.count, [1, 2, 3, 4, 4, 4])


def test_clean_bounds_end_where_the_forecast_was_issued():
    one, two = residual(lead=1), residual(lead=2)
    assert np.isnan(one.upper[:4]).all() and np.isnan(two.upper[:5]).all()
    np.testing.assert_allclose(one.centre[4:], [22.5, 24.75])
    np.testing.assert_allclose(two.centre[5:], [22.5])
    np.testing.assert_allclose(two.spread[5:], np.sqrt([5 / 3]))
    np.testing.assert_array_equal(two.count, [0, 0, 1, 2, 3, 4])


def test_each_epoch_has_the_look_back_of_its_own_forecast():
    # Forecasts of two steps, issued at epochs 3 and 5: epoch 4 and 5 know errors up to epoch 3.
    found = residual(lead=np.array([1, 2, 1, 2, 1, 2]))
    np.testing.assert_allclose(found.centre[4:], [22.5, 22.5])


def test_an_error_yet_unknown_moves_no_clean_bound():
    changed = ERRORS.copy()
    changed[3:] = 500.0
    np.testing.assert_array_equal(residual(lead=3).upper[:6], residual(changed, lead=3).upper[:6])
    assert residual(mode="paper").upper[3] != residual(changed, mode="paper").upper[3]


def test_missing_errors_are_left_out_and_counted():
    errors = np.array([1.0, np.nan, 3.0, 5.0, np.nan])
    found = residual(errors, mode="paper", least_days=1.5)
    np.testing.assert_array_equal(found.count, [1, 1, 2, 3, 2])
    # Errors 1, 3, 5: mean 3, standard deviation 2; the last epoch has too few.
    np.testing.assert_allclose(found.upper[3], 20 + 3 + 4)
    assert np.isnan(found.upper[4])
    assert residual(errors, mode="paper", least_days=2).upper.size == 5
    assert np.isnan(residual(errors, mode="paper", least_days=2).upper).all()


def test_no_prediction_no_bound():
    predicted = PREDICTED.copy()
    predicted[4] = np.nan
    found = bounds.residual_bounds(20 + ERRORS, predicted, **SMALL)
    assert np.isnan(found.upper[4]) and found.count[4] == 4


@pytest.mark.parametrize("mode", ["paper", "clean"])
def test_residual_bounds_of_stations_window_by_window(mode):
    rng = np.random.default_rng(3)
    observed = rng.gamma(4.0, 5.0, (3, 200))
    predicted = observed + rng.normal(1, 2, observed.shape)
    observed[rng.random(observed.shape) < 0.1] = np.nan
    found = bounds.residual_bounds(observed, predicted, 8, mode=mode, lead=5, days=3, least_days=2)
    for site, epoch in np.ndindex(observed.shape):
        end = epoch + 1 if mode == "paper" else epoch - 5 + 1
        window = (observed - predicted)[site, max(0, end - 24) : max(0, end)]
        window = window[np.isfinite(window)]
        assert found.count[site, epoch] == len(window)
        if len(window) < 16:
            assert np.isnan(found.lower[site, epoch])
            continue
        low = predicted[site, epoch] + window.mean() - 2 * window.std(ddof=1)
        np.testing.assert_allclose(found.lower[site, epoch], low, rtol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "other"},
        {"lead": 0},
        {"lead": 1.5},
        {"days": 1.25},
        {"least_days": 3},
        {"days": 0.5, "least_days": 0.5},
    ],
)
def test_options_that_make_no_sense(options):
    with pytest.raises(ValueError):
        residual(**options)


def test_iqr_by_hand():
    # Epoch a: 1..5 on five days: quartiles 2, 3, 4. Epoch b: 10, 20, 40, 80, 160: 20, 40, 80.
    values = np.stack([np.arange(1.0, 7.0), 10.0 * 2 ** np.arange(6)], axis=1).ravel()
    found = bounds.iqr_bounds(values, 2, days=5, least_days=5)
    assert np.isnan(found.upper[:10]).all()
    np.testing.assert_allclose(found.centre[10:], [3.0, 40.0])
    np.testing.assert_allclose(found.upper[10:], [3 + 1.5 * 2, 40 + 1.5 * 60])
    np.testing.assert_allclose(found.lower[10:], [3 - 1.5 * 2, 40 - 1.5 * 60])
    np.testing.assert_array_equal(found.count, np.repeat(np.arange(6), 2))


def test_iqr_knows_the_same_time_of_day_wherever_the_series_begins():
    # Three epochs a day, begun at the second; the last day is not whole.
    values = np.array([5.0, 9.0, 1.0, 6.0, 8.0, 1.5, 7.0, 100.0])
    found = bounds.iqr_bounds(values, 3, days=2, least_days=2)
    np.testing.assert_allclose(found.centre[6:], [5.5, 8.5])
    # 8 and 9: quartiles 8.25 and 8.75.
    np.testing.assert_allclose(found.upper[7], 8.5 + 1.5 * 0.5)


def test_iqr_with_days_missing():
    values = np.array([1.0, np.nan, 3.0, 5.0, 9.0])
    found = bounds.iqr_bounds(values, 1, days=4, least_days=3)
    np.testing.assert_array_equal(found.count, [0, 1, 1, 2, 3])
    assert np.isnan(found.upper[:4]).all() and found.centre[4] == 3.0
    assert np.isnan(bounds.iqr_bounds(values, 1, days=4, least_days=4).upper).all()


def test_iqr_of_stations_against_pandas():
    values = np.random.default_rng(1).gamma(4.0, 5.0, (2, 24 * 20 + 5))
    found = bounds.iqr_bounds(values, 24)
    at = pd.DataFrame(values[1].reshape(-1)[: 24 * 20].reshape(20, 24)).shift(1)
    rolling = at.rolling(15, min_periods=12)
    spread = rolling.quantile(0.75) - rolling.quantile(0.25)
    upper = (rolling.median() + 1.5 * spread).to_numpy().ravel()
    np.testing.assert_allclose(found.upper[1, : 24 * 20], upper)


def test_epochs_a_day():
    times = np.datetime64("2020-01-01T00:07", "us") + np.arange(9) * np.timedelta64(15, "m")
    assert bounds.epochs_a_day(times) == 96
    for wrong, said in [
        (times[[0, 1, 3]], "0 days 00:15:00, 0 days 00:30:00"),
        (times[::-1], "-1 days"),
        (times[:1], "none"),
        (times[:1] + np.arange(3) * np.timedelta64(7, "h"), "0 days 07:00:00"),
    ]:
        with pytest.raises(LaicflowError, match=said):
            bounds.epochs_a_day(wrong)


def test_the_real_series_against_pandas(real_data):
    table = tec_series.read(real_data / "tec_series" / "vtec_10E_40N_2017-2019_hourly.csv")
    vtec = table["vtec"]
    # The value 24 h ago as the forecast: what is known of errors then ends 24 h ago too.
    error = vtec - vtec.shift(24)
    known = error.shift(24).rolling(15 * 24, min_periods=12 * 24)
    upper = vtec.shift(24) + known.mean() + 2 * known.std()
    found = bounds.residual_bounds(vtec, vtec.shift(24), 24, lead=24)
    np.testing.assert_allclose(found.upper, upper, rtol=1e-9)
    assert np.isfinite(upper[8760:]).all()
