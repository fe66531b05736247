"""R37: Molchan's diagram: the share of earthquakes missed against the share of alarmed time.

nu = 1 - h/N, tau the alarm share of all times, alpha the probability of h hits or more of N by
chance, gain (h/N)/tau. Source: Zechar & Jordan 2008, GJI 172, 715.
"""

from __future__ import annotations

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.context import interval_text

CHECK = "R37"
LIMIT = 0.01


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": f"alpha < {LIMIT:g}", "source": "Zechar & Jordan 2008"}
    if case.why:
        return case.na(CHECK, **told)
    own, ends = case.hits, case.blocks.lift(case.standing, case.targets)
    lost = len(case.targets) - own.number
    text = (
        f"{own.hits} of {own.number} earthquakes have an alarm in the "
        f"{context.rules['before_days']:g} days before, and so have {100 * own.tau:.1f} % of all "
        f"times: tau {own.tau:.3f}, nu {1 - own.hits / own.number:.3f}, alpha {own.alpha:.3f}, "
        f"lift {own.lift:.2f}"
    )
    text += f"; {lost} without enough judged epochs before them left out" if lost else ""
    text += f"; {ends.note}" if ends.note else ""
    told["interval"] = interval_text(ends.low, ends.high)
    status = "pass" if own.alpha < LIMIT else "warn"
    if status == "warn":
        text = f"no more hits than chance may have: {text}"
    return case.row(CHECK, status, statistic=own.lift, evidence=text, **told)
