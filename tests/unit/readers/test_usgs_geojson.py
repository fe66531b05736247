"""The GeoJSON of the event service: texts written here and recorded answers."""

from __future__ import annotations

import copy
import json

import numpy as np
import pandas as pd
import pytest

from laicflow import schema
from laicflow.errors import FormatError
from laicflow.readers import usgs_csv, usgs_geojson

FEATURE = {
    "type": "Feature",
    "properties": {
        "mag": 9.1,
        "place": "2011 Great Tohoku Earthquake, Japan",
        "time": 1299822384120,
        "updated": 1613488959454,
        "net": "official",
        "magType": "Mww",
        "type": "earthquake",
        "status": "reviewed",
    },
    "geometry": {"type": "Point", "coordinates": [142.373, 38.297, 29]},
    "id": "official20110311054624120_30",
}


def collection(*features: dict, **metadata) -> dict:
    metadata = {"status": 200, "count": len(features)} | metadata
    return {"type": "FeatureCollection", "metadata": metadata, "features": list(features)}


def changed(path: str, value: object) -> dict:
    feature = copy.deepcopy(FEATURE)
    *parents, last = path.split("/")
    place = feature
    for parent in parents:
        place = place[parent]
    place[int(last) if isinstance(place, list) else last] = value
    return feature


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        usgs_geojson.read(path)
    return caught.value


@pytest.mark.parametrize("content", [FEATURE, collection(FEATURE)])
def test_values(put, content):
    (event,) = usgs_geojson.read(put(json.dumps(content))).to_dict("records")
    wanted = {
        "event_id": "official20110311054624120_30",
        "time": pd.Timestamp("2011-03-11 05:46:24.120"),
        "latitude": 38.297,
        "longitude": 142.373,
        "depth_km": 29.0,
        "magnitude": 9.1,
        "magnitude_type": "mww",
        "network": "official",
        "event_type": "earthquake",
        "updated": pd.Timestamp("2021-02-16 15:22:39.454"),
        "place": "2011 Great Tohoku Earthquake, Japan",
        "status": "reviewed",
    }
    assert {key: event[key] for key in wanted} == wanted


def test_times_before_1970(put):
    # 1857-01-09 16:24:00 (Fort Tejon) is 41,263 days, 7 hours and 36 minutes before 1970.
    milliseconds = -((41263 * 24 + 7) * 60 + 36) * 60_000
    text = json.dumps(collection(changed("properties/time", milliseconds)))
    assert usgs_geojson.read(put(text))["time"][0] == pd.Timestamp("1857-01-09 16:24:00")


def test_no_features_give_an_empty_table_of_the_right_types(put):
    events = usgs_geojson.read(put(json.dumps(collection())))
    pd.testing.assert_frame_equal(events, schema.empty("events"))


def test_null_is_missing(put):
    names = ("mag", "magType", "place", "updated", "status")
    feature = copy.deepcopy(FEATURE)
    feature["properties"] |= dict.fromkeys(names)
    feature["geometry"]["coordinates"][2] = None
    event = usgs_geojson.read(put(json.dumps(collection(feature)))).iloc[0]
    assert np.isnan(event["magnitude"])
    assert np.isnan(event["depth_km"])
    assert pd.isna(event["updated"])
    assert (event["magnitude_type"], event["place"], event["status"]) == ("", "", "")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/mag", "9.1"),
        ("properties/mag", True),
        ("properties/mag", 91),
        ("properties/time", None),
        ("properties/time", "2011-03-11"),
        ("properties/time", 1e30),
        ("properties/type", 5),
        ("properties/status", 5),
        ("geometry/coordinates", [142.373]),
        ("geometry/coordinates", None),
        ("geometry/coordinates/0", 200.0),
        ("geometry/coordinates/1", None),
        ("geometry", None),
        ("properties", {}),
        ("id", None),
        ("id", 7),
    ],
)
def test_faults_are_refused(put, path, value):
    error = refused(put(json.dumps(collection(FEATURE, changed(path, value)))))
    assert isinstance(error, FormatError)


def test_the_feature_is_named(put):
    error = refused(put(json.dumps(collection(FEATURE, changed("properties/mag", "x")))))
    assert "feature 1" in error.expected
    assert "'x'" in str(error.found)


@pytest.mark.parametrize(
    "content",
    [
        collection(FEATURE, count=2),
        collection(status=400, error="Bad Request"),
        {"type": "FeatureCollection", "metadata": [1], "features": []},
        {"type": "FeatureCollection"},
        {"count": 1, "maxAllowed": 20000},
        [FEATURE],
    ],
)
def test_what_is_no_answer_with_events(put, content):
    refused(put(json.dumps(content)))


def test_nan_is_no_json(put):
    text = json.dumps(collection(changed("properties/mag", float("nan"))))
    assert "NaN" in str(refused(put(text)).found)


def test_every_cut_is_refused(put):
    text = json.dumps(collection(FEATURE), indent=1)
    for length in range(1, len(text)):
        refused(put(text[:length]))


def test_error_texts_are_refused(put):
    error = refused(put("Error 400: Bad Request\n\nBad limit value\n"))
    assert "Bad limit value" in error.found
    assert "HTML page" in refused(put("<html><body>502</body></html>")).found


@pytest.mark.parametrize("name", ["1900_1909", "1910_1939", "1940_1969"])
def test_csv_and_geojson_of_one_query_are_one_table(real_data, name):
    folder = real_data / "catalogs/japan_M4.5_1905-2023"
    ours = usgs_geojson.read(folder / f"{name}.json")
    theirs = usgs_csv.read(folder / f"{name}.csv")
    # The csv has question marks for letters that it cannot write.
    drop = ["place"]
    pd.testing.assert_frame_equal(ours.drop(columns=drop), theirs.drop(columns=drop))


def test_recorded_answers(real_data):
    folder = real_data / "api_responses/usgs_decoded"
    counts = {}
    for path in sorted(folder.glob("*.json")):
        if "count" in path.name:
            refused(path)
            continue
        told = json.loads(path.read_text()).get("metadata", {"count": 1})["count"]
        counts[path.name] = len(usgs_geojson.read(path))
        assert counts[path.name] == told
    assert counts["search_search_01.json"] == 0
    assert max(counts.values()) > 400
    unknown = usgs_geojson.read(folder / "search_null_00.json")["magnitude"]
    assert unknown.isna().tolist() == [False, True, False]
