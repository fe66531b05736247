"""The anomalies about any earthquake: sites, hourly series, forecasts, judgement.

The series are those of global maps, or over stations (`case_stations`).

Maps of two hours are turned with the Sun to the hour (IONEX 1.0, Schaer et al. 1998, equation 3).
An hour between two maps knows the later one: windows are issued at maps alone, and such hours are
flagged `filled`, judged and drawn, and no draws of their own in rates of alarms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from laicflow import seeds
from laicflow.anomalies import find, quakes, rates
from laicflow.anomalies.bounds import epochs_a_day, iqr_bounds
from laicflow.anomalies.dtec import UNDISTURBED, exceedance, index_at, judge
from laicflow.anomalies.quakes import radius_km
from laicflow.errors import LaicflowError
from laicflow.geo import EARTH_RADIUS_KM
from laicflow.gnss.global_maps import vertical
from laicflow.models import regressors
from laicflow.studies.results import Results
from laicflow.tensors.lagged import on_grid

HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(1, "D")
# Share of the radius of preparation at which the four points about the epicentre lie.
SHARE = 0.5
BEARINGS = {"NORTH": 0.0, "SOUTH": 180.0, "EAST": 90.0, "WEST": 270.0}
CENTRE = "CENTRE"
# The one variant of a case.
CASE = "case"
# How far the map of anomalies reaches, in radii of preparation.
REACH = 1.5
LAG_HOURS = 24
KEYS = ("predicted", "lead")


@dataclass(frozen=True)
class Spans:
    """Days of a case (UTC, begin of each; the end excluded): training, warm-up, shown."""

    train: np.datetime64
    warm: np.datetime64
    shown: np.datetime64
    end: np.datetime64


def spans_of(
    time: pd.Timestamp,
    *,
    train_days: int = 20,
    warm_days: int = 15,
    before_days: int = 18,
    after_days: int = 1,
) -> Spans:
    """Days of training, then of warm-up, then so many before and after that of the earthquake."""
    day = np.datetime64(pd.Timestamp(time), "us").astype("datetime64[D]").astype("datetime64[us]")
    shown = day - before_days * DAY
    warm = shown - warm_days * DAY
    return Spans(warm - train_days * DAY, warm, shown, day + (1 + after_days) * DAY)


def sites(latitude: float, longitude: float, magnitude: float) -> pd.DataFrame:
    """The epicentre and four points half its radius of preparation away, along great circles.

    Returns
    -------
    `site`, `latitude`, `longitude` (degrees, -180 to 180)
    """
    far = SHARE * float(radius_km(magnitude)) / EARTH_RADIUS_KM
    rows = [(CENTRE, latitude, longitude)]
    phi = np.radians(latitude)
    for name, bearing in BEARINGS.items():
        turn = np.radians(bearing)
        sine = np.sin(phi) * np.cos(far) + np.cos(phi) * np.sin(far) * np.cos(turn)
        east = np.arctan2(
            np.sin(turn) * np.sin(far) * np.cos(phi), np.cos(far) - np.sin(phi) * sine
        )
        lon = (longitude + np.degrees(east) + 180) % 360 - 180
        rows.append((name, float(np.degrees(np.arcsin(sine))), float(lon)))
    return pd.DataFrame(rows, columns=["site", "latitude", "longitude"])


def series(maps: xr.Dataset, places: pd.DataFrame, spans: Spans) -> xr.Dataset:
    """Hourly VTEC over the sites in the layout of the study's tensors.

    Parameters
    ----------
    maps : `tec` (TECU) by time, latitude, longitude (`global_maps.read`)
    places : `sites`

    Raises
    ------
    LaicflowError : maps that do not begin with the days of training, or that are further apart
        than a day or nearer than an hour
    """
    epochs = maps["time"].values.astype("datetime64[us]")
    steps = np.diff(epochs)
    if not len(steps) or epochs[0] >= spans.train + DAY or steps.min() < HOUR:
        found = f"{len(epochs)} maps from {epochs[0] if len(epochs) else 'none'} on"
        raise LaicflowError(
            f"expected maps an hour or more apart from {spans.train} on, found {found}"
        )
    times = np.arange(spans.train, spans.end, HOUR)
    rows = places[["latitude", "longitude"]].to_numpy()
    made = np.stack([vertical(maps, times, *_repeated(one, len(times))) for one in rows], axis=1)
    # Between maps that are more than twice their usual distance apart nothing is known.
    after = np.clip(np.searchsorted(epochs, times), 1, len(epochs) - 1)
    own = np.isin(times, epochs)
    lost = ~own & (epochs[after] - epochs[after - 1] > 2 * np.median(steps))
    made[lost] = np.nan
    between = ~own[:, None] & np.isfinite(made)
    return xr.Dataset(
        {
            "vtec": (("time", "station"), made, {"units": "TECU"}),
            "cleaned": (("time", "station"), made, {"units": "TECU"}),
            "filled": (("time", "station"), between.astype("int8")),
        },
        coords={
            "time": times,
            "station": places["site"].tolist(),
            "latitude": ("station", places["latitude"].to_numpy()),
            "longitude": ("station", places["longitude"].to_numpy()),
        },
        attrs={"step_s": 3600, "interpolated": int(between.any(axis=1).sum())},
    )


def _repeated(place: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of a place for each time."""
    return np.full(times, place[0]), np.full(times, place[1])


