"""Maps of one quantity at times that follow one another, panels with one scale of colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from laicflow.plots import coastlines, diverging, maps, style
from laicflow.plots.station_map import CIRCLE
from laicflow.plots.time_axis import DAY, HOUR, NO_DATA, Event, signed

MISSING = diverging.MISSING
STAR = {"marker": "*", "markersize": 9, "color": "black", "markeredgecolor": "white"}
STAR |= {"markeredgewidth": 0.7, "linestyle": "none"}
OUTLINE = {"color": CIRCLE["color"], "linewidth": 0.9, "linestyle": "--"}
HALO = withStroke(linewidth=1.2, foreground=(1, 1, 1, 0.55))
SHORE = {"color": "0.1", "linewidth": 0.45, "zorder": 2, "path_effects": [HALO]}
LINES = ({"color": style.ORANGE, "linewidth": 0.6}, {"color": style.PURPLE, "linewidth": 0.8})
LEAST_STEP = 1e-6
TITLE = {"fontsize": 7.0, "pad": 2.5, "linespacing": 1.9}
NAME = {"fontsize": 8.0, "fontweight": "bold", "ha": "left", "va": "bottom"}


def draw_maps(
    values: xr.DataArray,
    event: Event | None = None,
    *,
    name: str,
    centred: bool = True,
    limit: float | None = None,
    circle_km: float | None = None,
    lines: Mapping[str, list[np.ndarray]] | None = None,
    columns: int = 4,
    title: str = "",
) -> Figure:
    """A panel a time, as of `draw_groups` for one group without a name."""
    looks = {"centred": centred, "limit": limit, "circle_km": circle_km, "lines": lines}
    return draw_groups({"": values}, event, name=name, columns=columns, title=title, **looks)


def draw_groups(
    groups: Mapping[str, xr.DataArray],
    event: Event | None = None,
    *,
    name: str,
    centred: bool = True,
    limit: float | None = None,
    circle_km: float | None = None,
    lines: Mapping[str, list[np.ndarray]] | None = None,
    columns: int = 4,
    title: str = "",
) -> Figure:
    """Groups of panels below each other; cells as the grid has them, those without a value hatched.

    Cut where the grid has its widest hole, a grid round the globe opposite the event.

    Parameters
    ----------
    groups : by name, (time, latitude, longitude) of one grid, times in UTC, degrees; a day or an
        epoch a panel; the name stands above the first panel of a group
    event : a star in each panel, and the title of that of its day; days are counted from it
    name : name and unit on the colour bar
    centred : colours on both sides of zero, else an amount
    limit : end of the colours on both sides of zero, the largest value without it
    circle_km, columns : radius of a circle about the event; most panels in a row
    lines : faults or plate boundaries by name, each (n, 2) of longitude and latitude

    Raises
    ------
    ValueError : no time, fewer than two latitudes or longitudes
    """
    parts = [one.transpose("time", "latitude", "longitude") for one in groups.values()]
    views = [_view(one, event) for one in parts]
    seen, east = views[0][:2]
    panels = [view[2] for view in views]
    scale, colours = _scale(np.concatenate(panels), limit, centred=centred)
    columns = min(columns, max(one.sizes["time"] for one in parts))
    rows = [-(-one.sizes["time"] // columns) for one in parts]
    figure, axes = _figure(seen, sum(rows), columns, named=sum(map(bool, groups)))
    north = _edges(_latitudes(parts[0]))
    for group, (said, one) in enumerate(zip(groups, parts, strict=True)):
        times = one["time"].values.astype("datetime64[us]")
        own = axes[sum(rows[:group]) : sum(rows[: group + 1])].flat
        for ax in own[len(times) :]:
            ax.set_axis_off()
        for place, ax in enumerate(own[: len(times)]):
            _draw_cells(ax, panels[group][place], east, north, scale, colours)
            _draw_ground(ax, seen, event, circle_km, lines or {})
            _write_time(ax, times, place, event)
            lowest = group == len(parts) - 1 and place + columns >= len(times)
            ax.tick_params(labelbottom=lowest, labelleft=place % columns == 0)
        if said:
            _write_name(axes[sum(rows[:group])], said)
    _bar(figure, axes, ScalarMappable(scale, colours), name, diverging.beyond(panels, scale))
    missing = not all(np.isfinite(one).all() for one in panels)
    _legend(figure, times, event, circle_km, lines or {}, missing=missing)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, linespacing=1.35)
    return figure


def _bar(figure: Figure, axes: np.ndarray, shown: ScalarMappable, name: str, open_: str) -> None:
    """One bar of colours for all panels, its ends open where values lie beyond."""
    bar = figure.colorbar(shown, ax=axes, fraction=0.03, pad=0.015, aspect=30, extend=open_)
    bar.set_label(name)
    bar.outline.set_linewidth(0.5)


def _scale(panels: np.ndarray, limit: float | None, *, centred: bool) -> tuple[Normalize, str]:
    """Scale and colours: on both sides of zero, or from the least to the largest value."""
    if centred:
        return diverging.centred([panels], limit), diverging.COLOURS
    known = panels[np.isfinite(panels)]
    ends = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return Normalize(*ends), style.AMOUNT


def _latitudes(values: xr.DataArray) -> np.ndarray:
    """Latitudes from south to north."""
    return np.sort(values["latitude"].values.astype("float64"))


def _view(values: xr.DataArray, event: Event | None) -> tuple[maps.View, np.ndarray, np.ndarray]:
    """What the maps show, edges of the columns, values (time, south to north, west to east)."""
    if not all(values.shape) or min(values.shape[1:]) < 2:
        raise ValueError(f"values of the shape {values.shape}: expected a grid at some time")
    longitude = np.mod(values["longitude"].values.astype("float64"), 360.0)
    order = np.argsort(longitude)
    holes = np.diff(np.append(longitude[order], longitude[order[0]] + 360.0))
    if holes.max() - holes.min() > LEAST_STEP:
        first = (int(np.argmax(holes)) + 1) % len(order)
    else:
        middle = 0.0 if event is None or np.isnan(event.longitude) else event.longitude
        away = np.mod(longitude[order] - middle + 180.0, 360.0)
        first = int(np.argmin(away))
    order = np.roll(order, -first)
    turned = longitude[order[0]] + np.mod(longitude[order] - longitude[order[0]], 360.0)
    if turned[-1] > 360.0 or turned[0] > 180.0:
        turned = turned - 360.0
    east, north = _edges(turned), _edges(_latitudes(values))
    # A turn from the western edge on holds the whole grid.
    seen = maps.View(east[0], east[-1], max(north[0], -90.0), min(north[-1], 90.0), east[0])
    south_up = np.argsort(values["latitude"].values)
    return seen, east, values.values[:, south_up][:, :, order].astype("float64")


def _edges(middles: np.ndarray) -> np.ndarray:
    """Edges between cells, those at the ends as far as the cells' own neighbours."""
    between = (middles[1:] + middles[:-1]) / 2
    return np.concatenate([[2 * middles[0] - between[0]], between, [2 * middles[-1] - between[-1]]])


