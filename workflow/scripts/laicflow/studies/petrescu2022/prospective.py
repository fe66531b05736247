"""What updates and forecasts must know of this study: windows of minutes before an instant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.catalogs.merge import select as select_events
from laicflow.errors import ConfigError
from laicflow.schema import empty
from laicflow.studies.petrescu2022 import windows
from laicflow.studies.petrescu2022.samples import choose, of_site

MINUTE = pd.Timedelta(minutes=1)
# For how long a value of an index stands.
INDEX_STEPS = {"kp": pd.Timedelta(hours=3), "dst": pd.Timedelta(hours=1)}


def horizon(study: dict) -> pd.Timedelta:
    """The time from the end of a window of which its forecast speaks."""
    return pd.Timedelta(hours=study["prospective"]["horizon_hours"])


def until(tensors: xr.Dataset, now: pd.Timestamp) -> xr.Dataset:
    """The whole minutes that are over.

    Raises
    ------
    ConfigError : a filter that looks ahead, since minutes after now have a say in those before
    """
    if int(tensors.attrs["two_sided"]):
        raise ConfigError(
            f"preparation {tensors.attrs['preparation']!r} looks ahead: forecasts need a causal "
            "filter or none"
        )
    first = pd.Timestamp(tensors["time"].values[0])
    return tensors.isel(time=slice(0, max(0, (now - first) // MINUTE)))


def events_of(site: str, tensors: xr.Dataset, events: pd.DataFrame, study: dict) -> pd.DataFrame:
    """The earthquakes that belong to an observatory, by the study's rule."""
    place = tensors[["latitude", "longitude"]].sel(site=site)
    where = (float(place["latitude"]), float(place["longitude"]))
    return of_site(select_events(events, study["catalog"]), site, where, study)


def ending(tensors: xr.Dataset, study: dict) -> pd.DataFrame:
    """The last usable window of each observatory on the grid of `step_hours` from `start` on.

    Columns site, window_id, start, end; an observatory without any has no row.
    """
    first, usable = _usable(tensors, study)
    start = pd.Timestamp(study["prospective"]["start"])
    step = round(study["prospective"]["step_hours"] * 60)
    phase = ((start - first) // MINUTE) % step
    rows = []
    for site, own in zip(tensors["site"].values.tolist(), usable, strict=True):
        at = np.flatnonzero(own[phase::step])
        if len(at):
            end = first + int(phase + at[-1] * step) * MINUTE
            rows.append((site, _name(site, end), end - _length(study), end))
    return pd.DataFrame(rows, columns=["site", "window_id", "start", "end"])


def usable(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Whether windows can be cut, (n,) bool."""
    first, fine = _usable(tensors, study)
    number = {name: k for k, name in enumerate(tensors["site"].values.tolist())}
    result = np.zeros(len(window_ids), dtype=bool)
    for row, window in enumerate(window_ids):
        site, _, end = window.rpartition("/")
        at = (pd.Timestamp(end) - first) // MINUTE
        if site in number and 0 <= at < fine.shape[1]:
            result[row] = fine[number[site], at]
    return result


def images(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Images (n, 1, 3, minutes) float32 of windows."""
    return windows.cut(tensors, window_ids, study)


def labelled_until(
    tensors: xr.Dataset,
    indices: dict[str, pd.DataFrame | None],
    study: dict,
    known: pd.Timestamp,
) -> pd.Timestamp:
    """The day before which the label of every window is settled; NaT where there is none.

    A quiet window asks for days without an earthquake after it, of which all must be known, and
    so must its indices; minutes that are yet to come may make windows that are not there now. An
    observatory that lags behind the others waits for nobody.
    """
    field = tensors["field"].values
    there = np.flatnonzero(np.isfinite(field).all(axis=1).any(axis=0))
    if not len(there):
        return pd.NaT
    first = pd.Timestamp(tensors["time"].values[0])
    ends = [known - _after(study), first + (int(there[-1]) + 1) * MINUTE]
    for name, step in INDEX_STEPS.items():
        if indices.get(name) is not None:
            times = indices[name].loc[indices[name][name].notna(), "time"]
            ends.append(times.max() + step)
    return pd.NaT if any(pd.isna(end) for end in ends) else min(ends).floor("D")


def labelled(
    tensors: xr.Dataset,
    events: pd.DataFrame,
    indices: dict[str, pd.DataFrame | None],
    study: dict,
    since: pd.Timestamp,
    until: pd.Timestamp,
    names: tuple[str, ...],
) -> pd.DataFrame:
    """Samples whose windows end at `since` or later and before `until`, by the study's own rule.

    Only windows that end in that span take part in the draw of quiet ones, before or at
    earthquakes alike, so that no class is later than the other.

    Parameters
    ----------
    names : run, study, variant and what follows, of the random draw
    """
    first = pd.Timestamp(tensors["time"].values[0])
    begin = max(0, (since - _length(study) - first) // MINUTE)
    stop = (until - first) // MINUTE - 1
    part = tensors.isel(time=slice(begin, stop))
    if part.sizes["time"] < study["window"]["minutes"]:
        return empty("samples")
    once = {"kind": "random", "folds": 1, "draws": 1}
    own = {**study, "split": {**study["split"], **once}}
    samples, _, _ = choose(part, events, indices, own, names=names, latency_days=0)
    return samples


def _after(study: dict) -> pd.Timedelta:
    """The time after a quiet window in which there must be no earthquake."""
    return max(pd.Timedelta(days=study["normal"]["gap_days"]), _length(study))


def _length(study: dict) -> pd.Timedelta:
    """Length of a window."""
    return study["window"]["minutes"] * MINUTE


def _name(site: str, end: pd.Timestamp) -> str:
    """The id of a window."""
    return f"{site}/{end:%Y-%m-%dT%H:%M}"


def _usable(tensors: xr.Dataset, study: dict) -> tuple[pd.Timestamp, np.ndarray]:
    """The first minute, and whether the window that ends before each can be cut."""
    return pd.Timestamp(tensors["time"].values[0]), windows.usable(tensors, study)
