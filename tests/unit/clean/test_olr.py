"""Partitions of outgoing longwave radiation."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from laicflow.clean.olr import partition_of_olr
from laicflow.errors import FormatError, LaicflowError
from laicflow.store import read_netcdf, write_netcdf
from tests.unit.olr_files import put

D = dt.date
BOX = {"latitude": [39.0, 41.0], "longitude": [80.0, 82.0]}
FILE = "satellite/easyclimate_test_input_asm_area_olr_uv.nc"


def receipt(*names: str, start="2016-01-01", end="2016-01-05") -> dict:
    said = {"citation": "NOAA", "licence": "cite", "missing": []}
    files = [{"path": name} for name in names]
    days = {"start": start, "end": end}
    return {"source": "noaa_olr", "partition": "2016", "files": files, **days, **said}


def clean(folder, *names: str, box=BOX, **days):
    return partition_of_olr(receipt(*names, **days), folder, "noaa_olr", box)


def test_a_box_of_the_days_asked_for(tmp_path):
    put(tmp_path / "a.nc", D(2015, 12, 30), 10)
    found = clean(tmp_path, "a.nc")
    np.testing.assert_array_equal(found["latitude"], [39.5, 40.5])
    np.testing.assert_array_equal(found["longitude"], [80.5, 81.5])
    days = np.arange("2016-01-01", "2016-01-06", dtype="datetime64[D]").astype("datetime64[us]")
    np.testing.assert_array_equal(found["time"].values, days)
    # Third day of the file; 40.5 N is its row 1, 81.5 E its column 2: 200 + 2 + 1 + 0.2.
    one = found["olr"].sel(time="2016-01-01", latitude=40.5, longitude=81.5)
    assert one.item() == pytest.approx(203.2, abs=1e-4)
    assert found["olr"].attrs["units"] == "W m-2" and found["olr"].dtype == np.float32
    told = {"product": "cdr", "days": 5, "expected_days": 5, "missing_days": "[]"}
    told |= {"empty_days": 0, "missing_values": 0, "beyond_range": 0, "licence": "cite"}
    assert told.items() <= found.attrs.items()
    assert json.loads(found.attrs["box"]) == BOX
    write_netcdf(found, tmp_path / "out.nc")
    assert read_netcdf(tmp_path / "out.nc")["olr"].equals(found["olr"])


def test_days_and_values_that_are_missing_are_counted(tmp_path):
    values = np.full((5, 3, 4), 220.0)
    values[1, 1, 1] = 0.0  # the fill value of the record
    values[4, 1:, 1:3] = 0.0  # all of the box
    put(tmp_path / "a.nc", D(2016, 1, 1), 5, values=values, skipped=(2,))
    found = clean(tmp_path, "a.nc", end="2016-01-07")
    missing = ["2016-01-03", "2016-01-06", "2016-01-07"]
    assert json.loads(found.attrs["missing_days"]) == missing
    told = {"days": 4, "expected_days": 7, "empty_days": 1, "missing_values": 5}
    assert told.items() <= found.attrs.items()
    olr = found["olr"]
    assert np.isnan(olr.sel(time="2016-01-02", latitude=40.5, longitude=80.5))
    assert int(np.isnan(olr.values).sum()) == 5


def test_files_that_do_not_belong_together(tmp_path):
    put(tmp_path / "a.nc", D(2016, 1, 1), 3)
    put(tmp_path / "b.nc", D(2016, 1, 3), 3)
    put(tmp_path / "c.nc", D(2016, 1, 4), 2, grid=([40.5, 39.5], [80.25, 81.25]))
    put(tmp_path / "d.nc", D(2016, 1, 4), 2, "uninterpolated")
    with pytest.raises(LaicflowError, match=r"one map a day expected, found two of 2016-01-03"):
        clean(tmp_path, "a.nc", "b.nc")
    with pytest.raises(LaicflowError, match=r"c.nc: its longitude grid has 2 points from 80.25"):
        clean(tmp_path, "a.nc", "c.nc")
    wide = {"latitude": [37, 43], "longitude": [77, 86]}
    with pytest.raises(LaicflowError, match=r"d.nc: expected the product cdr, as a.nc has it"):
        clean(tmp_path, "a.nc", "d.nc", box=wide)
    with pytest.raises(LaicflowError, match="no file has arrived"):
        clean(tmp_path)
    with pytest.raises(FormatError, match="OLR of the box and days asked for"):
        clean(tmp_path, "a.nc", box={"latitude": [-10, 0], "longitude": [80, 82]})


def test_the_real_subset(real_data):
    days = {"start": "2003-06-01", "end": "2005-12-31"}
    box = {"latitude": [20, 45], "longitude": [70, 100]}
    found = clean(real_data, FILE, box=box, **days)
    # 214 days of 2003, then 366 and 365.
    assert found.sizes == {"time": 945, "latitude": 2, "longitude": 2}
    assert found.attrs["product"] == "cdr" and found.attrs["missing_days"] == "[]"
    assert 80 < float(found["olr"].min()) < float(found["olr"].max()) < 350