def _figure(
    seen: maps.View, rows: int, columns: int, *, named: int = 0
) -> tuple[Figure, np.ndarray]:
    """A page as high as its maps and the names of groups need, and its axes (row, column)."""
    wide = (style.PAGE - 1.3) / columns - 0.1
    height = rows * (wide * seen.height_by_width + 0.3) + 0.65 + 0.2 * named
    figure = Figure(figsize=(style.PAGE, float(np.clip(height, 2.2, 9.2))), layout="compressed")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.03)
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)


def _draw_cells(
    ax: Axes,
    values: np.ndarray,
    east: np.ndarray,
    north: np.ndarray,
    scale: Normalize,
    colours: str,
) -> None:
    """Cells of one time."""
    ax.pcolormesh(east, north, np.ma.masked_invalid(values), cmap=colours, norm=scale,
                  rasterized=True, zorder=1)  # fmt: skip
    pieces = []
    for row, absent in enumerate(~np.isfinite(values)):
        ends = np.flatnonzero(np.diff(absent, prepend=False, append=False)).reshape(-1, 2)
        for low, high in ends.tolist():
            size = (east[high] - east[low], north[row + 1] - north[row])
            pieces.append(Rectangle((east[low], north[row]), *size))
    if pieces:
        ax.add_collection(PatchCollection(pieces, linewidth=0, zorder=1.2, **MISSING))


