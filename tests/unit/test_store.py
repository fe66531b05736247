"""Whole files or none, the same bytes for the same content, and where they came from."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

from laicflow import files, store


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_two_writers_never_share_a_temporary_name(tmp_path):
    with files.atomic_path(tmp_path / "a.nc") as one, files.atomic_path(tmp_path / "a.nc") as two:
        assert one != two
        assert one.suffix == two.suffix == ".nc"
        one.write_text("1")
        two.write_text("2")
    assert (tmp_path / "a.nc").read_text() == "1"


def test_parquet_bytes_and_attributes(tmp_path):
    table = pd.DataFrame({"time": pd.to_datetime(["2001-01-13"]), "x": [1.5], "name": ["a"]})
    for name in ("a", "b"):
        store.write_parquet(table, tmp_path / f"{name}.parquet", attributes={"licence": "cite"})
    assert files.sha256(tmp_path / "a.parquet") == files.sha256(tmp_path / "b.parquet")
    back = store.read_parquet(tmp_path / "a.parquet")
    assert back.attrs == {"licence": "cite"}
    pd.testing.assert_frame_equal(back, table)
    sidecar = json.loads((tmp_path / "a.parquet.provenance.json").read_text())
    assert sidecar["file"] == "a.parquet"


def test_netcdf_bytes_and_times(tmp_path):
    times = pd.date_range("2000-11-21T01", periods=3, freq="2h").to_numpy()
    values = np.array([1.5, np.nan, 3], dtype="float32")
    dataset = xr.Dataset({"tec": ("time", values)}, coords={"time": times})
    for name in ("a", "b"):
        store.write_netcdf(dataset, tmp_path / f"{name}.nc", attributes={"licence": "cite"})
    assert files.sha256(tmp_path / "a.nc") == files.sha256(tmp_path / "b.nc")
    back = store.read_netcdf(tmp_path / "a.nc")
    assert (back["time"].values.astype("datetime64[s]") == times.astype("datetime64[s]")).all()
    np.testing.assert_array_equal(back["tec"].values, values)


def test_strictest_licence_wins(tmp_path):
    assert files.strictest(["public domain", "no redistribution", "CC BY 4.0"]) == (
        "no redistribution"
    )
    with pytest.raises(ValueError):
        files.strictest(["WTFPL"])
    table = pd.DataFrame({"x": [1]})
    store.write_parquet(table, tmp_path / "a.parquet", attributes={"licence": "CC BY 4.0"})
    files.write_json({"licence": "public domain"}, tmp_path / "b.json")
    told = store.provenance([tmp_path / "a.parquet", tmp_path / "b.json"])
    assert told["licence"] == "CC BY 4.0"
    assert json.loads(told["inputs_sha256"])[(tmp_path / "b.json").as_posix()] == files.sha256(
        tmp_path / "b.json"
    )


def test_empty_tables_do_not_spoil_types(tmp_path):
    full = pd.DataFrame({"n": pd.array([1], dtype="Int64")})
    store.write_parquet(full, tmp_path / "a.parquet")
    store.write_parquet(full.iloc[:0], tmp_path / "b.parquet")
    joined = store.read_tables([tmp_path / "b.parquet", tmp_path / "a.parquet"])
    assert joined["n"].tolist() == [1] and str(joined["n"].dtype) == "Int64"


def test_row_groups_of_given_lengths(tmp_path):
    table = pd.DataFrame({"x": np.arange(7.0)})
    path = tmp_path / "a.parquet"
    store.write_parquet(table, path, row_groups=[2, 5], write_statistics=["x"])
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(at).num_rows for at in range(2)] == [2, 5]
    statistics = metadata.row_group(1).column(0).statistics
    assert (statistics.min, statistics.max) == (2.0, 6.0)
    pd.testing.assert_frame_equal(store.read_parquet(path), table)
    with pytest.raises(ValueError, match="row groups of 6 rows for 7"):
        store.write_parquet(table, path, row_groups=[6])
    assert len(store.read_parquet(path)) == 7


def test_times_between_two_seconds_are_kept(tmp_path):
    times = np.array(["2019-11-01T00:00:00.125", "2019-11-01T00:00:01.250"], "datetime64[us]")
    dataset = xr.Dataset({"a": ("n", [1.0, 2.0])}, {"start": ("n", times)})
    store.write_netcdf(dataset, tmp_path / "a.nc")
    assert (store.read_netcdf(tmp_path / "a.nc")["start"].values == times).all()
