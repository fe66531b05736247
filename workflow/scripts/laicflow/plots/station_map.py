"""Map of stations about an epicentre with circles of one distance, as Dobrovolsky's radius."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from laicflow.plots import labels, maps, style
from laicflow.plots.time_axis import Event

STATION = {"marker": "^", "markersize": 6.5, "color": style.BLUE, "markeredgecolor": "black"}
STATION |= {"markeredgewidth": 0.5, "linestyle": "none"}
EPICENTRE = {"marker": "*", "markersize": 13, "color": style.VERMILLION}
EPICENTRE |= {"markeredgecolor": "black", "markeredgewidth": 0.6, "linestyle": "none"}
CIRCLE = {"color": style.VERMILLION, "linewidth": 1.2}
DASHES = ("-", "--", ":", "-.")
# Share of a map that is left free around what is on it.
MARGIN = 0.08


def dobrovolsky_km(magnitude: float) -> float:
    """Radius of the zone of preparation, 10^(0.43 M) km.

    Dobrovolsky, Zubkov and Miachkin 1979 (Pure Appl. Geophys. 117, 1025).
    """
    return float(10 ** (0.43 * magnitude))


def draw_stations(
    stations: pd.DataFrame,
    event: Event,
    circles: Mapping[str, float],
    *,
    lines: Mapping[str, list[np.ndarray]] | None = None,
    title: str = "",
) -> Figure:
    """Stations, epicentre and circles along the sphere, true across the date line and at poles.

    Parameters
    ----------
    stations : `name`, `latitude`, `longitude` (degrees); may be empty
    event : with its place
    circles : radius in km by what the legend calls it
    lines : faults or plate boundaries by what the legend calls them, each (n, 2) of longitude and
        latitude

    Raises
    ------
    ValueError : an event or a station without a place
    """
    own = stations[["longitude", "latitude"]].to_numpy(dtype="float64").reshape(-1, 2)
    places = np.concatenate([[[event.longitude, event.latitude]], own])
    if not np.isfinite(places).all():
        raise ValueError("expected an event and stations with latitude and longitude")
    outlines = [maps.circle(event.latitude, event.longitude, km) for km in circles.values()]
    seen = maps.view(outlines, places, MARGIN if outlines else 0.2)
    height = min(6.2, maps.height_of(seen) * 0.9) + 0.55
    figure = Figure(figsize=(style.PAGE, height), layout="compressed")
    ax = figure.subplots()
    maps.draw_land(ax, seen)
    for (_, paths), look in zip((lines or {}).items(), _line_looks(), strict=False):
        for path in paths:
            maps.draw_circle(ax, seen, np.asarray(path, dtype="float64"), zorder=1, **look)
    for outline, dashes in zip(outlines, DASHES, strict=False):
        maps.draw_circle(ax, seen, outline, linestyle=dashes, zorder=2, **CIRCLE)
    x, y = seen.turned(places[:, 0]), places[:, 1]
    ax.plot(x[1:], y[1:], zorder=4, **STATION)
    ax.plot(x[0], y[0], zorder=4.5, **EPICENTRE)
    maps.draw_bar(ax, seen, _occupied(seen, outlines, x, y))
    _legend(figure, len(own), event, circles, lines or {})
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, linespacing=1.35)
    _name(figure, ax, seen, outlines, x, y, [event.name, *stations["name"].astype("str")])
    return figure


def _line_looks() -> list[dict]:
    """Of faults and plates: all but the colours that stations and circles have."""
    return [{"color": style.ORANGE, "linewidth": 0.7}, {"color": style.DARK_GREY, "linewidth": 0.9}]


def _occupied(
    seen: maps.View, outlines: list[np.ndarray], x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Places that the bar of kilometres stays away from."""
    rings = [np.column_stack([seen.turned(one[:, 0]), one[:, 1]]) for one in outlines]
    return np.concatenate([np.column_stack([x, y]), *(ring[::12] for ring in rings)])


def _name(
    figure: Figure,
    ax: Axes,
    seen: maps.View,
    outlines: list[np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    names: list[str],
) -> None:
    """Names beside stations and epicentre, none on another nor on a circle; the layout is fixed."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    labels.write(ax, x, y, names, size=7.5, bold=True, taken=_occupied(seen, outlines, x, y))


def _legend(
    figure: Figure,
    stations: int,
    event: Event,
    circles: Mapping[str, float],
    lines: Mapping[str, list[np.ndarray]],
) -> None:
    """What the marks mean, below the map."""
    marks = [Line2D([], [], label=f"epicentre, {event.name}", **{**EPICENTRE, "markersize": 10})]
    if stations:
        marks.append(Line2D([], [], label="station", **STATION))
    for (name, km), dashes in zip(circles.items(), DASHES, strict=False):
        marks.append(Line2D([], [], label=f"{name}, {km:,.0f} km", linestyle=dashes, **CIRCLE))
    for name, look in zip(lines, _line_looks(), strict=False):
        marks.append(Line2D([], [], label=name, **look))
    legend = {"loc": "outside lower center", "ncols": min(4, len(marks)), "frameon": False}
    figure.legend(handles=marks, handletextpad=0.5, columnspacing=1.4, **legend)
