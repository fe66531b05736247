"""How many earthquakes have an alarm before them, against how many would by chance.

Score: the share of the earthquakes at which an alarm stands, less the share of all times at which
one does at their stations (1 - nu - tau of Molchan's diagram): 0 by chance, whatever the alarms
are. Intervals come from blocks of time, of earthquakes and of alarms together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom

from laicflow.audit.alarms.standing import Standing
from laicflow.audit.alarms.targets import Targets
from laicflow.evaluation.intervals import Interval, Resampling, wilson

# What equals are to be equal by.
TIE = 1e-9


@dataclass(frozen=True)
class Hits:
    """Alarms at the targets.

    Attributes
    ----------
    on : (target) 1, 0, NaN where undecidable
    chance : (target) alarm share of its station
    """

    on: np.ndarray
    chance: np.ndarray

    @property
    def decided(self) -> np.ndarray:
        """Targets (target) at which it can be told."""
        return np.isfinite(self.on)

    @property
    def number(self) -> int:
        """Targets at which it can be told."""
        return int(self.decided.sum())

    @property
    def hits(self) -> int:
        """Targets at which an alarm stands."""
        return int(np.nansum(self.on))

    @property
    def tau(self) -> float:
        """Alarm share, mean over the targets that can be told."""
        return float(self.chance[self.decided].mean()) if self.number else math.nan

    @property
    def score(self) -> float:
        """Share of the targets with an alarm, less the alarm share."""
        return self.hits / self.number - self.tau if self.number else math.nan

    @property
    def lift(self) -> float:
        """Share of the targets with an alarm over the alarm share (Molchan's gain)."""
        return self.hits / self.number / self.tau if self.number and self.tau else math.nan

    @property
    def alpha(self) -> float:
        """Probability of so many hits or more by chance, were targets independent (R37)."""
        return float(binom.sf(self.hits - 1, self.number, self.tau)) if self.number else math.nan


def hits_of(standing: Standing, targets: Targets) -> Hits:
    """The alarms at the targets."""
    return Hits(standing.at(targets.site, targets.epoch), standing.share[targets.site])


def beyond_chance(on: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Hits beyond chance in standard deviations (...), over the last axis; NaN without any target.

    Catalogs of different numbers of earthquakes are compared by it.

    Parameters
    ----------
    on : (..., target) 1, 0, NaN where undecidable; chance : alarm shares that fit it
    """
    known = np.isfinite(on)
    chance = np.where(known, chance, 0.0)
    spread = np.sqrt((chance * (1 - chance)).sum(axis=-1))
    excess = (np.where(known, on, 0.0) - chance).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, excess / spread, np.where(known.any(axis=-1), 0.0, np.nan))


class Blocks:
    """Resamples of blocks of time for alarms and targets together.

    Parameters
    ----------
    times : (epoch) UTC
    days : what a look-back and the bounds of its first epoch reach over together, or more
    options : `bootstrap`, `level`, `min_blocks`
    """

    def __init__(
        self, times: np.ndarray, days: float, options: dict, names: Sequence[str | int]
    ) -> None:
        spans = pd.DataFrame({"issue_time": times, "end": times})
        spans["support_start"] = spans["end"] - pd.Timedelta(days=days)
        self.resampling = Resampling(spans, options, (*names, "alarms"))

    @property
    def days(self) -> float:
        """Length of a block."""
        return self.resampling.days

    def score(self, standing: Standing, targets: Targets) -> Interval:
        """Interval of the score."""
        return self.of([(1.0, standing)], targets, "score")

    def lift(self, standing: Standing, targets: Targets) -> Interval:
        """Interval of the lift."""
        return self.of([(1.0, standing)], targets, "lift")

    def difference(self, ours: Standing, theirs: Standing, targets: Targets) -> Interval:
        """Interval of the difference of two scores, on the targets at which both can be told."""
        return self.of([(1.0, ours), (-1.0, theirs)], targets, "score")

    def of(self, parts: list[tuple[float, Standing]], targets: Targets, what: str) -> Interval:
        """Interval of a sum of scores, or the lift of one."""
        on = np.stack([one.at(targets.site, targets.epoch) for _, one in parts])
        kept = np.isfinite(on).all(axis=0)
        if not kept.any():
            return Interval(math.nan, math.nan, "no earthquake at which it can be told")
        block = self.resampling.block[targets.epoch[kept]]
        count = self.resampling.count
        number = np.bincount(block, minlength=count)
        site = targets.site[kept]
        hits = [np.bincount(block, weights=one[kept], minlength=count) for one in on]
        shares = [self._by_block(one, site) for _, one in parts]

        def statistic(weights: np.ndarray) -> np.ndarray:
            with np.errstate(invalid="ignore", divide="ignore"):
                found = [weights @ own / (weights @ number) for own in hits]
                tau = [weights @ up / (weights @ known) for up, known in shares]
                if what == "lift":
                    return np.where(tau[0] > 0, found[0] / tau[0], np.nan)
                pairs = zip(parts, found, tau, strict=True)
                return sum(sign * (hit - share) for (sign, _), hit, share in pairs)

        made = self.resampling.interval(statistic)
        signed = sum(sign * one[kept] for (sign, _), one in zip(parts, on, strict=True))
        if self.resampling.note or len(np.unique(signed)) > 1:
            return made
        taus = [sign * float(one.share[site].mean()) for sign, one in parts]
        scale, chance = 1.0, sum(taus)
        if what == "lift":
            scale, chance = 1 / taus[0] if taus[0] else math.nan, 0.0
        draws, least = len(np.unique(block)), 1 - len(parts)
        if not math.isfinite(made.low):
            note = f"earthquakes in {draws} of {count} blocks of time are too few for an interval"
            return Interval(math.nan, math.nan, note)
        wide = _widened(made, float(signed[0]), least, draws, scale, self.resampling.level)
        # No score lies beyond those of no hit and of hits alone.
        ends = np.clip([wide.low, wide.high], scale * least - chance, scale - chance)
        return Interval(*ends.tolist(), wide.note)

    def _by_block(self, standing: Standing, site: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Alarmed and decidable epochs by block, stations weighted by their targets."""
        weight = np.bincount(site, minlength=len(standing.on)).astype(float)
        known = np.isfinite(standing.on)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = np.where(known.any(axis=1), weight / known.sum(axis=1), 0.0)
        up, there = (
            np.bincount(
                self.resampling.block,
                weights=(weight[:, None] * one).sum(axis=0),
                minlength=self.resampling.count,
            )
            for one in (np.where(known, standing.on, 0.0), known.astype(float))
        )
        return up, there


def _widened(
    made: Interval, value: float, least: float, draws: int, scale: float, level: float
) -> Interval:
    """An interval of hits that are all alike, of which resamples of blocks know no spread.

    By Wilson's interval of none of `draws` blocks, on the sides on which other hits could be, which
    lie between `least` and 1.
    """
    room = wilson(0, draws, level).high * scale
    note = f"all {draws} blocks with earthquakes alike: widened after Wilson"
    low = made.low - (room if value > least else 0.0)
    high = made.high + (room if value < 1 else 0.0)
    return Interval(low, high, note)
