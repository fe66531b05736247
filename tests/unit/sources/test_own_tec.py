from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import ConfigError
from laicflow.sources.own_tec import requests

SPAN = dt.date(2012, 3, 1), dt.date(2013, 2, 1)


def asked(layout: str, stations: list[str], **more) -> list:
    options = {"stations": stations, "layout": layout, **more}
    return requests("all", *SPAN, {"format": "tec_series"}, options)


def test_a_layout_with_a_year_asks_for_each_year_of_each_station() -> None:
    found = asked("{station}/{STATION}_{yyyy}.csv", ["XJSH", "XJWL"])
    assert [one.path for one in found] == [
        "xjsh/XJSH_2012.csv",
        "xjsh/XJSH_2013.csv",
        "xjwl/XJWL_2012.csv",
        "xjwl/XJWL_2013.csv",
    ]
    assert found[0].name == "xjsh_XJSH_2012.csv"
    assert found[0].span == (dt.date(2012, 3, 1), dt.date(2012, 12, 31))
    assert found[1].observatory == "XJSH" and found[1].check == "tec_series"


def test_one_file_may_hold_all_years_of_a_single_station() -> None:
    (one,) = asked("series.csv", ["E10N40"])
    assert (one.path, one.name, one.span) == ("series.csv", "series.csv", SPAN)


@pytest.mark.parametrize(
    ("layout", "stations", "told"),
    [
        ("series.csv", ["AAAA", "BBBB"], "for 2 stations"),
        ("{site}.csv", ["AAAA"], "unknown field 'site'"),
        ("", ["AAAA"], "expected a path"),
        ("{station}.csv", [], "stations"),
        ("{station:4}.csv", ["AAAA"], "plain fields"),
    ],
)
def test_layouts_that_cannot_be_are_refused(layout: str, stations: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        asked(layout, stations)
    with pytest.raises(ConfigError, match="unknown options"):
        asked("{station}.csv", ["AAAA"], folder="x")
