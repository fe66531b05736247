"""The scale of Kp: thirds from 0 to 9, as files write them, and the ap of each.

Source: J. Bartels, The standardized index Ks and the planetary index Kp, IATME Bulletin 12b
(1949); the table of GFZ, https://kp.gfz.de/en/.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError

# ap (unit 2 nT) of Kp = 0, 1/3, 2/3, 1, ... 9.
AP = (
    *(0, 2, 3, 4, 5, 6, 7, 9, 12, 15, 18, 22, 27, 32),
    *(39, 48, 56, 67, 80, 94, 111, 132, 154, 179, 207, 236, 300, 400),
)
# Thirds of Kp by what is written for it: 0, 3, 7, 10, 13, ... 90.
_THIRDS = {(10 * thirds + 1) // 3: thirds for thirds in range(len(AP))}
# The same by thousandths: 0, 333, 667, 1000, ... 9000.
_THOUSANDTHS = {(1000 * thirds + 1) // 3: thirds for thirds in range(len(AP))}


def thirds(tenths: int, path: str | Path, line: int | None) -> int:
    """Kp in thirds (0..27) from Kp in rounded tenths.

    Raises
    ------
    FormatError : Kp does not have this value
    """
    if tenths not in _THIRDS:
        raise FormatError(path, line, "a Kp of 00, 03, 07, 10, 13, ... 90", f"{tenths:02d}")
    return _THIRDS[tenths]


def thirds_of(value: float, path: str | Path, line: int | None, where: str = "") -> int:
    """Kp in thirds (0..27) from Kp with three decimals (0.333, 0.667, 1.0).

    Parameters
    ----------
    where : what the message adds to say which value it is

    Raises
    ------
    FormatError : Kp does not have this value
    """
    whole = round(value * 1000)
    if abs(value * 1000 - whole) > 1e-6 or whole not in _THOUSANDTHS:
        expected = f"a Kp of 0, 0.333, 0.667, 1, ... 9{where}"
        raise FormatError(path, line, expected, f"{value:g}")
    return _THOUSANDTHS[whole]


def check_ap(
    kp: Sequence[int | None], ap: Sequence[int | None], path: str | Path, line: int | None
) -> None:
    """Check that each ap is the one that belongs to its Kp (thirds); None is not checked.

    Raises
    ------
    FormatError : one is not: columns are shifted or a digit is wrong
    """
    for i, (one, other) in enumerate(zip(kp, ap, strict=True), start=1):
        if one is not None and other is not None and AP[one] != other:
            expected = f"ap {AP[one]} in the interval {i}, which has Kp {one / 3:.2f}"
            raise FormatError(path, line, expected, other)


def table(
    days: list[dt.date],
    kp: list[Sequence[int | None]],
    ap: list[Sequence[int | None]],
    status: Sequence[str] | None = None,
) -> pd.DataFrame:
    """The kp table: time (UTC, start of the 3 hours), kp (in thirds), ap, status.

    Parameters
    ----------
    days : one a row of `kp` and `ap`
    kp : eight values a day in thirds (0..27), None where missing
    ap : eight values a day, None where missing
    status : one a day; "" where it is left out
    """
    starts = np.array(days, dtype="datetime64[us]")[:, None] + np.arange(8) * np.timedelta64(3, "h")
    told = [""] * len(days) if status is None else status
    return rows(starts.ravel(), np.ravel(kp), np.ravel(ap), np.repeat(np.array(told, object), 8))


def rows(
    times: Sequence[dt.datetime],
    kp: Sequence[int | None],
    ap: Sequence[int | None],
    status: Sequence[str],
) -> pd.DataFrame:
    """As `table`, of single values."""
    return pd.DataFrame(
        {
            "time": pd.Series(np.array(times, dtype="datetime64[us]"), dtype="datetime64[us]"),
            "kp": np.array(kp, dtype="float64") / 3,
            "ap": np.array(ap, dtype="float64"),
            "status": pd.Series(list(status), dtype="str"),
        }
    )
