"""Files of one half-orbit: the longest is taken, the others are left out, and it is said why.

What a file is of is what its content says; its name is believed in nothing. Fetching, which notes
it in the manifest, and cleaning, which leaves files out, both ask here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers.probe_table import NO_DIRECTION, NO_ORBIT, NOT_KNOWN

Reader = Callable[[Path], pd.DataFrame]
# Number of the orbit, direction and work mode.
Half = tuple[int, int, int]
_UNKNOWN = (NO_DIRECTION, NOT_KNOWN)


def usable(path: Path, read: Reader) -> tuple[pd.DataFrame | None, str]:
    """The table of a file and "", or None and why it cannot be taken.

    A file cannot be taken that its reader refuses, or whose times run backwards.
    """
    try:
        table = read(path)
    except FormatError as error:
        return None, f"expected {error.expected}, found {error.found}"
    why = _backwards(table)
    return (None, why) if why else (table, "")


def shorter(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Of files that can be taken, those of a half-orbit of which there is a longer one, and why.

    Of a half-orbit (satellite, orbit, direction, work mode) the file of most samples stays, of as
    many the first by name. Files without a sample or a number of their orbit all stay.

    Parameters
    ----------
    tables : of `laicflow.readers`, by file
    """
    longest: dict[tuple, str] = {}
    said = {}
    for path in sorted(tables, key=lambda path: (-len(tables[path]), path)):
        key = _key(tables[path])
        kept = path if key is None else longest.setdefault(key, path)
        if kept != path:
            more = "more" if len(tables[kept]) > len(tables[path]) else "as many"
            said[path] = f"the same half-orbit as {kept}, which has {more} samples"
    return said


def shorter_of(files: Iterable[str], raw: Path, reader: str) -> dict[str, str]:
    """As `shorter`, of files on disk; only those are read whose heads tell of one half-orbit.

    Parameters
    ----------
    files : paths below `raw`
    reader : module of `laicflow.readers`; where it has no `half_orbit`, which tells the half-orbit
        by a file's head, none is left out
    """
    module = importlib.import_module(f"laicflow.readers.{reader}")
    head = getattr(module, "half_orbit", None)
    if head is None:
        return {}
    orbits: dict[int, list[tuple[str, Half]]] = {}
    for file in sorted(files):
        try:
            half = head(Path(raw) / file)
        except FormatError:
            continue
        if half[0] != NO_ORBIT:
            orbits.setdefault(half[0], []).append((file, half))
    alike = {
        file
        for of_orbit in orbits.values()
        for file, half in of_orbit
        if any(file != other and _agree(half, its) for other, its in of_orbit)
    }
    tables = {file: usable(Path(raw) / file, module.read)[0] for file in sorted(alike)}
    return shorter({file: table for file, table in tables.items() if table is not None})


def _key(table: pd.DataFrame) -> tuple | None:
    """The half-orbit of a file, as its head has it; None where it has none."""
    orbit = table.attrs.get("orbit", NO_ORBIT)
    if table.empty or orbit == NO_ORBIT:
        return None
    direction = table.attrs["direction"]
    if direction == NO_DIRECTION:
        direction = int(table["direction"].iloc[0])
    return table.attrs["satellite"], orbit, direction, int(table["work_mode"].iloc[0])


def _agree(one: Half, other: Half) -> bool:
    """Whether two heads may be of one half-orbit: they differ in nothing that both know."""
    return all(
        a == b or unknown in (a, b)
        for a, b, unknown in zip(one[1:], other[1:], _UNKNOWN, strict=True)
    )


def _backwards(table: pd.DataFrame) -> str:
    """Where the times of a file run backwards, "" where they do not."""
    times = table["time"].to_numpy()
    steps = np.diff(times) < np.timedelta64(0)
    if not steps.any():
        return ""
    at = int(np.argmax(steps))
    return f"its times run backwards: {times[at + 1]} after {times[at]}, sample {at + 2}"
