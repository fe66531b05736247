"""Lists of files: what stands on a page, and which of it is asked for."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from laicflow.errors import FetchError, NothingThereError
from laicflow.sources import index
from laicflow.sources.index import Entry, entries, links

D = dt.date

APACHE = b"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /data</title></head><body><h1>Index of /data</h1>
<table><tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><a href="/data/">Parent Directory</a></td></tr>
<tr><td><a href="2018/">2018/</a></td></tr>
<tr><td><a href="f_a_20190101_20190101_1.x"><img src="i.png"></a>
<a href="f_a_20190101_20190101_1.x">f_a_2019..&gt;</a> 277K</td></tr>
<TR><TD><A HREF='/data/f%5Fb_20190102_20190103_1.X'>b</A></TD></TR>
<tr><td><a href="https://elsewhere.example/steal/f_c_20190104_20190104_1.x?a=1&amp;b=2#z">c</a>
<a href="a%20%26%20b.x">a &amp; b.x</a><a name="here">no link</a><a href="http://[bad">?</a>
<a href="..%2Ff_d_20190101_20190101_1.x">d</a></td></tr>
</table></body></html>"""

NAMES = r"f_(?P<slot>[a-z])_(?P<first>\d{8})_(?P<last>\d{8})_(?P<version>\d)\.x"
SETTINGS = {"names": NAMES, "format": "own"}
SPAN = (D(2019, 1, 1), D(2019, 1, 31))


def whole(*folders: str, **said):
    return index.index(SPAN, folders, SETTINGS | said.pop("settings", {}), **said)


def made(pages: dict[str, bytes], request):
    """The requests that come of pages by path, and the paths that were asked for."""
    asked = []

    def ask(page):
        asked.append(page.path)
        if page.path not in pages:
            raise NothingThereError(page.path)
        return pages[page.path]

    return index.parts(request, ask), asked


def own(*files) -> bytes:
    return json.dumps({"files": [[path, size, 1] for path, size in files]}).encode()


def test_the_links_of_a_page():
    assert links(APACHE) == [
        "f_a_20190101_20190101_1.x",
        "f_b_20190102_20190103_1.X",
        "f_c_20190104_20190104_1.x",
        "a & b.x",
        "../f_d_20190101_20190101_1.x",
    ]


def test_files_are_asked_for_in_the_folder_whatever_the_link_says():
    found, asked = made({"2019/a%20b/": APACHE}, whole("2019/a b"))
    assert asked == ["2019/a%20b/"]
    assert [one.path for one in found] == [
        "2019/a%20b/f_a_20190101_20190101_1.x",
        "2019/a%20b/f_b_20190102_20190103_1.X",
        "2019/a%20b/f_c_20190104_20190104_1.x",
    ]
    first, second, _ = found
    assert (first.name, first.check, first.day) == ("f_a_20190101_20190101_1.x", "own", None)
    assert second.span == (D(2019, 1, 2), D(2019, 1, 3))


def test_a_list_of_swarm_diss():
    page = {
        "success": True,
        "results": [
            {"name": "a", "size": 12, "mtime": 34, "is_dir": False, "path": "./x/a"},
            {"name": "folder", "is_dir": True},
            {"name": "b"},
        ],
    }
    assert entries(json.dumps(page).encode()) == [
        Entry("a", size=12, said="12-34"),
        Entry("b"),
    ]


def test_an_object_of_an_upstream_is_not_taken_for_a_folder_here():
    """The paths of a folder here are found as they stand, and their files held to no check."""
    mixed = {"files": [["../f_a_20190101_20190101_1.x", 1, 1]]}
    assert entries(json.dumps({"results": [], **mixed}).encode()) == []
    (one,) = entries(json.dumps({**mixed, "results": [{"name": "a"}]}).encode())
    assert one == Entry("a")


@pytest.mark.parametrize(
    "page",
    [
        b"{",
        b'{"success": false}',
        b'{"results": 3}',
        b'{"files": 1}',
        b'{"results": [{"name": "a", "size": 1e999}]}',
        b'{"results":' + b"[" * 100_000,
    ],
    ids=range(6),
)
def test_an_object_that_is_no_list(page):
    with pytest.raises(FetchError, match="cannot be understood"):
        entries(page)


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        ("20181231", "20190101", True),  # across the midnight before
        ("20190131", "20190201", True),  # and after
        ("20181231", "20181231", False),
        ("20190201", "20190201", False),
        ("20190115", "20190115", True),
        ("20190230", "20190230", False),  # no such day
        ("20181230", "20190205", True),
    ],
)
def test_the_days_in_a_name_choose(first, last, asked):
    name = f"f_a_{first}_{last}_1.x"
    found, _ = made({"y/": own((name, 1))}, whole("y"))
    assert [one.name for one in found] == ([name] if asked else [])


def test_a_folder_that_is_not_there_is_none_where_another_is():
    page = own(("f_a_20190101_20190101_1.x", 1))
    assert len(made({"2019/": page}, whole("2019", "2018"))[0]) == 1
    assert made({}, whole("2019", "2018")) == ([], ["2019/", "2018/"])
    assert made({"2018/": own()}, whole("2019", "2018"))[0] == []


def test_a_page_that_cannot_be_had_is_an_error():
    def ask(page):
        raise FetchError("HTTP 503")

    with pytest.raises(FetchError, match="503"):
        index.parts(whole("2019", "2018"), ask)


def test_of_copies_the_longer_and_of_versions_the_last():
    page = own(
        ("old/f_a_20190101_20190101_1.x", 10),
        ("new/f_a_20190101_20190101_1.x", 20),
        ("f_b_20190101_20190101_1.x", 1),
        ("f_b_20190101_20190102_2.x", 1),
    )
    found, _ = made({"": page}, whole(""))
    assert [one.path for one in found] == [
        "new/f_a_20190101_20190101_1.x",
        "f_b_20190101_20190102_2.x",
    ]
    assert all(one.at_hand for one in found)


def test_pages_never_share_a_name_on_disk():
    names = {page.name for page in index.pages(whole("2019", "2018", "2019/a", ""))}
    assert len(names) == 4
    other = index.index((D(2019, 2, 1), D(2019, 2, 28)), ["2019"], SETTINGS)
    assert index.pages(other)[0].name not in names


def test_a_file_that_is_gone_is_looked_for_in_a_new_list():
    (old,), _ = made({"y/": own(("f_a_20190101_20190101_1.x", 1))}, whole("y"))
    gone = FetchError("http://h/y/f: not there (404)")
    assert index.instead(old, FetchError("HTTP 503")) == []
    assert index.instead(whole("y"), gone) == []
    (again,) = index.instead(old, gone)
    assert again.fresh and index.pages(again)[0].fresh
    page = own(("f_a_20190101_20190101_2.x", 1), ("f_b_20190101_20190101_1.x", 1))
    (new,), _ = made({"y/": page}, again)
    assert (new.name, new.fresh) == ("f_a_20190101_20190101_2.x", True)
    # No third time.
    assert index.instead(new, gone) == []
    (absent,), _ = made({"y/": own()}, again)
    assert (absent.name, absent.unlisted) == (old.name, True)


def test_any_other_request_stays_as_it_is():
    (one,), _ = made({"y/": own(("f_a_20190101_20190101_1.x", 1))}, whole("y"))
    assert index.parts(one, None) == [one]
