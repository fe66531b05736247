"""Daily outgoing longwave radiation (OLR) of NOAA, NetCDF.

Three products share the file name `olr.day.mean.nc`: `interpolated` (2.5 degrees, gaps filled in
time and space, Liebmann and Smith 1996), `uninterpolated` (2.5 degrees, as the radiometers saw it)
and `cdr` (the climate data record of HIRS, 1 degree; from the data centre itself the files are
named `olr-daily_v01r02_...`). They are told apart by what the file says of itself (`title`, and of
the variable `dataset`, `long_name`, `var_desc`) and by the grid: only the record has 1 degree.

All have `olr(time, lat, lon)`, latitudes from north to south, longitudes 0..360. Older files are
packed (int16, value = raw x 0.01 + 327.65). Some declare 0 as the fill value: a flux of 0 is none.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator
from pathlib import Path

import cftime
import netCDF4
import numpy as np
import xarray as xr

from laicflow import geo, packing
from laicflow.errors import FormatError
from laicflow.readers import raw

INTERPOLATED, UNINTERPOLATED, CDR = "interpolated", "uninterpolated", "cdr"
NAMES = {"time": ("time",), "latitude": ("lat", "latitude"), "longitude": ("lon", "longitude")}
UNITS = ("W/m^2", "W m-2", "W/m2", "W m^-2", "W m**-2", "watts m-2", "Watts/m^2")
# What the Earth can send out (the products' own valid range), W m-2.
RANGE = (0.0, 500.0)
# With more values than this beyond it, the unit or the packing is not what the file says.
MOST_BEYOND = 0.01
# The record of NOAA's satellites begins here.
FIRST_DAY = np.datetime64("1974-06-01", "D")
COARSE = 2.5  # degrees
DAY = np.timedelta64(1, "D")
# A file may say any size, which takes no byte of it; real ones have at most 100 years of days, and
# at most a quarter of a degree is allowed for.
MOST = {"time": 36_600, "latitude": 721, "longitude": 1441}
_MAGIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n")
_HEAD = 4096
_CDR = re.compile(r"climate data record|\bcdr\b|\bhirs\b", re.IGNORECASE)
_NOT = re.compile(r"\b(un|non|not)[- ]?interpolated", re.IGNORECASE)
_INTERPOLATED = re.compile(r"interpolated|interp_olr", re.IGNORECASE)


def read(
    path: str | Path,
    *,
    south_north: list[float] | None = None,
    west_east: list[float] | None = None,
    first: np.datetime64 | None = None,
    last: np.datetime64 | None = None,
) -> xr.Dataset:
    """Daily OLR of a file, of a box and a run of days where they are given.

    Parameters
    ----------
    south_north, west_east : degrees, edges included (west > east crosses the date line)
    first, last : days, both included

    Returns
    -------
    Dataset with `olr` (time, latitude, longitude), float32 in W m-2, NaN where missing; time is the
    start of the day (UTC), latitudes ascend, longitudes ascend within -180..180. Attributes:
    `product` (interpolated, uninterpolated, cdr), `told_by` (text, grid), `title`, `fill` (values
    that mean nothing), `missing` and `beyond_range` (how many values each took out), `gap_days`
    (days from first to last that are not in the file)

    Raises
    ------
    FormatError : no NetCDF or a truncated one; no `olr` of time, latitude and longitude; a product
        that neither text nor grid tells, or about which they differ; another unit; times that are
        not whole days in ascending order; places off the globe or twice; more than 1 % of values
        beyond RANGE; nothing of the box or the days in the file; sizes that the file says and no
        real one has
    """
    with _opened(path) as file:
        olr = _variable(file, path)
        _check_sizes(file, olr, Path(path).stat().st_size, path)
        days, latitude, longitude = _axes(file, olr, path)
        product, told_by = _product(file, olr, latitude, longitude, path)
        rows = _run(days, first, last)
        box = geo.inside_box(
            latitude[:, None], longitude, south_north or [-90, 90], west_east or [-180, 180]
        )
        north, east = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
        if not len(rows) or not len(north) or not len(east):
            held = f"{days[0]} to {days[-1]}, {latitude.min():g} to {latitude.max():g} N"
            raise FormatError(path, None, "OLR of the box and days asked for", held)
        bands = slice(rows[0], rows[-1] + 1), slice(north[0], north[-1] + 1)
        values, facts = _unpacked(olr[bands][:, :, east], olr, path)
        facts |= {"product": product, "told_by": told_by, "title": _text(file, "title")}
    return _dataset(values, days[rows], latitude[north], longitude[east], facts)


def _dataset(
    values: np.ndarray, days: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, facts: dict
) -> xr.Dataset:
    """What `read` gives."""
    facts["gap_days"] = int((days[-1] - days[0]) / DAY) + 1 - len(days)
    coords = {"time": days.astype("datetime64[us]"), "latitude": latitude, "longitude": longitude}
    made = xr.Dataset({"olr": (tuple(coords), values, {"units": "W m-2"})}, coords, facts)
    return made.sortby(["latitude", "longitude"])


def look(content: bytes, name: str) -> tuple[str, np.ndarray]:
    """Product and days (datetime64[D], ascending) of a file in memory.

    Its last map is read too, so that a file which was cut is found.

    Raises
    ------
    FormatError : as of `read`, of the last map alone
    """
    with _opened(name, content) as file:
        olr = _variable(file, name)
        _check_sizes(file, olr, len(content), name)
        days, latitude, longitude = _axes(file, olr, name)
        product, _ = _product(file, olr, latitude, longitude, name)
        _unpacked(olr[-1:], olr, name)
    return product, days


@contextlib.contextmanager
def _opened(path: str | Path, content: bytes | None = None) -> Iterator[netCDF4.Dataset]:
    """A NetCDF file, of a disk or of a memory, its values not unpacked."""
    if content is None:
        with Path(path).open("rb") as handle:
            head = handle.read(_HEAD)
    else:
        head = content[:_HEAD]
    if not head.startswith(_MAGIC):
        found = "an HTML page" if raw.is_page(head) else repr(head[:8]) if head else "an empty file"
        raise FormatError(path, None, "a NetCDF file", found)
    try:
        with netCDF4.Dataset(path, memory=content) as file:
            file.set_auto_scale(False)
            yield file
    except (OSError, RuntimeError) as error:
        raise FormatError(path, None, "a sound NetCDF file", error) from error


def _variable(file: netCDF4.Dataset, path: str | Path) -> netCDF4.Variable:
    """The variable olr, unmasked, with a unit that is one of flux."""
    if "olr" not in file.variables:
        raise FormatError(path, None, "a variable olr", f"{', '.join(file.variables) or 'none'}")
    olr = file["olr"]
    # Packed files give their valid range sometimes packed, sometimes not.
    olr.set_auto_mask(False)
    unit = _text(olr, "units")
    if unit not in UNITS:
        raise FormatError(path, None, "olr in W m-2", f"the unit {unit!r}")
    return olr


def _axes(
    file: netCDF4.Dataset, olr: netCDF4.Variable, path: str | Path
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days, latitudes and longitudes of the variable."""
    names = _axis_names(olr, path)
    axes = {own: np.ma.filled(file[name][:].astype("f8"), np.nan) for own, name in names.items()}
    latitude, longitude = _places(axes, path)
    return _days(axes["time"], file[names["time"]], path), latitude, longitude


