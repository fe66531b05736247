"""Small files of outgoing longwave radiation, laid out as NOAA's three products."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import netCDF4
import numpy as np

TITLES = {
    "cdr": "NOAA Climate Data Record of Daily Mean OLR",
    "interpolated": "Daily Mean Interpolated OLR",
    "uninterpolated": "Daily Mean Uninterpolated OLR",
}
# From north to south and from 0 to 360 degrees, as all products have them.
GRIDS = {
    "cdr": ([41.5, 40.5, 39.5], [79.5, 80.5, 81.5, 82.5]),
    "interpolated": ([42.5, 40.0, 37.5], [77.5, 80.0, 82.5, 85.0]),
}
GRIDS["uninterpolated"] = GRIDS["interpolated"]


def put(
    path: Path,
    first: dt.date,
    days: int,
    product: str = "cdr",
    *,
    grid: tuple[list, list] | None = None,
    skipped: tuple[int, ...] = (),
    fill: float = 0.0,
    values: np.ndarray | None = None,
) -> Path:
    """A file of some days.

    The flux is 200 + day of the file (modulo 100) + row + column / 10, or `values`.

    Parameters
    ----------
    skipped : days, counted from the first, that the file does not have
    """
    latitude, longitude = (np.array(one) for one in grid or GRIDS[product])
    if values is None:
        shape = (days, len(latitude), len(longitude))
        day, row, column = np.indices(shape)
        values = 200.0 + day % 100 + row + column / 10
    keep = [day for day in range(days) if day not in skipped]
    hours = (dt.datetime(first.year, first.month, first.day) - dt.datetime(1800, 1, 1)).days * 24
    path.parent.mkdir(parents=True, exist_ok=True)
    with netCDF4.Dataset(path, "w") as file:
        file.title = TITLES[product]
        axes = (("time", hours + 24.0 * np.array(keep)), ("lat", latitude), ("lon", longitude))
        for name, one in axes:
            file.createDimension(name, len(one))
            file.createVariable(name, "f8", (name,))[:] = one
        file["time"].units = "hours since 1800-01-01 00:00:0.0"
        olr = file.createVariable("olr", "f4", ("time", "lat", "lon"), fill_value=fill)
        olr.set_auto_maskandscale(False)
        olr.units = "W m-2"
        olr[:] = values[keep]
    return path
