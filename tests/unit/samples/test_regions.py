"""Regions of places against groups that are plain to see."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.errors import LaicflowError
from laicflow.samples.regions import regions

# Three places each: across the date line, Chile, round the South Pole.
FIJI = ([-17.0, -18.0, -19.0], [179.0, -179.0, 180.0])
CHILE = ([-30.0, -31.0, -32.0], [-71.0, -71.0, -71.0])
POLE = ([-88.0, -88.0, -88.0], [0.0, 120.0, -120.0])
LATITUDE = np.array([*FIJI[0], *CHILE[0], *POLE[0]])
LONGITUDE = np.array([*FIJI[1], *CHILE[1], *POLE[1]])


@pytest.mark.parametrize("seed", range(5))
def test_regions_run_from_south_to_north_whatever_the_seed(seed):
    number, centres = regions(LATITUDE, LONGITUDE, 3, seed=seed)
    assert number.tolist() == [2, 2, 2, 1, 1, 1, 0, 0, 0]
    assert centres["places"].tolist() == [3, 3, 3]
    assert centres["latitude"].tolist() == pytest.approx([-90, -31, -18], abs=0.01)
    assert centres["longitude"].tolist()[1:] == pytest.approx([-71, 180], abs=0.01)


def test_the_order_of_the_places_does_not_matter():
    order = np.random.default_rng(0).permutation(9)
    number, _ = regions(LATITUDE[order], LONGITUDE[order], 3, seed=0)
    assert number.tolist() == np.array([2, 2, 2, 1, 1, 1, 0, 0, 0])[order].tolist()


def test_equally_far_north_they_run_from_west_to_east():
    number, _ = regions([0, 0, 0], [100, -50, 20], 3, seed=0)
    assert number.tolist() == [2, 0, 1]


def test_there_are_no_more_regions_than_places():
    number, centres = regions([10.0, 10.0, -5.0], [3.0, 3.0, 8.0], 4, seed=0)
    assert number.tolist() == [1, 1, 0]
    assert centres["places"].tolist() == [1, 2]
    number, centres = regions([], [], 4, seed=0)
    assert len(number) == len(centres) == 0


@pytest.mark.parametrize(("lat", "lon"), [(np.nan, 0), (91, 0), (0, np.inf)])
def test_a_place_off_the_globe_is_refused(lat, lon):
    with pytest.raises(LaicflowError, match="not on the globe"):
        regions([0.0, lat], [0.0, lon], 2, seed=0)
