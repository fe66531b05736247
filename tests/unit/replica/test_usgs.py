from __future__ import annotations

import csv
import datetime as dt
import io
import json
from xml.etree import ElementTree

import obspy
import pytest

from laicflow.replica.server import serve

HEADER = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
    "horizontalError,depthError,magError,magNst,status,locationSource,magSource"
)
SPAN = "starttime=1900-01-01&endtime=2030-01-01"


@pytest.fixture
def ask(folder, get):
    """A GET of the service over the small catalogs."""
    with serve(folder, now=dt.datetime(2001, 2, 1)) as replica:
        yield lambda path: get(replica.base("usgs"), path)


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in csv.DictReader(io.StringIO(answer.text))]


def test_events_of_all_files_once_under_lower_case_ids(ask):
    answer = ask(f"query?format=csv&{SPAN}&orderby=time-asc")
    assert answer.headers["content-type"] == "text/csv"
    assert answer.text.splitlines()[0] == HEADER
    assert ids(answer) == ["usp0000a09", "usp000a7a1", "usp000a7fe", "us2", "us3"]


def test_the_services_own_row_goes_before_a_reformatted_one(ask):
    (row,) = csv.DictReader(io.StringIO(ask(f"query?format=csv&{SPAN}&minmagnitude=7.5").text))
    assert row["time"] == "2001-01-13T17:33:32.380Z"
    assert row["place"] == "near the coast, El Salvador"
    assert row["updated"] == "2022-05-03T17:33:42.646Z"


def test_a_reformatted_row_says_so(ask):
    answer = ask(f"query?format=csv&{SPAN}&minmagnitude=7.1&maxmagnitude=7.1")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    # By hand from the compilation's line: 01/09/2001,6:49:28,-14.928,167.17,...,452.0,7.1,MWC.
    assert row["time"] == "2001-01-09T06:49:28.000Z"
    assert (row["latitude"], row["longitude"], row["mag"]) == ("-14.928", "167.17", "7.1")
    assert (row["magType"], row["type"], row["status"]) == ("mwc", "earthquake", "reviewed")
    assert (row["net"], row["magSource"], row["nst"], row["updated"]) == ("us", "hrv", "452", "")
    assert row["place"] == "reformatted from compilation.csv"
    assert answer.headers["x-laicflow-origin"] == (
        "replica: catalogs/kaggle/compilation.csv (reformatted)"
    )


def test_a_date_that_is_a_whole_iso_time(ask):
    (row,) = csv.DictReader(
        io.StringIO(ask("query?format=csv&starttime=1975-01-01&endtime=1976-01-01").text)
    )
    assert (row["time"], row["type"]) == ("1975-02-23T02:58:41.000Z", "nuclear explosion")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # Both ends of a span belong to it, to the millisecond.
        ("starttime=2001-01-14T12:00:00.000&endtime=2001-01-14T12:00:00.000", ["us2"]),
        ("starttime=2001-01-14T12:00:00.001&endtime=2001-02-01", ["us3"]),
        ("starttime=2001-01-14T13:00:00%2B01:00&endtime=2001-01-14T12:00:00", ["us2"]),
        # Without times: the last 30 days before now (2001-02-01).
        ("orderby=time-asc", ["usp000a7a1", "usp000a7fe", "us2", "us3"]),
        ("orderby=time", ["us3", "us2", "usp000a7fe", "usp000a7a1"]),
        ("", ["us3", "us2", "usp000a7fe", "usp000a7a1"]),
        ("orderby=magnitude", ["usp000a7fe", "usp000a7a1", "us2", "us3"]),
        ("orderby=magnitude-asc&limit=2", ["us3", "us2"]),
        ("orderby=magnitude-asc&limit=2&offset=2", ["us2", "usp000a7a1"]),
        ("minmagnitude=5&maxmagnitude=7.1&orderby=time-asc", ["usp000a7a1", "us2"]),
        ("minlatitude=45.1&maxlatitude=45.1", ["us2"]),
        ("minlongitude=-89&maxlongitude=-88", ["usp000a7fe"]),
        # A box over the date line, written either way.
        ("minlongitude=179&maxlongitude=181&orderby=time-asc", ["us2", "us3"]),
        ("minlongitude=-181&maxlongitude=-179&orderby=time-asc", ["us2", "us3"]),
        ("eventtype=quarry%20blast", ["us3"]),
        # Depths of the five events: 60, 10, 10, 103 (January 2001) and 623 (1975).
        ("mindepth=60&orderby=time-asc", ["usp000a7a1", "usp000a7fe"]),
        ("mindepth=10&maxdepth=10&orderby=time-asc", ["us2", "us3"]),
        # Only the service's own rows say when they were updated: 2022, 2014, 2014.
        ("updatedafter=2014-11-07T01:11:48&orderby=time-asc", ["usp000a7fe", "us2", "us3"]),
        ("updatedafter=2020-01-01", ["usp000a7fe"]),
        ("starttime=1990-01-01&endtime=1990-01-02", []),
    ],
)
def test_filters_and_orders(ask, query, expected):
    assert ids(ask(f"query?format=csv&{query}")) == expected
    if "limit" not in query:
        assert ask(f"count?{query}").text == str(len(expected))


