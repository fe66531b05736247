"""Good answers pass; each way to be another is refused with what was expected and found."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from laicflow.checks import events
from laicflow.checks.common import Asked, UnlikeError

D = dt.date
HEADER = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName|EventType"
)
# Two rows and a remark as a client recorded them from the ISC.
ISC_TEXT = f"""{HEADER}
617049575|2020-01-01T00:28:20.792|-5.3600|152.5302|45.3|ISC|ISC|ISC|616087894|MW|4.96|GCMT|\
New Britain region|earthquake
617050226|2020-01-01T03:53:27.504|52.5104|159.3492|52.6|ISC|ISC|ISC|616087915|MW|4.96|GCMT|\
Off east coast of Kamchatka Peninsula|earthquake
# Agencies whose data contributed towards the results of this search:
"""
QUAKEML = """<?xml version="1.0" encoding="UTF-8"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
<eventParameters publicID="smi:local/all">
<event publicID="smi:local/1"><origin publicID="smi:local/o1"><time>
<value>2020-01-01T00:28:20.792Z</value></time></origin></event>
<event publicID="smi:local/2"><origin publicID="smi:local/o2"><originUncertainty/><time>
<value>2020-01-01T03:53:27.504Z</value></time></origin></event>
</eventParameters></q:quakeml>
"""
ISF = """<!DOCTYPE html><html><head><title>International Seismological Centre</title></head><body>
Events found: 1<br><pre>
DATA_TYPE BULLETIN IMS1.0:short
ISC Bulletin
Event 617049575 New Britain region
   Date       Time        Err   RMS Latitude Longitude  Smaj  Smin  Az Depth   Err Ndef Nsta Gap
