"""A job on a machine whose clock is behind does not take what is there for what is to come."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from laicflow import clock
from laicflow.errors import FetchError

# Closes 61 days after the last of January: on 2 April.
JANUARY = {"partition": "2001-01", "settings": {"closed_after_days": 60}}
JANUARY["last"] = dt.date(2001, 1, 31)
OPEN, CLOSED = dt.datetime(2001, 2, 20), dt.datetime(2003, 1, 1)
DEAD_BATTERY = dt.datetime(2000, 1, 1)


def expect(tmp_path, now, state, as_of=None):
    listing = tmp_path / "2001-01.json"
    if as_of is not None:
        listing.write_text(json.dumps({"as_of": as_of.isoformat()}))
    clock.expect_closed("jpl", **JANUARY, now=now, state=state, listing=listing)


@pytest.mark.parametrize("now", [DEAD_BATTERY, OPEN])
@pytest.mark.parametrize(
    ("state", "as_of"), [("closed", None), ("ab12+closed", OPEN), ("ab12", CLOSED)]
)
def test_what_had_closed_when_it_was_planned_cannot_be_open_again(tmp_path, now, state, as_of):
    with pytest.raises(FetchError, match=f"jpl 2001-01: the clock of .* says {now:%Y-%m-%d}"):
        expect(tmp_path, now, state, as_of)
    expect(tmp_path, CLOSED, state, as_of)


@pytest.mark.parametrize(("state", "as_of"), [("2001-02-20", None), ("ab12", OPEN)])
def test_what_was_open_may_still_be_so_or_have_closed_in_the_queue(tmp_path, state, as_of):
    for now in (DEAD_BATTERY, OPEN, CLOSED):
        expect(tmp_path, now, state, as_of)
