"""What one mirror has not, or no longer, while another one wants a login."""

from __future__ import annotations

import datetime as dt

import ncompress
import pytest

from laicflow.errors import FetchError

D = dt.date
NOW = dt.datetime(2010, 1, 1)
LATER = NOW + dt.timedelta(days=20)
ONE = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
EXCUSE = "allow_missing: ['2001-01-13']"


@pytest.fixture
def mirrors(upstream, ionex):
    """One that has the maps of a day until they are taken away, and one that wants a login."""
    body = ncompress.compress(ionex(D(2001, 1, 13)))
    there = [True]

    def archive(method, path, headers):
        found = there[0] and path == "/archive/2001/013/jplg0130.01i.Z"
        return (200, {"ETag": '"1"'}, body) if found else (404, {}, b"")

    def login(method, path, headers):
        return 401, {"WWW-Authenticate": "Basic"}, b"who?"

    with upstream(archive) as (one, _), upstream(login) as (two, _):
        yield [f"http://127.0.0.1:{one}/archive", f"http://127.0.0.1:{two}/closed"], there


def test_what_has_come_stays_when_it_is_gone_whatever_another_mirror_wants(
    raw, fetch, mirrors, capsys
):
    bases, there = mirrors
    first = fetch("jpl", raw, bases, **ONE)
    there.clear()
    there.append(False)
    again = {"now": LATER, "recheck": True, "listed": LATER, **ONE}
    assert fetch("jpl", raw, bases, **again) == first
    said = capsys.readouterr().err
    assert "not refreshed, the earlier version stays" in said and "HTTP 401" in said


def test_a_login_before_the_place_where_it_came_from_is_an_error(raw, fetch, mirrors, upstream):
    """What the listing tells of may be there."""
    bases, _ = mirrors
    fetch("jpl", raw, bases[:1], **ONE)
    with pytest.raises(FetchError, match="HTTP 401"):
        fetch("jpl", raw, bases[1:], now=LATER, recheck=True, listed=LATER, **ONE)


def test_not_there_and_behind_a_login_is_told_as_both(raw, fetch, mirrors):
    bases, there = mirrors
    there[0] = False
    with pytest.raises(FetchError) as caught:
        fetch("jpl", raw, bases, **ONE)
    advice = str(caught.value).split("what to do:")[1].splitlines()[1:]
    assert len(advice) == 3
    assert advice[0].startswith("  - log in as said above") and EXCUSE in advice[1]
    assert fetch("jpl", raw, bases, allow_missing=["2001-01-13"], **ONE)["files"] == []


def test_what_only_wants_a_login_is_not_told_as_absent(raw, fetch, mirrors):
    bases, _ = mirrors
    with pytest.raises(FetchError, match="log in as said above") as caught:
        fetch("jpl", raw, bases[1:], **ONE)
    assert "allow_missing" not in str(caught.value)
