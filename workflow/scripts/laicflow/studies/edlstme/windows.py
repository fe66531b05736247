"""The series behind all windows of the study: VTEC at stations, cleaned, and indices beside it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.anomalies.bounds import CLEAN, epochs_a_day
from laicflow.clean.series import SMOOTHER, fill_gaps, outliers
from laicflow.errors import ConfigError, LaicflowError
from laicflow.store import read_netcdf, read_parquet
from laicflow.tensors.lagged import Index, LaggedWindows, Series, Shape
from laicflow.tensors.series import hourly_vtec

# The table of the store in which each index is, and the axis of time that it stands on.
TABLES = {"kp": "kp", "ap": "kp", "dst": "dst", "f107": "f107"}
UNITS = {"kp": "1", "ap": "2 nT", "dst": "nT", "f107": "sfu"}
NONE = "none"
# A site and its series are of one place when they differ by no more, degrees.
PLACE_DEG = 0.1
HOUR_MINUTES = 60
# Why a window is left out that ends between two maps.
LATER = "the last epoch lies between two maps and knows the later one"


def prepare(paths: list[str], sites: pd.DataFrame, study: dict) -> xr.Dataset:
    """The series of all stations as observed and as cleaned, and the indices.

    - VTEC at stations as it stands in the store, or hourly maps at the points of `sites` (turned
      with the Sun between two maps; such hours are flagged `filled`, since they are no observation
      and know the map after them).
    - Outliers and gaps as `study["preparation"]` says; nothing is fitted on epochs from
      `study["known_until"]` on unless the preparation takes the whole series.

    Parameters
    ----------
    paths : files of the store: series or maps, and the tables of indices
    sites : table `sites`
    study : period, sites, series, indices; preparation and known_until

    Returns
    -------
    Dataset of `vtec` and `cleaned` (time, station; TECU, NaN where missing), `filled` (bool: a
    value that is no observation), `between` (time, bool: between two maps) and each index on its
    own axis of time (`time_kp`, ...); latitude
    and longitude by station. Attributes: step_s, and as JSON counts ({station: {epochs, missing,
    outliers, filled, still_missing}}), variances, sources.

    Raises
    ------
    ConfigError : a station that nobody has, a series of another step than `series.step_minutes`
    LaicflowError : no file of VTEC, or a series of another place than its site
    """
    grids = [path for path in paths if str(path).endswith(".nc")]
    if not grids:
        raise LaicflowError("edlstme: no file of VTEC in the store")
    vtec, interpolated, told = _vtec(grids, sites, study)
    made, facts = _series(vtec, interpolated, study)
    made = made.assign(_indices(paths, study))
    variances = {site: own.pop("variances") for site, own in facts.items()}
    made.attrs = {
        "step_s": 60 * study["series"]["step_minutes"],
        "interpolated": int(interpolated.sum()),
        "counts": json.dumps(facts, sort_keys=True),
        "variances": json.dumps(variances, sort_keys=True),
        **told,
    }
    return made


def _series(
    vtec: xr.DataArray, interpolated: np.ndarray, study: dict
) -> tuple[xr.Dataset, dict[str, dict]]:
    """VTEC as observed and as cleaned, and what `_cleaned` says of each station."""
    times = vtec["time"].values
    cleaned, filled, facts = [], [], {}
    for number, site in enumerate(vtec["station"].values.tolist()):
        column = vtec.values[:, number].astype("float64")
        own, held, facts[site] = _cleaned(column, times, study)
        cleaned.append(own)
        filled.append(held | (interpolated & np.isfinite(own)))
    made = xr.Dataset(
        {
            "vtec": vtec.astype("float32"),
            "cleaned": (("time", "station"), np.stack(cleaned, axis=1).astype("float32")),
            "filled": (("time", "station"), np.stack(filled, axis=1).astype("int8")),
            "between": ("time", interpolated.astype("int8")),
        }
    )
    for name in ("vtec", "cleaned"):
        made[name].attrs = {"units": "TECU"}
    return made, facts


def said(tensors: xr.Dataset) -> list[str]:
    """What a log should say of tensors."""
    return [
        f"{site}: {', '.join(f'{number} {key}' for key, number in own.items())}"
        for site, own in json.loads(tensors.attrs["counts"]).items()
    ]


def lagged(tensors: xr.Dataset, study: dict, *, latency_hours: float = 0.0) -> LaggedWindows:
    """The windows of a variant.

    Parameters
    ----------
    tensors : what `prepare` made
    study : sites, series, indices, window, data
    latency_hours : from an epoch until its VTEC is published

    Raises
    ------
    LaicflowError : a series that holds no window, a station that is not there
    """
    window = study["window"]
    points = [one for one in study["sites"]["points"] if one["group"] == window["group"]]
    own = tensors.sel(station=[point["site"] for point in points])
    series = Series(
        own["time"].values.astype("datetime64[us]"),
        own["cleaned"].values,
        tuple(own["station"].values.tolist()),
        tuple(own["latitude"].values.tolist()),
        tuple(own["longitude"].values.tolist()),
        own["filled"].values.astype(bool),
        latency_hours,
    )
    shape = Shape(
        window["lag_hours"],
        window["horizon_hours"],
        known=window["known"],
        every=window["every"],
        longest_gap_hours=window["longest_gap_hours"],
        hour=window["hour"],
        season=window["season"],
        filled_targets=window["filled_targets"],
    )
    return _issued_at_maps(LaggedWindows(series, indices(tensors, study), shape), tensors)


def _issued_at_maps(windows: LaggedWindows, tensors: xr.Dataset) -> LaggedWindows:
    """The windows without those that end between two maps, and so know the later one (clean)."""
    between = tensors["between"].values.astype(bool)
    if windows.shape.known == CLEAN and between.any():
        lost = between[windows.series.at(windows.names)]
        windows.left_out[LATER] = int(lost.sum())
        windows.names = [name for name, bad in zip(windows.names, lost, strict=True) if not bad]
    return windows


def indices(tensors: xr.Dataset, study: dict) -> list[Index]:
    """The indices that windows show, of those that are in the tensors."""
    return [
        Index(
            one["name"],
            tensors[f"time_{TABLES[one['name']]}"].values.astype("datetime64[us]"),
            tensors[one["name"]].values.astype("float64"),
            one["stands_hours"],
            one["latency_hours"],
        )
        for one in study["indices"]
        if one["name"] in tensors
    ]


def _vtec(
    paths: list[str], sites: pd.DataFrame, study: dict
) -> tuple[xr.DataArray, np.ndarray, dict[str, str]]:
    """VTEC (time, station), which epochs lie between two maps (time), and what files say."""
    first, last = (pd.Timestamp(study["period"][edge]) for edge in ("start", "end"))
    minutes = study["series"]["step_minutes"]
    times = pd.date_range(
        first, last + pd.Timedelta(days=1), freq=f"{minutes}min", inclusive="left"
    )
    with_maps = "tec" in read_netcdf(paths[0])
    make = _of_maps if with_maps else _of_series
    values, interpolated, attributes = make(paths, sites, times, minutes)
    told = {
        "source": ", ".join(sorted({one["source"] for one in attributes})),
        "citation": "; ".join(sorted({one["citation"] for one in attributes})),
        "of": "maps" if with_maps else "stations",
    }
    array = xr.DataArray(
        values,
        dims=("time", "station"),
        coords={
            "time": times.to_numpy().astype("datetime64[ns]"),
            "station": sites["site"].astype(object).to_numpy(),
            "latitude": ("station", sites["latitude"].to_numpy()),
            "longitude": ("station", sites["longitude"].to_numpy()),
        },
    )
    return array, interpolated, told


def _of_maps(
    paths: list[str], sites: pd.DataFrame, times: pd.DatetimeIndex, minutes: int
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """VTEC of maps at points, hour by hour."""
    if minutes != HOUR_MINUTES:
        raise ConfigError(
            f"series.step_minutes is {minutes}: maps are interpolated to full hours, 60"
        )
    vtec, spacing, attributes = hourly_vtec(
        paths,
        sites["latitude"].to_numpy(),
        sites["longitude"].to_numpy(),
        times[0].normalize(),
        times[-1].normalize(),
    )
    known = [read_netcdf(path)["time"].values.astype("datetime64[us]") for path in paths]
    between = ~np.isin(times.to_numpy().astype("datetime64[us]"), np.concatenate(known))
    return vtec.T, between & np.isfinite(spacing), attributes


def _of_series(
    paths: list[str], sites: pd.DataFrame, times: pd.DatetimeIndex, minutes: int
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """VTEC of stations as it stands in the store."""
    parts = [read_netcdf(path) for path in paths]
    values = np.full((len(times), len(sites)), np.nan)
    found = set()
    for path, part in zip(paths, parts, strict=True):
        if float(part.attrs["step_s"]) != 60 * minutes:
            raise ConfigError(
                f"series.step_minutes is {minutes}, and the series in {path} has a step of "
                f"{float(part.attrs['step_s']) / 60:g} min"
            )
        row = times.get_indexer(pd.DatetimeIndex(part["time"].values))
        for number, site in enumerate(sites["site"]):
            if site in part["station"].values:
                found.add(site)
                _check_place(path, part.sel(station=site), sites.iloc[number])
                own = part["vtec"].sel(station=site).values
                values[row[row >= 0], number] = own[row >= 0]
    if lost := [site for site in sites["site"] if site not in found]:
        raise ConfigError(f"sites.points: no series of {', '.join(lost)} in the store")
    return values, np.zeros(len(times), bool), [dict(part.attrs) for part in parts]


def _check_place(path: str, station: xr.Dataset, site: pd.Series) -> None:
    """Refuse a site whose series is that of another place.

    Raises
    ------
    LaicflowError : they are more than `PLACE_DEG` apart
    """
    there = [float(station[axis]) for axis in ("latitude", "longitude")]
    asked = [float(site[axis]) for axis in ("latitude", "longitude")]
    across = abs((there[1] - asked[1] + 180.0) % 360.0 - 180.0)
    if not max(abs(there[0] - asked[0]), across) <= PLACE_DEG:
        raise LaicflowError(
            f"sites.points: {site['site']} lies at {asked[0]:g}, {asked[1]:g} there, and its "
            f"series in {path} is of {there[0]:g}, {there[1]:g} (degrees north, east)"
        )


def _cleaned(
    column: np.ndarray, times: np.ndarray, study: dict
) -> tuple[np.ndarray, np.ndarray, dict]:
    """A station's series without outliers and short gaps, where it was filled, and the counts."""
    own, per_day = study["preparation"], epochs_a_day(times.astype("datetime64[us]"))
    known = times < np.datetime64(study["known_until"])
    facts = {"epochs": len(column), "missing": int(np.isnan(column).sum()), "outliers": 0}
    values = column.copy()
    if own["outliers"] != NONE and np.isfinite(column[known]).sum() > 1:
        base = known if own["outliers"] == "training" else None
        bad = outliers(column, own["sigmas"], known=base)
        facts["outliers"] = int(bad.sum())
        values[bad] = np.nan
    filled, variances = np.zeros(len(values), bool), {}
    longest = round(own["longest_hours"] * per_day / 24)
    if own["fill"] != NONE and longest and np.isnan(values).any():
        by = None if own["fill"] == SMOOTHER else known
        try:
            made = fill_gaps(values, per_day, way=own["fill"], longest=longest, known=by)
            values, filled, variances = made.values, made.filled, made.variances
        except LaicflowError:
            # Too little to estimate from: its gaps stay.
            facts["not_filled"] = 1
    facts |= {"filled": int(filled.sum()), "still_missing": int(np.isnan(values).sum())}
    return values, filled, facts | {"variances": variances}


def _indices(paths: list[str], study: dict) -> dict[str, tuple]:
    """The indices of the tables of the store, each on its own axis of time."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for path in paths:
        if not str(path).endswith(".parquet"):
            continue
        table = read_parquet(path)
        kind = next(name for name in ("kp", "dst", "f107") if name in table)
        tables.setdefault(kind, []).append(table)
    first = pd.Timestamp(study["period"]["start"]) - pd.Timedelta(days=3)
    after = pd.Timestamp(study["period"]["end"]) + pd.Timedelta(days=1)
    made = {}
    for kind, parts in tables.items():
        table = pd.concat(parts, ignore_index=True).sort_values("time")
        table = table[(table["time"] >= first) & (table["time"] < after)]
        axis = f"time_{kind}"
        made[axis] = (axis, table["time"].to_numpy().astype("datetime64[ns]"))
        for name in (one for one in TABLES if TABLES[one] == kind and one in table):
            values = table[name].to_numpy("float64").astype("float32")
            made[name] = (axis, values, {"units": UNITS[name]})
    return made
