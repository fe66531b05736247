"""Mirrors that have several versions of a file: none that is older takes the place of a newer."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
from dataclasses import dataclass

import ncompress
import pytest

from laicflow import config as settings
from laicflow import plan
from laicflow.errors import FetchError
from laicflow.fetch import Client, list_partition
from laicflow.fetch_versions import keeps_up, told_by
from laicflow.files import write_json
from laicflow.sources import registry
from tests.unit.fetch.conftest import CONFIG, maps_of, running, settings_of
from tests.unit.minutes_files import hollow, iaga2002

D = dt.date
DAY = dt.timedelta(days=1)
NOW = dt.datetime(2010, 1, 1)
TWO = {"start": D(2001, 1, 13), "end": D(2001, 1, 14)}
KEEPS = "not refreshed, the earlier version stays"


@dataclass
class Mirror:
    """A mirror of JPL's maps, all of one version."""

    name: str
    version: int = 1
    year: int = 2007
    status: int = 200
    dated: bool = True

    def body(self, day: dt.date, version: int = 0) -> bytes:
        # Each version is longer than the one before.
        comment = f"JPL {'abcdefghijklmnopqrstuvwxyz'[: 5 * (version or self.version)]}"
        return ncompress.compress(maps_of(day, comment))

    def answer(self, method, path, headers):
        if self.status != 200:
            return self.status, {}, b""
        days = {f"/{self.name}/2001/{n:03d}/jplg{n:03d}0.01i.Z": D(2001, 1, n) for n in (13, 14)}
        if path not in days:
            return 404, {}, b""
        body = self.body(days[path])
        tag = f'"{self.name}-{hashlib.sha256(body).hexdigest()[:8]}"'
        if headers.get("If-None-Match") == tag:
            return 304, {"Content-Length": None}, b""
        date = email.utils.format_datetime(dt.datetime(self.year, 7, 1, tzinfo=dt.UTC), usegmt=True)
        return 200, {"ETag": tag} | ({"Last-Modified": date} if self.dated else {}), body


def once() -> Client:
    """A client that asks but once."""
    return Client(attempts=1, sleep=lambda seconds: None, read=5)


@pytest.fixture
def pair(raw, fetch):
    """Two mirrors of the same files, and what is done with them."""
    one, two = Mirror("a"), Mirror("b")

    class Pair:
        def __init__(self, bases):
            self.one, self.two, self.bases, self.now = one, two, bases, NOW

        def list(self):
            self.now += DAY
            said = {"settings": settings_of("jpl"), "options": {}, "bases": self.bases, **TWO}
            said |= {"now": self.now, "client": once()}
            self.told = list_partition("jpl", "2001-01", **said)["files"]

        def fetch(self, **said):
            return fetch("jpl", raw, self.bases, now=self.now, client=once(), **TWO, **said)

        def again(self):
            """As after `refresh`; gives the version of each file that is here then."""
            return self.here(self.fetch(recheck=True, listed=self.now, told=self.told))

        def here(self, receipt):
            whole = {
                one.body(D(2001, 1, n), version): version for n in (13, 14) for version in (1, 2, 3)
            }
            return [whole[(raw / file["path"]).read_bytes()] for file in receipt["files"]]

    with running(one.answer) as (first, _), running(two.answer) as (second, _):
        yield Pair([f"http://127.0.0.1:{first}/a", f"http://127.0.0.1:{second}/b"])


def test_what_a_listing_told_of_is_not_hidden_by_an_older_version_of_another_mirror(pair, capsys):
    assert pair.here(pair.fetch()) == [1, 1]
    pair.one.version, pair.one.year = 2, 2009
    pair.list()
    pair.one.status = 503
    with pytest.raises(FetchError, match="2 of 2 files failed") as caught:
        pair.again()
    assert str(caught.value).count("not the version that the last listing tells of") == 2
    # Another mirror that has it too will do, and the first one when it is back.
    pair.two.version, pair.two.year = 2, 2009
    assert pair.again() == [2, 2]
    assert KEEPS not in capsys.readouterr().err


