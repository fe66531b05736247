"""Bodies that break off: what came is kept, and the rest alone is asked for where that is safe."""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip
import json
import re

import ncompress
import pytest

from laicflow.errors import FetchError
from laicflow.fetch import Client
from laicflow.fetch_client import UnreachableError
from laicflow.fetch_manifest import frame
from laicflow.fetch_partial import Part, strong_validator
from laicflow.replica.server import Fault, serve

D = dt.date
ONE = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
NAME = "jplg0130.01i.Z"
THEN = email.utils.formatdate(784111777, usegmt=True)
LATER = email.utils.formatdate(784111777 + 3600, usegmt=True)
BODY = bytes(range(256)) * 8


@pytest.fixture
def client():
    made = Client(attempts=2, sleep=lambda seconds: None, read=5)
    yield made
    made.close()


def once(**said) -> Client:
    """A client that asks but once."""
    return Client(attempts=1, sleep=lambda seconds: None, read=5, **said)


def cut(at: int, times: int | None = 1) -> Fault:
    # The pause lets the bytes arrive before the reset, which would throw them away.
    return Fault("cut", match="/013/", at=at, times=times, seconds=0.1)


def test_the_next_attempt_asks_for_the_rest(folder, raw, fetch):
    with serve(folder, faults=[cut(100)]) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")], **ONE)
    first, second = replica.log
    assert "Range" not in first.headers
    # The last byte that came is asked for again, so that a whole part is no error.
    assert second.headers["Range"] == "bytes=99-"
    assert second.headers["If-Range"] == frame(raw)["etag"].iloc[0]
    assert second.status == 206
    body = (folder / "ionex" / NAME).read_bytes()
    assert (raw / receipt["files"][0]["path"]).read_bytes() == body
    assert (receipt["files"][0]["size"], frame(raw)["size"].tolist()) == (len(body), [len(body)])
    assert [path.name for path in (raw / "jpl/2001").iterdir()] == [NAME]


def test_the_next_run_asks_for_the_rest_at_another_port_too(folder, raw, fetch):
    body = (folder / "ionex" / NAME).read_bytes()
    with serve(folder, faults=[cut(100)]) as replica:
        with pytest.raises(FetchError, match=rf"100 of {len(body)} bytes are kept"):
            fetch("jpl", raw, [replica.base("jpl")], client=once(), **ONE)
    part = raw / f"jpl/2001/.{NAME}.part"
    assert part.read_bytes() == body[:100]
    assert not (raw / "jpl/2001" / NAME).exists() and frame(raw).empty
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], **ONE)
    assert [seen.status for seen in replica.log] == [206]
    assert (raw / "jpl/2001" / NAME).read_bytes() == body
    assert not part.exists()


@pytest.mark.parametrize(
    ("faults", "asked"),
    [
        (["no_ranges"], ["bytes=99-", 200]),  # the whole file comes instead
        (["weak_etag"], [None, 200]),
        (["no_validator"], [None, 200]),
    ],
)
def test_a_server_that_cannot_is_asked_from_the_first_byte(folder, raw, fetch, faults, asked):
    changes = [Fault(kind) for kind in faults]
    with serve(folder, faults=[cut(100), *changes]) as replica:
        receipt = fetch("jpl", raw, [replica.base("jpl")], **ONE)
    assert [replica.log[1].headers.get("Range"), replica.log[1].status] == asked
    body = (folder / "ionex" / NAME).read_bytes()
    assert (raw / receipt["files"][0]["path"]).read_bytes() == body


def test_a_file_that_changed_in_between_is_not_pieced_together(folder, raw, fetch, ionex):
    with serve(folder, faults=[cut(100)]) as replica:
        with pytest.raises(FetchError):
            fetch("jpl", raw, [replica.base("jpl")], client=once(), **ONE)
    newer = ncompress.compress(ionex(D(2001, 1, 13), "JPL, once more"))
    (folder / "ionex" / NAME).write_bytes(newer)
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], **ONE)
    assert replica.log[0].headers["Range"] == "bytes=99-"
    assert replica.log[0].status == 200
    assert (raw / "jpl/2001" / NAME).read_bytes() == newer


def ranged(body, *, tag=None, shift=0, status=206, total=None):
    """A server that breaks its first answer off, and then gives the rest in some way."""
    state = {"asked": 0}

    def answer(method, path, headers):
        state["asked"] += 1
        said = {"ETag": '"1"'} if tag is None or state["asked"] == 1 else {"ETag": tag}
        if state["asked"] == 1:
            return 200, said | {"Content-Length": len(body)}, body[:1000]
        found = re.fullmatch(r"bytes=(\d+)-", headers.get("Range", ""))
        if not found:
            return 200, said, body
        if status == 416:
            return 416, {"Content-Range": f"bytes */{len(body)}"}, b"no"
        at = int(found[1]) + shift
        whole = total or len(body)
        return 206, said | {"Content-Range": f"bytes {at}-{whole - 1}/{whole}"}, body[at:]

    return answer


