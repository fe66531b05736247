from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from laicflow.replica.server import SOURCES, Fault, serve

PATH = "2001/014/jplg0140.01i.Z"
SCRIPTS = Path(__file__).resolve().parents[3] / "workflow" / "scripts"


def test_it_listens_on_loopback_alone_and_not_afterwards(folder, get):
    with serve(folder) as replica:
        base = replica.base("jpl")
        assert base == f"http://127.0.0.1:{replica.port}/jpl"
        assert get(base, PATH).status_code == 200
    with pytest.raises(requests.ConnectionError):
        get(base, PATH)


def test_the_log_keeps_what_was_asked_and_answered(folder, get):
    with serve(folder) as replica:
        get(replica.base("jpl"), PATH)
        get(replica.base("jpl"), "2001/015/jplg0150.01i.Z")
        get(replica.base("usgs"), "count?starttime=2001-01-01&endtime=2001-01-02")
    assert [(seen.path, seen.status) for seen in replica.log] == [
        (f"/jpl/{PATH}", 200),
        ("/jpl/2001/015/jplg0150.01i.Z", 404),
        ("/usgs/count?starttime=2001-01-01&endtime=2001-01-02", 200),
    ]


def test_an_unchanged_file_is_not_sent_again(folder, get):
    with serve(folder) as replica:
        base = replica.base("jpl")
        first = get(base, PATH)
        tag, date = first.headers["ETag"], first.headers["Last-Modified"]
        again = get(base, PATH, **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert get(base, PATH, **{"If-Modified-Since": date}).status_code == 304
        # The tag decides where both stand (RFC 9110, section 13.2.2).
        other = {"If-None-Match": '"other"', "If-Modified-Since": date}
        assert get(base, PATH, **other).status_code == 200
    assert [seen.status for seen in replica.log] == [200, 304, 304, 200]


def test_a_fault_ends_after_its_times_and_meets_only_what_it_matches(folder, get):
    fault = Fault("status", match="^/jpl/", times=2, status=429, retry_after="7")
    with serve(folder, faults=[fault]) as replica:
        assert get(replica.base("celestrak"), "SW-All.csv").status_code == 200
        first = get(replica.base("jpl"), PATH)
        assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
        assert get(replica.base("jpl"), PATH).status_code == 429
        assert get(replica.base("jpl"), PATH).status_code == 200


def test_a_broken_connection(folder, get):
    with serve(folder, faults=[Fault("reset")]) as replica:
        with pytest.raises(requests.ConnectionError):
            get(replica.base("jpl"), PATH)
    assert replica.log[0].status == 0


def test_half_a_body_under_its_own_length_and_under_the_whole(folder, get):
    whole = (folder / "ionex/jpl/jplg0140.01i.Z").read_bytes()
    half = whole[: len(whole) // 2]
    faults = [Fault("truncated", times=1), Fault("length", times=1)]
    with serve(folder, faults=faults) as replica:
        first = get(replica.base("jpl"), PATH)
        assert (first.content, first.headers["Content-Length"]) == (half, str(len(half)))
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            get(replica.base("jpl"), PATH)


def test_a_login_page_and_another_file(folder, get):
    faults = [Fault("html", times=1), Fault("other", times=1, path="/celestrak/SW-All.csv")]
    with serve(folder, faults=faults) as replica:
        page = get(replica.base("jpl"), PATH)
        assert page.status_code == 200 and page.text.startswith("<!DOCTYPE html>")
        assert get(replica.base("jpl"), PATH).text.startswith("DATE,BSRN")


def test_a_fault_that_is_not_known():
    with pytest.raises(ValueError, match="'explode'"):
        Fault("explode")


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(NotADirectoryError, match="nowhere"):
        with serve(tmp_path / "nowhere"):
            pass


def test_by_hand(folder, get):
    """The command prints a base URL for each source and serves until it is ended."""
    command = [sys.executable, "-m", "laicflow.replica", str(folder)]
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": ""}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        lines = [process.stdout.readline() for _ in SOURCES]
        bases = dict(re.split(r"\s+", line.strip(), maxsplit=1) for line in lines)
        assert get(bases["jpl"], PATH).status_code == 200
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
