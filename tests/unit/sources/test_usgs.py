from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import ConfigError, FetchError
from laicflow.sources import usgs

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
    ]
    assert len({one(**query).name for query in queries}) == len(queries)


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
            final.append(usgs.query_of(request))
        else:
            waiting += found
    counts = [sum(q.start <= m <= q.end for m in moments) for q in final]
    assert sum(counts) == 50_000
    assert max(counts) <= 20_000
    assert len(final) > 2
