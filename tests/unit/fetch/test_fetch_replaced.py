"""What an upstream replaces, has ahead of time, or has no data for."""

from __future__ import annotations

import datetime as dt

import ncompress
import pytest

from laicflow import fetch as fetching
from laicflow.errors import FetchError
from laicflow.fetch_manifest import frame
from laicflow.replica.server import Fault, serve
from laicflow.sources.request import Request

D = dt.date
NOW = dt.datetime(2010, 1, 1)
LATER = NOW + dt.timedelta(days=30)
OPEN = dt.datetime(2001, 1, 16, 6)
ONE = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
NAME = "jplg0130.01i.Z"


def replace(folder, ionex):
    """Another version of a day's maps upstream; gives the old bytes and the new."""
    path = folder / "ionex" / NAME
    old, new = path.read_bytes(), ncompress.compress(ionex(D(2001, 1, 13), "JPL, once more"))
    path.write_bytes(new)
    return old, new


def test_a_closed_file_that_the_archive_replaced(folder, raw, fetch, ionex):
    with serve(folder) as replica:
        bases = [replica.base("jpl")]
        first = fetch("jpl", raw, bases)
        old, new = replace(folder, ionex)
        # A closed day is left alone unless it is asked for.
        assert fetch("jpl", raw, bases, now=LATER) == first
        second = fetch("jpl", raw, bases, now=LATER, recheck=True)
    assert [seen.status for seen in replica.log[4:]] == [304, 200, 304, 304]
    changed = [a["name"] for a, b in zip(first["files"], second["files"], strict=True) if a != b]
    assert changed == [NAME]
    rows = frame(raw).query(f"file == 'jpl/2001/{NAME}'")
    assert rows["fetched"].tolist() == [NOW, LATER]
    digests = [first["files"][1]["sha256"], second["files"][1]["sha256"]]
    assert rows["sha256"].tolist() == digests
    assert rows["etag"].tolist() == [f'"{digest}"' for digest in digests]
    # The bytes of the version that had been final stay beside the new ones.
    assert (raw / "jpl/2001" / NAME).read_bytes() == new
    assert (raw / f"jpl/2001/{NAME}.{digests[0][:8]}").read_bytes() == old


def test_a_recheck_is_made_once_at_a_time(folder, raw, fetch):
    with serve(folder) as replica:
        for _ in range(3):
            fetch("jpl", raw, [replica.base("jpl")], now=LATER, recheck=True)
        fetch("jpl", raw, [replica.base("jpl")], now=LATER + dt.timedelta(days=1), recheck=True)
    assert [seen.status for seen in replica.log] == [200] * 4 + [304] * 4


def test_a_time_that_has_not_come_yet_proves_nothing(folder, raw, fetch, ionex):
    """A node whose clock was ahead has fetched; the archive replaces a file within that time."""
    ahead, now = LATER + dt.timedelta(hours=1), LATER + dt.timedelta(minutes=5)
    with serve(folder) as replica:
        bases = [replica.base("jpl")]
        fetch("jpl", raw, bases, now=ahead, **ONE)
        _, new = replace(folder, ionex)
        fetch("jpl", raw, bases, now=now, recheck=True, **ONE)
        assert (raw / "jpl/2001" / NAME).read_bytes() == new
        # By a right clock it has been confirmed after its day had closed: nothing is asked.
        fetch("jpl", raw, bases, now=now, **ONE)
    assert [seen.status for seen in replica.log] == [200, 200]


def test_a_clock_years_ahead_closes_no_day(folder, raw, fetch, ionex):
    with serve(folder) as replica:
        bases = [replica.base("jpl")]
        fetch("jpl", raw, bases, now=OPEN.replace(year=2031), **ONE)
        _, new = replace(folder, ionex)
        fetch("jpl", raw, bases, now=OPEN, **ONE)
    assert (raw / "jpl/2001" / NAME).read_bytes() == new


def test_versions_of_an_open_day_leave_only_their_rows(folder, raw, fetch, ionex):
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], now=OPEN, **ONE)
        replace(folder, ionex)
        fetch("jpl", raw, [replica.base("jpl")], now=OPEN, **ONE)
    assert len(frame(raw)) == 2
    assert [path.name for path in (raw / "jpl/2001").iterdir()] == [NAME]


