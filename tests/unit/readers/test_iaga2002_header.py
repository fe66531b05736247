"""Headers of IAGA-2002, in all the ways in which writers write them."""

from __future__ import annotations

import math

import pytest

from laicflow.errors import FormatError
from laicflow.readers import iaga2002_header

# Labels as in the format, and as some archives have them.
HEADER = """\
 Format                 IAGA-2002                                    |
 Source of Data                                                      |
 Station Name           Somewhere                                    |
 IAGA Code              Abc                                          |
 Geodetic Latitude      55.31400000000001                            |
 GEODETIC LONGITUDE      356.800                                     |
 Elevation                                                           |
 Reported               HDZF                                         |
 Sensor Orientation                                                  |
 Digital Sampling                                                    |
 Data Interval Type     1-minute                                     |
 Data Type              variation                                    |
 Publication Date       2015-06-01                                   |
 # DECBAS               5527    (Baseline declination value in       |
 #                      tenths of minutes East (0-216,000)).         |
DATE       TIME         DOY     ABCH      ABCD      ABCZ      ABCF   |
"""


def parse(text: str) -> iaga2002_header.Parsed:
    return iaga2002_header.parse(text.encode("latin-1"), "file")


def refused(text: str) -> FormatError:
    with pytest.raises(FormatError) as caught:
        parse(text)
    return caught.value


def test_a_header():
    parsed = parse(HEADER + "2003")
    header = parsed.header
    assert header.observatory == "ABC"
    assert header.latitude == 55.31400000000001
    assert header.longitude == -3.2
    assert math.isnan(header.elevation_m)
    assert (header.reported, header.interval) == ("HDZF", "1-minute")
    assert header.publication_state_found == "variation"
    # 5527 tenths of minutes of arc.
    assert header.declination_baseline == pytest.approx(9 + 12.7 / 60)
    assert parsed.letters == ["H", "D", "Z", "F"]
    assert (parsed.start, parsed.line) == (len(HEADER), 17)
    assert header.flags == ()


def test_the_baseline_is_an_angle_to_both_sides():
    # 20900.0 minutes are 348 degrees 20 minutes, 11 degrees 40 minutes to the west.
    west = parse(HEADER.replace("   5527 ", "   209000 ")).header.declination_baseline
    assert west == pytest.approx(-(11 + 40 / 60))
    assert parse(HEADER.replace("# DECBAS", "# OTHER ")).header.declination_baseline is None


@pytest.mark.parametrize(("found", "expected"), [("10.5", 10.5), ("-170", -170.0), ("190", -170.0)])
def test_longitudes(found, expected):
    assert parse(HEADER.replace("356.800", found)).header.longitude == expected


def test_columns_that_are_not_those_reported_are_flagged():
    assert parse(HEADER.replace("HDZF", "XYZF")).header.flags == ("columns HDZF in place of XYZF",)


@pytest.mark.parametrize(
    ("before", "after", "line", "part"),
    [
        ("Abc ", "    ", 4, "an IAGA code"),
        ("IAGA Code              Abc", "# no code", 16, "an IAGA code"),
        ("IAGA Code              Abc", "IAGA Code              A", 4, "an IAGA code"),
        ("IAGA-2002", "IAGA-1999", 1, "Format IAGA-2002"),
        (" Format  ", " Formats ", 1, "Format IAGA-2002"),
        ("Station Name", "Station Nome", 3, "a label"),
        ("55.31400000000001", "                 ", 5, "Geodetic Latitude"),
        ("55.31400000000001", "95.31400000000001", 5, "-90 to 90"),
        ("356.800", "366.800", 6, "-180 to 360"),
        ("356.800", "356 48 ", 6, "Geodetic Longitude"),
        ("GEODETIC LONGITUDE      356.800", "# nothing here", 16, "Geodetic Longitude"),
        ("ABCH", "XYZH", 16, "columns of ABC"),
        ("ABCH      ABCD      ABCZ      ABCF", "ESKH      ESKD      ESKZ      ESKF", 16, "of ABC"),
        ("ABCH", "ABCQ", 16, "components of"),
        ("ABCH", "ABCZ", 16, "each once"),
        ("   5527 ", "   216001 ", 14, "DECBAS"),
        ("Elevation    ", "Elevation   x", 7, "elevation"),
    ],
)  # fmt: skip
def test_faults_are_refused_with_their_line(before, after, line, part):
    assert before in HEADER
    error = refused(HEADER.replace(before, after))
    assert error.line == line
    assert part in error.expected
