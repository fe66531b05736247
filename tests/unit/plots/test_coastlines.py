from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.path import Path as Shape

from laicflow.errors import LaicflowError
from laicflow.plots import coastlines


def _on_land(latitude: float, longitude: float, west: float) -> bool:
    """Whether a place lies in an odd number of rings of one polygon."""
    x = west + (longitude - west) % 360
    return any(
        sum(Shape(ring).contains_point((x, latitude)) for ring in rings) % 2
        for rings in coastlines.land(west)
    )


# A square of 10 by 10 degrees with its south-western corner at 170 E: two arcs, one backwards.
SQUARE = {
    "transform": {"scale": [10.0, 5.0], "translate": [170.0, 0.0]},
    "arcs": [[[0, 0], [1, 0], [0, 2]], [[0, 0], [0, 2], [1, 0]]],
    "objects": {
        "land": {
            "type": "GeometryCollection",
            "geometries": [{"type": "Polygon", "arcs": [[0, -2]]}],
        }
    },
}


def test_arcs_are_added_up_scaled_and_joined() -> None:
    ((ring,),) = coastlines.decode(SQUARE, "land")
    expected = [(170, 0), (180, 0), (180, 10), (170, 10), (170, 0)]
    np.testing.assert_allclose(ring, expected)


def test_other_geometry_than_polygons_is_refused() -> None:
    other = {**SQUARE, "objects": {"land": {"type": "LineString", "arcs": [0]}}}
    with pytest.raises(LaicflowError, match="LineString"):
        coastlines.decode(other, "land")


def test_the_file_has_as_many_rings_as_it_says() -> None:
    topology = json.loads(coastlines.path().read_text())
    (whole,) = topology["objects"]["land"]["geometries"]
    polygons = coastlines.polygons()
    assert [len(rings) for rings in polygons] == [len(rings) for rings in whole["arcs"]]
    assert all((ring[0] == ring[-1]).all() for rings in polygons for ring in rings)
    points = np.concatenate([ring for rings in polygons for ring in rings])
    west, south, east, north = topology["bbox"]
    np.testing.assert_allclose(points.min(axis=0), [west, south])
    np.testing.assert_allclose(points.max(axis=0), [east, north])


def test_the_licence_lies_beside_the_file() -> None:
    said = coastlines.path().with_suffix(".LICENSE").read_text()
    assert "Permission to use, copy, modify" in said


def test_another_file_is_refused(tmp_path, monkeypatch) -> None:
    other = tmp_path / coastlines.FILE
    other.write_text("{}")
    monkeypatch.setattr(coastlines, "path", lambda: other)
    coastlines.polygons.cache_clear()
    with pytest.raises(LaicflowError, match="sha256"):
        coastlines.polygons()
    other.unlink()
    with pytest.raises(LaicflowError, match="cannot be read"):
        coastlines.polygons()
    coastlines.polygons.cache_clear()


@pytest.mark.parametrize("west", [-180.0, -40.0, 0.0, 100.0])
def test_places_on_land_and_at_sea(west: float) -> None:
    land = {
        "Paris": (48.86, 2.35),
        "Madrid": (40.42, -3.70),
        "Irkutsk": (52.29, 104.28),
        "Chukotka, beyond the date line": (66.5, -175.0),
        "Alice Springs": (-23.70, 133.88),
        "South Pole": (-89.9, 10.0),
        "Denver": (39.74, -104.99),
    }
    sea = {
        "Gulf of Guinea": (0.0, 0.0),
        "Pacific on the date line": (0.0, 180.0),
        "Caspian Sea": (41.5, 51.0),
        "Drake Passage": (-59.0, -65.0),
        "North Pole": (89.9, 10.0),
        "Tyrrhenian Sea": (40.0, 12.0),
    }
    assert {name: _on_land(*place, west) for name, place in land.items()} == dict.fromkeys(
        land, True
    )
    assert {name: _on_land(*place, west) for name, place in sea.items()} == dict.fromkeys(
        sea, False
    )


def test_a_ring_across_the_date_line_is_split() -> None:
    box = np.array([(170, -5), (-170, -5), (-170, 5), (170, 5), (170, -5)], dtype="float64")
    pieces = sorted(coastlines.split(box), key=lambda piece: piece[0, 0])
    assert [(p[:, 0].min(), p[:, 0].max()) for p in pieces] == [(-180, -170), (170, 180)]
    assert all((piece[0] == piece[-1]).all() for piece in pieces)
    # With the date line in the middle of the map it is whole.
    (whole,) = coastlines.split(box, 0.0)
    assert whole[:, 0].min() == 170 and whole[:, 0].max() == 190


def test_a_ring_round_a_pole_is_closed_over_it() -> None:
    along = np.array([-180.0, -90.0, 0.0, 90.0, 180.0])
    ring = np.column_stack([along, np.full(5, -70.0)])
    (piece,) = coastlines.split(ring)
    assert piece[:, 1].min() == -90 and piece[:, 1].max() == -70
    assert Shape(piece).contains_point((33.0, -89.0))
    assert not Shape(piece).contains_point((33.0, -60.0))


@pytest.mark.parametrize("west", [-180.0, -17.0, 0.0, 123.4])
def test_no_line_runs_across_the_map(west: float) -> None:
    for line in coastlines.coast(west):
        assert line[:, 0].min() >= west and line[:, 0].max() <= west + 360
        # The longest step of the file itself is some 10 degrees, off Antarctica.
        assert np.abs(np.diff(line[:, 0])).max() < 30


def test_a_line_that_is_cut_ends_on_the_edge_of_the_map() -> None:
    line = np.array([(178.0, 0.0), (-178.0, 4.0)])
    first, second = sorted(coastlines.broken(line), key=lambda part: -part[0, 0])
    np.testing.assert_allclose(first, [(178, 0), (180, 2)])
    np.testing.assert_allclose(second, [(-180, 2), (-178, 4)])
