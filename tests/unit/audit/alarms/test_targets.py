"""Which earthquakes count: zones, stations, chains, and where they stand in a record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.audit.alarms.targets import linked, targets_of, zone_km
from tests.unit.audit.alarms import worlds

SITES = pd.DataFrame(
    {"site": ["AAA", "BBB"], "latitude": [40.0, 40.0], "longitude": [140.0, 150.0]}
)
# A degree of latitude is 111.195 km.
KM = 1 / 111.195


def targets(events, days=5.0, magnitude=5.0, radius=None):
    return targets_of(
        events, SITES, worlds.times(100), magnitude=magnitude, radius=radius, days=days
    )


def test_the_zone_is_that_of_dobrovolsky():
    events = worlds.quakes(worlds.times(2)[:2], magnitude=[5.0, 6.0])
    # 10^(2.15) and 10^(2.58) km, by a table of powers.
    assert zone_km(events, None).tolist() == pytest.approx([141.254, 380.189], abs=1e-3)
    assert zone_km(events, 800).tolist() == [800, 800]


def test_an_earthquake_counts_inside_its_zone_at_its_nearest_station():
    at = worlds.times(100)[[500, 900, 1300]]
    latitude = [40 + 140 * KM, 40 + 143 * KM, 40.0]
    events = worlds.quakes(at, 5.0, latitude=latitude, longitude=[140, 140, 149])
    found = targets(events)
    assert found.site.tolist() == [0, 1]
    assert found.epoch.tolist() == [500, 1300]
    assert found.inside == 2
    assert targets(events, radius=150).inside == 3


def test_the_epoch_is_the_first_that_is_not_before_the_earthquake():
    times = worlds.times(100)
    at = [times[500] + np.timedelta64(1, "s"), times[700], times[0], times[-1] + worlds.HOUR]
    assert targets(worlds.quakes(at)).epoch.tolist() == [501, 700]


def test_of_a_chain_the_largest_counts_and_the_first_of_equals():
    day = np.timedelta64(1, "D")
    at = worlds.START + np.array([0, 4, 8, 20, 21, 40]) * day
    found = linked(np.zeros(6), at, np.array([5.0, 6.0, 5.5, 5.2, 5.2, 5.0]), 5.0)
    assert sorted(found.tolist()) == [1, 3, 5]
    # Another catalog is another chain.
    found = linked(np.array([0, 1, 0, 0, 0, 0]), at, np.full(6, 5.0), 5.0)
    assert sorted(found.tolist()) == [0, 1, 2, 3, 5]


def test_a_chain_runs_across_stations():
    day = np.timedelta64(1, "D")
    at = worlds.START + np.array([10, 12, 30, 50, 54]) * day
    # Stations 0, 1, 0, 1, 0, at 10 degrees from each other.
    longitude = [140.0, 150.0, 140.0, 150.0, 140.0]
    events = worlds.quakes(at, [5.0, 5.5, 5.0, 5.0, 5.0], longitude=longitude)
    found = targets(events)
    assert found.site.tolist() == [1, 0, 1]
    assert found.epoch.tolist() == [24 * 12, 24 * 30, 24 * 50]
    assert found.inside == 5


def test_all_of_a_chain_where_asked_for_and_none_without_any():
    at = worlds.times(100)[[500, 510, 520]]
    assert len(targets(worlds.quakes(at))) == 1
    assert len(targets(worlds.quakes(at), days=None)) == 3
    assert len(targets(worlds.quakes(at, 4.9))) == 0
    assert len(targets(worlds.quakes(at, 5.0 - 1e-9))) == 1
