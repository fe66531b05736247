"""The nearest neighbour of every event in time, space and magnitude, found exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from laicflow.catalogs.declustering.quakes import DAY, Quakes
from laicflow.geo import EARTH_RADIUS_KM

YEAR = 365.25 * DAY
LEAF = 64  # events of a leaf at most
LARGE = 0.01  # share of the events that stand apart, because every later one looks at them


@dataclass(frozen=True)
class Links:
    """For each event the index of its parent (-1: none), log10 eta and log10 of rescaled time."""

    parent: np.ndarray
    log_eta: np.ndarray
    log_time: np.ndarray


def nearest(quakes: Quakes, b: float, d_f: float, least_km: float) -> Links:
    """The earlier event i with the least eta = t r^d_f 10^(-b m_i) for every event.

    Nothing is approximated. Events are held in leaves, small patches of the globe. What a leaf
    can offer at best follows from its distance, its latest event so far and its largest
    magnitude; a leaf is opened where that is better than what was found at home. The
    largest events stand apart, so that the leaves' magnitudes stay small. An event at the very
    same time is no parent.
    """
    search = _Search(quakes, b, d_f, least_km)
    n = len(quakes)
    parent = np.full(n, -1, dtype=np.int64)
    log_eta = np.full(n, np.inf)
    passed = 0
    for event in range(n):
        while quakes.time[passed] < quakes.time[event]:
            search.add(passed)
            passed += 1
        if passed:
            parent[event], log_eta[event] = search.best(event)
    known = parent >= 0
    log_time = np.full(n, np.nan)
    lag = (quakes.time[known] - quakes.time[parent[known]]) / YEAR
    log_time[known] = np.log10(lag) - b * quakes.magnitude[parent[known]] / 2
    return Links(parent, log_eta, log_time)


class _Search:
    """Earlier events, and the best of them for a later one; everything in natural logarithms."""

    def __init__(self, quakes: Quakes, b: float, d_f: float, least_km: float) -> None:
        self.time = quakes.time / YEAR - quakes.time[:1] / YEAR
        self.unit = quakes.unit
        self.weight = b * np.log(10) * quakes.magnitude
        self.d_f, self.least_km = d_f, least_km
        n = len(quakes)
        apart = max(int(n * LARGE), 1)
        limit = np.sort(self.weight)[-apart] if n else 0.0
        self.is_large = self.weight >= limit
        self.large = np.flatnonzero(self.is_large)
        self.larges = 0
        leaves = _leaves(self.unit, np.arange(n))
        self.leaf = np.empty(n, dtype=np.int64)
        for place, events in enumerate(leaves):
            self.leaf[events] = place
        self.members = np.concatenate(leaves) if n else np.empty(0, dtype=np.int64)
        sizes = np.array([len(events) for events in leaves])
        self.start = np.cumsum(sizes) - sizes
        self.count = np.zeros(len(leaves), dtype=np.int64)
        self.latest = np.full(len(leaves), -np.inf)
        self.heaviest = np.full(len(leaves), -np.inf)
        self.far = self._far(leaves)

    def _far(self, leaves: list[np.ndarray]) -> np.ndarray:
        """d_f ln r of the least distance between the events of two leaves, (leaf, leaf)."""
        centre = np.array([self.unit[events].mean(axis=0) for events in leaves])
        radius = np.array(
            [
                np.linalg.norm(self.unit[events] - middle, axis=1).max()
                for events, middle in zip(leaves, centre, strict=True)
            ]
        )
        far = np.empty((len(leaves), len(leaves)), dtype=np.float32)
        for place in range(len(leaves)):
            gap = np.linalg.norm(centre - centre[place], axis=1) - radius - radius[place]
            # A chord is no longer than its arc.
            km = np.maximum(gap * EARTH_RADIUS_KM, self.least_km)
            far[place] = self.d_f * np.log(km)
        return far

    def add(self, event: int) -> None:
        """Count an event among the earlier ones."""
        leaf = self.leaf[event]
        self.count[leaf] += 1
        if self.is_large[event]:
            self.larges += 1
            return
        self.latest[leaf] = self.time[event]
        self.heaviest[leaf] = max(self.heaviest[leaf], self.weight[event])

    def best(self, event: int) -> tuple[int, float]:
        """The parent of an event and log10 of its eta."""
        home = self.leaf[event]
        start = self.start[home]
        near = self.members[start : start + self.count[home]]
        tried = np.concatenate([self.large[: self.larges], near])
        eta = self._eta(event, tried)
        least = eta.min() if len(eta) else np.inf
        used = np.flatnonzero(self.heaviest > -np.inf)
        offer = np.log(self.time[event] - self.latest[used])
        offer += self.far[home, used]
        offer -= self.heaviest[used]
        # The bounds hold single precision.
        opened = used[offer <= least + 1e-4]
        if len(opened):
            sizes = self.count[opened]
            ends = np.cumsum(sizes)
            inner = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
            more = self.members[np.repeat(self.start[opened], sizes) + inner]
            tried, eta = np.append(tried, more), np.append(eta, self._eta(event, more))
            least = eta.min()
        return int(tried[eta == least].min()), float(least / np.log(10))

    def _eta(self, event: int, earlier: np.ndarray) -> np.ndarray:
        """ln eta of an event with earlier ones."""
        step = self.unit[earlier] - self.unit[event]
        half = np.sqrt(np.einsum("ij,ij->i", step, step)) / 2
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(half, 1))
        far = self.d_f * np.log(np.maximum(km, self.least_km))
        return np.log(self.time[event] - self.time[earlier]) + far - self.weight[earlier]


def _leaves(unit: np.ndarray, events: np.ndarray) -> list[np.ndarray]:
    """Patches of neighbouring events, each in the order of time."""
    if len(events) <= LEAF:
        return [events] if len(events) else []
    axis = np.ptp(unit[events], axis=0).argmax()
    order = np.argsort(unit[events, axis], kind="stable")
    half = len(events) // 2
    parts = (np.sort(events[order[:half]]), np.sort(events[order[half:]]))
    return _leaves(unit, parts[0]) + _leaves(unit, parts[1])
