"""ISF bulletins: texts written here by the columns of IMS1.0:short, and real bulletins."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from laicflow import schema
from laicflow.errors import FormatError
from laicflow.readers import isf

ORIGINS = (
    "   Date       Time        Err   RMS Latitude Longitude  Smaj  Smin  Az Depth   Err Ndef Nsta "
    "Gap  mdist  Mdist Qual   Author      OrigID"
)
MAGNITUDES = "Magnitude  Err Nsta Author      OrigID"
PHASES = (
    "Sta     Dist  EvAz Phase        Time      TRes  Azim AzRes   Slow   SRes Def   SNR       Amp "
    "  Per Qual Magnitude    ArrID"
)


def origin(
    when="2003/05/21 18:44:20.10", fixed=" ", lat="36.9640", lon="3.6340", depth="12.0", flag=" ",
    qual="m i ke", author="ISC", name="7000001",
):  # fmt: skip
    """A line of the origin block, the fields in the columns of the format document."""
    parts = {1: when, 23: fixed, 25: " 0.21", 31: " 1.12", 37: f"{lat:>8}", 46: f"{lon:>9}"}
    parts |= {56: "  3.1", 62: "  2.2", 68: " 45", 72: f"{depth:>5}", 77: flag, 84: " 512"}
    parts |= {89: " 500", 94: " 30", 98: "  0.30", 105: "170.00", 112: qual, 119: author, 129: name}
    line = [" "] * 136
    for column, text in parts.items():
        line[column - 1 : column - 1 + len(text)] = text
    return "".join(line).rstrip()


def magnitude(kind, value, author="ISC", name="7000001", limit=" "):
    return f"{kind:<5}{limit}{value:>4} {'0.1':>3} {45:>4} {author:<9} {name}"


NEIC = origin("2003/05/21 18:44:19.00", lat="36.8900", lon="3.7800", depth="9.0", qual="    uk",
              author="NEIC", name="7000002")  # fmt: skip
PRIME = origin(depth="12.0", flag="f")
BODY = [
    "Event   6541234 Northern Algeria",
    "",
    ORIGINS,
    NEIC,
    " (a comment of the agency)",
    PRIME,
    " (#PRIME)",
    " (Depth fixed to depth of a reported hypocentre)",
    "",
    MAGNITUDES,
    magnitude("MW", "6.8", "HRVD", "7000002"),
    magnitude("mb", "6.4"),
    magnitude("MS", "6.9"),
    "",
    PHASES,
    "XYZ     0.73  30.0 P        18:44:44.0     1.1                           T__               _i",
    " (#OrigID 7000001)",
]
HEAD = ["DATA_TYPE BULLETIN IMS1.0:short", "ISC Bulletin"]


def text_of(*lines: str) -> str:
    return "\n".join(lines) + "\n"


WHOLE = text_of(*HEAD, *BODY, "", "STOP")


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        isf.read(path)
    return caught.value


def test_values(put):
    (event,) = isf.read(put(WHOLE)).to_dict("records")
    wanted = {
        "event_id": "6541234",
        "time": pd.Timestamp("2003-05-21 18:44:20.100"),
        "latitude": 36.964,
        "longitude": 3.634,
        "depth_km": 12.0,
        # MS and not mb of the ISC, though another agency has Mw.
        "magnitude": 6.9,
        "magnitude_type": "ms",
        "network": "ISC",
        "event_type": "earthquake",
        "status": "manual",
        "place": "Northern Algeria",
    }
    assert {key: event[key] for key in wanted} == wanted


def page(bulletin: str, tail: str = "</pre>\n</body></html>\n") -> str:
    return f"<html><head><title>ISC: Search</title></head>\n<body>\n<pre>\n{bulletin}{tail}"


@pytest.mark.parametrize(
    "names", ["Year Volume Page1 Page2 Journal", "Effects      Loctyp Location"]
)
def test_blocks_that_the_table_has_no_place_for(put, names):
    other = f"{names}\n2008    175   185   201 Geophys. J. Int.\n (#TITLE an event)\n"
    text = WHOLE.replace(MAGNITUDES, other + "\n" + MAGNITUDES)
    pd.testing.assert_frame_equal(isf.read(put(text)), isf.read(put(WHOLE)))
    text = WHOLE.replace(PHASES, other + PHASES)
    pd.testing.assert_frame_equal(isf.read(put(text)), isf.read(put(WHOLE)))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_bulletin_in_a_page_is_the_same(put, end):
    plain = isf.read(put(WHOLE))
    linked = WHOLE.replace("Northern Algeria", "<a href='x.html'>Northern</a> Algeria")
    pd.testing.assert_frame_equal(isf.read(put(page(linked).replace("\n", end))), plain)


def test_the_line_of_a_fault_is_that_of_the_page(put):
    # Three lines of the page and two of the head stand before the event's own.
    number = 3 + 2 + BODY.index(PRIME) + 1
    broken = page(WHOLE.replace("36.9640", "96.9640"))
    assert broken.split("\n")[number - 1].startswith("2003/05/21 18:44:20.10")
    error = refused(put(broken))
    assert (error.line, "latitude between" in error.expected) == (number, True)


@pytest.mark.parametrize(
    "head",
    [
        "DATA_TYPE EVENT IMS1.0:short",
        "data_type bulletin IMS1.0:SHORT",
        "DATA_TYPE BULLETIN IMS1.0",
    ],
)
def test_heads_that_occur(put, head):
    envelope = "BEGIN IMS1.0\nMSG_TYPE DATA\n"
    text = envelope + WHOLE.replace(HEAD[0], head).replace("Event ", "EVENT ")
    assert len(isf.read(put(text))) == 1


def test_an_excerpt_needs_neither_head_nor_stop_but_its_last_line_must_be_ended(put):
    text = text_of(*BODY[:13])
    assert isf.read(put(text))["magnitude"].tolist() == [6.9]
    assert refused(put(text[:-1])).line == 13
    assert refused(put(text[:-10])).line == 13


def test_every_cut_of_a_bulletin_is_refused(put):
    for length in range(1, len(WHOLE) - 1):
        assert isinstance(refused(put(WHOLE[:length])), FormatError)
    error = refused(put(WHOLE.removesuffix("STOP\n")))
    assert (error.expected, error.line) == ("STOP at the end", len(HEAD) + len(BODY) + 2)
    cut = page(WHOLE.split(PHASES)[0], tail="")
    assert refused(put(cut)).expected == "STOP at the end"


def with_origins(*origins: str) -> str:
    return text_of(*HEAD, BODY[0], ORIGINS, *origins, "", *BODY[9:13], "STOP")


def test_without_a_mark_the_last_origin_that_is_no_centroid_counts(put):
    centroid = origin("2003/05/21 18:44:30.00", author="HRVD", name="7000003")
    text = with_origins(PRIME, NEIC, centroid, " (#CENTROID)")
    event = isf.read(put(text)).iloc[0]
    assert event["network"] == "NEIC"
    # It has no magnitude of NEIC, but one that belongs to its origin.
    assert (event["magnitude"], event["magnitude_type"]) == (6.8, "mw")
    assert isf.read(put(with_origins(NEIC, " (#PRIME)", PRIME)))["network"].tolist() == ["NEIC"]


@pytest.mark.parametrize(
    ("codes", "kind", "status"),
    [
        (["ke"], "earthquake", ""),
        (["fe"], "earthquake", ""),
        (["de"], "earthquake", ""),
        (["se"], "earthquake", "suspected"),
        (["kr"], "rock burst", ""),
        (["si"], "induced or triggered event", "suspected"),
        (["km"], "mining explosion", ""),
        (["sh"], "chemical explosion", "suspected"),
        (["kx"], "experimental explosion", ""),
        (["kn"], "nuclear explosion", ""),
        (["ls"], "landslide", ""),
        (["uk"], "", ""),
        (["  "], "", ""),
        # A code that the documents known here do not list.
        (["kv"], "kv", ""),
        # The last origin is the preferred one; the others speak where it says nothing.
        (["km", "ke"], "earthquake", ""),
        (["km", "uk"], "mining explosion", ""),
        (["ke", "se", "  "], "earthquake", ""),
        (["se", "se", "uk"], "earthquake", "suspected"),
        (["km", "ke", "uk"], "", ""),
    ],
)
def test_event_types(put, codes, kind, status):
    lines = [origin(qual=f"    {code}", name=str(i)) for i, code in enumerate(codes)]
    event = isf.read(put(with_origins(*lines))).iloc[0]
    assert (event["event_type"], event["status"]) == (kind, status)


@pytest.mark.parametrize(
    ("qual", "status"), [("a i ke", "automatic"), ("g   se", "guess, suspected"), ("    ke", "")]
)
def test_status(put, qual, status):
    assert isf.read(put(with_origins(origin(qual=qual))))["status"].tolist() == [status]


def test_what_a_bulletin_may_leave_out(put):
    bare = origin("1925/10/14 17:05:18", depth="", lat="", lon="", qual="    uk")
    event = isf.read(put(text_of(*HEAD, "Event 910712", ORIGINS, bare, "STOP"))).iloc[0]
    assert event["time"] == pd.Timestamp("1925-10-14 17:05:18")
    assert event[["latitude", "longitude", "depth_km", "magnitude"]].isna().all()
    assert (event["magnitude_type"], event["place"]) == ("", "")


def test_a_rounded_minute_is_the_next_one(put):
    event = isf.read(put(with_origins(origin("2003/12/31 23:59:60.00")))).iloc[0]
    assert event["time"] == pd.Timestamp("2004-01-01")


def test_limits_are_no_magnitudes(put):
    text = WHOLE.replace(magnitude("MS", "6.9"), magnitude("MS", "6.9", limit="<"))
    event = isf.read(put(text)).iloc[0]
    assert (event["magnitude"], event["magnitude_type"]) == (6.4, "mb")


def test_no_events(put):
    pd.testing.assert_frame_equal(isf.read(put(text_of(*HEAD, "", "STOP"))), schema.empty("events"))
    answer = page("No events were found.\n")
    pd.testing.assert_frame_equal(isf.read(put(answer)), schema.empty("events"))


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        (PRIME, PRIME.replace("36.9640", "96.9640"), "latitude between"),
        (PRIME, PRIME.replace("36.9640", "36.964x"), "latitude"),
        (PRIME, PRIME.replace("36.9640", "       "), "latitude and longitude, or neither"),
        (PRIME, PRIME.replace(" 12.0f", "12000 "), "depth_km between"),
        (PRIME, PRIME.replace("2003/05/21", "2003/15/21"), "a time"),
        (PRIME, PRIME.replace("2003/05/21", "21/05/2003"), "a time YYYY/MM/DD"),
        (PRIME, PRIME.replace(":20.10", ":61.00"), "seconds of a minute"),
        (PRIME, PRIME[:40] + " " + PRIME[40:], "a blank in column 45"),
        (PRIME, PRIME.replace("12.0f", "12.0x"), "in column 77"),
        (PRIME, PRIME.replace("m i ke", "z i ke"), "column 112"),
        (PRIME, PRIME.replace("m i ke", "m i k1"), "columns 116-117"),
        (NEIC, NEIC + "\n (#PRIME)", "one prime origin"),
        (magnitude("mb", "6.4"), "mb    x.y", "magnitude"),
        (magnitude("mb", "6.4"), magnitude("mb", "6.4", limit="?"), "in column 6"),
        (magnitude("mb", "6.4"), " " + magnitude("mb", "6.4"), "blank in column 11"),
        (ORIGINS, ORIGINS.replace("Latitude Longitude", "Longitude Latitude"), "the columns"),
        (MAGNITUDES, MAGNITUDES.replace("Nsta ", "Nst "), "the columns"),
        (BODY[0], BODY[0] + "\nnonsense", "the origins or magnitudes"),
        (BODY[0], "Event 1 Nowhere\n" + BODY[0], "an origin of event 1"),
        (HEAD[0], "DATA_TYPE BULLETIN IMS1.0:long", "IMS1.0:short"),
        (HEAD[0], "DATA_TYPE ARRIVAL IMS1.0:short", "DATA_TYPE BULLETIN"),
    ],
)
def test_faults_are_refused_with_their_line(put, before, after, part):
    assert before in WHOLE
    text = WHOLE.replace(before, after, 1)
    path = put(text)
    error = refused(path)
    changed = [i for i, line in enumerate(text.split("\n"), 1) if line not in WHOLE.split("\n")]
    assert error.path == path
    assert part in error.expected
    # A second prime is seen at the second one, which stands as it was.
    assert error.line in (changed or [text.split("\n").index(PRIME) + 1])


def test_a_magnitude_that_nothing_has_is_refused_with_the_line_of_the_origin(put):
    error = refused(put(WHOLE.replace(magnitude("MS", "6.9"), magnitude("MS", "69"))))
    assert error.line == len(HEAD) + BODY.index(PRIME) + 1
    assert "magnitude between" in error.expected


def test_answers_without_a_bulletin_are_refused(put):
    sorry = "Sorry, but your request cannot be processed at the present time."
    error = refused(put(f"<html><head><title>ISC</title></head><body>{sorry}</body></html>"))
    assert error.found == "a page without one: 'ISC'"
    assert "Bad Request" in refused(put("Error 400: Bad Request\n\nmore\n")).found
    assert refused(put("time,latitude\n")).line == 1
    assert "empty" in refused(put("")).found


def read_by_obspy(path, put):
    """The oracle's events; it wants a head and a STOP, which excerpts do not have."""
    obspy = pytest.importorskip("obspy")
    text = path.read_text(encoding="utf-8").rstrip()
    if "DATA_TYPE" not in text:
        text = "\n".join([*HEAD, text])
    if not text.endswith("STOP"):
        text += "\nSTOP"
    return obspy.read_events(str(put(text + "\n", "oracle.isf")), format="IMS10BULLETIN")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("gem_isf/cat01.isf", 2),
        ("gem_isf/cat02.isf", 3),
        ("gem_isf/cat04.isf", 1),
        ("gem_isf/cat06.isf", 7),
        ("gem_isf/test_isc_bulletin.isf", 650),
        ("obspy_isf/19670130012028.isf", 1),
        ("obspy_isf/ipe202409sel_ims.txt", 3),
    ],
)
def test_real_bulletins_as_obspy_reads_them(real_data, put, name, count):
    path = real_data / "catalogs" / name
    events = isf.read(path)
    theirs = read_by_obspy(path, put)
    assert len(events) == len(theirs) == count
    assert events["event_id"].is_unique
    for event, other in zip(events.itertuples(), theirs, strict=True):
        there = other.preferred_origin()
        assert event.time == pd.Timestamp(there.time.datetime)
        for ours, value in ((event.latitude, there.latitude), (event.longitude, there.longitude)):
            assert ours == value or (np.isnan(ours) and value is None)
        if there.depth is None:
            assert np.isnan(event.depth_km)
        else:
            assert event.depth_km == pytest.approx(there.depth / 1000, abs=1e-9)
        assert event.event_type == (other.event_type or "")
        assert event.network == there.creation_info.author
        # Its reader cuts the ids of nine digits that the ISC has today.
        assert other.event_descriptions[0].text.endswith(event.place)
        given = [(one.mag, (one.magnitude_type or "")) for one in other.magnitudes]
        if not given:
            assert np.isnan(event.magnitude)
        else:
            kind = {"mb_bb": "mB"}.get(event.magnitude_type, event.magnitude_type)
            assert any(v == event.magnitude and k.lower() == kind.lower() for v, k in given)


