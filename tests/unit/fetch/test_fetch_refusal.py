"""What a message says of files that could not be had, and what to do about them."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import FetchError
from laicflow.fetch_refusal import allow
from laicflow.replica.server import Fault, serve

D = dt.date
KEPT = "  - what arrived is kept, the next run asks only for the rest"
ALLOW = (
    "what is known to be absent upstream can be listed in the configuration: "
    "sources: {jpl: {allow_missing: [%s]}}"
)


def lines_of(folder, raw, fetch, fault: str, **asked) -> list[str]:
    """The message of a fetch that fails, the replica resetting what matches."""
    with serve(folder, faults=[Fault("reset", match=fault)]) as replica:
        with pytest.raises(FetchError) as caught:
            fetch("jpl", raw, [replica.base("jpl")], **asked)
    return str(caught.value).splitlines()


def test_the_message_says_what_to_do(folder, raw, fetch):
    (folder / "ionex/jplg0130.01i.Z").unlink()
    assert lines_of(folder, raw, fetch, "/014/")[-4:] == [
        "  what to do:",
        "  - " + ALLOW % "'2001-01-13'",
        "  - run again later, or name other mirrors in the configuration: "
        "bases: {jpl: [https://..., file:///...]}",
        KEPT,
    ]


def test_of_many_that_are_not_there_some_are_told_whole_and_all_in_what_excuses_them(
    folder, raw, fetch
):
    asked = {"partition": "2001-02", "start": D(2001, 2, 1), "end": D(2001, 2, 28)}
    lines = lines_of(folder, raw, fetch, "/040/", **asked)
    assert lines[0] == "jpl 2001-02: 28 of 28 files failed"
    # Day 40 is 9 February: it is reset, and said whole among the first of those not there.
    told = [line.split(":")[0].strip() for line in lines[1:7]]
    assert told == [f"jplg{day:03d}0.01i.Z" for day in (32, 33, 34, 35, 36, 40)]
    assert all("not there (404)" in line for line in lines[1:6])
    assert "not there" not in lines[6]
    assert lines[7] == "  22 more are not there either: jplg0370.01i.Z to jplg0590.01i.Z"
    days = ", ".join(f"'2001-02-{day:02d}'" for day in range(1, 29) if day != 9)
    assert lines[8] == "  what to do:"
    assert lines[9] == "  - " + ALLOW % days
    assert lines[10].startswith("  - run again later, ") and lines[11:] == [KEPT]


def test_a_month_without_a_file_is_excused_as_a_month(folder, raw, fetch):
    asked = {"partition": "2001-02", "start": D(2001, 2, 1), "end": D(2001, 2, 28)}
    assert lines_of(folder, raw, fetch, "nothing", **asked)[-2:] == [
        "  - " + ALLOW % "'2001-02'",
        KEPT,
    ]


def test_days_are_a_month_only_where_they_are_of_one_observatory_and_all_there():
    leap = [f"ESK/2004-02-{day:02d}" for day in range(1, 30)]
    assert "['ESK/2004-02']" in allow(leap, "intermagnet")
    assert "'ESK/2004-02-28']" in allow(leap[:-1], "intermagnet")
    mixed = allow([*leap[1:], "2004-02-01", "2004-03", "2005"], "intermagnet")
    first = "['2004-02-01', '2004-03', '2005', 'ESK/2004-02-02', "
    assert first in mixed and "'ESK/2004-02-29']" in mixed
