"""Interpolation of maps: fields whose values are known everywhere, and real days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.tensors.interpolate import at_points

DAY = pd.Timestamp("2001-01-10")
WHOLE = np.arange(-180.0, 180.1, 5.0)
LATITUDES = np.arange(87.5, -87.6, -2.5)


def hours(*values: float) -> pd.DatetimeIndex:
    return DAY + pd.to_timedelta(list(values), unit="h")


def made(function, at, latitudes=LATITUDES, longitudes=WHOLE, dtype="float64") -> xr.Dataset:
    """Maps of `function(hour, latitude, longitude)` at the hours `at`."""
    grid = np.meshgrid(at, latitudes, longitudes, indexing="ij")
    return xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), function(*grid).astype(dtype))},
        {"time": hours(*at), "latitude": latitudes, "longitude": longitudes},
    )


def sun_fixed(hour, latitude, longitude):
    """Depends on latitude and local time alone: the Sun carries it along."""
    local = np.deg2rad(longitude + 15 * hour)
    return 30 + 0.1 * latitude + 12 * np.cos(local) + 5 * np.sin(2 * local)


def test_between_two_maps_worked_by_hand():
    # Maps of 0 and 2 h; wanted 0.5 h at 2 N 1 E on a grid of 5 degrees.
    # The early map is read at 1 + 7.5 = 8.5 E, the late one at 1 - 22.5 = -21.5 E.
    tec = np.zeros((2, 3, 73))
    column = {longitude: int((longitude + 180) / 5) for longitude in (-25, -20, 5, 10)}
    tec[0, 1, column[5]], tec[0, 1, column[10]] = 10.0, 20.0  # 17.0 at 8.5 E on the equator
    tec[0, 0, column[5]], tec[0, 0, column[10]] = 30.0, 40.0  # 37.0 at 8.5 E 5 N
    tec[1, 1, column[-25]], tec[1, 1, column[-20]] = 8.0, 18.0  # 15.0 at -21.5 E
    tec[1, 0, column[-25]], tec[1, 0, column[-20]] = 50.0, 60.0  # 57.0
    maps = xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), tec)},
        {"time": hours(0, 2), "latitude": [5.0, 0.0, -5.0], "longitude": WHOLE},
    )
    # 2 N: 17 + 0.4 * 20 = 25.0 early, 15 + 0.4 * 42 = 31.8 late; a quarter of the way: 26.7.
    values, interval_s = at_points(maps, [2.0], [1.0], hours(0.5))
    np.testing.assert_allclose(values, [[26.7]], rtol=1e-12)
    np.testing.assert_array_equal(interval_s, [7200.0])


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("longitudes", [WHOLE, WHOLE[:-1], np.arange(0.0, 360.0, 5.0), WHOLE[::-1]])
def test_what_goes_with_the_sun_is_kept_between_maps(longitudes, step):
    # At the grid's own local times the field must come out exactly, all day, over the date line.
    maps = made(sun_fixed, np.arange(0, 25, step), longitudes=longitudes)
    points = np.array(
        [(0.0, 0.0), (40.0, 175.0), (-32.5, -180.0), (10.0, 180.0), (2.5, 359.9 + 0.1)]
    )
    times = hours(*np.arange(0, 24.01, 1 / 3))
    values, _ = at_points(maps, points[:, 0], points[:, 1], times)
    expected = [sun_fixed(np.arange(0, 24.01, 1 / 3), *point) for point in points]
    np.testing.assert_allclose(values, expected, atol=1e-5)


def test_unturned_interpolation_would_fail_that_test():
    # The same field taken at fixed longitudes is off by whole TECU: the test above can fail.
    at = sun_fixed(np.array([0.0, 1.0, 2.0]), 0.0, 0.0)
    assert abs((at[0] + at[2]) / 2 - at[1]) > 0.3
    maps = made(sun_fixed, [0, 2])
    values, _ = at_points(maps, [0.0], [0.0], hours(1))
    np.testing.assert_allclose(values, [[at[1]]], rtol=1e-12)


@pytest.mark.parametrize("turned", [False, True])
def test_a_plane_is_exact_at_an_epoch(turned):
    def plane(hour, latitude, longitude):
        return 100 + hour + 0.3 * latitude - 0.2 * longitude

    latitudes, longitudes = np.arange(0.0, 41.0, 2.5), np.arange(100.0, 151.0, 5.0)
    maps = made(plane, [0, 2, 4], latitudes[::-1] if turned else latitudes, longitudes)
    if turned:
        maps = maps.isel(longitude=slice(None, None, -1)).transpose("longitude", "time", "latitude")
    rng = np.random.default_rng(0)
    latitude, longitude = rng.uniform(0, 40, 50), rng.uniform(100, 150, 50)
    values, _ = at_points(maps, latitude, longitude, hours(2, 4, 0))
    expected = plane(np.array([2.0, 4.0, 0.0]), latitude[:, None], longitude[:, None])
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_an_epoch_needs_no_other_map():
    maps = made(sun_fixed, [0, 2, 4])
    maps["tec"][0] = maps["tec"][2] = np.nan
    values, interval_s = at_points(maps, [10.0], [20.0], hours(1, 2, 3))
    np.testing.assert_allclose(values, [[np.nan, sun_fixed(2.0, 10.0, 20.0), np.nan]])
    np.testing.assert_array_equal(interval_s, [7200.0] * 3)


def test_the_cell_over_the_date_line():
    # A step at the date line: 178 E lies 3/5 of the way from 175 E to 180, 178 W 2/5 back.
    def field(hour, latitude, longitude):
        return np.where(longitude % 360 == 180, 50.0, np.where(longitude == 175, 10.0, 20.0))

    for longitudes in (WHOLE, WHOLE[:-1]):
        maps = made(field, [0], longitudes=longitudes)
        values, _ = at_points(maps, [0.0] * 5, [178.0, -182.0, -178.0, 182.0, 540.0], hours(0))
        np.testing.assert_allclose(values[:, 0], [34.0, 34.0, 38.0, 38.0, 50.0], rtol=1e-12)


def test_off_a_regional_grid_is_missing():
    maps = made(sun_fixed, [0, 2], np.arange(30.0, 46.0, 2.5), np.arange(130.0, 151.0, 5.0))
    latitude = [30.0, 45.0, 46.0, 29.9, 40.0, 40.0, 40.0, 40.0]
    longitude = [130.0, 150.0, 140.0, 140.0, 129.9, 150.1, -220.0, -40.0]
    values, _ = at_points(maps, latitude, longitude, hours(0))
    assert np.isfinite(values[:, 0]).tolist() == [True, True, *[False] * 4, True, False]
    # One hour later the early map is read 15 degrees further east, where the grid has ended.
    values, _ = at_points(maps, [40.0], [140.0], hours(0, 1, 2))
    assert np.isfinite(values[0]).tolist() == [True, False, True]


def test_beyond_the_last_latitude_is_missing():
    values, _ = at_points(made(sun_fixed, [0]), [87.5, 88.0, -90.0], [0.0] * 3, hours(0))
    assert np.isfinite(values[:, 0]).tolist() == [True, False, False]


def test_nothing_before_the_first_and_after_the_last_map():
    maps = made(sun_fixed, [1, 3])
    values, interval_s = at_points(maps, [0.0], [0.0], hours(0, 1, 2, 3, 4))
    assert np.isfinite(values[0]).tolist() == [False, True, True, True, False]
    np.testing.assert_array_equal(interval_s, [np.nan, 7200, 7200, 7200, np.nan])


def test_gaps_are_not_bridged():
    maps = made(sun_fixed, [0, 1, 3, 7, 8])
    wanted = hours(0, 0.5, 1, 2, 3, 4, 5, 7, 7.5)
    values, interval_s = at_points(maps, [0.0], [0.0], wanted)
    fine = [True, True, True, True, True, False, False, True, True]
    assert np.isfinite(values[0]).tolist() == fine
    # At 1 h and 3 h the nearer neighbour counts, at 7 h too.
    expected = [3600, 3600, 3600, 7200, 7200, np.nan, np.nan, 3600, 3600]
    np.testing.assert_array_equal(interval_s, expected)
    values, interval_s = at_points(maps, [0.0], [0.0], wanted, max_gap_hours=4)
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(interval_s[[5, 6]], [14400, 14400])


def test_the_products_own_spacing_is_told_at_epochs():
    # Every second map of an hourly product is gone; the third does not say its spacing.
    maps = made(sun_fixed, [0, 2, 4]).assign(interval_s=("time", [3600, 3600, 0]))
    _, interval_s = at_points(maps, [0.0], [0.0], hours(0, 1, 2, 4))
    np.testing.assert_array_equal(interval_s, [3600, 7200, 3600, 7200])
    _, interval_s = at_points(made(sun_fixed, [5]), [0.0], [0.0], hours(5))
    assert np.isnan(interval_s).all()


def test_a_missing_node_makes_its_cells_missing_alone():
    maps = made(sun_fixed, [0], dtype="float32")
    maps["tec"].loc[{"latitude": 0.0, "longitude": 10.0}] = np.nan
    latitude = [0.0, 1.0, 0.0, 2.5, -2.6, 1.0]
    longitude = [10.0, 12.0, 15.0, 10.0, 10.0, 15.0]
    values, _ = at_points(maps, latitude, longitude, hours(0))
    # On the grid lines beside the node only the nodes of the line take part.
    assert np.isfinite(values[:, 0]).tolist() == [False, False, True, True, True, True]


def test_rounding_leaves_a_grid_line_neither_way():
    maps = made(sun_fixed, [0], np.arange(30.0, 46.0, 2.5), np.arange(130.0, 151.0, 5.0))
    maps["tec"].loc[{"longitude": [135.0, 145.0]}] = np.nan
    longitude = [130 - 1e-10, 130 + 1e-10, 140 - 1e-10, 140 + 1e-10, 150 - 1e-10, 150 + 1e-10]
    values, _ = at_points(maps, [40.0] * 6, longitude, hours(0))
    expected = [sun_fixed(0, 40.0, line) for line in (130, 130, 140, 140, 150, 150)]
    np.testing.assert_allclose(values[:, 0], expected, rtol=1e-9)
    values, _ = at_points(maps, [40.0] * 2, [139.999, 140.001], hours(0))
    assert np.isnan(values).all()


def test_times_in_any_order_and_other_units():
    maps = made(sun_fixed, [0, 2])
    maps["time"] = maps["time"].values.astype("datetime64[ns]")
    times = hours(2, 0, 1).as_unit("s")
    values, _ = at_points(maps, 5.0, -30.0, times)
    np.testing.assert_allclose(values[0], sun_fixed(np.array([2, 0, 1]), 5.0, -30.0), rtol=1e-12)


def test_no_times_no_points_no_maps():
    maps = made(sun_fixed, [0, 2])
    assert at_points(maps, [0.0], [0.0], hours())[0].shape == (1, 0)
    assert at_points(maps, [], [], hours(0))[0].shape == (0, 1)
    assert np.isnan(at_points(maps.isel(time=[]), [0.0], [0.0], hours(0))[0]).all()
    assert np.isnan(at_points(maps, [np.nan, 0.0], [0.0, np.nan], hours(0, 1))[0]).all()


def test_input_that_cannot_be():
    maps = made(sun_fixed, [0, 2])
    with pytest.raises(ValueError, match="increase"):
        at_points(maps.isel(time=[1, 0]), [0.0], [0.0], hours(0))
    with pytest.raises(ValueError, match="increase"):
        at_points(maps.isel(time=[0, 0]), [0.0], [0.0], hours(0))
    with pytest.raises(ValueError, match="evenly"):
        at_points(maps.isel(longitude=[0, 1, 3]), [0.0], [0.0], hours(0))
    with pytest.raises(ValueError, match="evenly"):
        # 0..355 renamed to -180..180 and not put in order.
        west = (np.arange(0.0, 360.0, 5.0) + 180) % 360 - 180
        at_points(made(sun_fixed, [0], longitudes=west), [0.0], [0.0], hours(0))
    with pytest.raises(ValueError, match="twice"):
        at_points(maps.isel(latitude=[0, 0, 1]), [0.0], [0.0], hours(0))
    with pytest.raises(ValueError, match="points"):
        at_points(maps, [0.0, 1.0], [0.0], hours(0))


@pytest.fixture(scope="module")
def jpl(real_data):
    from laicflow.readers import ionex

    folder = real_data / "ionex" / "jpl_2000-11-21_2001-01-14"
    days = [ionex.read(folder / f"jplg{day:03d}0.01i.Z") for day in (10, 11, 12)]
    return xr.concat(days, dim="time", join="exact")


def test_real_maps_left_out_come_back(jpl):
    # Every second map is left out and made anew: turned with the Sun it comes back better than
    # from maps that stand still (error 4.0 against 4.8 TECU); turned the other way it would not.
    coarse = jpl.isel(time=slice(0, None, 2))
    left_out = jpl.isel(time=slice(1, len(coarse.time) * 2 - 2, 2))
    rng = np.random.default_rng(7)
    latitude, longitude = rng.uniform(-60, 60, 300), rng.uniform(-180, 180, 300)
    times = pd.DatetimeIndex(left_out["time"].values)
    turned, interval_s = at_points(coarse, latitude, longitude, times, max_gap_hours=4.1)
    truth, _ = at_points(left_out, latitude, longitude, times)
    still = (
        coarse["tec"]
        .interp(
            time=left_out["time"],
            latitude=xr.DataArray(latitude, dims="point"),
            longitude=xr.DataArray(longitude, dims="point"),
        )
        .transpose("point", "time")
    )
    assert (interval_s == 4 * 3600).all()
    error = {
        name: np.sqrt(np.mean((v - truth) ** 2))
        for name, v in (("turned", turned), ("still", still.values))
    }
    assert error["turned"] < 0.9 * error["still"]


def test_real_maps_by_the_hour(jpl):
    # El Salvador; the file's maps are of odd hours, and its equatorial noon is near 18 UT.
    times = pd.date_range("2001-01-10 01:00", "2001-01-12 23:00", freq="h")
    values, interval_s = at_points(jpl, [13.0], [-88.7], times)
    assert (interval_s == 7200).all()
    assert (values > 0).all() and (values < 150).all()
    by_hour = pd.Series(values[0], times.hour).groupby(level=0).mean()
    assert 17 <= by_hour.idxmax() <= 23
    assert 5 <= by_hour.idxmin() <= 13
    odd = times.hour % 2 == 1
    grid = jpl["tec"].interp(latitude=13.0, longitude=-88.7)
    np.testing.assert_allclose(values[0, odd], grid.sel(time=times[odd]), rtol=1e-5)
