"""Distances and boxes against numbers from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from obspy.geodetics import degrees2kilometers, locations2degrees

from laicflow.errors import ConfigError
from laicflow.geo import arc_distance_km, great_circle_km, inside_box


@pytest.mark.parametrize(
    "place", [(36.5, 142.0, 13.049, -88.66), (0, 179.5, 0, -179.5), (90, 0, -90, 12)]
)
def test_distance_against_obspy(place):
    expected = degrees2kilometers(locations2degrees(*place), radius=6371.0088)
    assert great_circle_km(*place) == pytest.approx(expected, rel=1e-6)


def test_box_over_the_date_line():
    longitude = np.array([170, -175, 0])
    found = inside_box(np.zeros(3), longitude, [-10, 10], [160, -170])
    assert found.tolist() == [True, True, False]
    edges = inside_box(np.array([10, 10.1]), np.array([5, 5]), [-10, 10], [5, 6])
    assert edges.tolist() == [True, False]


@pytest.mark.parametrize(
    ("south_north", "west_east", "message"),
    [
        ([-90, 90], [170, 190], "longitude: expected edges between -180 and 180 .* 170 to 190"),
        ([-90, 90], [0, 360], "longitude: .* found 0 to 360"),
        ([-90, 90], [-190, -170], "longitude: .* found -190 to -170"),
        ([-90, 90], [float("nan"), 10], "longitude: .* found nan to 10"),
        ([10, -10], [0, 10], "latitude: .* found 10 to -10"),
        ([-91, 90], [0, 10], "latitude: .* found -91 to 90"),
    ],
)
def test_a_box_off_the_globe_is_refused(south_north, west_east, message):
    with pytest.raises(ConfigError, match=message):
        inside_box(np.zeros(1), np.zeros(1), south_north, west_east)


# One degree of a great circle is 6371.0088 pi / 180 = 111.195 km.
@pytest.mark.parametrize(
    ("place", "a", "b", "degrees"),
    [
        ((3, 5), (0, 0), (0, 10), 3),  # beside the arc
        ((-3, 9.9), (0, 10), (0, 0), 3),  # the other side, the other way
        ((0, 12), (0, 0), (0, 10), 2),  # beyond an end
        ((0, -4), (0, 0), (0, 10), 4),
        ((1, 180), (0, 179), (0, -179), 1),  # over the date line
        ((89, 90), (85, 0), (85, 180), 1),  # over the pole
        ((2, 7), (0, 7), (0, 7), 2),  # an arc of one point
        ((0, 4), (0, 0), (0, 10), 0),
        ((0, 184), (0, 0), (0, 10), 174),  # the other side of the globe
    ],
)
def test_distance_of_an_arc(place, a, b, degrees):
    assert arc_distance_km(*place, *a, *b) == pytest.approx(degrees * 111.195, abs=0.05)
