"""R26: do the alarms say anything?

With one anomalous epoch in twenty nearly every week holds one: an alarm that always stands precedes
every earthquake.
"""

from __future__ import annotations

import math

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case

CHECK = "R26"


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def entropy_bits(share: float) -> float:
    """Entropy of alarm and no alarm, bit."""
    if share in (0.0, 1.0):
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case; it needs no earthquake."""
    gate = context.options["entropy_bits"]
    told = {"threshold": f"entropy >= {gate:g} bit", "source": "petrescu2022"}
    if case.standing is None or not np.isfinite(case.standing.on).any():
        return case.na(CHECK, **told)
    share = float(np.nanmean(case.standing.share))
    bits = entropy_bits(share)
    days = context.rules["before_days"]
    text = f"an alarm stands at {100 * share:.1f} % of all times (looks back of {days:g} days)"
    if bits < gate:
        text = f"an alarm that {'always' if share > 0.5 else 'never'} stands: {text}"
    status = "fail" if bits < gate else "pass"
    return case.row(CHECK, status, statistic=bits, evidence=text, **told)
