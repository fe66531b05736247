"""Distances and boxes against numbers from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from obspy.geodetics import degrees2kilometers, locations2degrees

from laicflow.geo import great_circle_km, inside_box


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
