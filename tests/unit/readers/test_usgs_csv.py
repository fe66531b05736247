"""The csv of the event service: texts written here and real downloads."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest

from laicflow import schema
from laicflow.errors import FormatError
from laicflow.readers import usgs_csv

HEADER = "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type"
NEWER = ",horizontalError,depthError,magError,magNst,status,locationSource,magSource"
FIRST = (
    "2015-10-23T00:27:39.560Z,29.6377,70.326,11,5.6,MWW,,38,4.722,0.88,us,us10003qv5,"
    '2022-08-01T13:15:05.654Z,"10 km NNW of Dajal, Pakistan",earthquake'
)
SECOND = (
    "2017-09-03 03:30:01,41.332,129.03,0.0,6.3,mb,,,,,us,us2000aert,"
    "2021-07-21T15:55:10.040Z,,nuclear explosion"
)
TAIL = ",7.9,1.8,,,reviewed,us,us"


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        usgs_csv.read(path)
    return caught.value


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("newer", [True, False])
def test_values(put, mark, end, newer):
    lines = [HEADER + NEWER * newer, FIRST + TAIL * newer, SECOND + TAIL * newer]
    events = usgs_csv.read(put(mark + (end.join(lines) + end).encode()))
    first, second = events.to_dict("records")
    wanted = {
        "event_id": "us10003qv5",
        "time": pd.Timestamp("2015-10-23 00:27:39.560"),
        "latitude": 29.6377,
        "longitude": 70.326,
        "depth_km": 11.0,
        "magnitude": 5.6,
        "magnitude_type": "mww",
        "network": "us",
        "event_type": "earthquake",
        "updated": pd.Timestamp("2022-08-01 13:15:05.654"),
        "place": "10 km NNW of Dajal, Pakistan",
        "status": "reviewed" if newer else "",
    }
    assert {key: first[key] for key in wanted} == wanted
    assert second["time"] == pd.Timestamp("2017-09-03 03:30:01")
    assert (second["event_type"], second["place"]) == ("nuclear explosion", "")


def test_a_header_alone_gives_an_empty_table_of_the_right_types(put):
    events = usgs_csv.read(put(HEADER + NEWER + "\n"))
    assert len(events) == 0
    pd.testing.assert_frame_equal(events, schema.empty("events"))
    assert events["time"].dtype == "datetime64[us]"
    full = usgs_csv.read(put(f"{HEADER}\n{FIRST}\n"))
    assert full.dtypes.equals(events.dtypes)


def test_what_is_missing_upstream_is_missing_here(put):
    row = FIRST.replace(",11,5.6,MWW,", ",,,,").replace("2022-08-01T13:15:05.654Z", "")
    event = usgs_csv.read(put(f"{HEADER}\n{row}\n")).iloc[0]
    assert np.isnan(event["magnitude"])
    assert np.isnan(event["depth_km"])
    assert pd.isna(event["updated"])
    assert event["magnitude_type"] == ""


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        (",5.6,", ",5.6?,", "mag"),
        (",5.6,", ",nan,", "mag"),
        (",5.6,", ",56,", "magnitude between"),
        ("29.6377", "", "latitude"),
        ("29.6377", "92.0", "latitude between"),
        ("70.326", "190.0", "longitude between"),
        (",11,", ",1100,", "depth_km between"),
        ("2015-10-23T00:27:39.560Z", "23/10/2015 00:27", "time"),
        ("2015-10-23T00:27:39.560Z", "", "time"),
        ("2022-08-01T13:15:05.654Z", "2022-08-01", "updated"),
        ("us10003qv5", "", "event id"),
        (",38,", ",", "15 cells"),
        (",38,", ",3,8,", "15 cells"),
    ],
)
def test_faults_are_refused_with_their_line(put, before, after, part):
    assert before in FIRST
    error = refused(put(f"{HEADER}\n{SECOND}\n{FIRST.replace(before, after)}\n"))
    assert error.line == 3
    assert part in error.expected


@pytest.mark.parametrize("column", ["time", "mag", "net", "id", "type"])
def test_a_missing_column_is_named(put, column):
    error = refused(put(HEADER.replace(column, "other", 1) + "\n"))
    assert error.expected == f"a column {column!r}"


@pytest.mark.parametrize("newer", [True, False])
def test_every_cut_of_the_last_line_that_could_matter_is_refused(put, newer):
    text = f"{HEADER + NEWER * newer}\n{SECOND + TAIL * newer}\n{FIRST + TAIL * newer}\n"
    whole = usgs_csv.read(put(text))
    start = text.rindex("\n", 0, -1) + 2
    refusals = 0
    for length in range(start, len(text)):
        path = put(text[:length])
        try:
            events = usgs_csv.read(path)
        except FormatError as error:
            assert error.line == 3
            refusals += 1
        else:
            pd.testing.assert_frame_equal(events, whole)
    # Of the newer files only cuts inside the last cell, which is not read, may pass.
    assert refusals == len(text) - start - (3 if newer else 0)


def test_answers_that_hold_no_events_are_refused(put):
    answer = (
        "Error 400: Bad Request\n\n286412 matching events exceeds search limit of 20000. Modify "
        "the search to match fewer events.\n\nUsage details are available from ...\n"
    )
    error = refused(put(answer, "query.csv"))
    assert "286412 matching events" in error.found
    assert "HTML page" in refused(put("<!doctype html><title>502</title>", "query.csv")).found


@pytest.mark.parametrize(
    "name",
    ["M4_lat33-78N_2000-2020/query_10.csv", "global_M5_2015-2025/usgs_M5_201510-202510.csv",
     "japan_M4.5_1905-2023/1900_2023.csv", "seismostats_fixtures/../japan_M4.5_1905-2023/"
     "1910_1939.csv"],
)  # fmt: skip
def test_real_downloads(real_data, name):
    path = real_data / "catalogs" / name
    events = usgs_csv.read(path)
    with open(path, encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(events) == len(rows)
    for column, theirs in (
        ("latitude", "latitude"),
        ("longitude", "longitude"),
        ("depth_km", "depth"),
        ("magnitude", "mag"),
    ):
        assert events[column].tolist() == [float(row[theirs]) for row in rows]
    times = events["time"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3]
    assert times.tolist() == [row["time"].replace(" ", "T").rstrip("Z") for row in rows]
    assert (
        events["event_type"].value_counts().to_dict()
        == pd.Series([row["type"] for row in rows]).value_counts().to_dict()
    )
    assert events["status"].tolist() == [row.get("status", "") for row in rows]
    assert events["event_id"].is_unique


def test_the_tohoku_earthquake(real_data):
    events = usgs_csv.read(real_data / "catalogs/japan_M4.5_1905-2023/2000_2023.csv")
    largest = events.loc[events["magnitude"].idxmax()]
    assert largest["magnitude"] == 9.1
    assert largest["magnitude_type"] == "mww"
    assert largest["time"] == pd.Timestamp("2011-03-11 05:46:24.120")


def test_catalogs_of_other_makers_are_refused(real_data):
    for name in ("kaggle/kaggle_significant_1965-2016_M5.5.csv", "isc-gem/isc-gem-cat.csv"):
        assert "column" in refused(real_data / "catalogs" / name).expected
