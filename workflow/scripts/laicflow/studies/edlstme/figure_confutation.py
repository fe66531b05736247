"""A quiet period, and what all periods of its length say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from laicflow.anomalies import find, rates
from laicflow.plots import strips, style, time_axis
from laicflow.plots.bounded_series import draw_station
from laicflow.plots.drawing import Drawn
from laicflow.plots.time_axis import Clock
from laicflow.studies.edlstme import anomalies_shown as shown
from laicflow.studies.edlstme import figure_bounds
from laicflow.studies.results import Results

COLUMNS = ["part", *figure_bounds.COLUMNS[:-1], "rate", "rate_low", "rate_high", "expected_share"]
UNITS = {**figure_bounds.UNITS, "rate": "1", "rate_low": "1", "rate_high": "1"}
UNITS |= {"expected_share": "1"}
SERIES, PERIODS, CHOSEN, RECORD = "series", "all periods", "quiet period", "record"
LOOKS = {find.RESIDUAL: "-", find.IQR: "--"}
COLOURS = (style.VERMILLION, style.BLUE, style.GREEN, style.ORANGE, style.PURPLE)


def fig8(results: Results) -> Drawn:
    """The quiet period with residual bounds, and the rates of all periods of its length.

    The paper shows that its method has no alarm in a chosen quiet period; how much that says
    depends on how many periods would have shown the same. Needs series, anomalies, alarms, quakes.
    """
    first = next(iter(results.variants))
    span = span_of(results, first)
    if span is None:
        return _nothing(shown.facts_of(results.alarms[first])["quiet_period"])
    table = results.anomalies[first]
    own = shown.inside(table[table["method"] == find.RESIDUAL], span)
    stations = [shown.bounded(rows, site) for site, rows in own.groupby("site", sort=False)]
    indices = shown.index_strips(results, first, ("kp", "dst"))
    heights = [1.2] * len(stations) + [0.62] * len(indices)
    figure = Figure(figsize=(style.PAGE, sum(heights) + 3.9), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[sum(heights) + 0.6, 2.6])
    axes = above.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for ax, station, letter in zip(axes, stations, "abcdefgh", strict=False):
        draw_station(ax, station, span, Clock())
        ax.set_ylabel("VTEC (TECU)")
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
        corner = {"transform": ax.transAxes, "ha": "left", "va": "top", "fontweight": "bold"}
        ax.text(0.008, 0.95, f"({letter}) {station.name}", zorder=6, bbox=box, **corner)
    for ax, strip in zip(axes[len(stations) :], indices, strict=True):
        strips.draw_strip(ax, strip, span, Clock())
    time_axis.show_dates(axes[-1], span, Clock())
    above.align_ylabels(axes)
    words = [
        shown.chance(results, name, method, rates.QUIET_PERIOD, "p_low")
        for method in find.METHODS
        for name in results.variants
    ]
    chosen = f"quiet period: {_chosen_days(results)}"
    drawn = f"series and residual bounds: {first}"
    ahead = shown.hours_ahead(results)
    shown.entitle(figure, f"{chosen}; {drawn}", ahead, *words, shown.without(results, first))
    parts = _draw_rates(below.subplots(), results, span, "abcdefghi"[len(stations)])
    series = own.assign(variant=first, part=SERIES)
    return Drawn(figure, _data([series, *parts]), UNITS)


def _chosen_days(results: Results) -> str:
    """How the quiet period of each variant was chosen, and its days; alike ones are told once."""
    said: dict[str, list[str]] = {}
    for variant, table in results.alarms.items():
        span, how = span_of(results, variant), shown.facts_of(table)["quiet_period"]
        if span is not None:
            last = (span[1] - np.timedelta64(1, "us")).astype("datetime64[D]")
            how = f"{how}, {span[0].astype('datetime64[D]')} to {last}"
        said.setdefault(how, []).append(variant)
    if len(said) == 1:
        return next(iter(said))
    return "; ".join(f"{how} ({', '.join(names)})" for how, names in said.items())


def span_of(results: Results, variant: str) -> tuple[np.datetime64, np.datetime64] | None:
    """Begin and end of the quiet period of a variant."""
    alarms = results.alarms[variant]
    own = alarms[alarms["part"] == rates.QUIET_PERIOD]
    if own.empty:
        return None
    return tuple(np.datetime64(own[name].iloc[0], "us") for name in ("start", "end"))


def _draw_rates(
    ax: Axes, results: Results, span: tuple[np.datetime64, np.datetime64], letter: str
) -> list[pd.DataFrame]:
    """Share of periods with at most so high a rate of alarms, by method and variant."""
    days = float((span[1] - span[0]) / time_axis.DAY)
    parts = []
    for colour, variant in zip(COLOURS, results.variants, strict=False):
        judged = rates.shared(results.anomalies[variant])
        for method in find.METHODS:
            found = rates.by_period(judged[method], days)
            who = {"variant": variant, "method": method}
            parts.append(_periods(found, who))
            label = f"{shown.METHOD_WORDS[method]}, {variant}"
            look = {"color": colour, "linestyle": LOOKS[method]}
            if len(found):
                values = np.sort(found["rate"])
                share = np.arange(1, len(values) + 1) / len(values)
                ax.step(values, share, where="post", linewidth=1.1, label=label, **look)
            parts.append(_chosen(ax, results, variant, method, look))
            parts.append(_whole(results, variant, method))
    ax.set(ylim=(0, 1.02), ylabel=f"share of all periods of\n{days:g} days with as few alarms")
    ax.set_xlim(left=0)
    ax.set_xlabel("share of judged epochs beyond the bounds (●: the quiet period)")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.grid(color="0.9", linewidth=0.4)
    ax.set_axisbelow(True)
    ax.set_title(f"({letter}) all periods as long, a day apart", loc="left")
    ax.legend(loc="lower right", frameon=False)
    return parts


def _periods(found: pd.DataFrame, who: dict) -> pd.DataFrame:
    """A row a period."""
    table = found.rename(columns={"start": "time"})
    return table.assign(part=PERIODS, **who)


def _chosen(ax: Axes, results: Results, variant: str, method: str, look: dict) -> pd.DataFrame:
    """The chosen period, as a point at its rate on the line."""
    own = shown.row_of(results, variant, method, rates.QUIET_PERIOD)
    if own is None or pd.isna(own["rate"]) or pd.isna(own["p_low"]):
        return pd.DataFrame()
    face = look["color"] if method == find.RESIDUAL else "white"
    mark = {"color": look["color"], "markerfacecolor": face, "markeredgewidth": 1.0}
    ax.plot(own["rate"], own["p_low"], "o", markersize=5.5, zorder=5, clip_on=False, **mark)
    row = {"rate": own["rate"], "expected_share": own["expected_share"], "time": own["start"]}
    return pd.DataFrame([row | {"variant": variant, "method": method, "part": CHOSEN}])


def _whole(results: Results, variant: str, method: str) -> pd.DataFrame:
    """The rate over all epochs that both methods judge, with its interval."""
    own = shown.row_of(results, variant, method, rates.SHARED)
    if own is None:
        return pd.DataFrame()
    row = {"rate": own["rate"], "rate_low": own["low"], "rate_high": own["high"]}
    row |= {"expected_share": own["expected_share"], "time": own["start"]}
    return pd.DataFrame([row | {"variant": variant, "method": method, "part": RECORD}])


def _data(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of all numbers."""
    flags = ("undisturbed", "filled", "usable")
    table = pd.concat([part.reindex(columns=COLUMNS) for part in parts if len(part)])
    for name in ("part", "variant", "site", "method"):
        table[name] = table[name].astype("object").fillna("").astype("str")
    for name in flags:
        table[name] = table[name].astype("boolean")
    for name in UNITS:
        table[name] = table[name].astype("float64")
    return table.reset_index(drop=True)


def _nothing(why: str) -> Drawn:
    """No quiet period: why."""
    figure = Figure(figsize=(style.PAGE, 1.2))
    figure.text(0.02, 0.5, f"No quiet period is shown: {why}", va="center")
    data = pd.DataFrame([{"part": why}])
    return Drawn(figure, _data([data]), UNITS)
