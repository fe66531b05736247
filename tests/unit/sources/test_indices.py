from __future__ import annotations

import datetime as dt
from pathlib import Path

from laicflow.sources import celestrak, gfz_kp, kyoto_dst, registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date
PERIOD = D(2000, 11, 21), D(2001, 1, 14)


def test_kp_is_asked_for_by_the_year_under_an_unambiguous_name():
    settings = registry.settings("gfz_kp", CONFIG)
    (request,) = gfz_kp.requests("2001", *PERIOD, settings, {})
    assert request.path == "Kp_definitive/Kp_def2001.wdc"
    # kp2001.wdc could be January 2020 (GFZ's own note on file names since 2020).
    assert request.names()[0] == "Kp_def2001.wdc"
    assert gfz_kp.requests("2002", *PERIOD, settings, {}) == []


def test_dst_is_asked_for_as_final_then_provisional_then_real_time():
    settings = registry.settings("kyoto_dst", CONFIG)
    (request,) = kyoto_dst.requests("2001-01", *PERIOD, settings, {})
    assert (request.path, *request.alternatives) == (
        "dst_final/200101/dst0101.for.request",
        "dst_provisional/200101/dst0101.for.request",
        "dst_realtime/200101/dst0101.for.request",
    )
    assert request.names() == ["dst0101.for.request"]


def test_a_year_of_dst_is_asked_for_month_by_month():
    settings = registry.settings("kyoto_dst", CONFIG)
    period = (dt.date(2000, 11, 21), dt.date(2001, 2, 3))
    found = kyoto_dst.requests("2001", *period, settings, {})
    assert [request.name for request in found] == ["dst0101.for.request", "dst0102.for.request"]
    # A month is whole, whatever the period, and closes by its own last day.
    assert found[1].span == (dt.date(2001, 2, 1), dt.date(2001, 2, 28))


def test_celestrak_is_one_file():
    (request,) = celestrak.requests("all", *PERIOD, registry.settings("celestrak", CONFIG), {})
    assert (request.path, request.name) == ("SW-All.csv", "SW-All.csv")