def test_a_newer_version_here_is_not_taken_back_by_another_mirror(pair, capsys):
    pair.one.version, pair.one.year = 2, 2009
    assert pair.here(pair.fetch()) == [2, 2]
    pair.list()
    pair.one.status = 503
    assert pair.again() == [2, 2]
    assert capsys.readouterr().err.count(KEEPS) == 2
    # Nor where the first one has lost it, or nothing was listed.
    pair.one.status = 404
    assert pair.here(pair.fetch(recheck=True)) == [2, 2]
    # The other mirror is the one that is left, and was listed.
    pair.list()
    assert pair.again() == [2, 2]
    assert capsys.readouterr().err.count(KEEPS) == 4


@pytest.mark.parametrize("status", [404, 503])
def test_a_mirror_that_is_gone_for_good_gives_way_to_another(pair, status, capsys):
    assert pair.here(pair.fetch()) == [1, 1]
    pair.one.status = status
    pair.list()
    assert pair.again() == [1, 1]
    pair.two.version, pair.two.year = 2, 2009
    pair.list()
    assert pair.again() == [2, 2]
    # What changed after it was listed is taken as well.
    pair.two.version, pair.two.year = 3, 2010
    pair.now += DAY
    assert pair.here(pair.fetch(recheck=True, listed=pair.now, told=pair.told)) == [3, 3]
    assert KEEPS not in capsys.readouterr().err


def test_what_only_the_second_mirror_gives_is_its_own_to_replace(pair, capsys):
    """The first one lists what it does not give, of a size and a date of its own."""
    pair.one.status = 503
    assert pair.here(pair.fetch()) == [1, 1]
    pair.one.status, pair.one.version, pair.one.year = 200, 3, 2009
    pair.list()
    pair.one.status = 503
    assert pair.again() == [1, 1]
    assert capsys.readouterr().err.count(KEEPS) == 2
    pair.two.version = 2
    assert pair.again() == [2, 2]


def test_a_first_version_is_taken_wherever_it_comes_from_and_told_of(pair, capsys):
    pair.one.version, pair.one.year = 2, 2009
    pair.list()
    pair.one.status = 503
    assert pair.again() == [1, 1]
    said = capsys.readouterr().err
    assert said.count("has another version than the last listing tells of") == 2


def test_where_nothing_says_which_is_newer_what_is_here_stays(pair, capsys):
    pair.one.dated = pair.two.dated = False
    assert pair.here(pair.fetch()) == [1, 1]
    pair.list()
    pair.one.status, pair.two.version = 503, 2
    assert pair.again() == [1, 1]
    assert "nothing says that it is newer than what is here" in capsys.readouterr().err
    # Nor is a run held up where no listing is known: then the mirror that answers counts.
    assert pair.here(pair.fetch(recheck=True)) == [2, 2]


def test_a_folder_behind_a_mirror_may_not_take_back_either(pair, tmp_path, capsys):
    archive = tmp_path / "archive"
    archive.mkdir()
    for day in (13, 14):
        (archive / f"jplg0{day}0.01i.Z").write_bytes(pair.one.body(D(2001, 1, day), 1))
    pair.bases[1] = archive.as_uri()
    assert pair.here(pair.fetch()) == [1, 1]
    pair.one.version, pair.one.year = 2, 2009
    pair.list()
    pair.one.status = 503
    with pytest.raises(FetchError, match="not the version that the last listing tells of"):
        pair.again()
    pair.one.status = 200
    assert pair.again() == [2, 2]
    pair.now += 2 * DAY
    pair.one.status = 503
    assert pair.here(pair.fetch(recheck=True, listed=pair.now, told=pair.told)) == [2, 2]
    assert capsys.readouterr().err.count(KEEPS) == 2


SEVEN, NINE = (f"Wed, 01 Jul 200{year} 00:00:00 GMT" for year in (7, 9))


@pytest.mark.parametrize(
    ("version", "expected", "strict"),
    [
        ({}, True, True),
        ({"size": 4}, None, False),
        ({"size": 4, "last_modified": SEVEN}, False, False),
        ({"size": 4, "last_modified": ""}, False, False),
        ({"size": None}, True, True),
        ({"etag": '"u"'}, True, False),  # the same date
        ({"etag": '"u"', "last_modified": SEVEN}, None, False),
        ({"etag": '"u"', "last_modified": ""}, None, False),
        ({"etag": "", "last_modified": ""}, True, True),
        ({"size": None, "etag": "", "last_modified": ""}, None, None),
        ({"size": 4, "last_modified": "Thu, 01 Jul 2010 00:00:00 GMT"}, True, True),
        ({"size": 4, "last_modified": "yesterday"}, False, False),
        ({"name": "f.gz", "size": 4}, True, True),  # packed in another way
        ({"name": "f.gz", "size": 4, "etag": '"u"', "last_modified": SEVEN}, None, False),
    ],
)
def test_whether_a_version_keeps_up_with_a_listing(version, expected, strict):
    told = {"name": "f.Z", "size": 3, "etag": '"t"', "last_modified": NINE}
    assert keeps_up(told, told | version) is expected
    assert keeps_up(told, told | version, strict=True) is strict


