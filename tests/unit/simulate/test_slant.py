"""Slant TEC against a brute-force integral and against cases that can be solved by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from laicflow.simulate import slant

UP = np.array([np.cos(0.6), 0.0, np.sin(0.6)])
EAST = np.array([0.0, 1.0, 0.0])
RECEIVER = 6371.0 * UP
TIME = np.datetime64("2014-03-01", "us")


def satellites(elevation) -> np.ndarray:
    angle = np.radians(np.asarray(elevation, float))[:, None]
    return RECEIVER + 21000.0 * (np.sin(angle) * UP + np.cos(angle) * EAST)


def uniform(vtec, peak, scale):
    return lambda times, lat, lon: tuple(np.full(np.shape(lat), v) for v in (vtec, peak, scale))


def sloping(peak, scale):
    """A layer that changes by a third within ten degrees."""

    def fields(times, latitude, longitude):
        vtec = 20 * np.exp(0.04 * longitude + 0.03 * (latitude - 34))
        return vtec, peak + 2.5 * longitude, scale * np.exp(0.015 * longitude)

    return fields


def traced(fields, elevation, points=400_001) -> float:
    """The integral along a ray, step by step, with Chapman's profile written out again."""
    end = satellites([elevation])[0]
    length = np.linalg.norm(end - RECEIVER)
    along = np.linspace(0, length, points)
    place = RECEIVER + along[:, None] * (end - RECEIVER) / length
    radius = np.linalg.norm(place, axis=1)
    latitude = np.degrees(np.arcsin(place[:, 2] / radius))
    longitude = np.degrees(np.arctan2(place[:, 1], place[:, 0]))
    vtec, peak, scale = fields(None, latitude, longitude)
    z = (radius - 6371.0 - peak) / scale
    # A full layer has sqrt(2 pi e) = 4.1327 scale heights of its peak density.
    density = vtec / (4.132731354 * scale) * np.exp(0.5 * (1 - z - np.exp(-z)))
    return float(np.trapezoid(density, along))


@pytest.mark.parametrize(("peak", "scale"), [(230, 35), (300, 50), (400, 60)])
def test_a_sloping_layer_as_traced_step_by_step(peak, scale):
    elevation = [90, 60, 30, 15, 8]
    fields = sloping(peak, scale)
    found = slant.slant_tec(RECEIVER, satellites(elevation), np.repeat(TIME, 5), fields)
    expected = [traced(fields, one) for one in elevation]
    assert found == pytest.approx(expected, rel=2e-4)


def test_straight_up_it_is_vtec():
    for peak, scale in [(250, 35), (300, 60), (400, 90)]:
        found = slant.slant_tec(RECEIVER, satellites([90]), TIME[None], uniform(17.3, peak, scale))
        assert found[0] == pytest.approx(17.3, rel=5e-5)


def test_the_layer_holds_vtec_and_peaks_where_it_should():
    height = np.arange(80.0, 1500.0, 0.5)
    values = slant.density(height, 25.0, 310.0, 55.0)
    assert np.trapezoid(values, height) == pytest.approx(25.0, rel=1e-4)
    assert height[values.argmax()] == 310.0
    whole, _ = quad(lambda h: slant.density(h, 25.0, 310.0, 100.0), 80, 3000, limit=200)
    assert whole == pytest.approx(25.0, rel=1e-6)
    assert (slant.density(np.array([79.0, 3001.0]), 25.0, 310.0, 55.0) == 0).all()


def test_a_thin_layer_is_a_shell(monkeypatch):
    # A layer of 3 km needs more nodes than the real ones have.
    monkeypatch.setattr(slant, "NODES", 200)
    elevation = np.array([90, 50, 30, 20, 10])
    found = slant.slant_tec(
        RECEIVER, satellites(elevation), np.repeat(TIME, 5), uniform(10.0, 446.0, 3.0)
    )
    # M(e) = [1 - (R cos e / (R + H))^2]^(-1/2), H the mean height of the layer: the peak and
    # 1.27 (Euler's constant and ln 2) scale heights.
    sine = 6371.0 * np.cos(np.radians(elevation)) / (6371.0 + 446.0 + 1.2704 * 3.0)
    assert found == pytest.approx(10.0 / np.sqrt(1 - sine**2), rel=2e-4)
    assert found[3] / 10 == pytest.approx(2.09, abs=0.01)


def test_what_no_ray_can_be_is_refused():
    fields = uniform(10.0, 300.0, 50.0)
    with pytest.raises(ValueError, match="below the horizon"):
        slant.slant_tec(RECEIVER, satellites([-1]), TIME[None], fields)
    with pytest.raises(ValueError, match="within the ionosphere"):
        slant.slant_tec(RECEIVER, (RECEIVER + 500 * UP)[None], TIME[None], fields)