def _axis_names(olr: netCDF4.Variable, path: str | Path) -> dict[str, str]:
    """What the file calls time, latitude and longitude, in that order."""
    names = dict(zip(NAMES, olr.dimensions, strict=False))
    right = len(olr.dimensions) == 3 and all(names[own] in NAMES[own] for own in NAMES)
    if not right or any(name not in olr.group().variables for name in names.values()):
        raise FormatError(path, None, "olr(time, lat, lon) with their values", olr.dimensions)
    for name in names.values():
        if (found := olr.group()[name].dimensions) != (name,):
            raise FormatError(path, None, f"{name} along itself alone", found)
    return names


def _check_sizes(
    file: netCDF4.Dataset, olr: netCDF4.Variable, stored: int, path: str | Path
) -> None:
    """Refuse axes, blocks and values for which there would be no room, before any is read.

    Parameters
    ----------
    stored : bytes of the file
    """
    names = _axis_names(olr, path)
    for own, size in zip(names, olr.shape, strict=True):
        if size > MOST[own]:
            raise FormatError(path, None, f"at most {MOST[own]} of {own}", size)
    for one in (olr, *(file[name] for name in names.values())):
        if not isinstance(one.dtype, np.dtype) or one.dtype.kind not in "iuf":
            raise FormatError(path, None, f"numbers in {one.name}", one.dtype)
        block = one.chunking()
        size = math.prod(block) * one.dtype.itemsize if isinstance(block, list) else 0
        if size > packing.FREE:
            raise FormatError(path, None, f"blocks of at most {packing.FREE:,} bytes", f"{size:,}")
    size, most = olr.size * olr.dtype.itemsize, max(packing.FREE, packing.RATIO * stored)
    if size > most:
        found = f"{size:,} of a file of {stored:,}"
        raise FormatError(path, None, f"at most {most:,} bytes of values", found)


