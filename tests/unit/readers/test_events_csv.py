"""A user's own catalog."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow import schema
from laicflow.errors import FormatError
from laicflow.readers import events_csv

NAMES = "event_id,time,latitude,longitude,magnitude"
ROW = "a1,2020-01-24T17:55:14.000Z,38.4312,39.0609,6.8"


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        events_csv.read(path)
    return caught.value


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_required_columns_are_enough(put, mark, end):
    events = events_csv.read(put(mark + f"{NAMES}{end}{ROW}{end}".encode()))
    (event,) = events.to_dict("records")
    wanted = {
        "event_id": "a1",
        "time": pd.Timestamp("2020-01-24 17:55:14"),
        "latitude": 38.4312,
        "longitude": 39.0609,
        "magnitude": 6.8,
        "magnitude_type": "",
        "event_type": "earthquake",
        "network": "",
        "place": "",
        "status": "",
    }
    assert {key: event[key] for key in wanted} == wanted
    assert np.isnan(event["depth_km"])
    assert pd.isna(event["updated"])


def test_all_columns_in_any_order(put):
    names = (
        "place,depth_km,x_note,time,event_type,magnitude,magnitude_type,updated,network,"
        "longitude,latitude,status,event_id"
    )
    row = (
        '"Sivrice, Turkey",10.5,mine,2020-01-24T20:55:14+03:00,,6.8,MWW,2020-02-01 00:00:00,KOERI,'
        "39.0609,38.4312,final,a1"
    )
    (event,) = events_csv.read(put(f"{names}\n{row}\n")).to_dict("records")
    wanted = {
        "event_id": "a1",
        "time": pd.Timestamp("2020-01-24 17:55:14"),
        "latitude": 38.4312,
        "longitude": 39.0609,
        "depth_km": 10.5,
        "magnitude": 6.8,
        "magnitude_type": "mww",
        "event_type": "earthquake",
        "network": "KOERI",
        "place": "Sivrice, Turkey",
        "updated": pd.Timestamp("2020-02-01"),
        "status": "final",
    }
    assert {key: event[key] for key in wanted} == wanted


def test_a_time_without_a_zone_is_utc_and_other_types_are_kept(put):
    row = ROW.replace("T17:55:14.000Z", " 17:55:14")
    event = events_csv.read(put(f"{NAMES},event_type\n{row},Mine Collapse\n")).iloc[0]
    assert event["time"] == pd.Timestamp("2020-01-24 17:55:14")
    assert event["event_type"] == "mine collapse"


def test_a_magnitude_may_be_missing(put):
    row = ROW.removesuffix("6.8")
    assert events_csv.read(put(f"{NAMES}\n{row}\n"))["magnitude"].isna().all()


def test_a_header_alone_gives_an_empty_table(put):
    pd.testing.assert_frame_equal(events_csv.read(put(NAMES + "\n")), schema.empty("events"))


@pytest.mark.parametrize("column", NAMES.split(","))
def test_a_missing_column_is_named(put, column):
    names = NAMES.replace(column, "x_" + column)
    error = refused(put(f"{names}\n{ROW}\n"))
    assert (error.line, error.expected) == (1, f"a column {column!r}")


@pytest.mark.parametrize(
    ("column", "name"),
    [("depth", "depth_km"), ("Depth_km", "depth_km"), ("magType", "magnitude_type")],
)
def test_a_column_by_another_name_is_refused_with_the_right_one(put, column, name):
    error = refused(put(f"{NAMES},{column}\n{ROW},5\n"))
    assert (error.line, error.expected) == (1, f"the name {name!r}")
    assert repr(column) in error.found


def test_an_unknown_column_is_refused_with_what_to_do(put):
    error = refused(put(f"{NAMES},colour\n{ROW},5\n"))
    assert error.line == 1
    assert "begins with 'x_'" in error.expected
    assert "'colour'" in error.found
    assert "'time'" in refused(put(f"{NAMES},time\n{ROW},5\n")).expected


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("6.8", "6.8?", "magnitude"),
        ("6.8", "68", "magnitude between"),
        ("6.8", '"6,8"', "decimal point for magnitude"),
        ("38.4312", '"38,4312"', "decimal point for latitude"),
        ("38.4312", "", "latitude"),
        ("38.4312", "98.4", "latitude between"),
        ("39.0609", "239.0609", "longitude between"),
        ("2020-01-24T17:55:14.000Z", "24/01/2020 17:55:14", "year first"),
        ("2020-01-24T17:55:14.000Z", "01.02.2020 17:55", "year first"),
        ("2020-01-24T17:55:14.000Z", "2020-01-24", "time"),
        ("2020-01-24T17:55:14.000Z", "", "time"),
        ("2020-01-24", "2020-02-30", "time"),
        ("a1", "", "event id"),
        ("38.4312,", "", "5 cells"),
    ],
)
def test_faults_are_refused_with_their_line(put, before, after, part):
    assert before in ROW
    good = ROW.replace("a1", "a0")
    error = refused(put(f"{NAMES}\n{good}\n{ROW.replace(before, after)}\n"))
    assert error.line == 3
    assert part in error.expected


def test_an_id_that_stands_twice_is_refused(put):
    error = refused(put(f"{NAMES}\n{ROW}\n{ROW}\n"))
    assert (error.line, error.found) == (3, "'a1', as in line 2")


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_refused_with_what_to_do(put, mark, name):
    text = f"{NAMES}\n{ROW}\n".replace(".", ",").replace("e,", "e" + mark)
    text = text.split("\n")[0].replace(",", mark) + "\n" + text.split("\n")[1] + "\n"
    error = refused(put(text))
    assert error.line == 1
    assert name in error.found
    assert "comma delimited" in error.expected


def test_cut_files_and_other_files_are_refused(put):
    text = f"{NAMES}\n{ROW}\n"
    for length in range(len(NAMES) + 2, len(text)):
        assert refused(put(text[:length])).line == 2
    assert "empty" in refused(put("")).found
    assert "HTML page" in refused(put("<html><body>Log in</body></html>")).found
    assert "utf-8" in refused(put(f"{NAMES},place\n{ROW},Türkiye\n".encode("cp1252"))).expected


def test_a_real_table_with_other_columns(real_data):
    error = refused(real_data / "catalogs/seismostats_fixtures/fdsnws2020.csv")
    assert (error.line, error.expected) == (1, "the name 'depth_km'")
