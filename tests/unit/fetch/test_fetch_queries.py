"""Partitions that are answers of a query service."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import parse_qsl

import pytest

from laicflow.errors import FetchError
from laicflow.replica import usgs as replica_usgs
from laicflow.replica.server import Fault, serve
from laicflow.sources import usgs as sources_usgs

D = dt.date


def test_queries_are_halved_until_they_fit(folder, raw, monkeypatch, fetch):
    for module in (replica_usgs, sources_usgs):
        monkeypatch.setattr(module, "LIMIT", 10)
    with serve(folder) as replica:
        said = {"start": D(2001, 1, 1), "end": D(2001, 1, 31), "options": {"minmagnitude": 4.0}}
        receipt = fetch("usgs", raw, [replica.base("usgs")], **said)
        asked = replica.asked()
        fetch("usgs", raw, [replica.base("usgs")], **said)
        assert replica.asked() == asked
    # 31 events, one a day: 15 + 16 are too many, 7 + 8 + 8 + 8 are not.
    assert [file["name"] for file in receipt["files"]] == [
        "usgs_20010101-20010107_m4_global.csv",
        "usgs_20010108-20010115_m4_global.csv",
        "usgs_20010116-20010123_m4_global.csv",
        "usgs_20010124-20010131_m4_global.csv",
    ]
    lines = [(raw / file["path"]).read_text().splitlines() for file in receipt["files"]]
    assert [len(part) - 1 for part in lines] == [7, 8, 8, 8]
    assert sum("count?" in path for path in asked) == 7
    assert sum("query?" in path for path in asked) == 4


def test_half_a_catalog_is_kept_when_the_other_half_fails(folder, raw, monkeypatch, fetch):
    for module in (replica_usgs, sources_usgs):
        monkeypatch.setattr(module, "LIMIT", 20)
    fault = Fault("status", match="starttime=2001-01-01T00:00:00&endtime=2001-01-15")
    said = {"start": D(2001, 1, 1), "end": D(2001, 1, 31)}
    with serve(folder, faults=[fault]) as replica, pytest.raises(FetchError, match="HTTP 503"):
        fetch("usgs", raw, [replica.base("usgs")], **said)
    assert (raw / "usgs/2001/usgs_20010116-20010131_all_global.csv").is_file()


def test_the_services_own_words_reach_the_user(folder, raw, fetch):
    said = {"options": {"latitude": [-100, 90]}}
    with serve(folder) as replica, pytest.raises(FetchError) as caught:
        fetch("usgs", raw, [replica.base("usgs")], **said)
    assert "HTTP 400 (Error 400: Bad Request: Bad minlatitude value" in str(caught.value)


def test_boxes_do_not_share_files(folder, raw, fetch):
    with serve(folder) as replica:
        bases = [replica.base("usgs")]
        one = fetch("usgs", raw, bases, options={"latitude": [10, 20], "minmagnitude": 5})
        two = fetch("usgs", raw, bases, options={"latitude": [10, 13], "minmagnitude": 5})
    first, second = ((raw / r["files"][0]["path"]).read_text() for r in (one, two))
    assert (first.count("\n"), second.count("\n")) == (5, 3)


def test_geojson(folder, raw, fetch):
    with serve(folder) as replica:
        receipt = fetch("usgs", raw, [replica.base("usgs")], options={"format": "geojson"})
    found = json.loads((raw / receipt["files"][0]["path"]).read_text())
    assert len(found["features"]) == 4


def test_a_bulletin_of_too_many_events_is_halved(raw, upstream, fetch):
    """Two of four days are too many for this page."""

    def answer(method, path, headers):
        said = dict(parse_qsl(path.partition("?")[2]))
        first, last = (int(said[f"{end}_day"]) for end in ("start", "end"))
        told = "Sorry, there are too many events." if last - first > 1 else "No events were found."
        body = f"<!DOCTYPE html><html><body><h2>ISC</h2><p>{told}</p></body></html>".encode()
        return 200, {"Content-Type": "text/html"}, body

    with upstream(answer) as (port, log):
        receipt = fetch("isc_bulletin", raw, [f"http://127.0.0.1:{port}"])
    names = [file["name"][13:30] for file in receipt["files"]]
    assert names == [f"200101{day}-200101{day}" for day in (12, 13, 14, 15)]
    assert len(log) == 7
