"""What is recovered of a simulated world beside its truth."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.files import write_json
from laicflow.report.station_truth import recovered, true_biases
from laicflow.store import write_parquet
from tests.unit.report.station_months import month

OPTIONS = {
    "p1": True,
    "stations": [
        {"code": "AAAA00XXX", "p1": None},
        {"code": "BBBB", "p1": False},
    ],
}
RECEIVERS = {"AAAA00XXX": {"p1p2": 4.0, "p1c1": 1.0}, "BBBB00XXX": {"p1p2": 6.0, "p1c1": 1.5}}


@pytest.fixture
def receipt(tmp_path):
    """The summary of a world beside its folder."""
    times = pd.date_range("2020-01-01", periods=4, freq="15min").as_unit("us")
    parts = [
        pd.DataFrame({"time": times, "station": code, "vtec": [10.0, 11.0, 12.0, 13.0]})
        for code in RECEIVERS
    ]
    write_parquet(pd.concat(parts), tmp_path / "world/gnss/truth/vtec.parquet")
    told = {"options": {"gnss": OPTIONS}, "truth": {"gnss": {"receivers": RECEIVERS}}}
    write_json(told, tmp_path / "world.json")
    return tmp_path / "world.json"


def test_series_and_biases_beside_the_truth(receipt):
    made = month({"AAAA": [10.5, math.nan], "BBBB": [10.0, 12.5]}, BBBB={"receiver_bias_ns": 4.6})
    table = recovered([made], receipt)
    series = table[table["part"] == "vtec"]
    # Every half hour of the truth's quarters; an epoch without a value is not there.
    assert series[["station", "recovered", "true"]].values.tolist() == [
        ["AAAA", 10.5, 10.0],
        ["BBBB", 10.0, 10.0],
        ["BBBB", 12.5, 12.0],
    ]
    biases = table[table["part"] == "bias"].set_index("station")
    assert biases["true"].to_dict() == {"AAAA": 4.0, "BBBB": 4.5}
    assert biases["recovered"].to_dict() == {"AAAA": 5.0, "BBBB": 4.6}
    assert biases["way"].tolist() == ["file", "file"] and table["month"].eq("2020-01").all()


def test_the_truth_is_that_of_the_middle_of_the_step(receipt):
    """Half an hour that ends at 00:30 has its middle at 00:15, where the truth is 11."""
    made = month({"AAAA": [10.0, 12.0]})
    made.attrs |= {"label": "end", "step_s": 1800}
    series = recovered([made], receipt).query("part == 'vtec'")
    assert series[["recovered", "true"]].values.tolist() == [[12.0, 11.0]]
    assert series["time"].tolist() == [pd.Timestamp("2020-01-01T00:30")]
    made.attrs |= {"step_s": 900}
    series = recovered([made], receipt).query("part == 'vtec'")
    assert series["true"].tolist() == pytest.approx([11.5])


def test_the_bias_of_a_receiver_without_p1_is_that_of_c1_and_p2():
    assert true_biases(OPTIONS, RECEIVERS) == {"AAAA": 4.0, "BBBB": 4.5}


def test_nothing_to_compare(receipt, tmp_path):
    empty = month({"AAAA": [1.0]}).isel(station=[])
    empty.attrs |= {"stations_json": "{}"}
    assert recovered([empty], receipt).empty
    write_json({"options": {}, "truth": {}}, tmp_path / "other.json")
    with pytest.raises(LaicflowError, match="no GNSS stations"):
        recovered([], tmp_path / "other.json")
