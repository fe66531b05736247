"""Earthquakes whose zone of preparation reaches a station, and spans of time without one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from laicflow.anomalies.tables import QUAKES, typed
from laicflow.geo import great_circle_km

# What an earthquake is to the figures: the one that they show, one beside it, or one outside the
# zone that stands in where none lies inside.
SHOWN, LISTED, CONTROL = "shown", "listed", "control"
# Share of the epochs of a span that must be judged for its event to be shown.
LEAST_SHARE = 0.5
DAY = np.timedelta64(1, "D")


def radius_km(magnitude: np.ndarray) -> np.ndarray:
    """Radius of the zone of preparation, 10^(0.43 M) km.

    Dobrovolsky, Zubkov and Miachkin 1979 (Pure Appl. Geophys. 117, 1025).
    """
    return 10 ** (0.43 * np.asarray(magnitude, dtype="float64"))


def near(events: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Events with their nearest site, `distance_km`, `radius_km` and whether it lies `inside`.

    Parameters
    ----------
    events : table `events`; sites : `site`, `latitude`, `longitude` (degrees)
    """
    distance = great_circle_km(
        events["latitude"].to_numpy()[:, None],
        events["longitude"].to_numpy()[:, None],
        sites["latitude"].to_numpy()[None],
        sites["longitude"].to_numpy()[None],
    )
    nearest = distance.argmin(axis=1)
    kept = [name for name in QUAKES if name in events]
    table = events[kept].reset_index(drop=True)
    table["site"] = sites["site"].to_numpy(dtype=object)[nearest]
    table["distance_km"] = distance[np.arange(len(events)), nearest]
    table["radius_km"] = radius_km(events["magnitude"].to_numpy())
    table["inside"] = table["distance_km"] <= table["radius_km"]
    return table


def listed(
    events: pd.DataFrame,
    sites: pd.DataFrame,
    times: np.ndarray,
    usable: np.ndarray,
    *,
    event: dict,
    before_days: float,
    after_days: float,
) -> tuple[pd.DataFrame, str]:
    """Earthquakes inside their zone during the record, and the one that figures show.

    Shown is the event that the configuration names, as a control outside its zone; where its days
    are not judged, the largest of the catalog inside its zone whose days are.

    Parameters
    ----------
    times, usable : (epoch) UTC and bool, epochs that are judged at any site
    event : `name`, `time`, `latitude`, `longitude`, `magnitude`

    Returns
    -------
    Table `tables.QUAKES` in the order of time, and in words what lies inside and what is shown
    """
    span = (before_days, after_days)
    if len(times) < 2:
        return typed([], QUAKES), "no epoch is judged"
    during = events[(events["time"] >= times[0]) & (events["time"] <= times[-1])]
    table = near(during, sites)
    table = table[table["inside"]].assign(role=LISTED, name="")
    own = near(_named(event), sites)
    if _judged(own["time"].iloc[0], times, usable, span):
        inside, others = bool(own["inside"].iloc[0]), _without(table, own)
        reach = "{distance_km:,.0f} km from {site}, radius {radius_km:,.0f} km".format(
            **own.iloc[0]
        )
        how = "inside its zone" if inside else "as a control, outside its zone"
        said = [f"shown is {event['name']}, {how} ({reach})"]
        said.insert(inside, _counted(others, sites, "other " if inside else ""))
        own["role"] = SHOWN if inside else CONTROL
        return _ordered([own, others]), "; ".join(said)
    said = [_counted(table, sites), f"{event['name']} is not in the record that is judged"]
    order = table.sort_values(["magnitude", "time"], ascending=[False, True])["time"]
    best = next((row for row, at in order.items() if _judged(at, times, usable, span)), None)
    table.loc[table.index == best, "role"] = SHOWN
    last = (
        "no earthquake is shown" if best is None else "shown is the largest whose days are judged"
    )
    return _ordered([table]), "; ".join([*said, last])


def shown(table: pd.DataFrame) -> pd.Series | None:
    """The earthquake that figures show, of a table that `listed` made; None without one."""
    own = table[table["role"].isin((SHOWN, CONTROL))]
    return None if own.empty else own.iloc[0]


