"""Maps of the RST index on the days around an event, and how many cells are above by chance."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from laicflow.anomalies.rst import gaussian_share, rst_index
from laicflow.errors import ConfigError, LaicflowError
from laicflow.geo import inside_box
from laicflow.readers import geojson_lines

DAY = np.timedelta64(1, "D")
# Standard deviations above which values are counted.
COUNTED = (2.0, 3.0)
# The share of Gaussian values needs as many years.
LEAST = 3


def check_kept(kept: dict, study: dict) -> None:
    """Refuse a region of which the source keeps a part alone.

    Parameters
    ----------
    kept : `latitude` and `longitude` of the source, degrees
    study : `olr.latitude` and `olr.longitude` are those of the region

    Raises
    ------
    ConfigError : names both
    """
    own, source = study["olr"], study["data"]["olr"]
    if not _holds(kept, own):
        raise ConfigError(
            f"olr.latitude {own['latitude']} and olr.longitude {own['longitude']} reach beyond "
            f"what sources.{source} keeps: {kept['latitude']} and {kept['longitude']}"
        )


def _holds(kept: dict, own: dict) -> bool:
    """Whether a box holds another one; corners would not tell of a hole between them."""
    (south, north), (low, high) = kept["latitude"], own["latitude"]
    begins = (own["longitude"][0] - kept["longitude"][0]) % 360.0
    width, room = _width(own["longitude"]), _width(kept["longitude"])
    return south <= low and high <= north and (room == 360.0 or begins + width <= room)


def _width(west_east: list[float]) -> float:
    """Degrees eastward from one edge to the other; west > east crosses the date line."""
    west, east = west_east
    return east - west + (360.0 if west > east else 0.0)


def around_event(parts: list[xr.Dataset], olr: dict, event: dict) -> xr.Dataset:
    """RST index of the days around an event.

    Parameters
    ----------
    parts : maps of the store (`laicflow.clean.olr`), in any order
    olr : `period` (start, end: first and last day of the record), `latitude`, `longitude` (edges of
        the region, degrees), `days_before`, `days_after`, `leave_out`, `least_years`, `lines`
        (each `name` and `file`)
    event : `time` (UTC)

    Returns
    -------
    Dataset of `laicflow.anomalies.rst.rst_index` with `olr` (W m-2) beside the index, at all days
    that were asked for: those without a map have no values. Attributes beside those of the index:
    `product`, `days_without_map` (JSON), `missing_days` (of the record), `lines` (JSON: of each
    name its paths, each of [longitude, latitude]), `other_years` (JSON: of each year of which all
    these days have a map, how many values lie above each of `COUNTED`, its index made alike)

    Raises
    ------
    LaicflowError : maps of several products or grids, no cell of the region, or none of the days
    """
    record = _record(parts, olr)
    day = np.datetime64(event["time"], "D")
    wanted = day + np.arange(-olr["days_before"], olr["days_after"] + 1) * DAY
    held = record["time"].values.astype("datetime64[D]")
    there = wanted[np.isin(wanted, held)]
    if not len(there):
        first, last = (str(one) for one in (held[0], held[-1]))
        raise LaicflowError(
            f"radiation: expected maps of {wanted[0]} to {wanted[-1]}, found {first} to {last}"
        )
    made = rst_index(
        record["olr"], there, leave_out=olr["leave_out"], least_years=olr["least_years"]
    )
    made["olr"] = record["olr"].sel(time=made["time"])
    attrs = dict(made.attrs)
    years = made["years"].dtype
    made = made.reindex(time=wanted.astype("datetime64[us]"))
    made["years"] = made["years"].fillna(0).astype(years)
    made.attrs = attrs | {
        "product": parts[0].attrs["product"],
        "days_without_map": json.dumps([str(one) for one in wanted if one not in there]),
        "missing_days": int((held[-1] - held[0]) / DAY) + 1 - len(held),
        "lines": json.dumps(_lines(olr)),
        "other_years": json.dumps(_other_years(record["olr"], wanted, olr)),
    }
    return made


def by_chance(made: xr.Dataset, limit: float) -> tuple[int, int, float]:
    """Cells above a limit (one-sided, all days): how many, of how many, how many by chance.

    By chance: of independent Gaussian values, by the years behind each cell. Fluxes are skewed
    and neighbours alike, so that the number itself scatters by more than independent cells would.
    """
    index = made["rst"].values
    known = np.isfinite(index)
    years = made["years"].values[known]
    out = bool(made.attrs["leave_out"])
    chance = {
        int(n): gaussian_share(limit, int(n), leave_out=out) / 2
        for n in np.unique(years)
        if n >= LEAST
    }
    expected = sum(share * int((years == n).sum()) for n, share in chance.items())
    return int((index[known] > limit).sum()), int(known.sum()), float(expected)


def elsewhere(made: xr.Dataset, limit: float) -> dict[int, int]:
    """How many values lie above one of `COUNTED` on the same days of each other year."""
    found = json.loads(made.attrs["other_years"])
    return {int(year): counts[f"{limit:g}"] for year, counts in found.items()}


def said(made: xr.Dataset) -> list[str]:
    """What a log says of an index."""
    own = "without its own year" if made.attrs["leave_out"] else "with its own year"
    absent = json.loads(made.attrs["days_without_map"])
    lines = [
        f"{made.sizes['time']} days, {own}, years {made.attrs['first_year']} to "
        f"{made.attrs['last_year']}, product {made.attrs['product']}",
        f"days without a map: {', '.join(absent) or 'none'}; "
        f"values without an index: {made.attrs['without_index']}",
    ]
    for limit in COUNTED:
        above, cells, expected = by_chance(made, limit)
        others = sorted(elsewhere(made, limit).values())
        lines.append(
            f"above +{limit:g}: {above} of {cells} values, {expected:.1f} by chance; on the same "
            f"days of other years {', '.join(map(str, others)) or 'not known'}"
        )
    return lines


def _record(parts: list[xr.Dataset], olr: dict) -> xr.Dataset:
    """The maps of the record in the order of time, cut to the region."""
    products = sorted({part.attrs["product"] for part in parts})
    if len(products) > 1:
        raise LaicflowError(f"radiation: one product expected, found {', '.join(products)}")
    try:
        joined = xr.concat([part[["olr"]] for part in parts], dim="time", join="exact")
    except ValueError as error:
        raise LaicflowError(f"radiation: maps of one grid expected: {error}") from error
    joined = joined.sortby("time")
    days = joined["time"].values.astype("datetime64[D]")
    edges = [np.datetime64(olr["period"][edge], "D") for edge in ("start", "end")]
    latitude, longitude = joined["latitude"].values, joined["longitude"].values
    box = inside_box(latitude[:, None], longitude, olr["latitude"], olr["longitude"])
    north, east = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
    if len(north) < 2 or len(east) < 2:
        raise LaicflowError(
            f"radiation: expected cells of {olr['latitude']} N and {olr['longitude']} E, found "
            f"{len(north)} x {len(east)} of the grid from {latitude[0]:g} to {latitude[-1]:g} N "
            f"and {longitude[0]:g} to {longitude[-1]:g} E"
        )
    inside = (days >= edges[0]) & (days <= edges[1])
    if not inside.any():
        raise LaicflowError(f"radiation: no map of {edges[0]} to {edges[1]}")
    return joined.isel(time=inside, latitude=north, longitude=east)


def _other_years(olr: xr.DataArray, wanted: np.ndarray, rules: dict) -> dict[str, dict[str, int]]:
    """Values above the limits on the days of the same dates in the other years."""
    held = olr["time"].values.astype("datetime64[D]")
    years = np.unique(held.astype("datetime64[Y]"))
    middle = wanted[rules["days_before"]].astype("datetime64[Y]")
    found = {}
    for year in years[years != middle]:
        days = _moved(wanted, int((year - middle).astype(int)))
        if len(days) < len(wanted) or not np.isin(days, held).all():
            continue
        keys = {"leave_out": rules["leave_out"], "least_years": rules["least_years"]}
        index = rst_index(olr, days, **keys)["rst"].values
        if np.isfinite(index).any():
            counts = {f"{limit:g}": int((index > limit).sum()) for limit in COUNTED}
            found[str(year)] = counts
    return found


def _moved(days: np.ndarray, years: int) -> np.ndarray:
    """Days of the same dates some years later, without a 29 February that is not there."""
    months = days.astype("datetime64[M]")
    moved = (months + 12 * years).astype("datetime64[D]") + (days - months.astype("datetime64[D]"))
    return moved[moved.astype("datetime64[M]") == months + 12 * years]


def _lines(olr: dict) -> dict[str, list]:
    """Paths of the lines to draw, by name, those alone that enter the region."""
    found = {}
    for line in olr["lines"]:
        paths = geojson_lines.read(line["file"])
        near = [
            path
            for path in paths
            if inside_box(path[:, 1], path[:, 0], olr["latitude"], olr["longitude"]).any()
        ]
        found[line["name"]] = [path.tolist() for path in near]
    return found
