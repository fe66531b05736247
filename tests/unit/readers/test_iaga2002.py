"""Records of IAGA-2002: written here, and how damaged ones are refused."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import iaga2002

HEADER = """\
 Format                 IAGA-2002                                    |
 Source of Data         An institute                                 |
 Station Name           Anywhere                                     |
 IAGA CODE              ABC                                          |
 Geodetic Latitude      45.000                                       |
 Geodetic Longitude     10.000                                       |
 Elevation              245                                          |
 Reported               XYZF                                         |
 Sensor Orientation     HDZF                                         |
 Digital Sampling       1.0 seconds                                  |
 Data Interval Type     Average 1-Minute (00:30-01:29)               |
 Data Type              Definitive                                   |
 # K9-limit             500                                          |
"""
NAMES = "DATE       TIME         DOY     ABCX      ABCY      ABCZ      ABCF   |\n"
# Four minutes over the end of a year; sqrt(20000^2 + 1000^2 + 40000^2) is 44732.54.
RECORDS = """\
2003-12-31 23:58:00.000 365     20000.00   1000.00  40000.00  44732.54
2003-12-31 23:59:00.000 365     20000.10  -1000.05  40000.20     -0.07
2004-01-01 00:00:00.000 001     20000.20  99999.00  40000.30  88888.00
2004-01-01 00:01:00.000 001        -0.50   1000.30 -40000.40  40012.91
"""
FILE = HEADER + NAMES + RECORDS
LINE = 15  # of the first record


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        iaga2002.read(path)
    assert caught.value.path == path
    return caught.value


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("abc.min", data)
    return stream.getvalue()


def columns(data) -> list[list[float]]:
    return [data[name].values.tolist() for name in "XYZF"]


EXPECTED = [
    [20000.0, 20000.1, 20000.2, -0.5],
    [1000.0, -1000.05, np.nan, 1000.3],
    [40000.0, 40000.2, 40000.3, -40000.4],
    [44732.54, -0.07, np.nan, 40012.91],
]


@pytest.mark.parametrize(
    "text",
    [
        FILE,
        FILE.replace("\n", "\r\n"),
        FILE[:-1],  # no end of the last line
        "\ufeff" + FILE,
        FILE + "\n",
        FILE.replace("     20000", "      20000"),  # another column
        FILE.replace("99999.00", "99999.9 "),
        FILE.replace("|\n2003", "|\n\n2003"),
        FILE.replace("44732.54\n", "44732.54  |\n"),
        FILE.replace("    -0.50", "    -0.50".replace("-0", "-00")[1:]),
    ],
)
def test_values(put, text):
    data = iaga2002.read(put(text))
    np.testing.assert_array_equal(columns(data), EXPECTED)
    times = ["2003-12-31 23:58", "2003-12-31 23:59", "2004-01-01 00:00", "2004-01-01 00:01"]
    assert pd.DatetimeIndex(data["time"].values).tolist() == [pd.Timestamp(one) for one in times]
    assert str(data["time"].dtype) == "datetime64[us]"
    assert {str(data[name].dtype) for name in "XYZF"} == {"float64"}
    assert {data[name].attrs["units"] for name in "XYZF"} == {"nT"}


def test_attributes(put):
    attributes = iaga2002.read(put(FILE, "abc2003.min")).attrs
    counts = json.loads(attributes.pop("values_json"))
    assert attributes == {
        "observatory": "ABC",
        "latitude": 45.0,
        "longitude": 10.0,
        "elevation_m": 245.0,
        "publication_state": "definitive",
        "publication_state_found": "Definitive",
        "reported": "XYZF",
        "interval": "Average 1-Minute (00:30-01:29)",
        "interval_s": 60,
        "absolute": 1,
        "flags": "",
        "not_observed": "",
        "missing_minutes": 0,
        "file": "abc2003.min",
    }
    none = {"missing": 0, "not_observed": 0}
    assert counts == {
        "X": none,
        "Y": {"missing": 1, "not_observed": 0},
        "Z": none,
        "F": {"missing": 0, "not_observed": 1},
    }


def test_both_ways_of_reading_agree(put):
    random = np.random.default_rng(7)
    times = pd.date_range("2016-02-28 12:00", periods=3000, freq="min")
    numbers = np.round(random.normal(0.0, 20000.0, (3000, 4)), 2)
    numbers[random.random((3000, 4)) < 0.1] = 99999.0
    lines = [
        f"{time:%Y-%m-%d %H:%M:%S}.000 {time.day_of_year:03d}   "
        + "".join(f" {number:9.2f}" for number in row)
        for time, row in zip(times, numbers, strict=True)
    ]
    text = HEADER + NAMES + "\n".join(lines) + "\n"
    fast = iaga2002.read(put(text))
    slow = iaga2002.read(put(text + "\n\n"))
    wanted = np.where(numbers == 99999.0, np.nan, numbers).T
    np.testing.assert_array_equal(columns(fast), wanted)
    assert fast.identical(slow)
    assert pd.DatetimeIndex(fast["time"].values).tolist() == times.tolist()


def test_columns_are_told_by_name(put):
    names = NAMES.replace(
        "ABCX      ABCY      ABCZ      ABCF", "ABCF      abcy      ABCZ      ABCX"
    )
    data = iaga2002.read(put(HEADER + names + RECORDS))
    np.testing.assert_array_equal(columns(data), [EXPECTED[at] for at in (3, 1, 2, 0)])


def test_holes_become_missing_minutes(put):
    lines = RECORDS.splitlines(keepends=True)
    later = lines[3].replace("00:01:00", "00:04:00")
    data = iaga2002.read(put(HEADER + NAMES + "".join([*lines[:3], later])))
    assert data.sizes["time"] == 7
    assert data.attrs["missing_minutes"] == 3
    assert data["X"].values.tolist()[:3] == EXPECTED[0][:3]
    assert np.isnan(data["X"].values[3:6]).all()
    assert data["X"].values[6] == -0.5
    assert np.unique(np.diff(data["time"].values)).tolist() == [np.timedelta64(60, "s")]


def test_a_component_that_is_not_observed(put):
    lines = [line[:60] + "  88888.00\n" for line in RECORDS.splitlines()]
    data = iaga2002.read(put(HEADER + NAMES + "".join(lines)))
    assert data.attrs["not_observed"] == "F"
    assert json.loads(data.attrs["values_json"])["F"] == {"missing": 0, "not_observed": 4}
    assert np.isnan(data["F"].values).all()
    lost = iaga2002.read(put(HEADER + NAMES + "".join(lines).replace("88888", "99999")))
    assert lost.attrs["not_observed"] == ""
    assert json.loads(lost.attrs["values_json"])["F"] == {"missing": 4, "not_observed": 0}


def test_three_columns(put):
    names = NAMES.replace("      ABCF", "")
    text = HEADER + names + "".join(f"{line[:60]}\n" for line in RECORDS.splitlines())
    data = iaga2002.read(put(text.replace("XYZF", "XYZ ")))
    np.testing.assert_array_equal(columns(data)[:3], EXPECTED[:3])
    assert np.isnan(data["F"].values).all()
    assert (data.attrs["not_observed"], data.attrs["reported"]) == ("F", "XYZ")
    filler = iaga2002.read(put(FILE.replace("ABCF", "ABCNUL").replace("XYZF", "XYZ ")))
    assert filler.attrs["not_observed"] == "F"
    assert columns(filler)[0] == EXPECTED[0]


def test_delta_f_and_scalar(put):
    # 44732.54 - 0.54 by hand; G is the vector's F less the scalar's.
    one = RECORDS.splitlines(keepends=True)[0]
    g = HEADER + NAMES.replace("ABCF", "ABCG") + one.replace("44732.54", "    0.54")
    data = iaga2002.read(put(g))
    assert data["F"].values[0] == pytest.approx(44732.0, abs=0.01)
    assert "F from X, Y, Z, G" in data.attrs["flags"]
    data = iaga2002.read(put(HEADER + NAMES.replace("ABCF", "ABCS") + one))
    assert data["F"].values[0] == 44732.54
    assert "F from S" in data.attrs["flags"]


def test_a_date_years_away_is_refused(put):
    # Day 1 of 2014 in place of 2004: in order, and of the right day of the year.
    last = RECORDS.splitlines(keepends=True)[-1].replace("2004", "2014")
    error = refused(put(HEADER + NAMES + RECORDS.replace(RECORDS[-71:], last)))
    assert "within a year of the one before, 2004-01-01T00:00" in error.expected
    assert "2014-01-01T00:01" in str(error.found)


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_compressed_files(put, pack):
    np.testing.assert_array_equal(columns(iaga2002.read(put(pack(FILE.encode())))), EXPECTED)


@pytest.mark.parametrize(
    ("before", "after", "line", "part", "found"),
    [
        # a cut last line, at every place that could still look like a number
        ("  40012.91\n", "", 18, "4 values", ""),
        ("40012.91\n", "40012.9", 18, "2 decimals", "40012.9"),
        ("40012.91\n", "40012.", 18, "number with decimals", "40012."),
        ("40012.91\n", "4", 18, "number with decimals", "'4'"),
        ("40000.20", "4000x.20", 16, "number", "4000x.20"),
        ("40000.20", "4000 .20", 16, "4 values", ""),
        ("40000.20", "     nan", 16, "number", "nan"),
        ("  40000.20", "          ", 16, "4 values", ""),
        ("40000.20", "--000.20", 16, "number", ""),
        ("23:59:00.000 365", "23:57:00.000 365", 16, "a time after 2003-12-31 23:58", "23:57"),
        ("23:59:00.000 365", "23:58:00.000 365", 16, "a time after", "same minute"),
        ("23:59:00.000 365", "23:59:00.000 364", 16, "day 365 of the year", "364"),
        ("2003-12-31 23:59", "2003-12-32 23:59", 16, "a time YYYY", "12-32"),
        ("2003-12-31 23:59", "2003-12-31 24:59", 16, "a time YYYY", "24:59"),
        ("2003-12-31 23:59", "2003/12/31 23:59", 16, "a time YYYY", "2003/12"),
        ("23:59:00.000", "23:59:01.000", 16, "1-minute data", "23:59:01"),
        ("23:59:00.000", "23:59:00.500", 16, "1-minute data", "23:59:00.5"),
        ("2004-01-01 00:00:00.000 001", " Format      IAGA-2002   |", 17, "a time YYYY", "Format"),
    ],
)
def test_faults_are_refused_with_their_line(put, before, after, line, part, found):
    assert FILE.count(before) == 1
    error = refused(put(FILE.replace(before, after)))
    assert error.line == line
    assert part in error.expected
    assert found in str(error.found)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("", "content"),
        ("<!DOCTYPE html><html><title>Log in</title></html>", "data"),
        (gzip.compress(b""), "content"),
        (HEADER, "DATE TIME DOY"),
        (HEADER + NAMES, "records"),
        (RECORDS, "Format IAGA-2002"),
        (HEADER + RECORDS, "DATE TIME DOY"),
    ],
)
def test_other_content_is_refused(put, content, part):
    assert part in refused(put(content)).expected


@pytest.mark.parametrize(
    ("interval", "step", "found"),
    [
        ("1-second", 60, "1-second"),
        ("HOUR", 60, "HOUR"),
        ("PT1H", 60, "PT1H"),
        ("Average 1-Hour (00-59)", 60, "1-Hour"),
        ("5-minute", 60, "5-minute"),
        ("", 3600, "3600 s"),
        ("1-minute", 300, "300 s"),
    ],
)
def test_other_intervals_are_refused(put, interval, step, found):
    header = HEADER.replace("Average 1-Minute (00:30-01:29)", interval)
    times = pd.date_range("2003-03-01", periods=4, freq=f"{step}s")
    lines = [f"{time:%Y-%m-%d %H:%M:%S}.000 060" + RECORDS[27:71] for time in times]
    error = refused(put(header + NAMES + "".join(lines)))
    assert error.expected == "1-minute data"
    assert found in error.found


@pytest.mark.parametrize(
    "interval",
    ["PT1M", "1-minute", "1-minite", "filtered 1-minute (00:15-01:45)", "",
     "Filtered 1-minute (00:15 - 1:45)", "1 minute from 1-second values"],
)  # fmt: skip
def test_intervals_that_are_a_minute(put, interval):
    data = iaga2002.read(put(FILE.replace("Average 1-Minute (00:30-01:29)", interval)))
    assert data.sizes["time"] == 4
    assert data.attrs["interval"] == interval
