"""A ledger of forecasts: rows are added and never changed, and each seals the one before.

How a row is sealed says `laicflow.chain`. The sha256 of the last row is kept outside of the file
too: in `heads.txt` beside it, a line for each append (instant in UTC, number of rows, sha256 of the
last), and in the receipt of an update, which `verify` takes as an anchor.

The instant of issue is what the caller says; `written_at` is the computer's own clock at the
append. A forecast whose two instants lie more than an hour apart, or that was written after the end
of its horizon, says so in its note and counts as replayed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
from filelock import FileLock

from laicflow import chain
from laicflow.chain import LedgerError, make_durable
from laicflow.schema import SchemaError, conform, empty
from laicflow.store import read_parquet, write_parquet

TABLE, FILE = "forecasts", "forecasts.parquet"
FORECAST, OUTCOME = "forecast", "outcome"
# What a forecast is about: no two forecasts share it, and an outcome names its forecast by it.
KEY = ("run", "study", "variant", "experiment", "site", "window_id")
# What is made here, and never given.
MADE = ("written_at", "previous_sha256", "sha256")
HEADS = "heads.txt"
REPLAYED = "replayed"
# A forecast that is written longer after its issue, or before it, was not made in earnest.
MOST_APART = pd.Timedelta(hours=1)
_NEEDED = {
    FORECAST: ("window_start", "window_end", "horizon_end", "issue_time", "score", "model_sha256"),
    OUTCOME: ("horizon_end", "outcome", "known_at"),
}


def read(path: str | Path) -> pd.DataFrame:
    """The table `forecasts` in the order of writing, empty where there is no file; unverified.

    Raises
    ------
    LedgerError : a file that is no Parquet, or another table
    """
    path = Path(path)
    if not path.exists():
        return empty(TABLE)
    try:
        return conform(read_parquet(path), TABLE)
    except pa.ArrowInvalid as error:
        raise LedgerError(f"{path}: expected a ledger, found no Parquet ({error})") from error
    except SchemaError as error:
        raise LedgerError(f"{path}: expected a ledger, found another table ({error})") from error


def verify(path: str | Path, anchor: str = "") -> str:
    """The sha256 of the last row of a ledger whose chain is whole; 64 zeros where it has no row.

    Where `heads.txt` lies beside it, the ledger must have every row that is named there.

    Parameters
    ----------
    anchor : sha256 of a row that must be among them, as a receipt has it: so it is seen where
        rows were taken away at the end

    Raises
    ------
    LedgerError : no file, the first row that is not what was written, a head or an anchor that is
        not there
    SchemaError : other columns or types
    """
    path = Path(path)
    if not path.is_file():
        hint = f": did you mean {path / FILE}?" if (path / FILE).is_file() else ""
        raise LedgerError(f"no ledger {path}{hint}")
    # The heads first: what another process appends meanwhile may lead the heads, never lag behind.
    kept = path.with_name(HEADS).is_file()
    heads, _ = _heads(path)
    table = read(path)
    last = _verified(table, path, anchor)
    if kept:
        _ahead(table, heads, path)
    return last


def append(path: str | Path, rows: pd.DataFrame) -> str:
    """Add rows at the end, in one atomic write, then their head; the sha256 of the last row.

    Only one process at a time writes; no rows, no write, but for the head of an append that was
    broken off before it.

    Parameters
    ----------
    rows : table `forecasts` without `written_at`, `previous_sha256` and `sha256`

    Raises
    ------
    LedgerError : the chain is broken, or not what `heads.txt` says; a second forecast of a window,
        one that comes after its horizon, an outcome before it, without a forecast or as it was told
        before; a value that is missing
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(path.with_name(f".{path.name}.lock"))):
        table = read(path)
        last = _verified(table, path)
        if _ahead(table, _heads(path)[0], path):
            _keep_head(path, len(table), last)
        if rows.empty:
            return last
        if any(column in rows for column in MADE):
            raise LedgerError(f"{path}: {', '.join(MADE)} are made here, not given")
        added = conform(rows, TABLE)
        _check(added, table, path)
        sealed = _sealed(added.assign(written_at=chain.clock()), last)
        whole = conform(pd.DataFrame(table.to_dict("records") + sealed), TABLE)
        last = _verified(whole, path)
        write_parquet(whole, path)
        make_durable(path)
        _keep_head(path, len(whole), last)
    return last


def row_sha256(row: dict) -> str:
    """The sha256 of a row of the ledger; its own, if it has one, does not count."""
    return chain.row_sha256(row, TABLE)


def latest_outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """The last outcome of each forecast that has one: earlier ones have been revised."""
    return table[table["kind"] == OUTCOME].drop_duplicates(list(KEY), keep="last")


def replayed(table: pd.DataFrame) -> pd.Series:
    """Which rows are forecasts made after the fact, by their note or the instants in them.

    One of which nobody knows when it was written is among them.
    """
    noted = table["note"].fillna("").str.contains(REPLAYED)
    return (table["kind"] == FORECAST) & (noted | ~_in_time(table))


