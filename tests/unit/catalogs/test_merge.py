"""Every earthquake once, and what was left out counted."""

from __future__ import annotations

import pandas as pd

from laicflow.catalogs.merge import merge, select
from laicflow.schema import conform

ROWS = pd.DataFrame(
    {
        "event_id": ["us1", "US1", "us2", "us3", "us4"],
        "time": pd.to_datetime(
            [
                "2001-01-13T17:33:32",
                "2001-01-13T17:33:32",
                "2001-01-12",
                "2001-01-11",
                "2001-01-10",
            ],
            format="ISO8601",
        ),
        "latitude": [13.0, 13.05, 0.0, 0.0, 0.0],
        "longitude": [-88.7, -88.66, 0.0, 0.0, 0.0],
        "depth_km": [60.0, 60.0, None, 10.0, 700.0],
        "magnitude": [7.6, 7.7, 5.0, None, 6.0],
        "event_type": ["earthquake", "earthquake", "earthquake", "earthquake", "explosion"],
        "updated": pd.to_datetime(["2001-02-01", "2015-02-01", None, None, None]),
    }
)


def test_the_latest_update_of_an_event_stays():
    events, counts = merge([conform(ROWS.iloc[:1], "events"), conform(ROWS.iloc[1:], "events")])
    assert counts == {
        "read": 5,
        "duplicates": 1,
        "not_earthquakes": 1,
        "without_magnitude": 1,
        "events": 2,
    }
    assert events["event_id"].tolist() == ["us2", "us1"]
    assert events["magnitude"].tolist() == [5.0, 7.7]


def test_select_edges():
    events, _ = merge([conform(ROWS, "events")])
    rules = {
        "latitude": [-90, 90],
        "longitude": [-180, 180],
        "magnitude_min": 5.0,
        "inclusive": True,
        "depth_km": [0, 60],
    }
    # The event without a depth stays; M 5.0 counts only where the bound is inclusive.
    assert select(events, rules)["event_id"].tolist() == ["us2", "us1"]
    assert select(events, {**rules, "inclusive": False})["event_id"].tolist() == ["us1"]
    assert select(events, {**rules, "depth_km": [0, 59]})["event_id"].tolist() == ["us2"]
