"""Kp of the JSON service: answers written here in its form."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import kp_json

TIMES = ["2000-01-01T00:00:00Z", "2000-01-01T03:00:00Z", "2000-01-01T09:00:00Z"]
META = {"license": "CC BY 4.0", "source": "GFZ Potsdam"}


def answer(**said) -> str:
    content = {"Kp": [5.333, 4.667, None], "datetime": TIMES, "meta": META}
    content |= {"status": ["def", "pre", "now"]} | said
    return json.dumps(content, separators=(",", ":"))


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        kp_json.read(path)
    assert caught.value.path == path
    return caught.value


def test_values(put):
    # 5+ is an ap of 56, 5- of 39 (the published table); the third is not there yet.
    table = kp_json.read(put(answer()))
    np.testing.assert_allclose(table["kp"], [16 / 3, 14 / 3, np.nan], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(table["ap"], [56, 39, np.nan])
    assert table["time"].tolist() == [
        pd.Timestamp(2000, 1, 1, 0),
        pd.Timestamp(2000, 1, 1, 3),
        pd.Timestamp(2000, 1, 1, 9),
    ]
    assert table["status"].tolist() == ["definitive", "preliminary", "preliminary"]
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "float64", "str"]


def test_whole_numbers_and_the_ends_of_the_scale(put):
    table = kp_json.read(put(answer(Kp=[0, 9.0, 1])))
    assert table["kp"].tolist() == [0, 9, 1]
    assert table["ap"].tolist() == [0, 400, 4]


def test_empty_arrays_are_a_table_without_rows(put):
    table = kp_json.read(put(answer(Kp=[], datetime=[], status=[])))
    assert len(table) == 0
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "float64", "str"]


@pytest.mark.parametrize(
    ("said", "expected", "found"),
    [
        ({"Kp": [5.333, 4.7, None]}, "Kp of 0, 0.333, 0.667, 1, ... 9 in entry 2", "4.7"),
        ({"Kp": [5.3331, 4.667, None]}, "in entry 1", "5.3331"),
        ({"Kp": [9.333, 4.667, None]}, "in entry 1", "9.333"),
        ({"Kp": [5.333, -1, None]}, "in entry 2", "-1"),
        ({"Kp": [5.333, "4.667", None]}, "a number or null in entry 2", "'4.667'"),
        ({"Kp": [5.333, True, None]}, "a number or null in entry 2", "True"),
        ({"Kp": [5.333]}, "arrays of one length", "datetime 3, Kp 1, status 3"),
        ({"Kp": None}, "an array 'Kp'", "none"),
        ({"status": ["def", "pre", "xyz"]}, "a status def, pre or now in entry 3", "'xyz'"),
        ({"status": ["def", None, "pre"]}, "in entry 2", "None"),
        ({"datetime": [TIMES[0], TIMES[0], TIMES[2]]}, "after 2000-01-01T00:00:00Z", TIMES[0]),
        (
            {"datetime": ["2000-01-01T01:00:00Z", *TIMES[1:]]},
            "a start of three hours in entry 1",
            "2000-01-01T01:00:00Z",
        ),
        ({"datetime": ["2000-01-01", *TIMES[1:]]}, "datetime in entry 1", "'2000-01-01'"),
        ({"datetime": [None, *TIMES[1:]]}, "datetime in entry 1", "None"),
    ],
)
def test_faults_are_refused_with_their_entry(put, said, expected, found):
    error = refused(put(answer(**said)))
    assert expected in error.expected
    assert found in str(error.found)


def test_what_is_no_json(put):
    error = refused(put('{"Kp":[5.333,\n4.6'))
    assert (error.line, error.expected) == (2, "JSON")
    assert "array 'datetime'" in refused(put("[1, 2]")).expected
    assert "HTML page" in refused(put("<html><title>Error</title></html>")).found
