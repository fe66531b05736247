"""F10.7 of the text files of GFZ (format: `laicflow.readers.gfz_text`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import fields, gfz_text

_MISSING = -1


def read(path: str | Path) -> pd.DataFrame:
    """The f107 table of a file: time (day), f107 (observed), f107_adjusted (sfu), status.

    `status` is observed, "" where the value is missing (-1), or suspect where the file has 0, as
    that of 2007 on 6 June: the quiet sun alone has more than 60 sfu. Both are NaN.

    Raises
    ------
    FormatError : as `gfz_text.days`, or a flux below 0 other than -1
    """
    days, values, status = [], [], []
    for line, day, cells in gfz_text.days(path):
        flux = [_flux(text, path, line) for text in cells[gfz_text.F107]]
        days.append(day)
        values.append([one if one > 0 else np.nan for one in flux])
        status.append("observed" if flux[0] > 0 else "suspect" if flux[0] == 0 else "")
    table = np.array(values, dtype="float64").reshape(-1, 2)
    return pd.DataFrame(
        {
            "time": pd.Series(np.array(days, dtype="datetime64[us]"), dtype="datetime64[us]"),
            "f107": table[:, 0],
            "f107_adjusted": table[:, 1],
            "status": pd.Series(status, dtype="str"),
        }
    )


def _flux(text: str, path: str | Path, line: int) -> float:
    """A flux in sfu, or -1 where missing."""
    value = fields.number(text, path, line, "F10.7")
    if value < 0 and value != _MISSING:
        raise FormatError(path, line, "a flux above 0, or -1, for F10.7", text)
    return value
