"""A ledger of forecasts: rows are added and never changed, and each seals the one before.

`sha256` of a row is that of its canonical JSON: all other columns that are not missing, that of
the row before (`previous_sha256`, 64 zeros in the first) among them; keys sorted, no blanks,
times as YYYY-MM-DDTHH:MM:SS.ffffff (UTC). Missing values are left out, so that a column that a
later version adds breaks no chain.

A row that was changed, put in, moved or taken out of the middle breaks the chain. Rows taken away
at the end do not: nothing in the file tells of them. The sha256 of the last row is therefore kept
elsewhere too (in the receipt of an update), and `verify` takes it as an anchor.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
from filelock import FileLock

from laicflow.errors import LaicflowError
from laicflow.schema import FORECASTS as COLUMNS
from laicflow.schema import TIME, WHOLE, conform, empty
from laicflow.store import read_parquet, write_parquet

FIRST = "0" * 64
FORECAST, OUTCOME = "forecast", "outcome"
# What a forecast is about: no two forecasts share it, and an outcome names its forecast by it.
KEY = ("run", "study", "variant", "experiment", "site", "window_id")
SEALS = ("previous_sha256", "sha256")
_NEEDED = {
    FORECAST: ("window_start", "window_end", "horizon_end", "issue_time", "score", "model_sha256"),
    OUTCOME: ("horizon_end", "outcome", "known_at"),
}


class LedgerError(LaicflowError):
    """A ledger is not what was once written, or a row does not belong into it."""


def read(path: str | Path) -> pd.DataFrame:
    """The table `forecasts` in the order of writing, empty where there is no file; unverified.

    Raises
    ------
    LedgerError : a file that is no Parquet
    SchemaError : other columns or types
    """
    path = Path(path)
    if not path.exists():
        return empty("forecasts")
    try:
        return conform(read_parquet(path), "forecasts")
    except pa.ArrowInvalid as error:
        raise LedgerError(f"{path}: expected a ledger, found no Parquet ({error})") from error


def verify(path: str | Path, anchor: str = "") -> str:
    """The sha256 of the last row of a ledger whose chain is whole; 64 zeros where it has no row.

    Parameters
    ----------
    anchor : sha256 of a row that must be among them, as a receipt has it: so it is seen where
        rows were taken away at the end

    Raises
    ------
    LedgerError : no file, the first row that is not what was written, an anchor that is not there
    SchemaError : other columns or types
    """
    if not Path(path).is_file():
        raise LedgerError(f"no ledger {path}")
    return _verified(read(path), path, anchor)


def append(path: str | Path, rows: pd.DataFrame) -> str:
    """Add rows at the end, in one atomic write; the sha256 of the last row.

    Only one process at a time writes; no rows, no write.

    Parameters
    ----------
    rows : table `forecasts` without `previous_sha256` and `sha256`

    Raises
    ------
    LedgerError : the chain is broken; a second forecast of a window, one that comes after its
        horizon, an outcome before it, without a forecast or as it was told before; a value that
        is missing
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(path.with_name(f".{path.name}.lock"))):
        table = read(path)
        last = _verified(table, path)
        if rows.empty:
            return last
        if any(column in rows for column in SEALS):
            raise LedgerError(f"{path}: {' and '.join(SEALS)} are made here, not given")
        added = conform(rows, "forecasts")
        _check(added, table, path)
        sealed = []
        for row in added.to_dict("records"):
            row["previous_sha256"] = last
            row["sha256"] = last = row_sha256(row)
            sealed.append(row)
        whole = conform(pd.DataFrame(table.to_dict("records") + sealed), "forecasts")
        _verified(whole, path)
        write_parquet(whole, path)
    return last


def row_sha256(row: dict) -> str:
    """The sha256 of a row of the ledger; its own, if it has one, does not count."""
    kept = {key: _plain(key, value) for key, value in row.items() if key != "sha256"}
    kept = {key: value for key, value in kept.items() if value is not None}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def latest_outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """The last outcome of each forecast that has one: earlier ones have been revised."""
    return table[table["kind"] == OUTCOME].drop_duplicates(list(KEY), keep="last")


def _plain(column: str, value: object) -> object:
    """A value as JSON has it, None where it is missing."""
    if pd.isna(value):
        return None
    if COLUMNS[column] == TIME:
        return pd.Timestamp(value).isoformat(timespec="microseconds")
    if COLUMNS[column] == WHOLE:
        return int(value)
    return value if isinstance(value, str) else float(value)


def _verified(table: pd.DataFrame, path: str | Path, anchor: str = "") -> str:
    """The sha256 of the last row of a whole chain."""
    last, seen = FIRST, {FIRST}
    for number, row in enumerate(table.to_dict("records"), start=1):
        where = f"{path}, row {number} ({row['kind']} of {row['window_id']})"
        if row["previous_sha256"] != last:
            raise LedgerError(
                f"{where}: expected {last} as the sha256 of the row before, found "
                f"{row['previous_sha256']}: a row is missing, added or moved"
            )
        found = row_sha256(row)
        if found != row["sha256"]:
            raise LedgerError(f"{where}: expected sha256 {row['sha256']}, found {found}: changed")
        last = found
        seen.add(last)
    if anchor and anchor not in seen:
        raise LedgerError(f"{path}: no row has the sha256 {anchor}: rows are missing at the end")
    return last


def _check(rows: pd.DataFrame, table: pd.DataFrame, path: Path) -> None:
    """Refuse rows that do not belong behind those of `table`."""
    forecasts: dict[tuple, pd.Timestamp] = {}
    told: dict[tuple, tuple] = {}
    for number, row in enumerate([*table.to_dict("records"), *rows.to_dict("records")]):
        key = tuple(row[name] for name in KEY)
        if number >= len(table):
            fault = _fault(row, key, forecasts, told)
            if fault:
                raise LedgerError(f"{path}: {row['kind']} of {row['window_id']}: {fault}")
        if row["kind"] == FORECAST:
            forecasts[key] = row["horizon_end"]
        else:
            told[key] = _told(row)


def _fault(
    row: dict, key: tuple, forecasts: dict[tuple, pd.Timestamp], told: dict[tuple, tuple]
) -> str:
    """Why a row does not belong into the ledger; empty where it does."""
    if row["kind"] not in _NEEDED:
        return f"expected {FORECAST} or {OUTCOME}"
    lacking = [name for name in (*KEY, *_NEEDED[row["kind"]]) if pd.isna(row[name])]
    if lacking:
        return f"{', '.join(lacking)} missing"
    if row["kind"] == FORECAST:
        if key in forecasts:
            return "the window has a forecast already"
        if not row["window_end"] <= row["issue_time"] < row["horizon_end"]:
            return "not issued between the end of the window and that of its horizon"
        if not pd.isna(row["outcome"]):
            return "it has an outcome already"
        return "" if 0 <= row["score"] <= 1 else f"the score is {row['score']}"
    if key not in forecasts:
        return "there is no such forecast"
    if row["horizon_end"] != forecasts[key]:
        return "its horizon is not that of the forecast"
    if row["outcome"] not in (0, 1):
        return f"expected an outcome of 0 or 1, found {row['outcome']}"
    if row["known_at"] < row["horizon_end"]:
        return "the horizon is not over"
    return "it is what the ledger has already" if told.get(key) == _told(row) else ""


def _told(row: dict) -> tuple:
    """What an outcome tells."""
    return row["outcome"], "" if pd.isna(row["event_ids"]) else row["event_ids"]
