"""The running reference of a map: median and quartiles of the days before, hour by hour.

Liu et al. 2004 (Annales Geophysicae 22, 1585) and the studies after it compare the TEC of an hour
with the median M and the quartiles LQ, UQ of the same hour on the 15 days before.

A window of `days` values is kept sorted while it moves on by a day: the oldest value goes out and
the new one comes in by minimum, maximum and exclusive or over many columns at once. That sorts
nothing and branches nowhere (a masked copy of values in random order costs eight times as much),
and the columns are taken in slices whose windows stay in the processor's cache.
"""

from __future__ import annotations

import math

import numpy as np

QUARTILES = (0.25, 0.5, 0.75)

# Columns worked on at once: the two windows of 15 days of float32 take half a megabyte.
SLICE = 4096


def running_quartiles(
    values: np.ndarray, days: int = 15, *, least: int | None = None, exclude_current: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower quartile, median and upper quartile over the days before, for every entry.

    Quartiles are interpolated linearly between order statistics (Hyndman and Fan's type 7, as in
    numpy and pandas). Values that are not finite are left out.

    Parameters
    ----------
    values : array (day, ...) such as (day, hour, latitude, longitude), one entry a day without
        gaps (NaN where there is none); float32 and float64 are kept, all else becomes float64
    days : length of the window
    least : valid values that a window must hold, else its quartiles are NaN. By default `days`:
        one missing value, or a start less than `days` ago, is enough for NaN
    exclude_current : the window is the `days` days before the entry's own; else it ends with it

    Returns
    -------
    lower, median, upper : arrays like `values`, in its unit

    Raises
    ------
    ValueError : `days` below 1, `least` outside 1..days, or `values` without a dimension
    """
    values = np.asarray(values)
    least = days if least is None else least
    if days < 1 or not 1 <= least <= days or not values.ndim:
        raise ValueError(f"days {days} and least {least} on {values.ndim} dimensions")
    if values.dtype not in (np.float32, np.float64):
        values = values.astype(np.float64)
    columns = values.reshape(len(values), math.prod(values.shape[1:]))
    quartiles = np.empty((len(QUARTILES), *columns.shape), columns.dtype)
    shift = int(exclude_current)
    quartiles[:, :shift] = np.nan
    for start in range(0, columns.shape[1], SLICE):
        here = slice(start, start + SLICE)
        _run(columns[: len(columns) - shift, here], quartiles[:, shift:, here], days, least)
    lower, median, upper = quartiles.reshape(len(QUARTILES), *values.shape)
    return lower, median, upper


def running_counts(
    values: np.ndarray, days: int = 15, *, exclude_current: bool = True
) -> np.ndarray:
    """How many valid (finite) values stand in the window of every entry of `running_quartiles`.

    Returns
    -------
    array of int32 like `values`
    """
    before = np.zeros((len(values) + 1, *np.shape(values)[1:]), np.int32)
    np.cumsum(np.isfinite(values), axis=0, out=before[1:])
    end = np.arange(len(values)) + (0 if exclude_current else 1)
    return before[end] - before[np.maximum(end - days, 0)]


def _run(columns: np.ndarray, out: np.ndarray, days: int, least: int) -> None:
    """Quartiles of the windows that end with each entry of (day, column), into (3, day, column)."""
    # Missing values are +inf, so they stand at the end of a sorted window. Adding 0 leaves no -0,
    # whose bits differ from those of the equal 0.
    chunk = np.where(np.isfinite(columns), columns, columns.dtype.type(np.inf)) + 0
    whole_days = running_counts(chunk.max(axis=1), days, exclude_current=False)
    window = np.full((days, chunk.shape[1]), np.inf, chunk.dtype)
    spare = np.empty_like(window)
    with np.errstate(invalid="ignore"):  # inf - inf, where the window is amended below
        for day, new in enumerate(chunk):
            _replace(window, chunk[day - days] if day >= days else np.inf, new, spare)
            window, spare = spare, window
            _write(window, out[:, day])
            if whole_days[day] < days:
                _amend(window, out[:, day], least)


def _replace(
    window: np.ndarray, old: np.ndarray | float, new: np.ndarray, result: np.ndarray
) -> None:
    """The sorted `window` (day, column) without `old`, which it holds, and with `new`; sorted.

    `window` is spent. Taking `old` out: left of it stay the w[i], right of it come the w[i+1].
    With m = min(w, old) either w[i+1] = m[i+1] and m[i] = w[i], or m[i] = m[i+1] = old; so in both
    cases the exclusive or of the bits of m[i], m[i+1] and w[i+1] is what belongs there.
    Putting `new` in: the i-th is then the middle one of rest[i-1], new, rest[i].
    """
    np.minimum(window, old, out=result)
    bits = np.dtype(f"u{window.itemsize}")
    window.view(bits)[1:] ^= result.view(bits)[1:]
    window.view(bits)[1:] ^= result.view(bits)[:-1]
    rest = window[1:]
    np.minimum(rest, new, out=result[:-1])
    result[-1] = new
    np.maximum(result[1:], rest, out=result[1:])


def _write(window: np.ndarray, out: np.ndarray) -> None:
    """The quartiles of sorted windows (value, column) into `out` (3, column)."""
    for share, quartile in zip(QUARTILES, out, strict=True):
        below, fraction = divmod(share * (len(window) - 1), 1)
        low = window[int(below)]
        if not fraction:
            quartile[:] = low
            continue
        np.subtract(window[int(below) + 1], low, out=quartile)
        quartile *= quartile.dtype.type(fraction)
        quartile += low


def _amend(window: np.ndarray, out: np.ndarray, least: int) -> None:
    """Write again where windows miss values: quartiles of what is left, NaN below `least`."""
    columns = np.flatnonzero(np.isinf(window[-1]))
    window = window[:, columns]
    valid = np.isfinite(window).sum(axis=0)
    out[:, columns] = np.nan
    for count in np.unique(valid[valid >= least]):
        some = np.flatnonzero(valid == count)
        made = np.empty((len(QUARTILES), len(some)), window.dtype)
        _write(window[:count, some], made)
        out[:, columns[some]] = made
