"""Coastlines of Natural Earth at 1:110 million, for maps whose edges may lie at any longitude.

The file is `land-110m.json` of the npm package world-atlas 2.0.2 (ISC licence, which lies beside
it; the data of Natural Earth are in the public domain). It is TopoJSON: lines ("arcs") in whole
numbers, each the step from the one before, which a scale and a shift turn into degrees; a ring is
a list of arcs, and ~i means arc i backwards.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path

import numpy as np

from laicflow.errors import LaicflowError

# Held to its digest, so that another file comes with a change of this module.
FILE = "land-110m.json"
DIGEST = "ead5f68119c49a9250902e7da303bcb209341bbb8fefe7369a439b48b704658a"
TURN = 360.0


def path() -> Path:
    """Where the file lies: in `resources` beside the folder of the scripts."""
    return Path(__file__).resolve().parents[3] / "resources" / FILE


@functools.cache
def polygons() -> tuple[tuple[np.ndarray, ...], ...]:
    """All polygons of the land, each a ring (n, 2) of longitude and latitude and its holes.

    Rings are closed, longitudes lie in -180..180 degrees and jump where a ring crosses the date
    line.

    Raises
    ------
    LaicflowError : the file is missing, or is not the one that this module knows
    """
    try:
        content = path().read_bytes()
    except OSError as error:
        raise LaicflowError(f"{path()}: the coastlines cannot be read: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != DIGEST:
        raise LaicflowError(f"{path()}: sha256 {found}, expected {DIGEST}")
    return decode(json.loads(content), "land")


def decode(topology: dict, name: str) -> tuple[tuple[np.ndarray, ...], ...]:
    """The polygons of one object of a TopoJSON topology with quantised arcs.

    Returns
    -------
    for each polygon its rings (n, 2) in degrees, the outer one first, the last point of a ring
    being its first

    Raises
    ------
    LaicflowError : a geometry that is neither polygon nor a collection of them
    """
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> np.ndarray:
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in numbers]
        # An arc begins with the point at which the one before it ends.
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    found = []
    for geometry in _flat(topology["objects"][name]):
        found.append(tuple(ring(numbers) for numbers in geometry))
    return tuple(found)


def _flat(geometry: dict) -> list[list[list[int]]]:
    """The polygons of a geometry as lists of rings of numbers of arcs."""
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return [one for inner in geometry["geometries"] for one in _flat(inner)]
    if kind == "MultiPolygon":
        return list(geometry["arcs"])
    if kind == "Polygon":
        return [geometry["arcs"]]
    raise LaicflowError(f"TopoJSON: expected polygons, found {kind}")


def land(west: float = -180.0) -> list[list[np.ndarray]]:
    """The land between the meridians `west` and `west` + 360, cut there, as polygons to fill.

    Each is a list of rings (n, 2), the pieces of the outer ring and then those of its holes, which
    wind the other way. Longitudes lie in `west`..`west` + 360. Where land is cut, or holds a pole,
    a ring has edges that are no coast.
    """
    return [[piece for ring in rings for piece in split(ring, west)] for rings in polygons()]


def coast(west: float = -180.0) -> list[np.ndarray]:
    """The coastlines alone as lines (n, 2) with longitudes in `west`..`west` + 360."""
    return [line for rings in polygons() for ring in rings for line in broken(ring, west)]


def split(ring: np.ndarray, west: float = -180.0) -> list[np.ndarray]:
    """A closed ring cut at the meridians `west` and `west` + 360: closed rings between them.

    A ring that goes round a pole is closed over the pole of its own half of the globe.
    """
    whole = continuous(ring)
    turns = round((whole[-1, 0] - whole[0, 0]) / TURN)
    if turns:
        pole = float(np.copysign(90.0, whole[:, 1].mean()))
        ends = np.array([[whole[-1, 0], pole], [whole[0, 0], pole]])
        whole = np.concatenate([whole, ends, whole[:1]])
    pieces = []
    for shift in _shifts(whole, west):
        piece = whole + [shift, 0.0]
        piece = _cut(_cut(piece, west, +1), west + TURN, -1)
        if len(piece) > 3 and np.ptp(piece[:, 0]) > 0:
            pieces.append(piece)
    return pieces


def broken(line: np.ndarray, west: float = -180.0) -> list[np.ndarray]:
    """A line (n, 2) with its longitudes in `west`..`west` + 360, broken where it leaves them."""
    whole = continuous(line)
    pieces = []
    for shift in _shifts(whole, west):
        moved = whole + [shift, 0.0]
        pieces += _kept(moved, west)
    return pieces


def continuous(line: np.ndarray) -> np.ndarray:
    """A line whose longitudes go on beyond +-180 degrees instead of jumping there."""
    line = np.array(line, dtype="float64")
    line[:, 0] = np.unwrap(line[:, 0], period=TURN)
    return line


def _shifts(line: np.ndarray, west: float) -> list[float]:
    """By how many degrees a continuous line is moved to show all of it in one turn from `west`."""
    low = int(np.floor((west - line[:, 0].max()) / TURN))
    high = int(np.ceil((west + TURN - line[:, 0].min()) / TURN))
    return [TURN * turn for turn in range(low, high + 1)]


def _cut(ring: np.ndarray, edge: float, side: int) -> np.ndarray:
    """What of a closed ring lies east (`side` 1) or west (-1) of a meridian, closed along it.

    Sutherland and Hodgman (1974, Commun. ACM 17, 32): point by point, with the crossings.
    """
    if not len(ring):
        return ring
    inside = side * (ring[:, 0] - edge) >= 0
    made = []
    for a, b, a_in, b_in in zip(ring[:-1], ring[1:], inside[:-1], inside[1:], strict=True):
        if a_in:
            made.append(a)
        if a_in != b_in:
            made.append(_crossing(a, b, edge))
    return np.array([*made, made[0]]) if made else np.empty((0, 2))


def _crossing(a: np.ndarray, b: np.ndarray, edge: float) -> np.ndarray:
    """Where the way from `a` to `b` meets a meridian."""
    share = (edge - a[0]) / (b[0] - a[0])
    return np.array([edge, a[1] + share * (b[1] - a[1])])


def _kept(line: np.ndarray, west: float) -> list[np.ndarray]:
    """The parts of a continuous line between `west` and `west` + 360, up to these meridians."""
    inside = (line[:, 0] >= west) & (line[:, 0] <= west + TURN)
    parts: list[list[np.ndarray]] = [[line[0]]] if inside[0] else []
    for a, b, a_in, b_in in zip(line[:-1], line[1:], inside[:-1], inside[1:], strict=True):
        if a_in != b_in:
            out = a if b_in else b
            crossing = _crossing(a, b, west if out[0] < west else west + TURN)
            if b_in:
                parts.append([crossing])
            else:
                parts[-1].append(crossing)
        if b_in:
            parts[-1].append(b)
    # A line that touches an edge leaves a part without extent.
    return [np.array(part) for part in parts if len(part) > 1 and np.ptp(part, axis=0).max() > 1e-9]
