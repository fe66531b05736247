"""Simulated catalogs: as many earthquakes as the true one, at its places, in clusters."""

from __future__ import annotations

import numpy as np

from laicflow.audit.alarms import etas
from laicflow.geo import great_circle_km
from laicflow.simulate.world import DEFAULTS
from tests.unit.audit.alarms import worlds


def made(number=400, days=300, events=40):
    rng = np.random.default_rng(3)
    at = np.sort(worlds.START + rng.integers(0, 86400 * days, events).astype("timedelta64[s]"))
    own = worlds.quakes(at, rng.choice([5.0, 5.4, 6.1], events), 38.0, 142.0)
    span = (worlds.START, worlds.START + np.timedelta64(days, "D"))
    return own, etas.catalogs(own, span, 5.0, number, rng)


def test_the_parameters_are_those_of_the_simulated_world():
    assert {key: DEFAULTS["catalog"][key] for key in etas.OPTIONS} == etas.OPTIONS


def test_as_many_as_the_catalog_has_in_clusters():
    own, found = made()
    count = np.bincount(found["catalog"], minlength=400)
    # The burn-in is short: a few aftershocks of what was before are missing.
    assert 0.8 * len(own) < count.mean() < 1.1 * len(own)
    # Independent earthquakes would have a variance like their mean.
    assert count.var() > 1.5 * count.mean()
    day = ((found["time"] - found["time"].min()).dt.days).to_numpy()
    daily = np.zeros((400, day.max() + 1))
    np.add.at(daily, (found["catalog"].to_numpy(), day), 1)
    assert daily.var() > 2 * daily.mean()


def test_at_its_places_with_its_magnitudes_within_the_span():
    own, found = made(50)
    assert set(found["magnitude"]) == {5.0, 5.4, 6.1}
    apart = great_circle_km(found["latitude"], found["longitude"], 38.0, 142.0)
    assert np.median(apart) < 60
    assert found["time"].min() >= worlds.START
    assert found["time"].max() <= worlds.START + np.timedelta64(300, "D")
