"""What can go wrong on the way, and what becomes of a partition then."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import ncompress
import pytest

from laicflow.errors import FetchError
from laicflow.fetch import Client
from laicflow.fetch_manifest import frame
from laicflow.replica.server import Fault, serve

OPEN = dt.datetime(2001, 1, 16, 6)
D = dt.date


def jpl(day: int) -> str:
    return f"/jpl/2001/{day:03d}/jplg{day:03d}0.01i.Z"


def test_a_network_that_is_down_makes_no_day_absent(raw, fetch):
    with pytest.raises(FetchError, match="refused"):
        fetch("jpl", raw, ["http://127.0.0.1:9/jpl"], allow_missing=["2001-01-13"], now=OPEN)


def test_nothing_that_arrived_is_lost_and_everything_else_is_still_tried(folder, raw, fetch, ionex):
    (folder / "ionex/jplg0130.01i.Z").unlink()
    fault = Fault("truncated", match="/014/")
    with serve(folder, faults=[fault]) as replica, pytest.raises(FetchError) as caught:
        fetch("jpl", raw, [replica.base("jpl")])
    assert "2 of 4 files failed" in str(caught.value)
    assert "jplg0130.01i.Z" in str(caught.value) and "jplg0140.01i.Z" in str(caught.value)
    names = ["jplg0120.01i.Z", "jplg0150.01i.Z"]
    assert sorted(path.name for path in (raw / "jpl/2001").iterdir()) == names
    assert sorted(Path(file).name for file in frame(raw)["file"]) == names
    (folder / "ionex/jplg0130.01i.Z").write_bytes(ncompress.compress(ionex(D(2001, 1, 13))))
    with serve(folder) as replica:
        assert len(fetch("jpl", raw, [replica.base("jpl")])["files"]) == 4
    assert replica.asked() == [jpl(13), jpl(14)]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("html", match="/013/"), "a web page came instead of jplg0130.01i.Z"),
        (Fault("truncated", match="/013/"), "END OF FILE label is missing"),
        (Fault("length", match="/013/"), "5 attempts"),
        (Fault("reset", match="/013/"), "5 attempts"),
        (Fault("other", match="/013/", path=jpl(14)), "its header says 2001-01-14"),
        (Fault("other", match="/013/", path="/celestrak/SW-All.csv"), "first bytes 1f 9d"),
        (Fault("status", match="/013/", status=503, message="closed"), r"HTTP 503 \(closed\)"),
        (Fault("status", match="/013/", status=403), "HTTP 403"),
        (Fault("status", match="/013/", status=400, message="Bad day"), r"HTTP 400 \(Bad day\)"),
    ],
)
def test_a_mirror_that_fails_is_followed_by_the_next(folder, raw, tmp_path, fault, told, fetch):
    one = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
    with serve(folder, faults=[fault]) as bad, serve(folder) as good:
        with pytest.raises(FetchError, match=told) as caught:
            fetch("jpl", raw, [bad.base("jpl")], **one)
        assert f"{bad.base('jpl')}/2001/013/jplg0130.01i.Z" in str(caught.value)
        # What can be continued is kept under a name that nothing reads.
        assert not [path for path in (raw / "jpl/2001").iterdir() if path.name[0] != "."]
        receipt = fetch("jpl", raw, [bad.base("jpl"), good.base("jpl")], **one)
    assert good.asked() == [jpl(13)]
    assert receipt["files"][0]["name"] == "jplg0130.01i.Z"


def test_trouble_that_passes_is_waited_out(folder, raw, fetch):
    pauses = []
    faults = [
        Fault("status", match="/012/", times=2, status=503, retry_after="11"),
        Fault("reset", match="/013/", times=1),
        Fault("length", match="/014/", times=1),
    ]
    client = Client(sleep=pauses.append, jitter=lambda: 0.5)
    with serve(folder, faults=faults) as replica:
        assert len(fetch("jpl", raw, [replica.base("jpl")], client=client)["files"]) == 4
    assert pauses == [11.0, 11.0, 1.0, 1.0]
    assert replica.asked() == [jpl(12)] * 3 + [jpl(13)] * 2 + [jpl(14)] * 2 + [jpl(15)]


def test_a_login_page_is_met_once_where_another_mirror_has_the_files(folder, raw, fetch):
    with serve(folder, faults=[Fault("html")]) as login, serve(folder) as free:
        fetch("jpl", raw, [login.base("jpl"), free.base("jpl")])
    assert login.asked() == [jpl(12)]
    assert free.asked() == [jpl(day) for day in (12, 13, 14, 15)]


def test_the_login_hint_names_the_account(folder, raw, fetch):
    with serve(folder, faults=[Fault("html")]) as replica:
        with pytest.raises(FetchError, match="urs.earthdata.nasa.gov"):
            fetch("jpl", raw, [replica.base("jpl")])


def test_a_mirror_that_is_down_is_not_waited_for_again(folder, raw, fetch):
    pauses = []
    client = Client(attempts=3, sleep=pauses.append)
    with serve(folder) as good:
        bases = ["http://127.0.0.1:9/jpl", good.base("jpl")]
        fetch("jpl", raw, bases, client=client)
    assert len(pauses) == 2
    assert len(good.log) == 4


def test_404_at_the_first_mirror_and_there_at_the_second(folder, raw, tmp_path, fetch):
    (tmp_path / "empty").mkdir()
    with serve(tmp_path / "empty") as first, serve(folder) as second:
        receipt = fetch("jpl", raw, [first.base("jpl"), second.base("jpl")])
    assert len(receipt["files"]) == 4
    assert all(seen.status == 404 for seen in first.log)


def test_an_alternative_path_in_another_compression(folder, raw, fetch, ionex):
    (folder / "ionex/jplg0130.01i.Z").unlink()
    (folder / "ionex/JPLG0130.01I.gz").write_bytes(gzip.compress(ionex(D(2001, 1, 13))))
    with serve(folder) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")])
        assert receipt["files"][1]["path"] == "jpl/2001/jplg0130.01i.gz"
        assert receipt["files"][1]["url_path"] == "y2001/JPLG0130.01I.gz"
        assert fetch("jpl", raw, [replica.base("jpl")]) == receipt
    assert replica.asked()[1:3] == [jpl(13), "/jpl/y2001/JPLG0130.01I.gz"]
    assert len(replica.log) == 5


def test_provisional_dst_where_there_is_no_final(folder, raw, fetch):
    file = folder / "indices/kyoto_dst_wdc/dst_wdc_2001.txt"
    file.write_text(file.read_text().replace("X220", "X120"))
    with serve(folder) as replica:
        receipt = fetch("kyoto_dst", raw, [replica.base("kyoto_dst")])
    assert receipt["files"][0]["url_path"] == "dst_provisional/200101/dst0101.for.request"
    assert receipt["licence"] == "no redistribution"


def test_a_day_that_is_open_keeps_its_earlier_version_when_the_upstream_is_down(
    folder, raw, capsys, fetch
):
    with serve(folder) as replica:
        first = fetch("jpl", raw, [replica.base("jpl")], now=OPEN)
        down = replica.base("jpl")
    assert fetch("jpl", raw, [down], now=OPEN) == first
    assert "earlier version stays" in capsys.readouterr().err


def test_a_proxy_of_the_environment_does_not_stand_before_the_replica(
    folder, raw, monkeypatch, fetch
):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve(folder) as replica:
        assert len(fetch("jpl", raw, [replica.base("jpl")])["files"]) == 4


def test_a_day_that_has_closed_does_not_keep_what_came_while_it_was_open(folder, raw, fetch):
    """A query of a year that was not over is no answer for the year."""
    with serve(folder) as replica:
        fetch("usgs", raw, [replica.base("usgs")], now=OPEN)
        down = replica.base("usgs")
    with pytest.raises(FetchError, match="refused"):
        fetch("usgs", raw, [down])


def test_a_tag_is_sent_only_to_the_place_that_gave_it(folder, raw, fetch):
    file = folder / "indices/kyoto_dst_wdc/dst_wdc_2001.txt"
    file.write_text(file.read_text().replace("X220", "X120"))
    with serve(folder) as replica:
        fetch("kyoto_dst", raw, [replica.base("kyoto_dst")], now=OPEN)
        fetch("kyoto_dst", raw, [replica.base("kyoto_dst")], now=OPEN + dt.timedelta(hours=4))
    final, provisional = replica.log[2:]
    assert ("final" in final.path, final.status) == (True, 404)
    assert "If-None-Match" not in final.headers
    assert ("provisional" in provisional.path, provisional.status) == (True, 304)
    assert "If-None-Match" in provisional.headers
