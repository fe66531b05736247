"""The ionosphere between the maps: theirs at whole hours and points of the grid."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from laicflow.simulate.column import SCALE_LIMITS, Column
from laicflow.simulate.ionosphere import simulate_maps
from laicflow.simulate.world import complete

START, END = dt.date(2014, 3, 10), dt.date(2014, 3, 12)
LATITUDE, LONGITUDE = np.linspace(45, 30, 7), np.linspace(130, 150, 5)


@pytest.fixture(scope="module")
def given() -> dict:
    options = complete({"ionosphere": {"f107_levels": [70.0, 150.0]}})["ionosphere"]
    hours = pd.date_range("2014-03-01", "2014-03-20", freq="h")
    # A storm on the second day.
    dst = np.where(np.abs(np.arange(hours.size) - 250) < 10, -90.0, -5.0)
    days = pd.date_range("2014-03-01", "2014-03-20", freq="D")
    return {
        "dst": pd.Series(dst, index=hours),
        "f107": pd.Series(140.0, index=days),
        "options": options,
        "seed": 4,
    }


@pytest.fixture(scope="module")
def column(given) -> Column:
    return Column(LATITUDE, LONGITUDE, START, END, **given)


def test_it_is_the_ionosphere_of_the_maps(given, column):
    plain = {**given, "options": given["options"] | {"estimation_sd": 0.0}}
    maps = list(simulate_maps(LATITUDE, LONGITUDE, START, END, steps="1h", **plain))
    lat, lon = np.meshgrid(LATITUDE, LONGITUDE, indexing="ij")
    for number, hour in [(0, 0), (0, 23), (1, 0), (1, 11), (2, 24)]:
        time = np.datetime64(START, "us") + np.timedelta64(24 * number + hour, "h")
        # The world's last map is of the midnight after it.
        found, _, _ = column.at(np.repeat(time, lat.size), lat.ravel(), lon.ravel())
        assert found == pytest.approx(maps[number].tec[hour].ravel(), rel=1e-9)


def test_it_runs_on_without_a_jump(column):
    # A minute on either side of every hour and midnight, on and off the grid.
    times = np.arange("2014-03-10T00:30", "2014-03-12T23:00", dtype="datetime64[m]")
    times = times.astype("datetime64[us]")
    vtec, peak, scale = column.at(times, np.full(times.size, 36.3), np.full(times.size, 141.7))
    assert np.abs(np.diff(np.log(vtec))).max() < 0.015
    assert np.abs(np.diff(peak)).max() < 2.0
    lat = np.linspace(29, 46, 3401)
    vtec = column.at(np.repeat(times[700], lat.size), lat, np.full(lat.size, 133.0))[0]
    # No kink either, but at the edges: the slope changes little from step to step.
    inner = (lat[1:-1] > 30.02) & (lat[1:-1] < 44.98)
    assert np.abs(np.diff(np.log(vtec), 2))[inner].max() < 2e-5


def test_beyond_the_grid_it_keeps_the_edge(column):
    time = np.repeat(np.datetime64("2014-03-11T04:20", "us"), 3)
    vtec, _, _ = column.at(time, np.array([45.0, 50.0, 60.0]), np.full(3, 138.0))
    assert vtec[1] == pytest.approx(vtec[0]) and vtec[2] == pytest.approx(vtec[0])
    # 220 W is 140 E.
    turned = column.at(time[:2], np.array([40.0, 40.0]), np.array([140.0, -220.0]))[0]
    assert turned[0] == pytest.approx(turned[1])


def test_profiles_are_those_of_the_f2_layer(column):
    times = np.datetime64("2014-03-11", "us") + np.arange(24) * np.timedelta64(1, "h")
    _, peak, scale = column.at(times, np.full(24, 36.0), np.full(24, 140.0))
    assert 220 < peak.min() < peak.max() < 420
    # The F2 layer is higher by night: 15 h UT is midnight at 140 E.
    assert peak[15] > peak[3] + 30
    assert SCALE_LIMITS[0] < scale.min() and scale.max() < SCALE_LIMITS[1]


def test_a_global_grid_closes():
    options = complete({"ionosphere": {"f107_levels": [70.0, 150.0], "coarse_deg": [30.0, 60.0]}})
    days = pd.date_range("2014-03-01", "2014-03-20", freq="D")
    hours = pd.date_range("2014-03-01", "2014-03-20", freq="h")
    world = Column(
        np.linspace(80, -80, 9),
        np.linspace(-180, 180, 13),
        START,
        START,
        dst=pd.Series(-5.0, index=hours),
        f107=pd.Series(140.0, index=days),
        options=options["ionosphere"],
        seed=4,
    )
    lon = np.array([179.999, -179.999, 180.0, -180.0, 150.0, -210.0])
    time = np.repeat(np.datetime64("2014-03-10T06:30", "us"), lon.size)
    vtec = world.at(time, np.full(lon.size, 10.0), lon)[0]
    assert vtec[:4] == pytest.approx(vtec[2], rel=1e-4)
    assert vtec[4] == pytest.approx(vtec[5], rel=1e-9)
    east = np.linspace(170, 190, 2001)
    vtec = world.at(np.repeat(time[0], 2001), np.full(2001, 10.0), east)[0]
    assert np.abs(np.diff(np.log(vtec), 2)).max() < 1e-6


def test_a_time_that_is_none_is_refused(column):
    with pytest.raises(ValueError, match="NaT"):
        column.at(np.array(["NaT"], "datetime64[us]"), np.array([40.0]), np.array([140.0]))
