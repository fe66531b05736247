"""R18: do the circumstances of an epoch alone alarm as well?

A logistic model tells anomalous, undisturbed epochs from hour, season, date, Kp, Dst, F10.7 and
what was missing before, fitted on other blocks of time than those it tells. Its alarms, made by the
same rule at the same alarm share, must hit fewer earthquakes. Source: Masci; Tozzi 2020.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from laicflow.anomalies.dtec import index_at
from laicflow.audit.alarms.context import DAY, Alarms, Case, Record
from laicflow.audit.alarms.rivals import compare, judged, same_share
from laicflow.audit.alarms.standing import looked_back, window_epochs

CHECK = "R18"
SOURCE = "Masci; Tozzi 2020"
RIVAL = "the circumstances alone"
FOLDS, STEPS, RIDGE = 5, 8, 1e-2


def check(context: Alarms) -> list[dict]:
    """One row for each case; the model is one for all magnitudes of a method."""
    told: dict[str, np.ndarray] = {}
    rows = []
    for case in context.cases:
        if case.why:
            text = "low end of the difference > 0"
            rows.append(case.na(CHECK, threshold=text, source=SOURCE))
            continue
        if case.method not in told:
            told[case.method] = predicted(context, case.record, case.blocks.days)
        rows.append(_row(context, case, told[case.method]))
    return rows


def circumstances(
    record: Record, longitude: np.ndarray, f107: pd.DataFrame | None, fill_days: float
) -> np.ndarray:
    """What a model may know (site, epoch, column), each column of mean 0 and deviation 1."""
    hours = (record.times - record.times[0]) / np.timedelta64(1, "h")
    of_day = record.times.astype("datetime64[m]").astype(int) / 60 % 24
    year = (record.times - record.times.astype("datetime64[Y]")) / DAY
    season, trend = 2 * np.pi * year / 365.25, hours / max(hours[-1], 1.0)
    sun = np.full(len(hours), np.nan) if f107 is None else index_at(f107, "f107", record.times)
    window = window_epochs(fill_days, record.step)
    filled = np.nan_to_num(looked_back(record.missing, window))
    parts = []
    for site, east in enumerate(longitude):
        local = 2 * np.pi * (of_day + east / 15) / 24
        own = [np.sin(k * local) for k in (1, 2, 3)] + [np.cos(k * local) for k in (1, 2, 3)]
        turn = [np.sin(season), np.cos(season), np.sin(2 * season), np.cos(2 * season)]
        own += turn + [a * b for a in own[:1] + own[3:4] for b in turn[:2]]
        own += [trend, trend**2, filled[site]]
        for index in (record.kp, record.dst, sun):
            middle = np.nanmedian(index) if np.isfinite(index).any() else 0.0
            value = np.where(np.isfinite(index), index, middle)
            own += [value, value**2, (~np.isfinite(index)).astype(float)]
        own.append(record.quiet.astype(float))
        parts.append(np.stack(own, axis=-1))
    made = np.stack(parts)
    spread = made.std(axis=(0, 1))
    return (made - made.mean(axis=(0, 1))) / np.where(spread > 0, spread, 1.0)


def predicted(context: Alarms, record: Record, block_days: float) -> np.ndarray:
    """How likely (site, epoch) an alarm is by the circumstances, out of sample."""
    longitude = context.sites["longitude"].to_numpy()
    known = circumstances(record, longitude, context.f107, block_days)
    sites, epochs, columns = known.shape
    block = ((record.times - record.times[0]) / DAY // block_days).astype(int)
    fold = np.broadcast_to(block % FOLDS, (sites, epochs)).ravel()
    seen = np.concatenate([np.ones((sites * epochs, 1)), known.reshape(-1, columns)], axis=1)
    alarm = record.alarm.ravel()
    judged_ = np.isfinite(alarm)
    made = np.full(alarm.shape, np.nan)
    for number in range(FOLDS):
        train = judged_ & (fold != number)
        held = judged_ & (fold == number)
        if held.any() and train.any():
            weights = fitted(seen[train], alarm[train])
            made[held] = _chance(seen[held] @ weights)
    return made.reshape(sites, epochs)


def fitted(seen: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Weights of a logistic model with a ridge, by Newton's steps; the first column is 1."""
    ridge = RIDGE * len(told) * np.eye(seen.shape[1]) / seen.shape[1]
    ridge[0, 0] = 1e-9
    weights = np.zeros(seen.shape[1])
    share = np.clip(told.mean(), 1e-4, 1 - 1e-4)
    weights[0] = np.log(share / (1 - share))
    for _ in range(STEPS):
        p = _chance(seen @ weights)
        bend = np.maximum(p * (1 - p), 1e-6)
        slope = seen.T @ (told - p) - ridge @ weights
        weights = weights + np.linalg.solve((seen * bend[:, None]).T @ seen + ridge, slope)
    return weights


def _chance(logit: np.ndarray) -> np.ndarray:
    """Probability of a logit."""
    return 1 / (1 + np.exp(-np.clip(logit, -30, 30)))


def auc(score: np.ndarray, told: np.ndarray) -> float:
    """Area under the ROC curve; NaN with one class alone."""
    positive = told > 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(score)[positive].sum() - n * (n + 1) / 2) / (n * m))


def _row(context: Alarms, case: Case, likely: np.ndarray) -> dict:
    """The row of one case."""
    record = case.record
    level = looked_back(likely, context.window(record))
    one = compare(case, same_share(case, level))
    both = np.isfinite(likely) & np.isfinite(record.alarm)
    area = auc(likely[both], record.alarm[both])
    extra = f"they tell anomalous epochs with an AUC of {area:.2f}"
    if one is None:
        text = "no earthquake at which the circumstances can be told"
        return case.row(CHECK, "na", evidence=f"{text}; {extra}", source=SOURCE)
    return judged(case, CHECK, RIVAL, one, extra=extra, source=SOURCE)
