"""What is listed, what a listing changes, and what stays as it is."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import plan
from laicflow.errors import FetchError
from laicflow.fetch import fetch_partition
from laicflow.files import write_json
from laicflow.refresh import agrees, refresh
from laicflow.replica.server import Fault, serve
from laicflow.sources import registry

FOLDER = Path(__file__).resolve().parents[2] / "config"
NOW = dt.datetime(2010, 3, 10, 12)
RECORD = "DST{yymm}*{dd:02d}  X{version}20   0" + "   0" * 25
CLOSED = "kyoto_dst: all that the run needs is closed (`ingest: {recheck: all}` lists it too)"
MONTHS = {"0001": 31, "0002": 29}


@pytest.fixture
def archive(tmp_path):
    """Two months of Dst, January final, February provisional."""
    return _write(tmp_path / "archive", {"0001": 2, "0002": 1})


def _write(folder, versions):
    path = folder / "indices/kyoto_dst_wdc/dst_wdc_2000.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        RECORD.format(yymm=month, dd=day, version=versions[month])
        for month, days in MONTHS.items()
        for day in range(1, days + 1)
    ]
    path.write_text("\n".join(lines) + "\n")
    return folder


class Run:
    """A run of its own folder that takes Dst from a replica."""

    def __init__(self, folder):
        self.config = settings.load(FOLDER)
        self.config["pham2023"]["period"] = {"start": "2000-01-01", "end": "2000-02-29"}
        self.own = registry.settings("kyoto_dst", FOLDER)

    def options(self):
        sources = {"kyoto_dst": {"settings": self.own, "partitions": ["2000"]}}
        return {"origin": "upstream", "run": "results/a", "sources": sources}

    def refresh(self, archive, now=NOW, faults=()):
        with serve(archive, now=now, faults=faults) as replica:
            self.config["bases"] = {"kyoto_dst": [replica.base("kyoto_dst")]}
            return list(refresh(self.config, self.options(), now))

    def fetch(self, archive, now=NOW, recheck=False):
        with serve(archive, now=now) as replica:
            receipt = fetch_partition(
                "kyoto_dst",
                "2000",
                settings=self.own,
                options={},
                bases=[replica.base("kyoto_dst")],
                raw=Path("data/raw/upstream"),
                start=dt.date(2000, 1, 1),
                end=dt.date(2000, 2, 29),
                now=now,
                recheck=recheck,
            )
        write_json(receipt, "results/a/fetch/kyoto_dst/2000.json")
        return [file["url_path"].split("/")[0] for file in receipt["files"]]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Run(tmp_path)


def state(run, now):
    """What the params of the fetching would say."""
    file = plan.listing_of(run.config, "upstream", "kyoto_dst", "2000")
    return plan.freshness(run.own, "2000", dt.date(2000, 2, 29), now, file)


def test_a_month_that_becomes_final_years_later_is_found_and_fetched(run, archive):
    assert run.fetch(archive) == ["dst_final", "dst_provisional"]
    assert state(run, NOW) == "closed"
    # Ten years later nothing has changed: what was looked at is as it lies here.
    assert run.refresh(archive)[0].endswith("as they lie here")
    assert state(run, NOW) == "closed"

    _write(archive, {"0001": 2, "0002": 2})
    later = NOW + dt.timedelta(days=1)
    assert run.refresh(archive, later) == ["kyoto_dst 2000: 2 of 2 files are there"]
    assert len(state(run, later)) == 64
    assert run.fetch(archive, later, recheck=True) == ["dst_final", "dst_final"]
    # All is final: it is not looked at any more.
    assert run.refresh(archive, later + dt.timedelta(days=99)) == [CLOSED]


def test_what_was_never_fetched_is_not_waited_for(run, archive):
    assert run.refresh(archive) == [CLOSED]


def test_an_upgrade_is_asked_for_every_so_many_days(run, archive):
    run.fetch(archive)
    _write(archive, {"0001": 1, "0002": 1})
    assert len(run.refresh(archive)) == 1
    assert run.refresh(archive, NOW + dt.timedelta(days=29)) == [CLOSED]
    assert len(run.refresh(archive, NOW + dt.timedelta(days=30))) == 1


def test_a_listing_that_cannot_be_had_leaves_the_earlier_one(run, archive):
    run.fetch(archive)
    file = plan.listing_of(run.config, "upstream", "kyoto_dst", "2000")
    write_json({"fingerprint": "ab", "files": [], "as_of": "2009-01-01T00:00:00"}, file)
    with pytest.raises(FetchError, match="the earlier ones stay") as caught:
        run.refresh(archive, faults=[Fault("status", status=404, match="x"), Fault("html")])
    assert "kyoto_dst 2000" in str(caught.value)
    assert json.loads(file.read_text())["fingerprint"] == "ab"


def test_a_listing_tells_since_when_the_upstream_has_what_it_has(run, archive):
    run.fetch(archive)
    file = plan.listing_of(run.config, "upstream", "kyoto_dst", "2000")
    assert plan.changed_at(file) is None
    _write(archive, {"0001": 1, "0002": 1})
    run.refresh(archive)
    second, third = (NOW + dt.timedelta(days=30 * count) for count in (1, 2))
    run.refresh(archive, second)
    told = json.loads(file.read_text())
    assert (told["as_of"], plan.changed_at(file)) == (second.isoformat(), NOW)
    _write(archive, {"0001": 1, "0002": 0})
    run.refresh(archive, third)
    assert plan.changed_at(file) == third


HEADER = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
    "horizontalError,depthError,magError,magNst,status,locationSource,magSource"
)


class Quakes(Run):
    """A run that takes the earthquakes of an open year from a replica."""

    def __init__(self, folder):
        super().__init__(folder)
        self.own = registry.settings("usgs", FOLDER)
        self.config["pham2023"]["period"] = {"start": "2014-01-01", "end": "2014-12-01"}
        self.archive = folder / "quakes"

    def options(self):
        sources = {"usgs": {"settings": self.own, "partitions": ["2014"]}}
        return {"origin": "upstream", "run": "results/a", "sources": sources}

    def publish(self, *days, updated=""):
        """An event on each day, updated on its day or as said."""
        rows = [
            f"{day}T12:00:00.000Z,40,140,10,6.0,mww,,,,,us,us{day},{updated or day}T13:00:00.000Z,"
            '"a",earthquake,,,,,reviewed,us,us'
            for day in days
        ]
        path = self.archive / "catalogs/a.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([HEADER, *rows]) + "\n")

    def state(self, now):
        """What the params of the fetching say after the upstream has been listed."""
        with serve(self.archive, now=now) as replica:
            self.config["bases"] = {"usgs": [replica.base("usgs")]}
            list(refresh(self.config, self.options(), now))
        file = plan.listing_of(self.config, "upstream", "usgs", "2014")
        return plan.freshness(self.own, "2014", plan.period(self.config, "usgs")[1], now, file)


def test_earthquakes_of_an_open_year_are_seen_when_they_come_or_change(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Quakes(tmp_path)
    run.publish("2014-05-01", "2014-06-01")
    first = run.state(dt.datetime(2014, 8, 12))
    assert run.state(dt.datetime(2014, 8, 13)) == first
    run.publish("2014-05-01", "2014-06-01", "2014-08-13")
    second = run.state(dt.datetime(2014, 8, 14))
    assert second != first
    # As many events, one of them with another magnitude: it has been updated.
    run.publish("2014-05-01", "2014-06-01", "2014-08-13", updated="2014-08-15")
    third = run.state(dt.datetime(2014, 8, 16))
    assert third not in (first, second)
    assert run.state(dt.datetime(2014, 8, 17)) == third


def test_what_came_before_a_year_closed_is_not_left_out_for_ever(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Quakes(tmp_path)
    run.publish("2014-05-01")
    first = run.state(dt.datetime(2014, 8, 12))
    late = dt.datetime(2015, 6, 1)
    file = plan.listing_of(run.config, "upstream", "usgs", "2014")
    last = plan.period(run.config, "usgs")[1]
    # Not listed again: asked for once more. Listed again: as the upstream then is.
    assert plan.freshness(run.own, "2014", last, late, file) == f"{first}+closed"
    assert run.state(late) == first
    run.publish("2014-05-01", "2014-11-01")
    assert run.state(late) == first  # closed and listed: from now on it stays


@pytest.mark.parametrize(
    ("upstream", "here", "same"),
    [
        ({"etag": '"1"'}, {"etag": '"1"'}, True),
        ({"etag": '"2"'}, {"etag": '"1"'}, False),
        ({"last_modified": "Mon"}, {"last_modified": "Tue"}, False),
        ({"last_modified": "Mon"}, {"last_modified": "Mon", "size": 4}, True),
        ({"size": 5}, {"size": 5}, True),
        ({"size": 5}, {"size": 4}, False),
        ({"url_path": "other/a"}, {}, False),
        ({"exists": False}, {"etag": '"1"'}, True),
        # How many events a query has cannot be told from the file.
        ({"url_path": "query?a"}, {"path": "query?a"}, False),
    ],
)
def test_what_lies_here_is_held_against_a_listing(upstream, here, same):
    file = {"name": "a", "url_path": "p/a", "size": 5, "etag": "", "last_modified": ""}
    row = {"path": "p/a", "size": 5, "etag": "", "last_modified": ""}
    listing = {"source": "x", "files": [file | {"exists": True} | upstream]}
    assert agrees(listing, {"x/2000/a": row | here}) is same
    gone = {"x/2000/b": row, "y/2000/a": row}
    assert agrees(listing, gone) is (upstream.get("exists") is False)
