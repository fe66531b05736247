"""Hourly Dst in the WDC exchange format of Kyoto: records of 120 characters, one a day.

Format: WDC for Geomagnetism, Kyoto, WDC-like Dst format. Columns, from 1: 1-3 DST, 4-5 year,
6-7 month, 8 *, 9-10 day, 11-12 blank or RR or PP, 13 X, 14 version, 15-16 century, 17-20 base
value in 100 nT, 21-116 hours 00-01 to 23-24 (24I4), 117-120 daily mean; 9999 is missing.

Some copies of exports (`WWW_dstae*.dat`) have lost DST, * and X, and have blanks between all
fields, `  05 11 01    220   0 -51 -46 ...`. They are read where all 30 fields stand apart,
or the values in columns of four.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import fields, raw

_LENGTH = 120
_HOURS = 24
_MISSING = 9999
_FIRST_YEAR = 1957  # Dst begins in 1957: a blank century means 1957 to 2056
_VERSIONS = {"": "", "0": "quicklook", "1": "provisional", "2": "final"}
_START = re.compile(r"DST[0-9 ]{4}\*[0-9 ]{2}")
# Year, month, day, version with century; base value, 24 hours and mean follow.
_SPREAD = re.compile(r" {2}([0-9]{2}) ([0-9]{2}) ([0-9]{2}) {4}([012](?:19|20))(?= )")
_SPREAD_VALUES = 26
_SHOWN = 10  # faults told one by one; a wrong file may have thousands


def read(path: str | Path) -> pd.DataFrame:
    """The dst table of a file: time (start of the hour), dst (nT, NaN missing), version.

    `version` is quicklook, provisional, final or "" (old exports leave it blank).

    Raises
    ------
    FormatError : records are damaged (the message lists them, of more than ten the first ten and
        how many more): another length, a field that is no number, a daily mean that is not that
        of the hours; or days are out of order
    """
    days, hours, versions, faults = [], [], [], []
    for number, line in enumerate(raw.read_lines(path, "latin-1"), start=1):
        if not line.strip():
            continue
        try:
            day, values, version = _record(line.rstrip(), path, number)
            fields.in_order(days[-1] if days else None, day, path, number)
        except FormatError as fault:
            faults.append(fault)
            continue
        days.append(day)
        hours.append(values)
        versions += [version] * _HOURS
    if faults:
        raise _together(faults, path)
    if not days:
        raise FormatError(path, None, "records of Dst", "blank lines")
    starts = np.array(days, dtype="datetime64[us]")[:, None] + np.arange(_HOURS) * np.timedelta64(
        1, "h"
    )
    return pd.DataFrame(
        {
            "time": pd.Series(starts.ravel(), dtype="datetime64[us]"),
            "dst": np.array(hours, dtype="float64").ravel(),
            "version": pd.Series(versions, dtype="str"),
        }
    )


def _record(line: str, path: str | Path, number: int) -> tuple[dt.date, list[float], str]:
    """Day, 24 values in nT and version of a record."""
    line = _gathered(line, path, number)
    if len(line) != _LENGTH:
        expected = f"a record of {_LENGTH} characters"
        raise FormatError(path, number, expected, f"{len(line)} characters")
    if _START.match(line) is None:
        raise FormatError(path, number, "a record DSTyymm*dd", repr(line[:20]))
    version = line[13:14].strip()
    if version not in _VERSIONS:
        raise FormatError(path, number, "a version 0, 1 or 2", repr(version))
    base = fields.integer(line[16:20], path, number, "the base value")
    texts = [line[at : at + 4] for at in range(20, 120, 4)]
    values = [fields.integer(text, path, number, "Dst") for text in texts]
    *hours, mean = values
    if _MISSING not in values and abs(sum(hours) / _HOURS - mean) > 0.5:
        expected = f"a daily mean of {sum(hours) / _HOURS:.1f}"
        raise FormatError(path, number, expected, mean)
    scaled = [np.nan if one == _MISSING else 100.0 * base + one for one in hours]
    return _day(line, path, number), scaled, _VERSIONS[version]


def _gathered(line: str, path: str | Path, number: int) -> str:
    """A record as it is, or one with blanks between its fields put back into its columns."""
    spread = _SPREAD.match(line)
    if spread is None:
        return line
    year, month, day, version = spread.groups()
    rest = line[spread.end() :]
    texts = rest.split()
    if len(texts) != _SPREAD_VALUES and len(rest) == 4 * _SPREAD_VALUES:
        # Values that touch, in the columns of a record.
        texts = [rest[at : at + 4] for at in range(0, len(rest), 4)]
    if len(texts) != _SPREAD_VALUES or max(map(len, texts)) > 4:
        expected = f"{_SPREAD_VALUES} values of up to 4 characters after the date"
        raise FormatError(path, number, expected, f"{len(texts)} in {rest!r}")
    values = "".join(f"{text:>4}" for text in texts)
    return f"DST{year}{month}*{day}  X{version}{values}"


def _day(line: str, path: str | Path, number: int) -> dt.date:
    """The day of a record."""
    century = line[14:16].strip()
    if century in ("19", "20"):
        year = fields.full_year(line[3:5], int(century) * 100, path, number)
    elif not century:
        year = fields.full_year(line[3:5], _FIRST_YEAR, path, number)
    else:
        raise FormatError(path, number, "a century 19 or 20, or blanks", repr(century))
    month = fields.integer(line[5:7], path, number, "the month")
    day = fields.integer(line[8:10], path, number, "the day")
    return fields.date(year, month, day, path, number)


def _together(faults: list[FormatError], path: str | Path) -> FormatError:
    """One error for all damaged lines: it names the first ones and counts the others."""
    if len(faults) == 1:
        return faults[0]
    first = faults[0]
    told = ", ".join(
        f"{fault.line} ({fault.found})"
        if fault.expected == first.expected
        else f"{fault.line} ({fault.found} in place of {fault.expected})"
        for fault in faults[:_SHOWN]
    )
    others = len(faults) - _SHOWN
    found = f"damaged lines {told}" + (f", and {others:,} more" if others > 0 else "")
    return FormatError(path, first.line, first.expected, found)
