"""Radiation of a simulated world: its files by a library of others, and options that cannot be."""

from __future__ import annotations

import datetime as dt

import netCDF4
import numpy as np
import pytest

from laicflow.errors import ConfigError
from laicflow.readers import noaa_olr
from laicflow.simulate import radiation, world, world_olr, write_olr
from laicflow.simulate.options import merge

SMALL = {
    "products": ["cdr", "uninterpolated"],
    "years": [2015, 2016],
    "latitude": [40, 44],
    "longitude": [-3, 3],
    "field": {"missing_share": 0.01},
}


def complete(**options) -> dict:
    return world_olr.complete(merge(world_olr.DEFAULTS, options, "simulate.olr"), "simulate.olr")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("olr")
    return folder, *world_olr.write_olr(complete(**SMALL), 5, folder)


def test_files_as_they_are_published(made):
    folder, told, _ = made
    assert told["cdr"] == {
        "files": 2,
        "first": "olr-daily_v01r02_20150101_20151231.nc",
        "last": "olr-daily_v01r02_20160101_20161231.nc",
        "days": 731,
        "cells": 4 * 6,
    }
    with netCDF4.Dataset(folder / "olr/olr-daily_v01r02_20160101_20161231.nc") as file:
        olr = file["olr"]
        assert olr.dimensions == ("time", "lat", "lon") and olr.dtype == np.float32
        assert (olr.units, olr._FillValue, olr.missing_value) == ("W m-2", 0, 0)
        assert "Climate Data Record" in olr.long_name
        # North to south, and east of Greenwich first.
        assert file["lat"][:].tolist() == [43.5, 42.5, 41.5, 40.5]
        assert file["lon"][:].tolist() == [0.5, 1.5, 2.5, 357.5, 358.5, 359.5]
        times = netCDF4.num2date(file["time"][:], file["time"].units)
        assert str(times[59])[:10] == "2016-02-29" and len(times) == 366
    with netCDF4.Dataset(folder / "olr/uninterp_OLR/olr.day.mean.nc") as file:
        assert file["lat"][:].tolist() == [42.5, 40.0]
        assert file["lon"][:].tolist() == [0.0, 2.5, 357.5]
        assert file["olr"].shape[0] == 731 and file["olr"].units == "W/m^2"
        assert file["time"].units.startswith("hours since 1800-01-01")


def test_the_reader_finds_the_truth_again(made):
    folder, _, truth = made
    years = range(2015, 2017)
    grid = np.array([40.0, 42.5]), np.array([-2.5, 0.0, 2.5])
    own = merge(radiation.DEFAULTS, SMALL["field"], "field")
    fields = radiation.simulate_radiation(*grid, years, own, 5, "uninterpolated")
    expected = np.concatenate([flux for _, flux in fields])
    found = noaa_olr.read(folder / "olr/uninterp_OLR/olr.day.mean.nc")
    np.testing.assert_array_equal(found["olr"].values, expected)
    assert found.attrs["missing"] == np.isnan(expected).sum() > 0
    assert found.attrs["product"] == "uninterpolated"
    assert str(found["time"].values[0])[:10] == "2015-01-01" and truth["weather_sd"] == 24.0
    with_fill = noaa_olr.read(folder / "olr/olr-daily_v01r02_20150101_20151231.nc")
    assert with_fill.attrs["product"] == "cdr" and with_fill.attrs["missing"] > 0


def test_a_package_that_writes_shares_nothing_with_the_one_that_reads():
    for module in (radiation, write_olr, world_olr):
        source = open(module.__file__, encoding="utf-8").read()
        assert "laicflow.readers" not in source and "laicflow.anomalies" not in source


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"products": ["hirs"]}, "simulate.olr.products: 'hirs' is none of cdr, uninterpolated"),
        ({"years": [2016, 2015]}, "simulate.olr.years"),
        ({"latitude": [50, 40]}, "simulate.olr.latitude"),
        ({"longitude": [170, 190]}, "simulate.olr.longitude"),
        ({"field": {"weather_days": 0}}, "simulate.olr.field.weather_days"),
        ({"field": {"missing_share": 1.0}}, "simulate.olr.field.missing_share"),
        ({"field": {"anomalies": [{"day": "2016-01-01"}]}}, "simulate.olr.field.anomalies"),
        ({"field": {"cloud": 1}}, "has no option 'cloud'"),
    ],
)
def test_options_that_cannot_be(options, told):
    with pytest.raises(ConfigError, match=told):
        complete(**options)


def test_a_world_without_radiation_does_not_speak_of_it(tmp_path):
    base = {"start": "2016-06-01", "end": "2016-06-02", "maps": False, "catalog": {"mu": 0.02}}
    silent = world.write_world(base, tmp_path / "a")
    assert "olr" not in silent and "olr" not in silent["options"]
    own = {"products": ["cdr"], "years": [2016, 2016], "latitude": [40, 42], "longitude": [80, 82]}
    told = world.write_world(base | {"olr": own}, tmp_path / "b")
    assert told["olr"]["cdr"]["days"] == 366 and told["truth"]["olr"]["anomalies"] == []
    assert told["earthquakes"] == silent["earthquakes"]
    assert dt.date.fromisoformat(told["options"]["start"]) == dt.date(2016, 6, 1)