def test_a_recheck_that_finds_nothing_keeps_what_is_here(folder, raw, fetch, capsys):
    with serve(folder) as replica:
        first = fetch("jpl", raw, [replica.base("jpl")])
    with serve(folder, faults=[Fault("status", status=404)]) as replica:
        assert fetch("jpl", raw, [replica.base("jpl")], now=LATER, recheck=True) == first
    assert "not refreshed, the earlier version stays" in capsys.readouterr().err


@pytest.mark.parametrize("fault", [Fault("status", status=403), Fault("html")])
def test_a_recheck_that_fails_is_an_error_and_keeps_what_is_here(folder, raw, fetch, fault):
    """Else the version of which the listing tells would never be asked for again."""
    with serve(folder) as replica:
        first = fetch("jpl", raw, [replica.base("jpl")])
    before = [(raw / file["path"]).read_bytes() for file in first["files"]]
    with serve(folder, faults=[fault]) as replica, pytest.raises(FetchError, match="4 of 4 files"):
        fetch("jpl", raw, [replica.base("jpl")], now=LATER, recheck=True)
    assert [(raw / file["path"]).read_bytes() for file in first["files"]] == before
    assert len(frame(raw)) == 4


@pytest.mark.parametrize("status", [403, 404, 503])
@pytest.mark.parametrize("now", [LATER, OPEN])
def test_events_that_are_told_of_and_not_had_are_an_error(folder, raw, fetch, status, now):
    """With the earlier version, or none, an earthquake that the listing knows would be missing."""
    with serve(folder) as replica:
        first = fetch("usgs", raw, [replica.base("usgs")], now=OPEN)
    down = [Fault("status", status=status)]
    with serve(folder, faults=down) as replica, pytest.raises(FetchError, match="1 of 1 files"):
        fetch("usgs", raw, [replica.base("usgs")], now=now + dt.timedelta(hours=2), recheck=True)
    # What is here stays, and is as old as before.
    assert (raw / first["files"][0]["path"]).is_file()
    assert set(frame(raw)["checked"]) == {OPEN}


def test_what_a_listing_knows_is_asked_for_however_young_the_file_is(folder, raw, fetch, ionex):
    """And until it was confirmed a day later: two clocks may be apart."""
    minutes, own = dt.timedelta(minutes=40), {**ONE, "settings": {"recheck_hours": 1}}
    with serve(folder) as replica:
        bases = [replica.base("jpl")]
        fetch("jpl", raw, bases, now=OPEN, **own)
        new = replace(folder, ionex)[1]
        fetch("jpl", raw, bases, now=OPEN + minutes, **own)
        assert (raw / "jpl/2001" / NAME).read_bytes() != new
        told = {"recheck": True, "listed": OPEN + minutes / 2, **own}
        fetch("jpl", raw, bases, now=OPEN + minutes, **told)
        assert (raw / "jpl/2001" / NAME).read_bytes() == new
        day = dt.timedelta(days=1)
        fetch("jpl", raw, bases, now=OPEN + 1.5 * day, **told)
        asked = len(replica.log)
        fetch("jpl", raw, bases, now=OPEN + 1.51 * day, **told)
        assert len(replica.log) == asked
    # What was confirmed since stays where the upstream is away.
    with serve(folder, faults=[Fault("status", status=403)]) as replica:
        fetch("jpl", raw, [replica.base("jpl")], now=OPEN + 3 * day, **told)
        assert [seen.status for seen in replica.log] == [403]
    assert (raw / "jpl/2001" / NAME).read_bytes() == new


def test_a_new_version_that_is_none_does_not_replace(folder, raw, fetch):
    with serve(folder) as replica:
        first = fetch("jpl", raw, [replica.base("jpl")])
    with serve(folder, faults=[Fault("changed"), Fault("truncated")]) as replica:
        assert fetch("jpl", raw, [replica.base("jpl")], now=LATER, recheck=True) == first
    assert len(frame(raw)) == 4


