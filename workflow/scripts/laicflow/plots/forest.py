"""Points with their intervals, and words where there is no point."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from laicflow.plots import style

SMALL = 6.5


@dataclass(frozen=True)
class Look:
    """How the points of one kind look.

    Attributes
    ----------
    colour, marker : of the point
    size : of the point, in points
    width : of the interval's line, in points
    """

    colour: str
    marker: str = "o"
    size: float = 5.5
    width: float = 1.6


@dataclass(frozen=True)
class Point:
    """A value with its interval at a place of the other axis.

    Attributes
    ----------
    at : place on the axis of names
    value : NaN where there is none, and then nothing is drawn but `why`
    low, high : ends of the interval; NaN where there is none, and then the point is open
    look : colour and marker
    why : words that stand in place of a value
    """

    at: float
    value: float
    low: float
    high: float
    look: Look
    why: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return math.isfinite(self.value)

    @property
    def bounded(self) -> bool:
        """Whether there is a value with an interval."""
        return self.known and math.isfinite(self.low) and math.isfinite(self.high)


def draw_points(ax: Axes, points: Sequence[Point], *, upright: bool = False) -> None:
    """Draw points; a value without an interval is open.

    An interval need not hold its value (percentiles of few blocks), and is drawn as it is.

    Parameters
    ----------
    upright : values run up, names to the right; else values to the right, names down
    """
    for point in points:
        if not point.known:
            continue
        look = point.look
        if point.bounded:
            ends, place = (point.low, point.high), (point.at, point.at)
            line = (place, ends) if upright else (ends, place)
            ax.plot(*line, color=look.colour, linewidth=look.width, solid_capstyle="butt", zorder=3)
            cap = {"marker": "_" if upright else "|", "markersize": look.size * 0.8}
            ax.plot(*line, linestyle="none", color=look.colour, zorder=3, **cap)
        spot = (point.at, point.value) if upright else (point.value, point.at)
        ax.plot(*[[c] for c in spot], **_marker(look, filled=point.bounded), zorder=4)


def write_reasons(ax: Axes, points: Sequence[Point], *, upright: bool = False) -> None:
    """Write `why` where a point has no value (see `write`)."""
    for point in points:
        if not point.known and point.why:
            write(ax, point.at, point.why, upright=upright)


def write(ax: Axes, at: float, text: str, *, upright: bool = False, wide: int = 40) -> None:
    """Words in place of a value, at the near end of the axis, in lines of `wide` letters."""
    lines = "\n".join(textwrap.wrap(text, wide))
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}
    look = {"fontsize": SMALL, "color": style.DARK_GREY, "style": "italic", "zorder": 5}
    look |= {"linespacing": 1.1, "bbox": box}
    if upright:
        look |= {"transform": ax.get_xaxis_transform(), "rotation": 90}
        ax.text(at, 0.03, lines, ha="center", va="bottom", **look)
    else:
        look |= {"transform": ax.get_yaxis_transform()}
        ax.text(0.02, at, lines, ha="left", va="center", **look)


def value_limits(
    points: Sequence[Point], marks: Sequence[float], *, margin: float = 0.06
) -> tuple[float, float]:
    """Ends of an axis that holds all points, intervals and marked values; 0 and 1 without any.

    Parameters
    ----------
    marks : values that must be in
    margin : added at both ends, as a share of the whole
    """
    found = [v for p in points for v in (p.value, p.low, p.high)]
    known = np.array([*found, *marks], dtype="float64")
    known = known[np.isfinite(known)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    more = margin * ((high - low) or 1.0)
    return low - more, high + more


def mark(
    ax: Axes,
    value: float,
    text: str,
    *,
    colour: str,
    dashes: str = "-",
    upright: bool = False,
    side: str = "center",
) -> None:
    """A line at a value, with what it is written at its end.

    Parameters
    ----------
    side : of the words that is at the line: left, center or right (not if `upright`)
    """
    draw = ax.axhline if upright else ax.axvline
    draw(value, color=colour, linestyle=dashes, linewidth=0.9, zorder=1)
    look = {"fontsize": SMALL, "color": colour}
    if upright:
        where = ax.get_yaxis_transform()
        ax.text(1.005, value, text, transform=where, ha="left", va="center", **look)
    else:
        where = ax.get_xaxis_transform()
        ax.text(value, 1.008, text, transform=where, ha=side, va="bottom", **look)


def handle(look: Look, name: str, *, filled: bool = True) -> Line2D:
    """What stands for a look in a legend."""
    line = look.width if filled else 0
    return Line2D([], [], label=name, linewidth=line, **_marker(look, filled=filled))


def bands(ax: Axes, count: int, *, upright: bool = False) -> None:
    """Every other place from 0 to count - 1 on a pale ground, so that the eye keeps its row."""
    span = ax.axvspan if upright else ax.axhspan
    for place in range(0, count, 2):
        span(place - 0.5, place + 0.5, color="#F4F4F4", linewidth=0, zorder=0)


def _marker(look: Look, *, filled: bool) -> dict:
    """Keywords of a point for `plot`."""
    return {
        "marker": look.marker,
        "markersize": look.size,
        "color": look.colour,
        "markerfacecolor": look.colour if filled else "white",
        "markeredgecolor": look.colour,
        "markeredgewidth": 0.9,
    }
