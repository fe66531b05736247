"""TEC at points and times between the maps of a global ionosphere map.

Source: S. Schaer, W. Gurtner, J. Feltens, IONEX: The IONosphere Map EXchange Format Version 1
(1998): bilinear between the four grid points, and in time the third and recommended of its ways,
linear between two maps that are turned with the Sun. The map of epoch T is read at the longitude
l + (t - T), 15 degrees an hour: there the local time at T is that of the point at t.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

DEGREES_PER_SECOND = 360 / 86400

# Degrees within which a longitude counts as lying on a grid line, so that rounding (of 15 degrees
# times a third of an hour, say) neither pushes it off the grid nor draws in a further node.
ON_THE_LINE = 1e-6

# Degrees by which the steps of a longitude grid may differ: float32 and tenths of a degree.
UNEVEN = 1e-3


def at_points(
    maps: xr.Dataset,
    latitude: np.ndarray,
    longitude: np.ndarray,
    times: pd.DatetimeIndex,
    *,
    max_gap_hours: float = 2.1,
) -> tuple[np.ndarray, np.ndarray]:
    """TEC at points and times, and from how widely spaced maps it comes.

    At the very epoch of a map its values are taken as they are.

    Parameters
    ----------
    maps : Dataset with `tec` (time, latitude, longitude) in TECU, times (UTC) increasing, the
        grid evenly spaced in longitude, in any direction, once around the Earth (with or without
        both ends) or a part of it; optionally `interval_s` (time), the product's own spacing
    latitude, longitude : arrays (point) in degrees; any turn of the longitude will do
    times : UTC, in any order
    max_gap_hours : maps further apart than this are not bridged

    Returns
    -------
    tec : array (point, time) of float64 in TECU; NaN before the first and after the last map, in
        a gap, off the grid (regional maps: also where a turned map has no value any more) and
        where a node that takes part is NaN
    interval_s : array (time), seconds between the two maps used; at a map's epoch the product's
        own spacing, or where `maps` does not tell it that to the nearer neighbour; NaN where no
        map was used

    Raises
    ------
    ValueError : times of the maps that do not increase, latitudes that stand twice, longitudes
        that are not evenly spaced, points whose arrays differ in length
    """
    latitude, longitude = np.atleast_1d(latitude), np.atleast_1d(longitude)
    if latitude.shape != longitude.shape or latitude.ndim != 1:
        raise ValueError(f"latitude {latitude.shape} and longitude {longitude.shape} of points")
    grid = _Grid(maps)
    epochs = maps["time"].values.astype("datetime64[us]")
    if not (epochs[1:] > epochs[:-1]).all():
        raise ValueError("the times of the maps do not increase")
    wanted = np.asarray(times, dtype="datetime64[us]")
    before, after = _neighbours(epochs, wanted, max_gap_hours * 3600)
    used = np.flatnonzero(before >= 0)
    before, after = before[used], after[used]
    since, until = (_seconds(wanted[used] - epochs[index]) for index in (before, after))
    share = np.divide(since, since - until, out=np.zeros(len(used)), where=before != after)
    tec = np.full((len(latitude), len(wanted)), np.nan)
    for point, (north, east) in enumerate(zip(latitude, longitude, strict=True)):
        early = grid.read(before, north, east + since * DEGREES_PER_SECOND)
        late = grid.read(after, north, east + until * DEGREES_PER_SECOND)
        tec[point, used] = _between(early, late, share)
    interval_s = np.full(len(wanted), np.nan)
    interval_s[used] = np.where(before == after, _own_spacing(maps)[before], since - until)
    return tec, interval_s


class _Grid:
    """Maps that can be read between their nodes."""

    def __init__(self, maps: xr.Dataset) -> None:
        ordered = maps["tec"].transpose("time", "latitude", "longitude").sortby("latitude")
        if ordered.sizes["longitude"] > 1 and np.diff(ordered["longitude"].values)[0] < 0:
            ordered = ordered.isel(longitude=slice(None, None, -1))
        self.tec = ordered.values
        self.latitude = ordered["latitude"].values.astype(float)
        longitude = ordered["longitude"].values.astype(float)
        if not (np.diff(self.latitude) > 0).all():
            raise ValueError(f"latitudes of the maps stand twice: {self.latitude}")
        steps = np.diff(longitude)
        if len(steps) == 0 or steps[0] <= 0 or np.ptp(steps) > UNEVEN:
            raise ValueError(f"longitudes of the maps are not evenly spaced: {longitude}")
        self.west, self.columns, self.step = longitude[0], len(longitude), steps.mean()
        # Around the Earth without its end: between the last column and the first lies a cell too.
        self.is_open = abs(self.columns * self.step - 360) < UNEVEN

    def read(self, index: np.ndarray, latitude: float, longitude: np.ndarray) -> np.ndarray:
        """TEC of the maps `index` at one latitude and a longitude each, NaN off the grid."""
        rows = np.arange(len(self.latitude))
        row = np.interp(latitude, self.latitude, rows, left=np.nan, right=np.nan)
        column = self._column(longitude)
        result = np.full(len(longitude), np.nan)
        inside = np.isfinite(row + column)
        if not inside.any():
            return result
        index, column = index[inside], column[inside]
        # On a grid line both neighbours are the line itself: a NaN beside it takes no part.
        west = np.floor(column).astype(int) % self.columns
        east = np.ceil(column).astype(int) % self.columns
        bands = [
            _between(self.tec[index, r, west], self.tec[index, r, east], column - west)
            for r in (int(np.floor(row)), int(np.ceil(row)))
        ]
        result[inside] = _between(*bands, row % 1)
        return result

    def _column(self, longitude: np.ndarray) -> np.ndarray:
        """Where longitudes lie, counted in columns of the grid; NaN off the grid."""
        east = (longitude - self.west + ON_THE_LINE) % 360 - ON_THE_LINE
        column = east / self.step
        line = np.round(column)
        column = np.where(np.abs(column - line) * self.step <= ON_THE_LINE, line, column)
        return np.where(column <= self.columns - (0 if self.is_open else 1), column, np.nan)


def _neighbours(
    epochs: np.ndarray, wanted: np.ndarray, max_gap_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """The maps before and after each time: twice the same at its epoch, -1 where none will do."""
    after = np.searchsorted(epochs, wanted)
    bounded = np.append(epochs, np.datetime64("NaT"))
    before = np.where(bounded[after] == wanted, after, after - 1)
    gap_s = _seconds(bounded[after] - bounded[before])
    near = (before >= 0) & (gap_s <= max_gap_s)
    return np.where(near, before, -1), np.where(near, after, -1)


def _own_spacing(maps: xr.Dataset) -> np.ndarray:
    """Seconds between maps as the product says, or else to the nearer neighbour, one a map."""
    steps = np.append(_seconds(np.diff(maps["time"].values)), np.nan)
    nearer = np.fmin(steps, np.roll(steps, 1))
    if "interval_s" not in maps:
        return nearer
    told = maps["interval_s"].values.astype(float)
    return np.where(told > 0, told, nearer)


def _seconds(difference: np.ndarray) -> np.ndarray:
    """Differences of times in seconds, NaN for NaT."""
    return difference / np.timedelta64(1, "s")


def _between(low: np.ndarray, high: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Go `share` of the way from `low` to `high`, in float64."""
    low = low.astype(float)
    return low + share * (high - low)
