"""GPS time against published leap seconds and the week numbers of orbit files."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.gnss import gps_time


def utc(text: str) -> np.datetime64:
    return np.datetime64(text, "us")


def test_known_times():
    # COD20863.EPH begins "## 2086 259200.00000000" at 2020-01-01 00:00 GPS time.
    assert gps_time.from_calendar(2020, 1, 1, 0, 0, 0.0) == 2086 * 604800 + 259200
    # 2017-01-01 00:00 UTC is GPS second 1167264018 (18 leap seconds).
    assert gps_time.from_utc(utc("2017-01-01")) == 1167264018
    assert gps_time.to_utc(np.array([1167264018.0]))[0] == utc("2017-01-01")
    assert gps_time.to_utc(np.array([0.0]))[0] == utc("1980-01-06")


def test_a_leap_second_is_the_first_of_the_next_day():
    # 23:59:59, 23:59:60 and 00:00:00 about 2017-01-01.
    around = gps_time.to_utc(1167264018.0 + np.array([-2.0, -1.0, 0.0, 1.0]))
    assert list(around) == [
        utc("2016-12-31T23:59:59"),
        utc("2017-01-01"),
        utc("2017-01-01"),
        utc("2017-01-01T00:00:01"),
    ]


@pytest.mark.parametrize(
    "day", ["1999-05-05", "2006-01-01", "2015-06-30", "2015-07-01", "2024-02-29"]
)
def test_there_and_back(day):
    times = utc(day) + np.arange(0, 86400, 900).astype("timedelta64[s]")
    assert (gps_time.to_utc(gps_time.from_utc(times)) == times).all()


def test_other_time_systems():
    gps = gps_time.from_calendar(2020, 1, 1, 0, 0, 18.0)
    assert gps_time.from_calendar(2020, 1, 1, 0, 0, 0.0, "GLO") == gps
    # BeiDou time is 14 s behind GPS time (RINEX 3.05, section 4.1.4).
    assert gps_time.from_calendar(2020, 1, 1, 0, 0, 4.0, "BDT") == gps
    with pytest.raises(ValueError, match="unknown time system"):
        gps_time.from_calendar(2020, 1, 1, 0, 0, 0.0, "XYZ")
    with pytest.raises(ValueError):
        gps_time.from_calendar(2020, 2, 30, 0, 0, 0.0)
