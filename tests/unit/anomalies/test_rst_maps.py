"""Maps of the RST index around an event: days, region, chance."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from scipy.stats import t

from laicflow.anomalies.rst_maps import around_event, by_chance, check_kept, elsewhere, said
from laicflow.errors import ConfigError, LaicflowError

EVENT = {"time": "2016-12-08T05:15:00", "name": "Xinjiang"}
RULES = {
    "period": {"start": "2007-09-01", "end": "2016-12-31"},
    "latitude": [40, 45],
    "longitude": [80, 90],
    "days_before": 2,
    "days_after": 1,
    "leave_out": True,
    "least_years": 5,
    "lines": [],
}


def record(years=range(2007, 2017), seed=0, product="uninterpolated") -> xr.Dataset:
    """Gaussian fluxes of 220 +- 20 W m-2 on all days of some years."""
    first, last = f"{years[0]}-01-01", f"{years[-1] + 1}-01-01"
    time = np.arange(first, last, dtype="datetime64[D]").astype("datetime64[us]")
    latitude, longitude = np.arange(37.5, 50, 2.5), np.arange(75.0, 95.0, 2.5)
    rng = np.random.default_rng(seed)
    values = rng.normal(220, 20, (len(time), len(latitude), len(longitude))).astype("float32")
    coords = {"time": time, "latitude": latitude, "longitude": longitude}
    made = xr.Dataset({"olr": (tuple(coords), values)}, coords)
    return made.assign_attrs(product=product)


@pytest.fixture(scope="module")
def whole():
    return record()


@pytest.mark.parametrize(("leave_out", "years"), [(True, 9), (False, 10)])
def test_the_index_by_hand(whole, leave_out, years):
    found = around_event([whole], RULES | {"leave_out": leave_out}, EVENT)
    days = ["2016-12-06", "2016-12-07", "2016-12-08", "2016-12-09"]
    assert [str(one)[:10] for one in found["time"].values] == days
    np.testing.assert_array_equal(found["latitude"], [40, 42.5, 45])
    np.testing.assert_array_equal(found["longitude"], [80, 82.5, 85, 87.5, 90])
    olr = whole["olr"].sel(latitude=42.5, longitude=85.0)
    same = [float(olr.sel(time=f"{year}-12-07")) for year in range(2007, 2017)]
    others = same[:-1] if leave_out else same
    index = (same[-1] - np.mean(others)) / np.std(others, ddof=1)
    one = found.sel(time="2016-12-07", latitude=42.5, longitude=85.0)
    assert float(one["rst"]) == pytest.approx(index, rel=1e-5)
    assert float(one["olr"]) == pytest.approx(same[-1])
    assert set(np.unique(found["years"])) == {years}
    assert found["years"].dtype.kind == "i"


def test_parts_in_any_order_and_the_period(whole):
    years = [whole.sel(time=str(year)) for year in range(2007, 2017)]
    years = [one.assign_attrs(product="uninterpolated") for one in reversed(years)]
    found = around_event(years, RULES, EVENT)
    assert found["rst"].equals(around_event([whole], RULES, EVENT)["rst"])
    # From 2010 on there are six other years; August 2007 lies before the period.
    later = RULES | {"period": {"start": "2010-01-01", "end": "2016-12-31"}}
    assert set(np.unique(around_event([whole], later, EVENT)["years"])) == {6}
    short = RULES | {"period": {"start": "2012-01-01", "end": "2016-12-31"}}
    made = around_event([whole], short, EVENT)
    assert np.isnan(made["rst"]).all() and made.attrs["without_index"] == 4 * 15


def test_days_without_a_map_stay_without_values(whole):
    gap = whole["time"] != np.datetime64("2016-12-07")
    found = around_event([whole.isel(time=gap)], RULES, EVENT)
    assert found.sizes["time"] == 4
    assert np.isnan(found["rst"].sel(time="2016-12-07")).all()
    assert (found["years"].sel(time="2016-12-07") == 0).all()
    assert json.loads(found.attrs["days_without_map"]) == ["2016-12-07"]
    assert found.attrs["missing_days"] == 1
    assert "days without a map: 2016-12-07; values without an index: 0" in said(found)[1]


def test_how_many_lie_above_by_chance(whole):
    found = around_event([whole], RULES, EVENT)
    above, values, chance = by_chance(found, 2.0)
    # Of a day against nine others index / sqrt(1 + 1/9) has Student's t of 8 degrees.
    expected = 60 * t.sf(2 / np.sqrt(1 + 1 / 9), 8)
    assert values == 60 and chance == pytest.approx(expected, rel=1e-9)
    assert above == int((found["rst"].values > 2).sum())
    # With its own year among ten no day can be above (10 - 1) / sqrt(10) = 2.846.
    kept = around_event([whole], RULES | {"leave_out": False}, EVENT)
    assert by_chance(kept, 3.0) == (0, 60, 0.0)


def test_the_share_above_is_that_of_chance_over_a_whole_year(whole):
    rules = RULES | {"days_before": 60, "days_after": 20, "latitude": [37.5, 47.5]}
    rules |= {"longitude": [75, 92.5]}
    found = around_event([whole], rules, EVENT)
    above, values, chance = by_chance(found, 2.0)
    # 81 days of 5 x 8 independent cells: 153 expected, give or take three times its root.
    assert values == 81 * 40 and abs(above - chance) < 3 * np.sqrt(chance)


def test_other_years_are_counted_alike(whole):
    found = around_event([whole], RULES, EVENT)
    # The same days, with each of the other years in the place of the event's.
    for year in (2007, 2013):
        moved = around_event([whole], RULES, EVENT | {"time": f"{year}-12-08T05:15:00"})
        for limit in (2.0, 3.0):
            assert elsewhere(found, limit)[year] == by_chance(moved, limit)[0]
    assert sorted(elsewhere(found, 2.0)) == list(range(2007, 2016))
    # 2012 lacks a day; a window over the turn of the year ends in the next, which 2007 lacks.
    gap = whole["time"] != np.datetime64("2012-12-07")
    assert 2012 not in elsewhere(around_event([whole.isel(time=gap)], RULES, EVENT), 2.0)
    turn = around_event([whole], RULES, EVENT | {"time": "2012-01-01T00:00:00"})
    assert sorted(elsewhere(turn, 2.0)) == [2008, 2009, 2010, 2011, 2013, 2014, 2015, 2016]
    leap = around_event(
        [whole], RULES | {"least_years": 2}, EVENT | {"time": "2012-02-29T00:00:00"}
    )
    assert sorted(elsewhere(leap, 2.0)) == [2008, 2016]


def test_what_cannot_be_one_record(whole):
    other = record(range(2015, 2017), product="cdr")
    with pytest.raises(LaicflowError, match="one product expected, found cdr, uninterpolated"):
        around_event([whole, other], RULES, EVENT)
    shifted = whole.assign_coords(latitude=whole["latitude"] + 0.5)
    with pytest.raises(LaicflowError, match="maps of one grid expected"):
        around_event([whole, shifted], RULES, EVENT)
    with pytest.raises(LaicflowError, match=r"expected cells of \[0, 10\] N"):
        around_event([whole], RULES | {"latitude": [0, 10]}, EVENT)
    with pytest.raises(LaicflowError, match="no map of 1990-01-01 to 1991-01-01"):
        period = {"start": "1990-01-01", "end": "1991-01-01"}
        around_event([whole], RULES | {"period": period}, EVENT)
    late = EVENT | {"time": "2018-01-01T00:00:00"}
    with pytest.raises(LaicflowError, match="expected maps of 2017-12-30 to 2018-01-02"):
        around_event([whole], RULES, late)


def test_lines_that_enter_the_region(whole, tmp_path):
    paths = [[[82, 41], [84, 43]], [[0, 0], [1, 1]]]
    file = tmp_path / "faults.geojson"
    file.write_text(json.dumps({"type": "MultiLineString", "coordinates": paths}))
    rules = RULES | {"lines": [{"name": "faults", "file": str(file)}]}
    found = around_event([whole], rules, EVENT)
    assert json.loads(found.attrs["lines"]) == {"faults": [[[82.0, 41.0], [84.0, 43.0]]]}


def test_a_region_beyond_what_the_source_keeps():
    study = {"data": {"olr": "noaa_olr"}, "olr": RULES}
    check_kept({"latitude": [30, 55], "longitude": [70, 105]}, study)
    with pytest.raises(ConfigError, match="reach beyond what sources.noaa_olr keeps"):
        check_kept({"latitude": [30, 44], "longitude": [70, 105]}, study)


@pytest.mark.parametrize(
    ("kept", "own", "holds"),
    [
        ([100, 20], [10, 110], False),  # both edges are kept, 20 to 100 E is not
        ([100, 20], [110, 10], True),
        ([100, 20], [100, 20], True),
        ([170, -170], [175, -175], True),
        ([-180, 180], [100, 20], True),
        ([-180, 180], [-180, 180], True),
        ([70, 105], [90, 80], False),  # the long way round
        ([70, 105], [105, 110], False),
        ([100, 20], [-180, 180], False),
        ([0, 180], [90, -180], True),  # 180 and -180 are one
    ],
)
def test_the_middle_of_the_region_is_kept_too(kept, own, holds):
    study = {"data": {"olr": "noaa_olr"}, "olr": RULES | {"longitude": own}}
    there = {"latitude": [30, 55], "longitude": kept}
    if holds:
        check_kept(there, study)
        return
    with pytest.raises(ConfigError, match="reach beyond"):
        check_kept(there, study)
