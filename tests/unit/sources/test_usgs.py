from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from laicflow.errors import ConfigError, FetchError
from laicflow.sources import registry, usgs

D = dt.date
YEAR = D(2001, 1, 1), D(2001, 12, 31)


def one(partition="2001", start=YEAR[0], end=YEAR[1], **options):
    (request,) = usgs.requests(partition, start, end, {}, options)
    return request


def test_the_query_of_a_year():
    request = one(minmagnitude=5.5)
    assert request.path == (
        "query?format=csv&starttime=2001-01-01T00:00:00&endtime=2001-12-31T23:59:59.999"
        "&minmagnitude=5.5&orderby=time-asc"
    )
    assert request.name == "usgs_20010101-20011231_m5.5_global.csv"
    assert request.check == "usgs_csv"


def test_a_box_stands_in_the_query_and_in_the_name():
    request = one(latitude=[30, 46.5], longitude=[-128, 150], format="geojson", minmagnitude=5)
    assert "&minlatitude=30&maxlatitude=46.5&minlongitude=-128&maxlongitude=150" in request.path
    assert request.name == "usgs_20010101-20011231_m5_lat30_46.5_lon-128_150.geojson"
    assert request.check == "usgs_geojson"


def test_no_two_queries_share_a_file():
    queries = [
        {},
        {"minmagnitude": 5},
        {"minmagnitude": 5.5},
        {"minmagnitude": 5, "latitude": [-90, 89]},
        {"minmagnitude": 5, "longitude": [-180, 179]},
        {"minmagnitude": 5, "latitude": [1, 23], "longitude": [4, 5]},
        {"minmagnitude": 5, "latitude": [1, 2], "longitude": [34, 35]},
        {"minmagnitude": 5, "format": "geojson"},
        {"minmagnitude": 5, "start": D(2001, 1, 2)},
        {"minmagnitude": 5, "end": D(2001, 12, 30)},
        {"minmagnitude": 5, "maxmagnitude": 6},
        {"maxmagnitude": 6},
        {"maxmagnitude": 5},
        {"minmagnitude": 5, "depth_km": [0, 40]},
        {"minmagnitude": 5, "depth_km": [0, 400]},
        {"minmagnitude": 5, "format": "quakeml"},
        {"minmagnitude": 5, "format": "text"},
    ]
    assert len({one(**query).name for query in queries}) == len(queries)
    assert len({one(**query).path for query in queries}) == len(queries)


BASE = "https://earthquake.usgs.gov/fdsnws/event/1"
SPAN = "starttime=2001-01-01T00:00:00&endtime=2001-12-31T23:59:59.999"


@pytest.mark.parametrize(
    ("options", "query", "name", "check"),
    [
        ({}, f"query?format=csv&{SPAN}&orderby=time-asc", "all_global.csv", "usgs_csv"),
        (
            {"format": "geojson", "minmagnitude": 4.5},
            f"query?format=geojson&{SPAN}&minmagnitude=4.5&orderby=time-asc",
            "m4.5_global.geojson",
            "usgs_geojson",
        ),
        (
            {"format": "quakeml", "minmagnitude": 5, "maxmagnitude": 6.5},
            f"query?format=quakeml&{SPAN}&minmagnitude=5&maxmagnitude=6.5&orderby=time-asc",
            "m5to6.5_global.xml",
            "quakeml",
        ),
        (
            {"format": "text", "minmagnitude": 5, "depth_km": [0, 40], "latitude": [30, 46]},
            f"query?format=text&{SPAN}&minmagnitude=5&mindepth=0&maxdepth=40"
            "&minlatitude=30&maxlatitude=46&minlongitude=-180&maxlongitude=180&orderby=time-asc",
            "m5_d0to40_lat30_46_lon-180_180.txt",
            "fdsn_text",
        ),
    ],
)
def test_the_exact_requests_of_the_shipped_source(pytestconfig, options, query, name, check):
    """Spelled by hand from the services document, section 1."""
    settings = registry.settings("usgs", pytestconfig.rootpath / "config")
    (request,) = registry.load(settings["module"]).requests("2001", *YEAR, settings, options)
    assert f"{settings['base'][0]}/{request.path}" == f"{BASE}/{query}"
    assert request.name == f"usgs_20010101-20011231_{name}"
    assert settings["readers"][options.get("format", "csv")] == request.check == check


