"""Days of radiation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.report import timeline_olr, timelines
from laicflow.store import write_netcdf


def stored(folder):
    """Maps of 30 January to 2 February 2016 without the last of January; one empty, one holed."""
    time = np.array(["2016-01-30", "2016-02-01", "2016-02-02"], dtype="datetime64[us]")
    values = np.full((3, 2, 2), 220.0, dtype="float32")
    values[0, 0, 0] = np.nan
    values[1] = np.nan
    coords = {"time": time, "latitude": [40.0, 42.5], "longitude": [80.0, 82.5]}
    path = folder / "2016.nc"
    write_netcdf(xr.Dataset({"olr": (tuple(coords), values)}, coords), path)
    return path


def test_days_with_a_value_and_cells_without(tmp_path):
    days, notes = timeline_olr.days(stored(tmp_path))
    assert days["present"].tolist() == [True, False, True] and not days["suspect"].any()
    assert notes == [(pd.Timestamp("2016-01-01"), "days with cells without a value: 1")]


def test_a_day_owes_one_map(tmp_path):
    span = {"start": "2016-01-30", "end": "2016-02-03"}
    receipt = {"source": "noaa_olr", "partition": "2016", "files": [{"path": "a"}], "missing": []}
    settings = {"noaa_olr": {"kind": "olr", "revision": "final"}}
    stores = {("noaa_olr", "2016"): stored(tmp_path)}
    (made,) = timelines.read([receipt | span], stores, settings)
    assert made.unit == "days"
    assert made.slots["present"].tolist() == [True, False, False, True, False]
    inside, after = "missing values inside files", "after the last value in the files"
    assert made.slots["why"].tolist() == ["", inside, inside, "", after]
