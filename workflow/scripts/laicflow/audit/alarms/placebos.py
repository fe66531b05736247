"""R29: do earthquakes that never were have as many alarms before them?

The alarms know no earthquake: forecasts, bounds and threshold are those of one series, so that a
placebo catalog needs nothing but the question anew. Catalogs: the true one on a circle of time,
simulated ones that cluster (ETAS), other years, and backwards. Gate: shift and ETAS.
"""

from __future__ import annotations

import math

import numpy as np

from laicflow.audit.alarms import etas, placebo
from laicflow.audit.alarms.context import DAY, Alarms, Case
from laicflow.audit.alarms.placebo import Placebo
from laicflow.audit.alarms.targets import ROUNDING, distances, linked, zone_km
from laicflow.geo import inside_box

CHECK = "R29"
SOURCE = "Stark 1997; Michael 1997"
LIMIT = 0.01
# Catalogs where skill would be claimed.
MANY = 999
YEAR_DAYS = 365
SHORT = "too short a record"
# What p of ETAS catalogs does not hold.
UNFITTED = (
    "ETAS: its parameters are not fitted to the catalog, "
    "and magnitudes are drawn after the branching"
)


def check(context: Alarms) -> list[dict]:
    """One row for each case."""
    return [_row(context, case) for case in context.cases]


def shifted(context: Alarms, case: Case, number: int) -> Placebo:
    """The true catalog on a circle of time."""
    rng = context.rng(case, "shift", str(number))
    away = context.window(case.record)
    return placebo.circular(case.standing, case.targets, number, away, rng)


def simulated(context: Alarms, case: Case, number: int) -> Placebo:
    """ETAS catalogs of the region, their targets told as those of the true one are.

    What falls outside the edges of the study counts as little as in the true one.
    """
    times, rules = case.record.times, context.rules
    rng = context.rng(case, "etas", str(number))
    least = float(context.events["magnitude"].min())
    made = etas.catalogs(context.events, (times[0], times[-1]), least, number, rng)
    kept = made["magnitude"].to_numpy() >= case.magnitude - ROUNDING
    at = made["time"].to_numpy()
    kept &= (at > times[0]) & (at <= times[-1])
    if context.region is not None:
        longitude = (made["longitude"] + 180) % 360 - 180
        kept &= inside_box(made["latitude"], longitude, *context.region)
    made = made[kept]
    apart = distances(made, context.sites)
    nearest = apart.argmin(axis=1)
    inside = apart[np.arange(len(made)), nearest] <= zone_km(made, rules["radius_km"])
    made, site = made[inside], nearest[inside]
    catalog, at = made["catalog"].to_numpy(), made["time"].to_numpy()
    kept = linked(catalog, at, made["magnitude"].to_numpy(), rules["before_days"])
    epoch = np.searchsorted(times, at[kept], side="left")
    own = (catalog[kept], site[kept], epoch)
    return placebo.of_catalogs(case.standing, case.targets, *own, number)


def gated(context: Alarms, case: Case) -> dict[str, Placebo]:
    """Both kinds that decide: more catalogs where fewer do not speak against the alarms."""
    key = (CHECK, case.method, case.magnitude)
    return context.once(key, lambda: _gated(context, case))


def _gated(context: Alarms, case: Case) -> dict[str, Placebo]:
    """Both kinds, made."""
    number = context.rules["placebos"]
    found = {}
    for name, make in (("shift", shifted), ("ETAS", simulated)):
        found[name] = make(context, case, number)
        if found[name].p < LIMIT and number < MANY:
            found[name] = make(context, case, MANY)
    return found


def other_years(case: Case, number: int) -> Placebo:
    """The true catalog moved by whole years, forth and back, the nearest first.

    Earthquakes that leave the record are left out, and years in which none is left.
    """
    epochs = case.standing.on.shape[1]
    year = round(float(YEAR_DAYS * DAY / case.record.step))
    years = np.repeat(np.arange(1, (epochs - 1) // year + 1), 2)[:number] * year
    offsets = years * np.where(np.arange(len(years)) % 2, -1, 1)
    made = placebo.moved_inside(case.standing, case.targets, offsets)
    made = made[np.isfinite(made)]
    if not len(made):
        return Placebo(math.nan, np.empty(0))
    return Placebo(placebo.score_of(case.standing, case.targets), made)


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": f"p < {LIMIT:g} for shift and ETAS", "source": SOURCE}
    if case.why:
        return case.na(CHECK, **told)
    found = gated(context, case)
    further = max(20, context.rules["placebos"] // 10)
    rng = context.rng(case, "reversed")
    described = {
        "other years": other_years(case, further),
        "backwards": placebo.reversed_in_time(case.standing, case.targets, further, rng),
    }
    said = [_said(name, one) for name, one in (found | described).items()]
    said.append("mirrored longitude: a mirror at a fixed station leaves its distances as they are")
    said.append(UNFITTED)
    ps = [one.p for one in found.values()]
    score = found["shift"].score
    score = placebo.score_of(case.standing, case.targets) if math.isnan(score) else score
    text = f"{score:+.2f} standard deviations beyond chance; {'; '.join(said)}"
    if not all(map(math.isfinite, ps)):
        why = f"{SHORT} for shifts of {context.rules['before_days']:g} days and more"
        return case.row(CHECK, "na", evidence=f"{why}; {text}", **told)
    worst = max(ps)
    status = "pass" if worst < LIMIT else "fail"
    if status == "fail":
        text = f"as many alarms before earthquakes that never were: {text}"
    return case.row(CHECK, status, statistic=worst, evidence=text, **told)


def _said(name: str, one: Placebo) -> str:
    """A kind of placebo in words."""
    known = one.scores[np.isfinite(one.scores)]
    if not len(known):
        return f"{name}: none"
    if math.isnan(one.p):
        return f"{name}: no p"
    middle, high = np.median(known), np.quantile(known, 0.95)
    return f"{name}: p {one.p:.4f} of {len(one.scores)} (median {middle:+.2f}, 95 % {high:+.2f})"
