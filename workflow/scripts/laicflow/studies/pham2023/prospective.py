"""What updates and forecasts must know of this study: windows of whole days before a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.catalogs.merge import select as select_events
from laicflow.geo import great_circle_km
from laicflow.schema import empty
from laicflow.studies.pham2023 import windows
from laicflow.studies.pham2023.samples import DAY, candidate_days, choose


def horizon(study: dict) -> pd.Timedelta:
    """The days from the end of a window of which its forecast speaks: those of `normal`."""
    return study["normal"]["gap_days"] * DAY


def until(tensors: xr.Dataset, now: pd.Timestamp) -> xr.Dataset:
    """The whole days that are over; none hangs on a later one."""
    first = pd.Timestamp(tensors["day"].values[0])
    return tensors.isel(day=slice(0, max(0, (now - first) // DAY)))


def events_of(site: str, tensors: xr.Dataset, events: pd.DataFrame, study: dict) -> pd.DataFrame:
    """The earthquakes that count at a site.

    With sites at points that is every one of the catalog box, with sites at epicentres each within
    `normal.radius_km`: the earthquake that gave the site its name will not come back.
    """
    quakes = select_events(events, study["catalog"])
    if study["sites"]["mode"] != "epicentres":
        return quakes
    place = tensors[["latitude", "longitude"]].sel(site=site)
    distance = great_circle_km(
        float(place["latitude"]),
        float(place["longitude"]),
        quakes["latitude"].to_numpy(),
        quakes["longitude"].to_numpy(),
    )
    return quakes[distance <= study["normal"]["radius_km"]].reset_index(drop=True)


def ending(tensors: xr.Dataset, study: dict) -> pd.DataFrame:
    """The last window of each site that ends with a whole day and has its full support.

    Columns site, window_id, start, end; a site without any has no row.
    """
    days = candidate_days(tensors, study)
    first = pd.Timestamp(tensors["day"].values[0])
    rows = []
    for site, own in zip(tensors["site"].values.tolist(), days, strict=True):
        at = np.flatnonzero(own)
        if len(at):
            end = first + int(at[-1]) * DAY
            window_id = f"{site}/{end - DAY:%Y-%m-%d}"
            rows.append((site, window_id, end - study["window"]["days"] * DAY, end))
    return pd.DataFrame(rows, columns=["site", "window_id", "start", "end"])


def usable(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Whether windows have their full support, (n,) bool."""
    days = candidate_days(tensors, study)
    first = pd.Timestamp(tensors["day"].values[0])
    number = {name: k for k, name in enumerate(tensors["site"].values.tolist())}
    result = np.zeros(len(window_ids), dtype=bool)
    for row, window in enumerate(window_ids):
        site, _, last = window.rpartition("/")
        at = (pd.Timestamp(last) - first) // DAY + 1
        if site in number and 0 <= at < days.shape[1]:
            result[row] = days[number[site], at]
    return result


def images(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Images (n, 6, size, size) float32 of windows."""
    return windows.cut(tensors, window_ids, study)


def labelled_until(
    tensors: xr.Dataset,
    indices: dict[str, pd.DataFrame | None],
    study: dict,
    known: pd.Timestamp,
) -> pd.Timestamp:
    """The day D before which the label of every window is settled; NaT where there is none.

    The days from D on that a normal window asks for must be known, and the days of the window
    must be here: days that are yet to come may make windows that are not there now.
    """
    there = np.flatnonzero(np.isfinite(tensors["tec"].values).any(axis=(0, 2)))
    if not len(there):
        return pd.NaT
    # The window that ends with the last day at hand is that of the day after it.
    last = pd.Timestamp(tensors["day"].values[int(there[-1])]) + 2 * DAY
    return min(known.floor("D") - horizon(study) + DAY, last)


def labelled(
    tensors: xr.Dataset,
    events: pd.DataFrame,
    indices: dict[str, pd.DataFrame | None],
    study: dict,
    since: pd.Timestamp,
    until: pd.Timestamp,
    names: tuple[str, ...],
) -> pd.DataFrame:
    """Samples whose windows end on `since` or later and before `until`, by the study's own rule.

    Parameters
    ----------
    names : run, study, variant and what follows, of the random draw
    """
    support = (study["window"]["days"] + study["reference"]["days"]) * DAY
    first = pd.Timestamp(tensors["day"].values[0])
    begin = max(0, (since - support - first) // DAY)
    part = tensors.isel(day=slice(begin, (until - first) // DAY - 1))
    quakes = select_events(events, study["catalog"])
    if not part.sizes["day"] or not (quakes["time"] >= since).any():
        return empty("samples")
    once = {"kind": "random", "folds": 1, "draws": 1}
    own = {**study, "split": {**study["split"], **once}}
    samples, _, _ = choose(part, events, indices, own, names=names, latency_days=0)
    return samples
