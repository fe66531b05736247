"""R25: are there as many alarms a month or two before?

What precedes an earthquake by days is not there 30 and 60 days earlier; what belongs to the place,
the season or the solar rotation is.
"""

from __future__ import annotations

import numpy as np

from laicflow.audit.alarms.context import DAY, Alarms, Case
from laicflow.audit.alarms.hits import Hits
from laicflow.audit.alarms.standing import Standing, moved

CHECK = "R25"
BACK_DAYS = (30, 60)


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": "fewer alarms 30 and 60 days before", "source": "AUDIT R25"}
    if case.why:
        return case.na(CHECK, **told)
    targets, found = case.targets, {}
    for days in BACK_DAYS:
        epochs = round(float(days * DAY / case.record.step))
        earlier = Standing(moved(case.standing.level, epochs), moved(case.standing.on, epochs))
        on = earlier.on[targets.site, targets.epoch]
        own = Hits(on, case.standing.share[targets.site])
        if own.number:
            found[days] = own
    if not found:
        text = f"no earthquake {BACK_DAYS[0]} days or more after the record begins"
        return case.row(CHECK, "na", evidence=text, **told)
    text = "; ".join(
        f"{days} days before {one.hits} of {one.number} ({one.score:+.3f})"
        for days, one in found.items()
    )
    ours = case.hits
    text = f"score {ours.score:+.3f} ({ours.hits} of {ours.number}), {text}"
    largest = max(one.score for one in found.values())
    status = "pass" if ours.score > largest else "warn"
    if status == "warn":
        text = f"as many alarms weeks before as days before: {text}"
    difference = float(np.round(ours.score - largest, 6))
    return case.row(CHECK, status, statistic=difference, evidence=text, **told)
