"""Files that are copied whole."""

from __future__ import annotations

import pytest

from laicflow.files import copy


def test_a_copy_takes_the_sidecar_along(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"rows")
    (tmp_path / "a.parquet.provenance.json").write_text("{}")
    copy(tmp_path / "a.parquet", tmp_path / "deep/b.parquet")
    found = {path.name: path.read_bytes() for path in (tmp_path / "deep").iterdir()}
    assert found == {"b.parquet": b"rows", "b.parquet.provenance.json": b"{}"}


def test_a_copy_of_nothing_leaves_nothing(tmp_path):
    (tmp_path / "b.parquet").write_bytes(b"older")
    with pytest.raises(FileNotFoundError):
        copy(tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b.parquet": b"older"}