@pytest.mark.parametrize(
    "said",
    [
        {"status": 416},
        {"tag": '"2"'},  # another version, though If-Range forbids it
        {"shift": 5},  # another part than asked for
        {"total": 3000},  # a part of something longer
    ],
    ids=["416", "etag", "place", "size"],
)
def test_an_answer_that_does_not_fit_is_asked_for_whole_at_once(upstream, client, tmp_path, said):
    with upstream(ranged(BODY, **said)) as (port, log):
        reply = client.download(f"http://127.0.0.1:{port}/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY
    assert (reply.size, reply.resumed) == (2048, False)
    ranges = [headers.get("Range") for _, _, headers in log]
    assert ranges == [None, "bytes=999-", None]


def test_the_rest_that_fits_is_put_behind_what_is_here(upstream, client, tmp_path):
    with upstream(ranged(BODY)) as (port, log):
        reply = client.download(f"http://127.0.0.1:{port}/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY
    assert (reply.size, reply.resumed, len(log)) == (2048, True, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f"]


def test_a_part_that_is_whole_is_only_confirmed(upstream, tmp_path):
    """Ended between the last byte and the new name."""
    part = Part(tmp_path / "f")
    url = "http://127.0.0.1:1/f"
    part.begin(url, {"ETag": '"1"'}, len(BODY))
    part.path.write_bytes(BODY)

    def answer(method, path, headers):
        assert headers["Range"] == "bytes=2047-"
        return 206, {"Content-Range": "bytes 2047-2047/2048", "ETag": '"1"'}, BODY[-1:]

    with upstream(answer) as (port, _):
        reply = once().download(f"http://127.0.0.1:{port}/f", tmp_path / "f")
    assert reply.size == 2048 and (tmp_path / "f").read_bytes() == BODY


def test_two_parts_that_make_no_file_are_thrown_away_and_all_is_asked_for(
    folder, raw, fetch, upstream
):
    """A server that gives two versions the same tag."""
    good = (folder / "ionex" / NAME).read_bytes()
    other = good[:200][::-1]

    def answer(method, path, headers):
        said = {"ETag": '"same"', "Content-Length": len(good)}
        if len(log) == 1:
            return 200, said, other
        if "Range" in headers:
            place = {"Content-Range": f"bytes 199-{len(good) - 1}/{len(good)}"}
            return 206, {"ETag": '"same"'} | place, good[199:]
        return 200, said, good

    with upstream(answer) as (port, log):
        fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert (raw / "jpl/2001" / NAME).read_bytes() == good
    assert [headers.get("Range") for _, _, headers in log] == [None, "bytes=199-", None]


def test_a_file_that_breaks_off_each_time_and_is_another_is_not_asked_for_for_ever(
    raw, fetch, upstream, ionex
):
    other = ncompress.compress(ionex(D(2001, 1, 14)))

    def answer(method, path, headers):
        said = {"ETag": '"1"', "Content-Length": len(other)}
        if len(log) > 20:
            return 404, {}, b""
        if "Range" in headers:
            at = int(headers["Range"][6:-1])
            place = {"Content-Range": f"bytes {at}-{len(other) - 1}/{len(other)}"}
            return 206, {"ETag": '"1"'} | place, other[at:]
        return 200, said, other[:200]

    with upstream(answer) as (port, log):
        with pytest.raises(FetchError, match="its header says 2001-01-14"):
            fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert [headers.get("Range") for _, _, headers in log] == [None, "bytes=199-"] * 2


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ETag": '"a"', "Last-Modified": THEN, "Date": LATER}, '"a"'),
        # Where there is a tag, a date may not be used in its place (RFC 9110, section 13.1.5).
        ({"ETag": 'W/"a"', "Last-Modified": THEN, "Date": LATER}, ""),
        ({"Last-Modified": THEN, "Date": LATER}, THEN),
        # Written within the second in which it was sent, it could have been written twice.
        ({"Last-Modified": THEN, "Date": THEN}, ""),
        ({"Last-Modified": THEN}, ""),
        ({"Last-Modified": "yesterday", "Date": LATER}, ""),
        ({"ETag": "unquoted"}, ""),
        ({}, ""),
    ],
)
def test_which_headers_prove_a_version(headers, expected):
    assert strong_validator(headers) == expected


@pytest.mark.parametrize(
    "note",
    ["", "{", "[]", '{"url": "http://example.org/f"}', '{"url": 1, "validator": 2}'],
)
def test_a_note_that_cannot_be_read_is_no_part(tmp_path, note):
    part = Part(tmp_path / "f")
    part.path.write_bytes(BODY)
    part.sidecar.write_text(note)
    assert part.conditions("http://example.org/f") == {}


def test_a_part_of_another_url_or_longer_than_the_whole_is_none(tmp_path):
    part = Part(tmp_path / "f")
    part.begin("http://example.org/f", {"ETag": '"1"'}, 100)
    part.path.write_bytes(BODY[:50])
    expected = {"Range": "bytes=49-", "If-Range": '"1"'}
    assert part.conditions("http://example.org/f") == expected
    assert part.conditions("http://example.org/g") == {}
    part.path.write_bytes(BODY[:101])
    assert part.conditions("http://example.org/f") == {}


@pytest.mark.parametrize("place", ["9" * 5000 + "-99/100", "49-99/" + "9" * 5000])
def test_a_place_beyond_any_file_fits_no_part(tmp_path, place):
    part = Part(tmp_path / "f")
    part.begin("http://example.org/f", {"ETag": '"1"'}, 100)
    part.path.write_bytes(BODY[:50])
    assert part.accept({"Content-Range": "bytes 49-99/100"}) == (49, 100)
    assert part.accept({"Content-Range": f"bytes {place}"}) is None


def test_by_the_date_where_there_is_no_tag(upstream, client, tmp_path):
    said = {"Last-Modified": THEN}

    def answer(method, path, headers):
        if len(log) == 1:
            return 200, said | {"Content-Length": len(BODY)}, BODY[:100]
        assert headers["If-Range"] == THEN
        return 206, said | {"Content-Range": f"bytes 99-2047/{len(BODY)}"}, BODY[99:]

    with upstream(answer) as (port, log):
        client.download(f"http://127.0.0.1:{port}/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY


def test_nothing_stays_of_what_cannot_be_continued(upstream, client, tmp_path):
    with upstream(lambda *asked: (200, {"Content-Length": 4096}, BODY)) as (port, _):
        with pytest.raises(UnreachableError, match="broke off after 2048 of 4096 bytes") as caught:
            client.download(f"http://127.0.0.1:{port}/f", tmp_path / "f")
    assert "kept" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_without_the_file_leaves_the_part_of_another(folder, raw, tmp_path, fetch):
    (tmp_path / "empty").mkdir()
    with serve(folder, faults=[cut(100, None)]) as bad, serve(tmp_path / "empty") as empty:
        with pytest.raises(FetchError):
            fetch("jpl", raw, [bad.base("jpl"), empty.base("jpl")], client=once(), **ONE)
    note = json.loads((raw / f"jpl/2001/.{NAME}.part.json").read_text())
    assert note["url"].startswith(bad.base("jpl"))


def test_nothing_stays_of_a_mirror_that_broke_off_where_another_has_the_whole(
    folder, raw, tmp_path, fetch, ionex
):
    (tmp_path / "other/ionex").mkdir(parents=True)
    packed = gzip.compress(ionex(D(2001, 1, 13)))
    (tmp_path / "other/ionex/JPLG0130.01I.gz").write_bytes(packed)
    with serve(folder, faults=[cut(100, None)]) as bad, serve(tmp_path / "other") as good:
        fetch("jpl", raw, [bad.base("jpl"), good.base("jpl")], client=once(), **ONE)
    assert [path.name for path in (raw / "jpl/2001").iterdir()] == ["jplg0130.01i.gz"]


def test_a_part_of_a_version_that_is_not_the_newest_goes(upstream, client, tmp_path):
    part = Part(tmp_path / "f")
    with upstream(lambda *asked: (304, {"Content-Length": None}, b"")) as (port, _):
        part.begin(f"http://127.0.0.1:{port}/f", {"ETag": '"old"'}, 100)
        part.path.write_bytes(BODY[:50])
        reply = client.download(f"http://127.0.0.1:{port}/f", tmp_path / "f")
    assert reply.status == 304 and list(tmp_path.iterdir()) == []


def test_a_byte_a_second_is_given_up_and_continued(folder, raw, fetch):
    """Each byte comes within the read time-out; a clock that runs ahead makes it slow."""
    ticks = iter(range(10**6))
    client = Client(
        attempts=2, sleep=lambda s: None, clock=lambda: float(next(ticks)), slowest=50, patience=30
    )
    slow = Fault("trickle", match="/013/", times=1, seconds=0.002)
    with serve(folder, faults=[slow]) as replica:
        fetch("jpl", raw, [replica.base("jpl")], client=client, **ONE)
    assert [seen.status for seen in replica.log] == [200, 206]
    at = int(re.fullmatch(r"bytes=(\d+)-", replica.log[1].headers["Range"])[1])
    assert 10 <= at <= 50
    assert (raw / "jpl/2001" / NAME).read_bytes() == (folder / "ionex" / NAME).read_bytes()


def test_too_slow_says_how_slow(folder, raw, fetch):
    ticks = iter(range(10**6))
    client = Client(
        attempts=1, sleep=lambda s: None, clock=lambda: float(next(ticks)), slowest=50, patience=30
    )
    with serve(folder, faults=[Fault("trickle", seconds=0.002)]) as replica:
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [replica.base("jpl")], client=client, **ONE)
    said = r"too slow: \d+ bytes in 30 s, at least 50 a second are expected.*bytes are kept"
    assert re.search(said, str(caught.value))
