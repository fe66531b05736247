"""Clusters of events linked by zones of interaction in space and time (Reasenberg, 1985).

Reasenberg (1985, doi:10.1029/JB090iB07p05479) as his own program CLUSTER2000 has it. Event i
is linked with a later event j within the time tau, where their hypocentres are no further
apart than

    r = rfact 0.011 10^(0.4 M_i) + 0.011 10^(0.4 M_largest)   (km, `max_interaction_km` at most)

with the largest event, so far, of i's cluster (no second term where i has none). tau is
`taumin` for an event that is in no cluster, or at or before the largest one of its cluster;
t days after that one it is

    tau = -ln(1 - p) t / 10^(2 (D - 1) / 3),   D = (1 - xk) M_largest - xmeff

and no less than `taumin`, no more than `taumax`. Linked clusters become one.

Codes made after it differ from it: ZMAP and its offspring ask for one or the other of two
distances instead of the sum (van Stiphout et al., 2012), have no 30 km, take no
D below 0, and see a larger event only when it is reached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from laicflow.catalogs.declustering.quakes import (
    DAY,
    Clusters,
    Quakes,
    by_largest,
    number,
    truth,
)
from laicflow.geo import EARTH_RADIUS_KM

# Radius in km of a circular crack of magnitude 0 and a stress drop of 30 bars (Kanamori &
# Anderson, 1975): log a = 0.4 M - log(30) / 3 - 1.45.
CRACK_KM = 0.011


@dataclass(frozen=True)
class Zone:
    """The options of `clusters`, checked."""

    taumin: float
    taumax: float
    p: float
    xk: float
    xmeff: float
    rfact: float
    crust: float
    epicentre_error: float
    depth_error: float
    use_depth: bool


@dataclass
class Group:
    """A cluster in the making: its events, the largest of them, and how many began before it."""

    events: list[int]
    largest: int
    began: int


class Groups:
    """The clusters in the making; `label` (n,) says which events are in one."""

    def __init__(self, magnitude: np.ndarray) -> None:
        self.magnitude = magnitude
        self.label = np.arange(len(magnitude))
        self.groups: dict[int, Group] = {}
        self.begun = 0

    def of(self, event: int) -> Group | None:
        """The cluster of an event, none where it is alone."""
        return self.groups.get(int(self.label[event]))

    def link(self, i: int, j: int) -> None:
        """Make one cluster of those of two events.

        Of equally large events that of the cluster that began first stays the largest.
        """
        one, other = self.of(i), self.of(j)
        if one is None and other is None:
            one = Group([i], i, self.begun)
            self.begun += 1
        one, other = one or Group([i], i, self.begun), other or Group([j], j, self.begun)
        older, younger = (one, other) if one.began <= other.began else (other, one)
        if self.magnitude[younger.largest] > self.magnitude[older.largest]:
            older.largest = younger.largest
        for group in (one, other):
            self.groups.pop(int(self.label[group.events[0]]), None)
        few, many = sorted((older.events, younger.events), key=len)
        name = self.label[many[0]]
        self.label[few] = name
        many += few
        self.groups[int(name)] = Group(many, older.largest, older.began)


def clusters(
    quakes: Quakes,
    *,
    taumin: float = 1.0,
    taumax: float = 10.0,
    p: float = 0.95,
    xk: float = 0.5,
    xmeff: float = 1.5,
    rfact: float = 10.0,
    max_interaction_km: float | None = 30.0,
    epicentre_error_km: float = 0.0,
    depth_error_km: float = 0.0,
    use_depth: bool = True,
) -> Clusters:
    """Clusters grow link by link; a cluster's mainshock is its largest event.

    The rule is that of the module's text.

    Parameters
    ----------
    taumin, taumax : bounds of the time to look ahead, days
    p : probability of having seen the next event of the cluster
    xk : share of the largest magnitude by which `xmeff` is raised in a cluster
    xmeff : the catalog's effective lower magnitude; 1.5 is that of California in 1985 and is to
        be set to that of the catalog at hand
    rfact : crack radii around an event within which another is linked to it
    max_interaction_km : the thickness of the crust, beyond which nothing is linked; null for none
    epicentre_error_km, depth_error_km : errors of every event's place, by which distances are
        reduced (each event's error in the direction from one to the other)
    use_depth : distances between hypocentres, else between epicentres; a pair of which one depth
        is missing is taken to be at one depth
    """
    crust = math.inf
    if max_interaction_km is not None:
        crust = number("max_interaction_km", max_interaction_km, above=0)
    zone = Zone(
        taumin=number("taumin", taumin, above=0),
        taumax=number("taumax", taumax, least=taumin),
        p=number("p", p, least=0, most=1 - 1e-12),
        xk=number("xk", xk, least=0, most=1),
        xmeff=number("xmeff", xmeff),
        rfact=number("rfact", rfact, least=0),
        crust=crust,
        epicentre_error=number("epicentre_error_km", epicentre_error_km, least=0),
        depth_error=number("depth_error_km", depth_error_km, least=0),
        use_depth=truth("use_depth", use_depth),
    )
    return by_largest(quakes, _linked(quakes, zone))


def equivalent_magnitude(magnitude: np.ndarray) -> float:
    """The magnitude of the event that stands for a cluster: that of the summed moments.

    log10(sum(10^(1.2 M))) / 1.2, the moments as Reasenberg's program has them.
    """
    return float(np.log10(np.sum(10 ** (1.2 * np.asarray(magnitude)))) / 1.2)


def _linked(quakes: Quakes, zone: Zone) -> np.ndarray:
    """The cluster of each event as a whole number, (n,); an event that is alone has its own."""
    n = len(quakes)
    groups = Groups(quakes.magnitude)
    label, magnitude = groups.label, quakes.magnitude
    longest = np.searchsorted(quakes.time, quakes.time + _whole(zone.taumax), side="right")
    for i in range(n - 1):
        if longest[i] == i + 1:
            continue
        until = quakes.time[i] + _ahead(quakes, zone, i, groups.of(i))
        end = i + 1 + np.searchsorted(quakes.time[i + 1 : longest[i]], until, side="right")
        later = i + 1 + np.flatnonzero(label[i + 1 : end] != label[i])
        if not len(later):
            continue
        apart = _apart(quakes, zone, i, later)
        own = zone.rfact * CRACK_KM * 10 ** (0.4 * magnitude[i])
        near = apart <= zone.crust
        for j, distance in zip(later[near].tolist(), apart[near].tolist(), strict=True):
            if label[j] == label[i]:
                continue
            group = groups.of(i)
            largest = CRACK_KM * 10 ** (0.4 * magnitude[group.largest]) if group else 0.0
            if distance <= min(own + largest, zone.crust):
                groups.link(i, j)
    return label


def _whole(days: float) -> int:
    """Days in whole microseconds, at most a million years."""
    return round(min(days, 4e8) * DAY) if days < 1e6 else 10**6 * DAY


def _ahead(quakes: Quakes, zone: Zone, i: int, group: Group | None) -> int:
    """How long after event i others are linked to it, microseconds."""
    since = (quakes.time[i] - quakes.time[group.largest]) / DAY if group else 0.0
    if since <= 0:
        return _whole(zone.taumin)
    above = (1 - zone.xk) * quakes.magnitude[group.largest] - zone.xmeff
    tau = -math.log(1 - zone.p) * since / 10 ** ((above - 1) * 2 / 3)
    return _whole(min(max(tau, zone.taumin), zone.taumax))


def _apart(quakes: Quakes, zone: Zone, i: int, later: np.ndarray) -> np.ndarray:
    """Distances of event i from later ones in km, less the errors of both places."""
    half = np.sqrt(((quakes.unit[later] - quakes.unit[i]) ** 2).sum(axis=1)) / 2
    along = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(half, 1))
    deep = np.zeros(len(later))
    if zone.use_depth:
        deep = np.nan_to_num(np.abs(quakes.depth_km[later] - quakes.depth_km[i]), nan=0.0)
    apart = np.hypot(along, deep)
    if zone.epicentre_error or zone.depth_error:
        dip = np.arctan2(deep, along)
        error = np.hypot(zone.epicentre_error * np.cos(dip), zone.depth_error * np.sin(dip))
        apart = apart - 2 * error
    return apart
