"""R11: do the bounds of an epoch, or the forecasts behind them, know the epoch itself?

Errors up to the epoch's own widen its bounds by its anomaly; forecasts of epochs that a network was
trained on have no errors of their own. A value that a smoother filled is made of what comes after
it, up to the epoch that is judged: in its bounds it carries the epoch. Source: Roberts 2017,
Ecography 40, 913.
"""

from __future__ import annotations

from laicflow.anomalies.bounds import PAPER
from laicflow.anomalies.find import IQR
from laicflow.audit.alarms.context import Alarms, Case

CHECK = "R11"
SOURCE = "Roberts 2017"
# The way to fill a gap that looks ahead of it.
SMOOTHER = "smoother"
AHEAD = "values that a smoother filled, which knows what comes after them, go into the bounds"


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": "no epoch in its own bounds", "source": SOURCE}
    if case.record is None:
        return case.na(CHECK, **told)
    ahead = [AHEAD] * (context.bounds["filled"] == SMOOTHER)
    if case.method == IQR:
        days = context.bounds["days"][IQR]
        text = f"bounds of the {days:g} days before the day of the epoch, {_of(context)}"
        text = f"{AHEAD}: {text}" if ahead else text
        status, number = "fail" if ahead else "pass", float(len(ahead))
        return case.row(CHECK, status, statistic=number, evidence=text, **told)
    forecasts = context.overlap
    if forecasts is None or forecasts["status"] == "na":
        why = "no word on the forecasts" if forecasts is None else forecasts["evidence"]
        return case.row(CHECK, "na", evidence=f"of the forecasts behind the bounds: {why}", **told)
    found = ahead
    if context.bounds["mode"] == PAPER:
        found.append("each epoch is part of the errors that make its own bounds")
    if forecasts["status"] == "fail":
        found.append("the forecasts behind the bounds share data with their training")
    if found:
        text = f"{'; '.join(found)}: forecasts: {forecasts['evidence']}"
        return case.row(CHECK, "fail", statistic=float(len(found)), evidence=text, **told)
    text = "errors end with the last observation known when the epoch was forecast, "
    text += f"{_of(context)}; forecasts: {forecasts['evidence']}"
    return case.row(CHECK, "pass", statistic=0.0, evidence=text, **told)


def _of(context: Alarms) -> str:
    """Of what values bounds are made."""
    filled = context.bounds["filled"]
    if filled is None:
        return "of measurements alone"
    made = {"none": "of measurements, interpolated between maps where they come from maps"}
    made |= {SMOOTHER: "of measurements and what a smoother filled"}
    return made.get(filled, f"of measurements and what a {filled} filled from what came before")
