"""Parts of files, HEAD and conditions, as RFC 9110 has them; and servers that know none of it."""

from __future__ import annotations

import pytest
import requests

from laicflow.replica.answer import Answer
from laicflow.replica.ranges import part_of
from laicflow.replica.server import Fault, serve

PATH = "2001/014/jplg0140.01i.Z"
BODY = b"0123456789"
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def part(**asked):
    whole = Answer(200, BODY, headers={"ETag": '"a"', "Last-Modified": DATE})
    return part_of(whole, {name.replace("_", "-"): value for name, value in asked.items()})


@pytest.mark.parametrize(
    ("asked", "place", "body"),
    [
        # The examples of RFC 9110, section 14.1.2, for a body of ten bytes.
        ("bytes=0-4", "bytes 0-4/10", b"01234"),
        ("bytes=5-", "bytes 5-9/10", b"56789"),
        ("bytes=-3", "bytes 7-9/10", b"789"),
        ("bytes=-99", "bytes 0-9/10", BODY),
        ("bytes=9-9", "bytes 9-9/10", b"9"),
        ("bytes=8-99", "bytes 8-9/10", b"89"),
    ],
)
def test_a_part(asked, place, body):
    found = part(Range=asked)
    assert (found.status, found.headers["Content-Range"], found.body) == (206, place, body)
    assert found.headers["ETag"] == '"a"'


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=5-4", "bytes=-0"])
def test_a_part_that_is_not_there(asked):
    found = part(Range=asked)
    assert (found.status, found.headers["Content-Range"]) == (416, "bytes */10")


@pytest.mark.parametrize("asked", ["", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"])
def test_what_is_no_range_gives_the_whole(asked):
    assert part(Range=asked).status == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [('"a"', 206), (DATE, 206), ('"b"', 200), ('W/"a"', 200), (DATE.replace("37", "38"), 200)],
)
def test_the_rest_only_of_the_same_version(condition, status):
    assert part(Range="bytes=5-", If_Range=condition).status == status


def test_parts_and_heads_from_a_running_replica(folder, get):
    with serve(folder) as replica:
        base = replica.base("jpl")
        whole = get(base, PATH)
        assert whole.headers["Accept-Ranges"] == "bytes"
        said = {"Range": "bytes=5-", "If-Range": whole.headers["ETag"]}
        rest = get(base, PATH, **said)
        assert (rest.status_code, rest.content) == (206, whole.content[5:])
        assert (
            get(base, PATH, **said, **{"If-None-Match": whole.headers["ETag"]}).status_code == 304
        )
        head = requests.head(f"{base}/{PATH}", timeout=5)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
            assert head.headers[name] == whole.headers[name]
        assert requests.head(f"{base}/2001/015/jplg0150.01i.Z", timeout=5).status_code == 404
    assert [seen.method for seen in replica.log] == ["GET"] * 3 + ["HEAD"] * 2


def test_servers_that_know_less(folder, get):
    kinds = ["no_ranges", "weak_etag", "changed"]
    with serve(folder, faults=[Fault(kind) for kind in kinds]) as replica:
        found = get(replica.base("jpl"), PATH, Range="bytes=0-3")
        again = get(replica.base("jpl"), PATH, **{"If-None-Match": found.headers["ETag"]})
    assert found.status_code == 200 and "Accept-Ranges" not in found.headers
    assert found.headers["ETag"].startswith('W/"') and found.content.endswith(b"~")
    assert again.status_code == 304
    with serve(folder, faults=[Fault("no_validator"), Fault("no_head")]) as replica:
        found = get(replica.base("jpl"), PATH)
        head = requests.head(f"{replica.base('jpl')}/{PATH}", timeout=5)
    assert not {"ETag", "Last-Modified"} & set(found.headers)
    assert (head.status_code, head.headers["Allow"]) == (405, "GET")


def test_a_fault_and_a_change_go_together_and_are_used_up(folder, get):
    faults = [Fault("weak_etag", times=1), Fault("truncated", times=1), Fault("reset", times=1)]
    with serve(folder, faults=faults) as replica:
        first = get(replica.base("jpl"), PATH)
        with pytest.raises(requests.ConnectionError):
            get(replica.base("jpl"), PATH)
        last = get(replica.base("jpl"), PATH)
    assert first.headers["ETag"].startswith("W/")
    assert len(first.content) == len(last.content) // 2
    assert last.headers["ETag"].startswith('"')


def test_a_body_that_breaks_off(folder, get):
    with serve(folder, faults=[Fault("cut", at=4, seconds=0.1)]) as replica:
        url = f"{replica.base('jpl')}/{PATH}"
        with requests.get(url, stream=True, timeout=5) as answer:
            assert answer.raw.read(4) == (folder / "ionex/jpl/jplg0140.01i.Z").read_bytes()[:4]
            with pytest.raises(Exception, match="Connection|IncompleteRead|reset"):
                answer.raw.read()


def test_a_redirect_to_itself_and_an_answer_without_data(folder):
    faults = [Fault("loop", times=1), Fault("status", status=204, times=1)]
    with serve(folder, faults=faults) as replica:
        url = f"{replica.base('jpl')}/{PATH}"
        loop = requests.get(url, timeout=5, allow_redirects=False)
        nothing = requests.get(url, timeout=5)
    assert (loop.status_code, loop.headers["Location"]) == (302, f"/jpl/{PATH}")
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert "Content-Length" not in nothing.headers
