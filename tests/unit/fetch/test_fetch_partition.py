"""Partitions fetched from a replica: what is asked, what lies here afterwards, what is reused."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import ncompress
import pytest

from laicflow.errors import FetchError
from laicflow.fetch_manifest import frame
from laicflow.replica.server import serve

NOW = dt.datetime(2010, 1, 1)
OPEN = dt.datetime(2001, 1, 16, 6)
D = dt.date


def jpl(day: int) -> str:
    return f"/jpl/2001/{day:03d}/jplg{day:03d}0.01i.Z"


def test_a_month_of_maps_by_the_urls_of_the_archive(folder, raw, fetch):
    with serve(folder) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")])
    assert replica.asked() == [jpl(day) for day in (12, 13, 14, 15)]
    assert [file["day"] for file in receipt["files"]] == [
        "2001-01-12", "2001-01-13", "2001-01-14", "2001-01-15",
    ]  # fmt: skip
    one = receipt["files"][2]
    body = (folder / "ionex/jplg0140.01i.Z").read_bytes()
    assert one == {
        "name": "jplg0140.01i.Z",
        "path": "jpl/2001/jplg0140.01i.Z",
        "sha256": hashlib.sha256(body).hexdigest(),
        "size": len(body),
        "day": "2001-01-14",
        "outcome": "arrived",
        "url_path": "2001/014/jplg0140.01i.Z",
        "origin": "replica: ionex/jplg0140.01i.Z",
    }
    assert (raw / one["path"]).read_bytes() == body
    assert (receipt["source"], receipt["partition"]) == ("jpl", "2001-01")
    assert (receipt["missing"], receipt["licence"]) == ([], "cite")
    json.dumps(receipt)


def test_a_manifest_row_tells_what_arrived(folder, raw, fetch):
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], start=D(2001, 1, 14), end=D(2001, 1, 14))
        base = replica.base("jpl")
    (row,) = frame(raw).to_dict("records")
    body = (folder / "ionex/jplg0140.01i.Z").read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    assert row["url"] == f"{base}/2001/014/jplg0140.01i.Z"
    assert (row["source"], row["file"]) == ("jpl", "jpl/2001/jplg0140.01i.Z")
    assert (row["fetched"], row["size"]) == (NOW, len(body))
    assert (row["sha256"], row["etag"]) == (digest, f'"{digest}"')
    assert row["last_modified"].endswith(" GMT")
    assert (row["licence"], row["origin"]) == ("cite", "replica: ionex/jplg0140.01i.Z")


@pytest.mark.parametrize(
    ("source", "urls", "file"),
    [
        ("gfz_kp", ["/gfz_kp/Kp_definitive/Kp_def2001.wdc"], "gfz_kp/2001/Kp_def2001.wdc"),
        (
            "kyoto_dst",
            ["/kyoto_dst/dst_final/200101/dst0101.for.request"],
            "kyoto_dst/2001/dst0101.for.request",
        ),
        ("celestrak", ["/celestrak/SW-All.csv"], "celestrak/all/SW-All.csv"),
        (
            "usgs",
            [
                "/usgs/count?format=text&starttime=2001-01-12T00:00:00"
                "&endtime=2001-01-15T23:59:59.999",
                "/usgs/query?format=csv&starttime=2001-01-12T00:00:00"
                "&endtime=2001-01-15T23:59:59.999&orderby=time-asc",
            ],
            "usgs/2001/usgs_20010112-20010115_all_global.csv",
        ),
    ],
)
def test_the_other_sources_by_their_urls(folder, raw, source, urls, file, fetch):
    with serve(folder) as replica:
        receipt = fetch(source, raw, [replica.base(source)])
    assert replica.asked() == urls
    assert [entry["path"] for entry in receipt["files"]] == [file]
    assert (raw / file).is_file()


def test_a_second_run_asks_for_nothing_and_gives_the_same_receipt(folder, raw, fetch):
    for source in ("jpl", "usgs", "gfz_kp", "kyoto_dst"):
        with serve(folder) as replica:
            first = fetch(source, raw, [replica.base(source)])
        rows = len(frame(raw))
        with serve(folder) as replica:
            later = NOW + dt.timedelta(days=9)
            assert fetch(source, raw, [replica.base(source)], now=later) == first
            assert replica.log == []
        assert len(frame(raw)) == rows


def test_a_file_that_was_damaged_here_is_fetched_again(folder, raw, fetch):
    with serve(folder) as replica:
        first = fetch("jpl", raw, [replica.base("jpl")])
        path = raw / first["files"][1]["path"]
        good = path.read_bytes()
        path.write_bytes(good[:-1] + b"?")
        (raw / first["files"][2]["path"]).unlink()
        assert fetch("jpl", raw, [replica.base("jpl")]) == first
    assert replica.asked()[4:] == [jpl(13), jpl(14)]
    assert path.read_bytes() == good


def test_a_file_that_nobody_fetched_is_not_trusted(folder, raw, fetch):
    stray = raw / "jpl/2001/jplg0120.01i.Z"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"whatever")
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")])
    assert replica.asked()[0] == jpl(12)
    assert stray.read_bytes() == (folder / "ionex/jplg0120.01i.Z").read_bytes()


def test_an_open_day_is_asked_for_conditionally(folder, raw, fetch):
    with serve(folder) as replica:
        first = fetch("jpl", raw, [replica.base("jpl")], now=OPEN)
    later = OPEN + dt.timedelta(hours=1)
    with serve(folder) as replica:
        assert fetch("jpl", raw, [replica.base("jpl")], now=later) == first
    assert [seen.status for seen in replica.log] == [304] * 4
    assert all("If-None-Match" in seen.headers for seen in replica.log)
    table = frame(raw)
    assert len(table) == 4
    assert set(table["checked"]) == {later} and set(table["fetched"]) == {OPEN}


def test_a_new_version_replaces_the_file_and_both_keep_their_rows(folder, raw, fetch, ionex):
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], now=OPEN)
    newer = ncompress.compress(ionex(D(2001, 1, 14), "JPL, once more"))
    (folder / "ionex/jplg0140.01i.Z").write_bytes(newer)
    with serve(folder) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")], now=OPEN)
    assert [seen.status for seen in replica.log] == [304, 304, 200, 304]
    assert (raw / "jpl/2001/jplg0140.01i.Z").read_bytes() == newer
    rows = frame(raw).query("file == 'jpl/2001/jplg0140.01i.Z'")
    assert len(rows) == 2
    assert rows["sha256"].iloc[1] == receipt["files"][2]["sha256"]


def test_what_came_while_open_is_asked_for_once_more_after_closing(folder, raw, fetch):
    """A query of a year that was not over holds only part of it."""
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], now=OPEN)
        for later in (NOW, NOW + dt.timedelta(days=1)):
            fetch("jpl", raw, [replica.base("jpl")], now=later)
    assert [seen.status for seen in replica.log] == [200] * 4 + [304] * 4


def test_a_file_that_never_closes_is_asked_for_at_most_every_three_hours(folder, raw, fetch):
    moments = [NOW + dt.timedelta(hours=h) for h in (0, 1, 2.9, 3.1, 4, 6.2)]
    with serve(folder) as replica:
        for moment in moments:
            fetch("celestrak", raw, [replica.base("celestrak")], now=moment)
    assert [seen.status for seen in replica.log] == [200, 304, 304]


def test_an_open_day_that_is_not_there_is_no_error(folder, raw, fetch):
    (folder / "ionex/jplg0150.01i.Z").unlink()
    end = D(2001, 1, 17)
    with serve(folder) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")], now=OPEN, end=end)
    assert len(receipt["files"]) == 3
    assert receipt["missing"] == [
        {"name": "jplg0150.01i.Z", "day": "2001-01-15", "why": "not yet"},
        {"name": "jplg0160.01i.Z", "day": "2001-01-16", "why": "not yet"},
        {"name": "jplg0170.01i.Z", "day": "2001-01-17", "why": "not yet"},
    ]
    # Today and tomorrow are not asked for.
    assert jpl(15) in replica.asked()
    assert jpl(16) not in replica.asked()


def test_a_closed_day_that_is_not_there_is_an_error_with_its_urls(folder, raw, fetch):
    (folder / "ionex/jplg0130.01i.Z").unlink()
    with serve(folder) as replica, pytest.raises(FetchError) as caught:
        fetch("jpl", raw, [replica.base("jpl")])
    text = str(caught.value)
    assert "jpl 2001-01: 1 of 4 files failed" in text
    assert "jplg0130.01i.Z" in text
    assert f"http://127.0.0.1:{replica.port}{jpl(13)}: not there (404)" in text
    assert f"http://127.0.0.1:{replica.port}/jpl/y2001/JPLG0130.01I.gz" in text


def test_the_day_closes_after_its_days(folder, raw, fetch):
    (folder / "ionex/jplg0130.01i.Z").unlink()
    said = {"settings": {"closed_after_days": 10}, "start": D(2001, 1, 13), "end": D(2001, 1, 13)}
    with serve(folder) as replica:
        bases = [replica.base("jpl")]
        # 13 January is over at 00:00 of the 14th; ten days later its time is up.
        fetch("jpl", raw, bases, now=dt.datetime(2001, 1, 23, 23, 59), **said)
        with pytest.raises(FetchError):
            fetch("jpl", raw, bases, now=dt.datetime(2001, 1, 24), **said)


def test_a_day_known_to_be_absent_is_counted(folder, raw, fetch):
    (folder / "ionex/jplg0130.01i.Z").unlink()
    with serve(folder) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")], allow_missing=["2001-01-13"])
    (entry,) = receipt["missing"]
    assert (entry["day"], "allow_missing" in entry["why"]) == ("2001-01-13", True)
    assert len(receipt["files"]) == 3


def test_a_partition_without_days_may_be_allowed_to_be_missing(folder, raw, fetch):
    (folder / "indices/gfz_kp_wdc/kp2001").unlink()
    with serve(folder) as replica:
        receipt = fetch("gfz_kp", raw, [replica.base("gfz_kp")], allow_missing=["2001"])
    assert receipt["missing"][0]["name"] == "Kp_def2001.wdc"


def test_the_one_file_of_a_source_must_be_there(folder, raw, fetch):
    (folder / "indices/celestrak/SW-All.csv").unlink()
    with serve(folder) as replica, pytest.raises(FetchError, match="SW-All.csv: not there"):
        fetch("celestrak", raw, [replica.base("celestrak")])


def test_a_period_outside_the_partition_asks_for_nothing(folder, raw, fetch):
    with serve(folder) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")], partition="2001-02")
    assert (receipt["files"], receipt["missing"], replica.log) == ([], [], [])


def test_the_real_55_days_and_22_earthquakes(real_data, raw, fetch):
    period = {"start": D(2000, 11, 21), "end": D(2001, 1, 14), "now": dt.datetime(2026, 1, 1)}
    with serve(real_data, catalogs=["catalogs/kaggle/*.csv"]) as replica:
        days = []
        for month in ("2000-11", "2000-12", "2001-01"):
            receipt = fetch("jpl", raw, [replica.base("jpl")], partition=month, **period)
            days += [file["day"] for file in receipt["files"]]
            dst = fetch("kyoto_dst", raw, [replica.base("kyoto_dst")], partition=month, **period)
            assert dst["files"][0]["url_path"].startswith("dst_final/")
        for year in ("2000", "2001"):
            kp = fetch("gfz_kp", raw, [replica.base("gfz_kp")], partition=year, **period)
            assert len(kp["files"]) == 1
        span = period | {"start": D(2001, 1, 5), "end": D(2001, 1, 15)}
        events = fetch("usgs", raw, [replica.base("usgs")], options={"minmagnitude": 5.5}, **span)
    assert len(days) == len(set(days)) == 55
    assert (raw / events["files"][0]["path"]).read_text().count("\n") == 23


def test_a_missing_month_is_named_and_excuses_no_other(folder, raw, fetch):
    text = (folder / "indices/kyoto_dst_wdc/dst_wdc_2001.txt").read_text()
    assert "DST0101" in text and "DST0102" not in text
    year = {"partition": "2001", "start": D(2001, 1, 1), "end": D(2001, 3, 31)}
    with serve(folder) as replica:
        bases = [replica.base("kyoto_dst")]
        with pytest.raises(FetchError) as caught:
            fetch("kyoto_dst", raw, bases, **year, allow_missing=["2001-02"])
        told = str(caught.value)
        assert "1 of 3 files failed" in told and "dst0103.for.request: " in told
        assert "sources: {kyoto_dst: {allow_missing: ['2001-03']}}" in told
        for allowed in (["2001-02", "2001-03"], ["2001"]):
            receipt = fetch("kyoto_dst", raw, bases, **year, allow_missing=allowed)
            assert (len(receipt["files"]), len(receipt["missing"])) == (1, 2)


def test_a_month_in_allow_missing_covers_its_days(folder, raw, fetch):
    (folder / "ionex/jplg0130.01i.Z").unlink()
    with serve(folder) as replica:
        bases = [replica.base("jpl")]
        assert len(fetch("jpl", raw, bases, allow_missing=["2001-01"])["missing"]) == 1
        with pytest.raises(FetchError, match="allow_missing: \\['2001-01-13'\\]"):
            fetch("jpl", raw, bases, allow_missing=["2001-02"])


def test_a_growing_file_that_is_too_short_for_a_longer_period_is_asked_for_anew(folder, raw, fetch):
    file = folder / "indices/celestrak/SW-All.csv"
    whole = file.read_text()
    file.write_text(whole[: whole.index("2001-02-01")])
    kept = {"start": D(2001, 1, 1), "end": D(2001, 1, 31)}
    longer = kept | {"end": D(2001, 3, 31)}
    with serve(folder) as replica:
        bases = [replica.base("celestrak")]
        fetch("celestrak", raw, bases, **kept)
        fetch("celestrak", raw, bases, **kept)
        assert len(replica.asked()) == 1
        with pytest.raises(FetchError) as caught:
            fetch("celestrak", raw, bases, **longer)
        told = str(caught.value)
        assert "truncated: expected days until 2001-03-31, the last is 2001-01-31" in told
        assert "allow_missing" not in told
        # Within 30 days of the day it may be that the service has not come so far.
        fetch("celestrak", raw, bases, **longer, now=dt.datetime(2001, 4, 30))
        file.write_text(whole)
        fetch("celestrak", raw, bases, **longer)
    assert (raw / "celestrak/all/SW-All.csv").read_text() == whole


def test_of_two_names_the_newest_file_counts(folder, raw, fetch, shipped, ionex):
    day = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
    first, second = "codg0130.01i.Z", "codg0130.01i"
    layout = [{"paths": [first, second]}]
    said = {"settings": {"layout": layout}, **day}
    archive = folder.parent / "archive"
    archive.mkdir()
    bases = [archive.as_uri()]
    (archive / first).write_bytes(ncompress.compress(ionex(D(2001, 1, 13), "")))
    fetch("code", raw, bases, **said)
    (archive / first).rename(archive.parent / first)
    (raw / "code/2001" / first).unlink()
    (archive / second).write_bytes(ionex(D(2001, 1, 13), "CODE"))
    fetch("code", raw, bases, **said, now=NOW + dt.timedelta(days=1))
    (archive / first).write_bytes((archive.parent / first).read_bytes())
    (raw / "code/2001" / first).symlink_to(archive / first)
    receipt = fetch("code", raw, bases, **said, now=NOW + dt.timedelta(days=2))
    assert [file["name"] for file in receipt["files"]] == [second]
