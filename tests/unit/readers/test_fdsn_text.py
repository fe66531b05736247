"""The text of FDSN event services: texts written here in the spellings that services use."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow import schema
from laicflow.errors import FormatError
from laicflow.readers import fdsn_text

NAMES = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName"
)
ROW = (
    "us7000abcd|2020-06-23T15:29:04.729|15.8861|-96.0076|20|us|us|us|us7000abcd|Mww|7.4|us|"
    "2020 Oaxaca, Mexico Earthquake"
)
# As INGV writes: Depth/Km, six decimals of a second, `--` for an empty cell.
INGV_NAMES = NAMES.replace("/km", "/Km") + "|EventType"
INGV_ROW = (
    "863301|2012-05-20T02:03:50.175900|44.8955|11.2635|9.5|BULLETIN-INGV||||Mw|5.8|--|"
    "2 km W Finale Emilia (MO)|earthquake"
)


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        fdsn_text.read(path)
    return caught.value


@pytest.mark.parametrize("names", [NAMES, NAMES.replace("|", " | "), NAMES.replace("/km", "/Km")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("zone", ["", "Z", "+00:00"])
def test_values(put, names, end, zone):
    row = ROW.replace("04.729", f"04.729{zone}")
    (event,) = fdsn_text.read(put(f"{names}{end}{row}{end}")).to_dict("records")
    wanted = {
        "event_id": "us7000abcd",
        "time": pd.Timestamp("2020-06-23 15:29:04.729"),
        "latitude": 15.8861,
        "longitude": -96.0076,
        "depth_km": 20.0,
        "magnitude": 7.4,
        "magnitude_type": "mww",
        "network": "us",
        "event_type": "",
        "status": "",
        "place": "2020 Oaxaca, Mexico Earthquake",
    }
    assert {key: event[key] for key in wanted} == wanted
    assert pd.isna(event["updated"])


def test_the_spelling_of_ingv(put):
    event = fdsn_text.read(put(f"{INGV_NAMES}\n{INGV_ROW}\n")).iloc[0]
    assert event["time"] == pd.Timestamp("2012-05-20 02:03:50.175900")
    assert (event["network"], event["event_type"]) == ("BULLETIN-INGV", "earthquake")
    assert event["place"] == "2 km W Finale Emilia (MO)"


def test_an_offset_of_the_clock_is_taken_off(put):
    row = ROW.replace("15:29:04.729", "01:29:04.729+09:00")
    assert fdsn_text.read(put(f"{NAMES}\n{row}\n"))["time"][0] == pd.Timestamp(
        "2020-06-22 16:29:04.729"
    )


def test_empty_cells_are_missing(put):
    row = ROW.replace("|20|us|", "|||").replace("|Mww|7.4|", "|||")
    event = fdsn_text.read(put(f"{NAMES}\n{row}\n")).iloc[0]
    assert np.isnan(event["depth_km"])
    assert np.isnan(event["magnitude"])
    # Without an author the contributor counts.
    assert (event["magnitude_type"], event["network"]) == ("", "us")


@pytest.mark.parametrize("names", [NAMES, INGV_NAMES])
def test_a_header_alone_gives_an_empty_table(put, names):
    pd.testing.assert_frame_equal(fdsn_text.read(put(names + "\n")), schema.empty("events"))


@pytest.mark.parametrize("end", ["", "\n"])
def test_remarks_after_the_events_are_passed_over(put, end):
    events = fdsn_text.read(put(f"{NAMES}\n{ROW}\n#\n# Please cite the service{end}"))
    pd.testing.assert_frame_equal(events, fdsn_text.read(put(f"{NAMES}\n{ROW}\n")))


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("|7.4|", "|7,4|", "Magnitude"),
        ("|7.4|", "|74|", "magnitude between"),
        ("|15.8861|", "||", "Latitude"),
        ("|15.8861|", "|115.8861|", "latitude between"),
        ("-96.0076", "264.0", "longitude between"),
        ("|20|", "|20000|", "depth_km between"),
        ("2020-06-23T15:29:04.729", "2020-06-23", "Time"),
        ("2020-06-23T15:29:04.729", "2020-13-23T15:29:04.729", "Time"),
        ("us7000abcd|2020", "|2020", "event id"),
        ("|us|us|us|", "|us|us|", "13 cells"),
        ("Oaxaca, Mexico", "Oaxaca| Mexico", "13 cells"),
    ],
)
def test_faults_are_refused_with_their_line(put, before, after, part):
    assert before in ROW
    path = put(f"{NAMES}\n{ROW}\n{ROW.replace(before, after)}\n")
    error = refused(path)
    assert (error.path, error.line) == (path, 3)
    assert part in error.expected


def test_every_cut_of_the_last_line_is_refused(put):
    text = f"{INGV_NAMES}\n{INGV_ROW}\n{INGV_ROW}\n"
    for length in range(text.rindex("\n", 0, -1) + 2, len(text)):
        assert refused(put(text[:length])).line == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,latitude,longitude,depth,mag\n", "time,latitude"),
        (NAMES.replace("Magnitude|", "") + "\n", "MagType|MagAuthor"),
        (NAMES[1:] + "\n", "EventID|Time"),
        ("<?xml version='1.0'?>\n<quakeml/>\n", "<?xml"),
    ],
)
def test_another_header_is_refused(put, text, said):
    error = refused(put(text))
    assert error.line == 1
    assert "#EventID|Time" in error.expected
    assert said in error.found


def test_answers_that_hold_no_events_are_refused(put):
    error = refused(put("Error 413: Request Entity Too Large\n\nToo many events\n"))
    assert "Too many events" in error.found
    assert "HTML page" in refused(put("<html><body>502</body></html>")).found
    assert "empty" in refused(put("")).found
