"""Where the observatories are, and which earthquakes belong to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from laicflow.catalogs.merge import select as select_events
from laicflow.plots import maps, style
from laicflow.plots.drawing import Drawn
from laicflow.studies.petrescu2022 import series
from laicflow.studies.petrescu2022.samples import of_site, rule_of
from laicflow.studies.results import Results

UNITS = {"latitude": "deg", "longitude": "deg", "magnitude": "1", "depth_km": "km"}
UNITS |= {"distance_km": "km"}
COLUMNS = ["kind", "site", "event_id", "latitude", "longitude", "magnitude", "depth_km"]
COLUMNS += ["distance_km", "time"]
# Kinds of rows.
OBSERVATORY, RADIUS, BELONGS, OTHER = "observatory", "radius", "earthquake", "other earthquake"
# So many earthquakes that belong to no observatory are still drawn.
MOST_OTHERS = 3000
OTHERS = "#B8B8B8"
# Magnitudes in the legend.
MOST_SIZES = 5
MINUTE = np.timedelta64(1, "m")


@dataclass(frozen=True)
class Circle:
    """One radius within which earthquakes belong to an observatory.

    Attributes
    ----------
    site : the observatory, its place and its own period
    radius_km : of the circle
    quakes : the earthquakes of the site's period that belong to it by any rule of this radius
    """

    site: series.Site
    radius_km: float
    quakes: pd.DataFrame


def fig1(results: Results) -> Drawn:
    """Observatories and the earthquakes that belong to them, as in the paper's Figure 1.

    Each observatory has a circle for every radius that a variant shown has; an earthquake of its
    years belongs to it by `samples.of_site`. What of the studied catalog belongs to none is grey,
    unless it is too much.
    """
    study = results.settings
    first, size = series.period(study)
    sites = series.sites_of(results.sites, study)
    circles = [one for site in sites for one in _circles(results, site, first)]
    outlines = [maps.circle(c.site.latitude, c.site.longitude, c.radius_km) for c in circles]
    near = pd.concat([circle.quakes for circle in circles], ignore_index=True)
    places = [(site.longitude, site.latitude) for site in sites]
    places += list(near[["longitude", "latitude"]].itertuples(index=False, name=None))
    seen = maps.view(outlines, np.array(places, dtype="float64"))
    known = set(near["event_id"])
    others = _others(results, known, seen, (first, first + size * MINUTE))
    data = _rows(sites, circles, others)

    height = maps.height_of(seen) * 0.83 + 0.75 + 0.16 * len(circles)
    figure = Figure(figsize=(style.PAGE, height), layout="compressed")
    ax = figure.subplots()
    maps.draw_land(ax, seen)
    for circle, outline in zip(circles, outlines, strict=True):
        _draw_circle(ax, seen, circle, outline)
    shown = near.drop_duplicates("event_id")
    _draw_quakes(ax, seen, shown, others)
    _draw_sites(ax, seen, sites)
    _bar(ax, seen, shown, sites, outlines)
    _legend(figure, shown, others, study)
    figure.suptitle(_title(circles, first), x=0.01, ha="left", fontsize=8.5, linespacing=1.35)
    return Drawn(figure, data, UNITS)


def _circles(results: Results, site: series.Site, first: np.datetime64) -> list[Circle]:
    """The radii of one observatory, the largest first, with their earthquakes."""
    span = [first + minute * MINUTE for minute in (site.begin, site.end)]
    found: dict[float, list[pd.DataFrame]] = {}
    for study in results.variants.values():
        quakes = select_events(results.events, study["catalog"])
        quakes = quakes[(quakes["time"] >= span[0]) & (quakes["time"] < span[1])]
        own = of_site(quakes, site.name, (site.latitude, site.longitude), study)
        found.setdefault(float(rule_of(site.name, study)["radius_km"]), []).append(own)
    return [
        Circle(site, radius, pd.concat(found[radius]).drop_duplicates("event_id"))
        for radius in sorted(found, reverse=True)
    ]


def _others(
    results: Results, known: set[str], seen: maps.View, span: tuple[np.datetime64, np.datetime64]
) -> pd.DataFrame:
    """Earthquakes on the map that the study's catalog has and no observatory."""
    quakes = select_events(results.events, results.settings["catalog"])
    inside = (quakes["time"] >= span[0]) & (quakes["time"] < span[1])
    inside &= seen.holds(quakes["latitude"].to_numpy(), quakes["longitude"].to_numpy())
    quakes = quakes[inside & ~quakes["event_id"].isin(known)]
    return quakes if len(quakes) <= MOST_OTHERS else quakes.iloc[:0]


def _rows(sites: list[series.Site], circles: list[Circle], others: pd.DataFrame) -> pd.DataFrame:
    """All that is drawn: an earthquake of two observatories, or of two radii, counts once each."""
    places = [
        {"kind": OBSERVATORY, "site": s.name, "latitude": s.latitude, "longitude": s.longitude}
        for s in sites
    ]
    radii = [
        {"kind": RADIUS, "site": c.site.name, "latitude": c.site.latitude,
         "longitude": c.site.longitude, "distance_km": c.radius_km}
        for c in circles
    ]  # fmt: skip
    own = [c.quakes.assign(kind=BELONGS, site=c.site.name) for c in circles]
    parts = [pd.DataFrame(places + radii), *own, others.assign(kind=OTHER, site="")]
    parts = [part.reindex(columns=COLUMNS) for part in parts if len(part)]
    rows = pd.concat([part.dropna(axis=1, how="all") for part in parts], ignore_index=True)
    rows = rows.reindex(columns=COLUMNS).drop_duplicates(
        ["kind", "site", "event_id", "distance_km"]
    )
    rows["event_id"] = rows["event_id"].astype("str").where(rows["event_id"].notna(), "")
    rows["time"] = pd.to_datetime(rows["time"]).astype("datetime64[us]")
    numbers = {name: "float64" for name in UNITS}
    return rows.astype(numbers).reset_index(drop=True)


