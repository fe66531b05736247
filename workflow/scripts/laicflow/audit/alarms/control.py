"""R46: does the same chain find what is known to be there, magnetic storms?

Storms move TEC for a day or two. Their onsets stand in for earthquakes, the time after them for the
time before, a look-back is as long as a storm, and epochs of disturbed activity are not taken out;
all else is the same: series, forecasts, bounds, rule of the alarm, score and shifts. Without this
no null may be claimed.
"""

from __future__ import annotations

import numpy as np

from laicflow import seeds
from laicflow.audit.alarms import placebo
from laicflow.audit.alarms.context import Alarms, Case, Record
from laicflow.audit.alarms.hits import hits_of
from laicflow.audit.alarms.standing import Standing, standing, window_epochs
from laicflow.audit.alarms.targets import Targets

CHECK = "R46"
LIMIT = 0.01


def check(context: Alarms) -> list[dict]:
    """One row for each case; the control is one for all magnitudes of a method."""
    return [_row(context, case) for case in context.cases]


def onsets(record: Record, kp_from: float, dst_to: float, window: int) -> np.ndarray:
    """Epochs at which a storm begins with no other in the look-back before it."""
    stormy = np.flatnonzero((record.kp >= kp_from) | (record.dst <= dst_to))
    if not len(stormy):
        return stormy
    return stormy[np.concatenate([[True], np.diff(stormy) > window])]


def found(context: Alarms, case: Case, days: float) -> tuple[Standing, Targets]:
    """Alarms of any activity by looks back of some days, and the ends of these after each storm.

    Storms with another one in a look-back of the study before them are left out; each stands at
    every station.
    """
    record, limits = case.record, context.rules["storm"]
    window = window_epochs(days, record.step)
    alarms = standing(record.anomaly, window, context.rules["alarmed_share"])
    at = onsets(record, limits["kp_from"], limits["dst_to"], context.window(record))
    at = at[at + window < len(record.times)] + window
    sites = len(record.anomaly)
    site, epoch = np.repeat(np.arange(sites), len(at)), np.tile(at, sites)
    return alarms, Targets(site, epoch, record.times[epoch], len(epoch))


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case; it needs no earthquake."""
    limits = context.rules["storm"]
    told = {"threshold": f"p < {LIMIT:g}", "source": "AUDIT R46"}
    if case.standing is None:
        return case.na(CHECK, **told)
    alarms, storms = found(context, case, limits["days"])
    length = f"{limits['days']:g} day{'s' * (limits['days'] != 1)}"
    what = f"Kp {limits['kp_from']:g} or Dst {limits['dst_to']:g} nT"
    hits = hits_of(alarms, storms)
    if not hits.number:
        text = f"no storm ({what}) in the record with judged days after it"
        return case.row(CHECK, "na", evidence=text, **told)
    storm = len(np.unique(storms.epoch))
    # Were all of them hit: what chance could have done as well.
    if hits.tau**storm >= LIMIT:
        text = (
            f"too few storms, {storm} ({what}), for alarms that stand at {100 * hits.tau:.0f} % of "
            f"all times (looks back of {length}): {hits.hits} of {hits.number} times a station "
            "sees one an alarm follows"
        )
        return case.row(CHECK, "na", statistic=hits.lift, evidence=text, **told)
    rng = seeds.generator(*context.names, case.method, "storms")
    window, number = context.window(case.record), max(context.rules["placebos"], 999)
    p = placebo.circular(alarms, storms, number, window, rng).p
    longer = hits_of(*found(context, case, context.rules["before_days"]))
    text = (
        f"{hits.hits} of {hits.number} times a station sees one of {storm} storms ({what}) an "
        f"alarm follows within {length}, by chance {100 * hits.tau:.0f} %; lift "
        f"{hits.lift:.2f}, p {p:.3f}; by looks back of {context.rules['before_days']:g} days "
        f"{longer.hits} of {longer.number}, by chance {100 * longer.tau:.0f} %"
    )
    if not np.isfinite(p):
        text = f"the record is too short for shifts: {text}"
        return case.row(CHECK, "na", statistic=hits.lift, evidence=text, **told)
    status = "pass" if p < LIMIT else "fail"
    if status == "fail":
        text = f"storms are not found, so no null may be claimed: {text}"
    return case.row(CHECK, status, statistic=hits.lift, evidence=text, **told)
