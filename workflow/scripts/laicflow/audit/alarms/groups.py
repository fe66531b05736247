"""R13: does an alarm count for several earthquakes?

Earthquakes come in clusters: looks back that overlap hold the same anomalies, and at two stations
those of the same days. Nothing is fitted on earthquakes here, so that no cluster can stand on two
sides of a split. Chains are told before (`targets.linked`); here what is left is counted.
"""

from __future__ import annotations

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case

CHECK = "R13"
SOURCE = "Luen & Stark 2012"


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": "no day before two earthquakes, at any station", "source": SOURCE}
    if case.why:
        return case.na(CHECK, **told)
    targets, days = case.targets, context.rules["before_days"]
    shared = int((np.diff(np.sort(targets.time)) / np.timedelta64(1, "D") <= days).sum())
    text = (
        f"of {targets.inside} earthquakes {len(targets)} count, the largest of each chain whose "
        f"looks back of {days:g} days overlap, at one station or at several; nothing is fitted on "
        "any of them"
    )
    status = "fail" if shared else "pass"
    if shared:
        text = f"looks back that overlap count for two earthquakes, {shared} times: {text}"
    return case.row(CHECK, status, statistic=float(shared), evidence=text, **told)