def _draw_circle(ax: Axes, seen: maps.View, circle: Circle, outline: np.ndarray) -> None:
    """A circle and its radius, written where it is southernmost."""
    maps.draw_circle(ax, seen, outline, color=style.BLUE, linewidth=1.1, zorder=2)
    x, y = outline[np.argmin(outline[:, 1])]
    text = {"ha": "center", "va": "center", "fontsize": 6.5, "color": style.BLUE, "zorder": 5}
    text["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9}
    maps.label(ax, float(seen.turned(x)), y, f"{circle.radius_km:g} km", **text)


def _draw_quakes(ax: Axes, seen: maps.View, shown: pd.DataFrame, others: pd.DataFrame) -> None:
    """Earthquakes, the largest behind the others."""
    if len(others):
        size = maps.sizes(others["magnitude"]) * 0.5
        x = seen.turned(others["longitude"])
        ax.scatter(x, others["latitude"], size, OTHERS, linewidths=0, zorder=1.5)
    if shown.empty:
        return
    quakes = shown.sort_values("magnitude", ascending=False)
    depth = quakes["depth_km"]
    scale = Normalize(min(0.0, float(depth.min())), max(float(depth.max()), 1.0))
    points = ax.scatter(
        seen.turned(quakes["longitude"]), quakes["latitude"], maps.sizes(quakes["magnitude"]),
        depth, cmap=f"{style.AMOUNT}_r", norm=scale, edgecolors="black", linewidths=0.35, zorder=3,
    )  # fmt: skip
    bar = ax.figure.colorbar(points, ax=ax, fraction=0.03, pad=0.015, aspect=30)
    bar.set_label("depth (km)")
    bar.ax.invert_yaxis()
    bar.outline.set_linewidth(0.5)


def _draw_sites(ax: Axes, seen: maps.View, sites: list[series.Site]) -> None:
    """Triangles with their codes."""
    for site in sites:
        x = float(seen.turned(site.longitude))
        ax.plot(x, site.latitude, "^", markersize=7, color=style.VERMILLION,
                markeredgecolor="black", markeredgewidth=0.6, zorder=4)  # fmt: skip
        name = {"ha": "left", "va": "bottom", "fontweight": "bold", "zorder": 5}
        maps.label(ax, x + 0.008 * (seen.east - seen.west), site.latitude, site.name, **name)


def _bar(
    ax: Axes,
    seen: maps.View,
    shown: pd.DataFrame,
    sites: list[series.Site],
    outlines: list[np.ndarray],
) -> None:
    """The bar of kilometres, away from what is drawn."""
    names = [outline[np.argmin(outline[:, 1])] for outline in outlines]
    names += [np.array([site.longitude, site.latitude]) for site in sites]
    places = np.concatenate([shown[["longitude", "latitude"]].to_numpy(), names])
    places[:, 0] = seen.turned(places[:, 0])
    maps.draw_bar(ax, seen, places)


def _legend(figure: Figure, shown: pd.DataFrame, others: pd.DataFrame, study: dict) -> None:
    """What the marks mean, below the map."""

    def mark(symbol: str, area: float, label: str, **how) -> Line2D:
        plain = {"linestyle": "none", "markeredgecolor": "black", "markeredgewidth": 0.4}
        return Line2D([], [], marker=symbol, markersize=area**0.5, label=label, **{**plain, **how})

    marks = [mark("^", 49, "observatory", color=style.VERMILLION)]
    line = {"color": style.BLUE, "linewidth": 1.1}
    marks.append(Line2D([], [], label="its radius", **line))
    if len(shown):
        least, most = np.floor(shown["magnitude"].min()), np.floor(shown["magnitude"].max())
        for size in np.arange(least, most + 1)[-MOST_SIZES:]:
            marks.append(mark("o", float(maps.sizes(size)), f"M {size:g}", color="white"))
    if len(others):
        dot = {"color": OTHERS, "markeredgewidth": 0}
        marks.append(mark("o", 9, f"belongs to none ({len(others)})", **dot))
    legend = {"loc": "outside lower center", "ncols": len(marks), "frameon": False}
    figure.legend(handles=marks, handletextpad=0.3, columnspacing=1.1, **legend)


def _title(circles: list[Circle], first: np.datetime64) -> str:
    """A line for each circle: observatory, period, radius and number of earthquakes."""
    lines = []
    for circle in circles:
        site = circle.site
        days = [pd.Timestamp(first + minute * MINUTE) for minute in (site.begin, site.end - 1)]
        span = f"{days[0]:%Y-%m-%d} to {days[1]:%Y-%m-%d}"
        place = style.place_name(site.latitude, site.longitude)
        count = "1 earthquake" if len(circle.quakes) == 1 else f"{len(circle.quakes)} earthquakes"
        lines.append(f"{site.name}, {place}, {span}: {count} within {circle.radius_km:g} km")
    return "\n".join(lines)
