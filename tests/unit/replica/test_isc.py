from __future__ import annotations

import datetime as dt
import html
import io

import obspy
import pytest

from laicflow.replica import isc
from laicflow.replica.server import Fault, serve

SPAN = "starttime=1900-01-01&endtime=2030-01-01"
NOW = dt.datetime(2010, 1, 1)
SEARCH = (
    "web-db-run?out_format=ISF&request={request}&searchshape=GLOBAL"
    "&start_year=2001&start_month=01&start_day=01&start_time=00:00:00"
    "&end_year=2001&end_month=12&end_day=31&end_time=23:59:59&min_mag={least}&req_mag_agcy=Any"
    "&prime_only=on&include_magnitudes=on&include_headers=on"
)


@pytest.fixture
def ask(folder, get):
    """A GET of one of the services over the small catalogs."""
    with serve(folder, now=NOW) as replica:
        yield lambda source, path: get(replica.base(source), path)


def test_text_as_clients_have_recorded_it(ask):
    answer = ask("isc", f"query?format=text&{SPAN}&orderby=time-asc&minmagnitude=7.1")
    assert answer.status_code == 200
    head, first, second, *remarks = answer.text.splitlines()
    assert head == (
        "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
        "MagType|Magnitude|MagAuthor|EventLocationName|EventType"
    )
    # Numbers count all five events by time: 1975, 9 January 2001, 13 January 2001, ...
    assert first.startswith("610000001|2001-01-09T06:49:28.000|-14.928|167.17|103.0|")
    assert second == (
        "610000002|2001-01-13T17:33:32.380|13.049|-88.66|60|us|us|us|610000002|mwc|7.7|hrv|"
        "near the coast, El Salvador|earthquake"
    )
    assert remarks[0] == "# Agencies whose data contributed towards the results of this search:"
    assert "(reformatted)" in answer.headers["x-laicflow-origin"]


def test_ingv_spells_its_header_otherwise_and_makes_no_remarks(ask):
    answer = ask("ingv", f"query?format=text&{SPAN}&minmagnitude=7.5")
    head, *rows = answer.text.splitlines()
    assert "|Depth/Km|" in head
    assert len(rows) == 1


def test_quakeml_as_obspy_reads_it(ask):
    answer = ask("isc", f"query?{SPAN}&minmagnitude=7.5")
    (event,) = obspy.read_events(io.BytesIO(answer.content), format="QUAKEML")
    assert event.resource_id.id == "smi:ISC/evid=610000002"
    origin, magnitude = event.preferred_origin(), event.preferred_magnitude()
    assert (origin.latitude, origin.longitude, origin.depth) == (13.049, -88.66, 60_000)
    assert (magnitude.mag, magnitude.magnitude_type) == (7.7, "mwc")
    assert origin.creation_info.agency_id == "us"


def test_nothing_found_and_no_count(ask):
    nothing = "starttime=1990-01-01&endtime=1990-01-02"
    for form in ("text", "xml"):
        answer = ask("isc", f"query?format={form}&{nothing}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert ask("isc", f"query?format={form}&{nothing}&nodata=404").status_code == 404
    assert ask("isc", f"count?{SPAN}").status_code == 404


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("format=text&starttime=2001-01-01T00:00:00Z", "Bad starttime value"),
        ("format=csv", 'Bad format value "csv". Valid values are xml, text.'),
        ("format=text&minmag=5", 'Unknown parameter "minmag"'),
    ],
)
def test_a_bad_parameter_is_refused_with_its_reason(ask, query, detail):
    answer = ask("isc", f"query?{query}")
    assert answer.status_code == 400
    assert answer.text.startswith("Error 400: Bad Request\n\n")
    assert detail in answer.text


def test_too_many_events_are_413_and_a_limit_cuts(ask, monkeypatch):
    monkeypatch.setitem(isc.LIMITS, "isc", 3)
    answer = ask("isc", f"query?format=text&{SPAN}")
    assert answer.status_code == 413
    assert "5 events match, 3 are the most" in answer.text
    cut = ask("isc", f"query?format=text&{SPAN}&limit=3")
    assert sum(not line.startswith("#") for line in cut.text.splitlines()) == 3


