"""Heat maps of days by hours: by how much values lie beyond their bounds, and what is masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from laicflow.plots import diverging, style
from laicflow.plots.time_axis import DAY, HOUR, MOST_DATES, Clock, Event, signed

STAR = {"marker": "*", "markersize": 9, "color": "black", "markeredgecolor": "white"}
STAR |= {"markeredgewidth": 0.7, "linestyle": "none"}
DOT = {"marker": ".", "color": "black", "markersize": 1.4, "linestyle": "none"}


def draw_day_hour(
    tables: Mapping[str, xr.Dataset],
    events: Sequence[Event] = (),
    *,
    name: str = "DTEC (TECU)",
    limit: float | None = None,
    title: str = "",
) -> Figure:
    """Days to the right, hours of the day up, a panel a station, one colour bar for all.

    Parameters
    ----------
    tables : by station `dtec.day_table`: (day, hour) `dtec`, `disturbed`, `unknown`, `fill_share`,
        `epochs`, and the attribute `offset_hours`
    events : each a star at its day and hour; days are counted from that of the first one
    name : name and unit on the colour bar
    limit : end of the colours on both sides of zero; the largest value without it

    Raises
    ------
    ValueError : no table, tables of other days or with another clock than the first
    """
    first = _first(tables)
    clock = Clock(float(first.attrs["offset_hours"]))
    values = [table["dtec"].values for table in tables.values()]
    scale = diverging.centred(values, limit)
    height = 1.35 + max(0.95, 1.9 - 0.25 * len(tables)) * len(tables)
    figure = Figure(figsize=(style.PAGE, height), layout="constrained")
    axes = list(figure.subplots(len(tables), 1, sharex=True, sharey=True, squeeze=False)[:, 0])
    kinds: set[str] = set()
    for ax, (station, table), letter in zip(axes, tables.items(), "abcdefghijkl", strict=False):
        image = _draw(ax, table, scale, kinds)
        ax.set_title(f"({letter}) {station}", loc="left", pad=3)
        for event in events:
            ax.plot(*_place(event, table, clock), zorder=5, **STAR)
    _axes(axes, first, clock)
    if events:
        _days_from(axes[0], first, events[0], clock)
    open_ = diverging.beyond(values, scale)
    bar = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.015, aspect=30, extend=open_)
    bar.set_label(name)
    bar.outline.set_linewidth(0.5)
    handles = _handles(kinds, events)
    if handles:
        legend = {"loc": "outside lower center", "ncols": len(handles), "frameon": False}
        figure.legend(handles=handles, **legend)
    if title:
        figure.suptitle(title, x=0.01, ha="left", linespacing=1.35)
    return figure


def _first(tables: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """The first table, whose days and clock are those of all."""
    if not tables:
        raise ValueError("no table to be drawn")
    first = next(iter(tables.values()))
    for station, table in tables.items():
        same = np.array_equal(table["day"].values, first["day"].values)
        if not same or table.attrs["offset_hours"] != first.attrs["offset_hours"]:
            raise ValueError(f"{station}: other days or another clock than the first station")
    return first


def _draw(ax: Axes, table: xr.Dataset, scale, kinds: set[str]):
    """The image of a station; `kinds` learns what else is in it."""
    dtec = table["dtec"].values
    days, hours = dtec.shape
    edges = (-0.5, days - 0.5, 0, hours)
    image = ax.imshow(np.ma.masked_invalid(dtec.T), cmap=diverging.COLOURS, norm=scale,
                      aspect="auto", extent=edges, origin="lower", zorder=1)  # fmt: skip
    masked = np.nan_to_num(table["disturbed"].values) > 0
    missing = np.isnan(dtec) & ~masked
    whole = masked & np.isnan(dtec)
    part = {**diverging.MASKED, "facecolor": "none"}
    drawn = (("masked", whole, diverging.MASKED), ("masked", masked & ~whole, part))
    for kind, cells, look in (*drawn, ("missing", missing, diverging.MISSING)):
        if cells.any():
            kinds.add(kind)
            _hatch(ax, cells, look)
    filled = (np.nan_to_num(table["fill_share"].values) > 0) & np.isfinite(dtec)
    if filled.any():
        kinds.add("filled")
        day, hour = np.nonzero(filled)
        ax.plot(day, hour + 0.5, zorder=3, **DOT)
    ax.set(xlim=edges[:2], ylim=edges[2:])
    return image


def _hatch(ax: Axes, cells: np.ndarray, look: dict) -> None:
    """Cells (day, hour) hatched, those of a day that follow one another in one piece."""
    pieces = []
    for day, row in enumerate(cells):
        ends = np.flatnonzero(np.diff(row, prepend=False, append=False)).reshape(-1, 2)
        pieces += [Rectangle((day - 0.5, low), 1, high - low) for low, high in ends.tolist()]
    ax.add_collection(PatchCollection(pieces, linewidth=0, zorder=2, **look))


def _place(event: Event, table: xr.Dataset, clock: Clock) -> tuple[float, float]:
    """Day, counted from the first, and hour of an event; the middle of its day."""
    since = clock.read(event.time) - table["day"].values[0].astype("datetime64[us]")
    return float(since // DAY), float((since % DAY) / HOUR)


def _axes(axes: list[Axes], table: xr.Dataset, clock: Clock) -> None:
    """Dates and hours."""
    days = pd.DatetimeIndex(table["day"].values)
    places = np.arange(0, len(days), max(1, -(-len(days) // MOST_DATES)))
    axes[-1].set_xticks(places, labels=[f"{day:%m-%d}" for day in days[places]])
    years = sorted({day.year for day in days})
    axes[-1].set_xlabel(f"date in {' and '.join(map(str, years))}")
    axes[0].set_yticks([0, 6, 12, 18, 24])
    axes[0].figure.supylabel(f"hour of day ({clock.name})", fontsize="medium")


def _days_from(ax: Axes, table: xr.Dataset, event: Event, clock: Clock) -> None:
    """Days from that of the event above the first panel."""
    zero = int(_place(event, table, clock)[0])
    days = len(table["day"])
    step = max(1, -(-days // MOST_DATES))
    places = [place for place in range(days) if (place - zero) % step == 0]
    above = ax.secondary_xaxis("top")
    above.set_xticks(places, labels=[signed(place - zero) for place in places])
    above.set_xlabel(f"days from that of {event.name}")


def _handles(kinds: set[str], events: Sequence[Event]) -> list:
    """What cells without colour mean."""
    handles = []
    if "masked" in kinds:
        handles.append(Patch(linewidth=0, label="anomaly while disturbed: masked",
                             **diverging.MASKED))  # fmt: skip
    if "missing" in kinds:
        handles.append(Patch(linewidth=0, label="no value or no bounds", **diverging.MISSING))
    if "filled" in kinds:
        handles.append(Line2D([], [], label="interpolated or filled", **{**DOT, "markersize": 4}))
    if events:
        label = " / ".join(event.name for event in events)
        handles.append(Line2D([], [], label=label, **STAR))
    return handles
