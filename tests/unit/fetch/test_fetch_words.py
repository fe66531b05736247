"""What servers say, read out; pauses as HTTP spells them; proxies."""

from __future__ import annotations

import email.utils

import pytest

from laicflow.errors import FetchError
from laicflow.fetch import Client
from laicflow.fetch_session import Session
from laicflow.fetch_words import http_date, readable, retry_after, span, volume
from laicflow.replica.server import Fault, serve

# The example of RFC 9110, section 5.6.7.
DATE, SECONDS = "Sun, 06 Nov 1994 08:49:37 GMT", 784111777


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<html><head><title>HTTP Status 400</title></head></html>", "HTTP Status 400"),
        ("<!DOCTYPE html>\n<TITLE lang=en>\n Bad  &amp; worse </TITLE>", "Bad & worse"),
        ("<html><title>Error</title><h1>No <b>such</b> day</h1></html>", "Error: No such day"),
        ("<html><title>Same</title><h1>Same</h1></html>", "Same"),
        ("<html><title></title><h1>Closed</h1></html>", "Closed"),
        ("<html><body>lengthy</body></html>", ""),
        ("Error 400: Bad\n\nBad limit\n\nRequest:\n/x?y", "Error 400: Bad: Bad limit"),
        ("", ""),
        ("see https://me:pass@host/x", "see https://host/x"),
    ],
)  # fmt: skip
def test_an_error_page_is_read_out(page, expected):
    assert readable(page.encode()) == expected


def test_an_error_page_is_not_read_out_for_ever():
    assert len(readable(b"word " * 2000)) == 500
    assert len(readable(b"<html><title>" + b"word " * 1000 + b"</title>")) <= 500


def test_the_words_of_a_page_reach_the_user(folder, raw, fetch):
    page = "<html><head><title>418 I am a teapot</title></head></html>"
    with serve(folder, faults=[Fault("status", status=418, message=page)]) as replica:
        with pytest.raises(FetchError, match=r"HTTP 418 \(418 I am a teapot\)"):
            fetch("jpl", raw, [replica.base("jpl")])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("120", 120.0),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("9" * 400, 999999999999.0),
        ("-5", None),
        ("1.5", None),
        ("1e3", None),
        ("²", None),
        ("soon", None),
        ("", None),
        (email.utils.formatdate(SECONDS + 30, usegmt=True), 30.0),
        (email.utils.formatdate(SECONDS - 9999, usegmt=True), 0.0),
        ("Sun, 06 Nov 99999 08:49:37 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799.0 - SECONDS),
        ("Sun, 32 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_retry_after(said, expected):
    # 253402300799 is the last second of the year 9999.
    assert retry_after({"Retry-After": said, "Date": DATE}, now=0.0) == expected


def test_a_date_without_the_servers_own_is_held_against_ours():
    assert retry_after({"Retry-After": DATE}, now=SECONDS - 5) == 5.0
    assert retry_after({"Retry-After": DATE, "Date": "now"}, now=SECONDS - 5) == 5.0


def test_dates():
    assert http_date(DATE) == SECONDS
    assert http_date("Sunday, 06-Nov-94 08:49:37 GMT") == SECONDS
    assert http_date("yesterday") is None and http_date("") is None


@pytest.mark.parametrize("said", ["9" * 30, "86400", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_pause_is_cut_and_told(folder, raw, fetch, said):
    pauses = []
    client = Client(attempts=3, cap=60, sleep=pauses.append)
    fault = Fault("status", status=429, retry_after=said, message="too many requests")
    with serve(folder, faults=[fault]) as replica:
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [replica.base("jpl")], client=client)
    # The mirror that failed is asked once for each of the other days.
    assert pauses == [60.0, 60.0]
    text = "HTTP 429 (too many requests: it wants to be asked again after "
    assert text in str(caught.value)


def test_sizes_and_times_for_readers():
    assert [volume(size) for size in (0, 999, 1000, 1234567, 5e12)] == [
        "0 bytes", "999 bytes", "1 kB", "1.23 MB", "5e+03 GB",
    ]  # fmt: skip
    assert [span(s) for s in (1, 119, 120, 7200, 86400 * 3)] == [
        "1 seconds", "119 seconds", "2 minutes", "2 hours", "3 days",
    ]  # fmt: skip


@pytest.fixture
def proxied(monkeypatch):
    """Names a proxy to all programs."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def use(address):
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, address)

    return use


def test_a_redirect_to_this_machine_leaves_the_proxy(upstream, tmp_path, proxied):
    client = Client(attempts=1)
    with upstream(lambda *asked: (200, {}, b"here")) as (port, direct):
        place = {"Location": f"http://localhost:{port}/file"}
        with upstream(lambda *asked: (302, place, b"")) as (proxy, seen):
            proxied(f"http://me:word@127.0.0.1:{proxy}")
            reply = client.download("http://upstream.invalid/x", tmp_path / "x")
    assert reply.status == 200
    assert [path for _, path, _ in seen] == ["http://upstream.invalid/x"]
    assert "Proxy-Authorization" in seen[0][2]
    assert [path for _, path, _ in direct] == ["/file"]
    assert "Proxy-Authorization" not in direct[0][2]


def test_a_redirect_away_from_this_machine_takes_the_proxy(upstream, tmp_path, proxied):
    client = Client(attempts=1)
    with upstream(lambda *asked: (200, {}, b"there")) as (proxy, seen):
        proxied(f"http://127.0.0.1:{proxy}")
        place = {"Location": "http://upstream.invalid/file"}
        with upstream(lambda *asked: (302, place, b"")) as (port, direct):
            reply = client.download(f"http://127.0.0.1:{port}/x", tmp_path / "x")
    assert (reply.status, len(direct)) == (200, 1)
    assert [path for _, path, _ in seen] == ["http://upstream.invalid/file"]


def test_https_goes_through_the_proxy_and_its_refusal_is_told(upstream, tmp_path, proxied):
    client = Client(attempts=1)
    with upstream(lambda *asked: (403, {}, b"")) as (proxy, seen):
        proxied(f"http://me:word@127.0.0.1:{proxy}")
        with pytest.raises(FetchError) as caught:
            client.download("https://upstream.invalid/x", tmp_path / "x")
    assert [(method, path) for method, path, _ in seen] == [("CONNECT", "upstream.invalid:443")]
    told = str(caught.value)
    assert "the proxy of http_proxy/https_proxy gave no connection" in told and "403" in told
    assert "word" not in told


def test_no_proxy_is_honoured(monkeypatch, proxied):
    proxied("http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "mirror.example.org")
    session = Session()
    for url, used in (("https://mirror.example.org/x", False), ("https://example.com/x", True)):
        found = session.merge_environment_settings(url, {}, None, None, None)["proxies"]
        assert bool(found) is used


def test_a_proxy_that_wants_a_login(upstream, raw, fetch, proxied):
    with upstream(lambda *asked: (407, {}, b"who are you?")) as (proxy, _):
        proxied(f"http://127.0.0.1:{proxy}")
        with pytest.raises(FetchError, match="the proxy wants a login: https_proxy=http://<name>"):
            fetch("jpl", raw, ["http://upstream.invalid/jpl"])