def test_nothing_found_is_a_header_alone(ask):
    answer = ask("query?format=csv&starttime=1990-01-01&endtime=1990-01-02")
    assert answer.text == HEADER + "\n"


def test_place_is_quoted_as_csv_asks_for(ask):
    answer = ask(f"query?format=csv&{SPAN}&minmagnitude=5&maxmagnitude=5")
    assert '"A ""quoted"" place"' in answer.text


def test_count_as_the_service_words_it(ask):
    # A recorded answer reads {"count":1,"maxAllowed":20000}.
    answer = ask(f"count?format=geojson&{SPAN}&minmagnitude=7.5")
    assert answer.text == '{"count":1,"maxAllowed":20000}'


def test_text_has_the_header_of_the_services_document(ask):
    answer = ask(f"query?format=text&{SPAN}&minmagnitude=7.5")
    assert answer.headers["content-type"] == "text/plain"
    # Header: services document, section 1.
    assert answer.text.splitlines() == [
        "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
        "MagType|Magnitude|MagAuthor|EventLocationName|EventType",
        "usp000a7fe|2001-01-13T17:33:32.380|13.049|-88.66|60|us|us|us|usp000a7fe|"
        "mwc|7.7|hrv|near the coast, El Salvador|earthquake",
    ]


def test_quakeml_as_obspy_reads_it(ask):
    answer = ask(f"query?{SPAN}&minmagnitude=7.5")
    assert answer.headers["content-type"] == "application/xml"
    (event,) = obspy.read_events(io.BytesIO(answer.content), format="QUAKEML")
    origin, magnitude = event.preferred_origin(), event.preferred_magnitude()
    assert str(origin.time) == "2001-01-13T17:33:32.380000Z"
    assert (origin.latitude, origin.longitude, origin.depth) == (13.049, -88.66, 60_000)
    assert (magnitude.mag, magnitude.magnitude_type) == (7.7, "mwc")
    assert event.event_type == "earthquake"
    assert event.event_descriptions[0].text == "near the coast, El Salvador"


@pytest.mark.parametrize("form", ["text", "quakeml", "xml"])
def test_no_events_are_204_or_404_in_the_forms_of_the_specification(ask, form):
    nothing = f"query?format={form}&starttime=1990-01-01&endtime=1990-01-02"
    answer = ask(nothing)
    assert (answer.status_code, answer.content) == (204, b"")
    assert ask(f"{nothing}&nodata=404").status_code == 404


def test_a_count_in_xml(ask):
    answer = ask(f"count?format=xml&{SPAN}&minmagnitude=7.5")
    found = ElementTree.fromstring(answer.text)
    assert (found.tag, found.text, found.attrib) == ("count", "1", {"maxAllowed": "20000"})


