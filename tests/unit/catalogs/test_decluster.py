"""One interface for all methods: what it takes, what it gives, what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import laicflow.catalogs.decluster
from laicflow.catalogs.decluster import METHODS, decluster, options_of
from laicflow.catalogs.declustering.windows import WINDOWS
from laicflow.config import load
from laicflow.errors import ConfigError
from laicflow.schema import CLUSTERS, SchemaError, conform, empty

CONFIG = Path(__file__).resolve().parents[3] / "config"
pytestmark = pytest.mark.filterwarnings("ignore:nearest-neighbor")

# A shock of 6 with a foreshock an hour before and an aftershock an hour after it, all within
# 3 km; and an event a year later on the other side of the globe. Any method sees one cluster.
ROWS = pd.DataFrame(
    {
        "event_id": ["far", "after", "main", "fore"],
        "time": pd.to_datetime(
            ["2002-01-01", "2001-01-01T13:00", "2001-01-01T12:00", "2001-01-01T11:00"],
            format="ISO8601",
        ),
        "latitude": [-40.0, 10.02, 10.0, 10.01],
        "longitude": [-70.0, 20.0, 20.01, 20.0],
        "depth_km": [33.0, None, 10.0, 10.0],
        "magnitude": [5.0, 4.8, 6.0, 4.9],
    }
)
GIVEN = {"nearest-neighbor": {"eta_0": 1e-5}}


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"none", "box"}))
def test_the_largest_is_the_mainshock_and_rows_keep_their_order(method):
    found = decluster(conform(ROWS, "events"), method, **GIVEN.get(method, {}))
    assert found["event_id"].tolist() == ["far", "after", "main", "fore"]
    assert found["role"].tolist() == ["independent", "aftershock", "mainshock", "foreshock"]
    assert found["cluster_id"].tolist() == ["far", "main", "main", "main"]
    assert found.columns.tolist() == list(CLUSTERS)
    assert found["cluster_id"].dtype == "str" and found["role"].dtype == "str"
    assert found.attrs["method"] == method


def test_the_first_is_the_mainshock_of_a_box():
    found = decluster(ROWS, "box")
    assert found["role"].tolist() == ["independent", "aftershock", "aftershock", "mainshock"]
    assert found["cluster_id"].tolist() == ["far", "fore", "fore", "fore"]


def test_none_leaves_every_event_independent():
    found = decluster(ROWS, "none")
    assert set(found["role"]) == {"independent"}
    assert found["cluster_id"].tolist() == found["event_id"].tolist()


def test_a_declustered_catalog_can_be_declustered_again():
    again = decluster(decluster(ROWS, "none"), "gardner-knopoff")
    pd.testing.assert_frame_equal(again, decluster(ROWS, "gardner-knopoff"))


@pytest.mark.parametrize("method", METHODS)
def test_no_event_and_one_event(method):
    assert decluster(empty("events"), method).empty
    one = decluster(ROWS.iloc[:1], method)
    assert one["role"].tolist() == ["independent"] and one["cluster_id"].tolist() == ["far"]


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"none", "nearest-neighbor"}))
def test_events_at_one_time_and_place_are_one_cluster(method):
    twins = ROWS.iloc[[2, 2]].assign(event_id=["b", "a"])
    found = decluster(twins, method)
    # Of equals the first by id.
    assert found["role"].tolist() == ["aftershock", "mainshock"]
    assert set(found["cluster_id"]) == {"a"}


def test_an_event_at_the_very_same_time_is_no_parent():
    twins = ROWS.iloc[[2, 2]].assign(event_id=["b", "a"])
    assert decluster(twins, "nearest-neighbor", eta_0=1)["role"].eq("independent").all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("column", ["time", "latitude", "longitude", "magnitude"])
def test_an_event_that_lacks_what_is_needed_is_refused_by_its_id(method, column):
    broken = ROWS.copy()
    broken.loc[1, column] = None
    with pytest.raises(SchemaError, match=rf"event after \(row 1\) has no {column}"):
        decluster(broken, method)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"event_id": ["far", None, "main", "fore"]}, "row 1 has no event_id"),
        ({"event_id": ["far", "main", "main", "fore"]}, "event main stands twice"),
        ({"latitude": [0.0, 0.0, -90.5, 0.0]}, r"event main \(row 2\) has latitude -90.5"),
        ({"longitude": [0.0, 0.0, 0.0, 180.1]}, r"event fore \(row 3\) has longitude 180.1"),
        ({"magnitude": [5.0, 5.0, np.inf, 5.0]}, r"event main \(row 2\) has no magnitude"),
    ],
)
def test_impossible_events_are_refused(change, said):
    with pytest.raises(SchemaError, match=said):
        decluster(ROWS.assign(**change), "none")


def test_an_unknown_method_or_option_is_refused_with_what_is_known():
    with pytest.raises(ConfigError, match="'etas'; known are box, gardner-knopoff, nearest"):
        decluster(ROWS, "etas")
    known = "known are half_width_deg, days, removed_events_trigger"
    with pytest.raises(ConfigError, match=f"unknown options radius_km; {known}"):
        decluster(ROWS, "box", radius_km=100)
    with pytest.raises(ConfigError, match="unknown options days; known are none"):
        decluster(ROWS, "none", days=1)


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("box", {"half_width_deg": 0}, "half_width_deg must be a number above 0"),
        ("box", {"days": "15"}, "days must be a number above 0, found '15'"),
        ("box", {"days": float("nan")}, "days must be a number"),
        ("box", {"days": True}, "days must be a number"),
        ("box", {"removed_events_trigger": "no"}, "must be true or false, found 'no'"),
        ("gardner-knopoff", {"window": "grunthal"}, "unknown window 'grunthal'; known are"),
        ("gardner-knopoff", {"foreshock_share": 1.1}, "at least 0 and at most 1, found 1.1"),
        ("reasenberg", {"p": 1}, "p must be a number"),
        ("reasenberg", {"xmeff": float("inf")}, "xmeff must be a number, found inf"),
        ("reasenberg", {"taumin": 20}, "taumax must be a number at least 20"),
        ("nearest-neighbor", {"eta_0": 0}, "eta_0 must be a number above 0"),
        ("nearest-neighbor", {"least_distance_km": 0}, "least_distance_km must be a number"),
    ],
)
def test_values_that_an_option_cannot_have_are_refused(method, options, said):
    with pytest.raises(ConfigError, match=said):
        decluster(ROWS, method, **options)


def test_the_result_says_what_was_asked():
    found = decluster(ROWS, "box", days=np.float64(3))
    asked = {"half_width_deg": 1.0, "days": 3.0, "removed_events_trigger": False}
    assert found.attrs == {"method": "box", "options": asked}
    assert type(found.attrs["options"]["days"]) is float
    # The names that CLUSTER2000, hmtk and ZMAP share, with the values of Reasenberg (1985).
    usual = {"taumin": 1, "taumax": 10, "p": 0.95, "xk": 0.5, "xmeff": 1.5, "rfact": 10}
    assert usual.items() <= options_of("reasenberg").items()


def test_the_module_is_called_like_its_function():
    catalog = conform(ROWS, "events")
    called = laicflow.catalogs.decluster(catalog, "box", days=1.0)
    pd.testing.assert_frame_equal(called, decluster(catalog, "box", days=1.0))


def test_the_shipped_configuration_holds_every_option_with_its_default():
    config = load(CONFIG)["decluster"]
    assert set(config) == set(METHODS)
    for method, options in config.items():
        assert options == options_of(method)
    rules = yaml.safe_load((CONFIG / "schema.yaml").read_text())["properties"]["decluster"]
    window = rules["properties"]["gardner-knopoff"]["properties"]["window"]
    assert set(window["enum"]) == set(WINDOWS)
