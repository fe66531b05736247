"""Series over stations beside maps: differences by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.report import stations
from tests.unit.report.station_months import maps, month

NAN = math.nan


def test_mean_difference_and_rms_by_hand():
    made = month({"AAAA": [9.0, 11.0, NAN, 13.0], "BBBB": [NAN] * 4}, {"CCCC": "no day"})
    beside = stations.beside_maps(made, maps(10.0))
    assert beside["map"].tolist() == [10.0] * 8 and beside["satellites"].eq(7).all()
    table = stations.table([(made, beside)]).set_index("station")
    one = table.loc["AAAA"]
    # Differences -1, 1 and 3: mean 1, mean square 11/3, variance 8/3.
    assert one["mean_difference"] == pytest.approx(1.0)
    assert one["rms"] == pytest.approx(math.sqrt(11 / 3))
    assert one["sd"] == pytest.approx(math.sqrt(8 / 3))
    assert one["compared"] == 3 and table.loc[["BBBB", "CCCC"], "compared"].eq(0).all()
    assert one["mean_vtec"] == 11.0 and (one["way"], one["bias"]) == ("file", 5.0)
    assert (one["latitude"], one["longitude"]) == (10.0, 20.0)
    assert one["note"] == "1 days without a file"
    assert np.isnan(table.loc["BBBB", ["mean_difference", "rms"]].astype(float)).all()
    assert table.loc["CCCC", "note"] == "no series: no day" and table.loc["CCCC", "values"] == 0
    assert table["month"].eq("2020-01").all()


def test_maps_are_taken_in_the_middle_of_the_step():
    """Maps rise by 2 TECU an hour; half an hour ends at each time."""
    field = maps(0.0)
    field["tec"] = field["tec"] + 2.0 * xr.DataArray(np.arange(49.0), dims="time")
    made = month({"AAAA": [0.0] * 4})
    assert stations.beside_maps(made, field)["map"].tolist() == pytest.approx([0, 1, 2, 3])
    made.attrs |= {"label": "end", "step_s": 1800}
    found = stations.beside_maps(made, field)
    assert found["map"].tolist() == pytest.approx([NAN, 0.5, 1.5, 2.5], nan_ok=True)
    assert found["time"].iloc[0] == pd.Timestamp("2020-01-01")
    assert found["middle"].iloc[1] == pd.Timestamp("2020-01-01T00:15")


def test_what_a_reader_must_know():
    made = month(
        {"AAAA": [1.0]},
        AAAA={
            "receiver_bias_way": "map",
            "receiver_biases_ns": {"a": 1.0, "b": 2.0},
            "receiver_bias_raised_ns": 0.5,
            "bias_days_off": 9.5,
            "missing": {},
            "skipped": {"2020-01-02": "half a file"},
        },
    )
    (note,) = stations.table([(made, stations.beside_maps(made, maps(1.0)))])["note"]
    assert "fitted to these maps: the mean difference is near 0 by construction" in note
    assert "2 biases" in note and "raised" in note and "1 files left out" in note
    assert "up to 10 days off" in note


def test_months_one_below_the_other_and_none_at_all():
    made = month({"AAAA": [1.0, 2.0]})
    pair = (made, stations.beside_maps(made, maps(1.0)))
    assert len(stations.table([pair, pair])) == 2
    empty = month({"AAAA": [1.0]}).isel(station=[])
    empty.attrs |= {"stations_json": "{}"}
    beside = stations.beside_maps(empty, maps(1.0))
    assert beside.empty and {"station", "time", "vtec", "map"} <= set(beside)
    assert stations.table([(empty, beside)]).empty
    assert isinstance(stations.table([]), pd.DataFrame)


def test_the_caption_says_what_was_done():
    own = {"step_s": 900, "elevation_cut_deg": 20, "mapping": "single-layer", "shell_km": None}
    own["label"] = "end"
    told = stations.caption(own, "CODE")
    assert "slants of the 15 min that end at its time" in told and "may step there" in told
    assert "about its time" in stations.caption(own | {"label": "centre"}, "CODE")
    assert "every 15 min" in told and "above 20°" in told and "shell at 450 km" in told
    own |= {"mapping": "modified single-layer"}
    assert "506.7 km" in stations.caption(own, "CODE")
    assert "not independent" in told
