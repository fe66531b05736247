"""Which windows along orbits are seismic, which are not, and which a storm spoils.

The rule of Xiong et al. (2021, doi:10.3389/fenvs.2021.779255, Data Processing): windows near an
earthquake in the days before it are of class 1, near an artificial event of class 0, and at Kp
above 3 of class 2, whatever else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import ConfigError
from laicflow.geo import arc_distance_km, great_circle_km
from laicflow.samples.activity import STEPS
from laicflow.samples.space_time import Points, removed_data, windows_before

NON_SEISMIC, SEISMIC, STORM = 0, 1, 2
CLASSES = ("non-seismic", "seismic", "Kp > 3")
NONE = -1


@dataclass
class Near:
    """The event that each window belongs to.

    Attributes
    ----------
    event : (window,) row of the table of events, -1 for none
    distance_km : (window,) of its epicentre from the middle of the window
    pairs : how many pairs of an event and a window there are
    """

    event: np.ndarray
    distance_km: np.ndarray
    pairs: int


def near(tensors: xr.Dataset, points: Points, events: pd.DataFrame, rules: dict) -> Near:
    """The event whose epicentre is nearest, of those in whose space and time a window lies.

    The time runs from `days` before the event up to it; the window begins in it, and ends by the
    event.

    Parameters
    ----------
    points : the middles of the windows at their starts
    events : `time`, `latitude`, `longitude`, `magnitude`
    rules : `labels` of the study: radius, degrees, days, and `inside`: `every` asks that both ends
        of a window lie in the circle (then all of it does), `middle` that its middle does
    """
    windows = windows_before(events, days=rules["days"], radius=radius_of(rules))
    event = np.full(len(points), NONE, dtype="int64")
    distance = np.full(len(points), np.inf)
    end = tensors["end"].values.astype("datetime64[us]")
    until = windows["end"].to_numpy().astype("datetime64[us]")
    reach = np.broadcast_to(windows["radius_km"].to_numpy(dtype="float64"), len(windows))
    pairs = 0
    for own, at, far in points.pieces(windows):
        inside = end[at] <= until[own]
        if rules["inside"] == "every":
            for edge in ("first", "last"):
                inside &= _from_ends(tensors, at, events, own, edge) <= reach[own]
        own, at, far = own[inside], at[inside], far[inside].astype("float64")
        pairs += len(own)
        # Of several events of a piece the nearest is written last.
        order = np.argsort(-far, kind="stable")
        own, at, far = own[order], at[order], far[order]
        closer = far < distance[at]
        event[at[closer]], distance[at[closer]] = own[closer], far[closer]
    return Near(event, np.where(event >= 0, distance, np.nan), pairs)


def _from_ends(
    tensors: xr.Dataset, at: np.ndarray, events: pd.DataFrame, own: np.ndarray, edge: str
) -> np.ndarray:
    """Distance (km) of an end of windows from epicentres."""
    return great_circle_km(
        tensors[f"latitude_{edge}"].values[at],
        tensors[f"longitude_{edge}"].values[at],
        events["latitude"].to_numpy()[own],
        events["longitude"].to_numpy()[own],
    )


def touching(tensors: xr.Dataset, points: Points, events: pd.DataFrame, rules: dict) -> np.ndarray:
    """Which windows reach into the space and the days before an event with any part, (window,).

    A window is the track from its first sample over its middle to its last, whatever `inside` asks
    of a window of class 1.

    Parameters
    ----------
    points, events, rules : as in `near`
    """
    found = np.zeros(len(points), dtype=bool)
    if not len(points) or not len(events):
        return found
    here = (tensors["latitude"].values, tensors["longitude"].values)
    edges = ("first", "last")
    ends = [tuple(tensors[f"{n}_{e}"].values for n in ("latitude", "longitude")) for e in edges]
    start, end = (tensors[name].values.astype("datetime64[us]") for name in ("start", "end"))
    windows = windows_before(events, days=rules["days"], radius=radius_of(rules))
    begin = windows["start"].to_numpy().astype("datetime64[us]")
    reach = windows["radius_km"].to_numpy(dtype="float64")
    # The middle of a window with an end inside may lie half a window outside.
    half = max(float(great_circle_km(*here, *one).max()) for one in ends)
    wider = windows.assign(radius_km=reach + half + 1)
    wider["start"] = windows["start"] - pd.Timedelta((end - start).max())
    places = [events[name].to_numpy() for name in ("latitude", "longitude")]
    for own, at, _ in points.pieces(wider):
        epicentre, middle = [one[own] for one in places], [one[at] for one in here]
        inside = np.zeros(len(at), dtype=bool)
        for edge in ends:
            off = arc_distance_km(*epicentre, *middle, *(one[at] for one in edge))
            inside |= off <= reach[own]
        found[at[inside & (end[at] > begin[own])]] = True
    return found


def radius_of(rules: dict) -> float | str:
    """The radius as `space_time.windows_before` takes it."""
    return float(rules["degrees"]) if rules["radius"] == "circle" else rules["radius"]


def spoiled(
    points: Points, removed: pd.DataFrame, kept: pd.DataFrame, rules: dict
) -> tuple[np.ndarray, int]:
    """Windows that belong to removed aftershocks and go with them, and how many.

    `rules["removed"]`: `alone` spares what belongs to an earthquake that was kept, too; `all`
    spares nothing; `keep` lets all stay.
    """
    choice = rules["removed"]
    if choice == "keep" or not len(removed):
        return np.zeros(len(points), dtype=bool), 0
    if choice not in ("alone", "all"):
        raise ConfigError(f"labels.removed: expected alone, all or keep, found {choice!r}")
    spans = {"days": rules["days"], "radius": radius_of(rules)}
    spared = windows_before(kept, **spans) if choice == "alone" else None
    gone = removed_data(points, windows_before(removed, **spans), spared)
    return gone, int(gone.sum())


def index_at(table: pd.DataFrame, column: str, times: np.ndarray) -> np.ndarray:
    """The value of an index at instants, NaN where it has none.

    Parameters
    ----------
    table : `time` (start of what a value stands for) and `column`
    times : datetime64
    """
    table = table.sort_values("time")
    begin = table["time"].to_numpy().astype("datetime64[us]")
    times = times.astype("datetime64[us]")
    at = np.searchsorted(begin, times, side="right") - 1
    found = np.full(len(times), np.nan)
    inside = at >= 0
    inside[inside] = times[inside] < begin[at[inside]] + STEPS[column]
    found[inside] = table[column].to_numpy(dtype="float64")[at[inside]]
    return found


def classes(
    seismic: np.ndarray, artificial: np.ndarray, kp: np.ndarray, rules: dict
) -> tuple[np.ndarray, dict[str, int]]:
    """The class of each window, -1 for none, and counts.

    Parameters
    ----------
    seismic, artificial : (window,) whether it belongs to an earthquake, to an artificial event
    kp : (window,) NaN where it is not known
    rules : `class2` of the study: `kp_above`; `scope` (inside: near events alone, all: everywhere,
        none: storms have no class of their own and their windows go)

    A window of both is seismic. One whose Kp is not known has no class: it may be a storm's.
    """
    label = np.full(len(kp), NONE, dtype="int64")
    label[artificial] = NON_SEISMIC
    label[seismic] = SEISMIC
    inside = label != NONE
    unknown = np.isnan(kp)
    storm = kp > rules["kp_above"]
    scope = {"inside": inside, "all": np.ones(len(kp), dtype=bool), "none": inside}[rules["scope"]]
    label[scope & storm] = STORM if rules["scope"] != "none" else NONE
    lost = unknown & (inside | (scope & storm))
    label[lost] = NONE
    counts = {
        "both": int((seismic & artificial).sum()),
        "kp_unknown": int(lost.sum()),
        "storm_inside": int((storm & inside).sum()),
    }
    return label, counts