def bulletin(answer) -> list[str]:
    """The lines of the bulletin in a page."""
    text = html.unescape(answer.text)
    return text[text.index("DATA_TYPE") : text.index("</pre>")].splitlines()


def test_a_bulletin_within_a_page_to_the_column(ask):
    answer = ask("isc_bulletin", SEARCH.format(request="REVIEWED", least=7.5))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "Events found: 1" in answer.text
    lines = bulletin(answer)
    assert lines[:3] == [
        "DATA_TYPE BULLETIN IMS1.0:short",
        "ISC Bulletin",
        "Event 610000002 near the coast, El Salvador",
    ]
    origin, magnitude = lines[5], lines[9]
    # IMS1.0 origin: date 1-10, time 12-22, lat 37-44, lon 46-54, depth 72-76, type 116-117,
    # author 119-127; magnitude: type 1-5, value 7-10, author 21-29.
    fields = [(0, 10), (11, 22), (36, 44), (45, 54), (71, 76), (115, 117), (118, 127)]
    assert [origin[start:end].strip() for start, end in fields] == [
        "2001/01/13",
        "17:33:32.38",
        "13.0490",
        "-88.6600",
        "60.0",
        "ke",
        "US",
    ]
    assert lines[6] == " (#PRIME)"
    assert [magnitude[:5], magnitude[6:10], magnitude[20:29].strip()] == ["mwc  ", " 7.7", "HRV"]
    assert lines[-1] == "STOP"


def test_obspy_reads_the_bulletin_it_was_not_written_for(ask):
    """obspy knows blocks by the blank lines and columns of the ISC's own files."""
    answer = ask("isc_bulletin", SEARCH.format(request="REVIEWED", least=5))
    text = "\n".join(bulletin(answer)) + "\n"
    found = obspy.read_events(io.BytesIO(text.encode()), format="IMS10BULLETIN")
    origins = [event.origins[0] for event in found]
    # By hand from the rows behind it: 9, 13 and 14 January 2001.
    assert [origin.latitude for origin in origins] == [-14.928, 13.049, 45.1]
    assert [origin.depth for origin in origins] == [103_000, 60_000, 10_000]
    assert [event.magnitudes[0].mag for event in found] == [7.1, 7.7, 5.0]


def test_the_reviewed_bulletin_ends_two_years_ago(folder, get):
    with serve(folder, now=dt.datetime(2003, 1, 10)) as replica:
        base = replica.base("isc_bulletin")
        both = [get(base, SEARCH.format(request=r, least=5)) for r in ("REVIEWED", "COMPREHENSIVE")]
    # 730 days before 10 January 2003 is 10 January 2001: of three earthquakes one is older.
    assert ["Events found: 1" in both[0].text, "Events found: 3" in both[1].text] == [True, True]


def test_pages_without_a_bulletin(ask, folder, get):
    nothing = ask("isc_bulletin", SEARCH.format(request="REVIEWED", least=9.5))
    assert (nothing.status_code, "No events were found." in nothing.text) == (200, True)
    bad = ask("isc_bulletin", SEARCH.format(request="REVIEWED", least="big"))
    assert bad.status_code == 200
    assert "The search could not be run due to problems" in bad.text
    assert 'Bad minmagnitude value "big"' in html.unescape(bad.text)
    with serve(folder, faults=[Fault("other", path="/isc_bulletin/busy")]) as replica:
        busy = get(replica.base("isc_bulletin"), SEARCH.format(request="REVIEWED", least=5))
    assert "Sorry, but your request cannot be processed at the present time." in busy.text


def test_the_file_of_isc_gem(folder, get):
    (folder / "catalogs/isc-gem").mkdir()
    (folder / "catalogs/isc-gem/isc-gem-cat.csv").write_text("# one\n")
    with serve(folder) as replica:
        base = replica.base("isc_gem")
        assert get(base, "isc-gem-cat.csv").text == "# one\n"
        assert get(base, "other.csv").status_code == 404
