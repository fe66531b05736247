"""Writing of simulated radiation as NOAA publishes it, NetCDF-4.

Names, units, attributes and order of the axes are those of printed headers and of a subset of the
record: `olr(time, lat, lon)` as float32, latitudes from north to south, longitudes 0..360, times
in hours since 1800-01-01. The record has files of a year and 0 where a value is missing; the file
of the radiometers' own values has all years, and -9.96921e+36 where one is missing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import netCDF4
import numpy as np

from laicflow.files import atomic_path

EPOCH = dt.datetime(1800, 1, 1)
RECORD = "NOAA Climate Data Record of Daily Mean Upward Longwave Flux at Top of the Atmosphere"
# What the files of PSL hold where there is no value.
UNWRITTEN = np.float32(9.96921e36) * np.float32(-1)
NOTE = "Simulated by laicflow: not an observation."


def write_record(
    year: int, flux: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, folder: Path
) -> Path:
    """A year of the climate data record: `olr-daily_v01r02_<yyyy>0101_<yyyy>1231.nc`.

    Parameters
    ----------
    flux : (day, latitude, longitude), W m-2, NaN where missing; latitudes may go either way
    """
    path = Path(folder) / f"olr-daily_v01r02_{year}0101_{year}1231.nc"
    texts = {
        "standard_name": "toa_outgoing_longwave_flux",
        "long_name": RECORD,
        "units": "W m-2",
        "cell_methods": "time: mean area: mean",
    }
    title = "NOAA Climate Data Record of Daily Mean Outgoing Longwave Radiation"
    _write(path, dt.date(year, 1, 1), flux, (latitude, longitude), np.float32(0), title, texts)
    return path


def write_uninterpolated(
    first: dt.date, flux: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, folder: Path
) -> Path:
    """All years of the product as the radiometers saw it: `uninterp_OLR/olr.day.mean.nc`."""
    path = Path(folder) / "uninterp_OLR" / "olr.day.mean.nc"
    texts = {
        "long_name": "Daily Mean OLR",
        "units": "W/m^2",
        "dataset": "NOAA Uninterpolated OLR",
        "var_desc": "Outgoing Longwave Radiation",
        "statistic": "Mean",
    }
    title = "Daily Mean Uninterpolated OLR"
    _write(path, first, flux, (latitude, longitude), UNWRITTEN, title, texts)
    return path


def _write(
    path: Path,
    first: dt.date,
    flux: np.ndarray,
    places: tuple[np.ndarray, np.ndarray],
    fill: np.float32,
    title: str,
    texts: dict[str, str],
) -> None:
    """One file, from north to south and from 0 degrees to the east."""
    latitude, longitude = places[0], np.mod(places[1], 360.0)
    south, east = np.argsort(latitude)[::-1], np.argsort(longitude)
    flux = flux[:, south][:, :, east]
    start = (dt.datetime(first.year, first.month, first.day) - EPOCH).total_seconds() / 3600
    axes = {
        "time": start + 24.0 * np.arange(len(flux)),
        "lat": latitude[south],
        "lon": longitude[east],
    }
    units = {
        "time": "hours since 1800-01-01 00:00:0.0",
        "lat": "degrees_north",
        "lon": "degrees_east",
    }
    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
        file.title = title
        file.comment = NOTE
        for name, values in axes.items():
            file.createDimension(name, None if name == "time" else len(values))
            kind = "f8" if name == "time" else "f4"
            file.createVariable(name, kind, (name,))[:] = values
            file[name].units = units[name]
        olr = file.createVariable(
            "olr", "f4", tuple(axes), fill_value=fill, zlib=True, complevel=4, shuffle=True
        )
        olr.missing_value = fill
        olr.setncatts(texts)
        olr[:] = np.where(np.isnan(flux), fill, flux).astype("f4")
