"""Series with a prediction and bounds, station under station, and indices under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from laicflow.plots import strips, style, time_axis
from laicflow.plots.strips import Strip
from laicflow.plots.time_axis import Clock, Event

POSITIVE, NEGATIVE = style.VERMILLION, style.BLUE
BAND, PREDICTED, OBSERVED = "#CFE3DA", style.GREEN, style.BLACK
UNDECIDED = "#F0F0F0"
SMALL = 2.6


@dataclass(frozen=True)
class Bounded:
    """One station.

    Attributes
    ----------
    name : what stands above its panel
    times : (epoch) UTC, evenly spaced but for whole epochs that may be left out
    observed, lower, upper : (epoch), NaN where there is none
    predicted : (epoch), forecast or median; None where there is none to be shown
    fill_share : (epoch), how much of a value is filled or interpolated; None for nothing
    disturbed : (epoch) bool, epochs whose anomalies do not count; None for none
    """

    name: str
    times: np.ndarray
    observed: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    predicted: np.ndarray | None = None
    fill_share: np.ndarray | None = None
    disturbed: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse arrays of different lengths."""
        arrays = (self.observed, self.lower, self.upper, self.predicted)
        arrays += (self.fill_share, self.disturbed)
        sizes = {len(one) for one in arrays if one is not None} | {len(self.times)}
        if len(sizes) > 1:
            raise ValueError(f"{self.name}: arrays of {sorted(sizes)} epochs")

    @property
    def step(self) -> np.timedelta64:
        """Distance of neighbouring epochs."""
        return np.diff(self.times).min() if len(self.times) > 1 else time_axis.HOUR

    @property
    def filled(self) -> np.ndarray:
        """Whether each epoch has a value that was not measured as such."""
        share = np.zeros(len(self.times)) if self.fill_share is None else self.fill_share
        return np.isfinite(self.observed) & ~(np.asarray(share) <= 0)


def draw_bounded(
    stations: Sequence[Bounded],
    span: tuple[np.datetime64, np.datetime64],
    events: Sequence[Event] = (),
    indices: Sequence[Strip] = (),
    *,
    clock: Clock | None = None,
    unit: str = "VTEC (TECU)",
    predicted: str = "predicted",
    bounds: str = "bounds",
    title: str = "",
) -> Figure:
    """Series, what lies beyond their bounds, and strips of indices on the same axis of time.

    Parameters
    ----------
    span : first and last time shown, UTC
    events : each a line; days are counted from the first one
    unit : name and unit of the values
    predicted, bounds : what the legend calls the line in the middle and the band
    """
    clock = clock or Clock()
    tall = 1.75 if len(stations) < 3 else 1.3
    heights = [tall] * len(stations) + [0.62] * len(indices)
    figure = Figure(figsize=(style.PAGE, sum(heights) + 1.25), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.03, hspace=0.02)
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
    axes = list(axes[:, 0])
    for ax, station, letter in zip(axes, stations, "abcdefghijkl", strict=False):
        draw_station(ax, station, span, clock)
        ax.set_ylabel(unit)
        corner = {"transform": ax.transAxes, "ha": "left", "va": "top", "fontweight": "bold"}
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
        ax.text(0.008, 0.95, f"({letter}) {station.name}", zorder=6, bbox=box, **corner)
    for ax, strip in zip(axes[len(stations) :], indices, strict=True):
        strips.draw_strip(ax, strip, span, clock)
    for ax in axes:
        time_axis.mark_events(ax, events, clock)
    time_axis.show_dates(axes[-1], span, clock)
    if events:
        time_axis.show_days_from(axes[0], events[0], span)
    figure.align_ylabels(axes)
    handles = _handles(stations, span, events, indices, predicted, bounds)
    legend = {"loc": "outside lower center", "ncols": min(4, len(handles)), "frameon": False}
    figure.legend(handles=handles, columnspacing=1.4, **legend)
    if title:
        figure.suptitle(title, x=0.01, ha="left", linespacing=1.35)
    return figure


