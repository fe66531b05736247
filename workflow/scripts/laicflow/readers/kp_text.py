"""Kp and ap of the text files of GFZ (format: `laicflow.readers.gfz_text`)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import fields, gfz_text, kp_scale

_STATUS = {"0": "preliminary", "1": "definitive", "2": "definitive"}
_MISSING = -1


def read(path: str | Path) -> pd.DataFrame:
    """The kp table of a file: time (start of the 3 hours), kp (in thirds), ap, status.

    `status` is definitive or preliminary; missing values (-1) are NaN.

    Raises
    ------
    FormatError : as `gfz_text.days`, a Kp that the scale does not have, an ap that is not that of
        its Kp, or a mark other than 0, 1, 2
    """
    days, kp, ap, status = [], [], [], []
    for line, day, cells in gfz_text.days(path):
        days.append(day)
        kp.append([_kp(text, path, line) for text in cells[gfz_text.KP]])
        ap.append([_ap(text, path, line) for text in cells[gfz_text.AP]])
        kp_scale.check_ap(kp[-1], ap[-1], path, line)
        mark = cells[gfz_text.DEFINITIVE]
        if mark not in _STATUS:
            raise FormatError(path, line, "a mark 0, 1 or 2 in the last column", repr(mark))
        status.append(_STATUS[mark])
    return kp_scale.table(days, kp, ap, status)


def _kp(text: str, path: str | Path, line: int) -> int | None:
    """Kp in thirds, None where missing."""
    value = fields.number(text, path, line, "Kp")
    return None if value == _MISSING else kp_scale.thirds_of(value, path, line)


def _ap(text: str, path: str | Path, line: int) -> int | None:
    """ap, None where missing."""
    value = fields.integer(text, path, line, "ap")
    return None if value == _MISSING else value