def test_the_exact_count():
    request = one(format="quakeml", minmagnitude=5, latitude=[30, 46], longitude=[128, 150])
    asked = []
    usgs.parts(request, lambda count: asked.append(count) or b"7")
    assert [f"{BASE}/{count.path}" for count in asked] == [
        "https://earthquake.usgs.gov/fdsnws/event/1/count?format=text"
        "&starttime=2001-01-01T00:00:00&endtime=2001-12-31T23:59:59.999"
        "&minmagnitude=5&minlatitude=30&maxlatitude=46&minlongitude=128&maxlongitude=150"
    ]


def test_five_and_five_point_zero_are_one_query():
    assert one(minmagnitude=5) == one(minmagnitude=5.0)
    assert one(latitude=[-90, 90], longitude=[-180.0, 180.0]) == one()


def test_a_year_is_cut_to_the_days_needed():
    request = one("2000", D(2000, 11, 21), D(2001, 1, 14))
    assert "starttime=2000-11-21T00:00:00&endtime=2000-12-31T23:59:59.999" in request.path


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "xml"}, "'xml'"),
        ({"minmag": 5}, "'minmag'"),
        ({"latitude": [40, 30]}, "latitude must rise"),
        ({"longitude": [10, 10]}, "longitude must rise"),
        ({"minmagnitude": 6, "maxmagnitude": 5}, "magnitude must rise"),
        ({"depth_km": [70, 0]}, "depth must rise"),
    ],
)
def test_options_that_make_no_sense(options, told):
    with pytest.raises(ConfigError, match=told):
        one(**options)


def test_halves_meet_at_midnight_and_share_no_instant():
    first, second = usgs.query_of(one()).halves()
    # 365 days: 182 before the cut, 183 after it; day 183 of 2001 is 2 July.
    assert second.start == dt.datetime(2001, 7, 2)
    assert first.end == dt.datetime(2001, 7, 1, 23, 59, 59, 999000)
    assert (first.start, second.end) == (usgs.query_of(one()).start, usgs.query_of(one()).end)
    assert first.request().name == "usgs_20010101-20010701_all_global.csv"


def test_a_day_is_halved_at_noon_and_a_name_then_has_a_clock():
    day = usgs.query_of(one(start=D(2001, 1, 13), end=D(2001, 1, 13)))
    first, second = day.halves()
    assert first.request().name == "usgs_20010113-20010113T115959.999_all_global.csv"
    assert second.request().name == "usgs_20010113T120000.000-20010113_all_global.csv"


def test_halving_goes_on_to_a_single_instant_and_then_gives_up():
    query = usgs.query_of(one(start=D(2001, 1, 13), end=D(2001, 1, 13)))
    names = {query.stem()}
    while query.end > query.start:
        query = query.halves()[1]
        assert query.stem() not in names
        names.add(query.stem())
    with pytest.raises(FetchError, match="cannot be split"):
        query.halves()


def test_parts_of_a_query_by_counts_of_events_at_known_times():
    """Against a brute-force count of a made-up catalog."""
    days = [D(2001, 1, 1) + dt.timedelta(days=n % 200) for n in range(50_000)]
    moments = [dt.datetime.combine(day, dt.time(12)) for day in days]

    def ask(request):
        method, _, query = request.path.partition("?")
        assert method == "count"
        said = dict(pair.split("=") for pair in query.split("&"))
        first, last = (dt.datetime.fromisoformat(said[k]) for k in ("starttime", "endtime"))
        return str(sum(first <= moment <= last for moment in moments)).encode()

    waiting, final = [one()], []
    while waiting:
        request = waiting.pop()
        found = usgs.parts(request, ask)
        if found == [request]:
            final.append(request)
        else:
            waiting += found
    queries = [usgs.query_of(request) for request in final]
    counts = [sum(q.start <= m <= q.end for m in moments) for q in queries]
    assert [request.rows for request in final] == counts
    assert sum(counts) == 50_000
    assert max(counts) <= 20_000
    assert len(final) > 2


