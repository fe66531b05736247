"""Kp of CelesTrak's file: forecasts counted, and GFZ's own values."""

from __future__ import annotations

import csv

import numpy as np

from laicflow.clean.tables import partition_of_table
from laicflow.readers import celestrak_kp, kp_wdc


def test_forecasts_are_left_out_and_counted(real_data):
    path = real_data / "indices/celestrak/SW-All.csv"
    table = celestrak_kp.read(path)
    with open(path, newline="") as file:
        kinds = [row["F10.7_DATA_TYPE"] for row in csv.DictReader(file)]
    forecasts = sum(kind in ("PRD", "PRM") for kind in kinds)
    assert table.attrs["left_out"] == {"predicted": forecasts}
    assert len(table) == 8 * (len(kinds) - forecasts)
    assert list(table.columns) == ["time", "kp", "ap", "status"]
    receipt = {"source": "celestrak_kp", "partition": "all", "files": [{"path": path}]}
    made = partition_of_table(receipt, path.parent, "celestrak_kp")
    assert made.attrs["counts"]["left_out"] == {"predicted": forecasts}
    assert made["time"].is_unique


def test_a_year_against_gfz(real_data):
    folder = real_data / "indices"
    ours = celestrak_kp.read(folder / "celestrak/SW-All.csv").set_index("time")["kp"].loc["2003"]
    theirs = kp_wdc.read(folder / "gfz_kp_wdc/kp2003").set_index("time")["kp"]
    assert (ours.index == theirs.index).all()
    assert np.count_nonzero(np.abs(ours - theirs) > 0.01) == 0
