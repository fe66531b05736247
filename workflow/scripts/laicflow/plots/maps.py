"""Maps of a part of the globe: coastlines, true circles, degrees on the axes, a bar of kilometres.

Degrees of longitude and latitude stand at right angles, a degree of longitude as much shorter as
it is in the middle of the map (equirectangular); scale and shapes are true there alone. The map is
cut at the meridian opposite its middle, so that nothing is drawn across it.
"""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.patheffects as effects
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from laicflow.geo import EARTH_RADIUS_KM
from laicflow.plots import coastlines, style

LAND, SEA, SHORE = "#EFEDE8", "#FFFFFF", "#9A9A9A"
KM_PER_DEGREE = np.pi * EARTH_RADIUS_KM / 180
# Near a pole a degree of longitude is next to nothing; a map is stretched no further than this.
LEAST_COSINE = 0.25
STROKE = effects.withStroke(linewidth=2.0, foreground="white")


@dataclass(frozen=True)
class View:
    """What a map shows.

    Attributes
    ----------
    west, east : edges, degrees, of one turn from `cut` on: they may lie beyond 180
    south, north : edges, degrees
    cut : the meridian at which the globe is cut
    """

    west: float
    east: float
    south: float
    north: float
    cut: float

    @property
    def cosine(self) -> float:
        """Length of a degree of longitude in the middle, in degrees of latitude."""
        middle = np.radians((self.south + self.north) / 2)
        return max(float(np.cos(middle)), LEAST_COSINE)

    @property
    def height_by_width(self) -> float:
        """Shape of the map."""
        return (self.north - self.south) / ((self.east - self.west) * self.cosine)

    def turned(self, longitude: np.ndarray) -> np.ndarray:
        """Longitudes within the turn that the map shows."""
        return self.cut + np.mod(np.asarray(longitude, dtype="float64") - self.cut, 360.0)

    def holds(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Whether places lie on the map."""
        x, y = self.turned(longitude), np.asarray(latitude)
        return (x >= self.west) & (x <= self.east) & (y >= self.south) & (y <= self.north)


def circle(latitude: float, longitude: float, radius_km: float, points: int = 721) -> np.ndarray:
    """The places at one distance along the sphere, (points, 2) of longitude and latitude, closed.

    Longitudes go on beyond +-180 degrees; round a pole they run through a whole turn.
    """
    bearing = np.linspace(0, 2 * np.pi, points)
    lat, angle = np.radians(latitude), radius_km / EARTH_RADIUS_KM
    sine = np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(bearing)
    east = np.sin(bearing) * np.sin(angle) * np.cos(lat)
    along = np.arctan2(east, np.cos(angle) - np.sin(lat) * sine)
    places = np.degrees([along, np.arcsin(np.clip(sine, -1, 1))]).T
    return coastlines.continuous(places + [longitude, 0.0])


def view(circles: list[np.ndarray], places: np.ndarray, margin: float = 0.04) -> View:
    """The part of the globe that holds circles and places, with a margin (share of the size).

    Parameters
    ----------
    circles : each (n, 2) as `circle` makes them
    places : (n, 2) of longitude and latitude, the first of them the middle of the first circle
    """
    along = np.radians(places[:, 0])
    cut = float(np.degrees(np.arctan2(np.sin(along).mean(), np.cos(along).mean()))) - 180.0
    parts = [part for one in circles for part in coastlines.broken(one, cut)]
    whole = np.concatenate([*parts, np.column_stack([_turned(places[:, 0], cut), places[:, 1]])])
    (west, south), (east, north) = whole.min(axis=0), whole.max(axis=0)
    for one in circles:
        if abs(one[-1, 0] - one[0, 0]) > 180:
            # Round a pole the circle itself stays away from it.
            west, east = cut, cut + 360.0
            south, north = (south, 90.0) if one[:, 1].mean() > 0 else (-90.0, north)
    pad = margin * max(north - south, (east - west) * np.cos(np.radians((south + north) / 2)), 1.0)
    wide = pad / max(np.cos(np.radians((south + north) / 2)), LEAST_COSINE)
    return View(
        max(west - wide, cut), min(east + wide, cut + 360.0),
        max(south - pad, -90.0), min(north + pad, 90.0), cut,
    )  # fmt: skip


def _turned(longitude: np.ndarray, cut: float) -> np.ndarray:
    """Longitudes from `cut` on."""
    return cut + np.mod(longitude - cut, 360.0)


def draw_land(ax: Axes, seen: View) -> None:
    """Land, coastlines and axes in degrees."""
    ax.set_facecolor(SEA)
    for rings in coastlines.land(seen.cut):
        near = [ring for ring in rings if _meets(ring, seen)]
        if near:
            shape = Path.make_compound_path(*[Path(ring, closed=True) for ring in near])
            ax.add_patch(PathPatch(shape, facecolor=LAND, edgecolor="none", zorder=0.5))
    for line in coastlines.coast(seen.cut):
        if _meets(line, seen):
            ax.plot(*line.T, color=SHORE, linewidth=0.5, zorder=0.6)
    ax.set(xlim=(seen.west, seen.east), ylim=(seen.south, seen.north))
    ax.set_aspect(1 / seen.cosine)
    ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 3, 5, 6, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 3, 5, 6, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: degrees_east(x)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: degrees_north(y)))
    ax.grid(color="0.85", linewidth=0.4, zorder=0.7)
    ax.set_axisbelow(True)
    ax.set(xlabel="longitude", ylabel="latitude")


def _meets(line: np.ndarray, seen: View) -> bool:
    """Whether the box around a line meets the map."""
    (west, south), (east, north) = line.min(axis=0), line.max(axis=0)
    return bool(
        west <= seen.east and east >= seen.west and south <= seen.north and north >= seen.south
    )


def draw_circle(ax: Axes, seen: View, places: np.ndarray, **line) -> None:
    """A circle, broken where the globe is cut."""
    for part in coastlines.broken(places, seen.cut):
        ax.plot(*part.T, solid_capstyle="round", **line)


def degrees_east(longitude: float) -> str:
    """A longitude as on an axis: `170°W` for 190."""
    turned = (longitude + 180.0) % 360.0 - 180.0
    side = "" if turned in (0.0, -180.0) else "E" if turned > 0 else "W"
    return f"{abs(turned):g}°{side}"


def degrees_north(latitude: float) -> str:
    """A latitude as on an axis."""
    return f"{abs(latitude):g}°{'N' if latitude > 0 else 'S' if latitude < 0 else ''}"


def bar_km(seen: View) -> float:
    """A round length (1, 2 or 5 times a power of ten) of at most a quarter of the map's width."""
    most = (seen.east - seen.west) * seen.cosine * KM_PER_DEGREE / 4
    power = 10.0 ** np.floor(np.log10(most))
    return float(power * max(step for step in (1, 2, 5) if step * power <= most))


def draw_bar(ax: Axes, seen: View, places: np.ndarray) -> None:
    """A bar of kilometres, true in the middle of the map, in the corner with the fewest places.

    Parameters
    ----------
    places : (n, 2) of longitude within the map's turn and latitude
    """
    length = bar_km(seen)
    wide = length / KM_PER_DEGREE / seen.cosine / (seen.east - seen.west)
    middle = (seen.south + seen.north) / 2
    share = (places - [seen.west, seen.south]) / [seen.east - seen.west, seen.north - seen.south]
    # In shares of the map: room for the text, and 26 points.
    height = height_of(seen)
    box = (max(wide, 1.15 * seen.height_by_width / height) + 0.03, 26 / (72 * height))

    def taken(corner: tuple[int, int]) -> int:
        return int((np.abs(share - corner) < np.array(box) * 1.2).all(axis=1).sum())

    right, top = min([(0, 0), (1, 0), (0, 1), (1, 1)], key=taken)
    x = 1 - box[0] - 0.01 if right else 0.01
    y = 1 - 1.15 * box[1] if top else 0.15 * box[1]
    whole = {"transform": ax.transAxes, "zorder": 6}
    ax.add_patch(Rectangle((x, y), *box, facecolor="white", alpha=0.85, edgecolor="none", **whole))
    centre, below = x + box[0] / 2, y + 0.22 * box[1]
    ends = [centre - wide / 2, centre + wide / 2]
    ax.plot(ends, [below] * 2, "k", linewidth=2.2, solid_capstyle="butt", **whole)
    said = f"{length:g} km at {degrees_north(round(middle, 1))}"
    ax.text(centre, y + 0.42 * box[1], said, ha="center", va="bottom", fontsize=6.5, **whole)


def label(ax: Axes, x: float, y: float, text: str, **how) -> None:
    """Text on a map, white around its letters."""
    ax.text(x, y, text, path_effects=[STROKE], clip_on=True, **how)


def sizes(magnitude: np.ndarray) -> np.ndarray:
    """Areas (points squared) of markers: twice as large for each magnitude."""
    return 9.0 * 2.0 ** (np.asarray(magnitude, dtype="float64") - 4.0)


def height_of(seen: View, width: float = style.PAGE) -> float:
    """Height (inches) of a map that is `width` inches wide, within reason."""
    return float(np.clip(width * seen.height_by_width, 2.4, 6.6))
