"""Lines on a map, such as faults or plate boundaries, GeoJSON (RFC 7946).

Taken are LineString, MultiLineString and the rings of Polygon and MultiPolygon, of features, of
collections of them or bare; positions are longitude and latitude in degrees (WGS 84, section 4).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from laicflow.errors import FormatError

# How deep the lines of a geometry lie in its coordinates.
DEPTH = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}


def read(path: str | Path) -> list[np.ndarray]:
    """The lines of a file, each (n, 2) of longitude and latitude, degrees, n >= 2.

    Raises
    ------
    FormatError : no file, no JSON, no line at all, or a position off the globe
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        # A position may have a height.
        paths = [[position[:2] for position in line] for line in _lines(content)]
        lines = [np.asarray(one, dtype="float64").reshape(-1, 2) for one in paths]
    except OSError as error:
        raise FormatError(path, None, "a GeoJSON file", error) from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise FormatError(path, None, "GeoJSON with lines", repr(error)) from error
    lines = [line for line in lines if len(line) > 1]
    if not lines:
        raise FormatError(path, None, "at least one line", "none")
    for line in lines:
        wrong = ~((np.abs(line[:, 0]) <= 180) & (np.abs(line[:, 1]) <= 90))
        if wrong.any():
            expected = "positions [longitude, latitude] in degrees"
            raise FormatError(path, None, expected, line[wrong][0].tolist())
    return lines


def _lines(part: dict) -> Iterator[list]:
    """The coordinates of all lines of an object."""
    kind = part["type"]
    if kind == "FeatureCollection":
        for feature in part["features"]:
            yield from _lines(feature)
    elif kind == "Feature":
        if part["geometry"] is not None:
            yield from _lines(part["geometry"])
    elif kind == "GeometryCollection":
        for geometry in part["geometries"]:
            yield from _lines(geometry)
    elif kind in DEPTH:
        yield from _flat(part["coordinates"], DEPTH[kind])


def _flat(coordinates: list, depth: int) -> Iterator[list]:
    """Lines out of lists of them."""
    if depth == 0:
        yield coordinates
        return
    for inner in coordinates:
        yield from _flat(inner, depth - 1)