def dst(level: int) -> bytes:
    """January 2001 in Kyoto's records."""
    days = [D(2001, 1, 1) + n * DAY for n in range(31)]
    return "".join(
        f"DST{day:%y%m}*{day:%d}  X220   0{f'{level:4d}' * 25}\n" for day in days
    ).encode()


def test_a_final_month_does_not_give_way_to_a_provisional_one(raw, fetch, upstream, capsys):
    there = {"dst_provisional": dst(1), "dst_realtime": dst(0)}

    def answer(method, path, headers):
        body = there.get(path.split("/")[1])
        return (404, {}, b"") if body is None else (200, {}, body)

    with upstream(answer) as (port, _):

        def taken(days):
            now = NOW + days * DAY
            bases = [f"http://127.0.0.1:{port}"]
            (file,) = fetch("kyoto_dst", raw, bases, now=now, recheck=True, listed=now)["files"]
            return file["url_path"].split("/")[0], (raw / file["path"]).read_bytes()

        assert taken(0) == ("dst_provisional", dst(1))
        final = there["dst_final"] = dst(2)
        assert taken(3) == ("dst_final", final)
        assert KEEPS not in capsys.readouterr().err
        del there["dst_final"]
        assert taken(6) == ("dst_final", final)
        said = capsys.readouterr().err
        assert KEEPS in said and "dst_final/200101/dst0101.for.request: not there (404)" in said
        # A newer final version takes its place, as ever.
        there["dst_final"] = dst(3)
        assert taken(9) == ("dst_final", dst(3))


def test_definitive_minutes_do_not_give_way_where_there_are_none_for_once(
    raw, fetch, upstream, capsys
):
    span = {"partition": "2003-02", "start": D(2003, 2, 1), "end": D(2003, 2, 3)}
    whole = iaga2002(D(2003, 2, 1), 3)
    states = {"definitive": whole, "quasi-def": whole.replace(b"3000.00", b"3111.00")}

    def answer(method, path, headers):
        state = path.split("publicationState=")[1].split("&")[0]
        return 200, {}, states.get(state, b"")

    said = {"options": {"observatories": ["ESK"]}, **span}
    with upstream(answer) as (port, log):
        bases = [f"http://127.0.0.1:{port}"]
        first = fetch("intermagnet", raw, bases, now=NOW, **said)
        states["definitive"] = hollow(D(2003, 2, 1), 3)
        again = {"now": NOW + DAY, "recheck": True, "listed": NOW + DAY, **said}
        assert fetch("intermagnet", raw, bases, **again) == first
    assert "publicationState=definitive" in first["files"][0]["url_path"]
    assert "not there (no value is in it)" in capsys.readouterr().err
    assert not [path for _, path, _ in log if "quasi-def" in path]


def test_a_job_knows_what_its_listing_tells_of(pair, tmp_path, monkeypatch):
    """As `refresh` has written it, to a file of which no param of the fetching says more."""
    import fetch_partition

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fetch_partition.config, "now", lambda: pair.now)
    whole = settings.load(CONFIG) | {"bases": {"jpl": pair.bases}}
    first, last = (day.isoformat() for day in TWO.values())
    options = {
        "source": "jpl",
        "settings": registry.settings("jpl", CONFIG),
        "origin": "upstream",
        "partition": "2001-01",
        "asked": {},
        "first": first,
        "last": last,
        "recheck": False,
    }
    fetch_partition.bring("receipt.json", options, whole)
    pair.one.version, pair.one.year = 2, 2009
    pair.list()
    file = plan.listing("upstream", "jpl", "2001-01", [{}, first, last])
    assert told_by(file) == []
    write_json({"files": pair.told, "as_of": pair.now.isoformat()}, file)
    pair.one.status = 401
    with pytest.raises(FetchError, match="not the version that the last listing tells of"):
        fetch_partition.bring("receipt.json", options | {"recheck": True}, whole)
