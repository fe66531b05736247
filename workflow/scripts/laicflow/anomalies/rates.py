"""The rates at which each method alarms over a record, in parts of it and in chosen periods."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
import pandas as pd

from laicflow.anomalies import alarms
from laicflow.anomalies.find import IQR, METHODS, RESIDUAL
from laicflow.anomalies.tables import ALARMS, typed

ALL_SITES = "all"
# Parts of a record: all of it, epochs that both methods judge, epochs by Kp and Dst, six hours of
# mean local time each; and two chosen periods. All but the first are of epochs that both judge.
RECORD, SHARED, QUIET, STORMY = "record", "shared", "undisturbed", "disturbed"
LOCAL_TIMES = {f"local time {low:02d} to {low + 6:02d} h": (low, low + 6) for low in (0, 6, 12, 18)}
EVENT, QUIET_PERIOD = "about the event", "quiet period"
# What counts as an alarm in a period: anything beyond the bounds, or what Kp and Dst leave of it.
ANY, UNDISTURBED = "any", "undisturbed"


def expected_share(method: str, rules: Mapping[str, Any]) -> float:
    """Share of epochs that would alarm if errors were Gaussian and independent."""
    if method == RESIDUAL:
        return alarms.gaussian_share(rules["sigmas"])
    return alarms.gaussian_iqr_share(rules["iqr"]["k"], rules["iqr"]["days"])


class Judged:
    """The alarms of one method on a grid of sites and epochs.

    Attributes
    ----------
    times : (epoch); sites : names
    alarm : (site, epoch) 1, 0, NaN where undecidable
    filled : (site, epoch) 1 where the value is no measurement of its own, else 0
    undisturbed, known : (epoch) bool, Kp and Dst quiet; both known, or the one with a source
    """

    def __init__(self, table: pd.DataFrame, method: str) -> None:
        own = table[table["method"] == method]
        self.sites = list(dict.fromkeys(own["site"]))
        self.times = np.unique(own["time"].to_numpy().astype("datetime64[us]"))
        shape = (len(self.sites), len(self.times))
        if len(own) != math.prod(shape):
            raise ValueError(f"{len(own)} rows of {shape[0]} sites at {shape[1]} epochs")

        def grid(name: str) -> np.ndarray:
            return own[name].to_numpy().reshape(shape)

        self.alarm = alarms.outside(grid("dtec").astype("float64"))
        self.filled = grid("filled").astype(float)
        self.undisturbed = grid("undisturbed").astype(bool).any(axis=0)
        self.known = grid("known").astype(bool).any(axis=0)

    def trimmed(self) -> Judged:
        """The same from the first to the last epoch at which any site is decided."""
        decided = np.flatnonzero(np.isfinite(self.alarm).any(axis=0))
        span = slice(decided[0], decided[-1] + 1) if len(decided) else slice(0, 0)
        made = copy(self)
        made.times, made.alarm = self.times[span], self.alarm[:, span]
        made.filled = self.filled[:, span]
        made.undisturbed, made.known = self.undisturbed[span], self.known[span]
        return made

    @property
    def usable(self) -> np.ndarray:
        """Epochs (epoch) at which any site is judged by a measurement."""
        return (np.isfinite(self.alarm) & (self.filled == 0)).any(axis=0)


def shared(table: pd.DataFrame) -> dict[str, Judged]:
    """The alarms of each method at the sites and epochs that both have decided.

    Two methods over different years cannot be compared. One that decides nothing at all leaves the
    other as it is.
    """
    judged = {method: Judged(table, method) for method in METHODS}
    decided = [np.isfinite(one.alarm) for one in judged.values()]
    if all(one.any() for one in decided):
        both = np.all(decided, axis=0)
        for one in judged.values():
            one.alarm = np.where(both, one.alarm, np.nan)
    return judged


def rates(
    table: pd.DataFrame,
    rules: Mapping[str, Any],
    longitude: Mapping[str, float],
    *,
    seed: int,
    names: Sequence[str | int],
    options: dict | None = None,
) -> pd.DataFrame:
    """Rates of alarms by method, site and part of the record (`tables.ALARMS`).

    Only epochs that are decided and not filled are counted; `rate_filled` has the filled ones as
    well. The record is that of each method; all other parts are of epochs that both have decided,
    so that methods are compared over the same days. Intervals come from blocks of the look-back of
    the bounds.

    Parameters
    ----------
    table : of `find.find`
    rules : those that it was found by
    longitude : of each site, degrees; local time is UTC + longitude / 15
    seed : of the forecasts, told in the table
    """
    judged = {method: Judged(table, method) for method in METHODS}
    common = shared(table)
    days = {RESIDUAL: rules["days"], IQR: rules["iqr"]["days"]}
    found = []
    for method, one in judged.items():
        share = expected_share(method, rules)
        for site, part, mask in _parts(one, common[method], longitude):
            alarm, filled = np.where(mask, one.alarm, np.nan), one.filled
            if site != ALL_SITES:
                row = one.sites.index(site)
                alarm, filled = alarm[row], filled[row]
            made = alarms.rate(
                one.times,
                alarm,
                filled,
                names=(*names, method, site, part),
                block_days=days[method],
                expected_share=share,
                options=options,
            )
            who = {"method": method, "seed": seed, "site": site, "part": part, "counted": ANY}
            decided = one.times[np.isfinite(np.atleast_2d(alarm)).any(axis=0)]
            found.append(who | _row(made, decided))
    return typed(found, ALARMS)


def _parts(
    judged: Judged, common: Judged, longitude: Mapping[str, float]
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Site, part, and its epochs (site, epoch) or (epoch)."""
    hour = np.stack([_local_hours(judged.times, longitude[site]) for site in judged.sites])
    both = np.isfinite(common.alarm)
    yield ALL_SITES, RECORD, np.ones(judged.alarm.shape, dtype=bool)
    yield ALL_SITES, SHARED, both
    for part, flag in ((QUIET, judged.undisturbed), (STORMY, judged.known & ~judged.undisturbed)):
        yield ALL_SITES, part, both & flag
    for part, (low, high) in LOCAL_TIMES.items():
        yield ALL_SITES, part, both & (hour >= low) & (hour < high)
    for site in judged.sites if len(judged.sites) > 1 else ():
        yield site, SHARED, both


