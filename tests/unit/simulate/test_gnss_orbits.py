"""A constellation like that of GPS, held to published numbers and formulas."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from laicflow.simulate import gnss_orbits as orbits

LIGHT = 299792.458


@pytest.fixture(scope="module")
def own():
    return orbits.constellation(3)


def test_a_satellite_goes_round_in_half_a_sidereal_day(own):
    at = np.arange(0, 3 * 86400, 10.0)
    for satellite in (0, 13, 31):
        z = orbits.positions(own, satellite, at)[:, 2]
        k = np.flatnonzero((z[:-1] < 0) & (z[1:] >= 0))
        crossing = at[k] - z[k] * 10.0 / (z[k + 1] - z[k])
        # 2 pi sqrt(a^3 / GM) with a = 26,560 km; half a sidereal day is 43082.05 s.
        assert np.diff(crossing) == pytest.approx(43077.7, abs=0.5)


def test_planes_and_heights_are_those_of_gps(own):
    at = np.arange(0, 86400, 60.0)[:, None]
    place = orbits.positions(own, np.arange(32), at)
    radius = np.linalg.norm(place, axis=-1)
    assert radius.min() > 26560 * 0.985 - 1 and radius.max() < 26560 * 1.015 + 1
    north = np.degrees(np.arcsin(np.abs(place[..., 2]) / radius)).max(axis=0)
    assert north == pytest.approx(55.0, abs=0.1)
    # Those of one plane are well spread; G01, G07, ... share one.
    for plane in range(6):
        own_plane = place[:, plane::6]
        apart = np.linalg.norm(own_plane[:, :, None] - own_plane[:, None], axis=-1)
        assert apart[:, ~np.eye(own_plane.shape[1], dtype=bool)].min() > 10_000


def test_a_station_sees_as_many_as_real_ones_do(own):
    receiver = orbits.on_ground(36.0, 140.0, 50.0)
    place = orbits.positions(own, np.arange(32), np.arange(0, 86400, 300.0)[:, None])
    up = orbits.elevation(36.0, 140.0, receiver, place)
    seen = (up > 10).sum(axis=1)
    assert seen.min() >= 5 and seen.max() <= 14 and 8 < seen.mean() < 11


def test_places_on_the_ellipsoid():
    assert orbits.on_ground(0, 0, 0) == pytest.approx([6378.137, 0, 0])
    assert orbits.on_ground(90, 0, 0) == pytest.approx([0, 0, 6356.752314], abs=1e-6)
    # The textbook's point at 45 degrees, and one kilometre above it.
    assert orbits.on_ground(45, 0, 0) == pytest.approx([4517.590879, 0, 4487.348409], abs=1e-6)
    above = orbits.on_ground(45, 90, 1000) - orbits.on_ground(45, 90, 0)
    assert above == pytest.approx([0, 0.70710678, 0.70710678], abs=1e-8)
    assert orbits.elevation(
        45, 90, orbits.on_ground(45, 90, 0), above + above * 1e4 + orbits.on_ground(45, 90, 0)
    ) == pytest.approx(90, abs=1e-4)


def test_range_with_the_turning_of_the_earth(own):
    receiver = orbits.on_ground(36.0, 140.0, 50.0)
    at = np.arange(0, 86400, 900.0)
    distance, place, sent = orbits.received(own, 5, at, receiver)
    assert at - sent == pytest.approx(distance / LIGHT, abs=1e-10)
    # The Sagnac term of Ashby (2003): omega / c (x_s y_r - y_s x_r) on top of the plain distance.
    plain = orbits.positions(own, 5, sent)
    sagnac = 7.2921151467e-5 / LIGHT * (plain[:, 0] * receiver[1] - plain[:, 1] * receiver[0])
    expected = np.linalg.norm(plain - receiver, axis=1) + sagnac
    assert np.abs(sagnac).max() > 0.02
    assert distance == pytest.approx(expected, abs=2e-6)
    assert np.linalg.norm(place - receiver, axis=1) == pytest.approx(distance, abs=1e-9)


def test_leap_seconds():
    gps = np.array(
        [
            "2009-01-01T00:00:15",
            "2016-12-31T23:59:00",
            "2017-01-01T00:00:18",
            "2014-06-01T12:00:00",
        ],
        "datetime64[us]",
    )
    utc = np.array(
        [
            "2009-01-01T00:00:00",
            "2016-12-31T23:58:43",
            "2017-01-01T00:00:00",
            "2014-06-01T11:59:44",
        ],
        "datetime64[us]",
    )
    assert (orbits.to_utc(gps) == utc).all()
    days = [dt.date(1980, 1, 6), dt.date(2015, 6, 30), dt.date(2015, 7, 1), dt.date(2020, 1, 1)]
    assert [orbits.leap_seconds(day) for day in days] == [0, 16, 17, 18]


def test_clocks_drift_and_relativity_is_apart(own):
    at = np.arange(0, 43078, 10.0)
    for satellite in (2, 17):
        slope = np.diff(orbits.clocks(own, satellite, at)) / 10
        assert slope == pytest.approx(own.drift[satellite], abs=1e-13)
        # Ashby (2003): 22.9 ns for an eccentricity of 0.01.
        most = orbits.relativity(own, satellite, at).max()
        assert most == pytest.approx(22.9e-9 * own.eccentricity[satellite] / 0.01, rel=2e-3)


def test_another_seed_is_another_sky():
    one, two = orbits.constellation(1), orbits.constellation(2)
    assert not np.allclose(one.clock, two.clock)
    again = orbits.constellation(1)
    assert (one.anomaly == again.anomaly).all()
