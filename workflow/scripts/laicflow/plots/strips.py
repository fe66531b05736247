"""Indices of the Sun and the geomagnetic field in strips over one axis of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from laicflow.plots import style, time_axis
from laicflow.plots.time_axis import DAY, HOUR, Clock, Event

QUIET, DISTURBED = style.DARK_GREY, style.ORANGE


@dataclass(frozen=True)
class Strip:
    """One index.

    Attributes
    ----------
    name : what stands on its axis, unit included
    times : (value), beginnings of the spans for which values stand, UTC, ascending
    values : (value), NaN where missing
    lasts : for how long a value stands
    threshold : from which on it counts as disturbed, the value itself included; None without one
    side : 1 if what is above the threshold is disturbed, -1 if what is below
    bars : from zero, else steps
    """

    name: str
    times: np.ndarray
    values: np.ndarray
    lasts: np.timedelta64
    threshold: float | None = None
    side: int = 1
    bars: bool = False

    @property
    def disturbed(self) -> np.ndarray:
        """Whether each value is at the threshold or beyond it."""
        if self.threshold is None:
            return np.zeros(len(self.values), dtype=bool)
        return self.side * (self.values - self.threshold) >= 0


def kp(table: pd.DataFrame, threshold: float | None = 3.0) -> Strip:
    """Kp of three hours each, from a table with `time` and `kp`."""
    return _strip(table, "kp", "Kp", 3 * HOUR, threshold, bars=True)


def dst(table: pd.DataFrame, threshold: float | None = -30.0) -> Strip:
    """Dst of an hour each, from a table with `time` and `dst` in nT."""
    return _strip(table, "dst", "Dst (nT)", HOUR, threshold, side=-1)


def f107(table: pd.DataFrame, threshold: float | None = None, lasts: np.timedelta64 = DAY) -> Strip:
    """F10.7 of a day each (or of `lasts`), from a table with `time` and `f107` in sfu."""
    return _strip(table, "f107", "F10.7 (sfu)", lasts, threshold)


def _strip(
    table: pd.DataFrame,
    column: str,
    name: str,
    lasts: np.timedelta64,
    threshold: float | None,
    **how,
) -> Strip:
    """A strip of a column."""
    ordered = table.sort_values("time")
    times = ordered["time"].to_numpy().astype("datetime64[us]")
    values = ordered[column].to_numpy(dtype="float64")
    return Strip(name, times, values, lasts, threshold, **how)


def draw_indices(
    strips: Sequence[Strip],
    span: tuple[np.datetime64, np.datetime64],
    events: Sequence[Event] = (),
    *,
    clock: Clock | None = None,
    title: str = "",
) -> Figure:
    """Strips alone, one under the other.

    Parameters
    ----------
    span : first and last time shown, UTC
    events : each a line; days are counted from the first one
    """
    clock = clock or Clock()
    figure = Figure(figsize=(style.PAGE, 1.1 + 1.25 * len(strips)), layout="constrained")
    axes = list(figure.subplots(len(strips), 1, sharex=True, squeeze=False)[:, 0])
    for ax, strip, letter in zip(axes, strips, "abcdefghi", strict=False):
        draw_strip(ax, strip, span, clock)
        time_axis.mark_events(ax, events, clock)
        corner = {"transform": ax.transAxes, "ha": "left", "va": "top", "fontweight": "bold"}
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
        ax.text(0.008, 0.94, f"({letter})", zorder=6, bbox=box, **corner)
    time_axis.show_dates(axes[-1], span, clock)
    if events:
        time_axis.show_days_from(axes[0], events[0], span)
    figure.align_ylabels(axes)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def draw_strip(
    ax: Axes, strip: Strip, span: tuple[np.datetime64, np.datetime64], clock: Clock
) -> None:
    """One index, what is disturbed in another colour, its threshold, and where it is missing."""
    begin, end = (np.datetime64(one, "us") for one in span)
    near = (strip.times + strip.lasts > begin) & (strip.times < end)
    times, values, disturbed = strip.times[near], strip.values[near], strip.disturbed[near]
    known = np.isfinite(values)
    at, wide = mdates.date2num(clock.read(times)), strip.lasts / DAY
    if strip.bars:
        colours = np.where(disturbed, DISTURBED, QUIET)[known]
        line = {"edgecolor": "white", "linewidth": 0.15}
        ax.bar(at[known], values[known], wide, align="edge", color=colours, zorder=2, **line)
        ax.set_ylim(0, max(6.0, float(np.nanmax(values, initial=0.0)) + 0.5))
    else:
        _steps(ax, strip, at, values)
    _show_threshold(ax, strip)
    time_axis.hatch(ax, _missing(times[known], strip.lasts, (begin, end)), span, clock)
    ax.set_ylabel(strip.name)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(color="0.9", linewidth=0.4, zorder=0.5)
    ax.set_axisbelow(True)
    ax.set_xlim(*clock.read(np.array([begin, end])))


def _steps(ax: Axes, strip: Strip, at: np.ndarray, values: np.ndarray) -> None:
    """Steps that break where a value is missing or does not stand until the next one."""
    wide = strip.lasts / DAY
    apart = np.flatnonzero(np.diff(at) > wide * 1.001)
    x, y = np.column_stack([at, at + wide]).ravel(), np.repeat(values, 2)
    x, y = np.insert(x, 2 * apart + 2, np.nan), np.insert(y, 2 * apart + 2, np.nan)
    ax.plot(x, y, color=QUIET, linewidth=0.9, zorder=2.5)
    if strip.threshold is not None:
        beyond = strip.side * (y - strip.threshold) > 0
        ax.fill_between(x, y, strip.threshold, where=beyond, color=DISTURBED, linewidth=0)
    shown = [*values[np.isfinite(values)], *([] if strip.threshold is None else [strip.threshold])]
    low, high = (min(shown), max(shown)) if shown else (0.0, 1.0)
    more = 0.08 * (high - low) or 1.0
    ax.set_ylim(low - more, high + more)


def _show_threshold(ax: Axes, strip: Strip) -> None:
    """A dashed line with its value beyond the right end."""
    if strip.threshold is None:
        return
    ax.axhline(strip.threshold, color="black", linewidth=0.7, linestyle="--", zorder=3)
    sign = "≥" if strip.side > 0 else "≤"
    text = f"{sign} {strip.threshold:g}".replace("-", "−")
    where = {"transform": ax.get_yaxis_transform(), "ha": "left", "va": "center", "fontsize": 6.5}
    ax.text(1.005, strip.threshold, text, **where)


def _missing(
    times: np.ndarray, lasts: np.timedelta64, span: tuple[np.datetime64, np.datetime64]
) -> list[tuple[np.datetime64, np.datetime64]]:
    """Parts of `span` for which no value stands."""
    found, until = [], span[0]
    for begin in times:
        if begin > until:
            found.append((until, begin))
        until = max(until, begin + lasts)
    return [*found, (until, span[1])] if until < span[1] else found
