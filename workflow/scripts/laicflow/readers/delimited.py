"""Rows of a comma-separated file by column name, with the number of the line of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from laicflow.errors import FormatError
from laicflow.readers import raw


def rows(text: str, path: str | Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The cells of `columns`, in that order, of each row of a csv text, with its line number.

    Columns are found by the names in the first line; others may stand between them. Blank
    lines are passed over.

    A text that does not end with a line end may have been cut inside its last cell. That is
    allowed only where the last column is none of `columns`, so that half a value is never read.

    Raises
    ------
    FormatError : a column is missing or named twice, a row has another number of cells than
        the first line (a cut last line, most often), quotes do not match, or the last line may
        be cut
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names = [name.strip() for name in next(reader, [])]
    places = [_place(name, names, path) for name in columns]
    if not text.endswith("\n") and names[-1] in columns:
        last = text.count("\n") + 1
        raise FormatError(path, last, "a line end after the last line", "a file that may be cut")
    before = reader.line_num
    try:
        for cells in reader:
            # A quoted cell may span lines: the row is named by the first of them.
            line, before = before + 1, reader.line_num
            if not cells:
                continue
            if len(cells) != len(names):
                raise FormatError(path, line, f"{len(names)} cells", f"{len(cells)} cells")
            yield line, [cells[place] for place in places]
    except csv.Error as error:
        raise FormatError(path, before + 1, "comma-separated cells", error) from error


def read_rows(path: str | Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """As `rows`, of a file in UTF-8 (a byte order mark and CR LF are allowed)."""
    return rows(raw.read_text(path), path, columns)


def _place(name: str, names: list[str], path: str | Path) -> int:
    """Where a column stands."""
    if names.count(name) != 1:
        found = "no such column" if name not in names else "it twice"
        shown = ",".join(names)[:120]
        raise FormatError(path, 1, f"a column {name!r}", f"{found} in {shown!r}")
    return names.index(name)
