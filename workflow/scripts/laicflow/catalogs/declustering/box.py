"""Aftershocks by a box of degrees and days, as studies of satellite data have them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict

import numpy as np

from laicflow.catalogs.declustering.quakes import DAY, Clusters, Quakes, by_first, number, truth
from laicflow.errors import ConfigError

# Degrees within which a place counts as on the edge: catalogs give 1e-4 at best.
EDGE = 1e-9


def clusters(
    quakes: Quakes,
    *,
    half_width_deg: float = 1.0,
    days: float = 15.0,
    removed_events_trigger: bool = False,
) -> Clusters:
    """Events that follow another one within `days` in the box around it are its aftershocks.

    The rule of Xiong et al. (2021, doi:10.3389/fenvs.2021.779255, Data Processing): events are
    taken in the order of time; those within 15 days after a given event (edge included) in the
    box of 2 x 2 degrees centred on it (edges included) are aftershocks and go, in turn. An event
    is an aftershock of the first one that takes it.

    The box is one of degrees as such: towards a pole it gets ever narrower in km, and the size of
    an event counts for nothing, so that the mainshock is the first event of its cluster even
    where a larger one follows. Longitudes are compared across the date line.

    Parameters
    ----------
    half_width_deg : half the side of the box in degrees of latitude and of longitude
    days : how long after an event others are its aftershocks
    removed_events_trigger : whether an event that was taken takes others in its own turn; its
        aftershocks then belong to the cluster that it belongs to itself
    """
    half = number("half_width_deg", half_width_deg, above=0, most=90)
    span = number("days", days, above=0)
    chained = truth("removed_events_trigger", removed_events_trigger)
    if span * DAY > np.iinfo("int64").max / 4:
        raise ConfigError(f"decluster: days must be less than a catalog's age, found {days!r}")
    taker = _takers(quakes, half, round(span * DAY), chained)
    first = np.arange(len(quakes))
    for event in np.flatnonzero(taker >= 0).tolist():
        first[event] = first[taker[event]]
    return by_first(quakes, first)


def _takers(quakes: Quakes, half: float, span: int, chained: bool) -> np.ndarray:
    """The first event that takes each one, (n,); -1 where none does.

    Events that nothing has taken yet stand in cells a little larger than half a box, in the order
    of time; what an event takes leaves its cell, so no event is looked at often, dense as a
    swarm may be.
    """
    latitude, longitude = quakes.latitude, quakes.longitude
    until = np.searchsorted(quakes.time, quakes.time + span, side="right").tolist()
    row, column, around = _cells(latitude, longitude, half)
    waiting: dict[tuple[int, int], array] = defaultdict(lambda: array("q"))
    for event, cell in enumerate(zip(row, column, strict=True)):
        waiting[cell].append(event)
    taker = np.full(len(quakes), -1, dtype=np.int64)
    for event, (north, east) in enumerate(zip(row, column, strict=True)):
        if taker[event] >= 0 and not chained:
            continue
        end = until[event]
        if end == event + 1:
            continue
        for cell in around(north, east):
            stored = waiting.get(cell)
            if not stored or stored[-1] <= event:
                continue
            low, high = bisect_right(stored, event), bisect_left(stored, end)
            if low == high:
                continue
            later = np.frombuffer(stored[low:high], dtype=np.int64)
            aside = np.abs(longitude[later] - longitude[event])
            inside = np.minimum(aside, 360 - aside) <= half + EDGE
            inside &= np.abs(latitude[later] - latitude[event]) <= half + EDGE
            if inside.any():
                taker[later[inside]] = event
                stored[low:high] = array("q", later[~inside].tobytes())
    return taker


def _cells(latitude: np.ndarray, longitude: np.ndarray, half: float) -> tuple:
    """Row and column of each place, and a function that gives the cells around one."""
    side = half + 1e-6
    columns = max(int(360 / side), 1)
    row = ((latitude + 90) / side).astype(int).tolist()
    column = (((longitude + 180) % 360) / 360 * columns).astype(int) % columns
    reach = range(-1, 2) if columns >= 3 else range(columns)

    def around(north: int, east: int) -> list[tuple[int, int]]:
        beside = [(east + step) % columns for step in reach]
        return [(north + step, other) for step in (-1, 0, 1) for other in beside]

    return row, column.tolist(), around
