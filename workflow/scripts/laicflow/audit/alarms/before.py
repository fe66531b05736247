"""What else is unlike in the days before earthquakes, against circular shifts of the catalog."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.alarms.hits import TIE
from laicflow.audit.alarms.standing import looked_back

LIMIT = 0.01
# Shifts: a two-sided p of fewer is hardly ever so small.
MANY = 999


@dataclass(frozen=True)
class Before:
    """Means before earthquakes (`own`) and at all times of their stations (`usual`); two-sided p,
    NaN where the record is too short for shifts.
    """

    own: float
    usual: float
    p: float


def before(context: Alarms, case: Case, values: np.ndarray, name: str) -> Before | None:
    """Values (site, epoch) looked back from earthquakes; None without one that has them."""
    window, targets = context.window(case.record), case.targets
    level = looked_back(values, window)
    site, epochs = targets.site, level.shape[1]
    with np.errstate(invalid="ignore"):
        usual = np.nanmean(level, axis=1)[site]

    def excess(at: np.ndarray) -> np.ndarray:
        own = level[site, at]
        known = np.isfinite(own)
        with np.errstate(invalid="ignore"):
            return np.where(known, own - usual, 0.0).sum(axis=-1) / known.sum(axis=-1)

    found = float(excess(targets.epoch))
    if not math.isfinite(found):
        return None
    known = np.isfinite(level[site, targets.epoch])
    mean = float(usual[known].mean())
    if epochs <= 2 * window:
        return Before(mean + found, mean, math.nan)
    number = max(MANY, context.rules["placebos"])
    offsets = context.rng(case, name).integers(window, epochs - window + 1, size=number)
    others = excess((targets.epoch[None] + offsets[:, None]) % epochs)
    tails = [(1 + (~(sign * others < sign * found - TIE)).sum()) / (number + 1) for sign in (1, -1)]
    return Before(mean + found, mean, min(1.0, 2 * float(min(tails))))


def row_of(
    context: Alarms, case: Case, check: str, values: np.ndarray, words: tuple[str, str]
) -> dict:
    """A row that fails where values before earthquakes are unlike those of all times.

    Parameters
    ----------
    words : what is compared, and how the evidence of a failure begins
    """
    what, unlike = words
    told = {"threshold": f"p >= {LIMIT:g}, two-sided", "source": f"AUDIT {check}"}
    found = before(context, case, values, check)
    if found is None:
        return case.row(check, "na", evidence="no earthquake with judged days before it", **told)
    text = f"{what}: {100 * found.own:.1f} % of the epochs before earthquakes, "
    text += f"{100 * found.usual:.1f} % of all"
    own = {"statistic": found.own - found.usual, **told}
    if math.isnan(found.p):
        return case.row(check, "na", evidence=f"{text}; too short a record for shifts", **own)
    status = "fail" if found.p < LIMIT else "pass"
    start = f"{unlike}: " if status == "fail" else ""
    return case.row(check, status, evidence=f"{start}{text}, p {found.p:.3f}", **own)
