"""R20: how often are there anomalies at all, and are there more of them before earthquakes?

The share of undisturbed anomalous epochs over the whole record, by mean local time, season and
activity, beside that of the days before earthquakes; p by circular shifts of the catalog. Unlike
the score it takes no threshold: every anomalous epoch counts. Source: Tozzi 2020.
"""

from __future__ import annotations

import math

import numpy as np

from laicflow.audit.alarms.context import Alarms, Case, Record
from laicflow.audit.alarms.hits import TIE

CHECK = "R20"
SOURCE = "Tozzi 2020"
LIMIT = 0.01
SEASONS = {"Dec-Feb": (12, 1, 2), "Mar-May": (3, 4, 5), "Jun-Aug": (6, 7, 8)}
SEASONS |= {"Sep-Nov": (9, 10, 11)}


def check(context: Alarms) -> list[dict]:
    """One row for each case; without an earthquake the rates alone."""
    return [_row(context, case) for case in context.cases]


def strata(record: Record, longitude: np.ndarray) -> dict[str, float]:
    """Share of anomalous epochs, any activity, by hours of local time, season and activity.

    Of unknown activity epochs count by hour and season alone.
    """
    hours = record.times.astype("datetime64[m]").astype(int) / 60 % 24
    local = (hours[None] + np.asarray(longitude)[:, None] / 15) % 24
    month = record.times.astype("datetime64[M]").astype(int) % 12 + 1
    parts = {
        f"{low:02d}-{low + 6:02d} h": (local >= low) & (local < low + 6) for low in (0, 6, 12, 18)
    }
    parts |= {name: np.isin(month, own)[None] for name, own in SEASONS.items()}
    stormy = (record.kp >= 5) | (record.dst <= -50)
    parts |= {
        "quiet": record.quiet[None],
        "disturbed": (record.known & ~record.quiet & ~stormy)[None],
        "stormy": stormy[None],
    }
    made = {}
    for name, mask in parts.items():
        own = record.anomaly[np.broadcast_to(mask, record.anomaly.shape)]
        own = own[np.isfinite(own)]
        if len(own):
            made[name] = float(own.mean())
    return made


def lift(case: Case, number: int, rng: np.random.Generator, away: int) -> tuple[float, float]:
    """Anomalous epochs before earthquakes over those of all times, and p of as many or more."""
    level, targets = case.standing.level, case.targets
    with np.errstate(invalid="ignore"):
        usual = np.nanmean(level, axis=1)
    epochs = level.shape[1]

    def ratio(at: np.ndarray) -> np.ndarray:
        own = level[targets.site, at]
        known = np.isfinite(own)
        up = np.where(known, own, 0.0).sum(axis=-1)
        by_chance = np.where(known, usual[targets.site], 0.0).sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(by_chance > 0, up / by_chance, np.nan)

    own = float(ratio(targets.epoch))
    if epochs <= 2 * away or not math.isfinite(own):
        return own, math.nan
    offsets = rng.integers(away, epochs - away + 1, size=number)
    others = ratio((targets.epoch[None] + offsets[:, None]) % epochs)
    return own, float((1 + (~(others < own - TIE)).sum()) / (number + 1))


def _row(context: Alarms, case: Case) -> dict:
    """The row of one case."""
    told = {"threshold": f"p < {LIMIT:g}", "source": SOURCE}
    if case.record is None or case.standing is None:
        return case.na(CHECK, **told)
    longitude = context.sites["longitude"].to_numpy()
    shares = ", ".join(f"{k} {100 * v:.1f} %" for k, v in strata(case.record, longitude).items())
    with np.errstate(invalid="ignore"):
        whole = float(np.nanmean(case.record.alarm))
    rates = f"{100 * whole:.1f} % of all judged epochs are anomalous and undisturbed"
    rates += f"; anomalous by local time, season, activity: {shares}"
    if case.why:
        return case.row(CHECK, "na", evidence=f"{case.why}; {rates}", **told)
    away = context.window(case.record)
    number = context.rules["placebos"]
    value, p = lift(case, number, context.rng(case, "rates"), away)
    text = f"before earthquakes anomalies are {value:.2f} times as frequent as ever, p {p:.3f}"
    if not math.isfinite(p):
        text = f"anomalies {value:.2f} times as frequent, the record is too short for shifts"
        return case.row(CHECK, "na", statistic=value, evidence=f"{text}; {rates}", **told)
    status = "pass" if p < LIMIT and value > 1 else "warn"
    if status == "warn":
        text = f"no more anomalies than before shifted earthquakes: {text}"
    return case.row(CHECK, status, statistic=value, evidence=f"{text}; {rates}", **told)
