"""Alarms against other alarms at the same alarm share, on the same earthquakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from laicflow.audit.alarms.context import Case
from laicflow.audit.alarms.hits import hits_of
from laicflow.audit.alarms.standing import Standing, above
from laicflow.audit.alarms.targets import Targets
from laicflow.audit.context import interval_text
from laicflow.evaluation.intervals import Interval


@dataclass(frozen=True)
class Compared:
    """Ours less a rival.

    Attributes
    ----------
    difference : of the scores, on the earthquakes at which both can be told; ends : its interval
    score, hits, number, tau : of the rival on these
    ours, our_tau : our hits and our alarm share on these
    """

    difference: float
    ends: Interval
    score: float
    hits: int
    ours: int
    number: int
    tau: float
    our_tau: float


def same_share(case: Case, level: np.ndarray) -> Standing:
    """Alarms of a level (site, epoch) at the alarm share of the case, station by station."""
    level = np.where(np.isfinite(case.standing.on), level, np.nan)
    return Standing(level, above(level, case.standing.share))


def compare(case: Case, rival: Standing, targets: Targets | None = None) -> Compared | None:
    """Ours less a rival; None where there is no earthquake at which both can be told.

    Parameters
    ----------
    targets : None for those of the case
    """
    targets = case.targets if targets is None else targets
    both = np.isfinite(rival.on) & np.isfinite(case.standing.on)
    ours, theirs = (
        replace(one, on=np.where(both, one.on, np.nan)) for one in (case.standing, rival)
    )
    own, other = (hits_of(one, targets) for one in (ours, theirs))
    if not own.number:
        return None
    ends = case.blocks.difference(ours, theirs, targets)
    score, taus = other.score, (other.tau, own.tau)
    return Compared(own.score - score, ends, score, other.hits, own.hits, own.number, *taus)


def best_of(found: Mapping[str, Compared | None]) -> str | None:
    """The rival with the best score."""
    known = {name: one.score for name, one in found.items() if one is not None}
    return max(known, key=known.get) if known else None


def judged(case: Case, check: str, rival: str, one: Compared, **told: str) -> dict:
    """A row on a difference, which passes where the low end of its interval is above 0."""
    text = f"{one.ours} of {one.number} earthquakes at an alarm share of {100 * one.our_tau:.1f} % "
    text += f"against {one.hits} at one of {100 * one.tau:.1f} %, "
    text += f"score less that of {rival} {one.difference:+.3f}"
    extra = told.pop("extra", "")
    text += f"; {extra}" if extra else ""
    own = {"statistic": one.difference, "threshold": "low end of the difference > 0", **told}
    ends = interval_text(one.ends.low, one.ends.high)
    if not ends:
        return case.row(check, "na", evidence=f"{one.ends.note}; {text}", **own)
    own["interval"] = ends
    if one.ends.low > 0:
        return case.row(check, "pass", evidence=text, **own)
    return case.row(check, "fail", evidence=f"not better than {rival}: {text}", **own)
