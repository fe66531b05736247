"""Kp and ap in the WDC format of GFZ (`kpYYYY`, `kpyymm.wdc`).

Format: the kp.fmt file of the WDC tables of GFZ. Columns, from 1: 1-6 year, month, day (3I2),
7-12 Bartels rotation and day, 13-28 Kp (8I2, tenths of thirds: 03 07 10 13 ...), 29-31 sum of
Kp, 32-55 ap (8I3), 56-58 Ap, 59-61 Cp, 62 C9; older files go on with sunspots and F10.7.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import fields, kp_scale, raw

_FIRST_YEAR = 1932  # Kp begins in 1932: 32..99 is 19xx, 00..31 is 20xx
_LEAST = 62  # columns, through C9
_MISSING = 99


def read(path: str | Path) -> pd.DataFrame:
    """The kp table of a file: time (start of the 3 hours), kp, ap, status.

    `status` is "": the format does not tell definitive from preliminary values. Missing values
    are NaN.

    Raises
    ------
    FormatError : a line is cut, a Kp is none of 00, 03, 07, ... 90, an ap is not that of its Kp,
        the sum of Kp is another, or days are out of order
    """
    days, kp, ap = [], [], []
    for number, line in enumerate(raw.read_lines(path, "ascii"), start=1):
        if not line.strip():
            continue
        day = _day(line, path, number)
        fields.in_order(days[-1] if days else None, day, path, number)
        days.append(day)
        kp.append(_kp(line, path, number))
        ap.append(_ap(line, kp[-1], path, number))
    if not days:
        raise FormatError(path, None, "days of Kp", "blank lines")
    return kp_scale.table(days, kp, ap)


def _day(line: str, path: str | Path, number: int) -> dt.date:
    """The day of a line that is long enough."""
    if len(line.rstrip()) < _LEAST:
        raise FormatError(path, number, f"{_LEAST} columns or more", f"{len(line.rstrip())}")
    year = fields.full_year(line[:2], _FIRST_YEAR, path, number)
    month = fields.integer(line[2:4], path, number, "the month")
    day = fields.integer(line[4:6], path, number, "the day")
    return fields.date(year, month, day, path, number)


def _kp(line: str, path: str | Path, number: int) -> list[int | None]:
    """The eight Kp of a line in thirds, checked against their sum; None where missing."""
    texts = [line[at : at + 2] for at in range(12, 28, 2)]
    tenths = [fields.integer(text, path, number, "Kp") for text in texts]
    kp = [None if one == _MISSING else kp_scale.thirds(one, path, number) for one in tenths]
    if None not in kp and line[28:31].strip():
        total = fields.integer(line[28:31], path, number, "the sum of Kp")
        if total != round(sum(kp) * 10 / 3):
            expected = f"a sum of Kp of {round(sum(kp) * 10 / 3)}"
            raise FormatError(path, number, expected, total)
    return kp


def _ap(line: str, kp: list[int | None], path: str | Path, number: int) -> list[int | None]:
    """The eight ap of a line, checked against their Kp; None where Kp is missing."""
    texts = [line[at : at + 3] for at in range(31, 55, 3)]
    ap = [
        None if one is None else fields.integer(text, path, number, "ap")
        for one, text in zip(kp, texts, strict=True)
    ]
    kp_scale.check_ap(kp, ap, path, number)
    return ap
