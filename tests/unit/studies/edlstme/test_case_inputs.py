"""What a case reads of the store, from files that the test writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow import config as settings
from laicflow.errors import LaicflowError
from laicflow.schema import empty
from laicflow.store import write_netcdf, write_parquet
from laicflow.studies.edlstme import case_inputs
from tests.unit.studies.edlstme.test_case import DAY, HOUR, SPANS

ROOT = Path(__file__).resolve().parents[4]


def month(path: Path, times: np.ndarray, value: float) -> str:
    latitude, longitude = np.array([10.0, 15.0]), np.array([-90.0, -85.0])
    made = xr.Dataset(
        {
            "tec": (("time", "latitude", "longitude"), np.full((len(times), 2, 2), value)),
            "interval_s": ("time", np.full(len(times), 7200)),
        },
        {"time": times.astype("datetime64[ns]"), "latitude": latitude, "longitude": longitude},
    )
    write_netcdf(made, path)
    return str(path)


def test_maps_of_the_days_at_full_hours_once(tmp_path: Path):
    half = np.timedelta64(30, "m")
    before = np.arange(SPANS.train - DAY, SPANS.train + DAY, half)
    # The second file begins with the last epoch of the first, and its value stands.
    after = np.arange(before[-2], SPANS.train + 2 * DAY, half)
    paths = [month(tmp_path / "a.nc", before, 1.0), month(tmp_path / "b.nc", after, 2.0)]
    found = case_inputs.maps(paths, SPANS)
    times = found["time"].values.astype("datetime64[us]")
    np.testing.assert_array_equal(times, np.arange(SPANS.train, SPANS.train + 2 * DAY, HOUR))
    assert found["tec"].values[:, 0, 0].tolist() == [1.0] * 23 + [2.0] * 25
    with pytest.raises(LaicflowError, match="no map from 2000-11-21"):
        case_inputs.maps([month(tmp_path / "c.nc", before[:4], 1.0)], SPANS)


def test_indices_of_the_days(tmp_path: Path):
    times = np.arange(SPANS.train - 9 * DAY, SPANS.end + DAY, DAY)
    table = pd.DataFrame({"time": times, "kp": 1.0, "ap": 4.0})
    table.loc[20, "kp"] = np.nan
    write_parquet(table, tmp_path / "kp.parquet")
    found = case_inputs.index([str(tmp_path / "kp.parquet")], "kp", SPANS)
    assert list(found) == ["time", "kp"]
    # Three days before the first and up to the last of 55, one without a value.
    assert len(found) == 3 + 55 - 1
    assert found["time"].iloc[0] == pd.Timestamp(SPANS.train - 3 * DAY)
    assert case_inputs.index([], "kp", SPANS) is None
    write_parquet(table[:2], tmp_path / "old.parquet")
    with pytest.raises(LaicflowError, match="no value of kp .* case.kp to another source"):
        case_inputs.index([str(tmp_path / "old.parquet")], "kp", SPANS)


def test_catalog_of_the_days(tmp_path: Path):
    rows = {
        "event_id": ["a", "b", "c"],
        "time": pd.to_datetime(["2000-11-20 23:59", "2001-01-13 17:33", "2001-01-15 00:01"]),
        "latitude": [13.0] * 3,
        "longitude": [-88.0] * 3,
        "magnitude": [6.0, 7.7, 6.0],
        "magnitude_type": ["mww"] * 3,
        "source": ["usgs"] * 3,
        "event_type": ["earthquake"] * 3,
    }
    table = pd.concat([empty("events"), pd.DataFrame(rows)]).astype(empty("events").dtypes)
    write_parquet(table, tmp_path / "usgs.parquet")
    rules = settings.load(ROOT / "config")["catalog_rules"] | {"sources": ["usgs"]}
    found = case_inputs.catalog([str(tmp_path / "usgs.parquet")], rules, SPANS)
    # The days end with 14 January.
    assert found["event_id"].tolist() == ["b"]
