"""R33: how many questions were asked at once?

Methods and magnitudes of a variant are all tried on one record; what other variants tried is not
counted here. Holm's p (1979, Scand. J. Stat. 6, 65) of the placebo catalogs, the worse kind of each
case.
"""

from __future__ import annotations

import math

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.alarms.placebos import LIMIT, gated
from laicflow.audit.context import row
from laicflow.audit.registry import NAMES

CHECK = "R33"


def check(context: Alarms) -> list[dict]:
    """One row for all cases."""
    told = {"threshold": f"Holm's p < {LIMIT:g} where p is", "source": "Holm 1979"}
    known = {}
    for case in context.cases:
        p = math.nan if case.why else _worst(context, case)
        if math.isfinite(p):
            known[case.label] = p
    if not known:
        why = context.cases[0].why or "no shifts"
        text = f"none of {len(context.cases)} cases of this variant has a p: {why}"
        return [row(CHECK, NAMES[CHECK], "na", evidence=text, **told)]
    adjusted = dict(zip(known, holm(np.array(list(known.values()))), strict=True))
    said = ", ".join(f"{label}: {known[label]:.3f} ({p:.3f})" for label, p in adjusted.items())
    lost = [label for label, p in adjusted.items() if known[label] < LIMIT <= p]
    text = f"p of placebo catalogs (Holm's p) of {len(known)} cases of this variant; {said}"
    if lost:
        text = f"p below {LIMIT:g} that many questions explain: {', '.join(lost)}; {text}"
    own = {"statistic": float(min(adjusted.values())), "evidence": text, **told}
    return [row(CHECK, NAMES[CHECK], "warn" if lost else "pass", **own)]


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p, in the order of `p`."""
    order = np.argsort(p, kind="stable")
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    made = np.empty(len(p))
    made[order] = np.minimum(scaled, 1.0)
    return made


def _worst(context: Alarms, case: Case) -> float:
    """The larger p of both kinds of catalogs; NaN where one has none."""
    found = [one.p for one in gated(context, case).values()]
    return max(found) if all(map(math.isfinite, found)) else math.nan
