"""Fields of texts: what is taken, and what Python would take but no format writes."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import FormatError
from laicflow.readers import fields


@pytest.mark.parametrize(
    ("text", "value"), [("  12", 12), ("-046", -46), ("  +7", 7), (" 000", 0), ("0012", 12)]
)
def test_integers(text, value):
    assert fields.integer(text, "f", 1, "x") == value


@pytest.mark.parametrize(
    "text", ["", "   ", "1.0", "1_000", "7 ", "\t7", "- 1", "1 2", "٣", "0x1", "*****"]
)
def test_what_is_no_integer(text):
    with pytest.raises(FormatError, match="f, line 9: expected an integer for the day"):
        fields.integer(text, "f", 9, "the day")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("    .0", 0.0),
        ("-2.5", -2.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        (" 450.0", 450.0),
        ("-.5", -0.5),
    ],
)
def test_numbers(text, value):
    assert fields.number(text, "f", 1, "x") == value


@pytest.mark.parametrize(
    "text", ["", " ", ".", "nan", "inf", "1_0.0", "1,5", "1.2.3", "--1", "1e400", "1 2", "e5"]
)
def test_what_is_no_number(text):
    with pytest.raises(FormatError) as caught:
        fields.number(text, "f", 3, "latitude")
    assert caught.value.line == 3
    assert "latitude" in caught.value.expected


@pytest.mark.parametrize(
    ("text", "first", "year"),
    [("32", 1932, 1932), ("99", 1932, 1999), ("00", 1932, 2000), ("31", 1932, 2031),
     (" 5", 1957, 2005), ("57", 1957, 1957), ("56", 1957, 2056), ("03", 2000, 2003)],
)  # fmt: skip
def test_years_of_two_digits(text, first, year):
    assert fields.full_year(text, first, "f", 1) == year


@pytest.mark.parametrize("text", ["100", "-1", "  "])
def test_what_is_no_year_of_two_digits(text):
    with pytest.raises(FormatError):
        fields.full_year(text, 1932, "f", 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2015-10-23T00:27:39.560Z", dt.datetime(2015, 10, 23, 0, 27, 39, 560000)),
        ("1905-05-11 17:09:01.460", dt.datetime(1905, 5, 11, 17, 9, 1, 460000)),
        ("2020-01-01 13:43:47", dt.datetime(2020, 1, 1, 13, 43, 47)),
        ("2020-01-01T01:00:00+02:00", dt.datetime(2019, 12, 31, 23)),
    ],
)
def test_times_are_utc_without_a_zone(text, value):
    assert fields.time(text, "f", 1, "x") == value


@pytest.mark.parametrize(
    "text",
    ["", "2020-01-01", "20200101T000000", "2020-02-30T00:00:00Z", "2020-01-01T24:00:01Z",
     "2020-01-01T00:00", "01/02/1965 00:00:00", "2020-01-01T00:00:00.5 UTC"],
)  # fmt: skip
def test_what_is_no_time(text):
    with pytest.raises(FormatError, match="YYYY-MM-DD"):
        fields.time(text, "f", 1, "time")


def test_dates_must_exist_and_rise():
    assert fields.date(2000, 2, 29, "f", 1) == dt.date(2000, 2, 29)
    with pytest.raises(FormatError, match="1900-02-29"):
        fields.date(1900, 2, 29, "f", 1)
    fields.in_order(None, dt.date(2000, 1, 1), "f", 1)
    fields.in_order(dt.date(2000, 1, 1), dt.date(2000, 1, 2), "f", 2)
    for later in (dt.date(2000, 1, 1), dt.date(1999, 12, 31)):
        with pytest.raises(FormatError, match="a date after 2000-01-01"):
            fields.in_order(dt.date(2000, 1, 1), later, "f", 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # The leap second of 2016 and half of the one of 1998 (IERS Bulletin C).
        ("2016-12-31T23:59:60Z", dt.datetime(2017, 1, 1)),
        ("1998-12-31 23:59:60.500", dt.datetime(1999, 1, 1, 0, 0, 0, 500000)),
        ("2015-06-30T23:59:60+00:00", dt.datetime(2015, 7, 1)),
    ],
)
def test_a_leap_second_is_the_first_of_the_next_day(text, value):
    assert fields.time(text, "f", 1, "x") == value


@pytest.mark.parametrize(
    "text",
    ["2016-12-31T23:58:60Z", "2016-12-31T12:00:60Z", "2016-12-31T23:59:61Z",
     "2016-12-31T23:59:60+09:00", "2016-12-32T23:59:60Z", "9999-12-31T23:59:60Z",
     "2016-12-31T24:00:00Z", "2016-12-31T23:60:00Z"],
)  # fmt: skip
def test_other_seconds_60_are_no_time(text):
    with pytest.raises(FormatError, match="YYYY-MM-DD"):
        fields.time(text, "f", 7, "time")
