"""Sites at points and at epicentres."""

from __future__ import annotations

import pandas as pd

from laicflow.samples.sites import from_epicentres, from_points


def test_points():
    sites = from_points([{"site": "japan", "latitude": 36.5, "longitude": 142.0}])
    assert sites.iloc[0].to_dict() == {
        "site": "japan",
        "latitude": 36.5,
        "longitude": 142.0,
        "event_ids": "",
    }


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
