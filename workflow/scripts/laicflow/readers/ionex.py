"""IONEX 1.0 and 1.1: maps of vertical TEC of any analysis centre, on any grid."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import FormatError
from laicflow.readers import raw
from laicflow.readers.ionex_header import Header
from laicflow.readers.ionex_header import read_header as _read_header
from laicflow.readers.ionex_lines import Cursor
from laicflow.readers.ionex_maps import Map, Maps, read_maps
from laicflow.readers.ionex_names import day_of_name

# Attributes of the Dataset that are fields of the header.
_NAMES = (
    "ionex_version",
    "program",
    "run_by",
    "created",
    "centre",
    "predicted",
    "title",
    "mapping_function",
    "base_radius_km",
    "height_km",
    "interval_s",
    "satellite_system",
    "elevation_cutoff_deg",
)


def read(
    path: str | Path, *, rms: bool = True, day: dt.date | None = None, end_label: bool = True
) -> xr.Dataset:
    """The maps of a file.

    Parameters
    ----------
    path : an IONEX file, plain, `.Z` or gzip (told by its bytes)
    rms : whether to read the RMS maps too; unread, they are not checked either
    day : the day (UTC) on which the header's first epoch must lie. Without it, a file whose
        name is an IONEX name (`day_of_name`) must hold the day of its name; other names say
        nothing
    end_label : whether the END OF FILE label must be there; without it a file is whole if all
        TEC maps of the header are there and an RMS map for each (`ionex_unended`)

    Returns
    -------
    Dataset of `tec` and, only where the file has RMS maps and `rms` is true, `rms`: float32 in
    TECU with dimensions time, latitude, longitude, NaN where the file has 9999. Time is UTC.
    Latitude and longitude (degrees) stand in the order of the file; a circle given as 0..360 is
    turned to -180..180, other longitudes stay as the file has them. Attributes: ionex_version,
    program, run_by, created, centre (by the header, never by the name; `unknown` where it does
    not tell), predicted (1 where the header calls the maps predicted), title (the first comment),
    mapping_function,
    base_radius_km, height_km, interval_s (0 where epochs are uneven), satellite_system,
    elevation_cutoff_deg, end_label (`present` or `missing`), not_a_number (values that the file
    writes as `nan`, which are missing) and, where the header has differential code biases,
    dcb_json: a list of its blocks as `ionex_biases.Block` has them, in ns.

    Raises
    ------
    FormatError : the file is no IONEX 1 file of two-dimensional maps, or not all of one: header,
        number of maps, map numbers, grid of each band, epochs (first, last, interval) and the
        END OF FILE label are checked. Height maps are checked and left out.
    """
    cursor = Cursor(raw.read_bytes(path), path)
    header = _read_header(cursor)
    _check_day(header, path, day)
    maps = read_maps(cursor, header, rms=rms, end_label=end_label)
    _check_maps(maps, header, path)
    variables = {"tec": maps["TEC"]}
    if maps["RMS"]:
        if [m.epoch for m in maps["RMS"]] != [m.epoch for m in maps["TEC"]]:
            found = f"{len(maps['RMS'])} of them with other epochs than the TEC maps"
            raise FormatError(path, None, "an RMS map for each TEC map", found)
        variables["rms"] = maps["RMS"]
    return _dataset(variables, header).assign_attrs(
        end_label="present" if maps.ended else "missing", not_a_number=maps.not_a_number
    )


def read_header(path: str | Path) -> dict:
    """What the header of a file says, by the names of `ionex_header.Header`, the `centre`
    and whether the maps are `predicted`.

    Raises
    ------
    FormatError : the header is not that of an IONEX 1 file of two-dimensional maps
    """
    header = _read_header(Cursor(raw.read_bytes(path), path))
    derived = {name: getattr(header, name) for name in ("centre", "predicted")}
    return {**dataclasses.asdict(header), **derived}


def _check_day(header: Header, path: str | Path, day: dt.date | None) -> None:
    """Check the header against the day asked for, or else against the day in the name."""
    found = header.first_epoch.date()
    named = day_of_name(Path(path).name)
    if day is not None and found != day:
        raise FormatError(path, None, f"maps of {day}", f"a header that begins at {found}")
    if day is None and named is not None and found != named:
        raise FormatError(
            path, None, f"maps of {named}, as the name says", f"a header that begins at {found}"
        )


def _check_maps(maps: Maps, header: Header, path: str | Path) -> None:
    """Check number and epochs of the TEC maps against the header.

    The document has all maps of all kinds counted, most writers count those of TEC.
    """
    tec = maps["TEC"]
    if not tec or header.maps not in (len(tec), maps.count):
        raise FormatError(path, None, f"{header.maps} TEC maps, as the header says", len(tec))
    epochs = [one.epoch for one in tec]
    for name, wanted, found in (
        ("first", header.first_epoch, epochs[0]),
        ("last", header.last_epoch, epochs[-1]),
    ):
        if wanted != found:
            raise FormatError(path, None, f"the {name} map at {wanted}, as the header says", found)
    for number, (before, after) in enumerate(zip(epochs, epochs[1:], strict=False), start=2):
        seconds = (after - before).total_seconds()
        if seconds <= 0 or (header.interval_s and seconds != header.interval_s):
            raise FormatError(
                path,
                None,
                f"TEC map {number} {header.interval_s or 'some'} s after the one before",
                f"{seconds:.0f} s",
            )


def _dataset(maps: dict[str, list[Map]], header: Header) -> xr.Dataset:
    """The Dataset of `read`."""
    order, longitude = _from_west(header.longitude)
    epochs = np.array([one.epoch for one in maps["tec"]], dtype="datetime64[ns]")
    names = {"tec": "vertical total electron content", "rms": "its root mean square error"}
    variables = {}
    for name, parts in maps.items():
        values = np.stack([one.values for one in parts])
        values = values if order is None else np.ascontiguousarray(values[..., order])
        attributes = {"units": "TECU", "long_name": names[name]}
        variables[name] = (("time", "latitude", "longitude"), values, attributes)
    coordinates = {
        "time": ("time", epochs),
        "latitude": ("latitude", header.latitude, {"units": "degrees_north"}),
        "longitude": ("longitude", longitude, {"units": "degrees_east"}),
    }
    attributes = {name: getattr(header, name) for name in _NAMES}
    if header.biases:
        blocks = [vars(block) for block in header.biases]
        attributes["dcb_json"] = json.dumps(blocks, sort_keys=True)
    return xr.Dataset(variables, coordinates, attributes)


def _from_west(longitude: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Order of the columns and longitudes of -180..180, where the file has the circle 0..360.

    The order is None where nothing changes. The meridian that the circle repeats is repeated
    at its new ends.
    """
    if longitude.size < 2 or longitude[0] != 0 or longitude[-1] != 360:
        return None, longitude
    count = longitude.size - 1
    west = np.where(longitude[:count] >= 180, longitude[:count] - 360, longitude[:count])
    order = np.argsort(west)
    if west[order[0]] != -180:
        return order, west[order]
    return np.append(order, order[0]), np.append(west[order], 180.0)
