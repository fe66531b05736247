"""The series of a case over GNSS stations, from the store.

A receiver's bias belongs to a month: where it is another, or was found in another way, in the
next one, the series has a step that no ionosphere made, and the station is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from laicflow.anomalies.quakes import radius_km
from laicflow.errors import LaicflowError
from laicflow.geo import great_circle_km
from laicflow.store import read_netcdf
from laicflow.studies.edlstme.case import HOUR, Spans

# A bias that is so many ns another (1 ns is about 2.9 TECU along the ray) is a step.
STEP_NS = 1.0


def series(paths: Sequence[str], event: Mapping[str, Any], spans: Spans) -> xr.Dataset:
    """Hourly VTEC over the stations within an earthquake's radius, as `case.series` of maps.

    Values are those at full hours. A missing hour stays missing: none is interpolated.

    Parameters
    ----------
    paths : months of series over stations, in the order of time
    event : `latitude`, `longitude` (degrees), `magnitude`

    Returns
    -------
    `vtec`, `cleaned` (both as observed; TECU) and `filled` (0) by time and station, the stations
    by their distance from the epicentre

    Raises
    ------
    LaicflowError : no station without a step of its bias has a value in the days of the case and
        lies within the radius, a station that moved between months, or two values of one time
    """
    parts = [read_netcdf(path) for path in paths]
    parts = [part.isel(time=_full_hours(part, spans)) for part in parts]
    parts = [part for part in parts if part.sizes["time"]]
    if not parts:
        raise LaicflowError(
            f"no TEC at a full hour from {spans.train} to {spans.end} in {', '.join(paths)}"
        )
    radius = float(radius_km(event["magnitude"]))
    places = _places(parts)
    far = {
        name: float(great_circle_km(*place, event["latitude"], event["longitude"]))
        for name, place in places.items()
    }
    near = sorted((name for name in far if far[name] <= radius), key=far.__getitem__)
    if not near:
        nearest = min(far, key=far.__getitem__)
        raise LaicflowError(
            f"no station within {radius:.0f} km of the earthquake: the nearest, {nearest}, is "
            f"{far[nearest]:.0f} km away; without case.tec the case is made of maps"
        )
    near = _steady(near, parts)
    times = np.arange(spans.train, spans.end, HOUR)
    values = np.full((len(times), len(near)), np.nan)
    for part in parts:
        at = ((part["time"].values.astype("datetime64[us]") - times[0]) // HOUR).astype(int)
        for column, name in enumerate(near):
            if name not in part["station"].values:
                continue
            own = part["vtec"].sel(station=name).values
            known = np.isfinite(own)
            if np.isfinite(values[at[known], column]).any():
                raise LaicflowError(f"{name}: a time has two values in {', '.join(paths)}")
            values[at[known], column] = own[known]
    left = sorted(set(far) - set(near))
    print(
        f"{len(near)} stations within {radius:.0f} km: "
        + ", ".join(f"{name} ({far[name]:.0f} km)" for name in near)
        + (f"; beyond: {', '.join(left)}" if left else "")
    )
    dims = ("time", "station")
    return xr.Dataset(
        {
            "vtec": (dims, values, {"units": "TECU"}),
            "cleaned": (dims, values, {"units": "TECU"}),
            "filled": (dims, np.zeros(values.shape, dtype="int8")),
        },
        coords={
            "time": times,
            "station": near,
            "latitude": ("station", [places[name][0] for name in near]),
            "longitude": ("station", [places[name][1] for name in near]),
        },
        attrs={"step_s": 3600, "interpolated": 0},
    )


def _steady(stations: list[str], parts: Sequence[xr.Dataset]) -> list[str]:
    """The stations without a step of their bias; what is left out is printed, with its biases.

    Series of one's own, of which the store knows no biases, are taken as they are.

    Raises
    ------
    LaicflowError : none is left
    """
    months = [json.loads(part.attrs.get("stations_json", "{}")) for part in parts]
    kept, why = [], []
    for name in stations:
        told = [month[name] for month in months if name in month]
        ways = [one["receiver_bias_way"] for one in told]
        biases = [float(one["receiver_bias_ns"]) for one in told]
        said = ", ".join(f"{b:.2f} ns ({way})" for b, way in zip(biases, ways, strict=True))
        steps = np.abs(np.diff(biases))
        if len(set(ways)) > 1 or (steps > STEP_NS).any():
            why.append(f"{name}: its receiver's bias has a step between months: {said}")
            continue
        kept.append(name)
        print(f"{name}: bias of its receiver by month: {said or 'not told by the source'}")
    for line in why:
        print(f"left out: {line}")
    if not kept:
        raise LaicflowError("; ".join(why))
    return kept


def _full_hours(part: xr.Dataset, spans: Spans) -> np.ndarray:
    """Which epochs of a month are full hours of the days of the case."""
    times = part["time"].values.astype("datetime64[us]")
    return (times == times.astype("datetime64[h]")) & (times >= spans.train) & (times < spans.end)


def _places(parts: Sequence[xr.Dataset]) -> dict[str, tuple[float, float]]:
    """Latitude and longitude of every station that has a value; one that moves is refused."""
    found: dict[str, tuple[float, float]] = {}
    for part in parts:
        there = np.isfinite(part["vtec"].transpose("time", "station").values).any(axis=0)
        for name, lat, lon in zip(
            part["station"].values[there].tolist(),
            part["latitude"].values[there].tolist(),
            part["longitude"].values[there].tolist(),
            strict=True,
        ):
            before = found.setdefault(name, (lat, lon))
            if max(abs(before[0] - lat), abs(before[1] - lon)) > 0.1:
                raise LaicflowError(f"{name} moved from {before} to {(lat, lon)} (degrees)")
    return found