def draw_station(
    ax: Axes, station: Bounded, span: tuple[np.datetime64, np.datetime64], clock: Clock
) -> None:
    """One panel: band, prediction, observation and what of it lies beyond the band."""
    begin, end = (np.datetime64(one, "us") for one in span)
    known = np.isfinite(station.observed)
    absent = time_axis.gaps(station.times, known, station.step, (begin, end))
    bounded = np.isfinite(station.lower) & np.isfinite(station.upper)
    for first, last in time_axis.gaps(station.times, bounded, station.step, (begin, end)):
        ends = clock.read(np.array([first, last]))
        ax.axvspan(*ends, facecolor=UNDECIDED, linewidth=0, zorder=0.4)
    x = clock.read(station.times)
    parts = _with_breaks(station, x)
    band = {"facecolor": BAND, "edgecolor": PREDICTED, "linewidth": 0.25}
    ax.fill_between(parts["x"], parts["lower"], parts["upper"], zorder=1.2, **band)
    _draw_beyond(ax, parts)
    if station.predicted is not None:
        line = {"color": PREDICTED, "linewidth": 0.9, "linestyle": (0, (4, 1.5))}
        ax.plot(parts["x"], parts["predicted"], zorder=2, **line)
    _draw_observed(ax, parts)
    _draw_marks(ax, station, x)
    time_axis.hatch(ax, absent, span, clock)
    ax.grid(color="0.9", linewidth=0.4, zorder=0.5)
    ax.set_axisbelow(True)
    ax.set_xlim(*clock.read(np.array([begin, end])))
    _limit(ax, station, begin, end)


