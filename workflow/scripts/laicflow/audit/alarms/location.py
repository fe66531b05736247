"""R21: could the place alone tell earthquakes?

A station that alarms often and has many earthquakes would score without any precursor. Each
earthquake is held against the alarm share of its own station: the matched score.
"""

from __future__ import annotations

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.alarms.hits import Hits

CHECK = "R21"


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": "the score is matched by station", "source": "seqnetquake"}
    if case.why:
        return case.na(CHECK, **told)
    share = case.standing.share
    pooled = float(np.nanmean(share))
    unmatched = Hits(case.hits.on, np.full(len(case.hits.on), pooled)).score
    text = (
        "each earthquake is held against the alarm share of its own station, "
        f"{case.hits.score:+.3f}; against that of all stations it would be {unmatched:+.3f}"
    )
    return case.row(CHECK, "pass", statistic=case.hits.score - unmatched, evidence=text, **told)
