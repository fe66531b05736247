"""Values of a map at points, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from laicflow.gnss import global_maps

LAT, LON = np.arange(87.5, -90, -2.5), np.arange(-180.0, 181.0, 5.0)
EPOCHS = np.array(["2020-01-01T00", "2020-01-01T02"], dtype="datetime64[us]")


def maps(values) -> xr.Dataset:
    return xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), values)},
        {"time": EPOCHS, "latitude": LAT, "longitude": LON},
    )


def at(field, time, latitude, longitude):
    return global_maps.vertical(
        field, np.array([time], "datetime64[us]"), np.array([latitude]), np.array([longitude])
    )[0]


def test_bilinear_in_space():
    plane = np.broadcast_to(LAT[:, None] + np.zeros(LON.size), (2, LAT.size, LON.size))
    assert at(maps(plane), "2020-01-01T01:00", 41.3, 7.0) == pytest.approx(41.3)


def test_maps_turn_with_the_sun():
    # A day's wave that stands under the Sun: longitude + 15 degrees an hour is all that counts.
    wave = np.stack(
        [
            np.broadcast_to(np.cos(np.radians(LON + 15.0 * hour)), (LAT.size, LON.size))
            for hour in (0, 2)
        ]
    )
    # At 01:00 over 75 E the local wave is at 90 degrees; without the turn it would be the mean of
    # cos 75 and cos 105, which is zero too, so 45 E: cos 60 against (cos 45 + cos 75) / 2 = 0.483.
    assert at(maps(wave), "2020-01-01T01:00", 10.0, 45.0) == pytest.approx(0.5, abs=1e-3)
    # Over the date line, where 180 and -180 are one.
    assert at(maps(wave), "2020-01-01T00:00", 10.0, 179.9) == pytest.approx(-1.0, abs=1e-3)


def test_outside_is_nothing():
    field = maps(np.ones((2, LAT.size, LON.size)))
    assert np.isnan(at(field, "2020-01-01T02:01", 0.0, 0.0))
    assert np.isnan(at(field, "2019-12-31T23:59", 0.0, 0.0))


def test_nothing_across_a_missing_map():
    hours = np.array([0, 2, 4, 6, 12, 14])
    epochs = EPOCHS[0] + hours * np.timedelta64(3600, "s")
    values = np.broadcast_to(hours[:, None, None] * 1.0, (6, LAT.size, LON.size))
    own = {"time": epochs, "latitude": LAT, "longitude": LON}
    field = xr.Dataset({"tec": (("time", "latitude", "longitude"), values)}, own)
    for known in (field, field.assign(interval_s=("time", [7200] * 6))):
        assert at(known, "2020-01-01T05", 0.0, 0.0) == pytest.approx(5.0)
        assert at(known, "2020-01-01T06", 0.0, 0.0) == pytest.approx(6.0)
        assert np.isnan(at(known, "2020-01-01T09", 0.0, 0.0))
        assert np.isnan(at(known, "2020-01-01T11:59:59", 0.0, 0.0))
        assert at(known, "2020-01-01T12", 0.0, 0.0) == pytest.approx(12.0)
        assert at(known, "2020-01-01T13", 0.0, 0.0) == pytest.approx(13.0)
    # Where the files say that the product had six hours until then, nothing is missing.
    slow = field.assign(interval_s=("time", [7200, 7200, 7200, 21600, 7200, 7200]))
    assert at(slow, "2020-01-01T09", 0.0, 0.0) == pytest.approx(9.0)


def test_one_map_says_nothing_of_other_times():
    field = maps(np.full((2, LAT.size, LON.size), 7.0)).isel(time=[0])
    assert at(field, "2020-01-01T00", 10.0, 20.0) == 7.0
    assert np.isnan(at(field, "2020-01-01T00:01", 10.0, 20.0))


def test_days_join(real_data):
    paths = [real_data / "gnss" / "2020-01" / f"codg{day:03d}0.20i.Z" for day in (2, 1)]
    joined = global_maps.read(paths)
    assert joined.sizes["time"] == 49  # two times 25, of which midnight stands in both
    assert 0 <= float(joined["tec"].min()) < float(joined["tec"].max()) < 100


def test_beside_a_map_of_a_region_is_nothing():
    lat, lon = np.arange(50.0, 30.0, -2.5), np.arange(130.0, 151.0, 5.0)
    plane = np.broadcast_to(lon[None, :] + np.zeros((lat.size, 1)), (2, lat.size, lon.size))
    region = xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), plane)},
        {"time": EPOCHS, "latitude": lat, "longitude": lon},
    )
    # At the epoch itself its own map counts alone, and nothing is turned.
    for place in (130.0, 137.0, 150.0):
        assert at(region, "2020-01-01T00", 40.0, place) == pytest.approx(place)
    for latitude, longitude in ((40.0, 151.0), (40.0, 120.0), (51.0, 140.0), (32.0, 140.0)):
        assert np.isnan(at(region, "2020-01-01T00", latitude, longitude))
