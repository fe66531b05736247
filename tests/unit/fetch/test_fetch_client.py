"""The HTTP client against a server on loopback that misbehaves; no test waits."""

from __future__ import annotations

import contextlib
import email.utils
import gzip
import hashlib
import socket
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from laicflow.fetch_client import Client, UnreachableError, is_loopback, readable

BODY = b"0123456789" * 50


@contextlib.contextmanager
def server(*answers):
    """A server that gives each answer once and the last one for ever; yields URL and log.

    An answer is a status and headers and body, or a function of the handler.
    """
    left, log = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            log.append((self.path, dict(self.headers.items())))
            answer = left.pop(0) if len(left) > 1 else left[0]
            self.close_connection = True
            if callable(answer):
                answer(self)
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in (
                {"Content-Length": len(body), "Connection": "close"} | headers
            ).items():
                if value is not None:
                    self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args):
            pass

    with Quiet(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/file", log
        running.shutdown()
        thread.join()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def client(pauses):
    made = Client(attempts=4, back_off=1.0, cap=60.0, sleep=pauses.append, jitter=lambda: 0.5)
    yield made
    made.close()


OK = (200, {}, BODY)


def test_a_body_arrives_with_its_digest_and_headers(client, tmp_path):
    headers = {"ETag": '"1"', "Last-Modified": "yesterday", "x-laicflow-origin": "here"}
    with server((200, headers, BODY)) as (url, log):
        reply = client.download(url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert (reply.status, reply.size) == (200, 500)
    assert reply.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (reply.etag, reply.last_modified, reply.origin) == ('"1"', "yesterday", "here")
    assert log[0][1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_trouble_is_waited_out_with_doubling_pauses(client, pauses, tmp_path, status):
    trouble = (status, {}, b"busy")
    with server(trouble, trouble, trouble, OK) as (url, log):
        assert client.download(url, tmp_path / "file").status == 200
    assert len(log) == 4
    assert pauses == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_an_answer_that_no_repetition_mends_comes_back_at_once(client, pauses, tmp_path, status):
    with server((status, {}, b"Error\n\nthe reason")) as (url, log):
        reply = client.download(url, tmp_path / "file")
    assert (reply.status, reply.message) == (status, "Error: the reason")
    assert len(log) == 1 and pauses == []
    assert not (tmp_path / "file").exists()


def test_after_the_last_attempt_the_trouble_itself_comes_back(client, pauses, tmp_path):
    with server((503, {}, b"closed for repairs")) as (url, log):
        reply = client.download(url, tmp_path / "file")
    assert (reply.status, reply.message) == (503, "closed for repairs")
    assert len(log) == 4 and len(pauses) == 3


@pytest.mark.parametrize(("jitter", "expected"), [(0.0, 0.5), (1.0, 1.5)])
def test_jitter_scales_a_pause(tmp_path, jitter, expected):
    pauses = []
    client = Client(sleep=pauses.append, jitter=lambda: jitter)
    with server((503, {}, b""), OK) as (url, _):
        client.download(url, tmp_path / "file")
    assert pauses == [expected]


def test_the_cap_holds_for_doubling_too(tmp_path):
    pauses = []
    client = Client(attempts=6, cap=3.0, sleep=pauses.append, jitter=lambda: 0.5)
    with server((503, {}, b"")) as (url, _):
        client.download(url, tmp_path / "file")
    assert pauses == [1.0, 2.0, 3.0, 3.0, 3.0]


@pytest.mark.parametrize(("said", "expected"), [("7", 7.0), ("0", 0.0), ("3600", 60.0)])
def test_retry_after_in_seconds_up_to_the_cap(client, pauses, tmp_path, said, expected):
    with server((503, {"Retry-After": said}, b""), OK) as (url, _):
        client.download(url, tmp_path / "file")
    assert pauses == [expected]


@pytest.mark.parametrize(
    ("ahead", "expected"), [(20, 20.0), (-100, 0.0), (10_000, 60.0)], ids=["20", "past", "far"]
)
def test_retry_after_as_a_date_by_the_servers_own_clock(pauses, tmp_path, ahead, expected):
    """The server's clock stands at 1994 (RFC 9110's example), ours at 2001."""
    then = 784111777
    date = email.utils.formatdate(then, usegmt=True)
    after = email.utils.formatdate(then + ahead, usegmt=True)
    client = Client(cap=60, sleep=pauses.append, wall=lambda: 1e9)

    def answer(handler):
        handler.send_response_only(503)
        said = {"Date": date, "Retry-After": after, "Content-Length": "0", "Connection": "close"}
        for name, value in said.items():
            handler.send_header(name, value)
        handler.end_headers()

    with server(answer, OK) as (url, _):
        client.download(url, tmp_path / "file")
    assert pauses == [expected]


def test_a_retry_after_that_says_nothing_is_passed_over(client, pauses, tmp_path):
    with server((503, {"Retry-After": "soon"}, b""), OK) as (url, _):
        client.download(url, tmp_path / "file")
    assert pauses == [1.0]


def test_a_body_shorter_than_announced_is_asked_for_again(client, pauses, tmp_path):
    with server((200, {"Content-Length": 600}, BODY), OK) as (url, log):
        assert client.download(url, tmp_path / "file").size == 500
    assert len(log) == 2
    with server((200, {"Content-Length": 600}, BODY)) as (url, _):
        with pytest.raises(UnreachableError, match=r"500 .*4 attempts") as caught:
            client.download(url, tmp_path / "file")
    assert url in str(caught.value)


def test_a_broken_connection_is_asked_again(client, tmp_path):
    def hang_up(handler):
        handler.connection.shutdown(socket.SHUT_RDWR)

    with server(hang_up, hang_up, OK) as (url, log):
        assert client.download(url, tmp_path / "file").status == 200
    assert len(log) == 3


def test_nobody_listening(client, pauses, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file"
    with pytest.raises(UnreachableError, match="refused"):
        client.download(url, tmp_path / "file")
    assert len(pauses) == 3


def test_silence_is_a_time_out(tmp_path):
    client = Client(read=0.05, attempts=2, sleep=lambda seconds: None)
    release = threading.Event()
    with server(lambda handler: release.wait(5)) as (url, log):
        with pytest.raises(UnreachableError, match=r"timed out \(2 attempts\)"):
            client.download(url, tmp_path / "file")
        release.set()
    assert len(log) == 2


def trickling(status):
    """An answer of which a byte comes now and then, and never the whole."""

    def trickle(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(500):
                handler.wfile.write(b"x")
                time.sleep(0.002)

    return trickle


@pytest.fixture
def hurried():
    """A client whose clock goes on by a second whenever it is read."""
    ticks = iter(range(1000))
    return Client(read=5, overall=20, attempts=1, clock=lambda: float(next(ticks)))


def test_a_trickle_is_given_up_though_every_piece_is_in_time(hurried, tmp_path):
    """Each byte comes well within the read time-out; only the whole takes too long."""
    with server(trickling(200)) as (url, _):
        with pytest.raises(UnreachableError, match="longer than 20 s"):
            hurried.download(url, tmp_path / "file")


def test_the_words_of_a_refusal_are_given_up_likewise(hurried, tmp_path):
    """What came of them until then is told."""
    with server(trickling(404)) as (url, _):
        reply = hurried.download(url, tmp_path / "file")
    assert reply.status == 404 and set(reply.message) == {"x"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Length": 100}, b"the reason"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"the reason")),
    ],
    ids=["broken off", "packed"],
)
def test_the_words_of_a_refusal(client, tmp_path, headers, body):
    with server((404, headers, body)) as (url, _):
        assert client.download(url, tmp_path / "file").message == "the reason"


def test_a_redirect_is_followed_before_all_of_it_is_there(tmp_path):
    release = threading.Event()

    def moved(handler):
        handler.send_response(302)
        handler.send_header("Location", "/there")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"it has moved")
        release.wait(20)

    with server(moved, OK) as (url, log):
        try:
            reply = Client(read=5, attempts=1).download(url, tmp_path / "file")
        finally:
            release.set()
    assert (reply.status, [path for path, _ in log]) == (200, ["/file", "/there"])


def test_a_redirect_is_not_unpacked(client, tmp_path):
    said = {"Location": "/there", "Content-Encoding": "gzip"}
    with server((302, said, gzip.compress(bytes(50_000_000))), OK) as (url, _):
        tracemalloc.start()
        try:
            client.download(url, tmp_path / "file")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 10_000_000


def test_a_chunked_body(client, tmp_path):
    def chunked(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for at in range(0, 500, 100):
            handler.wfile.write(b"64\r\n" + BODY[at : at + 100] + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    with server(chunked) as (url, _):
        assert client.download(url, tmp_path / "file").size == 500
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_chunked_body_that_breaks_off_is_no_file(client, tmp_path):
    def chunked(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"64\r\n" + BODY[:100] + b"\r\n64\r\n" + BODY[:10])

    with server(chunked) as (url, _), pytest.raises(UnreachableError):
        client.download(url, tmp_path / "file")


def test_an_encoding_for_the_way_is_taken_off(client, tmp_path):
    packed = gzip.compress(BODY)
    with server((200, {"Content-Encoding": "gzip"}, packed)) as (url, _):
        client.download(url, tmp_path / "events.csv")
        client.download(url, tmp_path / "maps.gz")
    assert (tmp_path / "events.csv").read_bytes() == BODY
    assert (tmp_path / "maps.gz").read_bytes() == packed


def test_headers_are_sent_along_and_304_has_no_body(client, tmp_path):
    with server((304, {"Content-Length": None}, b"")) as (url, log):
        reply = client.download(url, tmp_path / "file", headers={"If-None-Match": '"1"'})
    assert reply.status == 304
    assert log[0][1]["If-None-Match"] == '"1"'
    assert not (tmp_path / "file").exists()


def test_an_address_that_is_none_is_not_tried_again(client, pauses, tmp_path):
    with pytest.raises(UnreachableError):
        client.download("http://", tmp_path / "file")
    assert pauses == []


def test_a_full_disk_is_no_trouble_of_the_network(client, pauses, tmp_path):
    with server(OK) as (url, _), pytest.raises(OSError, match="No such file"):
        client.download(url, tmp_path / "nowhere" / "file")
    assert pauses == []


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(client, tmp_path, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with server(OK) as (proxy, log), server(OK) as (direct, seen):
        address = proxy.removesuffix("/file")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, address)
        assert client.download("http://upstream.invalid/x", tmp_path / "one").status == 200
        assert [path for path, _ in log] == ["http://upstream.invalid/x"]
        assert client.download(direct, tmp_path / "two").status == 200
        assert (len(log), len(seen)) == (1, 1)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:80/x", True),
        ("http://127.example.org/x", False),
        ("http://example.org/127.0.0.1", False),
    ],
)
def test_which_addresses_are_this_machine(url, expected):
    assert is_loopback(url) is expected


def test_the_reason_of_the_event_service_is_read_out():
    # The body that the services document shows.
    body = (
        b"Error 400: Bad Request\n\n286412 matching events exceeds search limit of 20000. Modify "
        b"the search to match fewer events.\n\nUsage details are available from "
        b"https://earthquake.usgs.gov/fdsnws/event/1\n\nRequest:\n/fdsnws/event/1/query?...\n\n"
        b"Request Submitted:\n2019-08-11T17:50:26+00:00\n\nService version:\n1.8.1\n"
    )
    assert readable(body) == (
        "Error 400: Bad Request: 286412 matching events exceeds search limit of 20000. "
        "Modify the search to match fewer events."
    )
    assert readable(b"<html><body>lengthy</body></html>") == ""