def _with_breaks(station: Bounded, x: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of a station with an epoch of NaN where epochs are left out."""
    after = np.flatnonzero(np.diff(station.times) > station.step) + 1
    parts = {"x": np.insert(x, after, x[after - 1] + station.step)}
    for name in ("observed", "lower", "upper", "predicted"):
        values = getattr(station, name)
        if values is not None:
            parts[name] = np.insert(np.asarray(values, dtype="float64"), after, np.nan)
    parts["filled"] = np.insert(station.filled, after, False)
    return parts


def _draw_beyond(ax: Axes, parts: dict[str, np.ndarray]) -> None:
    """What lies above the upper and below the lower bound, shaded."""
    observed = parts["observed"]
    for bound, side, colour in (("upper", 1, POSITIVE), ("lower", -1, NEGATIVE)):
        beyond = side * (observed - parts[bound]) > 0
        shade = {"facecolor": colour, "alpha": 0.55, "linewidth": 0}
        ax.fill_between(parts["x"], observed, parts[bound], where=beyond, interpolate=True,
                        zorder=1.6, **shade)  # fmt: skip


def _draw_observed(ax: Axes, parts: dict[str, np.ndarray]) -> None:
    """Measured values as a line, filled ones dotted with open circles."""
    x, values, filled = parts["x"], parts["observed"], parts["filled"]
    measured = np.where(filled, np.nan, values)
    ax.plot(x, measured, color=OBSERVED, linewidth=0.9, zorder=3)
    alone = np.isfinite(measured)
    alone[1:] &= ~np.isfinite(measured[:-1])
    alone[:-1] &= ~np.isfinite(measured[1:])
    ax.plot(x[alone], measured[alone], ".", color=OBSERVED, markersize=2.5, zorder=3)
    if filled.any():
        # Up to the measured neighbours, else the line would have holes.
        beside = filled.copy()
        beside[1:] |= filled[:-1]
        beside[:-1] |= filled[1:]
        dotted = {"color": style.DARK_GREY, "linewidth": 0.8, "linestyle": ":"}
        ax.plot(x, np.where(beside, values, np.nan), zorder=2.9, **dotted)
        ax.plot(x[filled], values[filled], zorder=3, **_open(style.DARK_GREY, "o", 2.0))


def _open(colour: str, marker: str, size: float) -> dict:
    """Keywords of open markers."""
    look = {"linestyle": "none", "marker": marker, "markersize": size, "color": colour}
    return {**look, "markerfacecolor": "white", "markeredgewidth": 0.6}


def _draw_marks(ax: Axes, station: Bounded, x: np.ndarray) -> None:
    """Triangles at epochs beyond the bounds, open where the indices are disturbed."""
    disturbed = np.zeros(len(x), dtype=bool)
    if station.disturbed is not None:
        disturbed = np.asarray(station.disturbed, dtype=bool)
    sides = (station.observed > station.upper, station.observed < station.lower)
    for beyond, colour, marker in zip(sides, (POSITIVE, NEGATIVE), "^v", strict=True):
        quiet, not_counted = beyond & ~disturbed, beyond & disturbed
        look = {"linestyle": "none", "color": colour, "markeredgewidth": 0.6}
        ax.plot(x[quiet], station.observed[quiet], marker, markersize=SMALL, zorder=4.2, **look)
        open_ = _open(colour, marker, SMALL)
        ax.plot(x[not_counted], station.observed[not_counted], zorder=4.1, **open_)


def _limit(ax: Axes, station: Bounded, begin: np.datetime64, end: np.datetime64) -> None:
    """An axis of values that holds what is shown, with room for the name above it."""
    shown = (station.times >= begin) & (station.times <= end)
    arrays = [station.observed, station.lower, station.upper, station.predicted]
    values = np.concatenate([np.asarray(one, "f8")[shown] for one in arrays if one is not None])
    values = values[np.isfinite(values)]
    if not len(values):
        ax.set_yticks([])
        return
    low, high = float(values.min()), float(values.max())
    size = (high - low) or 1.0
    ax.set_ylim(low - 0.06 * size, high + 0.2 * size)


def _handles(
    stations: Sequence[Bounded],
    span: tuple[np.datetime64, np.datetime64],
    events: Sequence[Event],
    indices: Sequence[Strip],
    predicted: str,
    bounds: str,
) -> list:
    """The legend: of what is drawn, nothing else."""
    line = {"linewidth": 1.0}
    handles = [Line2D([], [], color=OBSERVED, label="observed", **line)]
    if any(station.filled.any() for station in stations):
        look = {**_open(style.DARK_GREY, "o", 2.5), "linestyle": ":"}
        handles.append(Line2D([], [], label="interpolated or filled", **look))
    if any(station.predicted is not None for station in stations):
        dashes = {"linestyle": (0, (4, 1.5)), **line}
        handles.append(Line2D([], [], color=PREDICTED, label=predicted, **dashes))
    handles.append(Patch(facecolor=BAND, edgecolor=PREDICTED, linewidth=0.25, label=bounds))
    for colour, marker, label in ((POSITIVE, "^", "positive"), (NEGATIVE, "v", "negative")):
        look = {"marker": marker, "markersize": 4, "linestyle": "none", "color": colour}
        handles.append(Line2D([], [], label=f"{label} anomaly", **look))
    if any(s.disturbed is not None and np.any(s.disturbed) for s in stations):
        look = _open(style.DARK_GREY, "^", 4)
        handles.append(Line2D([], [], label="anomaly while disturbed", **look))
    known = [(s, np.isfinite(s.lower) & np.isfinite(s.upper)) for s in stations]
    if any(time_axis.gaps(s.times, one, s.step, span) for s, one in known):
        handles.append(Patch(facecolor=UNDECIDED, label="no bounds"))
    known = [(s, np.isfinite(s.observed)) for s in stations]
    if any(time_axis.gaps(s.times, one, s.step, span) for s, one in known):
        handles.append(Patch(linewidth=0, label=time_axis.NO_DATA, **time_axis.HATCHED))
    if any(strip.disturbed.any() for strip in indices):
        handles.append(Patch(facecolor=strips.DISTURBED, label="index disturbed"))
    inside = [event for event in events if span[0] <= event.time <= span[1]]
    if inside:
        names = " / ".join(event.name for event in inside)
        handles.append(Line2D([], [], color=time_axis.EVENT, label=names, linewidth=1.2))
    return handles