@pytest.mark.parametrize(
    ("ahead", "asked"),
    [(None, [12, 13]), (0, [12, 13]), (1, [12, 13, 14, 15]), (2, [12, 13, 14, 15, 16])],
)
def test_predictions_are_there_before_their_day(folder, raw, fetch, ahead, asked):
    """On 14 January: days that are over, or today and as many days as are predicted."""
    settings = {} if ahead is None else {"ahead_days": ahead}
    said = {"end": D(2001, 1, 20), "now": dt.datetime(2001, 1, 14, 6), "settings": settings}
    with serve(folder) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")], **said)
    days = [path.split("/")[3] for path in replica.asked()]
    assert sorted({day for day in days if day.isdigit()}) == [f"0{day}" for day in asked]
    assert [file["day"][-2:] for file in receipt["files"]] == [f"{d}" for d in asked if d < 16]
    assert {entry["why"] for entry in receipt["missing"]} == {"not yet"}


HEADER = "#EventID|Time|Latitude\n"


@pytest.fixture
def service(monkeypatch):
    """A source of one query whose upstream may have nothing to say."""

    class Module:
        said = {"check": "fdsn_text", "empty": HEADER}
        tail = ""

        @classmethod
        def requests(cls, partition, start, end, settings, options):
            return [Request(f"query?format=text{cls.tail}", "events.txt", **cls.said)]

    monkeypatch.setattr(fetching.registry, "load", lambda name: Module)
    return Module


def test_no_data_is_an_empty_table(upstream, raw, fetch, service):
    with upstream(lambda *asked: (204, {"Content-Length": None}, b"")) as (port, log):
        receipt = fetch("usgs", raw, [f"http://127.0.0.1:{port}"])
        assert fetch("usgs", raw, [f"http://127.0.0.1:{port}"]) == receipt
    assert len(log) == 1
    assert (raw / receipt["files"][0]["path"]).read_text() == HEADER
    assert receipt["files"][0]["size"] == len(HEADER)
    assert receipt["missing"] == []


def test_404_is_no_data_where_the_query_says_so(upstream, raw, fetch, service):
    with upstream(lambda *asked: (404, {}, b"no data")) as (port, _):
        with pytest.raises(FetchError, match="not there"):
            fetch("usgs", raw, [f"http://127.0.0.1:{port}"])
        service.tail = "&nodata=404"
        receipt = fetch("usgs", raw, [f"http://127.0.0.1:{port}"])
    assert receipt["files"][0]["size"] == len(HEADER)


def test_no_data_where_there_must_be_some(upstream, raw, fetch, service):
    service.said = {}
    with upstream(lambda *asked: (204, {"Content-Length": None}, b"")) as (port, _):
        with pytest.raises(FetchError, match="HTTP 204, the service has no data"):
            fetch("usgs", raw, [f"http://127.0.0.1:{port}"])


def test_a_request_that_failed_may_be_followed_by_others(upstream, raw, fetch, service):
    """The halves of a query that matched too much; another error ends it."""
    halves = [Request(f"query?half={n}", f"{n}.txt") for n in (1, 2)]
    service.instead = staticmethod(
        lambda request, error: halves if request.name == "events.txt" else []
    )

    def answer(method, path, headers):
        return (200, {}, b"x") if path == "/query?half=1" else (400, {}, b"too many")

    with upstream(answer) as (port, _):
        with pytest.raises(FetchError) as caught:
            fetch("usgs", raw, [f"http://127.0.0.1:{port}"])
    assert "1 of 2 files failed" in str(caught.value)
    assert "2.txt: http" in str(caught.value) and "HTTP 400 (too many)" in str(caught.value)
    assert frame(raw)["file"].tolist() == ["usgs/2001/1.txt"]


def test_a_request_may_be_asked_anew(upstream, raw, fetch, service):
    service.said = {"fresh": True}
    with upstream(lambda *asked: (200, {}, b"x")) as (port, log):
        for _ in range(2):
            fetch("usgs", raw, [f"http://127.0.0.1:{port}"])
    assert len(log) == 2 and len(frame(raw)) == 1
