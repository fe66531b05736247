"""Series over time, one panel under the other: lines, parts without values, a marked span."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.plots import style

SHADE = "#F3D3E3"
MINUTE = np.timedelta64(1, "m")


@dataclass(frozen=True)
class Line:
    """One panel.

    Attributes
    ----------
    title : what stands above it, behind its letter
    axis : name and unit of the values
    values : (minute,), NaN where there is none
    hatched : (minute,) bool, minutes that are hatched; what has neither is left open
    colour : of the line
    """

    title: str
    axis: str
    values: np.ndarray
    hatched: np.ndarray | None = None
    colour: str = style.BLUE


def draw_lines(
    figure: Figure,
    lines: list[Line],
    times: np.ndarray,
    shaded: tuple[np.datetime64, np.datetime64] | None = None,
) -> list[Axes]:
    """Panels over one axis of time (datetime64[us], UTC, every minute).

    Hatched stretches go over the whole height; `shaded` marks one span in all panels.
    """
    axes = list(figure.subplots(len(lines), 1, sharex=True, squeeze=False)[:, 0])
    end = times[-1] + MINUTE
    for ax, line, letter in zip(axes, lines, "abcdefghi", strict=False):
        if shaded is not None:
            ax.axvspan(*shaded, facecolor=SHADE, edgecolor="none", zorder=0)
        if line.hatched is not None:
            _hatch(ax, times, line.hatched)
        ax.plot(times, line.values, color=line.colour, linewidth=0.7, zorder=2)
        if not np.isfinite(line.values).any():
            ax.set_yticks([])
        ax.set_title(f"({letter}) {line.title}", loc="left")
        ax.set_ylabel(line.axis)
        ax.ticklabel_format(axis="y", useOffset=False)
        ax.grid(color="0.9", linewidth=0.4, zorder=0.5)
        ax.set_xlim(times[0], end)
    axes[-1].set_xlabel("time (UTC)")
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9)
    axes[-1].xaxis.set_major_locator(locator)
    axes[-1].xaxis.set_major_formatter(_dates(times[-1] - times[0]))
    figure.align_ylabels(axes)
    return axes


def _dates(span: np.timedelta64) -> mdates.DateFormatter:
    """Days where the panels show several, else the time of day too."""
    return mdates.DateFormatter("%Y-%m-%d" if span > np.timedelta64(4, "D") else "%m-%d %H:%M")


def _hatch(ax: Axes, times: np.ndarray, marked: np.ndarray) -> None:
    """Hatch unbroken stretches of minutes."""
    edges = np.flatnonzero(np.diff(marked, prepend=False, append=False)).reshape(-1, 2)
    how = {"facecolor": style.ABSENT, "edgecolor": style.DARK_GREY, "hatch": "////"}
    for first, last in edges.tolist():
        ax.axvspan(times[first], times[last - 1] + MINUTE, linewidth=0, zorder=1, **how)