2020/01/01 00:28:20.79               -5.3600  152.5302                   45.3
 (#PRIME)


STOP
</pre></body></html>
"""
USGS = "time,latitude,longitude,depth,mag,place\n2020-01-01T00:28:20.792Z,-5.36,152.53,45.3,5,a\n"
ERROR = """Error 400: Bad Request

Bad starttime value "yesterday". Valid values are ISO-8601 timestamps.

Usage details are available from https://earthquake.usgs.gov/fdsnws/event/1

Request:
/fdsnws/event/1/query?starttime=yesterday
"""


def asked(first=D(2020, 1, 1), last=D(2020, 1, 1), **said) -> Asked:  # noqa: B008
    return Asked(name="a", check="", first=first, last=last, **said)


def refused(check, content, told, **said):
    with pytest.raises(UnlikeError, match=told):
        check(content.encode() if isinstance(content, str) else content, asked(**said))


GOOD = [
    (events.usgs_csv, USGS),
    (events.fdsn_text, ISC_TEXT),
    (events.quakeml, QUAKEML),
    (events.isf, ISF),
]
FORMS = pytest.mark.parametrize(("check", "content"), GOOD, ids=lambda value: str(value)[:12])


@FORMS
def test_good_answers_pass(check, content):
    check(content.encode(), asked())


@FORMS
def test_events_of_another_time_are_refused(check, content):
    later = {"first": D(2020, 1, 3), "last": D(2020, 1, 9)}
    refused(check, content, "2020-01-03..2020-01-09, found one of 2020-01-01", **later)
    earlier = {"first": D(2019, 1, 3), "last": D(2019, 12, 30)}
    refused(check, content, "found one of 2020-01-01", **earlier)


@FORMS
def test_an_error_text_with_status_200_is_read_out_without_its_echo(check, content):
    with pytest.raises(UnlikeError) as caught:
        check(ERROR.encode(), asked())
    assert "Bad starttime value" in str(caught.value)
    assert "/fdsnws" not in str(caught.value)


@FORMS
def test_something_else_is_refused(check, content):
    refused(check, "a,b\n1,2\n", "expected")


@FORMS
def test_the_count_of_a_closed_span_must_be_met(check, content):
    rows = 2 if check in (events.fdsn_text, events.quakeml) else 1
    check(content.encode(), asked(rows=rows))
    for wrong in (rows - 1, rows + 1):
        told = f"counted {wrong} events, its answer holds {rows}"
        refused(check, content, told, rows=wrong)
    # While a span is open events are added, but none goes.
    check(content.encode(), asked(rows=rows - 1, closed=False))
    refused(check, content, "not as long as its count", rows=rows + 1, closed=False)
    # -1: the service did not count.
    check(content.encode(), asked(rows=-1))


@FORMS
def test_as_many_events_as_are_ever_given_were_cut(check, content):
    rows = 2 if check in (events.fdsn_text, events.quakeml) else 1
    check(content.encode(), asked(most=rows + 1))
    refused(check, content, f"cut at the limit of {rows} events: it holds {rows}", most=rows)


@pytest.mark.parametrize(
    ("check", "content", "told"),
    [
        (events.usgs_csv, USGS[:-1], "its last row is not whole"),
        (events.usgs_csv, USGS[:-4], "its last row is not whole"),
        (events.fdsn_text, ISC_TEXT[: ISC_TEXT.index("# Agencies") - 12], "not whole"),
        (events.fdsn_text, ISC_TEXT[: ISC_TEXT.index("# Agencies") - 1], "not whole"),
        (events.quakeml, QUAKEML[: QUAKEML.index("<event pub")], "last element is not closed"),
        (events.quakeml, QUAKEML[:-5], "last element is not closed"),
        (events.isf, ISF[: ISF.index("STOP")], "its STOP line is missing"),
        (events.isf, ISF.replace("found: 1", "found: 2"), "says 2 events and holds 1"),
        (events.isf, ISF[: ISF.index("(#PRIME)")], "its STOP line is missing"),
    ],
)
def test_truncated_answers(check, content, told):
    refused(check, content, told)


def test_a_header_alone_is_no_event():
    events.fdsn_text(f"{HEADER}\n".encode(), asked())
    # As INGV spells it (services document, section 10).
    events.fdsn_text(HEADER.replace("Depth/km", "Depth/Km").encode(), asked())
    events.usgs_csv(USGS.splitlines(keepends=True)[0].encode(), asked())


def test_a_text_without_the_last_column_is_whole_too():
    rows = [line.rpartition("|")[0] for line in ISC_TEXT.splitlines()[1:3]]
    for head in (HEADER, HEADER.removesuffix("|EventType")):
        events.fdsn_text("".join(f"{line}\n" for line in [head, *rows]).encode(), asked())


def test_geojson_by_its_own_count_its_days_and_the_services_count():
    # date -u -d "2020-01-01 00:28:20" +%s gives 1577838500.
    feature = {"properties": {"time": 1577838500792}}
    whole = json.dumps({"metadata": {"count": 1}, "features": [feature]})
    events.usgs_geojson(whole.encode(), asked(rows=1))
    refused(events.usgs_geojson, whole, "counted 2 events", rows=2)
    refused(events.usgs_geojson, whole, "cut at the limit of 1", most=1)
    refused(events.usgs_geojson, whole[:-3], "expected GeoJSON")
    later = {"first": D(2020, 1, 2), "last": D(2020, 1, 9)}
    refused(events.usgs_geojson, whole, "found one of 2020-01-01", **later)
    less = json.dumps({"metadata": {"count": 2}, "features": [feature]})
    refused(events.usgs_geojson, less, "says 2 events and holds 1")
    odd = json.dumps({"metadata": {"count": 1}, "features": [{}]})
    refused(events.usgs_geojson, odd, "expected GeoJSON")
    refused(events.usgs_geojson, '{"metadata":' + "[" * 100_000, "expected GeoJSON")


def test_a_count_is_a_number_that_can_be_one():
    events.usgs_count(b"123\n", asked())
    for content in ("", "12 events", "9" * 5000):
        refused(events.usgs_count, content, "expected a number of events")


def test_origins_of_others_may_lie_on_the_other_side_of_midnight():
    night = {"first": D(2020, 1, 2), "last": D(2020, 1, 9)}
    for check, content in GOOD[2:]:
        check(content.encode(), asked(**night))
    refused(events.fdsn_text, ISC_TEXT, "found one of 2020-01-01", **night)


BUSY = (
    "Sorry, but your request cannot be processed at the present time. "
    "Please try again in a few minutes."
)


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (f"<html><body><p>ISC: Event bulletin</p><p>{BUSY}</p></body></html>", f"says: {BUSY}"),
        (
            "<html><body>The search could not be run due to problems with the query: x.</body>",
            "says: The search could not be run due to problems with the query: x.",
        ),
        ("<html><head><title>Login</title></head><body>Name?</body></html>", "says: Login Name?"),
        ("<html><style>p {}</style><script>go()</script><p>Down &amp; out</p>", "says: Down & out"),
    ],
)
def test_a_page_without_a_bulletin_is_read_out(page, told):
    with pytest.raises(UnlikeError) as caught:
        events.isf(page.encode(), asked())
    assert str(caught.value).endswith(told)


def test_a_search_without_events_is_an_answer():
    events.isf(b"<html><body>No events were found.</body></html>", asked())


GEM = """# Version 3.0 - released on 2016-01-28
#         date          ,    lat   ,    lon   , smajax
 1904-04-04 10:25:34.15 ,   42.435 ,   23.414 ,  13.8
 1904-06-25 14:45:39.96 ,   51.565 ,  161.417 , 129.1
"""


def test_isc_gem():
    events.isc_gem(GEM.encode(), asked())
    # A saved copy may have its names as the first line.
    plain = "date,lat,lon,smajax\n1900-07-2906:59:00.00,-10.000,165.000,\n"
    events.isc_gem(plain.encode(), asked())
    refused(events.isc_gem, GEM[:-1], "its last row is not whole")
    refused(events.isc_gem, GEM[:-12], "its last row is not whole")
    refused(events.isc_gem, "a,b\n1,2\n3,4\n", "expected rows of ISC-GEM, found '3,4'")
    refused(events.isc_gem, GEM + "sum,1,2,3\nend,1,2,3\n", "found 'end,1,2,3'")
    refused(events.isc_gem, "# only comments\n", "expected rows of ISC-GEM")


def test_a_catalog_of_ones_own():
    own = "event_id,time,latitude,longitude,magnitude\n1,2001-01-01T00:00:00,1,2,5.5\n"
    events.events_csv(own.encode(), asked())
    events.events_csv(own.encode("utf-8-sig"), asked())
    refused(events.events_csv, own.replace("latitude", "lat"), "column 'latitude' is missing")
    refused(events.events_csv, own[:-6], "its last row is not whole")
    refused(events.events_csv, own[:-1], "its last row is not whole")


def test_real_files(real_data):
    folder = real_data / "catalogs"
    years = {"first": D(2009, 1, 22), "last": D(2019, 11, 6)}
    capped = (folder / "global_M5_2009-2019/usgs_M5_20090122-20191106_20000ev_cap.csv").read_bytes()
    # Cut at the service's limit, which is all that is wrong with it (INDEX of the real data).
    refused(events.usgs_csv, capped, "cut at the limit of 20000", most=20_000, **years)
    events.usgs_csv(capped, asked(rows=20_000, **years))
    first = {"first": D(1967, 1, 30), "last": D(1967, 1, 30)}
    bulletin = (folder / "obspy_isf/19670130012028.isf").read_bytes()
    events.isf(bulletin, asked(rows=1, **first))
    refused(events.isf, bulletin[:-6], "its STOP line is missing", **first)
    # Two events, of 6 and 14 November 2014 (visible text of the file).
    november = {"first": D(2014, 11, 6), "last": D(2014, 11, 14)}
    xml = (folder / "obspy_quakeml/usgs_event.xml").read_bytes()
    events.quakeml(xml, asked(rows=2, **november))
    for name in ("isc-gem-cat.csv", "isc-gem-suppl.csv"):
        whole = (folder / "isc-gem" / name).read_bytes()
        events.isc_gem(whole, asked())
        refused(events.isc_gem, whole[:-3], "its last row is not whole")
