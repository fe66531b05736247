"""manifest.jsonl: what the manifest is to hold, a line each, until it is written again.

A manifest is a whole file: writing it for every file that arrives takes the longer the more is
there. So what arrives is added to a journal beside it, and a job that ends folds the journal in.
Whoever writes holds the manifest's lock. A line that a killed job left unfinished is as if it had
never been begun; lines that are folded in twice change nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from laicflow.errors import FetchError

TIMES = ("fetched", "checked")
# By what a version of a file is known.
KEY = ("file", "url", "sha256", "fetched")


def path_of(manifest: Path) -> Path:
    """Where the journal of a manifest lies."""
    return manifest.with_suffix(".jsonl")


@dataclass(frozen=True)
class Place:
    """How far a journal has been read: which one (the name in its first line), up to which byte."""

    name: str = ""
    end: int = 0


START = Place()


def add(path: Path, row: dict) -> None:
    """Note a new row at the end."""
    _write(path, {"row": row | {name: row[name].isoformat() for name in TIMES}})


def confirm(path: Path, row: dict, now: dt.datetime) -> None:
    """Note that a row was confirmed."""
    own = {name: row[name] for name in KEY} | {"fetched": row["fetched"].isoformat()}
    _write(path, {"confirmed": own, "checked": now.isoformat()})


def read(path: Path, after: Place = START) -> tuple[list[dict], Place]:
    """The entries after a place that are whole, and the place behind them.

    Of another journal than the one that was read before, all are.

    Raises
    ------
    FetchError : something else has damaged the file
    """
    try:
        with open(path, "rb") as handle:
            first = handle.readline()
            if not first.endswith(b"\n"):
                return [], START
            name, begin = _entry(path, first).get("journal", ""), len(first)
            if name == after.name:
                begin = after.end
            handle.seek(begin)
            found = handle.read()
    except FileNotFoundError:
        return [], START
    whole = found[: found.rfind(b"\n") + 1]
    entries = [_entry(path, line) for line in whole.splitlines()]
    return entries, Place(name, begin + len(whole))


def _entry(path: Path, line: bytes) -> dict:
    """What a whole line says."""
    try:
        found = json.loads(line)
        if isinstance(found, dict) and {"row", "confirmed", "journal"} & set(found):
            return found
    except ValueError:
        pass
    raise FetchError(
        f"{path}: expected a line that a fetching job wrote, found {line[:60]!r}; move the file "
        "away and run again: the files that it tells of are then fetched anew"
    )


def apply(rows: list[dict], entries: list[dict]) -> None:
    """Bring entries into all the rows of a manifest, in place."""
    if not entries:
        return
    known = {_key(row): row for row in rows}
    for entry in entries:
        if "row" in entry:
            row = _row(entry)
            if _key(row) not in known:
                known[_key(row)] = row
                rows.append(row)
        elif (row := known.get(_confirmed(entry))) is not None:
            row["checked"] = max(row["checked"], dt.datetime.fromisoformat(entry["checked"]))


def follow(latest: dict[str, dict], entries: list[dict]) -> None:
    """Bring entries into the newest row of each file, in place, without a look at all of them."""
    for entry in entries:
        if "row" in entry:
            row = _row(entry)
            before = latest.get(row["file"])
            if before is None or _key(row) != _key(before):
                latest[row["file"]] = row
            continue
        before = latest.get(entry["confirmed"]["file"])
        if before is not None and _key(before) == _confirmed(entry):
            checked = max(before["checked"], dt.datetime.fromisoformat(entry["checked"]))
            latest[before["file"]] = before | {"checked": checked}


def _confirmed(entry: dict) -> tuple:
    """By what the row of a confirmation is known."""
    own = entry["confirmed"]
    return _key(own | {"fetched": dt.datetime.fromisoformat(own["fetched"])})


def _row(entry: dict) -> dict:
    """The row of an entry, with its times as such."""
    row = entry["row"]
    return row | {name: dt.datetime.fromisoformat(row[name]) for name in TIMES}


def _key(row: dict) -> tuple:
    return tuple(row[name] for name in KEY)


def _write(path: Path, entry: dict) -> None:
    """One line at the end, whole or not at all."""
    line = json.dumps(entry).encode() + b"\n"
    end = read(path)[1].end if _is_torn(path) else _size(path)
    if not end:
        line = json.dumps({"journal": uuid.uuid4().hex}).encode() + b"\n" + line
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        os.ftruncate(handle, end)
        os.lseek(handle, end, os.SEEK_SET)
        try:
            written = 0
            while written < len(line):
                written += os.write(handle, line[written:])
        except BaseException:
            os.ftruncate(handle, end)
            if not end:
                path.unlink()
            raise
    finally:
        os.close(handle)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_torn(path: Path) -> bool:
    """Whether the file ends with a line that is not whole."""
    if not _size(path):
        return False
    with open(path, "rb") as handle:
        handle.seek(-1, os.SEEK_END)
        return handle.read(1) != b"\n"
