"""When an alarm stands: a function of time made of the anomalies of the days before.

An earthquake at t is preceded by an alarm where the epochs of [t - N days, t) hold enough
anomalies. The same question can be asked of every time of a record, and the share of times at which
the answer is yes is what any earthquake has by chance: the alarm share, tau of Molchan's diagram.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Share of the epochs of a look-back that must be judged for it to tell anything.
LEAST_JUDGED = 0.5


@dataclass(frozen=True)
class Standing:
    """Whether an alarm stands at the epochs of a record, looked back from each of them.

    Attributes
    ----------
    level : (site, epoch) what the alarm is made of, larger is more; NaN where undecidable
    on : (site, epoch) 1, 0, NaN where undecidable
    exact : (target) the same at the times of the targets themselves, of alarms that know more than
        the epochs; None for those of the epochs
    """

    level: np.ndarray
    on: np.ndarray
    exact: np.ndarray | None = None

    def at(self, site: np.ndarray, epoch: np.ndarray) -> np.ndarray:
        """Whether an alarm stands at targets (target): 1, 0, NaN where undecidable."""
        found = self.on[site, epoch]
        return found if self.exact is None else np.where(np.isnan(found), np.nan, self.exact)

    @property
    def share(self) -> np.ndarray:
        """Share (site) of the decidable epochs at which an alarm stands; NaN without any."""
        known = np.isfinite(self.on)
        with np.errstate(invalid="ignore"):
            return np.where(known, self.on, 0).sum(axis=-1) / known.sum(axis=-1)


def window_epochs(days: float, step: np.timedelta64) -> int:
    """Epochs of a look-back of some days."""
    return round(days * 86400e6 / (step / np.timedelta64(1, "us")))


def looked_back(values: np.ndarray, window: int) -> np.ndarray:
    """Mean (site, epoch) of the last `window` values before each epoch, its own left out.

    Parameters
    ----------
    values : (site, epoch), NaN where not judged; windows of which less than LEAST_JUDGED is judged
        (those that begin before the record among them) are NaN
    """
    known = np.isfinite(values)
    sums, count = (
        np.concatenate([np.zeros((len(one), 1)), np.cumsum(one, axis=1)], axis=1)
        for one in (np.where(known, values, 0.0), known.astype(float))
    )
    last = np.arange(values.shape[1])
    first = np.maximum(last - window, 0)
    held = count[:, last] - count[:, first]
    with np.errstate(invalid="ignore"):
        mean = (sums[:, last] - sums[:, first]) / held
    # Differences of sums leave what rounding makes of nothing.
    mean = np.where(mean < 1e-12, 0.0, mean) if (values[known] >= 0).all() else mean
    return np.where(held >= max(1, LEAST_JUDGED * window), mean, np.nan)


def above(level: np.ndarray, share: float | np.ndarray | None) -> np.ndarray:
    """Where a level (site, epoch) makes an alarm stand: 1, 0, NaN.

    Parameters
    ----------
    share : the share of the decidable times of each site at which one shall stand (the nearest
        that ties allow); None: wherever the level is above 0
    """
    level = np.asarray(level, dtype="float64")
    if share is None:
        return np.where(np.isnan(level), np.nan, (level > 0).astype(float))
    wanted = np.broadcast_to(np.asarray(share, dtype="float64"), len(level))
    made = np.full(level.shape, np.nan)
    for site, (one, part) in enumerate(zip(level, wanted, strict=True)):
        known = ~np.isnan(one)
        if known.any() and np.isfinite(part):
            made[site, known] = (one[known] >= _limit(one[known], part)).astype(float)
    return made


def _limit(values: np.ndarray, share: float) -> float:
    """The level from which on about a share of values lies; above all of them for a share of 0."""
    found, counts = np.unique(values, return_counts=True)
    shares = np.cumsum(counts[::-1])[::-1] / len(values)
    best = int(np.abs(shares - share).argmin())
    return float("inf") if share < abs(shares[best] - share) else float(found[best])


def standing(alarm: np.ndarray, window: int, share: float | np.ndarray | None) -> Standing:
    """Alarms that stand by the epochs before (`looked_back`, `above`).

    Parameters
    ----------
    alarm : (site, epoch) 1, 0, NaN where not judged; or how likely one is, between 0 and 1
    """
    level = looked_back(alarm, window)
    return Standing(level, above(level, share))


def since_last(times: np.ndarray, events: list[np.ndarray], decided: np.ndarray) -> np.ndarray:
    """Level of an alarm that an event sets: less the days (site, epoch) since the last before it.

    At the epoch of an event this holds the event itself, where it does not fall on the epoch: what
    stands at events is told by their own times (`days_since`).

    Parameters
    ----------
    times : (epoch) UTC
    events : times of the events of each site, in any order
    decided : (site, epoch) bool, epochs that are to have a level
    """
    made = np.full(decided.shape, np.nan)
    for site, own in enumerate(events):
        made[site] = np.where(decided[site], -days_since(times, own), np.nan)
    return made


def days_since(times: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Days (time) since the last event strictly before each time, infinite before the first.

    Parameters
    ----------
    times : UTC; events : theirs, in any order
    """
    own = np.sort(np.asarray(events, dtype="datetime64[us]"))
    times = np.asarray(times, dtype="datetime64[us]")
    place = np.searchsorted(own, times, side="left") - 1
    age, known = np.full(len(times), np.inf), place >= 0
    age[known] = (times[known] - own[place[known]]) / np.timedelta64(1, "D")
    return age


def moved(level: np.ndarray, epochs: int) -> np.ndarray:
    """A level (site, epoch) some epochs later; NaN before the first."""
    made = np.full(level.shape, np.nan)
    if epochs < level.shape[1]:
        made[:, epochs:] = level[:, : level.shape[1] - epochs]
    return made