def forecast(
    record: find.Record,
    spans: Spans,
    *,
    model: str = "gbm_forecaster",
    seed: int = 0,
    **options: Any,
) -> find.Forecast:
    """Forecasts of the warm-up and of what is shown by a model that saw the training alone.

    Windows end at maps, show the last LAG_HOURS hours of all sites, and tell all hours up to the
    next map. Those of the training end, with what they tell, before the warm-up begins.

    Parameters
    ----------
    record : hourly
    model, options : of `laicflow.models.regressors`

    Raises
    ------
    LaicflowError : fewer than two whole windows in the training
    """
    values = record.observed.T
    measured = np.flatnonzero((np.isfinite(values) & ~record.filled.T).all(axis=1))
    if len(measured) < 2:
        raise LaicflowError("expected maps, found fewer than two epochs with a value at all sites")
    ahead = 1 + np.arange(int(np.median(np.diff(measured))))
    issue = measured[(measured >= LAG_HOURS - 1)]
    shown = issue[:, None] + np.arange(1 - LAG_HOURS, 1)
    whole = np.isfinite(values[shown]).all(axis=(1, 2))
    if not whole.any():
        raise LaicflowError(f"no {LAG_HOURS} hours on end are known, from which to forecast")
    issue, shown = issue[whole], shown[whole]
    x = values[shown].reshape(len(issue), -1)
    told = np.minimum(issue[:, None] + ahead, len(values) - 1)
    learn = (issue + ahead[-1] < len(values)) & (record.times[told[:, -1]] < spans.warm)
    learn &= np.isfinite(values[told]).all(axis=(1, 2))
    if learn.sum() < 2:
        raise LaicflowError(f"{int(learn.sum())} windows to learn from, two are the least")
    fitted = regressors.build(model, options, seed=seed)
    fitted.fit(x[learn], values[told[learn]].reshape(int(learn.sum()), -1))
    predicted = np.full(record.observed.shape, np.nan)
    lead = np.ones(record.observed.shape, dtype=int)
    later = np.flatnonzero(record.times[issue] >= spans.warm)
    if len(later):
        found = fitted.predict(x[later]).reshape(len(later), len(ahead), -1)
        for number, step in enumerate(ahead):
            inside = issue[later] + step < len(values)
            at = issue[later][inside] + step
            predicted[:, at], lead[:, at] = found[inside, number].T, step
    return find.Forecast(predicted, lead)


def forecast_alone(record: find.Record, spans: Spans, **options: Any) -> find.Forecast:
    """As `forecast`, each site from its own past: a gap of one station is not one of all.

    A site with too little to learn from has no forecast.

    Raises
    ------
    LaicflowError : no site has enough
    """
    shape, found, why = record.observed.shape, [], []
    for place in range(len(record.sites)):
        one = slice(place, place + 1)
        own = replace(record, observed=record.observed[one], filled=record.filled[one])
        try:
            found.append(forecast(own, spans, **options))
        except LaicflowError as error:
            why.append(f"{record.sites[place]}: {error}")
            found.append(find.Forecast(np.full((1, shape[1]), np.nan), np.ones((1, shape[1]), int)))
    if len(why) == len(found):
        raise LaicflowError("; ".join(why))
    for line in why:
        print(f"no forecast for {line}")
    return find.Forecast(*(np.concatenate([getattr(f, k) for f in found]) for k in KEYS))


