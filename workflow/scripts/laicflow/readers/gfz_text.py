"""The days of the text files of GFZ (`Kp_ap_Ap_SN_F107_YYYY.txt`, `..._since_1932.txt`).

Format: the header of the files and Kp_ap_Ap_SN_F107_format.txt of GFZ. Comment lines begin with
#; 28 columns separated by blanks: year, month, day, days since 1932-01-01 (of the start and of
the middle of the day), Bartels rotation and day, 8 Kp, 8 ap, Ap, SN, F10.7 observed and adjusted,
D (0 preliminary, 1 Kp definitive, 2 Kp and SN definitive). -1 is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from laicflow.errors import FormatError
from laicflow.readers import fields, raw

COLUMNS = 28
KP, AP, F107, DEFINITIVE = slice(7, 15), slice(15, 23), slice(25, 27), 27
_FIRST = dt.date(1932, 1, 1)


def days(path: str | Path) -> Iterator[tuple[int, dt.date, list[str]]]:
    """Line number, day and the 28 cells of each line that is no comment.

    Raises
    ------
    FormatError : a line has another number of cells (a cut one, most often), its date is none,
        not after the one before or not that of its count of days, or there is no day at all
    """
    before = None
    for line, text in enumerate(raw.read_lines(path), start=1):
        if text.startswith("#") or not text.strip():
            continue
        cells = text.split()
        if len(cells) != COLUMNS:
            raise FormatError(path, line, f"{COLUMNS} columns", f"{len(cells)}")
        day = _day(cells, path, line)
        fields.in_order(before, day, path, line)
        before = day
        yield line, day, cells
    if before is None:
        raise FormatError(path, None, "days of Kp and F10.7", "comments alone")


def _day(cells: list[str], path: str | Path, line: int) -> dt.date:
    """The date of a line, checked against its two counts of days."""
    names = ("the year", "the month", "the day")
    pairs = zip(cells[:3], names, strict=True)
    parts = [fields.integer(text, path, line, name) for text, name in pairs]
    day = fields.date(*parts, path, line)
    count = (day - _FIRST).days
    counted = [fields.number(text, path, line, "the count of days") for text in cells[3:5]]
    if counted != [count, count + 0.5]:
        expected = f"{count} and {count + 0.5} days since {_FIRST}"
        raise FormatError(path, line, expected, f"{cells[3]} and {cells[4]}")
    return day
