"""Numbers, years and times of text files: read exactly as written, or refused with their place.

Python's own `int` and `float` take more than any format writes (`1_000`, `nan`, digits of other
scripts), and half a number is a number too; here a text is either what the format allows or a
FormatError.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path

from laicflow.errors import FormatError

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def integer(text: str, path: str | Path, line: int | None, what: str) -> int:
    """The integer that a field of fixed width holds, blanks before it allowed.

    None after it: a number that does not end where its field ends is a shifted line.

    Raises
    ------
    FormatError : the field is blank or holds anything else
    """
    if _INTEGER.fullmatch(text.lstrip(" ")) is None:
        raise FormatError(path, line, f"an integer for {what}", repr(text))
    return int(text)


def number(text: str, path: str | Path, line: int | None, what: str) -> float:
    """The decimal number that a field holds (`.0`, `5.` and `1e-3` too), blanks allowed.

    Raises
    ------
    FormatError : the field is blank or holds anything else, `nan` and `inf` included
    """
    if _NUMBER.fullmatch(text.strip()) is None or not math.isfinite(float(text)):
        raise FormatError(path, line, f"a number for {what}", repr(text))
    return float(text)


def full_year(text: str, first: int, path: str | Path, line: int | None) -> int:
    """The year that two digits mean, the century chosen so that it is in first .. first + 99.

    Raises
    ------
    FormatError : the field holds no two-digit year
    """
    year = integer(text, path, line, "the year")
    if not 0 <= year <= 99:
        raise FormatError(path, line, "a year of two digits", repr(text))
    return first + (year - first) % 100


def date(year: int, month: int, day: int, path: str | Path, line: int | None) -> dt.date:
    """A date.

    Raises
    ------
    FormatError : there is no such date
    """
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise FormatError(path, line, "a date", f"{year:04d}-{month:02d}-{day:02d}") from error


def time(text: str, path: str | Path, line: int | None, what: str) -> dt.datetime:
    """A time `YYYY-MM-DDTHH:MM:SS[.ffffff][Z]`, a blank for the T allowed; UTC, naive.

    Second 60 is allowed at 23:59 alone, as a leap second; without such seconds it is the first one
    of the next day.

    Raises
    ------
    FormatError : the text has another form, or there is no such time
    """
    expected = f"a time YYYY-MM-DDTHH:MM:SS for {what}"
    if _TIME.fullmatch(text.strip()) is None:
        raise FormatError(path, line, expected, repr(text))
    try:
        value = _with_leap_second(text.strip())
    except (ValueError, OverflowError) as error:
        raise FormatError(path, line, expected, repr(text)) from error
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value


def _with_leap_second(text: str) -> dt.datetime:
    """A time in ISO format, whose second may be 60 at 23:59 (UTC, as leap seconds are)."""
    if text[10:19].replace("T", " ") != " 23:59:60":
        return dt.datetime.fromisoformat(text)
    value = dt.datetime.fromisoformat(f"{text[:17]}59{text[19:]}")
    if value.utcoffset():
        raise ValueError("a leap second is at 23:59 UTC")
    return value + dt.timedelta(seconds=1)


def in_order(before: dt.date | None, now: dt.date, path: str | Path, line: int | None) -> None:
    """Check that the date of a record comes after that of the record before.

    Raises
    ------
    FormatError : it is the same date or an earlier one
    """
    if before is not None and now <= before:
        raise FormatError(path, line, f"a date after {before}", now)
