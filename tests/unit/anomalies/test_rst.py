"""The RST index by hand, its limits, and a real subset of OLR."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.anomalies import rst
from laicflow.readers import noaa_olr

FILE = "satellite/easyclimate_test_input_asm_area_olr_uv.nc"


def years_of(values: list[float], day: str = "03-01", first: int = 2001) -> xr.DataArray:
    """One value a year on a calendar day, at one place."""
    times = np.array([f"{first + n}-{day}" for n in range(len(values))], dtype="datetime64[us]")
    return xr.DataArray(
        np.array(values)[:, None, None],
        dims=("time", "latitude", "longitude"),
        coords={"time": times, "latitude": [40.0], "longitude": [80.0]},
    )


def test_by_hand_with_its_own_year():
    # Mean 204, squares about it 16 + 4 + 0 + 4 + 16: variance 10.
    found = rst.rst_index(years_of([200, 202, 204, 206, 208]), leave_out=False)
    expected = np.array([-4, -2, 0, 2, 4]) / np.sqrt(10)
    np.testing.assert_allclose(found["rst"].values.ravel(), expected, rtol=1e-6)
    np.testing.assert_allclose(found["mean"].values.ravel(), 204)
    np.testing.assert_array_equal(found["years"].values.ravel(), 5)
    assert found.attrs["leave_out"] == 0 and found.attrs["last_year"] == 2005


def test_by_hand_without_its_own_year():
    # Of 202, 204, 206, 208: mean 205, variance 20/3. Of 200, 202, 206, 208: mean 204, 40/3.
    found = rst.rst_index(years_of([200, 202, 204, 206, 208]), least_years=4)
    index, years = found["rst"].values.ravel(), found["years"].values.ravel()
    np.testing.assert_allclose(index[[0, 2]], [-5 / np.sqrt(20 / 3), 0], rtol=1e-6)
    np.testing.assert_allclose(found["std"].values.ravel()[2], np.sqrt(40 / 3), rtol=1e-6)
    assert years.tolist() == [4] * 5


def test_a_day_in_its_own_mean_cannot_be_far_from_it():
    values = years_of([200, 201, 199, 200, 202, 198, 200, 201, 199, 1e6])
    inside, outside = (rst.rst_index(values, leave_out=one)["rst"] for one in (False, True))
    # (n - 1) / sqrt(n) of ten years.
    assert float(inside[-1].item()) == pytest.approx(9 / np.sqrt(10), abs=1e-4)
    assert float(outside[-1].item()) > 1e5


@pytest.mark.parametrize(("values", "least"), [([1, 2, 3, 4], 4), ([1, 2, np.nan, 4, 5], 4)])
def test_the_least_number_of_years(values, least):
    assert np.isnan(rst.rst_index(years_of(values), least_years=least)["rst"].values[0])
    found = rst.rst_index(years_of(values), least_years=3)
    assert np.isfinite(found["rst"].values[0]) and found["years"].values[0] == 3
    assert rst.rst_index(years_of(values), least_years=least).attrs["without_index"] == 4


def test_equal_years_have_no_index():
    # 0.1 is no sum of powers of two: rounding must not pass for a standard deviation.
    found = rst.rst_index(years_of([200.1] * 6))
    assert np.isnan(found["rst"]).all() and found.attrs["without_index"] == 6


def test_days_are_those_of_the_calendar():
    # 1 March is day 60 or 61 of its year; 29 February has its own few years.
    march = years_of([1, 2, 3, 4, 5, 6])
    leap = years_of([50.0], "02-29", 2004)
    both = xr.concat([march, leap], dim="time").sortby("time")
    found = rst.rst_index(both)
    assert found["years"].values.ravel().tolist() == [5, 5, 5, 0, 5, 5, 5]


def test_only_the_days_asked_for():
    values = years_of([200, 202, 204, 206, 208, 230])
    day = values["time"].values[-1:]
    found = rst.rst_index(values, day)
    whole = rst.rst_index(values)
    assert found.sizes["time"] == 1
    np.testing.assert_array_equal(found["rst"].values, whole["rst"].values[-1:])
    with pytest.raises(ValueError, match="1 days are not in the values, first 2007-01-01"):
        rst.rst_index(values, np.array(["2007-01-01"], dtype="datetime64[D]"))
    with pytest.raises(ValueError, match="twice"):
        rst.rst_index(xr.concat([values, values], dim="time"))
    with pytest.raises(ValueError, match="least_years 1"):
        rst.rst_index(values, least_years=1)


@pytest.mark.parametrize("leave_out", [True, False])
def test_how_common_a_large_index_is(leave_out):
    times = pd.to_datetime([f"{year}-05-01" for year in range(2000, 2008)])
    values = np.random.default_rng(8).normal(220, 10, (8, 100, 100))
    values = xr.DataArray(values, dims=("time", "latitude", "longitude"), coords={"time": times})
    found = rst.rst_index(values, leave_out=leave_out)["rst"].values
    share = rst.gaussian_share(2, 7 if leave_out else 8, leave_out=leave_out)
    assert np.mean(np.abs(found) > 2) == pytest.approx(share, rel=0.05)


def test_real_olr_against_pandas(real_data):
    olr = noaa_olr.read(real_data / FILE)["olr"]
    found = rst.rst_index(olr)
    assert found.attrs["without_index"] == 2 * 35  # 29 February of 2000 and of 2004
    place = {"latitude": 15.0, "longitude": 92.5}
    series = olr.sel(place).to_series()
    july = series[(series.index.month == 7) & (series.index.day == 9)]
    others = july.drop(july.index[3])
    expected = (july.iloc[3] - others.mean()) / others.std()
    got = found["rst"].sel(place).sel(time="2003-07-09").item()
    assert got == pytest.approx(expected, rel=1e-5)
