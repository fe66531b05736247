"""Sites at points and at epicentres."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow import config as settings
from laicflow.samples.sites import from_epicentres, from_points


def test_points():
    sites = from_points([{"site": "japan", "latitude": 36.5, "longitude": 142.0}])
    assert sites.iloc[0].to_dict() == {
        "site": "japan",
        "latitude": 36.5,
        "longitude": 142.0,
        "event_ids": "",
    }


def test_a_point_may_say_more_than_its_place():
    config = settings.load(Path(__file__).resolve().parents[3] / "config")
    sites = from_points(config["petrescu2022"]["sites"]["points"])
    assert sites["site"].tolist() == ["MLR", "DUR", "IZN"]
    assert sites["latitude"].tolist() == [45.491, 41.39, 40.5]


def test_epicentres_of_the_days_that_can_be_used():
    times = ["2001-01-04T23:59", "2001-01-05T00:00", "2001-01-15T12:20", "2001-01-16T00:00"]
    events = pd.DataFrame(
        {
            "event_id": list("abcd"),
            "time": pd.to_datetime(times, format="ISO8601"),
            "latitude": 1.0,
            "longitude": 2.0,
        }
    )
    sites = from_epicentres(events, pd.Timestamp("2001-01-05"), pd.Timestamp("2001-01-15"))
    assert sites["site"].tolist() == ["b", "c"]
