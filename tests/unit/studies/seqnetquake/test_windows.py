from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.simulate import orbits
from laicflow.store import read_netcdf, write_netcdf, write_parquet
from laicflow.studies.seqnetquake import account, windows
from tests.unit.studies.seqnetquake.made import rules, samples, tensors

MISSION = {"start": "2019-03-01", "end": "2019-03-01", "orbit": "recorded", "latitude_max": 65}
STUDY = {"window": {"features": ["ne", "te"]}}


@pytest.fixture
def store(tmp_path) -> list[str]:
    """Two files: the second holds samples of a day after the mission's last, too."""
    first = samples([float(s) for s in range(9)])
    second = samples([100.0, 101, 102, 103, 90_000, 90_001, 90_002, 90_003])
    paths = []
    for name, table in (("2019-03", first), ("2019-04", second)):
        path = tmp_path / f"{name}.parquet"
        write_parquet(table, path, attributes={"source": "cses_lap", "citation": "X"})
        paths.append(str(path))
    return paths


def _prepare(store: list[str], **changed):
    return windows.prepare(
        store, pd.DataFrame(), {"preparation": rules(**changed), "mission": MISSION}
    )


def test_windows_of_all_files_within_the_days_of_the_mission(store: list[str]) -> None:
    made = _prepare(store)
    assert made["values"].dims == ("window", "step", "feature")
    starts = pd.to_datetime(made["start"].values)
    assert starts.strftime("%H:%M:%S").tolist() == ["00:00:00", "00:00:04", "00:01:40"]
    assert made.attrs["source"] == "cses_lap"
    assert windows.said(made) == ["3 windows of 4 samples out of 13 samples, 2 unbroken runs"]


def test_a_window_is_found_by_its_name_after_the_file_was_written(store, tmp_path) -> None:
    made = _prepare(store)
    write_netcdf(made, tmp_path / "t.nc")
    again = read_netcdf(tmp_path / "t.nc")
    names = windows.names(again, np.array([2, 0]))
    assert names == ["CSES/2019-03-01T00:01:40.000", "CSES/2019-03-01T00:00:00.000"]
    cut = windows.cut(again, names, STUDY)
    assert cut.shape == (2, 1, 4, 2) and cut.dtype == np.float32
    np.testing.assert_array_equal(cut[1, 0, :, 0], [1000, 1010, 1020, 1030])
    np.testing.assert_array_equal(cut[0, 0, :, 1], [1900, 1899, 1898, 1897])


def test_missing_values_are_zero_and_facts_may_be_features(store: list[str]) -> None:
    made = _prepare(store)
    made["values"][0, 1, 0] = np.nan
    names = windows.names(made, np.array([0]))
    own = {"window": {"features": ["ne", "local_time"]}}
    np.testing.assert_array_equal(windows.cut(made, names, own)[0, 0, :2], [[1000, 2], [0, 2]])
    assert np.isnan(windows.cut_values(made, names, own)[0, 0, 1, 0])


@pytest.mark.parametrize("name", ["CSES/2019-03-01T00:00:01.000", "A/2019-03-01T00:00:00.000"])
def test_a_window_that_is_not_there_is_refused(store: list[str], name: str) -> None:
    with pytest.raises(LaicflowError, match=f"no window '{name}'"):
        windows.cut(_prepare(store), [name], STUDY)


def test_an_unknown_feature_is_refused() -> None:
    made = tensors([(0.0, 0.0)], [0])
    names = windows.names(made, np.array([0]))
    with pytest.raises(LaicflowError, match="no 'ni'"):
        windows.cut(made, names, {"window": {"features": ["ni"]}})


def test_the_first_sample_of_a_pass_of_cses_is_left_out(tmp_path) -> None:
    table = samples([float(s) for s in range(9)], quality=[8] + [0] * 8)
    for satellite, first in (("CSES", "00:00:01"), ("A", "00:00:00")):
        path = tmp_path / f"{satellite}.parquet"
        write_parquet(table.assign(satellite=satellite), path)
        made = _prepare([str(path)])
        assert pd.Timestamp(made["start"].values[0]).strftime("%H:%M:%S") == first


def test_a_recorded_mission_without_files_is_refused() -> None:
    with pytest.raises(LaicflowError, match="no file of the satellite"):
        _prepare([])


def test_computed_orbits_give_places_without_values() -> None:
    mission = {"start": "2006-01-01", "end": "2006-01-02", "orbit": "simulated"}
    mission |= {"satellite": "demeter", "latitude_max": 65}
    own = rules(steps=20)
    made = windows.prepare([], pd.DataFrame(), {"preparation": own, "mission": mission})
    assert made.sizes["feature"] == 0
    # 14.7 orbits a day, each with one night side of 130 degrees, 36 minutes: 108 windows of 20 s.
    assert made.sizes["window"] == pytest.approx(2 * 14.7 * 108, rel=0.03)
    assert set(made["direction"].values.tolist()) == {1}
    assert float(np.abs(made["latitude_first"]).max()) <= 65
    start = made["start"].values[1000:1001]
    there = orbits.positions("demeter", start)
    assert float(made["latitude_first"][1000]) == pytest.approx(there["latitude"][0], abs=1e-4)
    assert windows.names(made, np.array([0]))[0].startswith("DEMETER/2006-01-01T00:")


def test_samples_beyond_the_latitude_are_left_out_and_counted(tmp_path) -> None:
    table = samples([float(s) for s in range(12)])
    table["latitude"] = [64.9, 65.1, -65.2, -64.8] + [0.0] * 8
    path = tmp_path / "a.parquet"
    write_parquet(table, path)
    counts = json.loads(_prepare([str(path)]).attrs["counts"])
    assert counts["beyond_left_out"] == 2
    assert counts["samples"] == 12 - 2 - counts["first_left_out"]


def test_noisy_samples_go_where_the_preparation_says_so_and_all_are_counted(tmp_path) -> None:
    # First and noisy, noisy, and one whose density alone is masked.
    table = samples([float(s) for s in range(12)], quality=[8 + 4, 0, 4, 1] + [0] * 8)
    path = tmp_path / "a.parquet"
    write_parquet(table, path)
    told = {}
    for choice in ("keep", "leave_out"):
        made = _prepare([str(path), str(path)], noisy=choice, gap_s=2.5)
        counts = json.loads(made.attrs["counts"])
        told[choice] = [counts[f"{why}_left_out"] for why in account.LEFT_OUT]
        assert counts["samples"] + sum(told[choice]) == 24
    assert told == {"keep": [0, 2, 0], "leave_out": [0, 2, 2]}
