from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from laicflow.config import with_variants
from laicflow.errors import ConfigError, LaicflowError
from laicflow.schema import empty
from laicflow.store import write_netcdf, write_parquet
from laicflow.studies.edlstme import needs
from laicflow.studies.edlstme.samples import choose
from laicflow.studies.edlstme.windows import LATER, lagged, prepare

DAYS = 40
ROOT = Path(__file__).parents[4]


def study(**changes) -> dict:
    own = yaml.safe_load((ROOT / "config/studies/edlstme.yaml").read_text())["edlstme"]
    own = own | {"period": {"start": "2016-01-01", "end": "2016-02-09"}}
    points = [{"site": s, "latitude": 40.0, "longitude": 10.0 + k, "group": "main"}
              for k, s in enumerate(("AAAA", "BBBB"))]  # fmt: skip
    own["sites"] = {"mode": "points", "points": points}
    own["series"] = {"step_minutes": 60}
    own["window"] |= {"lag_hours": 24.25, "horizon_hours": 2}
    own["split"] |= {"validation_from": "2016-01-20", "test_from": "2016-02-01"}
    return own | changes


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Hourly VTEC of two stations with a gap and a spike, and Kp that counts its three hours."""
    times = pd.date_range("2016-01-01", periods=24 * DAYS, freq="h")
    wave = 20 + 8 * np.sin(2 * np.pi * np.arange(len(times)) / 24)
    vtec = np.stack([wave, wave + 1], axis=1)
    vtec[500:502, 0] = np.nan
    vtec[700, 1] = 400.0
    made = xr.Dataset(
        {"vtec": (("time", "station"), vtec.astype("float32"))},
        coords={"time": times, "station": np.array(["AAAA", "BBBB"], dtype=object)},
    )
    made.attrs = {"step_s": 3600.0, "source": "own_tec", "citation": "own"}
    made = made.assign_coords(latitude=("station", [40.0, 40.05]), longitude=("station", [10, 11]))
    write_netcdf(made, tmp_path / "all.nc")
    threes = pd.date_range("2015-12-28", periods=8 * 50, freq="3h").astype("datetime64[us]")
    kp = pd.DataFrame({"time": threes, "kp": np.arange(400) % 9, "ap": 2.0 * (np.arange(400) % 9)})
    write_parquet(kp, tmp_path / "kp.parquet")
    return [str(tmp_path / "all.nc"), str(tmp_path / "kp.parquet")]


def tensors_of(files: list[str], own: dict, name: str) -> xr.Dataset:
    options = {key: own[key] for key in needs.STEPS["tensors"]} | needs.preparation(own, name)
    sites = pd.DataFrame(own["sites"]["points"])
    return prepare(files, sites, options)


def test_the_published_preparation_fills_from_both_sides_and_takes_out_the_spike(files) -> None:
    made = tensors_of(files, study(), "smoothed")
    counts = json.loads(made.attrs["counts"])
    assert counts["AAAA"]["filled"] == 2 and counts["BBBB"]["outliers"] == 1
    assert made["vtec"].values[700, 1] == 400
    # What is filled in lies near the wave that was cut out.
    wave = 20 + 8 * np.sin(2 * np.pi * np.array([500, 501]) / 24)
    np.testing.assert_allclose(made["cleaned"].values[500:502, 0], wave, atol=0.5)
    assert made["filled"].values.sum() == 3


def test_a_site_of_another_place_than_its_series_is_refused(files) -> None:
    own = study()
    own["sites"]["points"][1]["longitude"] = 371.05
    tensors_of(files, own, "filtered")
    own["sites"]["points"][1]["longitude"] = 11.2
    with pytest.raises(LaicflowError, match=r"BBBB lies at 40, 11\.2 there.* is of 40\.05, 11 "):
        tensors_of(files, own, "filtered")


def test_the_clean_preparation_keeps_what_stands_out(files) -> None:
    made = tensors_of(files, study(), "filtered")
    assert made["cleaned"].values[700, 1] == 400 and made["filled"].values[:, 1].sum() == 0


def test_the_filter_knows_nothing_of_what_comes_after_a_gap(files, tmp_path: Path) -> None:
    before = tensors_of(files, study(), "filtered")
    with xr.open_dataset(files[0]) as opened:
        other = opened.load()
    other["vtec"].values[502:] += 5
    write_netcdf(other, tmp_path / "other.nc")
    after = tensors_of([str(tmp_path / "other.nc"), files[1]], study(), "filtered")
    for one in (before, after):
        assert np.isfinite(one["cleaned"].values[500:502, 0]).all()
    np.testing.assert_allclose(
        before["cleaned"].values[500, 0], after["cleaned"].values[500, 0], atol=1e-4
    )


def test_windows_have_the_shape_that_the_networks_are_told(files) -> None:
    own = study()
    for name, one in with_variants(own).items():
        if one["window"]["group"] != "main":
            continue
        one["data"] = one["data"] | {"f107": "unavailable"}
        made = lagged(tensors_of(files, own, one["window"]["preparation"]), one)
        told = needs.network(one)
        shape = made(made.names[:1]).shape
        assert shape == (1, 1, told["steps"], told["features"]) == (1, 1, 25, 4), name
        assert made.values(made.names[:1]).shape == (1, told["leads"], told["outputs"])


def test_current_indices_are_those_of_the_epoch_and_published_ones_lag(files) -> None:
    own = study()
    shown = {}
    for name in ("paper", "clean"):
        one = with_variants(own)[name]
        made = lagged(tensors_of(files, own, one["window"]["preparation"]), one)
        at = made(["2016-01-10T12:00:00"])[0, 0, -1, made.features.index("kp")]
        shown[name] = int(at)
    # 12 UT of 10 January begins the span 13 days and 12 h after 28 December: 8 * 13 + 4 = 108.
    assert shown["paper"] == 108 % 9
    # Published an hour after its end: the last is that of 6 to 9 UT.
    assert shown["clean"] == 106 % 9


def test_samples_split_by_date_and_share_no_epoch_where_they_are_purged(files) -> None:
    own = with_variants(study())["clean"]
    made = tensors_of(files, own, "filtered")
    none = {"kp": None, "dst": None, "f107": None}
    samples, splits, facts = choose(made, empty("events"), none, own, names=(), latency_days=1)
    table = splits.merge(samples, on="sample_id", suffixes=("", "_own"))
    by = table.groupby("split")
    assert set(by.groups) == {"train", "validation", "test", "purged"}
    reach = pd.Timedelta(hours=2)
    test, train = by.get_group("test"), by.get_group("train")
    assert (train["end"] + reach).max() <= test["support_start"].min()
    assert test["issue_time"].min() >= pd.Timestamp("2016-02-01")
    assert facts["parts"]["test"] == test["window_id"].nunique()
    assert (samples["available_at"] >= samples["issue_time"] + pd.Timedelta(days=1)).all()


def test_a_series_of_another_step_or_without_a_station_is_refused(files) -> None:
    with pytest.raises(ConfigError, match="step_minutes is 30"):
        tensors_of(files, study(series={"step_minutes": 30}), "filtered")
    own = study()
    own["sites"]["points"].append({**own["sites"]["points"][0], "site": "CCCC"})
    with pytest.raises(ConfigError, match="no series of CCCC"):
        tensors_of(files, own, "filtered")


def test_no_clean_window_ends_between_two_maps_and_knows_the_later_one(files) -> None:
    own = study()
    made = tensors_of(files, own, "filtered")
    made["between"].values[1::2] = 1
    clean = lagged(made, with_variants(own)["clean"])
    assert {pd.Timestamp(name).hour % 2 for name in clean.names} == {0}
    assert clean.left_out[LATER] > 400
    paper = lagged(made, with_variants(own)["paper"])
    assert LATER not in paper.left_out
