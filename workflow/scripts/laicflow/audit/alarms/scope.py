"""R16: did anything behind the bounds see the days that are judged?

Source: Kapoor and Narayanan 2023, Patterns 4, 100804.
"""

from __future__ import annotations

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.context import NOT_RUN
from laicflow.audit.scope import SOURCE, TEST

CHECK = "R16"


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": "nothing fitted on what is judged", "source": SOURCE}
    fitted = context.fitted.get(case.method)
    if fitted is None:
        text = f"{NOT_RUN}the study does not say what is fitted on what"
        return case.row(CHECK, "na", evidence=text, **told)
    bad = [one["what"] for one in fitted if TEST in one["on"]]
    said = "; ".join(f"{one['what']} on {', '.join(one['on'])}" for one in fitted) or "nothing"
    said += "; no earthquake is seen by any of it"
    text = f"{', '.join(bad)} saw the days that are judged: {said}" if bad else said
    status = "fail" if bad else "pass"
    return case.row(CHECK, status, statistic=float(len(bad)), evidence=text, **told)
