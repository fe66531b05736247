"""R10: does the filter of Kp and Dst take out as much before earthquakes as at other times?

Anomalies of disturbed epochs are no alarms: were the days before earthquakes quieter by chance,
there would be more alarms before them. Source: Masci.
"""

from __future__ import annotations

import numpy as np

from laicflow.audit.alarms.before import row_of
from laicflow.audit.alarms.context import Alarms, Record

CHECK = "R10"
WORDS = ("taken out as disturbed", "the filter of activity is not alike before earthquakes")


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [
        case.na(CHECK, threshold="p >= 0.01, two-sided", source=f"AUDIT {CHECK}")
        if case.why
        else row_of(context, case, CHECK, _disturbed(case.record), WORDS)
        for case in context.cases
    ]


def _disturbed(record: Record) -> np.ndarray:
    """1 (site, epoch) where Kp and Dst are not quiet, else 0; NaN where they are unknown."""
    disturbed = np.where(record.known, (~record.quiet).astype(float), np.nan)
    return np.broadcast_to(disturbed, record.anomaly.shape)
