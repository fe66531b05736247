"""Directions, pierce points and mapping, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.gnss import geometry


def test_directions():
    site = np.array([6378137.0, 0.0, 0.0])  # on the equator at Greenwich: up is x, north is z
    satellites = site + 2.0e7 * np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [1, -1, 0.0]])
    elevation, azimuth = geometry.directions(satellites, site)
    assert elevation == pytest.approx([90, 0, 45, 45])
    assert azimuth[1:] == pytest.approx([90, 0, 270])


def test_mapping():
    # At 20 degrees, 450 km: sin z' = 6371/6821 sin 70 = 0.8777, 1 / cos z' = 2.087. A flat layer
    # (1 / sin e) would give 2.924.
    assert geometry.mapping(np.array([90.0, 20.0]), 450.0) == pytest.approx([1.0, 2.087], abs=1e-3)
    # Modified, 10 degrees, 506.7 km: sin z' = 6371/6877.7 sin(0.9782 * 80) = 0.9069; 2.374.
    modified = geometry.mapping(np.array([10.0]), 506.7, geometry.MODIFIED)
    assert modified == pytest.approx([2.374], abs=1e-3)


def test_pierce_points():
    # To the north at 30 degrees: 90 - 30 - asin(6371/6821 cos 30) = 6.01 degrees further.
    lat, lon = geometry.pierce_points(
        np.array([90.0, 30.0, 30.0]), np.array([0.0, 0.0, 90.0]), 40.0, 179.0, 450.0
    )
    assert lat == pytest.approx([40.0, 46.01, 39.74], abs=0.01)
    # To the east, by the sine rule: sin(dlon) = sin(6.01) / cos(39.74), over the date line.
    assert lon == pytest.approx([179.0, 179.0, 179.0 + 7.83 - 360.0], abs=0.01)