def _counted(table: pd.DataFrame, sites: pd.DataFrame, other: str = "") -> str:
    """How many earthquakes, or how many others, lie inside."""
    where = "the station" if len(sites) == 1 else "a station"
    own = f"Dobrovolsky radius of {where}"
    if table.empty:
        return f"no {other}earthquake of the catalog lies within its {own}"
    if len(table) == 1:
        return f"1 {other}earthquake of the catalog lies within its {own}"
    return f"{len(table)} {other}earthquakes of the catalog lie within their {own}"


def _named(event: dict) -> pd.DataFrame:
    """An earthquake of the configuration as a table."""
    row = {**event, "event_id": "", "time": pd.Timestamp(event["time"])}
    return pd.DataFrame([row]).astype({"time": "datetime64[us]"})


def _without(table: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """The table without the catalog's own entry of an event: within a minute and 100 km."""
    one = own.iloc[0]
    apart = great_circle_km(
        table["latitude"], table["longitude"], one["latitude"], one["longitude"]
    )
    same = ((table["time"] - one["time"]).abs() <= pd.Timedelta("1min")) & (apart <= 100)
    return table[~same]


def _ordered(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table in the order of time."""
    table = pd.concat([part for part in parts if len(part)] or [parts[0]], ignore_index=True)
    return typed(table.sort_values("time"), QUAKES)


def _judged(
    time: pd.Timestamp, times: np.ndarray, usable: np.ndarray, span: tuple[float, float]
) -> bool:
    """Whether enough of the epochs about an event are judged."""
    begin, end = span_of(time, *span)
    step = times[1] - times[0]
    inside = (times >= begin) & (times < end)
    return bool(usable[inside].sum() >= LEAST_SHARE * ((end - begin) / step))


def span_of(
    time: pd.Timestamp, before_days: float, after_days: float
) -> tuple[np.datetime64, np.datetime64]:
    """Whole days (UTC) about an event: as many before its day and after it."""
    day = np.datetime64(pd.Timestamp(time), "us").astype("datetime64[D]").astype("datetime64[us]")
    before, after = (
        np.timedelta64(round(days * 86400e6), "us") for days in (before_days, after_days)
    )
    return day - before, day + DAY + after


def quiet_period(
    days: float,
    times: np.ndarray,
    usable: np.ndarray,
    undisturbed: np.ndarray,
    quakes: Sequence[np.datetime64] = (),
    away_days: float = 15.0,
) -> tuple[np.datetime64, np.datetime64] | None:
    """The quietest period of a length: whole days, without an earthquake in it or near it in time.

    Chosen by Kp, Dst and the catalog alone, never by alarms: most undisturbed epochs among those
    that are judged, of periods that are judged nearly whole; the first of equals.

    Parameters
    ----------
    times, usable, undisturbed : (epoch)
    quakes : times of the earthquakes inside their zone, those before and after the record as well
    away_days : no earthquake from so many days before the period to so many after its end

    Returns
    -------
    begin and end (excluded), None where no period will do
    """
    if not len(times):
        return None
    length = np.timedelta64(round(days * 86400e6), "us")
    away = np.timedelta64(round(away_days * 86400e6), "us")
    first = times[0].astype("datetime64[D]")
    begins = np.arange(first, times[-1].astype("datetime64[D]") + 1).astype("datetime64[us]")
    begins = begins[(begins >= times[0]) & (begins + length <= times[-1] + (times[1] - times[0]))]
    low, high = np.searchsorted(times, begins), np.searchsorted(times, begins + length)
    judged, quiet = (
        np.r_[0, np.cumsum(flag)][high] - np.r_[0, np.cumsum(flag)][low]
        for flag in (usable, usable & undisturbed)
    )
    at = np.asarray(quakes, dtype="datetime64[us]")[None]
    near = (at >= (begins - away)[:, None]) & (at < (begins + length + away)[:, None])
    free = ~near.any(axis=1)
    whole = free & (judged >= 0.8 * max(1, judged.max(initial=0)))
    if not whole.any():
        return None
    best = begins[int(np.where(whole, quiet, -1).argmax())]
    return best, best + length
