"""What is there upstream, learned without downloading it."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from laicflow.errors import ConfigError, FetchError
from laicflow.fetch import Client, list_partition
from laicflow.fetch_listing import fingerprint
from laicflow.replica.server import Fault, serve
from laicflow.sources import registry
from laicflow.sources.request import Request

D = dt.date
NOW = dt.datetime(2001, 1, 16, 6)
FILES = [f"/jpl/2001/{day:03d}/jplg{day:03d}0.01i.Z" for day in (12, 13, 14, 15)]
NAMES = [path[-14:] for path in FILES]


@pytest.fixture
def listed(shipped):
    """`list_partition` with the shipped settings and a client that never sleeps."""

    def ask(source, bases, **said):
        settings = shipped(source) | said.pop("settings", {})
        names = {"month": "2001-01", "year": "2001", "all": "all"}
        made = {"options": {}, "start": D(2001, 1, 12), "end": D(2001, 1, 15), "now": NOW}
        partition = said.pop("partition", names[settings["partition"]])
        client = Client(sleep=lambda seconds: None, read=5)
        return list_partition(
            source, partition, settings=settings, bases=bases, client=client, **(made | said)
        )

    return ask


def test_a_month_by_the_heads_of_its_files(folder, listed):
    (folder / "ionex/jplg0150.01i.Z").unlink()
    with serve(folder) as replica:
        found = listed("jpl", [replica.base("jpl")], end=D(2001, 1, 20))
    assert {seen.method for seen in replica.log} == {"HEAD"}
    assert replica.asked()[:3] == FILES[:3]
    # Neither today nor what is to come is asked for.
    assert {path.split("/")[3] for path in replica.asked() if path.endswith(".Z")} == {
        "012", "013", "014", "015",
    }  # fmt: skip
    there = [entry for entry in found["files"] if entry["exists"]]
    assert [entry["name"] for entry in there] == NAMES[:3]
    body = (folder / "ionex" / NAMES[0]).read_bytes()
    one = dict(there[0])
    assert one.pop("etag").strip('"').isalnum() and one.pop("last_modified").endswith(" GMT")
    assert one == {
        "name": NAMES[0],
        "day": "2001-01-12",
        "url_path": FILES[0].removeprefix("/jpl/"),
        "size": len(body),
        "exists": True,
    }
    absent = [entry["day"] for entry in found["files"] if not entry["exists"]]
    assert absent == [f"2001-01-{day}" for day in range(15, 21)]
    assert (found["source"], found["partition"], found["closed"]) == ("jpl", "2001-01", False)


def test_the_fingerprint_follows_what_is_there_and_not_where(folder, listed):
    with serve(folder) as one, serve(folder) as two:
        first = listed("jpl", [one.base("jpl")])
        assert listed("jpl", [two.base("jpl")]) == first
        assert listed("jpl", [two.base("jpl")], now=dt.datetime(2010, 1, 1)) == first | {
            "closed": True
        }
        path = folder / "ionex" / NAMES[1]
        path.write_bytes(path.read_bytes() + b"\0")
        second = listed("jpl", [one.base("jpl")])["fingerprint"]
    path.unlink()
    with serve(folder) as one:
        third = listed("jpl", [one.base("jpl")])["fingerprint"]
    assert len({first["fingerprint"], second, third}) == 3


def test_a_fingerprint_by_hand():
    # sha256 of nothing, FIPS 180-2's well-known value for the empty message.
    entry = {"name": "a", "size": 3, "etag": '"t"', "last_modified": "x", "exists": True}
    assert fingerprint([entry]) == fingerprint([entry | {"last_modified": "y"}])
    assert fingerprint([entry | {"exists": False}]) == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    dated = entry | {"etag": ""}
    assert fingerprint([dated]) != fingerprint([dated | {"last_modified": "y"}])
    assert fingerprint([dated]) != fingerprint([dated | {"size": 4}])
    two = [entry, entry | {"name": "b", "size": None}]
    assert fingerprint(two) == fingerprint(two[::-1])


@pytest.mark.parametrize("kind", ["no_head", "status"])
def test_where_head_is_refused_one_byte_is_asked_for(folder, listed, kind):
    with serve(folder) as replica:
        expected = listed("jpl", [replica.base("jpl")])
    fault = Fault(kind, status=501, times=1) if kind == "status" else Fault(kind)
    with serve(folder, faults=[fault]) as replica:
        assert listed("jpl", [replica.base("jpl")]) == expected
    asked = [seen for seen in replica.log if seen.method == "GET"]
    assert {(seen.headers["Range"], seen.status) for seen in asked} == {("bytes=0-0", 206)}


def test_a_server_without_ranges_is_not_read_further(folder, listed):
    with serve(folder, faults=[Fault("no_head"), Fault("no_ranges")]) as replica:
        found = listed("jpl", [replica.base("jpl")])
    assert found["files"][0]["size"] == (folder / "ionex" / NAMES[0]).stat().st_size


def test_an_alternative_path_and_the_next_mirror(folder, tmp_path, listed):
    (folder / "ionex" / NAMES[0]).rename(folder / "ionex/JPLG0120.01I.gz")
    (tmp_path / "empty").mkdir()
    with serve(tmp_path / "empty") as empty, serve(folder) as replica:
        found = listed("jpl", [empty.base("jpl"), replica.base("jpl")])
    assert found["files"][0]["name"] == "jplg0120.01i.gz"
    assert found["files"][0]["url_path"].endswith("/JPLG0120.01I.gz")
    assert all(entry["exists"] for entry in found["files"])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("reset"), "5 attempts"),
        (Fault("status", status=503), "HTTP 503"),
        (Fault("html"), "a web page stands there instead of jplg0120.01i.Z"),
        (Fault("status", status=400, message="no"), "HTTP 400"),
        (Fault("loop"), "circle"),
    ],
)
def test_what_cannot_be_asked_is_an_error_and_not_absent(folder, listed, fault, told):
    with serve(folder, faults=[fault]) as bad, serve(folder) as good:
        with pytest.raises(FetchError, match=told) as caught:
            listed("jpl", [bad.base("jpl")])
        assert "jpl 2001-01: 4 of 4 files cannot be listed" in str(caught.value)
        assert "an earlier listing stays" in str(caught.value)
        assert listed("jpl", [bad.base("jpl"), good.base("jpl")]) == listed(
            "jpl", [good.base("jpl")]
        )


def test_a_local_archive_is_looked_at(folder, listed):
    for name in NAMES:
        os.utime(folder / "ionex" / name, (784111777, 784111777))
    (folder / "ionex" / NAMES[3]).unlink()
    found = listed("jpl", [(folder / "ionex").as_uri()])
    assert [entry["exists"] for entry in found["files"]] == [True, True, True, False]
    # The date is the example of RFC 9110, section 5.6.7.
    assert found["files"][0] == {
        "name": NAMES[0],
        "day": "2001-01-12",
        "url_path": NAMES[0],
        "size": (folder / "ionex" / NAMES[0]).stat().st_size,
        "etag": "",
        "last_modified": "Sun, 06 Nov 1994 08:49:37 GMT",
        "exists": True,
    }


def module_of(monkeypatch, **functions):
    """A source of one query."""
    query = Request("query?a=1", "events.csv")
    said = {"requests": lambda *asked: [query], **functions}
    module = type("Module", (), {name: staticmethod(made) for name, made in said.items()})
    monkeypatch.setattr(registry, "load", lambda name: module)


def test_a_query_that_nobody_counts(listed, monkeypatch):
    module_of(monkeypatch)
    (entry,) = listed("usgs", ["http://127.0.0.1:9"])["files"]
    assert (entry["exists"], entry["size"]) == (True, None)
    assert entry["etag"].startswith("asked on ")


def test_a_query_is_counted_by_its_source(upstream, listed, monkeypatch):
    count = Request("count?a=1", "events.count.txt", check="usgs_count")
    module_of(
        monkeypatch, listing=lambda request, ask, now, before: {"etag": ask(count).decode().strip()}
    )

    def answer(method, path, headers):
        return (200, {}, b"22\n") if path == "/count?a=1" else (500, {}, b"")

    with upstream(answer) as (port, log):
        (entry,) = listed("usgs", ["http://127.0.0.1:9", f"http://127.0.0.1:{port}"])["files"]
    assert (entry["exists"], entry["etag"]) == (True, "22")
    with pytest.raises(FetchError, match="refused"):
        listed("usgs", ["http://127.0.0.1:9"])
    with upstream(lambda *asked: (200, {}, b"<html>down</html>")) as (port, log):
        with pytest.raises(FetchError, match="a web page came"):
            listed("usgs", [f"http://127.0.0.1:{port}"])


def test_nothing_of_a_partition_is_needed(folder, listed):
    with serve(folder) as replica:
        found = listed("jpl", [replica.base("jpl")], partition="2001-02")
    assert (found["files"], replica.log) == ([], [])


def test_bases_that_are_none(listed):
    with pytest.raises(ConfigError, match="base"):
        listed("jpl", [])
