"""R38: area skill score: the alarms at every threshold at once.

Share of all times with a lower level than an earthquake has before it, mean over the earthquakes:
the area over Molchan's curve, 1/2 by chance. Source: Zechar & Jordan 2010, Pure Appl. Geophys.
167, 893; p by circular shifts of the catalog.
"""

from __future__ import annotations

import math

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.alarms.hits import TIE

CHECK = "R38"
LIMIT = 0.01


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def ranks(level: np.ndarray) -> np.ndarray:
    """Share (site, epoch) of the decidable epochs of a site below each, ties half; NaN stay."""
    made = np.full(level.shape, np.nan)
    for site, own in enumerate(level):
        known = np.isfinite(own)
        if known.any():
            values = np.sort(own[known])
            low, high = (
                np.searchsorted(values, own[known], side=side) for side in ("left", "right")
            )
            made[site, known] = (low + high) / 2 / known.sum()
    return made


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": f"p < {LIMIT:g}", "source": "Zechar & Jordan 2010"}
    if case.why:
        return case.na(CHECK, **told)
    rank, targets = ranks(case.standing.level), case.targets
    value = float(np.nanmean(rank[targets.site, targets.epoch]))
    away, epochs = context.window(case.record), rank.shape[1]
    text = f"area skill score {value:.3f}, 0.5 by chance"
    if epochs <= 2 * away:
        return case.row(CHECK, "na", statistic=value, evidence=f"{text}; no shifts", **told)
    number = context.rules["placebos"]
    offsets = context.rng(case, "area").integers(away, epochs - away + 1, size=number)
    own = rank[targets.site[None], (targets.epoch[None] + offsets[:, None]) % epochs]
    known = np.isfinite(own)
    with np.errstate(invalid="ignore"):
        others = np.where(known, own, 0).sum(axis=1) / known.sum(axis=1)
    p = float((1 + (~(others < value - TIE)).sum()) / (number + 1))
    status = "pass" if p < LIMIT and math.isfinite(value) else "warn"
    text += f", p {p:.3f}"
    if status == "warn":
        text = f"no better at all thresholds than before shifted earthquakes: {text}"
    return case.row(CHECK, status, statistic=value, evidence=text, **told)
