"""What a forecaster must beat, by hand on short series and by published numbers on a real one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.evaluation.forecast_baselines import (
    ARIMA,
    CLIMATOLOGY,
    DAY_BEFORE,
    PERSISTENCE,
    predict_baselines,
)
from laicflow.readers import tec_series
from laicflow.samples.chronology import chronological, sample_table
from laicflow.schema import PREDICTIONS
from laicflow.tensors.lagged import LaggedWindows, Series, Shape

START = np.datetime64("2020-01-01T00:00:00", "us")
HOUR = np.timedelta64(3_600_000_000, "us")


def windows_of(values, horizon: float = 2, lags: float = 3, filled=None, **shape) -> LaggedWindows:
    values = np.asarray(values, dtype=float).reshape(len(values), -1)
    sites = tuple("ab"[: values.shape[1]])
    places = (0.0,) * len(sites)
    times = START + HOUR * np.arange(len(values))
    return LaggedWindows(
        Series(times, values, sites, places, places, filled), [], Shape(lags, horizon, **shape)
    )


def told(windows: LaggedWindows, test_from: str, options: dict) -> pd.DataFrame:
    samples = sample_table(windows, "edlstme")
    splits = chronological(samples, test_from=pd.Timestamp(test_from))
    return predict_baselines(windows, samples, splits, options)


def output(table: pd.DataFrame, name: str, sample: str, lead: float) -> float:
    own = table[(table["experiment"] == name) & (table["sample_id"] == sample)]
    assert (own["lead"] == lead).sum() == 1
    return own.loc[own["lead"] == lead, "output"].iloc[0]


def test_persistence_and_the_day_before_by_hand():
    # The number of the hour: what was a day before is 24 less.
    windows = windows_of(np.arange(96.0)[:, None] + np.array([0.0, 1000.0]), horizon=26)
    table = told(windows, "2020-01-03", {"which": [PERSISTENCE, DAY_BEFORE]})
    assert list(table.columns) == list(PREDICTIONS) and set(table["split"]) == {"test"}
    sample = "2020-01-03T05:00:00/b"  # hour 53
    assert [output(table, PERSISTENCE, sample, lead) for lead in (1, 24, 26)] == [1053.0] * 3
    assert output(table, DAY_BEFORE, sample, 1) == 1030  # 54 - 24
    assert output(table, DAY_BEFORE, sample, 24) == 1053  # known just then
    assert output(table, DAY_BEFORE, sample, 25) == 1030  # 78 - 48: 54 is not known yet
    row = table[(table["sample_id"] == sample) & (table["lead"] == 26)]
    assert row["target"].unique().tolist() == [1079]


def test_filled_values_are_not_looked_at():
    values = np.arange(96.0)
    filled = np.zeros((96, 1), bool)
    filled[[52, 53, 30]] = True
    windows = windows_of(values, filled=filled)
    sample = "2020-01-03T05:00:00/a"
    table = told(windows, "2020-01-03", {"which": [PERSISTENCE, DAY_BEFORE]})
    assert output(table, PERSISTENCE, sample, 1) == 51
    # Of 54 the day before is 30, which was filled; two days before it was 6.
    assert output(table, DAY_BEFORE, sample, 1) == 6
    short = {"which": [PERSISTENCE, DAY_BEFORE], "oldest_hours": 1.0, "days_back": 1}
    table = told(windows, "2020-01-03", short)
    assert np.isnan(output(table, PERSISTENCE, sample, 1))
    assert np.isnan(output(table, DAY_BEFORE, sample, 1))
    assert output(table, DAY_BEFORE, sample, 2) == 31


def test_climatology_knows_the_training_alone():
    # Day d has the value d at every hour, a hundred more at noon.
    values = np.repeat(np.arange(30.0), 24)
    values[12::24] += 100
    windows = windows_of(values)
    table = told(windows, "2020-01-21", {"which": [CLIMATOLOGY], "season_days": 5})
    # Training ends with the window that tells of 20 January, 20 h: epochs of day 19 up to 20 h.
    noon = "2020-01-22T11:00:00/a"
    # Days 16 to 26 around day 21: of training are 16 to 19.
    assert output(table, CLIMATOLOGY, noon, 1) == pytest.approx(100 + 17.5)
    assert output(table, CLIMATOLOGY, noon, 2) == pytest.approx(17.5)
    # 22 h of day 19 is in the test's first window already: days 16 to 18.
    assert output(table, CLIMATOLOGY, "2020-01-22T20:00:00/a", 2) == pytest.approx(17)
    # Day 25 and later are more than five days from all training days.
    assert np.isnan(output(table, CLIMATOLOGY, "2020-01-26T11:00:00/a", 1))


def test_the_year_closes():
    # The number of the day in December, and 0 in January.
    days = pd.date_range("2019-12-01", "2020-01-02 23:00", freq="h")
    values = np.where(days.month == 12, days.day, 0.0)
    series = Series(days.to_numpy(), values[:, None], ("a",), (0.0,), (0.0,))
    windows = LaggedWindows(series, [], Shape(3, 2))
    table = told(windows, "2020-01-01 12:00", {"which": [CLIMATOLOGY], "season_days": 2})
    # Two days around 2 January, of which 31 December and 1 January until 9 h are training.
    assert output(table, CLIMATOLOGY, "2020-01-02T05:00:00/a", 1) == pytest.approx((31 + 0) / 2)


def test_arima_tells_a_daily_wave_and_does_not_look_ahead():
    hours = np.arange(24 * 30)
    noise = np.random.default_rng(0).normal(0, 0.2, hours.size)
    values = 20 + 8 * np.sin(2 * np.pi * hours / 24) + noise
    options = {"which": [ARIMA, PERSISTENCE], "fit_days": 15, "warm_up_days": 10}
    options["arima"] = {"order": [1, 0, 0], "iterations": 20}
    table = told(windows_of(values, lags=24), "2020-01-25", options)
    error = (table["output"] - table["target"]).groupby(table["experiment"]).std()
    # Persistence errs by up to 8 * 2 sin(15 degrees) after two hours.
    assert error[ARIMA] < 0.6 < 2 < error[PERSISTENCE]
    assert table.attrs["seconds"][ARIMA] > 0
    later = values.copy()
    later[hours > 24 * 26 + 5] += 50  # after 27 January, 05 h
    other = told(windows_of(later, lags=24), "2020-01-25", options)
    known = "2020-01-27T05:00:00/a"
    assert output(other, ARIMA, known, 2) == output(table, ARIMA, known, 2)
    after = "2020-01-27T06:00:00/a"
    assert abs(output(other, ARIMA, after, 1) - output(table, ARIMA, after, 1)) > 10


def test_what_cannot_be_fitted_is_told():
    windows = windows_of(np.arange(96.0))
    table = told(windows, "2020-01-03", {"which": [ARIMA, PERSISTENCE]})
    assert set(table["experiment"]) == {PERSISTENCE}
    assert table.attrs["notes"][0].startswith(
        "arima, draw 0, fold 0: undecidable: arima: 46 values"
    )


def test_options_and_samples_that_cannot_be():
    windows = windows_of(np.arange(96.0))
    with pytest.raises(ConfigError, match="'oracle' is none of"):
        told(windows, "2020-01-03", {"which": ["oracle"]})
    with pytest.raises(ConfigError, match="unknown options days"):
        told(windows, "2020-01-03", {"days": 3})
    samples = sample_table(windows, "edlstme")
    splits = chronological(samples, test_from=pd.Timestamp("2020-01-03"))
    with pytest.raises(LaicflowError, match="is not in the samples"):
        predict_baselines(windows, samples[1:], splits)
    assert predict_baselines(windows, samples, splits[:0]).empty


def test_the_published_errors_of_a_real_year(real_data):
    path = real_data / "tec_series" / "vtec_10E_40N_2017-2019_hourly.csv"
    table = tec_series.read(path)
    series = Series(table["time"].to_numpy(), table[["vtec"]].to_numpy(), ("p",), (40,), (10,))
    windows = LaggedWindows(series, [], Shape(48, 4))
    found = told(windows, "2019-01-01", {"which": [PERSISTENCE, DAY_BEFORE]})
    square = (found["output"] - found["target"]) ** 2
    rmse = np.sqrt(square.groupby([found["experiment"], found["lead"]]).mean())
    assert rmse[PERSISTENCE].to_list() == pytest.approx([1.05, 1.82, 2.43, 3.00], abs=0.006)
    assert rmse[DAY_BEFORE].to_list() == pytest.approx([1.52] * 4, abs=0.006)
