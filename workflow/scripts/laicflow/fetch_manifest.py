"""manifest.parquet: what arrived, from where and when; one row a version of a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
from filelock import FileLock

from laicflow import fetch_journal
from laicflow.errors import FetchError
from laicflow.fetch_disk import DiskError, room
from laicflow.files import atomic_path

if TYPE_CHECKING:
    import pandas as pd

# About the bytes that a new row takes.
ROW = 4096

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
        # What partitions say of the file, "" where nothing: "<partition>: <text>; ...".
        ("note", pa.string()),
    ]
)
BETWEEN = "; "


class Manifest:
    """The manifest of a folder of raw files; other processes may write to it as well.

    What is appended and confirmed stands in a journal beside it until `fold`.
    """

    def __init__(self, raw: Path) -> None:
        self.path = Path(raw) / "manifest.parquet"
        self._journal = fetch_journal.path_of(self.path)
        self._lock = FileLock(str(self.path.with_name(".manifest.lock")))
        self._seen: object = ()
        self._place = fetch_journal.START
        self._latest: dict[str, dict] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Read what other processes have written since; whether there was anything."""
        seen = _signature(self.path)
        if seen == self._seen:
            entries, place = fetch_journal.read(self._journal, self._place)
            # Where another process has folded meanwhile, what it folded is in the manifest.
            if _signature(self.path) == seen:
                fetch_journal.follow(self._latest, entries)
                self._place = place
                return bool(entries)
            seen = _signature(self.path)
        rows, self._place = _rows(self.path)
        self._latest = {row["file"]: row for row in rows}
        self._seen = seen
        return True

    def latest(self, file: str) -> dict | None:
        """The row of the newest version of a file, None where there is none."""
        return self._latest.get(file)

    def append(self, row: dict) -> None:
        """Add the row of a version that has arrived; `checked` is the time of its arrival."""
        row = {"note": "", **row, "checked": row["fetched"]}
        with self._alone():
            fetch_journal.add(self._journal, row)
            self.refresh()

    def confirm(self, file: str, now: dt.datetime) -> None:
        """Note that the upstream still has the newest version of a file."""
        with self._alone():
            self.refresh()
            fetch_journal.confirm(self._journal, self._latest[file], now)
            self.refresh()

    def fold(self) -> None:
        """Write the manifest anew with what stands in the journal, where anything does.

        A disk that is full leaves both as they are: nothing is lost by that.
        """
        if not self._journal.exists():
            return
        with contextlib.suppress(DiskError), self._alone():
            self._write(_rows(self.path)[0])

    def note(self, partition: str, said: dict[str, str]) -> None:
        """Let the newest rows of files say what a partition has to say of them.

        Another partition may have the same file and other files beside it: what that one has said
        stays.

        Parameters
        ----------
        said : text by file; "" takes away what the partition said before
        """
        self.refresh()
        if not _noted(self._latest, partition, said):
            return
        with self._alone():
            rows, _ = _rows(self.path)
            latest = {row["file"]: row for row in rows}
            changed = _noted(latest, partition, said)
            for file, note in changed.items():
                latest[file]["note"] = note
            if changed:
                self._write(rows)
        self.refresh()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile; a disk that is full leaves the manifest as it was."""
        # What is there is written again, and a row with it.
        size = self.path.stat().st_size + ROW if self.path.is_file() else ROW
        with room(self.path.parent, self.path.name, size), self._lock:
            yield

    def _write(self, rows: list[dict]) -> None:
        """Replace the file as a whole; the journal is in it then."""
        table = _table(rows)
        with atomic_path(self.path) as temporary:
            pq.write_table(table, temporary, compression="zstd")
        self._journal.unlink(missing_ok=True)


def read(path: Path) -> pa.Table:
    """The rows in the order of their arrival, those of the journal too; empty without a file.

    Raises
    ------
    FetchError : something else has damaged the file
    """
    return _table(_rows(Path(path))[0])


def _table(rows: list[dict]) -> pa.Table:
    """Rows as a table.

    By way of JSON: `Table.from_pylist` imports pandas, which takes longer than most fetches.
    """
    if not rows:
        return SCHEMA.empty_table()
    lines = "\n".join(json.dumps(row, default=str) for row in rows)
    as_asked = pyarrow.json.ParseOptions(
        explicit_schema=SCHEMA, newlines_in_values=True, unexpected_field_behavior="error"
    )
    return pyarrow.json.read_json(io.BytesIO(lines.encode()), parse_options=as_asked)


def _rows(path: Path) -> tuple[list[dict], fetch_journal.Place]:
    """The rows of the manifest at a path and of its journal, and how far that was read."""
    # The journal first: what is folded in meanwhile stands in both.
    entries, place = fetch_journal.read(fetch_journal.path_of(path))
    rows = _folded(path)
    fetch_journal.apply(rows, entries)
    return rows, place


def _folded(path: Path) -> list[dict]:
    """The rows of the manifest itself."""
    if not path.exists():
        return []
    try:
        with pq.ParquetFile(path) as file:
            rows = file.read().to_pylist()
    except pa.ArrowInvalid as error:
        raise FetchError(
            f"{path}: expected a manifest, found a file that is no Parquet ({error}); move it "
            "away and run again: the files beside it are then fetched anew"
        ) from error
    # Earlier manifests have no notes.
    return [
        {name: row.get(name) for name in SCHEMA.names} | {"note": row.get("note") or ""}
        for row in rows
    ]


def frame(raw: Path) -> pd.DataFrame:
    """The manifest of a folder as a table."""
    return read(Path(raw) / "manifest.parquet").to_pandas()


def newest(raw: Path) -> dict[str, dict]:
    """The row of the newest version of each file of a folder."""
    return {row["file"]: row for row in _rows(Path(raw) / "manifest.parquet")[0]}


def _noted(latest: dict[str, dict], partition: str, said: dict[str, str]) -> dict[str, str]:
    """The notes that change when a partition says something of files that have a row."""
    changed = {}
    for file, text in said.items():
        if file not in latest:
            continue
        before = latest[file]["note"]
        others = [
            one for one in before.split(BETWEEN) if one and not one.startswith(f"{partition}: ")
        ]
        own = [f"{partition}: {text}"] if text else []
        if (after := BETWEEN.join(sorted([*others, *own]))) != before:
            changed[file] = after
    return changed


def _signature(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file is replaced; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
