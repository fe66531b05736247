"""Lists of files, and pages that are none."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial

import pytest

from laicflow.checks.common import Asked, PageError, UnlikeError
from laicflow.checks.index import index

DAY = dt.date(2019, 1, 1)
check = partial(index, asked=Asked("a.index", "index", DAY, DAY))

HEAD = "<html><head><title>{}</title></head><body>{}</body></html>"
GOOD = [
    HEAD.format("Index of /x", '<a href="../">Parent Directory</a>'),
    HEAD.format("", '<H1>Directory listing for /</H1><a href="x.bin">x</a>'),
    HEAD.format("host - /x/", '<a href="CSES.h5">CSES.h5</a>'),
    "<!DOCTYPE html>" + HEAD.format("files", '<a href="A.CDF.ZIP">a</a>'),
    '{"success": true, "results": []}',
    '\ufeff{"results": [{"name": "a"}]}',
]


@pytest.mark.parametrize("text", GOOD)
def test_lists(text):
    check(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        HEAD.format("Sign in", '<form><input name=p type="password"></form>'),
        HEAD.format("Index of /", "<input type='password'><a href='x.h5'>x</a>"),
        HEAD.format("Welcome", '<a href="/about">About</a>'),
        HEAD.format("Maintenance", "come back later"),
    ],
)
def test_other_pages(text):
    with pytest.raises(PageError):
        check(text.encode())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD.format("Index of /x", '<a href="a.h5">')[:-20], "truncated: its list of files has"),
        ('{"results": [{"name": "a"', "truncated: its list of files is no whole object"),
        ('{"results":' + "[" * 100_000, "is no whole object"),
        ('{"success": false}', "expected an object with `results`"),
        (json.dumps({"results": [{"name": "a"}] * 10_000}), "may be cut: it has 10000"),
        ("CSES.h5\n", "expected a list of files"),
    ],
    ids=range(6),
)
def test_what_is_no_whole_list(text, told):
    with pytest.raises(UnlikeError, match=told) as caught:
        check(text.encode())
    assert not isinstance(caught.value, PageError)