def down(request):
    raise FetchError("HTTP 503")


def test_just_20000_events_are_halved_so_that_such_an_answer_was_cut_for_sure():
    assert len(usgs.parts(one(), lambda request: b"19999")) == 1
    assert len(usgs.parts(one(), lambda request: b"20000")) == 2
    assert one().most == 20_000


def test_a_service_that_does_not_count_is_asked_all_the_same():
    (request,) = usgs.parts(one(), down)
    assert request == replace(one(), rows=-1)
    assert usgs.parts(request, down) == [request]


@pytest.mark.parametrize(
    "said",
    [
        # The service's own words (services document, section 1).
        "HTTP 400 (Error 400: Bad Request: 286412 matching events exceeds search limit of 20000. "
        "Modify the search to match fewer events.)",
        "HTTP 413 (Error 413: Request Entity Too Large)",
        "cut at the limit of 20000 events: it holds 20000",
    ],
)
def test_what_matches_too_much_is_halved_and_stays_uncounted(said):
    error = FetchError(f"{BASE}/query?x: {said}")
    first, second = usgs.instead(replace(one(), rows=-1), error)
    assert (first.rows, second.rows) == (-1, -1)
    assert usgs.query_of(first).end < usgs.query_of(second).start == dt.datetime(2001, 7, 2)
    assert [half.rows for half in usgs.instead(replace(one(), rows=5), error)] == [None, None]


def test_any_other_error_stays_one():
    for said in ("HTTP 400 (Bad starttime value)", "HTTP 503", "truncated"):
        assert usgs.instead(one(), FetchError(f"{BASE}/query?x: {said}")) == []


def test_a_single_instant_that_is_too_much_is_an_error():
    query = usgs.query_of(one())
    instant = replace(query, end=query.start).request()
    assert usgs.instead(instant, FetchError("x: HTTP 413")) == []


def test_an_answer_unlike_its_count_is_counted_anew_once():
    error = FetchError("x: not as long as its count: the service counted 9 events, ...")
    (again,) = usgs.instead(replace(one(), rows=9), error)
    assert (again.rows, again.fresh, again.path) == (None, True, one().path)
    asked = []
    (counted,) = usgs.parts(again, lambda request: asked.append(request) or b"8")
    assert asked[0].fresh
    assert (counted.rows, counted.fresh) == (8, True)
    assert usgs.instead(counted, error) == []


def test_a_listing_counts_and_asks_what_was_updated_since_the_one_before():
    request, now = one(minmagnitude=5.5), dt.datetime(2001, 3, 4, 5)
    count = f"count?format=text&{SPAN}&minmagnitude=5.5"
    asked = []

    def answers(*texts):
        left = list(texts)
        asked.clear()
        return lambda request: asked.append(request.path) or left.pop(0)

    first = usgs.listing(request, answers(b"22"), now, None)
    assert first == {"exists": True, "etag": "count-22-as-of-2001-03-04T05:00:00"}
    assert asked == [count]
    before = first | {"as_of": "2001-03-04T05:00:00"}
    later = dt.datetime(2001, 4, 1)
    # As many, and none of them updated: the same as before.
    assert usgs.listing(request, answers(b"22\n", b"0"), later, before) == first
    assert asked == [count, f"{count}&updatedafter=2001-03-04T05:00:00"]
    # As many, one of them updated; or another number.
    new = {"exists": True, "etag": "count-22-as-of-2001-04-01T00:00:00"}
    assert usgs.listing(request, answers(b"22", b"1"), later, before) == new
    assert usgs.listing(request, answers(b"23"), later, before)["etag"].startswith("count-23-")
    with pytest.raises(FetchError):
        usgs.listing(one(), down, now, None)
