"""Anomalies of a record by two methods: what was observed, its bounds, and what lies beyond them.

Xiong et al. 2022 (doi 10.1109/JSTARS.2022.3175961), section II.B.2 and C. The methods are those of
`laicflow.anomalies.bounds`; here they meet the forecasts of a model and the flags of a series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.anomalies.bounds import (
    CLEAN,
    PAPER,
    Bounds,
    epochs_a_day,
    iqr_bounds,
    residual_bounds,
)
from laicflow.anomalies.dtec import exceedance, index_at
from laicflow.anomalies.tables import ANOMALIES, typed
from laicflow.errors import LaicflowError

RESIDUAL, IQR = "residual", "iqr"
METHODS = (RESIDUAL, IQR)
# Which forecast of an epoch is taken where there are several.
SHORTEST, LONGEST = "shortest", "longest"
# Parts of a split whose forecasts give errors: in `clean` those that nothing was chosen on.
SPLITS = {PAPER: ("test", "validation"), CLEAN: ("test",)}
HEADLINE_DRAW = 0


@dataclass(frozen=True)
class Record:
    """A series as it is judged.

    Attributes
    ----------
    times : (epoch) UTC, evenly spaced
    sites : names; latitude, longitude : of each, degrees
    observed : (site, epoch) TECU, NaN where missing
    filled : (site, epoch) bool, a value that is no measurement of its own
    outliers : how many measurements the cleaning took out and are judged all the same
    """

    times: np.ndarray
    sites: tuple[str, ...]
    latitude: tuple[float, ...]
    longitude: tuple[float, ...]
    observed: np.ndarray
    filled: np.ndarray
    outliers: int = 0


@dataclass(frozen=True)
class Forecast:
    """What a model said of each epoch.

    Attributes
    ----------
    predicted : (site, epoch) TECU, NaN without a forecast out of sample
    lead : (site, epoch) epochs from the last observation known to the forecast, at least 1
    """

    predicted: np.ndarray
    lead: np.ndarray


def record_of(tensors: xr.Dataset, mode: str) -> Record:
    """The series of a tensors file as a mode judges it.

    `paper` judges the cleaned series, gaps filled and outliers replaced. `clean` puts the
    measurements back that cleaning took for outliers: to remove what is far from the mean before
    looking for what is far from the mean would hide alarms.

    Parameters
    ----------
    tensors : `vtec`, `cleaned` (TECU), `filled` (bool), each (time, station); coordinates
        `latitude`, `longitude`
    """
    vtec, cleaned = (
        tensors[name].transpose("station", "time").values.astype("float64")
        for name in ("vtec", "cleaned")
    )
    filled = tensors["filled"].transpose("station", "time").values.astype(bool)
    times = tensors["time"].values.astype("datetime64[us]")
    places = [
        tuple(tensors[name].values.astype(float).tolist()) for name in ("latitude", "longitude")
    ]
    made = Record(times, tuple(map(str, tensors["station"].values)), *places, cleaned, filled)
    if mode == PAPER:
        return made
    # An interpolated epoch is its own cleaned value; what cleaning replaced is not.
    outlier = filled & np.isfinite(vtec) & (vtec != cleaned)
    observed = np.where(outlier, vtec, cleaned)
    if tensors.attrs.get("interpolated", 0):
        # What was taken out between two maps was interpolated and stays so.
        return replace(made, observed=observed, outliers=int(outlier.sum()))
    return replace(made, observed=observed, filled=filled & ~outlier, outliers=int(outlier.sum()))


def forecast_of(
    record: Record,
    predictions: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    seed: int,
    splits: Sequence[str],
    lead: str = SHORTEST,
) -> Forecast:
    """One forecast for each epoch and site from the predictions of one experiment.

    Parameters
    ----------
    predictions : table `predictions`; `lead` in hours after the issue time of the sample
    samples : `sample_id`, `issue_time`, `site`
    seed : the training whose forecasts are taken, of the first draw
    splits : parts of the split, in the order in which they are preferred
    lead : which forecast of an epoch is taken where a split has several, `shortest` or `longest`

    Raises
    ------
    ValueError : an unknown `lead`
    LaicflowError : a sample that is not there, a forecast of a site or epoch that the record has
        not, two forecasts of one epoch with one lead
    """
    if lead not in (SHORTEST, LONGEST):
        raise ValueError(f"lead {lead!r}: expected {SHORTEST} or {LONGEST}")
    own = predictions[(predictions["seed"] == seed) & (predictions["draw"] == HEADLINE_DRAW)]
    own = own[own["split"].isin(splits)][["sample_id", "split", "lead", "output"]]
    named = samples[["sample_id", "issue_time", "site"]]
    own = own.merge(named, on="sample_id", how="left", validate="many_to_one")
    if own["issue_time"].isna().any():
        lost = own.loc[own["issue_time"].isna(), "sample_id"].iloc[0]
        raise LaicflowError(f"predictions: sample {lost!r} is not in the samples")
    site, epoch, ahead = _places(record, own)
    rank = own["split"].map({name: number for number, name in enumerate(splits)}).to_numpy()
    order = np.lexsort([ahead if lead == SHORTEST else -ahead, rank, epoch, site])
    keys = np.column_stack([site, epoch, rank, ahead])[order].astype(int)
    if len(keys) and (twice := (keys[1:] == keys[:-1]).all(axis=1)).any():
        at = record.times[keys[1:][twice][0, 1]]
        raise LaicflowError(f"predictions: two forecasts of {at} with one lead")
    first = np.ones(len(keys), dtype=bool)
    first[1:] = (keys[1:, :2] != keys[:-1, :2]).any(axis=1)
    predicted = np.full(record.observed.shape, np.nan)
    steps = np.ones(record.observed.shape, dtype=int)
    where = (keys[first, 0], keys[first, 1])
    predicted[where] = own["output"].to_numpy(dtype="float64")[order][first]
    steps[where] = keys[first, 3]
    return Forecast(predicted, steps)


def _places(record: Record, own: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Site, epoch and lead in epochs of each forecast."""
    step = record.times[1] - record.times[0]
    ahead = (own["lead"].to_numpy(dtype="float64") * 3600e6).round().astype("timedelta64[us]")
    at = own["issue_time"].to_numpy().astype("datetime64[us]") + ahead
    epoch, apart = (at - record.times[0]) // step, (at - record.times[0]) % step
    zero = np.timedelta64(0, "us")
    bad = (epoch < 0) | (epoch >= len(record.times)) | (apart != zero) | (ahead % step != zero)
    bad |= ahead < step
    if bad.any():
        raise LaicflowError(f"predictions: {at[bad][0]} is no epoch of the series after its issue")
    numbers = {name: number for number, name in enumerate(record.sites)}
    site = own["site"].map(numbers)
    if site.isna().any():
        strange = own.loc[site.isna(), "site"].iloc[0]
        raise LaicflowError(f"samples: station {strange!r} is none of {', '.join(record.sites)}")
    return site.to_numpy(dtype=int), epoch.astype(int), (ahead // step).astype(int)


def bounds_of(record: Record, forecast: Forecast, rules: Mapping[str, Any]) -> dict[str, Bounds]:
    """The bounds of both methods, arrays (site, epoch).

    Parameters
    ----------
    rules : `mode`, `days`, `sigmas`, `least_days` of the residual bounds; `iqr`: `days`, `k`,
        `least_days`; `use_filled`, whether filled values are judged and go into the bounds;
        optional `filled_errors`, false to leave them out of the residual bounds alone
    """
    per_day = epochs_a_day(record.times)
    observed = _taken(record, rules)
    # Errors of values between two maps are smaller than those of maps: a case pools the latter.
    measured = np.where(record.filled, np.nan, record.observed)
    errors = observed if rules.get("filled_errors", True) else measured
    sites = [
        residual_bounds(
            one,
            predicted,
            per_day,
            mode=rules["mode"],
            lead=lead,
            days=rules["days"],
            sigmas=rules["sigmas"],
            least_days=rules["least_days"],
        )
        for one, predicted, lead in zip(errors, forecast.predicted, forecast.lead, strict=True)
    ]
    names = ("lower", "upper", "centre", "spread", "count")
    residual = Bounds(*(np.stack([getattr(one, name) for one in sites]) for name in names))
    return {RESIDUAL: residual, IQR: iqr_bounds(observed, per_day, **rules["iqr"])}


def _taken(record: Record, rules: Mapping[str, Any]) -> np.ndarray:
    """The values that are judged and go into bounds."""
    return (
        record.observed if rules["use_filled"] else np.where(record.filled, np.nan, record.observed)
    )


def find(
    record: Record,
    forecast: Forecast,
    indices: Mapping[str, pd.DataFrame | None],
    rules: Mapping[str, Any],
) -> pd.DataFrame:
    """The table of anomalies (`tables.ANOMALIES`), both methods, sites in the order of the record.

    Epochs before the first and after the last with bounds of any method are left out, none where
    no epoch has bounds. `dtec` is NaN where there is no value or no bound; `known` where Kp and
    Dst both have a value, one of them alone where the other has no source, `undisturbed` where
    these are quiet; `usable` where `dtec` is known and the value was not filled, which is what
    rates count.

    Parameters
    ----------
    indices : `kp` and `dst` (nT), tables with `time` and a column of that name, None without
    rules : as of `bounds_of`, and `undisturbed`: `kp_below`, `dst_above`
    """
    activity, known, quiet = _activity(record.times, indices, rules["undisturbed"])
    shape, parts = record.observed.shape, []
    for method, bounds in bounds_of(record, forecast, rules).items():
        dtec = exceedance(_taken(record, rules), bounds)
        made = {
            "site": np.repeat(np.array(record.sites, dtype=object), shape[1]),
            "time": np.tile(record.times, shape[0]),
            "method": method,
            "observed": record.observed.ravel(),
            "centre": bounds.centre.ravel(),
            "low": bounds.lower.ravel(),
            "high": bounds.upper.ravel(),
            "dtec": dtec.ravel(),
            **{name: np.tile(one, shape[0]) for name, one in activity.items()},
            "known": np.tile(known, shape[0]),
            "undisturbed": np.tile(quiet, shape[0]),
            "filled": record.filled.ravel(),
            "usable": (np.isfinite(dtec) & ~record.filled).ravel(),
        }
        parts.append(pd.DataFrame(made))
    table = pd.concat(parts, ignore_index=True)
    bounded = table.loc[table["low"].notna(), "time"]
    if len(bounded):
        table = table[table["time"].between(bounded.min(), bounded.max())]
    return typed(table, ANOMALIES)


def _activity(
    times: np.ndarray, indices: Mapping[str, pd.DataFrame | None], limits: Mapping[str, float]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Kp and Dst at each epoch, NaN where unknown; where those with a source are known; and quiet.

    A source without a value at any epoch of the record leaves all of them unknown.
    """
    found = {
        name: np.full(len(times), np.nan)
        if indices.get(name) is None
        else index_at(indices[name], name, times)
        for name in ("kp", "dst")
    }
    calm = {"kp": found["kp"] < limits["kp_below"], "dst": found["dst"] > limits["dst_above"]}
    held = [name for name in calm if indices.get(name) is not None]
    if not held:
        return found, *np.zeros((2, len(times)), dtype=bool)
    known = np.all([np.isfinite(found[name]) for name in held], axis=0)
    return found, known, np.all([calm[name] for name in held], axis=0)
