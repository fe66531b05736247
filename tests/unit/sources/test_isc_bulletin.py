from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import ConfigError, FetchError
from laicflow.sources import isc_bulletin, registry

D = dt.date
YEAR = D(2001, 1, 1), D(2001, 12, 31)


@pytest.fixture
def ask(pytestconfig):
    """The search of a year under the shipped settings, and its whole URL."""

    def made(partition="2001", start=YEAR[0], end=YEAR[1], **options):
        settings = registry.settings("isc_bulletin", pytestconfig.rootpath / "config")
        (request,) = isc_bulletin.requests(partition, start, end, settings, options)
        return request, f"{settings['base'][0]}/{request.path}"

    return made


def test_the_exact_search_of_the_whole_globe(ask):
    """By hand from the guide to URLs of the bulletin search and its first example."""
    request, url = ask(minmagnitude=5.5)
    assert url == (
        "https://www.isc.ac.uk/cgi-bin/web-db-run?out_format=ISF&request=REVIEWED"
        "&searchshape=GLOBAL"
        "&start_year=2001&start_month=01&start_day=01&start_time=00:00:00"
        "&end_year=2002&end_month=01&end_day=01&end_time=00:00:00"
        "&min_mag=5.5&req_mag_agcy=Any"
        "&prime_only=on&include_magnitudes=on&include_headers=on"
    )
    assert request.name == "isc_reviewed_20010101-20011231_m5.5_global.isf.html"
    assert request.check == "isf"


def test_the_exact_search_of_a_box(ask):
    _, url = ask(
        start=D(2001, 1, 5),
        end=D(2001, 1, 14),
        minmagnitude=4,
        maxmagnitude=6,
        depth_km=[0, 70],
        latitude=[30, 46.5],
        longitude=[128, 150],
    )
    assert url == (
        "https://www.isc.ac.uk/cgi-bin/web-db-run?out_format=ISF&request=REVIEWED"
        "&searchshape=RECT&bot_lat=30&top_lat=46.5&left_lon=128&right_lon=150"
        "&start_year=2001&start_month=01&start_day=05&start_time=00:00:00"
        "&end_year=2001&end_month=01&end_day=15&end_time=00:00:00"
        "&min_dep=0&max_dep=70&min_mag=4&max_mag=6&req_mag_agcy=Any"
        "&prime_only=on&include_magnitudes=on&include_headers=on"
    )


def test_a_month_is_a_partition_as_well(ask):
    request, _ = ask("2001-02", minmagnitude=5)
    assert request.name == "isc_reviewed_20010201-20010228_m5_global.isf.html"


def test_the_form_is_isf_alone(ask):
    ask(format="isf")
    with pytest.raises(ConfigError, match="'text'; the search gives ISF alone"):
        ask(format="text")
    with pytest.raises(ConfigError, match="unknown option 'minmag'"):
        ask(minmag=5)


def test_a_period_outside_the_partition_asks_for_nothing():
    settings = {"database": "REVIEWED"}
    assert isc_bulletin.requests("2001", D(2002, 1, 1), D(2002, 2, 1), settings, {}) == []


def dates(request) -> list[str]:
    """The bounds that a search says, as year, month, day and time."""
    said = dict(pair.split("=") for pair in request.path.partition("?")[2].split("&"))
    ends = [[said[f"{end}_{part}"] for part in PARTS] for end in ("start", "end")]
    return [" ".join(parts) for parts in ends]


PARTS = ("year", "month", "day", "time")


@pytest.mark.parametrize(
    "words",
    ["http://x: expected a bulletin in ISF, the page says: Sorry, there are too many events.",
     "the page says: Sorry, but your request cannot be processed. Ask for less.",
     "http://x: HTTP 413 (Payload Too Large)"],
)  # fmt: skip
def test_too_many_events_are_halved_at_a_midnight(ask, words):
    request, _ = ask(minmagnitude=3)
    first, second = isc_bulletin.instead(request, FetchError(words))
    # 365 days: 182 and 183; the 182nd day of the year is 1 July, so the first half ends with it.
    assert dates(first) == ["2001 01 01 00:00:00", "2001 07 02 00:00:00"]
    assert dates(second) == ["2001 07 02 00:00:00", "2002 01 01 00:00:00"]
    assert first.name == "isc_reviewed_20010101-20010701_m3_global.isf.html"
    assert second.name == "isc_reviewed_20010702-20011231_m3_global.isf.html"
    assert second.span == (D(2001, 7, 2), D(2001, 12, 31))
    assert first.path.endswith(request.path[request.path.index("&min_mag") :])


@pytest.mark.parametrize(
    "words",
    ["Sorry, but your request cannot be processed at the present time. Please try again in a few "
     "minutes.", "truncated: its STOP line is missing", "HTTP 503"],
)  # fmt: skip
def test_a_busy_service_is_not_asked_for_more(ask, words):
    request, _ = ask(minmagnitude=3)
    assert isc_bulletin.instead(request, FetchError(words)) == []


def test_a_day_is_not_halved(ask):
    request, _ = ask(start=D(2001, 1, 5), end=D(2001, 1, 6))
    halves = isc_bulletin.instead(request, FetchError("too many events"))
    assert [half.span for half in halves] == [(D(2001, 1, day), D(2001, 1, day)) for day in (5, 6)]
    assert isc_bulletin.instead(halves[0], FetchError("too many events")) == []
