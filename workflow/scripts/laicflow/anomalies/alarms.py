"""How often a method alarms over a whole record, and what a quiet week therefore proves.

A single week without an alarm tells little of a method whose bounds are passed by one value in
twenty when nothing happens. Alarms come in runs: what counts are blocks of days, not epochs, and
an epoch that was interpolated between others is no draw of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from laicflow import seeds
from laicflow.anomalies.dtec import shifted
from laicflow.errors import LaicflowError
from laicflow.evaluation.intervals import BLOCKS, WILSON, Resampling, wilson

# Epochs of which more than this was filled or interpolated do not count as independent.
FILL_LIMIT = 0.0
DAY = np.timedelta64(1, "D")
DRAWS = 20_000


def gaussian_share(sigmas: float = 2.0) -> float:
    """Share of Gaussian values beyond +- `sigmas` standard deviations: 0.0455 for two."""
    return float(2 * ndtr(-sigmas))


def gaussian_iqr_share(k: float = 1.5, days: int = 15) -> float:
    """Share of Gaussian values beyond median +- `k` IQR of `days` others, by simulation.

    With known quartiles it would be that beyond 1.349 k standard deviations (0.0430 for 1.5);
    median and quartiles of fifteen values scatter, and it is 0.114. Standard error below 0.001.
    """
    draws = seeds.generator("gaussian iqr share", days).standard_normal((days, DRAWS))
    low, median, high = np.quantile(draws, (0.25, 0.5, 0.75), axis=0)
    reach = k * (high - low)
    return float(np.mean(ndtr(-median - reach) + ndtr(median - reach)))


def outside(dtec: np.ndarray) -> np.ndarray:
    """Alarms as float (..., epoch): 1 beyond a bound, 0 inside, NaN where undecidable."""
    return np.where(np.isnan(dtec), np.nan, (np.asarray(dtec) != 0).astype(float))


def together(alarm: np.ndarray, least: int) -> np.ndarray:
    """Alarm (epoch) where at least `least` sites of (site, epoch) have one at once.

    NaN where the sites without an answer could turn it.

    Raises
    ------
    ValueError : `least` is not between 1 and the number of sites
    """
    alarm = np.atleast_2d(alarm)
    if not 1 <= least <= len(alarm):
        raise ValueError(f"{least} of {len(alarm)} sites")
    sure, open_ = np.nansum(alarm, axis=0), np.isnan(alarm).sum(axis=0)
    return np.where(sure >= least, 1.0, np.where(sure + open_ < least, 0.0, np.nan))


def rate(
    times: np.ndarray,
    alarm: np.ndarray,
    fill_share: np.ndarray | None = None,
    *,
    names: Sequence[str | int],
    fill_limit: float = FILL_LIMIT,
    block_days: float = 15.0,
    expected_share: float | None = None,
    options: dict | None = None,
) -> dict:
    """Rate of alarms over a record with its interval.

    The interval comes from blocks of `block_days`, of all sites together, since sites see the
    same days. Where no epoch alarms, or every one, resamples would all be equal: there it is the
    Wilson interval as if each block were one draw.

    Parameters
    ----------
    times : (epoch) UTC
    alarm : (epoch) or (site, epoch): 1, 0, NaN where undecidable (`outside`)
    fill_share : like `alarm`, 0 by default; epochs above `fill_limit` do not count as independent,
        nor do those of which it is NaN
    names : what names the random numbers
    block_days : at least the look-back of the bounds, over which errors hang together
    expected_share : share that would alarm if errors were Gaussian (`gaussian_share`,
        `gaussian_iqr_share`)
    options : `bootstrap`, `level`, `min_blocks` of `intervals.Resampling`

    Returns
    -------
    `epochs` (those of all sites), `decided`, `independent` (decided and not filled), `alarms` and
    `rate` among the independent, `low`, `high`, `method`, `note`; `rate_decided` with the filled
    ones; `blocks`, `block_days`; `n_eff`, the number of independent draws that would have this
    variance (NaN where it has none); `expected_share`, `expected` number of alarms among the
    independent

    Raises
    ------
    ValueError : shapes that differ
    """
    alarm = np.atleast_2d(np.asarray(alarm, dtype="float64"))
    filled = np.zeros(alarm.shape) if fill_share is None else np.atleast_2d(fill_share)
    if alarm.shape != filled.shape or alarm.shape[1] != len(times):
        raise ValueError(f"alarm {alarm.shape}, fill_share {filled.shape}, {len(times)} times")
    decided = np.isfinite(alarm)
    own = decided & (filled <= fill_limit)
    number, total = int(alarm[own].sum()), int(own.sum())
    share = number / total if total else math.nan
    result = {
        "epochs": alarm.size,
        "decided": int(decided.sum()),
        "independent": total,
        "alarms": number,
        "rate": share,
        "rate_decided": float(alarm[decided].mean()) if decided.any() else math.nan,
        "expected_share": math.nan if expected_share is None else expected_share,
        "expected": math.nan if expected_share is None else expected_share * total,
    }
    at = np.asarray(times, dtype="datetime64[us]")[np.nonzero(own)[1]]
    return result | _interval(at, alarm[own], share, block_days, options or {}, names)


def _interval(
    times: np.ndarray,
    alarm: np.ndarray,
    share: float,
    block_days: float,
    options: dict,
    names: Sequence[str | int],
) -> dict:
    """Ends of the interval of a rate, by what method, from how many blocks."""
    spans = pd.DataFrame({"issue_time": times, "end": times})
    spans["support_start"] = spans["end"] - pd.Timedelta(days=block_days)
    resampling = Resampling(spans, options, (*names, "rate of alarms"))
    block, count = resampling.block, resampling.count
    alarms = np.bincount(block, weights=alarm, minlength=count)
    epochs = np.bincount(block, minlength=count)
    method, n_eff = BLOCKS, math.nan
    if resampling.note or 0 < share < 1:
        found = resampling.interval(lambda weights: weights @ alarms / (weights @ epochs))
        low, high, note = found.low, found.high, found.note
    else:
        found = wilson(round(share * count), count, resampling.level)
        low, high, method = found.low, found.high, WILSON
        note = f"{'no epoch' if share == 0 else 'every epoch'} alarms: {count} blocks as draws"
    if not resampling.note and 0 < share < 1:
        weights = resampling.weights
        spread = np.var(weights @ alarms / (weights @ epochs))
        n_eff = float(share * (1 - share) / spread) if spread > 0 else math.nan
    facts = {"blocks": count, "block_days": resampling.days, "n_eff": n_eff}
    return {"low": low, "high": high, "method": method, "note": note, **facts}


def alarm_days(
    times: np.ndarray,
    alarm: np.ndarray,
    fill_share: np.ndarray | None = None,
    *,
    least: int = 1,
    fill_limit: float = FILL_LIMIT,
    offset_hours: float = 0.0,
) -> pd.DataFrame:
    """The days of a record, and which of them are alarm days.

    Parameters
    ----------
    times, alarm, fill_share : (epoch), as in `rate`; one site, or `together` of several
    least : alarms that make a day one; with many epochs a day a single one happens nearly daily
    offset_hours : added to UTC before days are counted (longitude / 15: mean local time)

    Returns
    -------
    A row a day from the first to the last: `day`, `epochs` that are decided and not filled,
    `alarms` among them, `alarm` (1, 0, NaN without epochs)
    """
    alarm = np.asarray(alarm, dtype="float64")
    filled = np.zeros(len(alarm)) if fill_share is None else np.asarray(fill_share)
    own = np.isfinite(alarm) & (filled <= fill_limit)
    day = shifted(times, offset_hours).astype("datetime64[D]")
    first = day.min() if len(day) else np.datetime64("1970-01-01")
    number = (day - first).astype(int)
    count = int(number.max(initial=-1)) + 1
    epochs = np.bincount(number[own], minlength=count)
    alarms = np.bincount(number[own], weights=alarm[own], minlength=count).astype(int)
    return pd.DataFrame(
        {
            "day": (first + np.arange(count)).astype("datetime64[us]"),
            "epochs": epochs,
            "alarms": alarms,
            "alarm": np.where(epochs > 0, (alarms >= least).astype(float), np.nan),
        }
    )


def confutation(
    times: np.ndarray,
    alarm: np.ndarray,
    start: pd.Timestamp,
    end: pd.Timestamp,
    fill_share: np.ndarray | None = None,
    *,
    fill_limit: float = FILL_LIMIT,
    least_share: float = 0.8,
    expected_share: float | None = None,
) -> dict:
    """A chosen period against all periods of its length, which begin a day apart.

    A small `p_low` says that so few alarms are rare in this record; a large one that any other
    period would have done. Periods overlap, so ranks are no finer than `disjoint` of them allow.

    Parameters
    ----------
    times, alarm, fill_share : as in `rate`
    start, end : the chosen period, its end excluded
    least_share : share of its epochs (of all sites) that must be decided and not filled for a
        period to be compared, of those of the fullest; the chosen one is told, whatever it has
    expected_share : as in `rate`

    Returns
    -------
    `epochs`, `alarms`, `rate`, `expected` of the chosen; `periods` compared (the chosen one among
    them, if it is full enough), `too_empty` ones left out, `disjoint` that fit into the record;
    `fewer`, `equal`, `more`: periods with a lower, the same, a higher rate; `p_low`, `p_high`:
    share with a rate as low or lower, as high or higher; `median`, `lowest`, `highest` rate

    Raises
    ------
    LaicflowError : a period without length, or not inside the record
    """
    alarm = np.atleast_2d(np.asarray(alarm, dtype="float64"))
    filled = np.zeros(alarm.shape) if fill_share is None else np.atleast_2d(fill_share)
    own = np.isfinite(alarm) & (filled <= fill_limit)
    times = np.asarray(times, dtype="datetime64[us]")
    length, begins, disjoint = _period_starts(times, start, end)
    sums = np.zeros((2, len(times) + 1))
    sums[0, 1:] = np.cumsum(own.sum(axis=0))
    sums[1, 1:] = np.cumsum(np.where(own, alarm, 0).sum(axis=0))

    def between(low: np.ndarray) -> np.ndarray:
        last = np.searchsorted(times, low + length)
        return sums[:, last] - sums[:, np.searchsorted(times, low)]

    (epochs,), (alarms,) = between(np.array([start], dtype="datetime64[us]"))
    held, found = between(begins)
    full = held >= max(1, least_share * held.max())
    rates, chosen = found[full] / held[full], float(alarms / epochs) if epochs else math.nan
    same = np.isclose(rates, chosen, rtol=1e-12, atol=0)
    fewer, more = (rates < chosen) & ~same, (rates > chosen) & ~same
    known = len(rates) and math.isfinite(chosen)
    return {
        "epochs": int(epochs),
        "alarms": int(alarms),
        "rate": chosen,
        "expected": math.nan if expected_share is None else expected_share * int(epochs),
        "periods": len(rates),
        "too_empty": int((~full).sum()),
        "disjoint": disjoint,
        "fewer": int(fewer.sum()),
        "equal": int(same.sum()),
        "more": int(more.sum()),
        "p_low": float((fewer | same).mean()) if known else math.nan,
        "p_high": float((more | same).mean()) if known else math.nan,
        "median": float(np.median(rates)) if len(rates) else math.nan,
        "lowest": float(rates.min(initial=math.inf)) if len(rates) else math.nan,
        "highest": float(rates.max(initial=-math.inf)) if len(rates) else math.nan,
    }


def _period_starts(
    times: np.ndarray, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[np.timedelta64, np.ndarray, int]:
    """Length of a period, starts of all of its length (whole days from the chosen one's), and how
    many fit into the record one after another.
    """
    start, end = (np.datetime64(one, "us") for one in (start, end))
    if not len(times):
        raise LaicflowError("expected a period inside the record, which is empty")
    last = times[-1] + (np.median(np.diff(times)) if len(times) > 1 else np.timedelta64(0, "us"))
    length = end - start
    if length <= np.timedelta64(0, "us") or start < times[0] or end > last:
        expected = f"a period between {times[0]} and {last}"
        raise LaicflowError(f"expected {expected}, found {start} to {end}")
    numbers = np.arange(-((start - times[0]) // DAY), (last - end) // DAY + 1)
    return length, start + numbers * DAY, int((last - times[0]) // length)
