"""Space weather of CelesTrak (`SW-All.csv`, `SW-Last5Years.csv`): daily F10.7, Kp and ap.

Format: https://celestrak.org/SpaceData/SpaceWx-format.php. Kp is written as ten times Kp,
rounded; F10.7 in solar flux units (1e-22 W m-2 Hz-1), observed and adjusted to 1 AU.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import delimited, fields, kp_scale

_STATUS = {
    "OBS": "observed",
    "INT": "interpolated",
    "PRD": "predicted-daily",
    "PRM": "predicted-monthly",
}
_MEASURED = ("OBS", "INT")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_KP = tuple(f"KP{i}" for i in range(1, 9))
_AP = tuple(f"AP{i}" for i in range(1, 9))


def read(path: str | Path, *, predictions: bool = False) -> pd.DataFrame:
    """The f107 table of a file: time (day), f107 (observed), f107_adjusted (sfu), status.

    `status` is observed or interpolated; with `predictions` the forecasts follow as
    predicted-daily and predicted-monthly (one row a month, of its first day); without them
    `attrs["left_out"]` says how many they are. Empty cells are NaN.

    Raises
    ------
    FormatError : a column is missing, a row is cut, a number or date is none, days are out of
        order, or F10.7 has a data type that the format does not know
    """
    columns = ("F10.7_OBS", "F10.7_ADJ")
    days, values, status = [], [], []
    left_out = 0
    for line, day, kind, cells in _days(path, columns):
        if kind not in _MEASURED and not predictions:
            left_out += 1
            continue
        days.append(day)
        values.append([_flux(*pair, path, line) for pair in zip(cells, columns, strict=True)])
        status.append(_STATUS[kind])
    flux = np.array(values, dtype="float64").reshape(-1, 2)
    table = pd.DataFrame(
        {
            "time": pd.Series(np.array(days, dtype="datetime64[us]"), dtype="datetime64[us]"),
            "f107": flux[:, 0],
            "f107_adjusted": flux[:, 1],
            "status": pd.Series(status, dtype="str"),
        }
    )
    table.attrs["left_out"] = {"predicted": left_out} if left_out else {}
    return table


def read_kp(path: str | Path) -> pd.DataFrame:
    """The kp table of a file: time (start of the 3 hours), kp (in thirds), ap, status.

    Forecasts are left out, and counted in `attrs["left_out"]`: their Kp is no value of the scale.
    `status` is "", since the file does not tell definitive from preliminary values (its data
    types are those of F10.7). Empty cells are NaN.

    Raises
    ------
    FormatError : as `read`, a Kp that the scale does not have, or an ap that is not that of
        its Kp
    """
    days, kp, ap = [], [], []
    left_out = 0
    for line, day, kind, cells in _days(path, (*_KP, *_AP)):
        if kind not in _MEASURED:
            left_out += 1
            continue
        whole = [
            fields.integer(cell.strip(), path, line, name) if cell.strip() else None
            for cell, name in zip(cells, (*_KP, *_AP), strict=True)
        ]
        days.append(day)
        kp.append([None if one is None else kp_scale.thirds(one, path, line) for one in whole[:8]])
        ap.append(whole[8:])
        kp_scale.check_ap(kp[-1], ap[-1], path, line)
    table = kp_scale.table(days, kp, ap)
    table.attrs["left_out"] = {"predicted": left_out} if left_out else {}
    return table


def _days(
    path: str | Path, columns: tuple[str, ...]
) -> Iterator[tuple[int, dt.date, str, list[str]]]:
    """Line number, day, data type of F10.7 and cells of `columns` of each row."""
    before = None
    for line, cells in delimited.read_rows(path, ("DATE", "F10.7_DATA_TYPE", *columns)):
        date, kind, *rest = cells
        match = _DATE.fullmatch(date.strip())
        if match is None:
            raise FormatError(path, line, "a date YYYY-MM-DD", repr(date))
        day = fields.date(*map(int, match.groups()), path, line)
        fields.in_order(before, day, path, line)
        before = day
        if kind.strip() not in _STATUS:
            raise FormatError(path, line, f"a data type of {', '.join(_STATUS)}", repr(kind))
        yield line, day, kind.strip(), rest


def _flux(cell: str, name: str, path: str | Path, line: int) -> float:
    """A flux in sfu, NaN of an empty cell."""
    if not cell.strip():
        return np.nan
    value = fields.number(cell, path, line, name)
    if value <= 0:
        raise FormatError(path, line, f"a flux above 0 for {name}", cell)
    return value
