"""Positions and clocks of the satellites from SP3 files or broadcast navigation files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np

from laicflow.errors import FormatError
from laicflow.gnss import navigation, sp3
from laicflow.readers import raw


class Orbits(Protocol):
    """Where satellites are."""

    kind: str

    def states(self, time: np.ndarray, satellites: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Positions (time, satellite, 3) in metres, Earth-fixed at that time, and clocks
        (time, satellite) in seconds; NaN where unknown.

        `time` holds GPS seconds.
        """


def read(paths: str | Path | Iterable[str | Path]) -> Orbits:
    """Orbits of one or several files of the same kind, told by their content.

    Raises
    ------
    FormatError : a file is neither SP3 (a to d) nor RINEX navigation 2 or 3, is broken, or the
        files are of both kinds
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    if not paths:
        raise FormatError("orbits", None, "a file of orbits", "no file")
    texts = [(path, raw.read_lines(path, "latin-1")) for path in paths]
    kinds = {path: _kind(lines, path) for path, lines in texts}
    if len(set(kinds.values())) > 1:
        raise FormatError(paths[-1], None, f"orbits as in {paths[0]}", kinds[paths[-1]])
    if kinds[paths[0]] == "sp3":
        return sp3.read(texts)
    return navigation.read(texts)


def _kind(lines: list[str], path: str | Path) -> str:
    """The kind of a file by its first line."""
    first = lines[0].ljust(80)
    if first[0] == "#" and first[1] in "abcd":
        return "sp3"
    if first[60:80].strip() == "RINEX VERSION / TYPE" and (
        first[20] == "N" or first[20:40].upper().find("NAV") >= 0
    ):
        return "navigation"
    raise FormatError(path, 1, "SP3 a to d, or RINEX navigation", repr(first[:40]))
