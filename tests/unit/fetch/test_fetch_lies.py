"""Files that are not what their names say, and servers that say of a file what is not so."""

from __future__ import annotations

import datetime as dt
import gzip

import ncompress
import pytest

from laicflow.errors import FetchError
from laicflow.fetch import Client
from laicflow.fetch_manifest import frame

D = dt.date
ONE = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
PAGE = b"<!DOCTYPE html><html><head><title>Wartung &amp; Pause</title></head></html>"

# Names of a day's file by its compression, as the shipped layout of JPL has them.
Z, GZ = "jplg0130.01i.Z", "JPLG0130.01I.gz"


@pytest.fixture
def text(ionex):
    return ionex(D(2001, 1, 13))


def served(name, body, **headers):
    """A server that has one file."""

    def answer(method, path, asked):
        if path.lower().endswith(name.lower()):
            return 200, headers, body
        return 404, {}, b"not here"

    return answer


def lies(text):
    z, gz = ncompress.compress(text), gzip.compress(text)
    return {
        "half a gz as Z": (Z, gz[: len(gz) // 2], r"broken or truncated"),
        "half a Z as gz": (GZ, z[: len(z) // 2], r"END OF FILE label is missing"),
        "text as gz": (GZ, text, r"expected a \.gz file \(first bytes 1f 8b\), found 20 20"),
        "text as Z": (Z, text, r"expected a \.Z file"),
        "page as Z": (Z, PAGE, r"a web page came .* \(its title: Wartung & Pause\)"),
        "page as gz": (GZ, PAGE, r"a web page came"),
        "page in gz": (GZ, gzip.compress(PAGE), r"expected an IONEX header, found"),
        "page in Z": (Z, ncompress.compress(PAGE), r"expected an IONEX header, found"),
        "half a gz": (GZ, gz[: len(gz) // 2], r"broken or truncated"),
        "gz without its end": (GZ, gz[:-4], r"broken or truncated"),
        "half a Z": (Z, z[: len(z) // 2], r"END OF FILE label is missing"),
        "other in Z": (Z, ncompress.compress(b"something else\n" * 9), r"'something else'"),
        "bad Z": (Z, b"\x1f\x9d\xff" + z[3:], r"broken or truncated"),
        "two bytes": (Z, b"\x1f\x9d", r"broken or truncated|expected an IONEX header"),
        "nothing": (Z, b"", r"the answer is empty"),
    }


@pytest.mark.parametrize("kind", sorted(lies(b"  text")))
def test_it_is_refused_with_what_was_expected_and_found(upstream, raw, fetch, text, kind):
    name, body, told = lies(text)[kind]
    with upstream(served(name, body)) as (port, log):
        with pytest.raises(FetchError, match=told) as caught:
            fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert f"http://127.0.0.1:{port}/" in str(caught.value)
    assert frame(raw).empty
    assert not list((raw / "jpl/2001").iterdir())


def test_the_next_mirror_has_the_truth(upstream, raw, fetch, text):
    with upstream(served(Z, gzip.compress(text)[:-9])) as (bad, _):
        with upstream(served(Z, ncompress.compress(text))) as (good, _):
            bases = [f"http://127.0.0.1:{port}" for port in (bad, good)]
            assert len(fetch("jpl", raw, bases, **ONE)["files"]) == 1


def stored(raw):
    (file,) = frame(raw)["file"]
    return (raw / file).read_bytes()


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_a_gz_that_the_server_calls_an_encoding_stays_as_it_is(
    upstream, raw, fetch, text, encoding
):
    body = gzip.compress(text)
    with upstream(served(GZ, body, **{"Content-Encoding": encoding})) as (port, _):
        fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert stored(raw) == body


def test_a_gz_that_is_packed_once_more_for_the_way(upstream, raw, fetch, text):
    body = gzip.compress(text)
    with upstream(served(GZ, gzip.compress(body), **{"Content-Encoding": "gzip"})) as (port, _):
        fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert stored(raw) == body


@pytest.mark.parametrize("encoding", ["x-compress", "gzip"])
def test_a_z_that_is_not_packed_whatever_the_server_says(upstream, raw, fetch, text, encoding):
    """compress(1) called an encoding, or called gzip, as old servers do."""
    body = ncompress.compress(text)
    with upstream(served(Z, body, **{"Content-Encoding": encoding})) as (port, _):
        fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert stored(raw) == body


def test_a_z_that_is_packed_for_the_way(upstream, raw, fetch, text):
    body = ncompress.compress(text)
    with upstream(served(Z, gzip.compress(body), **{"Content-Encoding": "gzip"})) as (port, _):
        fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert stored(raw) == body


def test_a_text_that_is_packed_for_the_way_and_breaks_off(upstream, tmp_path):
    packed = gzip.compress(b"DATE,BSRN\n" * 1000)
    client = Client(attempts=1, sleep=lambda seconds: None)
    said = {"Content-Encoding": "gzip", "ETag": '"1"'}
    with upstream(lambda *asked: (200, said, packed[:-9])) as (port, _):
        with pytest.raises(FetchError, match="gzip encoding broke off"):
            client.download(f"http://127.0.0.1:{port}/f.csv", tmp_path / "f.csv")
    # What is here is unpacked: no Range of the packed bytes could continue it.
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("said", ["12x", "-5", "", "9" * 30])
def test_a_length_that_is_no_number_is_passed_over(upstream, raw, fetch, text, said):
    body = ncompress.compress(text)
    headers = {"Content-Length": said}
    with upstream(served(Z, body, **headers)) as (port, _):
        if said.startswith("9"):
            with pytest.raises(FetchError, match="broke off"):
                fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
            return
        fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert stored(raw) == body


def test_a_length_that_is_too_short_is_found_by_the_content(upstream, raw, fetch, text):
    body = ncompress.compress(text)
    headers = {"Content-Length": len(body) - 40}
    with upstream(served(Z, body, **headers)) as (port, _):
        with pytest.raises(FetchError, match="END OF FILE label is missing"):
            fetch("jpl", raw, [f"http://127.0.0.1:{port}"], **ONE)
    assert frame(raw).empty


@pytest.mark.parametrize(
    "place",
    [
        "http://[bad/x",
        "//[",
        "http://host:99999/x",
        "http://host:1x/y",
        "/K\xe4se",
        "http://host:/\xe4",
        "",
    ],
    ids=range(7),
)
def test_a_redirect_to_what_is_no_address(upstream, raw, fetch, text, place):
    with upstream(lambda *asked: (302, {"Location": place}, b"")) as (bad, log):
        with pytest.raises(FetchError, match="it redirects to what is no address") as caught:
            fetch("jpl", raw, [f"http://127.0.0.1:{bad}"], **ONE)
        # No later attempt would mend it.
        assert len(log) == 1 and f"http://127.0.0.1:{bad}/" in str(caught.value)
        with upstream(served(Z, ncompress.compress(text))) as (good, _):
            bases = [f"http://127.0.0.1:{port}" for port in (bad, good)]
            assert len(fetch("jpl", raw, bases, **ONE)["files"]) == 1


@pytest.mark.parametrize(("said", "size"), [("9" * 5000, -1), ("12x", -1), ("12", 12)])
def test_the_size_of_a_file_that_is_not_sent(upstream, said, size):
    with upstream(lambda *asked: (200, {"Content-Length": said}, b"")) as (port, _):
        assert Client().head(f"http://127.0.0.1:{port}/f").size == size

    def first_byte(method, path, headers):
        return (
            (403, {}, b"")
            if method == "HEAD"
            else (206, {"Content-Range": f"bytes 0-0/{said}"}, b"x")
        )

    with upstream(first_byte) as (port, _):
        assert Client().head(f"http://127.0.0.1:{port}/f").size == size


def test_a_list_of_files_that_is_nested_too_deeply(upstream, raw, fetch):
    said = {
        "options": {"satellites": ["A"]},
        "partition": "2016-01",
        "now": dt.datetime(2020, 1, 1),
    }
    days = {"start": D(2016, 1, 1), "end": D(2016, 1, 2)}
    page = b'{"results":' + b"[" * 100_000
    with upstream(lambda *asked: (200, {}, page)) as (port, _):
        with pytest.raises(FetchError, match="its list of files is no whole object"):
            fetch("swarm_lp", raw, [f"http://127.0.0.1:{port}"], **said, **days)
