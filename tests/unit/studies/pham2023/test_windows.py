"""Channels and images against numbers worked out apart from the code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.store import write_netcdf
from laicflow.studies.pham2023 import windows

STUDY = {
    "period": {"start": "2001-01-01", "end": "2001-02-19"},
    "reference": {"days": 15, "k": 1.5, "least": 12},
    "image": {"size": 32, "exceedance": False},
    "window": {"days": 30},
}


def test_polarity_by_hand():
    # Sixteen days of one hour: 1..15, then a day far above; M 8, LQ 4.5, UQ 11.5 (numpy's rule).
    tec = np.zeros((1, 17, 24), dtype="float32")
    tec[0, :, 0] = [*range(1, 16), 100, -50]
    made = windows.polarity(tec, STUDY["reference"], exceedance=True)
    day = (0, 15, 0)
    assert made["median"][day] == 8
    assert made["upper"][day] == pytest.approx(8 + 1.5 * 3.5)
    assert made["lower"][day] == pytest.approx(8 - 1.5 * 3.5)
    assert made["positive"][day] == pytest.approx(100 - 13.25)
    assert made["negative"][day] == 0
    assert made["negative"][0, 16, 0] > 50
    assert windows.polarity(tec, STUDY["reference"], exceedance=False)["positive"][day] == 1
    assert np.isnan(made["median"][0, :12]).all() and np.isnan(made["positive"][0, :12]).all()


@pytest.fixture
def store(tmp_path):
    """Two months of two-hourly maps whose VTEC is hour + day of year / 1000 everywhere."""
    paths = []
    for month in ("2001-01", "2001-02"):
        first = pd.Timestamp(month)
        end = first + pd.offsets.MonthBegin(1)
        times = pd.date_range(first, end, freq="2h")
        if month == "2001-01":
            times = times.delete(slice(12, 24))  # 2 January is not there
        value = np.asarray(times.hour + times.day_of_year / 1000, dtype="float32")
        grid = {"latitude": [10.0, 0.0], "longitude": np.arange(-180.0, 181, 30)}
        tec = np.broadcast_to(value[:, None, None], (len(times), 2, 13)).copy()
        maps = xr.Dataset(
            {"tec": (("time", "latitude", "longitude"), tec)}, coords={"time": times, **grid}
        )
        maps["interval_s"] = ("time", np.full(len(times), 7200, dtype="int32"))
        told = {"maps": len(times), "days": 30, "missing_days": "[]", "centre": "code"}
        path = tmp_path / f"{month}.nc"
        write_netcdf(maps, path, attributes={**told, "source": "code", "citation": "c"})
        paths.append(path)
    return paths


@pytest.fixture
def tensors(store):
    sites = pd.DataFrame({"site": ["a", "b"], "latitude": [5.0, 1.0], "longitude": [0.0, 179.0]})
    return windows.prepare(store, sites, STUDY)


def test_prepare_reaches_across_months_and_counts_gaps(tensors):
    assert dict(tensors.sizes) == {"site": 2, "day": 50, "hour": 24}
    tec = tensors["tec"].values
    # Even hours stand in the maps; odd ones lie half-way, also from 31 January to 1 February.
    assert tec[0, 30, 22] == pytest.approx(22.031, abs=1e-3)
    assert tec[1, 30, 23] == pytest.approx((22.031 + 0.032) / 2, abs=1e-3)
    assert tec[0, 31, 0] == pytest.approx(0.032, abs=1e-3)
    # The maps of 2 January are not there: that day is missing, and 1 January after 22 UT.
    assert np.isnan(tec[0, 1]).all() and np.isnan(tec[0, 0, 23])
    assert tensors.attrs["missing_hours"] == np.isnan(tec[0]).sum() == 25
    assert "2001-01-02 02 UT" in tensors.attrs["missing_hours_first"]
    assert tensors["spacing_s"].values[40, 3] == 7200


def test_cut_pads_with_zeros_and_fills_with_the_median(tensors):
    tensors["tec"].values[0, 45, 7] = np.nan
    images = windows.cut(tensors, ["a/2001-02-17", "b/2001-02-19"], STUDY)
    assert images.shape == (2, 6, 32, 32) and images.dtype == np.float32
    assert (images[:, :, 0] == 0).all() and (images[:, :, :, :4] == 0).all()
    assert images[1, 0, 30, 4 + 10] == pytest.approx(10.050, abs=1e-3)
    row = 1 + 30 - 1 - 2  # 15 February in a window that ends on the 17th
    assert images[0, 0, row, 4 + 7] == images[0, 1, row, 4 + 7]
    assert images[0, 4:, row, 4 + 7].tolist() == [0, 0]


def test_a_window_that_is_not_there_is_refused(tensors):
    for window in ("a/2001-01-20", "a/2002-01-01", "c/2001-02-17"):
        with pytest.raises(LaicflowError, match=window):
            windows.cut(tensors, [window], STUDY)
