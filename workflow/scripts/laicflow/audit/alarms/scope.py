"""R16: did anything behind the bounds see the days that are judged?

Where alarms stand at a set share of all times, the level from which on one does is a quantile of
the whole record: in hindsight that is fair to all times alike, and told; no one could have alarmed
by it then.
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
    told = {"threshold": "no forecast or bound fitted on what is judged", "source": SOURCE}
    fitted = context.fitted.get(case.method)
    if fitted is None:
        text = f"{NOT_RUN}the study does not say what is fitted on what"
        return case.row(CHECK, "na", evidence=text, **told)
    bad = [one["what"] for one in fitted if TEST in one["on"]]
    said = [f"{one['what']} on {', '.join(one['on'])}" for one in fitted]
    said = "; ".join([*(said or ["bounds with no fitted part"]), _threshold(context)])
    said += "; no earthquake is seen by any of it"
    text = f"{', '.join(bad)} saw the days that are judged: {said}" if bad else said
    status = "fail" if bad else "pass"
    return case.row(CHECK, status, statistic=float(len(bad)), evidence=text, **told)


def _threshold(context: Alarms) -> str:
    """What the level from which on an alarm stands has seen."""
    share = context.rules["alarmed_share"]
    if share is None:
        return "one anomalous epoch is an alarm, a threshold that is fitted on nothing"
    return (
        f"hindcast threshold: an alarm stands at {100 * share:g} % of all times, by a quantile of "
        "the whole judged record"
    )