def shape(value):
    """Names and types of a JSON value; numbers are one type, null is any."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else type(value).__name__


def test_geojson_and_counts_are_shaped_as_recorded_answers(ask, real_data):
    recorded = real_data / "api_responses/usgs_decoded"
    count = ask(f"count?format=geojson&{SPAN}&minmagnitude=7.5")
    assert count.text == (recorded / "search_count_00.json").read_text()
    true = shape(json.loads((recorded / "search_search_00.json").read_text()))
    made = shape(ask(f"query?format=geojson&{SPAN}&minmagnitude=7.5&limit=20000&offset=1").json())
    assert made["metadata"] == true["metadata"]
    assert list(made) == ["type", "metadata", "features", "bbox"]
    (mine,), (real,) = made["features"], true["features"]
    assert {key: mine[key] for key in ("type", "geometry", "id")} == {
        key: real[key] for key in ("type", "geometry", "id")
    }
    # All that stands here stands there; what no reader takes is left out here.
    assert not set(mine["properties"]) - set(real["properties"])
    empty = json.loads((recorded / "search_search_01.json").read_text())
    nothing = ask("query?format=geojson&starttime=1990-01-01&endtime=1990-01-02&limit=9").json()
    assert shape(nothing) == shape(empty)


def test_geojson(ask):
    answer = ask(f"query.geojson?{SPAN}&minmagnitude=7.5")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    assert found["metadata"]["count"] == 1
    (feature,) = found["features"]
    assert feature["geometry"]["coordinates"] == [-88.66, 13.049, 60.0]
    # date -u -d "2001-01-13 17:33:32" +%s gives 979407212.
    assert feature["properties"]["time"] == 979407212380
    assert feature["properties"]["mag"] == 7.7
    assert feature["id"] == "usp000a7fe"
    assert found["bbox"] == [-88.66, 13.049, 60.0, -88.66, 13.049, 60.0]


def test_empty_geojson(ask):
    found = ask("query?format=geojson&starttime=1990-01-01&endtime=1990-01-02").json()
    assert (found["metadata"]["count"], found["features"]) == (0, [])
    assert "bbox" not in found


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (
            "format=csv&starttime=not-a-date",
            'Bad starttime value "not-a-date". Valid values are ISO-8601 timestamps.',
        ),
        (
            "format=csv&limit=20001",
            'Bad limit value "20001". Valid values are 0 <= limit <= 20000',
        ),
        ("format=csv&minmagnitude=big", 'Bad minmagnitude value "big"'),
        ("format=csv&minmag=5", 'Unknown parameter "minmag"'),
        ("format=kml", 'Bad format value "kml"'),
        ("format=text&nodata=200", 'Bad nodata value "200"'),
        ("format=csv&orderby=size", 'Bad orderby value "size"'),
        ("format=csv&minlatitude=91", 'Bad minlatitude value "91"'),
        ("format=csv&minlatitude=50&maxlatitude=40", "minlatitude must not exceed"),
        ("format=csv&limit=1&limit=2", "more than once"),
    ],
)
def test_a_bad_parameter_is_refused_with_its_reason(ask, query, detail):
    answer = ask(f"query?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.split("\n\n")
    assert lines[0] == "Error 400: Bad Request"
    assert detail in lines[1]


def test_the_limit_of_20000_events_in_the_services_words(tmp_path, get):
    folder = tmp_path / "catalogs"
    folder.mkdir()
    start = dt.datetime(2001, 1, 1)
    rows = [
        f"{(start + dt.timedelta(minutes=n)).isoformat()}.000Z,0,0,10,5,mb,,,,,us,us{n},,p,"
        "earthquake,,,,,reviewed,us,us"
        for n in range(20_001)
    ]
    (folder / "many.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    with serve(tmp_path) as replica:
        base = replica.base("usgs")
        all_of_them = "query?format=csv&starttime=2001-01-01&endtime=2002-01-01"
        answer = get(base, all_of_them)
        assert answer.status_code == 400
        assert answer.text.startswith(
            "Error 400: Bad Request\n\n20001 matching events exceeds search limit of 20000. "
            "Modify the search to match fewer events.\n\n"
            "Usage details are available from https://earthquake.usgs.gov/fdsnws/event/1\n\n"
            "Request:\n/fdsnws/event/1/query?format=csv&amp;starttime=2001-01-01&amp;endtime="
        )
        fewer = get(base, all_of_them.replace("starttime=2001-01-01", "starttime=2001-01-01T00:01"))
        assert len(ids(fewer)) == 20_000
        assert len(ids(get(base, all_of_them + "&limit=20000"))) == 20_000


def test_only_the_catalogs_that_are_named(folder, get):
    with serve(folder, catalogs=["catalogs/a/*.csv"]) as replica:
        assert get(replica.base("usgs"), f"count?{SPAN}").text == "3"
    with serve(folder, catalogs=["catalogs/isc/*.csv"]) as replica:
        answer = get(replica.base("usgs"), f"count?{SPAN}")
    assert answer.status_code == 404
    assert "no event catalog" in answer.text


def test_fifteen_columns_a_byte_order_mark_and_times_with_a_blank(tmp_path, get):
    (tmp_path / "catalogs").mkdir()
    header = ",".join(HEADER.split(",")[:15])
    row = (
        "1905-05-11 17:09:01.460,25.967,143.332,15.0,6.78,mw,,,,,iscgemsup,iscgemsup610548602,"
        '2022-05-09T15:22:55.604Z,"Volcano Islands, Japan region",earthquake'
    )
    (tmp_path / "catalogs/old.csv").write_text(f"{header}\n{row}\n", encoding="utf-8-sig")
    with serve(tmp_path) as replica:
        answer = get(replica.base("usgs"), f"query?format=csv&{SPAN}")
    (found,) = csv.DictReader(io.StringIO(answer.text))
    assert found["time"] == "1905-05-11T17:09:01.460Z"
    assert (found["place"], found["status"]) == ("Volcano Islands, Japan region", "")
    assert list(found) == HEADER.split(",")


def test_the_real_compilation_has_22_earthquakes_of_m5_5_in_eleven_days(real_data, get):
    with serve(real_data, catalogs=["catalogs/kaggle/*.csv"]) as replica:
        span = "starttime=2001-01-05&endtime=2001-01-15T23:59:59.999"
        answer = get(replica.base("usgs"), f"query?format=csv&{span}&minmagnitude=5.5")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 22
    assert {row["type"] for row in rows} == {"earthquake"}
    largest = max(rows, key=lambda row: float(row["mag"]))
    assert (largest["mag"], largest["time"][:10]) == ("7.7", "2001-01-13")
