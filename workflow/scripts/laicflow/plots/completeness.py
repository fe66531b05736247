"""Completeness of a catalog over the years, one block of panels a region."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from laicflow.catalogs.completeness import CUT
from laicflow.plots import style
from laicflow.plots.drawing import Drawn

UNITS = {"mc_maxc": "1", "mc_bstab": "1", "b": "1", "b_low": "1", "b_high": "1", "n": "events"}
# Heights of the three panels of a region, and of a region, inches.
_SHARES, _HEIGHT = (1.5, 1.2, 0.9), 3.1


def draw_completeness(table: pd.DataFrame) -> Drawn:
    """The figure and its numbers, as `laicflow.plots.drawing.render` takes them."""
    return Drawn(completeness_figure(table), table, UNITS)


def completeness_figure(
    table: pd.DataFrame, *, title: str = "", correction: float = 0.2, level: float = 0.95
) -> Figure:
    """For each region the magnitude of completeness, b, and the numbers of events by period.

    A period without any estimate is grey. An open triangle stands where the catalog is cut off near
    its fullest bin, so that it may be complete below. A period has its true width: that of a part
    of a year is narrower. Regions share all axes but that of events.

    Parameters
    ----------
    table : table `completeness`
    title : above all
    correction, level : with which the table was made, for the legend
    """
    regions = list(dict.fromkeys(table["region"]))
    wide = min(2, max(1, len(regions)))
    rows = max(1, -(-len(regions) // wide))
    figure = Figure(figsize=(style.PAGE, 0.55 + _HEIGHT * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.05, h_pad=0.04)
    if not regions:
        figure.text(0.5, 0.5, "no region, no period", ha="center", color=style.DARK_GREY)
        return figure
    parts = figure.subfigures(rows, wide, squeeze=False)
    limits = _limits(table)
    panels = [
        _draw_region(part, table[table["region"] == name], f"({letter}) {name}", limits)
        for part, name, letter in zip(parts.flat, regions, _letters(len(regions)), strict=False)
    ]
    for place, axes in enumerate(panels):
        if place % wide == 0:
            axes[0].set_ylabel("magnitude of\ncompleteness")
            axes[1].set_ylabel("b")
            axes[2].set_ylabel("events\na period")
    _legend(figure, panels, correction, level)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def _legend(figure: Figure, panels: list[list[Axes]], correction: float, level: float) -> None:
    """One legend for all regions, of what is there."""
    named = {
        "maxc": f"maximum curvature + {correction:g}",
        "cut": f"maximum curvature + {correction:g} near a cut-off",
        "bstab": "b-value stability",
        "none": "too few events",
        "b": f"b and its {100 * level:g} % interval",
        "all": "all events",
        "complete": "at or above both",
    }
    found = {}
    for axes in panels:
        for ax in axes:
            found |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    shown = [key for key in named if key in found]
    figure.legend(
        [found[key] for key in shown],
        [named[key] for key in shown],
        loc="outside lower center",
        ncols=4,
        frameon=False,
        columnspacing=1.4,
    )


def _letters(count: int) -> list[str]:
    """a, b, ... z, aa, ab, ..."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return [
        (alphabet[number // 26 - 1] if number >= 26 else "") + alphabet[number % 26]
        for number in range(count)
    ]


def _limits(table: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Ranges of the axes that hold the values of all regions."""
    sizes = table[["mc_maxc", "mc_bstab"]].to_numpy(dtype="float64")
    ends = table[["b", "b_low", "b_high"]].to_numpy(dtype="float64")
    return {
        "time": (date2num(table["start"].min()), date2num(table["end"].max())),
        "mc": _range(sizes, 0.1, 1.0, 5.0),
        "b": _range(ends, 0.05, 0.5, 1.0),
    }


def _range(values: np.ndarray, margin: float, least: float, default: float) -> tuple[float, float]:
    """From below the smallest to above the largest known value, at least `least` wide."""
    known = values[np.isfinite(values)]
    if not len(known):
        return default - least / 2, default + least / 2
    low, high = float(known.min()) - margin, float(known.max()) + margin
    more = max(0.0, least - (high - low)) / 2
    return low - more, high + more


def _draw_region(
    part: SubFigure, table: pd.DataFrame, name: str, limits: dict[str, tuple[float, float]]
) -> list[Axes]:
    """Three panels one above the other, with one axis of time."""
    axes = list(part.subplots(3, 1, sharex=True, height_ratios=_SHARES))
    start = date2num(table["start"])
    length = date2num(table["end"]) - start
    middle = start + length / 2
    _draw_magnitudes(axes[0], middle, length, table)
    _draw_b(axes[1], middle, table)
    axes[2].bar(middle, table["n"], width=0.86 * length, color=style.SKY, label="all")
    complete = table["n_complete"].astype("Float64").fillna(0).to_numpy(dtype="float64")
    axes[2].bar(middle, complete, width=0.86 * length, color=style.BLUE, label="complete")
    axes[0].set_ylim(limits["mc"])
    axes[1].set_ylim(limits["b"])
    axes[2].set_xlim(limits["time"])
    axes[2].xaxis_date()
    axes[0].set_title(name, loc="left")
    for ax in axes:
        ax.grid(axis="y", color=style.GREY, linewidth=0.5)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes[2].yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _years(axes[2], limits["time"])
    part.align_ylabels(axes)
    return axes


def _draw_magnitudes(ax: Axes, middle: np.ndarray, length: np.ndarray, table: pd.DataFrame) -> None:
    """Both magnitudes of completeness, and the periods without any."""
    curved, stable = (table[name].to_numpy(dtype="float64") for name in ("mc_maxc", "mc_bstab"))
    cut = table["note"].fillna("").str.contains(CUT, regex=False).to_numpy()
    empty = np.isnan(curved) & np.isnan(stable)
    for centre, width in zip(middle[empty], length[empty], strict=True):
        half = width / 2
        ax.axvspan(centre - half, centre + half, color=style.GREY, linewidth=0, label="none")
    ax.plot(middle, curved, color=style.BLUE, linewidth=1.0)
    look = {"linestyle": "none", "color": style.BLUE, "markersize": 3.5}
    if (~cut & ~np.isnan(curved)).any():
        ax.plot(middle[~cut], curved[~cut], marker="o", label="maxc", **look)
    if cut.any():
        look |= {"markerfacecolor": "white", "markersize": 4.5}
        ax.plot(middle[cut], curved[cut], marker="v", label="cut", **look)
    if (~np.isnan(stable)).any():
        look = {"marker": "s", "markersize": 3.5, "markerfacecolor": "none", "label": "bstab"}
        ax.plot(middle, stable, "--", color=style.VERMILLION, linewidth=1.0, **look)


def _draw_b(ax: Axes, middle: np.ndarray, table: pd.DataFrame) -> None:
    """b with its interval."""
    b = table["b"].to_numpy(dtype="float64")
    low, high = (table[name].to_numpy(dtype="float64") for name in ("b_low", "b_high"))
    ax.axhline(1.0, color=style.DARK_GREY, linewidth=0.6, linestyle=":")
    # A bootstrap's percentiles may, for few events, leave b itself outside.
    ends = [np.clip(b - low, 0, None), np.clip(high - b, 0, None)]
    ax.errorbar(
        middle,
        b,
        yerr=ends,
        color=style.BLACK,
        marker="o",
        markersize=3,
        linestyle="none",
        elinewidth=0.9,
        capsize=1.5,
        label="b" if np.isfinite(b).any() else None,
    )


def _years(ax: Axes, limits: tuple[float, float]) -> None:
    """Whole years on the axis of time, few enough to be read; days where there is no whole one."""
    first, last = (pd.Timestamp("1970-01-01") + pd.Timedelta(days=day) for day in limits)
    span = max(1, math.ceil((last - first).days / 365.25))
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if span / s <= 6)
    years = [y for y in range(first.year, last.year + 1) if y % step == 0]
    places = date2num([np.datetime64(f"{y:04d}-01-01") for y in years])
    # A tick outside would widen the axis to years that the catalog does not hold.
    inside = [(p, y) for p, y in zip(places, years, strict=True) if limits[0] <= p <= limits[1]]
    if inside and (len(inside) > 1 or span > 1):
        ax.set_xticks([place for place, _ in inside], labels=[year for _, year in inside])
        return
    ends = [first, last]
    ax.set_xticks(limits, labels=[f"{end:%Y-%m-%d}" for end in ends])
    for label, side in zip(ax.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)
