from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.config import with_variants
from laicflow.report.targets import read
from laicflow.studies.petrescu2022.figure_map import fig1
from laicflow.studies.results import Results

SETTINGS = {
    "period": {"start": "2011-01-01", "end": "2011-12-31"},
    "sites": {
        "mode": "points",
        "points": [
            {"site": "AAA", "latitude": 0.0, "longitude": 179.0, "end": "2011-06-30"},
            {"site": "BBB", "latitude": 0.0, "longitude": -175.0},
        ],
    },
    "catalog": {
        "latitude": [-60, 60], "longitude": [-180, 180], "magnitude_min": 4.0,
        "inclusive": False, "depth_km": [-10, 100],
    },
    "labels": {"radius_km": 200, "depth_km": [-10, 30], "by_site": {}},
    "window": {"minutes": 60, "preparation": "raw"},
    "variants": {"paper": {}, "wide": {"labels": {"by_site": {"BBB": {"radius_km": 500}}}}},
}  # fmt: skip
# A degree on the equator is 111.195 km.
QUAKES = [
    # id, longitude, magnitude, depth, time: what becomes of it
    ("near-a", 180.0, 5.0, 10.0, "2011-03-01"),  # 111 km from A, beyond the date line
    ("late-a", 179.5, 5.0, 10.0, "2011-07-01"),  # after the last day of A; 612 km from B
    ("near-b", -174.0, 6.5, 30.0, "2011-07-01"),  # 111 km from B
    ("wide-b", -172.0, 4.5, 0.0, "2011-12-31T23:59"),  # 334 km from B: in the wider radius
    ("deep-b", -175.0, 7.0, 31.0, "2011-07-01"),  # too deep
    ("small", -175.0, 4.0, 10.0, "2011-07-01"),  # not above 4: not in the catalog
    ("after", -175.0, 5.0, 10.0, "2012-01-01"),  # after the period
    ("far", 0.0, 8.0, 10.0, "2011-07-01"),  # not on the map
]


def _results(quakes: list = QUAKES) -> Results:
    events = pd.DataFrame(
        quakes, columns=["event_id", "longitude", "magnitude", "depth_km", "time"]
    ).assign(latitude=0.0)
    events["time"] = pd.to_datetime(events["time"], format="ISO8601").astype("datetime64[us]")
    sites = pd.DataFrame(SETTINGS["sites"]["points"])[["site", "latitude", "longitude"]]
    variants = with_variants(SETTINGS)
    return Results("run", "petrescu2022", SETTINGS, variants, events=events, sites=sites)


@pytest.fixture(scope="module")
def drawn():
    return fig1(_results())


def test_each_earthquake_is_where_the_rules_say(drawn) -> None:
    rows = drawn.data[drawn.data["event_id"] != ""]
    found = {(row.event_id, row.site, row.kind) for row in rows.itertuples()}
    assert found == {
        ("near-a", "AAA", "earthquake"),
        ("near-b", "BBB", "earthquake"),
        ("wide-b", "BBB", "earthquake"),
        ("deep-b", "", "other earthquake"),
        ("late-a", "", "other earthquake"),
    }
    near = rows.set_index("event_id")["distance_km"]
    assert near["near-a"] == pytest.approx(111.195, abs=0.01)
    assert near["wide-b"] == pytest.approx(3 * 111.195, abs=0.01)
    assert np.isnan(near["deep-b"])


def test_each_radius_of_a_variant_is_told(drawn) -> None:
    radii = drawn.data[drawn.data["kind"] == "radius"]
    assert radii[["site", "distance_km"]].to_numpy().tolist() == [
        ["AAA", 200], ["BBB", 500], ["BBB", 200],
    ]  # fmt: skip
    title = drawn.figure.get_suptitle().split("\n")
    assert "AAA, 0.0°N 179.0°E, 2011-01-01 to 2011-06-30: 1 earthquake within 200 km" in title
    assert "BBB, 0.0°N 175.0°W, 2011-01-01 to 2011-12-31: 2 earthquakes within 500 km" in title
    assert "BBB, 0.0°N 175.0°W, 2011-01-01 to 2011-12-31: 1 earthquake within 200 km" in title


def test_the_map_goes_over_the_date_line(drawn) -> None:
    west, east = drawn.figure.axes[0].get_xlim()
    assert west % 360 < 178 and 188 < east % 360 < 195 and east - west < 30
    triangles = [line for line in drawn.figure.axes[0].get_lines() if line.get_marker() == "^"]
    at = [float(line.get_xdata()[0]) % 360 for line in triangles]
    assert at == pytest.approx([179, 185])


def test_the_numbers_fit_their_row_of_the_list(drawn, pytestconfig) -> None:
    read(pytestconfig.rootpath / "config/targets.csv")["petrescu2022_fig1"].check(
        drawn.data, drawn.units
    )


def test_a_map_without_any_earthquake_is_drawn() -> None:
    drawn = fig1(_results(QUAKES[-1:]))
    assert set(drawn.data["kind"]) == {"observatory", "radius"}
    assert "0 earthquakes within 500 km" in drawn.figure.get_suptitle()
