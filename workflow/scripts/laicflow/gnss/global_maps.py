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
        return maps[[name for name in ("tec", "interval_s") if name in maps]]
    paths = [maps] if isinstance(maps, str | Path) else list(maps)
    parts = [_with_spacing(ionex.read(path, rms=False)) for path in paths]
    for path, part in zip(paths, parts, strict=True):
        if any(not np.array_equal(part[a], parts[0][a]) for a in ("latitude", "longitude")):
            raise FormatError(path, None, f"the grid of {paths[0]}", "another one")
    joined = xr.concat(parts, "time").sortby("time")
    return joined.isel(time=np.unique(joined["time"].values, return_index=True)[1])


def _with_spacing(part: xr.Dataset) -> xr.Dataset:
    """The TEC of a file, and the spacing that it says (s; 0 where epochs are uneven) by time."""
    spacing = np.full(part.sizes["time"], float(part.attrs["interval_s"]))
    return part[["tec"]].assign(interval_s=("time", spacing))


def vertical(
    maps: xr.Dataset, time: np.ndarray, latitude: np.ndarray, longitude: np.ndarray
) -> np.ndarray:
    """TECU at points (UTC, degrees), NaN outside the maps and where a map between is missing.

    Linear in time between the two maps about it, each turned with the Sun, and bilinear in
    space (IONEX 1.0, Schaer et al. 1998, equation 3).

    Parameters
    ----------
    maps : `tec` in TECU by time, latitude and longitude, on an even grid; `interval_s` (time), the
        spacing of the product there, or else the commonest step counts as that
    """
    epochs = maps["time"].values.astype("datetime64[us]")
    field = maps["tec"].transpose("time", "latitude", "longitude").values
    lat, lon = maps["latitude"].values, maps["longitude"].values
    second = np.timedelta64(1_000_000, "us")
    seconds = (np.asarray(time).astype("datetime64[us]") - epochs[0]) / second
    known = (epochs - epochs[0]) / second
    if known.size == 1:
        alone = _bilinear(field, np.zeros(seconds.shape, int), lat, lon, latitude, longitude)
        return np.where(seconds == 0.0, alone, np.nan)
    before = np.clip(np.searchsorted(known, seconds, side="right") - 1, 0, known.size - 2)
    step = np.diff(known)
    share = (seconds - known[before]) / step[before]
    value = np.zeros(seconds.shape)
    for which, weight in ((before, 1.0 - share), (before + 1, share)):
        turned = longitude + (seconds - known[which]) * _SUN_DEG_PER_S
        own = _bilinear(field, which, lat, lon, latitude, turned)
        # A map without weight may have nothing at the place that it is turned to.
        value += np.where(weight > 0.0, weight * own, 0.0)
    whole = (step <= _longest(maps, known) + 1.0)[before] | (share == 0.0) | (share == 1.0)
    return np.where((share >= 0.0) & (share <= 1.0) & whole, value, np.nan)


def _longest(maps: xr.Dataset, known: np.ndarray) -> np.ndarray:
    """Seconds that a map and the next may lie apart, for each map but the last.

    The last map of a product that becomes denser is as far from the next as its own spacing.
    """
    steps, counts = np.unique(np.diff(known), return_counts=True)
    spacing = np.full(known.size, steps[np.argmax(counts)])
    if "interval_s" in maps:
        said = maps["interval_s"].values.astype(np.float64)
        spacing = np.where(said > 0.0, said, spacing)
    return np.maximum(spacing[:-1], spacing[1:])


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
