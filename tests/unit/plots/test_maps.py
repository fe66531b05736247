from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from laicflow.geo import great_circle_km
from laicflow.plots import maps


@pytest.mark.parametrize("latitude", [0.0, 55.3, -77.8, 89.0])
@pytest.mark.parametrize("radius", [100.0, 2500.0])
def test_a_circle_keeps_its_distance(latitude: float, radius: float) -> None:
    places = maps.circle(latitude, 179.0, radius)
    distance = great_circle_km(latitude, 179.0, places[:, 1], places[:, 0])
    np.testing.assert_allclose(distance, radius, rtol=1e-6)
    assert np.abs(np.diff(places[:, 0])).max() < 180


def test_a_circle_round_a_pole_shows_the_pole_and_all_meridians() -> None:
    seen = maps.view([maps.circle(80.0, -95.0, 2500.0)], np.array([[-95.0, 80.0]]))
    assert seen.north == 90 and seen.east - seen.west == 360
    # 10 degrees to the pole, and 2500 km are 22.48 degrees.
    assert 50 < seen.south < 80 - 22.48


def test_a_map_over_the_date_line_stays_small() -> None:
    sites = np.array([[170.0, -10.0], [-170.0, -10.0]])
    circles = [maps.circle(y, x, 200.0) for x, y in sites]
    seen = maps.view(circles, sites)
    assert 20 < seen.east - seen.west < 30
    shown = seen.turned(np.array([170.0, -170.0, 180.0, -180.0]))
    assert shown.tolist() == [shown[0], shown[0] + 20, shown[0] + 10, shown[0] + 10]
    inside = seen.holds(np.array([-10.0, -10.0, 30.0]), np.array([-175.0, 0.0, 180.0]))
    assert inside.tolist() == [True, False, False]


def test_nothing_is_drawn_across_the_map() -> None:
    seen = maps.view([maps.circle(10.0, 0.0, 500.0)], np.array([[0.0, 10.0], [170.0, 0.0]]))
    ax = Figure().subplots()
    maps.draw_land(ax, seen)
    shores = len(ax.get_lines())
    assert shores > 10
    maps.draw_circle(ax, seen, maps.circle(0.0, seen.cut, 1000.0))
    lines = [line.get_xydata() for line in ax.get_lines()]
    assert max(np.abs(np.diff(line[:, 0])).max() for line in lines) < 30
    # The circle around the cut, 9 degrees on each side, lies at both edges of the map.
    edges = [(line[:, 0].min() - seen.cut, line[:, 0].max() - seen.cut) for line in lines[shores:]]
    assert all(east < 9 or west > 351 for west, east in edges)
    assert min(edges)[0] == 0 and max(edges)[1] == 360


def test_longitudes_and_latitudes_as_on_an_axis() -> None:
    assert [maps.degrees_east(x) for x in (0, 10, 180, 190, -170, -180, 370)] == [
        "0°", "10°E", "180°", "170°W", "170°W", "180°", "10°E",
    ]  # fmt: skip
    assert [maps.degrees_north(y) for y in (0, 42.5, -30)] == ["0°", "42.5°N", "30°S"]


def test_the_bar_is_a_round_length_true_in_the_middle() -> None:
    # 20 degrees at 60 N are 10 degrees of 111.19 km; a quarter of them is 278 km.
    seen = maps.View(0.0, 20.0, 55.0, 65.0, -180.0)
    assert seen.cosine == pytest.approx(0.5)
    assert maps.bar_km(seen) == 200
    figure = Figure()
    ax = figure.subplots()
    ax.set(xlim=(0, 20), ylim=(55, 65))
    maps.draw_bar(ax, seen, np.array([[1.0, 55.3], [19.0, 55.3], [1.0, 64.7]]))
    (bar,) = ax.get_lines()
    wide = np.ptp(bar.get_xdata()) * 20 * 0.5 * 111.195
    assert wide == pytest.approx(200, rel=1e-3)
    # In the corner that is free: above, to the right.
    assert min(bar.get_xdata()) > 0.5 and min(bar.get_ydata()) > 0.5


def test_markers_double_with_each_magnitude() -> None:
    four, five, seven = maps.sizes(np.array([4.0, 5.0, 7.0]))
    assert five == 2 * four and seven == 8 * four
