"""INTERMAGNET archive files: their bytes are put together here, word by word."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import iaf

DAY_BYTES = 23552
MISSING, NOT_RECORDED = 999999, 888888


def day(
    date: int = 2003031,
    station: bytes = b" ESK",
    orientation: bytes = b"XYZG",
    elements=(173420, -14732, 461978, 5),
    version: bytes = b"\x04\x00\x00\x00",
    colatitude: int = 34686,
    longitude: int = 356794,
    changes=(),
) -> bytes:
    """A day whose elements are constant, save for changes: (element, minute, value)."""
    header = struct.pack(
        "<4siiii4s4si4s4sii4s4s4si",
        station, date, colatitude, longitude, 245, orientation, b" BGS", 10000, b"IMAG", b"  LC",
        750, 1000, b"HDZF", b"0407", version, 0,
    )  # fmt: skip
    minutes = [[value] * 1440 for value in elements]
    for element, minute, value in changes:
        minutes[element][minute] = value
    rest = [MISSING] * 100 + [999] * 8 + [0] * 4
    body = b"".join(struct.pack("<1440i", *one) for one in minutes)
    return header + body + struct.pack("<112i", *rest)


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        iaf.read(path)
    assert caught.value.path == path
    return caught.value


def test_the_bytes_made_here_are_a_day():
    assert len(day()) == DAY_BYTES == 4 * 5888


def test_values(put):
    changes = [(0, 0, 173415), (1, 1, MISSING), (3, 2, MISSING), (3, 3, NOT_RECORDED)]
    data = iaf.read(put(day(changes=changes) + day(2003032), "esk03jan.bin"))
    assert data.sizes["time"] == 2880
    assert data["time"].values[0] == np.datetime64("2003-01-31T00:00")
    assert data["time"].values[-1] == np.datetime64("2003-02-01T23:59")
    assert data["X"].values[:2].tolist() == [17341.5, 17342.0]
    assert np.isnan(data["Y"].values).nonzero()[0].tolist() == [1]
    assert (data["Y"].values[0], data["Z"].values[-1]) == (-1473.2, 46197.8)
    # sqrt(17342.0^2 + 1473.2^2 + 46197.8^2) is 49367.52; G of 0.5 nT less.
    assert data["F"].values[4] == pytest.approx(49367.02, abs=0.01)
    assert np.isnan(data["F"].values).nonzero()[0].tolist() == [1, 2, 3]
    assert json.loads(data.attrs.pop("values_json")) == {
        "X": {"missing": 0, "not_observed": 0},
        "Y": {"missing": 1, "not_observed": 0},
        "Z": {"missing": 0, "not_observed": 0},
        "G": {"missing": 1, "not_observed": 1},
    }
    assert data.attrs == {
        "observatory": "ESK",
        "latitude": 55.314,
        "longitude": -3.206,
        "elevation_m": 245.0,
        "publication_state": "definitive",
        "publication_state_found": "definitive",
        "reported": "XYZG",
        "interval": "1-minute",
        "interval_s": 60,
        "absolute": 1,
        "flags": "F from X, Y, Z, G",
        "not_observed": "",
        "missing_minutes": 0,
        "file": "esk03jan.bin",
    }


def test_h_and_d_in_tenths_of_minutes_of_arc(put):
    # 200,000 x 0.1 nT at 18,000 x 0.1 minutes of arc, which are 30 degrees.
    elements = (200000, 18000, 346410, 400000)
    data = iaf.read(put(day(orientation=b"HDZF", elements=elements)))
    found = [data[name].values[0] for name in "XYZF"]
    assert found == pytest.approx([17320.508, 10000.0, 34641.0, 40000.0], abs=1e-3)


@pytest.mark.parametrize(("orientation", "fourth"), [(b" DIF", 400000), (b"DIFF", MISSING)])
def test_d_i_and_f(put, orientation, fourth):
    elements = (18000, 36000, 400000, fourth)
    data = iaf.read(put(day(orientation=orientation, elements=elements)))
    found = [data[name].values[0] for name in "XYZF"]
    assert found == pytest.approx([17320.508, 10000.0, 34641.016, 40000.0], abs=1e-3)


def test_a_scalar_that_is_not_recorded(put):
    data = iaf.read(put(day(elements=(173420, -14732, 461978, NOT_RECORDED))))
    assert data.attrs["not_observed"] == "G"
    assert np.isnan(data["F"].values).all()


def test_orientation_of_three_letters_has_f(put):
    data = iaf.read(put(day(orientation=b" XYZ", elements=(173420, -14732, 461978, 493675))))
    assert (data["F"].values[0], data.attrs["reported"]) == (49367.5, "XYZ")


def test_quasi_definitive_days_make_a_quasi_definitive_file(put):
    data = iaf.read(put(day() + day(2003032, version=b"\x04\x01\x00\x00")))
    assert data.attrs["publication_state"] == "quasi-definitive"


def test_a_leap_year_ends_with_day_366(put):
    data = iaf.read(put(day(2004366) + day(2005001)))
    assert data["time"].values[1440] == np.datetime64("2005-01-01")
    assert "yyyyddd" in refused(put(day(2003366))).expected


@pytest.mark.parametrize(
    ("content", "expected", "found"),
    [
        (day() + day(2003032)[:-4], "days of 23552 bytes", "23548 bytes of day 2003-032, 2 of"),
        (day() + day(2003032)[:6], "days of 23552 bytes", "6 bytes of day 2 of the file"),
        (day()[:100], "days of 23552 bytes", "100 bytes of day 2003-031, 1 of"),
        (day() + day(2003033), "day 2003-02-01 after 2003-01-31", "2003-02-02"),
        (day() + day(), "day 2003-02-01 after", "2003-01-31"),
        (day() + day(2003032, station=b" BOU"), "station 'ESK'", "'BOU' on 2003-02-01"),
        (day() + day(2003032, orientation=b"HDZG"), "orientation 'XYZG'", "'HDZG'"),
        (day(orientation=b"GZYX"), "an orientation XYZ, HDZ, DIF", "'GZYX' on 2003-01-31"),
        (day(orientation=b"XYZQ"), "an orientation", "XYZQ"),
        (day(date=31), "yyyyddd", "31"),
        (day(date=2003000), "yyyyddd", "2003000"),
        (day(station=b"    "), "letters of a station", "''"),
        (day(colatitude=-1), "colatitude", "-1"),
        (day(longitude=360001), "longitude", "360001"),
        (day(version=b"\x05\x00\x00\x00"), "IAF version", "0x5"),
        (day(version=b"\x04\x02\x00\x00"), "IAF version", "0x204"),
        (b"\0" * DAY_BYTES, "yyyyddd", "0"),
        (b"<!DOCTYPE html><html></html>", "data", "HTML"),
    ],
)
def test_faults_are_refused(put, content, expected, found):
    error = refused(put(content))
    assert expected in error.expected
    assert found in str(error.found)