def _places(axes: dict[str, np.ndarray], path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes as they stand there, longitudes within -180..180."""
    latitude, east = axes["latitude"], axes["longitude"]
    off = not (np.abs(latitude) <= 90).all() or not ((east >= -180) & (east <= 360)).all()
    longitude = np.where(east >= 180, east - 360, east)
    if off or len(np.unique(longitude)) < len(east) or len(np.unique(latitude)) < len(latitude):
        found = f"{latitude[:3]}.. and {east[:3]}.."
        raise FormatError(path, None, "latitudes and longitudes of the globe, each once", found)
    return latitude, longitude


def _days(values: np.ndarray, time: netCDF4.Variable, path: str | Path) -> np.ndarray:
    """The days of the file, datetime64[D], ascending."""
    units, calendar = _text(time, "units"), _text(time, "calendar") or "standard"
    if not len(values) or not np.isfinite(values).all() or (np.diff(values) <= 0).any():
        raise FormatError(path, None, "times in ascending order", f"{values[:3]}..")
    try:
        start = cftime.num2date(values[0], units, calendar).isoformat()
        unit = {"hours": "h", "days": "D", "minutes": "m", "seconds": "s"}[units.split()[0]]
    except (ValueError, KeyError, IndexError) as error:
        raise FormatError(path, None, "times such as hours since 1800-01-01", units) from error
    since = (values - values[0]) * (np.timedelta64(1, unit) / np.timedelta64(1, "us"))
    days = (np.datetime64(start, "us") + np.round(since).astype("int64")).astype("datetime64[D]")
    if (np.diff(days) < DAY).any():
        twice = days[1:][np.diff(days) < DAY][0]
        raise FormatError(path, None, "one map a day", f"two or more of {twice}")
    # Monthly means and the climatology of days bear the same names of product and variable.
    if len(days) > 1 and (step := (np.diff(days) / DAY).min()) > 1:
        raise FormatError(path, None, "a map of each day", f"one in {step:g} days")
    if days[0] < FIRST_DAY:
        raise FormatError(path, None, f"days from {FIRST_DAY} on", f"{days[0]}, a climatology")
    return days


def _product(
    file: netCDF4.Dataset,
    olr: netCDF4.Variable,
    latitude: np.ndarray,
    longitude: np.ndarray,
    path: str | Path,
) -> tuple[str, str]:
    """Which product a file holds, and what told so."""
    told = (_text(olr, name) for name in ("dataset", "long_name", "var_desc"))
    text = " | ".join(filter(None, (_text(file, "title"), *told)))
    fine = any(
        np.abs(one / COARSE - np.round(one / COARSE)).max() > 1e-3 for one in (latitude, longitude)
    )
    # The record's own version for the poles is "interpolated" too: its name goes first.
    found = next(
        (
            product
            for product, words in (
                (CDR, _CDR),
                (UNINTERPOLATED, _NOT),
                (INTERPOLATED, _INTERPOLATED),
            )
            if words.search(text)
        ),
        None,
    )
    if found in (INTERPOLATED, UNINTERPOLATED) and fine:
        raise FormatError(path, None, f"a grid of {COARSE} degrees for {text!r}", "another grid")
    if found is None and not fine:
        expected = "a title that names the product (interpolated, uninterpolated or CDR)"
        raise FormatError(path, None, expected, repr(text))
    return (found, "text") if found else (CDR, "grid")


def _run(days: np.ndarray, first: np.datetime64 | None, last: np.datetime64 | None) -> np.ndarray:
    """The indices of the days asked for."""
    first = days[0] if first is None else np.datetime64(first, "D")
    last = days[-1] if last is None else np.datetime64(last, "D")
    return np.flatnonzero((days >= first) & (days <= last))


def _unpacked(
    values: np.ndarray, olr: netCDF4.Variable, path: str | Path
) -> tuple[np.ndarray, dict]:
    """Fluxes in W m-2 as float32, NaN where missing; the fill values and what was taken out."""
    fills = [
        _number(olr, name, 0, path)
        for name in ("_FillValue", "missing_value")
        if name in olr.ncattrs() and np.size(getattr(olr, name)) == 1
    ]
    missing = ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    for fill in fills:
        missing |= np.isclose(values, fill, rtol=1e-6, atol=0)
    scale, offset = _number(olr, "scale_factor", 1.0, path), _number(olr, "add_offset", 0.0, path)
    flux = values.astype("float64") * scale + offset
    beyond = ~missing & ~((flux > RANGE[0]) & (flux <= RANGE[1]))
    if beyond.sum() > MOST_BEYOND * max(1, (~missing).sum()):
        worst = f"{beyond.sum()} of {(~missing).sum()} beyond, such as {flux[beyond][0]:g}"
        raise FormatError(path, None, f"fluxes within {RANGE[0]:g} to {RANGE[1]:g} W m-2", worst)
    flux[missing | beyond] = np.nan
    facts = {"fill": ", ".join(f"{fill:g}" for fill in sorted(set(fills))) or "none"}
    facts |= {"missing": int(missing.sum()), "beyond_range": int(beyond.sum())}
    return flux.astype("float32"), facts


def _number(olr: netCDF4.Variable, name: str, default: float, path: str | Path) -> float | int:
    """A number attribute, `default` where there is none."""
    value = np.asarray(olr.getncattr(name) if name in olr.ncattrs() else default)
    if value.size != 1 or value.dtype.kind not in "iuf":
        raise FormatError(path, None, f"a number as {name} of olr", repr(olr.getncattr(name)))
    return value.item()


def _text(holder: netCDF4.Dataset | netCDF4.Variable, name: str) -> str:
    """A text attribute, "" where there is none."""
    return str(getattr(holder, name)).strip() if name in holder.ncattrs() else ""
