"""manifest.parquet: what arrived, from where and when; one row a version of a file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from laicflow.store import atomic_path

TIME = pa.timestamp("us")
SCHEMA = pa.schema(
    [
        ("url", pa.string()),
        ("path", pa.string()),  # the URL's part after the base
        ("source", pa.string()),
        ("file", pa.string()),  # relative to the folder of raw files
        ("fetched", TIME),  # UTC
        ("checked", TIME),  # UTC, when the upstream last confirmed this version
        ("size", pa.int64()),  # bytes
        ("sha256", pa.string()),
        ("etag", pa.string()),
        ("last_modified", pa.string()),
        ("licence", pa.string()),
        ("origin", pa.string()),
    ]
)


class Manifest:
    """The manifest of a folder of raw files; other processes may write to it as well."""

    def __init__(self, raw: Path) -> None:
        self.path = Path(raw) / "manifest.parquet"
        self._lock = FileLock(str(self.path.with_name(".manifest.lock")))
        self._latest = _latest(read(self.path))

    def latest(self, file: str) -> dict | None:
        """The row of the newest version of a file, None where there is none."""
        return self._latest.get(file)

    def append(self, row: dict) -> None:
        """Add the row of a version that has arrived; `checked` is the time of its arrival."""
        row = {**row, "checked": row["fetched"]}
        with self._lock:
            table = read(self.path)
            added = pa.Table.from_pylist([row], schema=SCHEMA)
            self._write(pa.concat_tables([table, added]))
        self._latest[row["file"]] = row

    def confirm(self, file: str, now: dt.datetime) -> None:
        """Note that the upstream still has the newest version of a file."""
        with self._lock:
            rows = read(self.path).to_pylist()
            last = max(i for i, row in enumerate(rows) if row["file"] == file)
            rows[last]["checked"] = now
            self._write(pa.Table.from_pylist(rows, schema=SCHEMA))
        self._latest[file] = rows[last]

    def _write(self, table: pa.Table) -> None:
        """Replace the file as a whole."""
        with atomic_path(self.path) as temporary:
            pq.write_table(table, temporary, compression="zstd")


def read(path: Path) -> pa.Table:
    """The rows in the order of their arrival; an empty table where there is no file."""
    if not Path(path).exists():
        return SCHEMA.empty_table()
    return pq.read_table(path, schema=SCHEMA)


def frame(raw: Path) -> pd.DataFrame:
    """The manifest of a folder as a table."""
    return read(Path(raw) / "manifest.parquet").to_pandas()


def _latest(table: pa.Table) -> dict[str, dict]:
    """The last row of each file."""
    return {row["file"]: row for row in table.to_pylist()}
