"""The running reference against pandas, against numpy window by window, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.tensors import reference
from laicflow.tensors.reference import running_counts, running_quartiles

SHARES = (0.25, 0.5, 0.75)


def by_pandas(values: np.ndarray, days: int, least: int, exclude: bool) -> list[np.ndarray]:
    frame = pd.DataFrame(values.reshape(len(values), -1))
    rolling = frame.shift(int(exclude)).rolling(days, min_periods=least)
    return [rolling.quantile(share).to_numpy().reshape(values.shape) for share in SHARES]


def by_windows(values: np.ndarray, days: int, least: int, exclude: bool) -> list[np.ndarray]:
    out = [np.full(values.shape, np.nan) for _ in SHARES]
    for place in np.ndindex(values.shape):
        end = place[0] + (0 if exclude else 1)
        window = values[(slice(max(end - days, 0), end), *place[1:])].astype(float)
        if np.isfinite(window).sum() >= least:
            for quartile, share in zip(out, SHARES, strict=True):
                quartile[place] = np.nanquantile(window, share)
    return out


def tec_like(seed: int, shape: tuple[int, ...], missing: float, dtype: str) -> np.ndarray:
    """TEC in steps of 0.1 TECU, so that many values are equal, with a share missing."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(2.0, 8.0, shape).round(1).astype(dtype)
    values[rng.random(shape) < missing] = np.nan
    return values


def test_a_window_worked_by_hand():
    # Window of day 5: 3, 1, 4, 1, 5, sorted 1 1 3 4 5. Of day 6: 1, 4, 1, 5, 9, sorted 1 1 4 5 9.
    series = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0])
    lower, median, upper = running_quartiles(series, days=5)
    assert np.isnan(lower[:5]).all() and np.isnan(median[:5]).all() and np.isnan(upper[:5]).all()
    np.testing.assert_array_equal(lower[5:], [1.0, 1.0])
    np.testing.assert_array_equal(median[5:], [3.0, 4.0])
    np.testing.assert_array_equal(upper[5:], [4.0, 5.0])


def test_quartiles_between_two_values_by_hand():
    # 1..15: places 3.5, 7 and 10.5, counted from 0.
    lower, median, upper = running_quartiles(np.arange(1.0, 17.0), days=15)
    assert (lower[15], median[15], upper[15]) == (4.5, 8.0, 11.5)


def test_the_day_itself_is_left_out():
    series = np.full(17, 10.0)
    series[15] = 1000.0
    _, _, upper = running_quartiles(series, days=2)
    assert upper[15] == 10.0
    assert upper[16] == 10.0 + 0.75 * 990.0
    _, _, upper = running_quartiles(series, days=2, exclude_current=False)
    assert upper[15] == 10.0 + 0.75 * 990.0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize(
    ("days", "least", "missing"),
    [(15, 15, 0.0), (15, 15, 0.02), (15, 10, 0.2), (15, 1, 0.7), (4, 2, 0.3), (2, 1, 0.3)],
)
def test_as_pandas(days, least, missing, exclude, dtype):
    values = tec_like(days + least, (60, 3, 5, 7), missing, dtype)
    ours = running_quartiles(values, days, least=least, exclude_current=exclude)
    for quartile, expected in zip(ours, by_pandas(values, days, least, exclude), strict=True):
        assert quartile.dtype == values.dtype
        np.testing.assert_allclose(quartile, expected, rtol=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_as_numpy_window_by_window(seed):
    rng = np.random.default_rng(seed)
    days = int(rng.integers(1, 9))
    least = int(rng.integers(1, days + 1))
    exclude = bool(rng.integers(2))
    shape = (int(rng.integers(1, 30)), int(rng.integers(1, 4)), 3)
    values = rng.normal(0.0, 5.0, shape).round(rng.integers(3))
    values[rng.random(shape) < rng.random()] = np.nan
    ours = running_quartiles(values, days, least=least, exclude_current=exclude)
    for quartile, expected in zip(ours, by_windows(values, days, least, exclude), strict=True):
        np.testing.assert_allclose(quartile, expected, rtol=1e-12, atol=1e-12)


def test_slices_of_columns_join_without_a_seam(monkeypatch):
    values = tec_like(1, (40, 50), 0.05, "float32")
    whole = running_quartiles(values, least=12)
    monkeypatch.setattr(reference, "SLICE", 7)
    for quartile, expected in zip(running_quartiles(values, least=12), whole, strict=True):
        np.testing.assert_array_equal(quartile, expected)


def test_negative_values_and_both_zeros():
    # -0 and 0 are equal and have different bits; the window must not trip over them.
    series = np.random.default_rng(3).choice([-0.0, 0.0, -1.5, 2.0], size=(200, 4))
    ours = running_quartiles(series, days=7)
    for quartile, expected in zip(ours, by_pandas(series, 7, 7, True), strict=True):
        np.testing.assert_array_equal(quartile, expected)


def test_infinite_values_count_as_missing():
    series = np.array([1.0, np.inf, 3.0, -np.inf, 5.0, 7.0])
    _, median, _ = running_quartiles(series, days=3, least=2)
    np.testing.assert_array_equal(median, [np.nan, np.nan, np.nan, 2.0, np.nan, 4.0])


def test_values_that_are_not_contiguous_and_whole_numbers():
    values = np.random.default_rng(5).integers(0, 50, (5, 4, 30))
    turned = np.moveaxis(values, -1, 0)
    ours = running_quartiles(turned)
    assert ours[0].dtype == np.float64
    expected = by_pandas(np.ascontiguousarray(turned).astype(float), 15, 15, True)
    for quartile, other in zip(ours, expected, strict=True):
        np.testing.assert_allclose(quartile, other, rtol=1e-12)


def test_input_is_not_changed():
    values = tec_like(2, (30, 6), 0.1, "float64")
    before = values.copy()
    running_quartiles(values, least=3)
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("days", [1, 5, 15])
def test_counts_as_pandas(days, exclude):
    values = tec_like(days, (40, 2, 3), 0.3, "float32")
    frame = pd.DataFrame(np.isfinite(values).reshape(len(values), -1).astype(float))
    shifted = frame.shift(int(exclude), fill_value=0.0)
    expected = shifted.rolling(days, min_periods=1).sum().to_numpy().reshape(values.shape)
    np.testing.assert_array_equal(running_counts(values, days, exclude_current=exclude), expected)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (1,), (1, 2)])
def test_hardly_any_data(shape):
    for quartile in running_quartiles(np.ones(shape), days=3):
        assert quartile.shape == shape
        assert np.isnan(quartile).all()
    assert running_counts(np.ones(shape), days=3).shape == shape


@pytest.mark.parametrize(("days", "least"), [(0, None), (15, 16), (15, 0)])
def test_windows_that_cannot_be(days, least):
    with pytest.raises(ValueError, match="days"):
        running_quartiles(np.ones((20, 2)), days, least=least)


def test_a_single_number_is_no_series():
    with pytest.raises(ValueError, match="dimensions"):
        running_quartiles(np.float64(3.0))
