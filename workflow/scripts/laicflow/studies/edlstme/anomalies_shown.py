"""What figures of anomalies have in common: days, earthquake, and how many epochs by chance."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from laicflow.anomalies import find, quakes, rates
from laicflow.plots import strips
from laicflow.plots.bounded_series import Bounded
from laicflow.plots.strips import Strip
from laicflow.plots.time_axis import Event
from laicflow.studies.edlstme import anomalies
from laicflow.studies.results import Results

METHOD_WORDS = {find.RESIDUAL: "Residual bounds", find.IQR: "IQR bounds"}
# More panels than this fit no page: then the first variant alone is drawn.
MOST_PANELS = 6
WIDTH, SIZE = 122, 7.5


@dataclass(frozen=True)
class Days:
    """What a figure shows.

    Attributes
    ----------
    span : begin and end (excluded), UTC
    event : the earthquake, None where there is none
    said : in words, which and why
    """

    span: tuple[np.datetime64, np.datetime64]
    event: Event | None
    said: str

    @property
    def events(self) -> list[Event]:
        """The earthquake as a list."""
        return [] if self.event is None else [self.event]


def days_of(results: Results, variant: str, key: str = "shown") -> Days:
    """The days about the earthquake of a variant; without one the last days that are judged.

    Parameters
    ----------
    key : entry of `anomalies` in the settings with `before_days` and `after_days`
    """
    lengths = results.variants[variant]["anomalies"][key]
    listed = results.quakes[variant]
    said = facts_of(listed)["earthquakes"]
    one = quakes.shown(listed)
    if one is not None:
        span = quakes.span_of(one["time"], **lengths)
        return Days(span, event_of(one), said)
    table = results.anomalies[variant]
    last = table.loc[table["usable"], "time"].max()
    if pd.isna(last):
        last = table["time"].max() if len(table) else pd.Timestamp("1970-01-01")
    days = lengths["before_days"] + lengths["after_days"] + 1
    span = quakes.span_of(last, days - 1, 0)
    return Days(span, None, f"{said}; the last days of the record")


def event_of(one: pd.Series) -> Event:
    """An earthquake for the axes of time."""
    name = f"{one['name']} M {one['magnitude']:.1f}".strip()
    at = np.datetime64(one["time"], "us")
    return Event(at, name, float(one["latitude"]), float(one["longitude"]))


def facts_of(table: pd.DataFrame) -> dict:
    """The facts in the attributes of a table of the rule."""
    return json.loads(table.attrs["facts"])


def inside(table: pd.DataFrame, span: tuple[np.datetime64, np.datetime64]) -> pd.DataFrame:
    """The rows of a span."""
    return table[(table["time"] >= span[0]) & (table["time"] < span[1])]


def bounded(rows: pd.DataFrame, name: str) -> Bounded:
    """One panel from the rows of one site and method."""
    values = {key: rows[key].to_numpy(dtype="float64") for key in ("observed", "low", "high")}
    return Bounded(
        name=name,
        times=rows["time"].to_numpy().astype("datetime64[us]"),
        observed=values["observed"],
        lower=values["low"],
        upper=values["high"],
        predicted=rows["centre"].to_numpy(dtype="float64"),
        fill_share=rows["filled"].to_numpy(dtype=float),
        disturbed=rows["known"].to_numpy() & ~rows["undisturbed"].to_numpy(),
    )


def without(results: Results, variant: str) -> str:
    """Which of Kp and Dst has no source, and what that means; empty where both have one."""
    known = anomalies.indices(results.series[variant])
    absent = [word for word, name in (("Kp", "kp"), ("Dst", "dst")) if known[name] is None]
    if len(absent) == 2:
        return "Kp and Dst have no source in this run: no anomaly is known to be undisturbed"
    left = "Kp" if absent == ["Dst"] else "Dst"
    return (
        f"{absent[0]} has no source in this run: {left} alone says what is disturbed"
        if absent
        else ""
    )


def hours_ahead(results: Results) -> str:
    """How far the forecasts behind the residual bounds look ahead, by variant."""
    told = {}
    for variant, table in results.alarms.items():
        ends = facts_of(table).get("hours_ahead") or []
        if ends:
            told[variant] = " to ".join(f"{one:g}" for one in dict.fromkeys(ends))
    said = ", ".join(f"{hours} h ({variant})" for variant, hours in told.items())
    return f"forecasts that are judged are of {said} ahead" if said else ""


def index_strips(results: Results, variant: str, names: tuple[str, ...]) -> list[Strip]:
    """Strips of the indices that there are; Kp and Dst with the thresholds of the study."""
    known = anomalies.indices(results.series[variant])
    limits = results.variants[variant]["disturbed"]
    made = {
        "kp": lambda table: strips.kp(table, limits["kp_from"]),
        "dst": lambda table: strips.dst(table, limits["dst_to"]),
        "f107": strips.f107,
    }
    return [made[name](known[name]) for name in names if known[name] is not None]


def chance(results: Results, variant: str, method: str, part: str, side: str = "p_high") -> str:
    """How many epochs of a period lie beyond the bounds, and how many would anywhere.

    Parameters
    ----------
    side : `p_high` tells how many periods have as many or more, `p_low` as few or fewer
    """
    words = f"{METHOD_WORDS[method]}, {variant}"
    # Of one record its own rate; a period is held against the epochs that both methods judge.
    base = rates.RECORD if part == rates.RECORD else rates.SHARED
    record, period = (row_of(results, variant, method, name) for name in (base, part))
    if record is None or period is None or not period["epochs"]:
        return f"{words}: nothing is judged"
    text = f"{words}: {period['alarms']:,} of {period['epochs']:,} epochs beyond"
    if record["epochs"] == period["epochs"]:
        # The period is the whole record, whose rate says nothing about it.
        text += f" ({percent(record)}), {period['expected']:,.0f} if errors were Gaussian"
    elif pd.notna(record["rate"]):
        text += f", {record['rate'] * period['epochs']:,.0f} by chance ({percent(record)})"
    if pd.notna(period[side]) and period["periods"] > 1:
        least = "many" if side == "p_high" else "few"
        text += f"; {100 * period[side]:.0f} % of {period['periods']:,} periods have as {least}"
    return text


def row_of(results: Results, variant: str, method: str, part: str) -> pd.Series | None:
    """The rate of a part: all sites, the seed that is shown, anything counted; None without one."""
    own = results.alarms[variant]
    chosen = (own["method"] == method) & (own["part"] == part) & (own["counted"] == rates.ANY)
    chosen &= (own["site"] == rates.ALL_SITES) & (own["seed"] == facts_of(own)["seed"])
    return own[chosen].iloc[0] if chosen.any() else None


def percent(row: pd.Series) -> str:
    """A rate with its interval, as in `5.1 %, 4.2 to 6.1`."""
    text = f"{100 * row['rate']:.1f} %"
    if pd.notna(row["low"]):
        text += f", {100 * row['low']:.1f} to {100 * row['high']:.1f}"
    return text


def entitle(figure: Figure, *sentences: str) -> None:
    """Sentences above a figure, each on lines of its own."""
    wrapped = [textwrap.wrap(one[:1].upper() + one[1:], WIDTH) for one in sentences if one]
    text = "\n".join(line for part in wrapped for line in part)
    figure.suptitle(text, x=0.01, ha="left", fontsize=SIZE, linespacing=1.3)
