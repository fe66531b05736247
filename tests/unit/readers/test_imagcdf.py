"""ImagCDF files: put together here with cdflib's writer, and a real one."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from cdflib import cdfwrite

from laicflow import packing
from laicflow.errors import FormatError
from laicflow.readers import imagcdf

TT2000, DOUBLE, EPOCH = 33, 45, 31
# TT2000 counts from 2000-01-01 12:00 TT, which is 32.184 s ahead of TAI. 2017-01-01 00:00 UTC is
# 6,209.5 days of 86,400 s later; TAI was 37 s ahead of UTC from then on, 36 s the minute before.
NEW_YEAR = round((6209.5 * 86400 + 37 + 32.184) * 1000) * 1_000_000
MINUTE = 60_000_000_000
TIMES = [NEW_YEAR - MINUTE - 1_000_000_000, NEW_YEAR, NEW_YEAR + MINUTE]
GLOBAL = {
    "IagaCode": "abc",
    "Latitude": 45.0,
    "Longitude": 350.0,
    "Elevation": 200.0,
    "ElementsRecorded": "XYZS",
    "PublicationLevel": "4",
}
FIELD = {
    "X": [20000.0, 20001.0, 20002.0],
    "Y": [1000.0, 99999.0, 1002.0],
    "Z": [40000.0, 40001.0, 40002.0],
    "S": [44732.5, 88888.0, 99999.0],
}


@pytest.fixture
def cdf(tmp_path):
    """Write a file of times by name, and of components (values, times, attributes)."""

    def write(times=None, field=None, about=None, kind=TT2000, **other):
        path = tmp_path / "file.cdf"
        path.unlink(missing_ok=True)
        file = cdfwrite.CDF(path)
        file.write_globalattrs({key: {0: value} for key, value in (GLOBAL | other).items()})
        for name, numbers in ({"DataTimes": TIMES} if times is None else times).items():
            numbers = np.array(numbers, dtype="int64" if kind == TT2000 else "float64")
            file.write_var(_spec(name, kind), None, numbers)
        for letter, values in (field or FIELD).items():
            attributes = {"DEPEND_0": "DataTimes", "UNITS": "nT"} | (about or {}).get(letter, {})
            attributes = {key: value for key, value in attributes.items() if value is not None}
            name = f"GeomagneticField{letter}"
            file.write_var(_spec(name, DOUBLE), attributes, np.array(values, dtype="float64"))
        file.close()
        return path

    return write


def _spec(name: str, kind: int) -> dict:
    return {
        "Variable": name,
        "Data_Type": kind,
        "Num_Elements": 1,
        "Rec_Vary": True,
        "Dim_Sizes": [],
    }


def refused(path, **options) -> FormatError:
    with pytest.raises(FormatError) as caught:
        imagcdf.read(path, **options)
    assert caught.value.path == path
    return caught.value


def test_more_than_a_real_file_holds_is_refused(cdf, monkeypatch):
    path = cdf()
    monkeypatch.setattr(packing, "FREE", 20)
    monkeypatch.setattr(packing, "RATIO", 0)
    assert "bytes come out of" in str(refused(path))


def test_values_over_a_leap_second(cdf):
    data = imagcdf.read(cdf())
    assert data["time"].values.astype("datetime64[s]").astype(str).tolist() == [
        "2016-12-31T23:59:00",
        "2017-01-01T00:00:00",
        "2017-01-01T00:01:00",
    ]
    assert str(data["time"].dtype) == "datetime64[us]"
    assert data["X"].values.tolist() == FIELD["X"]
    np.testing.assert_array_equal(data["Y"].values, [1000.0, np.nan, 1002.0])
    np.testing.assert_array_equal(data["F"].values, [44732.5, np.nan, np.nan])
    assert json.loads(data.attrs.pop("values_json")) == {
        "X": {"missing": 0, "not_observed": 0},
        "Y": {"missing": 1, "not_observed": 0},
        "Z": {"missing": 0, "not_observed": 0},
        "S": {"missing": 1, "not_observed": 1},
    }
    assert data.attrs == {
        "observatory": "ABC",
        "latitude": 45.0,
        "longitude": -10.0,
        "elevation_m": 200.0,
        "publication_state": "definitive",
        "publication_state_found": "4",
        "reported": "XYZS",
        "interval": "",
        "interval_s": 60,
        "absolute": 1,
        "flags": "F from S",
        "not_observed": "",
        "missing_minutes": 0,
        "file": "file.cdf",
    }


def test_fill_values_and_limits_are_missing(cdf):
    about = {"X": {"FILLVAL": 20001.0}, "Z": {"VALIDMIN": 40000.5, "VALIDMAX": 40001.5}}
    data = imagcdf.read(cdf(about=about))
    np.testing.assert_array_equal(data["X"].values, [20000.0, np.nan, 20002.0])
    np.testing.assert_array_equal(data["Z"].values, [np.nan, 40001.0, np.nan])
    assert json.loads(data.attrs["values_json"])["Z"] == {"missing": 2, "not_observed": 0}


def test_angles_in_degrees(cdf):
    # H of 20,000 nT at 30 degrees; the code 99999 stands beside the angles.
    field = {"H": [20000.0] * 3, "D": [30.0, 30.0, 99999.0], "Z": [40000.0] * 3}
    data = imagcdf.read(cdf(field=field, about={"D": {"UNITS": "Degrees of arc"}}))
    np.testing.assert_allclose(data["X"].values, [17320.508, 17320.508, np.nan], atol=1e-3)
    minutes = field | {"D": [1800.0, 1800.0, 99999.0]}
    same = imagcdf.read(cdf(field=minutes, about={"D": {"UNITS": "Minutes of arc"}}))
    np.testing.assert_allclose(data["Y"].values, same["Y"].values)
    assert same.attrs["not_observed"] == "F"
    assert "degrees or minutes of arc" in refused(cdf(field=field)).expected


def test_scalars_with_times_of_their_own(cdf):
    times = {
        "GeomagneticVectorTimes": TIMES,
        "GeomagneticScalarTimes": [TIMES[0], TIMES[0] + 1_000_000_000, TIMES[2]],
    }
    field = FIELD | {"S": [1.0, 2.0, 3.0]}
    data = imagcdf.read(cdf(times, field, {letter: {"DEPEND_0": None} for letter in FIELD}))
    np.testing.assert_array_equal(data["F"].values, [1.0, np.nan, 3.0])
    assert "S: 1 values between the times of the vector left out" in data.attrs["flags"]


def test_holes_become_missing_minutes(cdf):
    data = imagcdf.read(cdf({"DataTimes": [TIMES[0], TIMES[1], TIMES[1] + 3 * MINUTE]}))
    np.testing.assert_array_equal(data["X"].values, [20000.0, 20001.0, np.nan, np.nan, 20002.0])
    assert data.attrs["missing_minutes"] == 2


def test_compressed_files(cdf, put):
    path = cdf()
    packed = put(gzip.compress(path.read_bytes()), "file.cdf.gz")
    assert imagcdf.read(packed).equals(imagcdf.read(path))


@pytest.mark.parametrize(
    ("made", "expected", "found"),
    [
        ({"times": {"DataTimes": [TIMES[1], TIMES[0], TIMES[2]]}}, "increasing", "value 2"),
        ({"times": {"DataTimes": [TIMES[1], TIMES[1], TIMES[2]]}}, "increasing", "value 2"),
        (
            {"times": {"DataTimes": [NEW_YEAR + at * 1_000_000_000 for at in range(3)]}},
            "values every 60 s",
            "1 s",
        ),
        (
            {"times": {"DataTimes": [NEW_YEAR + 1_000_000 + at * MINUTE for at in range(3)]}},
            "times on whole 60 s",
            "00:00:00.001",
        ),
        ({"times": {"DataTimes": TIMES[:2]}}, "2 values of GeomagneticFieldX", "(3,)"),
        ({"times": {"Times": TIMES}}, "times of GeomagneticFieldX", "none"),
        ({"times": {"DataTimes": [1.0, 2.0, 3.0]}, "kind": EPOCH}, "TT2000", "EPOCH"),
        ({"field": {"Q": [1.0] * 3}}, "variables GeomagneticFieldX", "none"),
        ({"IagaCode": " "}, "an IagaCode", "''"),
        ({"Latitude": "north"}, "a Latitude", "north"),
        ({"Longitude": 361.0}, "a Longitude", "361"),
    ],
)
def test_faults_are_refused(cdf, made, expected, found):
    error = refused(cdf(**made))
    assert expected in error.expected
    assert found in str(error.found)


def test_files_that_are_damaged_or_none(cdf, put):
    data = cdf().read_bytes()
    for length in (4, 9, 400, len(data) // 2, len(data) - 1):
        error = refused(put(data[:length], "cut.cdf"))
        assert "CDF file" in error.expected
    assert error.expected == f"a CDF file of {len(data)} bytes"
    assert refused(put("IAGA-2002")).expected == "a CDF file"
    assert "HTML" in refused(put("<!DOCTYPE html><html></html>")).found


def test_seconds_of_the_conrad_observatory(real_data):
    path = real_data / "geomag/imagcdf/example4.cdf"
    error = refused(path)
    assert (error.expected, error.found) == ("values every 60 s", "1 s")
    data = imagcdf.read(path, interval_s=1)
    assert data.sizes["time"] == 4 * 86400
    assert data["time"].values[0] == np.datetime64("2024-05-09")
    assert data["time"].values[-1] == np.datetime64("2024-05-12T23:59:59")
    attributes = data.attrs
    assert (attributes["observatory"], attributes["reported"]) == ("WIC", "HEZS")
    assert (attributes["latitude"], attributes["longitude"]) == (47.928, 15.866)
    assert (attributes["publication_state"], attributes["absolute"]) == ("adjusted", 0)
    assert "orientation: rotated by the declination" in attributes["flags"]
    # H, E and Z of the first second, as cdflib shows them.
    horizontal = np.hypot(data["X"].values[0], data["Y"].values[0])
    assert horizontal == pytest.approx(np.hypot(21063.68159558, 481.50995396))
    assert data["Z"].values[0] == pytest.approx(44183.02533097)
    assert json.loads(attributes["values_json"])["S"]["missing"] == 2
    # The storm of 10 and 11 May 2024, the strongest since 2003, went down by more than 400 nT.
    assert np.ptp(horizontal - np.hypot(data["X"].values, data["Y"].values)) > 400
