"""Outliers by hand; gaps filled from one side and from both, and what must stay missing."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.clean import series
from laicflow.errors import LaicflowError
from laicflow.readers import tec_series


def diurnal(days: int, per_day: int = 24, seed: int = 0) -> np.ndarray:
    """A level that walks, a daily wave and its half, a little noise; TECU."""
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.arange(days * per_day) / per_day
    walk = np.cumsum(rng.normal(0, 0.05, phase.size))
    wave = 5 * np.sin(phase) + 1.5 * np.cos(2 * phase)
    return 12 + walk + wave + rng.normal(0, 0.1, phase.size)


def test_outliers_by_hand():
    # Nine 0 and nine 2 and one 11: mean 29/19, squares 157 - 29^2/19, so 3 sd reach 1.53 + 7.59.
    values = np.array([0.0] * 9 + [2.0] * 9 + [11.0, np.nan])
    found = series.outliers(values)
    assert np.flatnonzero(found).tolist() == [18]
    # Mean 1 and sd 1.03 of the first eighteen: 1 + 4.5 sd is 5.63; and one of 4.5 sd is inside.
    known = np.arange(20) < 18
    assert series.outliers(values, known=known)[18]
    assert not series.outliers(np.where(values == 11, 5.6, values), 4.5, known=known).any()
    assert series.outliers(np.where(values == 11, 5.7, values), 4.5, known=known)[18]


def test_outliers_of_nothing():
    with pytest.raises(LaicflowError, match="found 0"):
        series.outliers(np.array([np.nan, 1.0]), known=np.array([True, False]))


def test_gaps():
    values = np.array([np.nan, 1, np.nan, np.nan, 2, 3, np.nan])
    assert series.gaps(values).tolist() == [[0, 1], [2, 2], [6, 1]]
    assert series.gaps(np.ones(3)).tolist() == []


@pytest.mark.parametrize("way", [series.SMOOTHER, series.FILTER])
def test_gaps_are_filled_and_marked(way):
    true = diurnal(40)
    values = true.copy()
    missing = np.zeros(true.size, bool)
    for first, length in ((200, 1), (333, 4), (500, 10), (750, 6)):
        missing[first : first + length] = True
    values[missing] = np.nan
    known = np.ones(len(values), bool)
    found = series.fill_gaps(values, 24, way=way, longest=10, known=known)
    np.testing.assert_array_equal(found.filled, missing)
    np.testing.assert_array_equal(found.values[~missing], true[~missing])
    # Much nearer than the daily wave (3.7 TECU) or a straight line over it.
    assert np.abs(found.values - true)[missing].max() < 0.8
    straight = np.interp(np.flatnonzero(missing), np.flatnonzero(~missing), true[~missing])
    error = found.values[missing] - true[missing]
    assert np.std(error) < 0.5 * np.std(straight - true[missing])


def test_the_smoother_leaves_long_gaps_whole_and_the_filter_their_rest():
    values = diurnal(20)
    values[:2] = np.nan
    values[240:252] = np.nan
    values[-3:] = np.nan
    both = series.fill_gaps(values, 24, way=series.SMOOTHER, longest=11)
    assert not both.filled.any() and both.variances == {}
    known = np.ones(len(values), bool)
    one = series.fill_gaps(values, 24, way=series.FILTER, longest=11, known=known)
    assert np.flatnonzero(one.filled).tolist() == [*range(240, 251), *range(477, 480)]
    assert np.isnan(one.values[251]) and np.isnan(one.values[:2]).all()


def test_the_filter_knows_nothing_of_what_follows():
    values = diurnal(40)
    values[500:506] = np.nan
    known = np.arange(values.size) < 480
    other = values.copy()
    other[506:] = other[506:] * 3 + 20
    one, two = (
        series.fill_gaps(v, 24, way=series.FILTER, longest=6, known=known) for v in (values, other)
    )
    assert one.filled.sum() == 6
    np.testing.assert_array_equal(one.values[:506], two.values[:506])
    both, changed = (
        series.fill_gaps(v, 24, way=series.SMOOTHER, longest=6, known=known)
        for v in (values, other)
    )
    assert np.abs(both.values - changed.values)[500:506].max() > 0.1


def test_the_filter_waits_until_it_has_seen_days():
    values = diurnal(10)
    values[60] = np.nan
    values[80] = np.nan
    known = np.ones(len(values), bool)
    found = series.fill_gaps(values, 24, way=series.FILTER, longest=3, known=known)
    assert np.flatnonzero(found.filled).tolist() == [80]


def test_variances_come_back_in_the_unit_of_the_series():
    # A level that walks by 0.05 an epoch and noise of 0.1, as they were put in.
    values = diurnal(60)
    values[100] = np.nan
    found = series.fill_gaps(values, 24, way=series.SMOOTHER, longest=3)
    assert found.variances["level"] == pytest.approx(0.05**2, rel=0.5)
    assert found.variances["irregular"] == pytest.approx(0.1**2, rel=0.2)


def test_a_model_needs_values():
    values = np.full(24 * 5, np.nan)
    values[::3] = 1.0
    with pytest.raises(LaicflowError, match="two days of values to estimate from, found 40"):
        series.fill_gaps(values, 24, way=series.SMOOTHER, longest=3)
    with pytest.raises(ValueError, match="sideways"):
        series.fill_gaps(values, 24, way="sideways", longest=3)
    with pytest.raises(ValueError, match="known must say where"):
        series.fill_gaps(values, 24, way=series.FILTER, longest=3)


def test_the_real_series(real_data):
    table = tec_series.read(real_data / "tec_series" / "vtec_10E_40N_2017-2019_hourly.csv")
    true = table["vtec"].to_numpy()
    values = true.copy()
    # 200 gaps of three hours.
    first = np.random.default_rng(1).choice(np.arange(20, true.size // 12), 200, replace=False)
    missing = np.isin(np.arange(true.size) // 3, first * 4)
    values[missing] = np.nan
    error = {}
    for way in (series.SMOOTHER, series.FILTER):
        found = series.fill_gaps(values, 24, way=way, longest=6, known=np.ones(len(values), bool))
        assert found.filled.sum() == 600
        error[way] = np.sqrt(np.mean((found.values - true)[missing] ** 2))
    ago = np.sqrt(np.mean((true - np.roll(true, 24))[missing] ** 2))
    assert error[series.SMOOTHER] < error[series.FILTER] < ago
