"""Answers of HAPI: what must be refused before a download gets its name."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from laicflow.checks.common import Asked, HollowError, UnlikeError
from laicflow.checks.hapi import hapi_info, swarm_hapi

D = dt.date
DAY = D(2024, 5, 11)
HEADER = {
    "HAPI": "3.0",
    "status": {"code": 1200, "message": "OK"},
    "x_dataset": "SW_OPER_EFIB_LP_1B",
    "parameters": [{"name": "Timestamp", "units": "UTC"}, {"name": "N_ion", "units": "cm-3"}],
}
DEEP = b'{"status":' + b"[" * 100_000
ROWS = "2024-05-11T00:00:00.197Z,1.5\r\n2024-05-11T23:59:59.696Z,nan\r\n"


def csv(rows=ROWS, **said) -> bytes:
    head = json.dumps(HEADER | said, indent=2)
    return ("".join(f"#{line}\r\n" for line in head.split("\n")) + rows).encode()


def asked(first=DAY, last=None, satellite="B") -> Asked:
    return Asked("a.csv", "swarm_hapi", first, last or first, observatory=satellite)


def refused(content: bytes, **said) -> str:
    with pytest.raises(UnlikeError) as caught:
        swarm_hapi(content, asked(**said))
    return str(caught.value)


def test_samples_of_the_satellite_and_the_day():
    swarm_hapi(csv(), asked())
    swarm_hapi(csv(), asked(first=D(2024, 5, 10), last=D(2024, 5, 12)))
    assert refused(csv(), satellite="A") == "expected satellite A, its header says B"
    assert "expected samples of 2024-05-12" in refused(csv(), first=D(2024, 5, 12))
    assert "found 2024-05-11 to 2024-05-11" in refused(csv(), first=D(2024, 5, 10))


def test_no_rows_say_that_there_is_nothing():
    with pytest.raises(HollowError, match="no sample of satellite B"):
        swarm_hapi(csv(""), asked())


@pytest.mark.parametrize("lost", [1, 2, 4, 6, 10, 25])
def test_a_last_row_that_is_cut(lost):
    assert refused(csv()[:-lost]).startswith("truncated: its last row")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"status": {"code": 1408, "message": "too much"}}', "found 1408 too much"),
        (csv(status={"code": 1500, "message": "Internal"}), "found 1500 Internal"),
        (csv(x_dataset="SW_OPER_MAGB_LR_1B"), "found SW_OPER_MAGB_LR_1B"),
        (b"Timestamp,N_ion\n" + ROWS.encode(), "csv of a HAPI service with its header"),
        (csv()[:60], "csv of a HAPI service with its header"),
        (b"#" + DEEP, "csv of a HAPI service with its header"),
        (csv("yesterday,1\r\n"), "expected rows with a time"),
    ],
    ids=range(7),
)
def test_other_answers(content, told):
    assert told in refused(content)


INFO = HEADER | {"startDate": "2013-11-25T11:02:52Z", "stopDate": "2026-09-22T23:59:59Z"}


def test_what_a_service_says_of_a_dataset():
    hapi_info(json.dumps(INFO).encode(), asked())
    for change, told in (
        ({"status": {"code": 1406, "message": "unknown dataset id"}}, "it says 1406 unknown"),
        ({"stopDate": None}, "not whole: expected a time"),
        ({"parameters": 3}, "not whole"),
        ({"parameters": []}, "makes no sense"),
        ({"stopDate": "2010-01-01"}, "makes no sense: 2013-11-25"),
    ):
        with pytest.raises(UnlikeError, match=told):
            hapi_info(json.dumps(INFO | change).encode(), asked())
    for content in (b"<html>", b"[]", b'{"status": 1}', json.dumps(INFO)[:-5].encode(), DEEP):
        with pytest.raises(UnlikeError, match="expected the info of a HAPI dataset"):
            hapi_info(content, asked())
