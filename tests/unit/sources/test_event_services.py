"""The event sources against the replica: every format, and what the services may do to us."""

from __future__ import annotations

import datetime as dt
import importlib

import pandas as pd
import pytest

from laicflow.errors import FetchError
from laicflow.fetch import Client, fetch_partition
from laicflow.replica import isc as replica_isc
from laicflow.replica import usgs as replica_usgs
from laicflow.replica.server import Fault, serve
from laicflow.sources import registry
from laicflow.sources import usgs as sources_usgs

D = dt.date
NOW = dt.datetime(2010, 1, 1)
HEADER = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
    "horizontalError,depthError,magError,magNst,status,locationSource,magSource"
)


@pytest.fixture
def folder(tmp_path):
    """One event a day at noon of January 2001; the last is in the last millisecond of its day."""
    (tmp_path / "real/catalogs").mkdir(parents=True)
    clocks = ["12:00:00.000"] * 30 + ["23:59:59.999"]
    rows = [
        f"2001-01-{day:02d}T{clock}Z,{day}.5,-{day}.25,{day * 10.5},{4 + day / 10:.1f},mb,,,,,us,"
        f'us{day},2009-01-01T00:00:00.000Z,"Place | {day}",earthquake,,,,,reviewed,us,us'
        for day, clock in enumerate(clocks, 1)
    ]
    (tmp_path / "real/catalogs/all.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return tmp_path / "real"


@pytest.fixture
def fetch(folder, tmp_path, pytestconfig):
    """Fetch a source from a replica with faults; gives its receipt and what was asked."""

    def made(source, *faults, now=NOW, settings=None, end=D(2001, 1, 31), **options):  # noqa: B008
        own = registry.settings(source, pytestconfig.rootpath / "config") | (settings or {})
        with serve(folder, faults=faults, now=now) as replica:
            made.replica = replica
            receipt = fetch_partition(
                source,
                "2001",
                settings=own,
                options=options,
                bases=[replica.base(source)],
                raw=tmp_path / "raw",
                start=D(2001, 1, 1),
                end=end,
                now=now,
                client=Client(sleep=lambda seconds: None, read=5),
            )
        return receipt, [path.partition("/")[2].partition("/")[2] for path in replica.asked()]

    return made


@pytest.fixture
def table(tmp_path, pytestconfig):
    """The events of a receipt's files, by the reader that the source names for a format."""

    def made(source, receipt, form):
        settings = registry.settings(source, pytestconfig.rootpath / "config")
        reader = importlib.import_module(f"laicflow.readers.{settings['readers'][form]}")
        files = [tmp_path / "raw" / file["path"] for file in receipt["files"]]
        return pd.concat([reader.read(file) for file in files], ignore_index=True)

    return made


FORMS = [
    *[("usgs", form) for form in ("csv", "geojson", "quakeml", "text")],
    *[(source, form) for source in ("isc", "ingv") for form in ("text", "quakeml")],
    ("isc_bulletin", "isf"),
]


@pytest.mark.parametrize(("source", "form"), FORMS)
def test_every_format_gives_the_same_events(fetch, table, source, form):
    options = {} if form == "isf" else {"format": form}
    receipt, _ = fetch(source, minmagnitude=5, depth_km=[0, 200], **options)
    found = table(source, receipt, form)
    # By hand: magnitude 4 + day / 10 is 5 on day 10; depth 10.5 km a day is 199.5 km on day 19.
    days = range(10, 20)
    assert found["time"].dt.strftime("%Y-%m-%d %H:%M").tolist() == [
        f"2001-01-{day} 12:00" for day in days
    ]
    assert found["latitude"].tolist() == [day + 0.5 for day in days]
    assert found["longitude"].tolist() == [-day - 0.25 for day in days]
    assert found["depth_km"].tolist() == pytest.approx([10.5 * day for day in days])
    assert found["magnitude"].tolist() == [round(4 + day / 10, 1) for day in days]
    assert set(found["magnitude_type"]) == {"mb"}
    assert set(found["event_type"]) == {"earthquake"}
    assert found["event_id"].is_unique


@pytest.mark.parametrize(("source", "form"), FORMS)
def test_a_span_without_events_is_no_fault(fetch, table, source, form):
    options = {} if form == "isf" else {"format": form}
    receipt, _ = fetch(source, minmagnitude=9, **options)
    (file,) = receipt["files"]
    assert file["size"] > 0
    assert table(source, receipt, form).empty


@pytest.mark.parametrize("form", ["csv", "geojson", "quakeml", "text"])
def test_a_service_that_does_not_count_is_halved_by_its_refusals(fetch, table, monkeypatch, form):
    for module in (replica_usgs, sources_usgs):
        monkeypatch.setattr(module, "LIMIT", 10)
    fault = Fault("status", match="/count", status=404)
    receipt, asked = fetch("usgs", fault, format=form)
    # 31 events, one a day: 15 + 16 are too many, 7 + 8 + 8 + 8 are not.
    assert [file["name"][5:22] for file in receipt["files"]] == [
        "20010101-20010107",
        "20010108-20010115",
        "20010116-20010123",
        "20010124-20010131",
    ]
    found = table("usgs", receipt, form)
    assert found["event_id"].tolist() == [f"us{day}" for day in range(1, 32)]
    # Asked once for a count, and seven times for events.
    assert [path.partition("?")[0] for path in asked] == ["count", *["query"] * 7]


def test_an_answer_of_just_the_limit_is_halved(fetch, table, monkeypatch):
    """A service may cut without a word: a limit is sent, and as many rows are too many."""
    monkeypatch.setitem(replica_isc.LIMITS, "isc", 8)
    receipt, asked = fetch("isc", settings={"limit": 8})
    assert all(path.endswith("&orderby=time-asc&limit=8") for path in asked)
    found = table("isc", receipt, "text")
    assert found["time"].dt.day.tolist() == list(range(1, 32))
    assert len(receipt["files"]) == 7


def test_413_is_halved(fetch, table):
    """What the specification has a service say where a query matches too much."""
    receipt, asked = fetch("ingv", Fault("status", times=1, status=413))
    assert [file["name"] for file in receipt["files"]] == [
        "ingv_20010101-20010115_all_global.txt",
        "ingv_20010116-20010131_all_global.txt",
    ]
    assert len(asked) == 3
    assert len(table("ingv", receipt, "text")) == 31


def test_the_service_is_quoted(fetch):
    with pytest.raises(FetchError) as caught:
        fetch("isc", latitude=[-100, 90])
    assert 'Bad minlatitude value "-100". Valid values are [-90, 90].' in str(caught.value)
    assert "/query?format=text&starttime=2001-01-01T00:00:00" in str(caught.value)


def test_the_search_page_is_quoted(fetch):
    with pytest.raises(FetchError, match="cannot be processed at the present time"):
        fetch("isc_bulletin", Fault("other", path="/isc_bulletin/busy"), minmagnitude=5)
    with pytest.raises(FetchError, match="could not be run due to problems with the query"):
        fetch("isc_bulletin", minmagnitude=5, latitude=[-100, 90])


@pytest.mark.parametrize(("source", "form"), FORMS)
def test_a_web_page_in_place_of_events_is_refused(fetch, tmp_path, source, form):
    options = {} if form == "isf" else {"format": form}
    with pytest.raises(FetchError, match="Login"):
        fetch(source, Fault("html"), **options)
    assert not list((tmp_path / "raw").rglob("*_global.*"))


@pytest.mark.parametrize(("source", "form"), FORMS)
def test_half_an_answer_is_refused(fetch, tmp_path, source, form):
    options = {} if form == "isf" else {"format": form}
    told = "truncated|expected GeoJSON"
    with pytest.raises(FetchError, match=told):
        # Half of 30 days is within a row in every format.
        fetch(source, Fault("truncated", match="query|web-db"), end=D(2001, 1, 30), **options)
    assert not list((tmp_path / "raw").rglob("*_global.*[!t]"))


def test_fewer_events_than_were_counted_are_refused_after_a_second_count(fetch):
    other = "/usgs/query?format=csv&starttime=2001-01-01&endtime=2001-01-05&orderby=time-asc"
    with pytest.raises(FetchError, match="counted 31 events, its answer holds 4"):
        fetch("usgs", Fault("other", match="query", path=other))
    asked = [path.split("?")[0].rsplit("/", 1)[-1] for path in fetch.replica.asked()]
    assert asked == ["count", "query", "count", "query"]


def test_a_count_of_another_day_is_counted_anew(fetch, folder, table):
    """The count is kept, the events are not; in between the service has dropped some."""
    with pytest.raises(FetchError):
        fetch("usgs", Fault("status", match="query", status=503))
    whole = (folder / "catalogs/all.csv").read_text().splitlines(keepends=True)
    (folder / "catalogs/all.csv").write_text("".join(whole[:-2]))
    receipt, asked = fetch("usgs")
    assert [path.split("?")[0] for path in asked] == ["query", "count", "query"]
    assert len(table("usgs", receipt, "csv")) == 29


def test_events_of_an_open_span_may_be_added_between_count_and_answer(fetch, folder, table):
    now = dt.datetime(2001, 2, 5)
    with pytest.raises(FetchError):
        fetch("usgs", Fault("status", match="query", status=503), now=now)
    text = (folder / "catalogs/all.csv").read_text()
    new = text.splitlines()[-1].replace("2001-01-31T23", "2001-01-31T13").replace("us31", "us32")
    (folder / "catalogs/all.csv").write_text(f"{text}{new}\n")
    receipt, asked = fetch("usgs", now=now)
    assert [path.split("?")[0] for path in asked] == ["query"]
    assert len(table("usgs", receipt, "csv")) == 32


def test_the_catalog_of_a_folder(tmp_path, pytestconfig):
    """ISC-GEM comes by a form: the file lies in a folder that the configuration names."""
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "isc-gem-cat.csv").write_text("1904-04-04 10:25:34.15 , 42.435 , 23.414\n")
    settings = registry.settings("isc_gem", pytestconfig.rootpath / "config")
    receipt = fetch_partition(
        "isc_gem",
        "all",
        settings=settings,
        options={},
        bases=[saved.as_uri()],
        raw=tmp_path / "raw",
        start=D(2001, 1, 1),
        end=D(2001, 12, 31),
        now=NOW,
    )
    assert [file["path"] for file in receipt["files"]] == ["isc_gem/all/isc-gem-cat.csv"]
    assert receipt["licence"] == "CC BY-SA 3.0"
