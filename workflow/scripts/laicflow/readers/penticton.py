"""The table of F10.7 readings of Penticton (`fluxtable.txt`).

Format: two lines of header, then fluxdate (YYYYMMDD), fluxtime (HHMMSS, UT), fluxjulian,
fluxcarrington, fluxobsflux, fluxadjflux (at 1 AU), fluxursi (0.9 of the adjusted), in solar flux
units (1e-22 W m-2 Hz-1), separated by blanks. Three readings a day: 17, 20 and 23 UT, in winter
18, 20 and 22 UT. The value of a day is that of local noon, 20 UT (Tapping 2013, Space Weather 11,
394-406, doi:10.1002/swe.20064; Tapping and Charrois 1994, doi:10.1007/BF00712892).
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import fields, raw

_NAMES = (
    *("fluxdate", "fluxtime", "fluxjulian", "fluxcarrington"),
    *("fluxobsflux", "fluxadjflux", "fluxursi"),
)
_DIGITS = re.compile(r"[0-9]+")
_NOON = dt.timedelta(hours=20)
# A reading takes an hour around its time; on some days the clock says 19:44 or 20:06.
_AROUND = dt.timedelta(minutes=30)


def read(path: str | Path) -> pd.DataFrame:
    """The f107 table of a file: time (day), f107 (observed), f107_adjusted (sfu), status.

    One row a day that has any reading: that of 20 UT, `observed`. Of two at noon the later in the
    file counts, as CelesTrak has it; `attrs["left_out"]` says how many were `repeated`. A day
    whose noon is not there is NaN with status "", and not filled from its other readings. Bursts
    stand as they were measured.

    Raises
    ------
    FormatError : the header is another, a row is cut, a date, time or flux is none, or readings
        are out of order
    """
    lines = raw.read_lines(path, "ascii")
    if len(lines) < 2 or tuple(lines[0].split()) != _NAMES:
        raise FormatError(path, 1, " ".join(_NAMES), repr(lines[0][:80]))
    if set(lines[1]) - set("- "):
        raise FormatError(path, 2, "a line of dashes", repr(lines[1][:80]))
    noon: dict[dt.date, tuple[float, float]] = {}
    before, repeated = None, 0
    for line, text in enumerate(lines[2:], start=3):
        if not text.strip():
            continue
        when, flux = _reading(text.split(), path, line)
        if before is not None and when < before:
            raise FormatError(path, line, f"a reading at {before} or later", when)
        before = when
        day = when.date()
        noon.setdefault(day, (np.nan, np.nan))
        if abs(when - dt.datetime.combine(day, dt.time()) - _NOON) <= _AROUND:
            repeated += not np.isnan(noon[day][0])
            noon[day] = flux
    if before is None:
        raise FormatError(path, None, "readings of F10.7", "the header alone")
    table = _table(noon)
    table.attrs["left_out"] = {"repeated": repeated} if repeated else {}
    return table


def _reading(
    cells: list[str], path: str | Path, line: int
) -> tuple[dt.datetime, tuple[float, float]]:
    """Time (UT), observed and adjusted flux (sfu) of a row."""
    if len(cells) != len(_NAMES):
        raise FormatError(path, line, f"{len(_NAMES)} columns", f"{len(cells)}")
    date, clock = cells[:2]
    if len(date) != 8 or len(clock) != 6 or not _DIGITS.fullmatch(date + clock):
        raise FormatError(path, line, "YYYYMMDD HHMMSS", repr(f"{date} {clock}"))
    try:
        when = dt.datetime.strptime(date + clock, "%Y%m%d%H%M%S")
    except ValueError as error:
        raise FormatError(path, line, "a date and a time", repr(f"{date} {clock}")) from error
    flux = [fields.number(text, path, line, "the flux") for text in cells[4:7]]
    if min(flux) <= 0:
        raise FormatError(path, line, "a flux above 0", " ".join(cells[4:7]))
    return when, (flux[0], flux[1])


def _table(noon: dict[dt.date, tuple[float, float]]) -> pd.DataFrame:
    """The f107 table of noon readings."""
    flux = np.array(list(noon.values()), dtype="float64").reshape(-1, 2)
    status = ["" if np.isnan(one) else "observed" for one in flux[:, 0]]
    return pd.DataFrame(
        {
            "time": pd.Series(np.array(list(noon), dtype="datetime64[us]")),
            "f107": flux[:, 0],
            "f107_adjusted": flux[:, 1],
            "status": pd.Series(status, dtype="str"),
        }
    )