def rules_of(record: find.Record, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of `clean` for a record of which hours lie between maps.

    Such hours are judged; the errors behind the residual bounds are those of maps alone, of which
    as many are asked as the share of hours with a map leaves of `least_days`. Hours of which
    nothing is known loosen no bounds.

    Parameters
    ----------
    settings : `anomalies` and `disturbed` of the study
    """
    own = settings["anomalies"]
    names = ("lead", "days", "sigmas", "iqr")
    known = np.isfinite(record.observed)
    share = float((known & ~record.filled).sum() / max(known.sum(), 1))
    return {
        **{name: own[name] for name in names},
        "least_days": own["least_days"] * share,
        "mode": "clean",
        "use_filled": True,
        "filled_errors": False,
        "undisturbed": bounds_of(settings)["undisturbed"],
    }


def bounds_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of `map_of_anomalies`: `iqr` and `undisturbed`, of `anomalies` and `disturbed`."""
    limits = settings["disturbed"]
    quiet = {"kp_below": limits["kp_from"], "dst_above": limits["dst_to"]}
    return {"iqr": dict(settings["anomalies"]["iqr"]), "undisturbed": quiet}


def results(
    maps: xr.Dataset,
    event: dict[str, Any],
    indices: Mapping[str, pd.DataFrame | None],
    events: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    run: str,
    seed: int = 0,
    spans: Spans | None = None,
    audit: dict | None = None,
    over: xr.Dataset | None = None,
) -> Results:
    """All that the figures of anomalies read, for one earthquake; its one variant is `case`.

    Rates count from the end of the warm-up on.

    Parameters
    ----------
    event : `name`, `time`, `latitude`, `longitude`, `magnitude`
    indices : `kp`, `dst`, `f107`, tables with `time`; None without a source
    events : the catalog
    settings : `anomalies` and `disturbed` of the study
    run, seed : name the random numbers
    over : series over stations in place of those of the maps (`case_stations.series`)
    """
    spans = spans or spans_of(pd.Timestamp(event["time"]))
    places = sites(event["latitude"], event["longitude"], event["magnitude"])
    if over is not None:
        places = over[["latitude", "longitude"]].to_dataframe().rename_axis("site").reset_index()
    made = series(maps, places, spans) if over is None else over
    record = find.record_of(made, "clean")
    rules = rules_of(record, settings)
    names = (run, CASE, seed)
    told = forecast if over is None else forecast_alone
    table = find.find(record, told(record, spans, seed=seeds.number(*names)), indices, rules)
    table = table[(table["time"] >= spans.shown) & (table["time"] < spans.end)]
    days = _days(event, spans)
    listed, said = quakes.listed(events, places, *_mapped(record, spans), event=event, **days)
    shown = {**settings["anomalies"], "shown": days, "heat": days}
    study = {"anomalies": shown, "disturbed": settings["disturbed"], "event": event}
    found = Results(run, "edlstme", study, {CASE: study})
    axes = [_axis(name, one) for name, one in indices.items() if one is not None]
    found.series[CASE] = xr.merge([made, *axes])
    alarms = _alarms(table, rules, places, spans, (run, CASE, str(seed)), audit)
    facts = {"seed": 0, "earthquakes": said, "quiet_period": "none: a case has none"}
    for name, one in (("anomalies", table), ("alarms", alarms), ("quakes", listed)):
        one.attrs["facts"] = json.dumps(facts)
        getattr(found, name)[CASE] = one
    return found


def _alarms(
    table: pd.DataFrame,
    rules: Mapping[str, Any],
    places: pd.DataFrame,
    spans: Spans,
    names: tuple[str, ...],
    audit: dict | None,
) -> pd.DataFrame:
    """Rates over what is shown, which is the whole record that is judged."""
    longitude = dict(zip(places["site"], places["longitude"], strict=True))
    made = rates.rates(table, rules, longitude, seed=0, names=names, options=audit)
    span = {rates.EVENT: (spans.shown, spans.end)}
    parts = [made, rates.periods(table, rules, span, seed=0)]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _mapped(record: find.Record, spans: Spans) -> tuple[np.ndarray, np.ndarray]:
    """The epochs of maps among those shown, and that each has a value.

    After the last map nothing is judged: the earthquake is shown all the same.
    """
    there = (np.isfinite(record.observed) & ~record.filled).any(axis=0)
    times = record.times[there & (record.times >= spans.shown)]
    return times, np.ones(len(times), dtype=bool)


def _days(event: Mapping[str, Any], spans: Spans) -> dict[str, int]:
    """The shown days as days before and after that of the earthquake."""
    day = np.datetime64(pd.Timestamp(event["time"]), "us").astype("datetime64[D]")
    before = (day - spans.shown.astype("datetime64[D]")).astype(int)
    after = (spans.end.astype("datetime64[D]") - day).astype(int) - 1
    return {"before_days": int(before), "after_days": int(after)}


def _axis(name: str, table: pd.DataFrame) -> xr.Dataset:
    """An index on its own axis of time, as in the tensors of the study."""
    axis = f"time_{name}"
    times = table["time"].to_numpy().astype("datetime64[us]")
    return xr.Dataset({name: (axis, table[name].to_numpy(dtype="float64"))}, {axis: times})


def map_of_anomalies(
    maps: xr.Dataset,
    event: Mapping[str, Any],
    indices: Mapping[str, pd.DataFrame | None],
    rules: Mapping[str, Any],
    spans: Spans,
) -> xr.DataArray:
    """Mean DTEC of each day about the epicentre by the IQR bounds, at the maps' own points.

    Epochs whose anomaly is disturbed, or of which that is not known, take no part.

    Parameters
    ----------
    event : `latitude`, `longitude` (degrees), `magnitude`
    rules : `iqr` and `undisturbed` as of `find.find`

    Returns
    -------
    (time, latitude, longitude) in TECU, a day each of those shown; NaN without a value
    """
    part = _about(maps, event, spans)
    # A map that is missing leaves a row without values: bounds ask for evenly spaced epochs.
    times, stack = on_grid(
        part["time"].values, part["tec"].transpose("time", "latitude", "longitude").values
    )
    values = np.moveaxis(stack, 0, -1)
    bounds = iqr_bounds(values, epochs_a_day(times), **rules["iqr"])
    held = [name for name in ("kp", "dst") if indices.get(name) is not None]
    # Where one index has no source the other judges alone; without any nothing is undisturbed.
    known = {name: np.full(len(times), 0.0 if held else np.nan) for name in ("kp", "dst")}
    known |= {name: index_at(indices[name], name, times) for name in held}
    state = judge(exceedance(values, bounds), known["kp"], known["dst"], **rules["undisturbed"])
    told = np.where((state == 0) | (state == UNDISTURBED), exceedance(values, bounds), np.nan)
    days = np.arange(spans.shown, spans.end, DAY)
    number = (times - spans.shown) // DAY
    made = np.full((len(days), *values.shape[:2]), np.nan)
    for place in range(len(days)):
        own = told[..., number == place]
        count = np.isfinite(own).sum(axis=-1)
        total = np.nansum(own, axis=-1)
        made[place] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    coords = {"time": days, "latitude": part["latitude"], "longitude": part["longitude"]}
    return xr.DataArray(made, coords, ("time", "latitude", "longitude"), attrs={"units": "TECU"})


def _about(maps: xr.Dataset, event: Mapping[str, Any], spans: Spans) -> xr.Dataset:
    """The maps of the days from the training on, cut about the epicentre."""
    half = np.degrees(REACH * float(radius_km(event["magnitude"])) / EARTH_RADIUS_KM)
    east = (maps["longitude"].values - event["longitude"] + 180) % 360 - 180
    wide = half / max(0.2, np.cos(np.radians(event["latitude"])))
    near = np.abs(maps["latitude"].values - event["latitude"]) <= half
    columns = np.flatnonzero(np.abs(east) <= min(wide, 180))
    # A grid that closes has its first meridian twice.
    _, first = np.unique(np.round(east[columns], 6), return_index=True)
    inside = (maps["time"] >= spans.train) & (maps["time"] < spans.end)
    return maps.isel(time=inside.values, latitude=near, longitude=np.sort(columns[first]))
