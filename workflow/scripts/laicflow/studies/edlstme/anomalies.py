"""The anomalies of a variant: its headline's forecasts held against its series, and their rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.anomalies import find, quakes, rates
from laicflow.errors import LaicflowError
from laicflow.studies.edlstme import needs


@dataclass
class Found:
    """Tables `anomalies`, `alarms` and `quakes` of a variant, and facts in words and numbers."""

    anomalies: pd.DataFrame
    alarms: pd.DataFrame
    quakes: pd.DataFrame
    facts: dict


def rules_of(study: dict) -> dict:
    """The rules of both methods from the settings of a variant."""
    own, disturbed = study["anomalies"], study["disturbed"]
    names = ("mode", "lead", "days", "sigmas", "least_days", "iqr", "use_filled")
    limits = {"kp_below": disturbed["kp_from"], "dst_above": disturbed["dst_to"]}
    return {**{name: own[name] for name in names}, "undisturbed": limits}


def make(
    tensors: xr.Dataset,
    predictions: pd.DataFrame,
    samples: pd.DataFrame,
    events: pd.DataFrame,
    study: dict,
    *,
    names: Sequence[str | int],
    audit: dict,
) -> Found:
    """Anomalies by the forecasts of the first seed, rates of alarms by those of every seed.

    Parameters
    ----------
    tensors, samples, events : of the variant's preparation, of the variant, the catalog
    predictions : of the headline's experiment, all seeds
    study : settings of the variant
    names, audit : what names the random numbers; `bootstrap`, `min_blocks` of the intervals

    Raises
    ------
    LaicflowError : stations of the variant that the tensors have not
    """
    rules, own = rules_of(study), study["anomalies"]
    wanted = needs.stations(study)
    if lost := sorted(set(wanted) - set(map(str, tensors["station"].values))):
        raise LaicflowError(f"tensors: expected stations {', '.join(wanted)}, without {lost[0]}")
    record = find.record_of(tensors.sel(station=wanted), rules["mode"])
    known, tables = indices(tensors), {}
    ahead: tuple[float, ...] = ()
    for seed in study["seeds"]:
        forecast = _forecast(record, predictions, samples, seed, rules)
        tables[seed] = find.find(record, forecast, known, rules)
        ahead = ahead or _hours_ahead(record, forecast)
    table = tables[study["seeds"][0]]
    judged = rates.shared(table)[find.RESIDUAL]
    places = {"site": record.sites, "latitude": record.latitude, "longitude": record.longitude}
    sites = pd.DataFrame(places)
    listed, said = quakes.listed(
        events, sites, judged.times, judged.usable, event=study["event"], **own["shown"]
    )
    spans, chosen = spans_of(judged, listed, own, _felt(quakes.near(events, sites), listed))
    facts = {
        "indices": [name for name in ("kp", "dst") if known[name] is not None],
        "judged": int(judged.usable.sum()),
        "earthquakes": said,
        "quiet_period": chosen,
        "hours_ahead": ahead,
        **_told(study, record),
    }
    alarms = _alarms(tables, rules, record, spans, names, audit)
    return Found(table, alarms, listed, facts)


def _alarms(
    tables: dict[int, pd.DataFrame],
    rules: dict,
    record: find.Record,
    spans: dict[str, tuple[np.datetime64, np.datetime64] | None],
    names: Sequence[str | int],
    audit: dict,
) -> pd.DataFrame:
    """Rates and periods of every seed."""
    longitude = dict(zip(record.sites, record.longitude, strict=True))
    parts = []
    for seed, table in tables.items():
        how = {"seed": seed, "names": (*names, seed), "options": audit}
        parts.append(rates.rates(table, rules, longitude, **how))
        parts.append(rates.periods(table, rules, spans, seed=seed))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _felt(*tables: pd.DataFrame) -> np.ndarray:
    """Times of the earthquakes inside their zone, before and after the record as well."""
    times = pd.concat([one.loc[one["inside"], "time"] for one in tables])
    return times.to_numpy().astype("datetime64[us]")


def _hours_ahead(record: find.Record, forecast: find.Forecast) -> tuple[float, ...]:
    """Shortest and longest time, hours, that the forecasts which are judged look ahead."""
    taken = forecast.lead[np.isfinite(forecast.predicted)]
    if not taken.size:
        return ()
    step = float((record.times[1] - record.times[0]) / np.timedelta64(1, "h"))
    return float(taken.min()) * step, float(taken.max()) * step


def _told(study: dict, record: find.Record) -> dict:
    """What is told of the forecasts and of the series."""
    return {
        "experiment": study["headline"]["experiment"],
        "seed": study["seeds"][0],
        "mode": study["anomalies"]["mode"],
        "outliers_judged": record.outliers,
        "filled": int(record.filled.sum()),
    }


def _forecast(
    record: find.Record, predictions: pd.DataFrame, samples: pd.DataFrame, seed: int, rules: dict
) -> find.Forecast:
    """The forecasts of one seed."""
    splits = find.SPLITS[rules["mode"]]
    own = {"seed": seed, "splits": splits, "lead": rules["lead"]}
    return find.forecast_of(record, predictions, samples, **own)


def indices(tensors: xr.Dataset) -> dict[str, pd.DataFrame | None]:
    """Kp, Dst and F10.7 of a tensors file as tables with `time`; None where there is none."""
    found: dict[str, pd.DataFrame | None] = {}
    for name in ("kp", "dst", "f107"):
        if name not in tensors or not tensors[name].size:
            found[name] = None
            continue
        axis = tensors[name].dims[0]
        times = tensors[axis].values.astype("datetime64[us]")
        table = pd.DataFrame({"time": times, name: tensors[name].values.astype("float64")})
        found[name] = table.dropna().reset_index(drop=True)
    return found


def spans_of(
    judged: rates.Judged, listed: pd.DataFrame, own: dict, felt: np.ndarray
) -> tuple[dict[str, tuple[np.datetime64, np.datetime64] | None], str]:
    """The days about the event and the quiet period, and in words how that was chosen.

    Parameters
    ----------
    felt : times of all earthquakes inside their zone, of the record or not
    """
    event = quakes.shown(listed)
    about = None if event is None else quakes.span_of(event["time"], **own["shown"])
    quiet = own["quiet"]
    trimmed = judged.trimmed()
    if quiet["start"] is not None:
        begin = np.datetime64(quiet["start"], "us")
        span = (begin, begin + np.timedelta64(round(quiet["days"] * 86400e6), "us"))
        if rates.holds(trimmed, span):
            return {rates.EVENT: about, rates.QUIET_PERIOD: span}, "that of the configuration"
    chosen = quakes.quiet_period(
        quiet["days"],
        trimmed.times,
        trimmed.usable,
        trimmed.undisturbed,
        felt,
        quiet["away_days"],
    )
    said = (
        "the most undisturbed days of the record without an earthquake in them or "
        f"{quiet['away_days']:g} days before or after, chosen by rule"
    )
    if quiet["start"] is not None:
        said = f"{quiet['start']} is not in the record; {said}"
    found = {rates.EVENT: about, rates.QUIET_PERIOD: chosen}
    return found, said if chosen is not None else "none: no period without an earthquake"