def _draw_ground(
    ax: Axes,
    seen: maps.View,
    event: Event | None,
    circle_km: float | None,
    lines: Mapping[str, list[np.ndarray]],
) -> None:
    """Coastlines over the cells, other lines, epicentre and circle."""
    maps.draw_land(ax, seen)
    # Of what that draws the cells leave no land to be seen, and the coast stands above them.
    ax.set(xlabel="", ylabel="")
    ax.grid(visible=False)
    for line in coastlines.coast(seen.cut):
        ax.plot(*line.T, **SHORE)
    for paths, look in zip(lines.values(), LINES, strict=False):
        for path in paths:
            maps.draw_circle(ax, seen, np.asarray(path, dtype="float64"), zorder=2.2, **look)
    ax.set(xlim=(seen.west, seen.east), ylim=(seen.south, seen.north))
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_major_locator().set_params(nbins=4, steps=[1, 2, 3, 6, 9, 10])
    if event is None or np.isnan(event.longitude):
        return
    if circle_km is not None:
        outline = maps.circle(event.latitude, event.longitude, circle_km)
        maps.draw_circle(ax, seen, outline, zorder=3, **OUTLINE)
    ax.plot(seen.turned(event.longitude), event.latitude, zorder=4, **STAR)


def _write_name(row: np.ndarray, name: str) -> None:
    """The name of a group above its first row of panels, whose titles make room for it."""
    for ax in row:
        ax.set_title(f"\n{ax.get_title()}", **TITLE, fontweight=ax.title.get_fontweight())
    told = row[0].annotate(name, (0, 1), (0, 15), "axes fraction", "offset points", **NAME)
    # As wide as several panels: it must not push them apart.
    told.set_in_layout(False)


def _is_daily(times: np.ndarray) -> bool:
    """Whether panels are days, else epochs within days."""
    whole = (times == times.astype("datetime64[D]")).all()
    return bool(whole) and (len(times) == 1 or np.diff(times).min() >= DAY)


def _write_time(ax: Axes, times: np.ndarray, place: int, event: Event | None) -> None:
    """Date and days from the event's day, or date and hour and hours from the event."""
    time, bold = times[place], False
    if _is_daily(times):
        said = f"{pd.Timestamp(time):%Y-%m-%d}"
        if event is not None:
            day = int((time.astype("datetime64[D]") - event.time.astype("datetime64[D]")) // DAY)
            said, bold = f"{said}  ({signed(day)})", day == 0
    else:
        said = f"{pd.Timestamp(time):%m-%d %H:%M}"
        if event is not None:
            hours = float(round((time - event.time) / HOUR, 1))
            said += f"  ({signed(hours)} h)"
            # The epoch next to the event, if the event is among those shown.
            among = times[0] <= event.time <= times[-1]
            bold = bool(among) and place == int(np.argmin(np.abs(times - event.time)))
    ax.set_title(said, **TITLE, fontweight="bold" if bold else "normal")


def _legend(
    figure: Figure,
    times: np.ndarray,
    event: Event | None,
    circle_km: float | None,
    lines: Mapping[str, list[np.ndarray]],
    *,
    missing: bool,
) -> None:
    """What stands on the maps, below them."""
    marks: Sequence = []
    if event is not None:
        placed = np.isfinite(event.longitude)
        said = "days from its day" if _is_daily(times) else "hours from it"
        said = f"{event.name}, {pd.Timestamp(event.time):%Y-%m-%d %H:%M} UTC; in brackets {said}"
        marks = [Line2D([], [], label=said, **(STAR if placed else {"linestyle": "none"}))]
        if circle_km is not None and placed:
            marks.append(Line2D([], [], label=f"{circle_km:,.0f} km from it", **OUTLINE))
    for name, look in zip(lines, LINES, strict=False):
        marks = [*marks, Line2D([], [], label=name, **look)]
    if missing:
        marks = [*marks, Patch(linewidth=0, label=NO_DATA, **MISSING)]
    if marks:
        figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), frameon=False)
