"""A month of map files, each epoch once, gaps and torn seams counted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.clean.maps import month_of_maps, once, tear_seam
from laicflow.errors import LaicflowError

LONGITUDE = np.arange(-180.0, 181.0, 60)


def maps(times, value=1.0, longitude=LONGITUDE):
    shape = (len(times), 2, len(longitude))
    return xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), np.full(shape, value, dtype="float32"))},
        coords={"time": pd.to_datetime(times), "latitude": [10.0, 0.0], "longitude": longitude},
    )


def test_the_later_entry_of_an_epoch_stays():
    joined = xr.concat([maps(["2001-01-02"], 5.0), maps(["2001-01-01"], 1.0)], dim="time")
    joined = xr.concat([joined, maps(["2001-01-02"], 7.0)], dim="time")
    result = once(joined)
    assert result["tec"].values[:, 0, 0].tolist() == [1.0, 7.0]


def test_a_torn_seam_is_taken_out_and_counted():
    one = maps(["2001-01-01", "2001-01-02"])
    one["tec"].values[1, 0, 0] = 40.7
    one["tec"].values[0, 1, 0] = 1.1
    assert tear_seam(one) == 1
    assert np.isnan(one["tec"].values[1, 0, [0, -1]]).all()
    assert np.isfinite(one["tec"].values).sum() == one["tec"].size - 2
    assert tear_seam(maps(["2001-01-01"], longitude=np.array([120.0, 150.0]))) == 0


def receipt(folder, days, missing=()):
    files = [{"path": str(p.relative_to(folder)), "day": str(d)} for p, d in days]
    return {
        "source": "jpl",
        "partition": "2000-11",
        "files": files,
        "missing": [{"day": day, "why": "allowed"} for day in missing],
        "licence": "cite",
        "citation": "JPL",
    }


def test_real_days_join_and_the_torn_one_is_seen(real_data):
    folder = real_data / "ionex/jpl_2000-11-21_2001-01-14"
    days = [
        (folder / "jplg3310.00i.Z", "2000-11-26"),
        (folder / "jplg3320.00i.Z", "2000-11-27"),
    ]
    month = month_of_maps(receipt(real_data, days, ["2000-11-25"]), real_data, "ionex")
    assert month.sizes["time"] == 24 and month.attrs["days"] == 2
    assert month.attrs["centre"] == "jpl"
    assert json.loads(month.attrs["missing_days"]) == ["2000-11-25"]
    # At 15 UT the file has 21.4, 40.7, 63.9 TECU at 180 W and 1.1, 1.3, 4.1 at 180 E.
    at = month["tec"].sel(time="2000-11-27T15", latitude=[30, 27.5, 25])
    assert np.isnan(at.sel(longitude=[-180, 180]).values).all()
    assert month.attrs["torn_seam_nodes"] >= 3


def test_nothing_arrived_is_said(tmp_path):
    with pytest.raises(LaicflowError, match="jpl 2000-11: no file has arrived"):
        month_of_maps(receipt(tmp_path, []), tmp_path, "ionex")
