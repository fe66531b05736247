"""R06: is more of the record missing or filled before earthquakes than at other times?"""

from __future__ import annotations

from laicflow.audit.alarms.before import row_of
from laicflow.audit.alarms.context import Alarms

CHECK = "R06"
WORDS = ("not judged by a measurement", "missing values go with earthquakes")


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [
        case.na(CHECK, threshold="p >= 0.01, two-sided", source=f"AUDIT {CHECK}")
        if case.why
        else row_of(context, case, CHECK, case.record.missing, WORDS)
        for case in context.cases
    ]
