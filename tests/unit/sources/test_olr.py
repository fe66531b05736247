"""What is asked of the upstreams of outgoing longwave radiation, as whole URLs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date
PERIOD = D(2007, 9, 1), D(2016, 12, 31)
# Typed in from the archives' own pages.
URLS = {
    "noaa_olr": [
        "https://www.ncei.noaa.gov/data/outgoing-longwave-radiation-daily/access/"
        "olr-daily_v01r02_20160101_20161231.nc",
        "https://www.ncei.noaa.gov/thredds/fileServer/cdr/olr-daily/"
        "olr-daily_v01r02_20160101_20161231.nc",
    ],
    "noaa_olr_interpolated": ["https://downloads.psl.noaa.gov/Datasets/interp_OLR/olr.day.mean.nc"],
    "noaa_olr_uninterpolated": [
        "https://downloads.psl.noaa.gov/Datasets/uninterp_OLR/olr.day.mean.nc"
    ],
}


def asked(source: str, partition: str, options: dict | None = None) -> list:
    settings = registry.settings(source, CONFIG)
    module = registry.load(settings["module"])
    return module.requests(partition, *PERIOD, settings, options or {})


@pytest.mark.parametrize("source", URLS)
def test_every_address_that_is_asked(source):
    settings = registry.settings(source, CONFIG)
    partition = {"year": "2016", "all": "all"}[settings["partition"]]
    (request,) = asked(source, partition)
    assert not request.alternatives
    assert [f"{base}/{request.path}" for base in settings["base"]] == URLS[source]


@pytest.mark.parametrize(
    ("source", "partition", "name", "check"),
    [
        ("noaa_olr", "2016", "olr-daily_v01r02_20160101_20161231.nc", "olr_cdr"),
        # Three products share this name: the check of each knows its own.
        ("noaa_olr_interpolated", "all", "olr.day.mean.nc", "olr_interpolated"),
        ("noaa_olr_uninterpolated", "all", "olr.day.mean.nc", "olr_uninterpolated"),
    ],
)
def test_names_on_disk_and_checks(source, partition, name, check):
    (request,) = asked(source, partition)
    assert (request.names(), request.check) == ([name], check)


def test_a_file_of_ones_own_is_named_by_the_run():
    (request,) = asked("own_olr", "all", {"file": "xinjiang.nc"})
    assert (request.path, request.check) == ("xinjiang.nc", "olr_own")


def test_years_outside_of_the_period_are_not_asked_for():
    assert asked("noaa_olr", "2006") == [] and asked("noaa_olr", "2017") == []


def test_all_are_of_the_kind_of_radiation():
    assert registry.names(CONFIG, "olr") == sorted([*URLS, "own_olr"])
