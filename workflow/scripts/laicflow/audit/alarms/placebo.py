"""Placebo catalogs: how often earthquakes that never were have as many alarms before them.

p = (1 + number of placebo catalogs that score as high or higher) / (number of catalogs + 1), after
Michael 1997 (GRL 24, 1891) and Stark 1997 (GJI 131, 495). The score is that of `beyond_chance`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from laicflow.audit.alarms.hits import TIE, beyond_chance, hits_of
from laicflow.audit.alarms.standing import Standing
from laicflow.audit.alarms.targets import Targets


@dataclass(frozen=True)
class Placebo:
    """Scores of catalogs in which nothing happened.

    Attributes
    ----------
    score : of the true catalog; scores : (catalog) of the others, NaN without any target
    """

    score: float
    scores: np.ndarray

    @property
    def p(self) -> float:
        """Share of the catalogs that score as high; NaN where the true one has no score.

        A catalog without a score counts against the alarms.
        """
        if not math.isfinite(self.score) or not len(self.scores):
            return math.nan
        as_high = ~(self.scores < self.score - TIE)
        return float((1 + as_high.sum()) / (len(self.scores) + 1))


def score_of(standing: Standing, targets: Targets) -> float:
    """The score of the true catalog."""
    hits = hits_of(standing, targets)
    return float(beyond_chance(hits.on, hits.chance)) if len(targets) else math.nan


def at_offsets(standing: Standing, targets: Targets, offsets: np.ndarray) -> np.ndarray:
    """Scores (offset) of the catalog moved on by some epochs, what leaves the record comes back.

    Stations and distances in time between earthquakes stay.
    """
    epochs = standing.on.shape[1]
    at = (targets.epoch[None] + np.asarray(offsets)[:, None]) % epochs
    chance = np.broadcast_to(standing.share[targets.site], at.shape)
    return beyond_chance(standing.on[targets.site[None], at], chance)


def moved_inside(standing: Standing, targets: Targets, offsets: np.ndarray) -> np.ndarray:
    """Scores (offset) of the catalog moved on by some epochs, what leaves the record left out."""
    epochs = standing.on.shape[1]
    at = targets.epoch[None] + np.asarray(offsets, dtype=int)[:, None]
    inside = (at >= 0) & (at < epochs)
    on = standing.on[targets.site[None], np.where(inside, at, 0)]
    chance = np.broadcast_to(standing.share[targets.site], at.shape)
    return beyond_chance(np.where(inside, on, np.nan), chance)


def circular(
    standing: Standing, targets: Targets, number: int, away: int, rng: np.random.Generator
) -> Placebo:
    """The catalog moved on by random lengths of time.

    Parameters
    ----------
    away : epochs, at least so far from where it was; a record of less than twice that has none
    """
    epochs = standing.on.shape[1]
    if not len(targets) or epochs <= 2 * away:
        return Placebo(math.nan, np.empty(0))
    offsets = rng.integers(away, epochs - away + 1, size=number)
    return Placebo(score_of(standing, targets), at_offsets(standing, targets, offsets))


def reversed_in_time(
    standing: Standing, targets: Targets, number: int, rng: np.random.Generator
) -> Placebo:
    """The catalog backwards in time, at random offsets."""
    if not len(targets):
        return Placebo(math.nan, np.empty(0))
    epochs = standing.on.shape[1]
    mirrored = Targets(targets.site, epochs - 1 - targets.epoch, targets.time, targets.inside)
    offsets = rng.integers(0, epochs, size=number)
    return Placebo(score_of(standing, targets), at_offsets(standing, mirrored, offsets))


def of_catalogs(
    standing: Standing,
    targets: Targets,
    catalog: np.ndarray,
    site: np.ndarray,
    epoch: np.ndarray,
    number: int,
) -> Placebo:
    """Catalogs of their own earthquakes.

    Parameters
    ----------
    catalog, site, epoch : of each of their targets the number of its catalog (from 0), its station
        and its epoch
    number : catalogs, those without any target among them
    """
    on, chance = standing.on[site, epoch], standing.share[site]
    known = np.isfinite(on)

    def summed(values: np.ndarray) -> np.ndarray:
        weights = np.where(known, values, 0.0)
        return np.bincount(catalog, weights=weights, minlength=number)

    spread, count = np.sqrt(summed(chance * (1 - chance))), summed(np.ones(len(on)))
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(spread > 0, summed(on - chance) / spread, 0.0)
    return Placebo(score_of(standing, targets), np.where(count > 0, scores, np.nan))
