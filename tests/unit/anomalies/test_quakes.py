"""Earthquakes and stations: radii and distances by hand, which one is shown, quiet periods."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.anomalies import quakes
from laicflow.anomalies.tables import QUAKES

START, HOUR, DAY = np.datetime64("2020-01-01", "us"), np.timedelta64(1, "h"), np.timedelta64(1, "D")
SITES = pd.DataFrame({"site": ["A", "B"], "latitude": [0.0, 0.0], "longitude": [0.0, 10.0]})
TIMES = START + np.arange(60 * 24) * HOUR
FAR = {"name": "Far", "time": "2020-02-10T00:00:00", "latitude": 50.0, "longitude": 0.0}
FAR |= {"magnitude": 6.0}
ABOUT = {"before_days": 8, "after_days": 3}


def events(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Events from time, latitude, longitude, magnitude."""
    table = pd.DataFrame(rows, columns=["time", "latitude", "longitude", "magnitude"])
    table["time"] = pd.to_datetime(table["time"], format="ISO8601").astype("datetime64[us]")
    table["event_id"] = [f"e{k}" for k in range(len(table))]
    return table.assign(depth_km=10.0, magnitude_type="mw", place="")


def listed(table: pd.DataFrame, usable: np.ndarray | None = None, event: dict = FAR, **about):
    usable = np.ones(len(TIMES), bool) if usable is None else usable
    return quakes.listed(table, SITES, TIMES, usable, event=event, **{**ABOUT, **about})


def test_radius_of_dobrovolsky():
    # 10^(0.43 x 5) = 141.25 km; the 565 km of M 6.4.
    assert quakes.radius_km(5.0) == pytest.approx(141.25, abs=0.01)
    assert quakes.radius_km(6.4) == pytest.approx(564.9, abs=0.1)


def test_nearest_site_and_whether_it_is_inside():
    # One degree of the equator is 111.19 km on a sphere of 6371 km.
    table = quakes.near(events(("2020-01-05", 0, 9, 5.0), ("2020-01-05", 0, 2, 5.0)), SITES)
    assert table["site"].tolist() == ["B", "A"]
    assert table["distance_km"].tolist() == pytest.approx([111.19, 222.39], abs=0.01)
    assert table["inside"].tolist() == [True, False]


def test_albania_is_a_control_for_the_series_at_10e_40n():
    sites = pd.DataFrame({"site": ["E10N40"], "latitude": [40.0], "longitude": [10.0]})
    event = {"name": "Durres", "latitude": 41.51, "longitude": 19.53, "magnitude": 6.4}
    event["time"] = "2020-01-20T02:54:12"
    usable = np.ones(len(TIMES), bool)
    table, said = quakes.listed(events(), sites, TIMES, usable, event=event, **ABOUT)
    assert table["role"].tolist() == ["control"] and not table["inside"].any()
    assert said.startswith("no earthquake of the catalog lies within its Dobrovolsky radius")
    assert "Durres, as a control, outside its zone (820 km from E10N40, radius 565 km)" in said
    assert table.dtypes.astype("str").to_dict() == QUAKES


def test_the_event_of_the_configuration_stands_for_the_catalogs_own_entry():
    event = {"name": "Mine", "time": "2020-01-20T06:00:00", "latitude": 0.0, "longitude": 1.0}
    event["magnitude"] = 5.5
    catalog = events(
        ("2020-01-20 06:00:20", 0.1, 1.0, 5.3),
        ("2020-01-21", 0, 0.5, 6.0),
        ("2020-01-22", 40, 0, 6.0),
    )
    table, said = listed(catalog, event=event)
    assert table["role"].tolist() == ["shown", "listed"]
    assert quakes.shown(table)["name"] == "Mine"
    assert (
        "1 other earthquake of the catalog lies within its" in said
        and "Mine, inside its zone (111 km from A" in said
    )


def test_the_largest_that_is_judged_is_shown_where_the_event_is_not_in_the_record():
    # The largest comes when nothing is judged, before day 20.
    usable = TIMES >= START + 20 * DAY
    catalog = events(
        ("2020-01-10", 0, 0.5, 7.0), ("2020-02-01", 0, 0.5, 5.2), ("2020-02-08", 0, 10.5, 5.6)
    )
    event = {**FAR, "time": "2019-01-01T00:00:00"}
    table, said = listed(catalog, usable, event)
    assert table.loc[table["role"] == "shown", "event_id"].tolist() == ["e2"]
    assert len(table) == 3 and "Far is not in the record that is judged" in said
    table, said = listed(catalog, np.zeros(len(TIMES), bool), event)
    assert quakes.shown(table) is None and said.endswith("no earthquake is shown")


def test_span_of_whole_days():
    span = quakes.span_of(pd.Timestamp("2020-01-20 06:00"), 8, 3)
    assert span == (np.datetime64("2020-01-12", "us"), np.datetime64("2020-01-24", "us"))


def test_the_quietest_period_is_chosen_by_activity_and_catalog():
    day = (TIMES - START) // DAY
    undisturbed = ~np.isin(day, [2, 7, 12, 17, 37])
    usable = np.ones(len(TIMES), bool)
    # Days 18 to 36 are all undisturbed: the first five of them.
    begin, end = quakes.quiet_period(5, TIMES, usable, undisturbed)
    assert (begin, end) == (START + 18 * DAY, START + 23 * DAY)
    # An earthquake on day 30 forbids periods with it inside, up to 10 days after their end or
    # before their beginning: of days 0 to 15 and 41 on the first five undisturbed are 41 to 45.
    begin, _ = quakes.quiet_period(5, TIMES, usable, undisturbed, [START + 30 * DAY], 10)
    assert begin == START + 41 * DAY
    # One a day before the period forbids it, and so does one after the end of the record.
    begin, _ = quakes.quiet_period(5, TIMES, usable, undisturbed, [START + 17 * DAY], 1)
    assert begin == START + 19 * DAY
    late = TIMES[-1] + 3 * DAY
    assert quakes.quiet_period(5, TIMES, usable, undisturbed, [late], 5 + 60) is None
    # What is not judged is no quiet.
    usable = day >= 31
    assert quakes.quiet_period(5, TIMES, usable, undisturbed)[0] == START + 31 * DAY
    assert quakes.quiet_period(70, TIMES, usable, undisturbed) is None
    assert quakes.quiet_period(5, TIMES[:0], usable[:0], usable[:0]) is None
