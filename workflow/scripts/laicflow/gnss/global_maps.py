"""Vertical TEC of global maps at any place and time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import FormatError
from laicflow.readers import ionex

_SUN_DEG_PER_S = 360.0 / 86400.0


def read(maps: xr.Dataset | str | Path | Iterable[str | Path]) -> xr.Dataset:
    """The TEC of one or several IONEX files, in order of time, each epoch once.

    Raises
    ------
    FormatError : as `readers.ionex.read`, or the files have different grids
    """
    if isinstance(maps, xr.Dataset):
        return maps[["tec"]]
    paths = [maps] if isinstance(maps, str | Path) else list(maps)
    parts = [ionex.read(path, rms=False)[["tec"]] for path in paths]
    for path, part in zip(paths, parts, strict=True):
        if any(not np.array_equal(part[a], parts[0][a]) for a in ("latitude", "longitude")):
            raise FormatError(path, None, f"the grid of {paths[0]}", "another one")
    joined = xr.concat(parts, "time").sortby("time")
    return joined.isel(time=np.unique(joined["time"].values, return_index=True)[1])


def vertical(
    maps: xr.Dataset, time: np.ndarray, latitude: np.ndarray, longitude: np.ndarray
) -> np.ndarray:
    """TECU at points (UTC, degrees), NaN outside the maps.

    Linear in time between the two maps about it, each turned with the Sun, and bilinear in
    space (IONEX 1.0, Schaer et al. 1998, equation 3).

    Parameters
    ----------
    maps : `tec` in TECU by time, latitude and longitude, on an even grid
    """
    epochs = maps["time"].values.astype("datetime64[us]")
    field = maps["tec"].transpose("time", "latitude", "longitude").values
    lat, lon = maps["latitude"].values, maps["longitude"].values
    second = np.timedelta64(1_000_000, "us")
    seconds = (np.asarray(time).astype("datetime64[us]") - epochs[0]) / second
    known = (epochs - epochs[0]) / second
    before = np.clip(np.searchsorted(known, seconds, side="right") - 1, 0, known.size - 2)
    share = (seconds - known[before]) / (known[before + 1] - known[before])
    value = np.zeros(seconds.shape)
    for which, weight in ((before, 1.0 - share), (before + 1, share)):
        turned = longitude + (seconds - known[which]) * _SUN_DEG_PER_S
        own = _bilinear(field, which, lat, lon, latitude, turned)
        # A map without weight may have nothing at the place that it is turned to.
        value += np.where(weight > 0.0, weight * own, 0.0)
    return np.where((share >= 0.0) & (share <= 1.0), value, np.nan)


def _bilinear(
    field: np.ndarray,
    epoch: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    latitude: np.ndarray,
    longitude: np.ndarray,
) -> np.ndarray:
    """Values of the maps numbered `epoch` at points, NaN beside a map of a region.

    Maps that go round the Earth close behind their last meridian; towards a pole the last two
    parallels go on for one more step.
    """
    step_lat, step_lon = lat[1] - lat[0], lon[1] - lon[0]
    row = (latitude - lat[0]) / step_lat
    column = ((longitude - lon[0]) % 360.0) / step_lon
    around = round(360.0 / step_lon)
    closed = lon.size >= around
    margin = 1.0 if closed else 0.0
    outside = (row < -margin) | (row > lat.size - 1 + margin)
    if not closed:
        outside |= column > lon.size - 1
        column = np.where(outside, 0.0, column)
    top = np.clip(np.floor(row).astype(int), 0, lat.size - 2)
    left = np.floor(column).astype(int) % around
    left = left if closed else np.minimum(left, lon.size - 2)
    down, right = row - top, column - (np.floor(column) if closed else left)
    next_column = (left + 1) % around
    value = (1 - down) * (
        (1 - right) * field[epoch, top, left] + right * field[epoch, top, next_column]
    ) + down * (
        (1 - right) * field[epoch, top + 1, left] + right * field[epoch, top + 1, next_column]
    )
    return np.where(outside, np.nan, value)
