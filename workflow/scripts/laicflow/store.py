"""Writing that leaves a whole file or none, with where it came from inside.

The same inputs give the same bytes, so that nothing below an unchanged file runs again. What
changes from run to run (time, host) goes into a sidecar `<file>.provenance.json`, which no rule
declares.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from laicflow.files import atomic_path, sha256, strictest, write_json


def provenance(inputs: Iterable[str | Path]) -> dict[str, str]:
    """What a file made of `inputs` says of them: sha256 of each by its path, and the licence."""
    inputs = [Path(path) for path in inputs]
    digests = {path.as_posix(): sha256(path) for path in inputs}
    return {
        "inputs_sha256": json.dumps(digests, sort_keys=True),
        "licence": strictest(filter(None, (licence_of(path) for path in inputs))),
    }


def licence_of(path: str | Path) -> str | None:
    """The licence that a file of the store carries, None where it carries none."""
    path = Path(path)
    if path.suffix == ".parquet":
        return read_attributes(path).get("licence")
    if path.suffix == ".nc":
        with xr.open_dataset(path) as dataset:
            return dataset.attrs.get("licence")
    if path.suffix == ".json":
        return json.loads(path.read_text()).get("licence")
    return None


def write_parquet(
    table: pd.DataFrame,
    path: str | Path,
    *,
    attributes: dict[str, str] | None = None,
    row_groups: Sequence[int] | None = None,
    **encoding: object,
) -> None:
    """Write a table with `attributes` in the file's own metadata, without the index.

    Parameters
    ----------
    row_groups : rows of each row group, which sum up to the table's; by default pyarrow's choice
    encoding : further options of `pyarrow.parquet.ParquetWriter`
    """
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    kept = {key: str(value) for key, value in (attributes or {}).items()}
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **_encoded(kept)})
    with atomic_path(path) as temporary:
        if row_groups is None:
            pq.write_table(arrow, temporary, compression="zstd", **encoding)
        else:
            _write_groups(arrow, temporary, row_groups, encoding)
    _write_sidecar(path)


def _write_groups(
    arrow: pa.Table, path: Path, row_groups: Sequence[int], encoding: dict[str, object]
) -> None:
    """Write a table in row groups of given lengths."""
    if sum(row_groups) != arrow.num_rows:
        raise ValueError(f"row groups of {sum(row_groups)} rows for {arrow.num_rows}")
    with pq.ParquetWriter(path, arrow.schema, compression="zstd", **encoding) as writer:
        start = 0
        for rows in row_groups:
            writer.write_table(arrow.slice(start, rows), row_group_size=max(rows, 1))
            start += rows


def read_parquet(path: str | Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table; its attributes stand in `.attrs`."""
    table = pd.read_parquet(path, columns=columns)
    table.attrs = read_attributes(path)
    return table


def read_tables(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Tables of one schema, one below the other; empty ones leave no trace in the types."""
    tables = [read_parquet(path) for path in paths]
    return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)


def read_attributes(path: str | Path) -> dict[str, str]:
    """The attributes that `write_parquet` put into a file."""
    metadata = pq.read_schema(path).metadata or {}
    own = {key.decode(): value.decode() for key, value in metadata.items()}
    return {key[9:]: value for key, value in own.items() if key.startswith("laicflow.")}


def write_netcdf(
    dataset: xr.Dataset,
    path: str | Path,
    *,
    attributes: dict[str, str] | None = None,
    compress: bool = True,
) -> None:
    """Write a Dataset as NetCDF-4; times in seconds since 1970 (UTC), in microseconds where a
    second is parted.

    Values of few decimals (nT to 0.01 in 64 bits) hardly shrink: they are written as they are
    (`compress` false), which takes two thirds more disk and much less time.
    """
    dataset = dataset.assign_attrs({k: str(v) for k, v in (attributes or {}).items()})
    encoding = {}
    for name, variable in dataset.variables.items():
        if compress and variable.dtype.kind == "f" and name in dataset.data_vars:
            encoding[name] = {"zlib": True, "complevel": 4, "shuffle": True}
        if variable.dtype.kind == "M":
            unit = "seconds" if _whole_seconds(variable.values) else "microseconds"
            encoding[name] = {"units": f"{unit} since 1970-01-01", "dtype": "int64"}
    with atomic_path(path) as temporary:
        dataset.to_netcdf(temporary, engine="netcdf4", format="NETCDF4", encoding=encoding)
    _write_sidecar(path)


def _whole_seconds(times: np.ndarray) -> bool:
    """Whether no time lies between two seconds."""
    return bool((times == times.astype("datetime64[s]"))[~np.isnat(times)].all())


def read_netcdf(path: str | Path) -> xr.Dataset:
    """Read a whole Dataset into memory and close the file."""
    with xr.open_dataset(path, engine="netcdf4") as dataset:
        return dataset.load()


def _encoded(attributes: dict[str, str]) -> dict[bytes, bytes]:
    """Attributes as the bytes that Arrow keeps, under our own prefix."""
    return {f"laicflow.{key}".encode(): value.encode() for key, value in attributes.items()}


def _write_sidecar(path: str | Path) -> None:
    """Say when and where a file was written, beside it."""
    path = Path(path)
    content = {
        "file": path.name,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "python": platform.python_version(),
        "code": os.environ.get("LAICFLOW_CODE", ""),
    }
    write_json(content, path.with_name(path.name + ".provenance.json"))
