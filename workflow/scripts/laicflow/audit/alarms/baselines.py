"""R27: are the alarms better than chance and the best of simple rules at the same alarm share?

Chance; the anomalies of a look-back ago (persistence) and of 27 days ago (recurrence with the Sun's
rotation); for the bounds of a forecast those of the interquartile range, which need no network.
Source: Mignan & Broccardo 2019.
"""

from __future__ import annotations

import numpy as np

from laicflow.anomalies.find import IQR, RESIDUAL
from laicflow.audit.alarms.context import DAY, Alarms, Case
from laicflow.audit.alarms.rivals import Compared, best_of, compare, judged, same_share
from laicflow.audit.alarms.standing import Standing, moved

CHECK = "R27"
SOURCE = "Mignan & Broccardo 2019"
CHANCE = "chance"
ROTATION_DAYS = 27


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def rivals_of(context: Alarms, case: Case) -> dict[str, Standing]:
    """Alarms of simple rules, at the same alarm share."""
    record, level = case.record, case.standing.level
    rotation = round(float(ROTATION_DAYS * DAY / record.step))
    made = {
        "the anomalies of a look-back ago": moved(level, context.window(record)),
        "those of 27 days ago": moved(level, rotation),
    }
    other = context.records[IQR]
    if case.method == RESIDUAL and len(other.times) > 1:
        simple = context.level_of(other.alarm, other).level
        made["the interquartile range"] = _at(simple, other.times, record.times)
    return {name: same_share(case, one) for name, one in made.items()}


def _at(level: np.ndarray, own: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A level of one record at the epochs of another."""
    place = np.clip(np.searchsorted(own, times), 0, len(own) - 1)
    return np.where((own[place] == times)[None], level[:, place], np.nan)


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case: the difference from the best of them, and from chance."""
    told = {"source": SOURCE}
    if case.why:
        return case.na(CHECK, threshold="low end of the difference > 0", **told)
    own = case.blocks.score(case.standing, case.targets)
    hits = case.hits
    found: dict[str, Compared | None] = {
        CHANCE: Compared(
            hits.score,
            own,
            0.0,
            round(hits.tau * hits.number),
            hits.hits,
            hits.number,
            hits.tau,
            hits.tau,
        )
    }
    found |= {name: compare(case, one) for name, one in rivals_of(context, case).items()}
    # What is not better than chance is not better than anything.
    best = best_of(found) if own.low > 0 else CHANCE
    known = {name: one for name, one in found.items() if one is not None}
    extra = "all: " + ", ".join(f"{name} {one.difference:+.3f}" for name, one in known.items())
    return judged(case, CHECK, best, found[best], extra=extra, **told)
