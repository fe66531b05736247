"""What studies that go on need up to now."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import plan_now

FOLDER = Path(__file__).resolve().parents[2] / "config"
NOW = dt.datetime(2026, 3, 1, 6)


@pytest.fixture
def config():
    found = settings.load(FOLDER)
    found["pham2023"]["prospective"] |= {"start": "2026-01-01", "data": {"maps": "code_rapid"}}
    return found


def test_a_study_that_ends_needs_nothing_later(config):
    config["pham2023"]["prospective"]["start"] = None
    assert plan_now.needed(config, "code", "2021-12", NOW)[1] == dt.date(2021, 12, 31)
    assert plan_now.since(config, "code", {"partition": "month"}, NOW) == []
    assert plan_now.used_since(config) == []


def test_what_goes_on_is_needed_whole_so_that_a_request_is_the_same_every_day(config):
    for day in (1, 9, 31):
        now = dt.datetime(2026, 3, day, 6)
        assert plan_now.needed(config, "code_rapid", "2026-02", now)[1] == dt.date(2026, 2, 28)
        assert plan_now.needed(config, "code_rapid", "2026-03", now)[1] == dt.date(2026, 3, 31)
        assert plan_now.needed(config, "celestrak", "all", now)[1] == dt.date(2026, 12, 31)
    assert plan_now.needed(config, "code", "2021-12", NOW)[1] == dt.date(2021, 12, 31)
    # Of a catalog every year counts: it is merged anew.
    assert plan_now.needed(config, "usgs", "2026", NOW)[1] == dt.date(2026, 12, 31)


def test_partitions_up_to_now_are_those_of_which_there_can_be_something(config):
    end = config["pham2023"]["period"]["end"]
    maps = {"partition": "month", "kind": "maps", "latency_days": 1}
    months = plan_now.since(config, "code_rapid", maps, NOW)
    following = dt.date.fromisoformat(end) + dt.timedelta(days=1)
    assert months[0] == f"{following:%Y-%m}" and months[-1] == "2026-02"
    assert plan_now.since(config, "code", maps, NOW) == []  # the study goes on with another one
    events = {"partition": "year", "kind": "events", "latency_days": 1}
    years = plan_now.since(config, "usgs", events, NOW)
    assert years[0] == config["pham2023"]["period"]["start"][:4] and years[-1] == "2026"
    assert "code_rapid" in plan_now.used_since(config)
    assert "code" not in plan_now.used_since(config)