def test_the_visible_text_of_a_real_bulletin(real_data):
    events = isf.read(real_data / "catalogs/gem_isf/test_isc_bulletin.isf").set_index("event_id")
    # Of five origins the last, marked one; of its magnitudes MS of the ISC.
    event = events.loc["895050"]
    assert event["time"] == pd.Timestamp("1951-12-21 08:37:33.300")
    assert (event["latitude"], event["longitude"], event["depth_km"]) == (26.5789, 100.0133, 27.5)
    assert (event["magnitude"], event["magnitude_type"], event["network"]) == (6.3, "ms", "ISC")
    # Marked, not located by the ISC, with the magnitude of another agency.
    event = events.loc["905625"]
    assert (event["latitude"], event["longitude"], event["depth_km"]) == (27.25, 100.25, 35.0)
    assert (event["magnitude"], event["magnitude_type"], event["network"]) == (6.2, "ms", "GUTE")
    # One origin, three magnitudes of its agency: MS.
    event = events.loc["617442693"]
    assert (event["magnitude"], event["magnitude_type"], event["network"]) == (3.3, "ms", "IDC")
    assert (event["event_type"], event["depth_km"]) == ("", 0.0)


def test_in_real_bulletins_the_prime_origin_is_the_last(real_data):
    """What the reader does without a mark, held to every marked event of several origins."""
    seen = 0
    for path in sorted((real_data / "catalogs").glob("*_isf/*.isf")):
        for block in re.split(r"(?im)^event ", path.read_text(encoding="utf-8")):
            lines = block.split("\n")
            origins = [i for i, text in enumerate(lines) if re.match(r"\d{4}/\d\d/\d\d ", text)]
            marks = [i for i, text in enumerate(lines) if text.strip() == "(#PRIME)"]
            if marks and len(origins) > 1:
                seen += 1
                assert marks[0] > origins[-1]
    assert seen == 309