def _local_hours(times: np.ndarray, longitude: float) -> np.ndarray:
    """Hours of mean local time."""
    local = times + np.timedelta64(round(longitude / 15 * 3600e6), "us")
    return (local - local.astype("datetime64[D]")) / np.timedelta64(1, "h")


def _row(made: dict, times: np.ndarray) -> dict:
    """What `alarms.rate` found under the names of the table."""
    kept = ("alarms", "rate", "low", "high", "expected_share", "expected", "blocks", "block_days")
    ends = {"start": times[0], "end": times[-1]} if len(times) else {}
    return {
        **{name: made[name] for name in (*kept, "n_eff", "note")},
        **ends,
        "epochs": made["independent"],
        "rate_filled": made["rate_decided"],
        "interval": made["method"],
    }


def periods(
    table: pd.DataFrame,
    rules: Mapping[str, Any],
    spans: Mapping[str, tuple[np.datetime64, np.datetime64] | None],
    *,
    seed: int,
) -> pd.DataFrame:
    """Chosen periods against all periods of their length (`tables.ALARMS`), both ways of counting.

    Of epochs that both methods have decided: the periods of both are the same.
    `undisturbed` counts alarms among epochs at which Kp and Dst are quiet, as the paper does.
    `p_low` and `p_high` are shares of periods with as low or lower, as high or higher a rate.

    Parameters
    ----------
    spans : begin and end (excluded) by the name of a period, None where there is none
    """
    found = []
    for method, judged in shared(table).items():
        one, share = judged.trimmed(), expected_share(method, rules)
        for part, span in spans.items():
            if span is None or not holds(one, span):
                continue
            for counted in (ANY, UNDISTURBED):
                taken = np.ones(len(one.times), bool) if counted == ANY else one.undisturbed
                alarm = np.where(taken, one.alarm, np.nan)
                made = alarms.confutation(one.times, alarm, *span, one.filled, expected_share=share)
                who = {"method": method, "seed": seed, "site": ALL_SITES, "part": part}
                kept = ("epochs", "alarms", "rate", "expected", "periods", "disjoint", "p_low")
                kept += ("p_high", "median", "lowest", "highest")
                ends = {"counted": counted, "start": span[0], "end": span[1]}
                ends |= {"expected_share": share, "note": _empty(made)}
                found.append(who | ends | {name: made[name] for name in kept})
    return typed(found, ALARMS)


def holds(judged: Judged, span: tuple[np.datetime64, np.datetime64]) -> bool:
    """Whether a period lies inside the record."""
    if len(judged.times) < 2:
        return False
    step = judged.times[1] - judged.times[0]
    return bool(judged.times[0] <= span[0] and span[1] <= judged.times[-1] + step)


def _empty(made: dict) -> str:
    """How many periods were too empty to be compared."""
    return f"{made['too_empty']} periods too empty to be compared" if made["too_empty"] else ""


def by_period(
    judged: Judged, days: float, *, counted: str = ANY, least_share: float = 0.8
) -> pd.DataFrame:
    """Rate of alarms in every period of a length, which begin at 0 UTC: `start`, `rate`.

    Those with fewer epochs than `least_share` of the fullest are left out.
    """
    judged = judged.trimmed()
    if len(judged.times) < 2:
        return pd.DataFrame({"start": np.empty(0, "datetime64[us]"), "rate": np.empty(0)})
    own = np.isfinite(judged.alarm) & (judged.filled == 0)
    if counted == UNDISTURBED:
        own &= judged.undisturbed
    length = np.timedelta64(round(days * 86400e6), "us")
    step = judged.times[1] - judged.times[0]
    first, last = judged.times[0].astype("datetime64[D]"), judged.times[-1] + step - length
    starts = np.arange(first, last.astype("datetime64[D]") + 1).astype("datetime64[us]")
    starts = starts[(starts >= judged.times[0]) & (starts <= last)]
    sums = np.zeros((2, len(judged.times) + 1))
    sums[0, 1:] = np.cumsum(own.sum(axis=0))
    sums[1, 1:] = np.cumsum(np.where(own, judged.alarm, 0).sum(axis=0))
    low, high = (np.searchsorted(judged.times, at) for at in (starts, starts + length))
    held, rung = sums[:, high] - sums[:, low]
    full = held >= max(1, least_share * held.max(initial=0))
    return pd.DataFrame({"start": starts[full], "rate": rung[full] / held[full]})
