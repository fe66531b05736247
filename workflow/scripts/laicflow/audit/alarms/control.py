"""R46: does the same chain find what is known to be there, magnetic storms?

Storms move TEC for days. Their onsets stand in for earthquakes, the days after them for the days
before, and epochs of disturbed activity are not taken out; all else is the same: series, forecasts,
bounds, rule of the alarm, score and shifts. Without this no null may be claimed.
"""

from __future__ import annotations

import numpy as np

from laicflow.audit.alarms import placebo
from laicflow.audit.alarms.context import Alarms, Case, Record
from laicflow.audit.alarms.hits import hits_of
from laicflow.audit.alarms.standing import Standing
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


def found(context: Alarms, case: Case) -> tuple[Standing, Targets]:
    """Alarms of any activity, and the ends of the days after each storm at each station."""
    record, window = case.record, context.window(case.record)
    alarms = context.level_of(record.anomaly, record)
    at = onsets(record, context.rules["storm"]["kp_from"], context.rules["storm"]["dst_to"], window)
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
    alarms, storms = found(context, case)
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
            f"all times: {hits.hits} of {hits.number} times a station sees one an alarm follows"
        )
        return case.row(CHECK, "na", statistic=hits.lift, evidence=text, **told)
    rng = context.rng(case, "storms")
    window, number = context.window(case.record), max(context.rules["placebos"], 999)
    p = placebo.circular(alarms, storms, number, window, rng).p
    text = (
        f"{hits.hits} of {hits.number} times a station sees one of {storm} storms ({what}) an "
        f"alarm follows within {context.rules['before_days']:g} days, by chance "
        f"{100 * hits.tau:.0f} %; lift {hits.lift:.2f}, p {p:.3f}"
    )
    if not np.isfinite(p):
        text = f"the record is too short for shifts: {text}"
        return case.row(CHECK, "na", statistic=hits.lift, evidence=text, **told)
    status = "pass" if p < LIMIT else "fail"
    if status == "fail":
        text = f"storms are not found, so no null may be claimed: {text}"
    return case.row(CHECK, status, statistic=hits.lift, evidence=text, **told)