def _in_time(table: pd.DataFrame) -> pd.Series:
    """Which rows were written at their issue and before the end of their horizon."""
    written = table["written_at"]
    apart = (written - table["issue_time"]).abs()
    return (apart <= MOST_APART) & (written <= table["horizon_end"])


def _sealed(rows: pd.DataFrame, last: str) -> list[dict]:
    """Rows that follow the one with the sha256 `last`, each with its seals."""
    late = (rows["kind"] == FORECAST) & ~_in_time(rows)
    told = rows.to_dict("records")
    for row, is_late in zip(told, late, strict=True):
        if is_late:
            note = f"{REPLAYED}: written {row['written_at'].isoformat(timespec='seconds')}"
            row["note"] = note if pd.isna(row["note"]) else f"{row['note']}; {note}".strip("; ")
    return chain.sealed(told, last, TABLE)


def _heads(path: Path) -> tuple[list[tuple[int, str]], int]:
    """Number of rows and sha256 of the last of each append; how many bytes say so.

    A last line without an end was broken off and does not count.
    """
    file = path.with_name(HEADS)
    text = file.read_bytes() if file.is_file() else b""
    size = text.rfind(b"\n") + 1
    heads = []
    for number, line in enumerate(text[:size].decode(errors="replace").splitlines(), start=1):
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdecimal() or int(parts[1]) < 1:
            raise LedgerError(
                f"{file}, line {number}: expected an instant, a number of rows and a sha256, "
                f"found {line[:100]!r}"
            )
        heads.append((int(parts[1]), parts[2]))
    return heads, size


def _ahead(table: pd.DataFrame, heads: list[tuple[int, str]], path: Path) -> int:
    """How many rows follow the last head: none, or those of one append that was broken off."""
    file, digests = path.with_name(HEADS), table["sha256"].tolist()
    for rows, digest in heads:
        if rows > len(digests):
            raise LedgerError(
                f"{path}: expected {rows} rows by {file}, found {len(digests)}: rows are missing "
                "at the end"
            )
        if digests[rows - 1] != digest:
            raise LedgerError(
                f"{path}, row {rows}: expected sha256 {digest} by {file}, found "
                f"{digests[rows - 1]}: rows were replaced"
            )
    count = heads[-1][0] if heads else 0
    later = table.iloc[count:]
    # The rows of one append share the instant at which they were written.
    if later["written_at"].nunique(dropna=False) > 1:
        raise LedgerError(
            f"{file}: expected the head of row {len(table)} of {path.name}, or of the append "
            f"before it, found that of row {count}: lines are missing at the end"
        )
    return len(later)


def _keep_head(path: Path, rows: int, digest: str) -> None:
    """Add a line to `heads.txt`, behind the last whole one."""
    _, size = _heads(path)
    with open(path.with_name(HEADS), "ab") as handle:
        handle.truncate(size)
        instant = chain.clock().isoformat(timespec="microseconds")
        handle.write(f"{instant} {rows} {digest}\n".encode())
        handle.flush()
        os.fsync(handle.fileno())


def _verified(table: pd.DataFrame, path: str | Path, anchor: str = "") -> str:
    """The sha256 of the last row of a whole chain."""
    return chain.verified(table, path, TABLE, anchor)


def _check(rows: pd.DataFrame, table: pd.DataFrame, path: Path) -> None:
    """Refuse rows that do not belong behind those of `table`."""
    forecasts: dict[tuple, dict] = {}
    told: dict[tuple, tuple] = {}
    for number, row in enumerate([*table.to_dict("records"), *rows.to_dict("records")]):
        key = tuple(row[name] for name in KEY)
        if number >= len(table):
            fault = _fault(row, key, forecasts, told)
            if fault:
                raise LedgerError(f"{path}: {row['kind']} of {row['window_id']}: {fault}")
        if row["kind"] == FORECAST:
            forecasts[key] = row
        else:
            told[key] = _told(row)


def _fault(row: dict, key: tuple, forecasts: dict[tuple, dict], told: dict[tuple, tuple]) -> str:
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
    if row["horizon_end"] != forecasts[key]["horizon_end"]:
        return "its horizon is not that of the forecast"
    named, own = forecasts[key]["registration"], row["registration"]
    if named != own and not (pd.isna(named) and pd.isna(own)):
        return "its registration is not that of the forecast"
    if row["outcome"] not in (0, 1):
        return f"expected an outcome of 0 or 1, found {row['outcome']}"
    if row["known_at"] < row["horizon_end"]:
        return "the horizon is not over"
    return "it is what the ledger has already" if told.get(key) == _told(row) else ""


def _told(row: dict) -> tuple:
    """What an outcome tells."""
    return row["outcome"], "" if pd.isna(row["event_ids"]) else row["event_ids"]
