"""QuakeML: texts written here by the schema of BED 1.2, and real files."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from laicflow import schema
from laicflow.errors import FormatError
from laicflow.readers import quakeml

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" '
    'xmlns="http://quakeml.org/xmlns/bed/1.2" '
    'xmlns:catalog="http://anss.org/xmlns/catalog/0.1">\n'
    '<eventParameters publicID="smi:x/params">\n'
)
TAIL = "</eventParameters>\n</q:quakeml>\n"
ORIGIN = """\
<origin publicID="smi:x/origin/{name}">
<time><value>{time}</value><uncertainty>0.2</uncertainty></time>
<latitude><value>{latitude}</value></latitude>
<longitude><value>{longitude}</value></longitude>
<depth>
<value>{depth}</value>
</depth>
<creationInfo><agencyID>{agency}</agencyID></creationInfo>
{more}
</origin>
"""
MAGNITUDE = """\
<magnitude publicID="smi:x/magnitude/{name}">
<mag><value>{value}</value></mag>
<type>{type}</type>
<originID>smi:x/origin/{origin}</originID>
<creationInfo><agencyID>{agency}</agencyID></creationInfo>
</magnitude>
"""
PREFERRED = (
    "<preferredOriginID>smi:x/origin/b</preferredOriginID>\n"
    "<preferredMagnitudeID>smi:x/magnitude/m2</preferredMagnitudeID>\n"
)


def origin(name="b", time="2016-08-24T01:36:32.870000Z", latitude="42.6983", longitude="13.2335",
           depth="8100", agency="INGV", more=""):  # fmt: skip
    return ORIGIN.format(**locals())


def magnitude(name="m2", value="6.0", kind="Mw", origin="b", agency="INGV"):
    return MAGNITUDE.format(name=name, value=value, type=kind, origin=origin, agency=agency)


def event(*parts: str, attributes: str = 'publicID="smi:x/fdsnws/query?eventId=7073641"') -> str:
    return f"<event {attributes}>\n{''.join(parts)}</event>\n"


OTHERS = origin("a", "2016-08-24T01:36:30Z", "42.5", "13.1", "9000", "EMSC")
OTHERS += magnitude("m1", "6.2", "mb", "a", "EMSC")
USUAL = event(
    "<type>earthquake</type>\n",
    OTHERS,
    origin(more="<evaluationMode>manual</evaluationMode>"),
    magnitude(),
    PREFERRED,
)
WHOLE = HEAD + USUAL + TAIL


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        quakeml.read(path)
    return caught.value


def one(put, *parts: str, **options) -> dict:
    (row,) = quakeml.read(put(HEAD + event(*parts, **options) + TAIL)).to_dict("records")
    return row


NAMESPACES = {
    "1.2": WHOLE,
    "1.1": WHOLE.replace("/1.2", "/1.1"),
    "1.0": WHOLE.replace("q:quakeml", "quakeml").replace("xmlns/bed/1.2", "xmlns/quakeml/1.0"),
    "prefixed": WHOLE.replace('xmlns="', 'xmlns:b="').replace("<", "<b:").replace("<b:/", "</b:")
    .replace("b:q:", "q:").replace("<b:?", "<?"),
    "none": WHOLE.replace("q:quakeml", "quakeml").replace(
        'xmlns="http://quakeml.org/xmlns/bed/1.2"', ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", NAMESPACES.values(), ids=NAMESPACES)
def test_values(put, text):
    (row,) = quakeml.read(put(text)).to_dict("records")
    wanted = {
        "event_id": "7073641",
        "time": pd.Timestamp("2016-08-24 01:36:32.870"),
        "latitude": 42.6983,
        "longitude": 13.2335,
        "depth_km": 8.1,
        "magnitude": 6.0,
        "magnitude_type": "mw",
        "network": "INGV",
        "event_type": "earthquake",
        "status": "manual",
        "place": "",
    }
    assert {key: row[key] for key in wanted} == wanted
    assert pd.isna(row["updated"])


@pytest.mark.parametrize(
    ("attributes", "event_id"),
    [
        # ANSS: as the csv of the same service has it, whatever the publicID says.
        ('catalog:eventsource="ci" catalog:eventid="37285320" publicID="quakeml:a?eventid=x"',
         "ci37285320"),
        ('publicID="quakeml:a/event/1/query?eventid=us2000aert&amp;format=quakeml"', "us2000aert"),
        ('publicID="quakeml:a/query?eventid=ci3&amp;amp;format=quakeml"', "ci3"),
        ('publicID="smi:webservices.ingv.it/fdsnws/event/1/query?eventId=863301"', "863301"),
        ('publicID="smi:ISC/evid=600516598"', "600516598"),
        ('publicID="smi:ch.ethz.sed/sc20a/Event/2021zqxyri"', "2021zqxyri"),
        ('publicID="quakeml:eu.emsc/event/20120404_0000041"', "20120404_0000041"),
        ('publicID="plain"', "plain"),
    ],
)  # fmt: skip
def test_ids(put, attributes, event_id):
    assert one(put, origin(), attributes=attributes)["event_id"] == event_id


def test_whole_ids_where_last_parts_are_the_same(put):
    names = ["smi:a/1/event", "smi:a/2/event", "smi:a/3/other"]
    text = "".join(event(origin(), attributes=f'publicID="{name}"') for name in names)
    assert quakeml.read(put(HEAD + text + TAIL))["event_id"].tolist() == names


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2016-08-24T01:36:32Z", "2016-08-24 01:36:32"),
        ("2016-08-24T01:36:32.8700", "2016-08-24 01:36:32.87"),
        ("2016-08-24T03:36:32.87+02:00", "2016-08-24 01:36:32.87"),
        ("2016-08-23T21:06:32.87-04:30", "2016-08-24 01:36:32.87"),
        # Finer than the microsecond of the table.
        ("2016-08-24T01:36:32.123456789Z", "2016-08-24 01:36:32.123456"),
        ("1857-01-09T16:24:00Z", "1857-01-09 16:24:00"),
    ],
)
def test_times(put, text, time):
    assert one(put, origin(time=text))["time"] == pd.Timestamp(time)


def test_an_event_may_lack_depth_magnitude_and_type(put):
    bare = origin().replace("<depth>\n<value>8100</value>\n</depth>\n", "")
    row = one(put, bare)
    assert np.isnan(row["depth_km"])
    assert np.isnan(row["magnitude"])
    assert (row["magnitude_type"], row["event_type"]) == ("", "")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("quarry_blast", "quarry blast"), ("null", ""), ("Earthquake", "earthquake"), ("", "")],
)
def test_types(put, text, kind):
    assert one(put, f"<type>{text}</type>", origin())["event_type"] == kind


@pytest.mark.parametrize(
    ("first", "second", "latitude"),
    [
        ("", "", 1.0),
        ("", "<evaluationMode>manual</evaluationMode>", 2.0),
        ("<evaluationMode>manual</evaluationMode>",
         "<evaluationStatus>preliminary</evaluationStatus>", 2.0),
        ("<evaluationStatus>reviewed</evaluationStatus>",
         "<evaluationStatus>final</evaluationStatus>", 2.0),
        ("<evaluationStatus>rejected</evaluationStatus>", "", 2.0),
    ],
)  # fmt: skip
def test_without_a_preferred_origin_the_best_status_counts(put, first, second, latitude):
    parts = [origin("a", latitude="1", more=first), origin("b", latitude="2", more=second)]
    assert one(put, *parts)["latitude"] == latitude


def test_without_a_preferred_magnitude_the_agency_of_the_origin_counts(put):
    parts = [
        origin(),
        magnitude("m1", "6.2", "Mw", "a", "EMSC"),
        magnitude("m2", "5.8", "mb"),
        magnitude("m3", "6.1", "MS"),
    ]
    row = one(put, *parts)
    assert (row["magnitude"], row["magnitude_type"]) == (6.1, "ms")


def test_status_place_network_and_update(put):
    made = "<creationInfo><author>{0}</author><creationTime>{1}</creationTime></creationInfo>"
    place = "<description><text>{0}</text><type>{1}</type></description>"
    parts = [
        "<typeCertainty>suspected</typeCertainty>",
        place.format("Amatrice earthquake", "earthquake name"),
        place.format("CENTRAL ITALY", "Flinn-Engdahl region"),
        made.format("sc", "2016-08-25T10:00:00Z"),
        origin(agency="", more="<evaluationStatus>final</evaluationStatus>").replace(
            "<creationInfo><agencyID></agencyID></creationInfo>",
            made.format("analyst", "2016-09-01T00:00:00.5"),
        ),
    ]
    row = one(put, *parts)
    assert (row["status"], row["network"]) == ("final, suspected", "analyst")
    assert row["place"] == "CENTRAL ITALY"
    assert row["updated"] == pd.Timestamp("2016-09-01 00:00:00.5")
    row = one(put, *parts, place.format("1 km W of Accumoli", "region name"))
    assert row["place"] == "1 km W of Accumoli"


def test_elements_of_other_namespaces_are_passed_over(put):
    strange = '<type xmlns="http://x.org">explosion</type>\n<event xmlns="http://x.org"/>\n'
    assert one(put, strange, origin(), "<type>earthquake</type>")["event_type"] == "earthquake"


def test_comments_do_not_cut_a_number_in_two(put):
    assert one(put, origin(latitude="4<!-- of 42 -->2.6983"))["latitude"] == 42.6983


def test_no_events_give_an_empty_table(put):
    pd.testing.assert_frame_equal(quakeml.read(put(HEAD + TAIL)), schema.empty("events"))


@pytest.mark.parametrize(
    ("before", "after", "part", "place"),
    [
        ("42.6983", "92.6983", "latitude between", '<origin publicID="smi:x/origin/b"'),
        ("13.2335", "213.2335", "longitude between", '<origin publicID="smi:x/origin/b"'),
        ("8100", "8100000", "depth_km between", '<origin publicID="smi:x/origin/b"'),
        ("8100", "8.1 km", "a number for depth", "<value>8.1 km"),
        ("8100", "NaN", "a number for depth", "<value>NaN"),
        ("<value>8100</value>", "", "a value of depth", "<depth>\n\n"),
        (">6.0<", ">6,0<", "a number for mag", ">6,0<"),
        ("01:36:32.870000Z", "25:36:32Z", "a time", "25:36:32"),
        ("2016-08-24T01:36:32.870000Z", "24.08.2016 01:36", "a time", "24.08.2016"),
        ("<latitude><value>42.6983</value></latitude>", "", "a value of latitude",
         '<origin publicID="smi:x/origin/b"'),
        ("origin/b</preferredO", "origin/z</preferredO", "that preferredOriginID names",
         "origin/z</preferredO"),
        ("magnitude/m2</preferred", "magnitude/m7</preferred", "that preferredMagnitudeID names",
         "magnitude/m7</preferred"),
        (' publicID="smi:x/fdsnws/query?eventId=7073641"', "", "a publicID", "<event>"),
    ],
)  # fmt: skip
def test_faults_are_refused_with_their_line(put, before, after, part, place):
    assert before in USUAL
    good = event(origin(), attributes='publicID="smi:x/Event/first"')
    text = HEAD + good + USUAL.replace(before, after, 1) + TAIL
    path = put(text)
    error = refused(path)
    assert part in error.expected
    assert (error.path, error.line) == (path, text[: text.rindex(place)].count("\n") + 1)


def test_an_event_without_origin_is_refused(put):
    text = HEAD + USUAL + event("<type>earthquake</type>\n") + TAIL
    error = refused(put(text))
    assert (error.expected, error.line) == (
        "an origin of the event",
        text[: text.rindex("<event ")].count("\n") + 1,
    )


def test_lines_beyond_the_65535_that_a_tree_counts_in_two_bytes(put):
    text = HEAD + "\n" * 70_000 + USUAL.replace("42.6983", "4x") + TAIL
    assert refused(put(text)).line == text[: text.index("4x")].count("\n") + 1


def test_every_cut_is_refused(put):
    for length in range(1, len(WHOLE) - 1, 7):
        assert refused(put(WHOLE[:length])).line is not None
    error = refused(put(WHOLE[:-40]))
    assert (error.expected, error.line) == ("whole QuakeML", WHOLE[:-40].count("\n") + 1)


def test_a_document_type_is_refused_before_anything_is_parsed(put):
    bomb = '<!DOCTYPE quakeml [<!ENTITY a "42"><!ENTITY b SYSTEM "file:///etc/hostname">]>\n'
    text = WHOLE.replace("<q:quakeml", bomb + "<q:quakeml", 1).replace("42.6983", "&a;.6983")
    error = refused(put(text))
    assert (error.line, error.found[:17]) == (2, "<!DOCTYPE quakeml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Error 400: Bad Request\n\nBad limit value\n", "Bad limit value"),
        ("<html><body>502</body></html>", "HTML page"),
        ("", "empty"),
        ("time,latitude\n", "time,latitude"),
        ('<?xml version="1.0"?>\n<FDSNStationXML/>\n', "FDSNStationXML"),
    ],
)
def test_what_is_no_quakeml(put, text, found):
    assert found in str(refused(put(text)).found)


def test_no_quakeml_says_what_was_expected(put):
    assert refused(put("<seiscomp/>\n")).expected == "a quakeml element"


REAL = {
    "obspy_quakeml/iris_events.xml": 2,
    "obspy_quakeml/neries_events.xml": 3,
    "seismostats_fixtures/quakeml_data.xml": 2,
    "seismostats_fixtures/query.xml": 4,
    "seismostats_fixtures/query_first.xml": 50,
    "seismostats_fixtures/query_second.xml": 43,
    "seismostats_fixtures/query_full.xml": 93,
    "obspy_isf/19670130012028.xml": 1,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "count"), REAL.items())
def test_real_files_as_obspy_reads_them(real_data, name, count):
    import obspy

    path = real_data / "catalogs" / name
    events = quakeml.read(path)
    theirs = obspy.read_events(str(path), format="QUAKEML")
    assert len(events) == len(theirs) == count
    assert events["event_id"].is_unique
    for event_, other in zip(events.itertuples(), theirs, strict=True):
        there = other.preferred_origin()
        assert event_.time == pd.Timestamp(there.time.datetime)
        assert (event_.latitude, event_.longitude) == (there.latitude, there.longitude)
        assert event_.depth_km == there.depth / 1000
        size = other.preferred_magnitude()
        if size is None:
            # One file tells no preference, of the ISC's only magnitude; one event has none.
            mine = [m for m in other.magnitudes if m.creation_info.author == event_.network]
            size = mine[0] if mine else None
        if size is None:
            assert np.isnan(event_.magnitude)
        else:
            assert event_.magnitude == size.mag
            assert event_.magnitude_type == size.magnitude_type.lower()
        # Where the file says `null`, theirs says so in words.
        kind = "" if other.event_type == "not reported" else other.event_type
        assert event_.event_type == kind


def test_the_visible_text_of_real_files(real_data):
    folder = real_data / "catalogs"
    with pytest.warns(UserWarning, match="km written as metres"):
        first, second = quakeml.read(folder / "obspy_quakeml/usgs_event.xml").to_dict("records")
    assert (first["event_id"], second["event_id"]) == ("ci37285320", "uw60916552")
    assert first["time"] == pd.Timestamp("2014-11-06 00:24:42.240")
    assert (first["latitude"], first["longitude"]) == (35.0476667, -117.6623333)
    assert (first["depth_km"], first["magnitude"], first["magnitude_type"]) == (0.01, 1.54, "ml")
    assert (first["event_type"], second["event_type"]) == ("quarry blast", "quarry")
    assert second["updated"] == pd.Timestamp("2014-11-20 14:01:28.031")
    sed = quakeml.read(folder / "seismostats_fixtures/query.xml").iloc[0]
    assert (sed["event_id"], sed["place"]) == ("2021zqxyri", "Arolla VS")
    # Of four magnitudes the preferred one, the first.
    assert (sed["magnitude"], sed["magnitude_type"]) == (2.510115344, "mlhc")
    assert (sed["network"], sed["status"]) == ("SED", "confirmed")


def test_real_files_without_origins_or_places_are_refused(real_data):
    error = refused(real_data / "catalogs/obspy_quakeml/quakeml_1.2_event.xml")
    assert (error.expected, error.line) == ("an origin of the event", 13)
    error = refused(real_data / "catalogs/obspy_isf/ipe202409sel_ims.xml")
    assert error.expected == "a value of latitude"
    folder = real_data / "api_responses/usgs_decoded"
    for path in folder.glob("utils_*.xml"):
        assert refused(path).expected == "a quakeml element"


def depths(*metres: str) -> str:
    """A file with one event a depth."""
    ids = [f'publicID="smi:x/event/{number}"' for number in range(len(metres))]
    pairs = zip(metres, ids, strict=True)
    return HEAD + "".join(event(origin(depth=m), attributes=i) for m, i in pairs) + TAIL


@pytest.mark.parametrize("metres", [("10", "33.5", "650"), ("17.2",), ("0", "5")])
def test_depths_that_may_be_km_written_as_metres_are_told(put, metres):
    with pytest.warns(UserWarning, match="may be km written as metres"):
        table = quakeml.read(put(depths(*metres)))
    assert table.attrs["doubts"] == ["all depths lie above 1 km: they may be km written as metres"]
    assert table["depth_km"].tolist() == [float(depth) / 1000 for depth in metres]


@pytest.mark.parametrize("metres", [("10", "33500"), ("1000",), ("0", "0"), ("0", "1")])
def test_depths_that_are_metres_raise_no_doubt(put, metres):
    with warnings.catch_warnings(action="error"):
        assert "doubts" not in quakeml.read(put(depths(*metres))).attrs
