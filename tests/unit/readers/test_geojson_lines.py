"""Lines of GeoJSON, in all objects that hold them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import geojson_lines

ONE, TWO = [[80, 40], [81, 41, 500]], [[85, 43], [86, 44], [87, 44]]


def written(folder, content):
    path = folder / "faults.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def geometry(kind, coordinates):
    return {"type": kind, "coordinates": coordinates}


def feature(kind, coordinates):
    return {"type": "Feature", "properties": {}, "geometry": geometry(kind, coordinates)}


PARTS = [feature("LineString", ONE), feature("LineString", TWO)]
BARE = [geometry("LineString", ONE), geometry("Polygon", [TWO])]


@pytest.mark.parametrize(
    "content",
    [
        geometry("MultiLineString", [ONE, TWO]),
        feature("MultiPolygon", [[ONE], [TWO]]),
        {"type": "FeatureCollection", "features": PARTS},
        {"type": "GeometryCollection", "geometries": BARE},
    ],
)
def test_lines_wherever_they_stand(tmp_path, content):
    first, second = geojson_lines.read(written(tmp_path, content))
    np.testing.assert_array_equal(first, [[80, 40], [81, 41]])
    np.testing.assert_array_equal(second, TWO)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("faults", "GeoJSON with lines"),
        ([1, 2], "GeoJSON with lines"),
        ({"type": "Point", "coordinates": [80, 40]}, "at least one line, found none"),
        ({"type": "LineString", "coordinates": [[40, 80], [41, 95]]}, r"found \[41.0, 95.0\]"),
        ({"type": "LineString"}, "GeoJSON with lines"),
    ],
)
def test_what_holds_no_line(tmp_path, content, told):
    with pytest.raises(FormatError, match=told):
        geojson_lines.read(written(tmp_path, content))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FormatError, match="a GeoJSON file"):
        geojson_lines.read(tmp_path / "none.geojson")
