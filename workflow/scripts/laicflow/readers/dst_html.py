"""Hourly Dst of the monthly web pages of WDC Kyoto.

Format: the pages https://wdc.kugi.kyoto-u.ac.jp/dst_{final,provisional,realtime}/YYYYMM/. In
`<pre class="data">` stand a title with the version, the month, the unit, the hours 1..24 (1 is
00-01 UT), `DAY`, and a line a day: day (I2), a blank, and three groups of eight values (8I4) with
a blank between them; empty lines every five days. 9999 is missing. Values fill their four columns
and touch (`-106-131`, `-159999`), so that only the columns tell them apart.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import fields, raw

VERSIONS = {"FINAL": "final", "PROVISIONAL": "provisional", "REAL-TIME": "quicklook"}
MONTHS = tuple(name.upper() for name in calendar.month_name)
TITLE = re.compile(r"Hourly Equatorial Dst Values \((FINAL|PROVISIONAL|REAL-TIME)\)")
MONTH = re.compile(rf"\s*({'|'.join(MONTHS[1:])})\s+([0-9]{{4}})\s*")
_HOURS = [str(hour) for hour in range(1, 25)]
_BLANKS = (2, 35, 68)  # columns, from 0, before each group of eight
_STARTS = [3 + 4 * hour + hour // 8 for hour in range(24)]
_LENGTH = _STARTS[-1] + 4
_MISSING = 9999
_COMMENT = re.compile(r"<!--.*?-->")


@dataclass
class _Head:
    """What stands above the days: each part once."""

    found: dict[str, str] = field(default_factory=dict)
    month: tuple[int, int] = (0, 0)

    def take(self, text: str) -> None:
        """Look for any part in a line."""
        if title := TITLE.search(text):
            self.found["title"] = VERSIONS[title[1]]
        elif month := MONTH.fullmatch(text):
            self.found["month"] = text.strip()
            self.month = int(month[2]), MONTHS.index(month[1])
        elif text.strip().startswith("unit="):
            self.found["unit"] = text.split()[0]
        elif text.split() == _HOURS:
            self.found["hours"] = text


def read(path: str | Path) -> pd.DataFrame:
    """The dst table of a page: time (start of the hour), dst (nT, NaN missing), version.

    `version` is final, provisional or quicklook (real-time).

    Raises
    ------
    FormatError : there is no table, or one that has no end; its title, month, unit or line of
        hours is missing; a line cannot be split at its columns without doubt; days are missing
        (a real-time table may end early)
    """
    lines = _table(path)
    head, start = _head(lines, path)
    version, (year, month) = head.found["title"], head.month
    last = calendar.monthrange(year, month)[1]
    values: list[list[float]] = []
    for line, text in lines[start:]:
        if not text.strip():
            continue
        if len(values) == last:
            raise FormatError(path, line, f"the end of the table after day {last}", repr(text[:40]))
        values.append(_day(text, len(values) + 1, version, path, line))
    if len(values) < (last if version != "quicklook" else 1):
        raise FormatError(path, lines[-1][0], f"{last} days", f"{len(values)}")
    first = np.datetime64(dt.datetime(year, month, 1), "us")
    times = first + np.arange(24 * len(values)) * np.timedelta64(1, "h")
    return pd.DataFrame(
        {
            "time": pd.Series(times, dtype="datetime64[us]"),
            "dst": np.array(values, dtype="float64").ravel(),
            "version": pd.Series([version] * times.size, dtype="str"),
        }
    )


def _table(path: str | Path) -> list[tuple[int, str]]:
    """The lines of the table with their numbers, without comments."""
    text = raw.read_text(path, "euc-jp", page=True)
    lines = list(enumerate(text.split("\n"), start=1))
    starts = [at for at, (_, line) in enumerate(lines) if '<pre class="data">' in line.lower()]
    if len(starts) != 1:
        raise FormatError(path, None, 'one table <pre class="data">', f"{len(starts)}")
    after = lines[starts[0] + 1 :]
    end = next((at for at, (_, line) in enumerate(after) if "</pre>" in line.lower()), None)
    if end is None:
        raise FormatError(path, lines[-1][0], "the end of the table, </pre>", "the end of the page")
    return [(number, _COMMENT.sub("", line)) for number, line in after[:end]]


def _head(lines: list[tuple[int, str]], path: str | Path) -> tuple[_Head, int]:
    """What stands above the days, and where they begin."""
    head = _Head()
    place = lines[0][0] if lines else None
    for at, (line, text) in enumerate(lines):
        if text.strip() != "DAY":
            head.take(text)
            continue
        for part in ("title", "month", "unit", "hours"):
            if part not in head.found:
                raise FormatError(path, line, f"the {part} of a table of Dst before DAY", "none")
        if head.found["unit"] != "unit=nT":
            raise FormatError(path, line, "unit=nT", head.found["unit"])
        return head, at + 1
    raise FormatError(path, place, "a table of Dst, with its line DAY", "none")


def _day(text: str, day: int, version: str, path: str | Path, line: int) -> list[float]:
    """The 24 values (nT) of a line, split at its columns.

    What is cut off at the end is missing in a real-time table, and a fault in the others.
    """
    text = text.rstrip()
    if len(text) > _LENGTH or (version != "quicklook" and len(text) < _LENGTH):
        raise FormatError(path, line, f"{_LENGTH} columns", f"{len(text)}")
    if fields.integer(text[:2], path, line, "the day") != day:
        raise FormatError(path, line, f"day {day}", repr(text[:2]))
    wide = text.ljust(_LENGTH)
    for blank in _BLANKS:
        if wide[blank] != " ":
            raise FormatError(path, line, f"a blank in column {blank + 1}", repr(wide[blank]))
    cells = [wide[at : at + 4] for at in _STARTS]
    there = max((hour + 1 for hour, cell in enumerate(cells) if cell.strip()), default=0)
    values = [fields.integer(cell, path, line, "Dst") for cell in cells[:there]]
    scaled = [np.nan if one == _MISSING else float(one) for one in values]
    return scaled + [np.nan] * (24 - there)
