"""Hourly VTEC over sites, month by month out of the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.clean.maps import once
from laicflow.progress import track
from laicflow.store import read_netcdf
from laicflow.tensors.interpolate import at_points


def hourly_vtec(
    paths: list[str | Path],
    latitude: np.ndarray,
    longitude: np.ndarray,
    first: pd.Timestamp,
    last: pd.Timestamp,
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """VTEC over sites at every full hour of first..last (days, both included).

    Months are read one after the other; the maps behind a month's last own epoch wait for the
    next month, so that an interpolation never ends at a month's edge.

    Parameters
    ----------
    paths : files of the store, in the order of time
    latitude, longitude : degrees, one a site

    Returns
    -------
    VTEC in TECU (site, hour), NaN where the maps do not reach; spacing of the maps in seconds
    (hour), NaN likewise; the attributes of the files
    """
    hours = pd.date_range(first, last + pd.Timedelta(days=1), freq="h", inclusive="left")
    vtec = np.full((len(latitude), len(hours)), np.nan, dtype="float32")
    spacing = np.full(len(hours), np.nan)
    carried: xr.Dataset | None = None
    attributes = []
    for number, path in enumerate(track(paths, "interpolating maps")):
        month = read_netcdf(path)
        attributes.append(dict(month.attrs))
        month = month[["tec", "interval_s"]]
        if carried is not None:
            month = once(xr.concat([carried, month], dim="time", join="exact"))
        times = pd.DatetimeIndex(month["time"].values)
        keep = len(times) - 1
        if number < len(paths) - 1 and times[-1] == times[-1].normalize() and len(times) > 1:
            keep -= 1
        carried = month.isel(time=slice(keep, None))
        end = times[keep] if number < len(paths) - 1 else times[-1]
        here = np.flatnonzero((hours >= times[0]) & (hours <= end))
        if len(here):
            values, steps = at_points(month, latitude, longitude, hours[here])
            vtec[:, here] = values
            spacing[here] = steps
    return vtec, spacing, attributes
