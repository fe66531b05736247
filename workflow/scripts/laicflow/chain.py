"""Rows of a table of which each seals the one before, so that none can be changed unseen.

`sha256` of a row is that of its canonical JSON: all other columns that are not missing, that of
the row before (`previous_sha256`, 64 zeros in the first) among them; keys sorted, no blanks,
times as YYYY-MM-DDTHH:MM:SS.ffffff (UTC). Missing values are left out, so that a column that a
later version adds breaks no chain.

A row that was changed, put in, moved or taken out of the middle breaks the chain. Rows taken away
at the end do not: nothing in the file tells of them, so the sha256 of the last row is to be kept
elsewhere too.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.schema import TABLES
from laicflow.schema_kinds import TIME, WHOLE

FIRST = "0" * 64


class LedgerError(LaicflowError):
    """A chain is not what was once written, or a row does not belong into it."""


def clock() -> pd.Timestamp:
    """The present instant in UTC, by the computer's clock: LAICFLOW_NOW does not move it."""
    return pd.Timestamp.now("UTC").tz_localize(None).as_unit("us")


def row_sha256(row: dict, name: str) -> str:
    """The sha256 of a row of the table `name`; its own, if it has one, does not count."""
    kinds = TABLES[name]
    kept = {key: _plain(value, kinds[key]) for key, value in row.items() if key != "sha256"}
    kept = {key: value for key, value in kept.items() if value is not None}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(rows: Iterable[dict], last: str, name: str) -> list[dict]:
    """Rows of the table `name` that follow the one with the sha256 `last`, each with its seals."""
    made = []
    for row in rows:
        row = {**row, "previous_sha256": last}
        row["sha256"] = last = row_sha256(row, name)
        made.append(row)
    return made


def verified(table: pd.DataFrame, path: str | Path, name: str, anchor: str = "") -> str:
    """The sha256 of the last row of a whole chain; 64 zeros where it has no row.

    Parameters
    ----------
    table : table `name`
    path : where it was read, for messages
    anchor : sha256 of a row that must be among them

    Raises
    ------
    LedgerError : the first row that is not what was written, an anchor that is not there
    """
    last, seen = FIRST, {FIRST}
    for number, row in enumerate(table.to_dict("records"), start=1):
        of = row.get("window_id", f"{row['run']}/{row['variant']}/{row['experiment']}")
        where = f"{path}, row {number} ({row['kind']} of {of})"
        if row["previous_sha256"] != last:
            raise LedgerError(
                f"{where}: expected {last} as the sha256 of the row before, found "
                f"{row['previous_sha256']}: a row is missing, added or moved"
            )
        found = row_sha256(row, name)
        if found != row["sha256"]:
            raise LedgerError(f"{where}: expected sha256 {row['sha256']}, found {found}: changed")
        last = found
        seen.add(last)
    if anchor and anchor not in seen:
        raise LedgerError(f"{path}: no row has the sha256 {anchor}: rows are missing at the end")
    return last


def make_durable(path: Path) -> None:
    """Have a file on the disk, under its name: what names it must not outlive it."""
    for part in (path, path.parent):
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _plain(value: object, kind: str) -> object:
    """A value as JSON has it, None where it is missing."""
    if pd.isna(value):
        return None
    if kind == TIME:
        return pd.Timestamp(value).isoformat(timespec="microseconds")
    if kind == WHOLE:
        return int(value)
    return value if isinstance(value, str) else float(value)
