"""What a message says of files that could not be had, and what to do about them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import yaml

from laicflow.errors import FetchError
from laicflow.fetch_checks import LoginPageError
from laicflow.fetch_client import UnreachableError
from laicflow.fetch_refusal import allow, failed, not_had
from laicflow.fetch_terms import Terms
from laicflow.replica.server import Fault, serve
from laicflow.sources.request import Request
from tests.unit.fetch.conftest import CONFIG

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
    # Day 40 is 9 February: it is reset.
    told = [line.split(":")[0].strip() for line in [*lines[1:6], lines[7]]]
    assert told == [f"jplg{day:03d}0.01i.Z" for day in (32, 33, 34, 35, 36, 40)]
    assert all("not there (404)" in line for line in lines[1:6])
    assert "not there" not in lines[7]
    assert lines[6] == "  22 more of which the same is said: jplg0370.01i.Z to jplg0590.01i.Z"
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
    with serve(folder) as replica:
        told = fetch("jpl", raw, [replica.base("jpl")], allow_missing=["2001-02"], **asked)
    assert not told["files"] and len(told["missing"]) == 28


def test_no_fault_and_no_other_reason_is_hidden_behind_what_is_not_there():
    """Files of one name, as Swarm's of a month: one by one, and of different reasons."""
    name = "files of 2016-01-01 to 2016-01-31"
    gone = [
        not_had(f"http://here/{n}: not there (404)", "swarm_lp", [f"A/2016-01-{n:02d}"], [])
        for n in range(1, 9)
    ]
    hollow = not_had("http://here/9: not there (no value is in it)", "swarm_lp", ["B/2016"], [])
    down = UnreachableError("http://here/list: HTTP 503")
    login = not_had("http://here/7: HTTP 401", "swarm_lp", ["C/2016"], [LoginPageError("HTTP 401")])
    lines = failed("swarm_lp", [(name, one) for one in [*gone[:6], down, *gone[6:], hollow, login]])
    assert lines == [
        *(f"{name}: http://here/{n}: not there (404)" for n in range(1, 6)),
        f"3 more of which the same is said: {name} to {name}",
        f"{name}: http://here/list: HTTP 503",
        f"{name}: http://here/9: not there (no value is in it)",
        f"{name}: http://here/7: HTTP 401",
        "what to do:",
        "- what is known to be absent upstream can be listed in the configuration: sources: "
        "{swarm_lp: {allow_missing: ['A/2016-01-01', 'A/2016-01-02', 'A/2016-01-03', "
        "'A/2016-01-04', 'A/2016-01-05', 'A/2016-01-06', 'A/2016-01-07', 'A/2016-01-08', "
        "'B/2016']}}",
        "- log in as said above, or name other mirrors in the configuration: "
        "bases: {swarm_lp: [https://..., file:///...]}",
        "- what arrived is kept, the next run asks only for the rest",
    ]


def test_each_file_behind_a_login_is_told_beside_those_that_are_just_not_there():
    away = LoginPageError("HTTP 401")
    told = [not_had(f"http://a/{n}: not there (404)", "jpl", [f"2001-01-0{n}"], []) for n in (1, 2)]
    told += [
        not_had(f"http://a/{n}: 404; http://b/{n}: 401", "jpl", [f"2001-01-{n}"], [away], True)
        for n in range(10, 20)
    ]
    down = not_had("http://a/3: 404; http://b/3: 503", "jpl", ["x"], [UnreachableError("")], True)
    assert (down.excuse, down.absent) == ("", False)
    lines = failed("jpl", [("f", one) for one in [*told, down]])
    assert len(lines) == 13 + 1 + 4
    days = ", ".join(f"'2001-01-{n}'" for n in ("01", "02", *range(10, 20)))
    assert lines[14].startswith("- log in as said above") and lines[15] == "- " + ALLOW % days
    assert lines[16].startswith("- run again later")


def test_days_are_a_month_only_where_they_are_of_one_observatory_and_all_there():
    leap = [f"ESK/2004-02-{day:02d}" for day in range(1, 30)]
    assert "['ESK/2004-02']" in allow(leap, "intermagnet")
    assert "'ESK/2004-02-28']" in allow(leap[:-1], "intermagnet")
    mixed = allow([*leap[1:], "2004-02-01", "2004-03", "2005"], "intermagnet")
    first = "['2004-02-01', '2004-03', '2005', 'ESK/2004-02-02', "
    assert first in mixed and "'ESK/2004-02-29']" in mixed


@pytest.mark.parametrize(
    ("layout", "excuses"),
    [("{STATION}.csv", ["XJSH"]), ("{STATION}_{yyyy}.csv", ["XJSH/2012-12", "XJSH/2013"])],
)
def test_what_is_offered_for_a_station_is_taken(tmp_path, raw, fetch, layout, excuses):
    asked = {
        "options": {"stations": ["XJSH"], "layout": layout},
        "start": D(2012, 12, 1),
        "end": D(2013, 12, 31),
        "partition": "all",
    }
    with pytest.raises(FetchError) as caught:
        fetch("own_tec", raw, [tmp_path.as_uri()], **asked)
    names = ", ".join(f"'{excuse}'" for excuse in excuses)
    assert f"sources: {{own_tec: {{allow_missing: [{names}]}}}}" in str(caught.value)
    schema = yaml.safe_load((CONFIG / "schema.yaml").read_text())
    pattern = schema["$defs"]["own_stations"]["properties"]["allow_missing"]["items"]["pattern"]
    assert all(re.search(pattern, excuse) for excuse in excuses)
    told = fetch("own_tec", raw, [tmp_path.as_uri()], allow_missing=excuses, **asked)
    assert len(told["missing"]) == len(excuses)


def test_a_file_over_the_end_of_a_month_is_excused_by_its_month_not_the_whole_year():
    request = Request(path="x", name="x", span=(D(2006, 1, 31), D(2006, 2, 1)))
    span = (D(2006, 1, 1), D(2006, 1, 31))
    terms = Terms("demeter_isl", "2006-01", {}, dt.datetime(2010, 1, 1), span)
    assert terms.excuses(request) == ["2006-01", "2006"]
