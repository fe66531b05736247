"""Geomagnetic minute data in the IAGA-2002 exchange format, as observatories and services write it.

Format: IAGA Division V, IAGA-2002 data exchange format (2001, revised 2015): twelve header lines,
comments, `DATE TIME DOY` with the names of the columns, then records of 70 characters,
`YYYY-MM-DD hh:mm:ss.sss DOY` and four values in F9.2 with a blank before each. 99999 is missing,
88888 not observed. Magnetic components in nT, D and I in minutes of arc, E in nT.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import FormatError
from laicflow.readers import archived, fields, geomagnetic, iaga2002_header

_BOM = b"\xef\xbb\xbf"
# Codes in hundredths, as the values are held.
_MISSING = 9999900
_NOT_OBSERVED = 8888800
_HUNDREDTHS = 100.0
_MINUTE = np.timedelta64(60, "s")

# A record: `2003-01-01 00:00:00.000 001   `, then ten characters a value.
_HEAD = 30
_FIELD = 10
_FIXED = b"0000-00-00 00:00:00.000 000   "
_SIGNS = [at for at, byte in enumerate(_FIXED) if byte not in b"0"]
_DIGITS = [at for at, byte in enumerate(_FIXED) if byte in b"0"]
_DOY = np.array([100, 10, 1])
# What the eight digits of F9.2 are worth, in hundredths.
_WORTH = np.array([10.0**power for power in range(7, -1, -1)])

_VALUE = re.compile(r"[+-]?[0-9]*\.([0-9]+)")
_CODE = re.compile(r"(99999|88888)(\.[0-9]*)?")


def read(path: str | Path) -> xr.Dataset:
    """The minutes of a file (a day, a month, a year), plain, gzip, `.Z` or the only one of a zip.

    Returns
    -------
    Dataset of X, Y, Z, F in nT by time (UTC), and attributes, as `geomagnetic.dataset` has them:
    without holes from the first to the last record, NaN where missing. Columns are told by their
    names, not by their order.

    Raises
    ------
    FormatError : the header lacks what a reader needs, is of another station than the columns or
        of another interval than a minute; a record is cut, not in order, twice there, of no date
        or of another day of the year than its date; a value is no number
    """
    data = archived.read_bytes(path).removeprefix(_BOM)
    parsed = iaga2002_header.parse(data, path)
    body = data[parsed.start :]
    records = _by_columns(body, len(parsed.letters))
    if records is None:
        records = _by_lines(body, len(parsed.letters), path, parsed.line)
    times, values = records
    _check_interval(times, path, parsed.line)
    columns = {
        letter: geomagnetic.column(values[:, at], _MISSING, _NOT_OBSERVED, _HUNDREDTHS)
        for at, letter in enumerate(parsed.letters)
        if letter
    }
    return geomagnetic.dataset(path, parsed.header, times, columns)


def _by_columns(body: bytes, count: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Times and values in hundredths of records as the format wants them, all of one length.

    None where anything is out of the ordinary, be it allowed or not: `_by_lines` knows.
    """
    length = _HEAD + _FIELD * count
    end = b"\r\n" if body[length : length + 1] == b"\r" else b"\n"
    if not body.endswith(b"\n"):
        body += end
    width = length + len(end)
    if not body or len(body) % width:
        return None
    rows = np.frombuffer(body, dtype=np.uint8).reshape(-1, width)
    head = rows[:, :_HEAD]
    if (
        (rows[:, length:] != np.frombuffer(end, dtype=np.uint8)).any()
        or (head[:, _SIGNS] != np.frombuffer(_FIXED, dtype=np.uint8)[_SIGNS]).any()
        or (head[:, _DIGITS] - ord("0") > 9).any()
    ):
        return None
    times = _times(head)
    values = _hundredths(rows[:, _HEAD:length].reshape(len(rows), count, _FIELD))
    return None if times is None or values is None else (times, values)


def _times(head: np.ndarray) -> np.ndarray | None:
    """Times of records, None where one is no time or they do not increase."""
    if (head[:, [17, 18, 20, 21, 22]] != ord("0")).any():
        return None
    try:
        # As text: NumPy knows the calendar.
        texts = np.ascontiguousarray(head[:, :16]).view("S16")[:, 0]
        minutes = texts.astype("datetime64[m]")
    except ValueError:
        return None
    days = minutes.astype("datetime64[D]")
    of_year = (days - days.astype("datetime64[Y]")).astype("int64") + 1
    if ((head[:, 24:27] - ord("0")) @ _DOY != of_year).any() or (
        np.diff(minutes) <= np.timedelta64(0)
    ).any():
        return None
    return minutes.astype("datetime64[us]")


def _hundredths(text: np.ndarray) -> np.ndarray | None:
    """Values (records x columns) of fields of ten characters, None where one is no F9.2.

    A field is blanks, perhaps a minus, digits to the point, two digits.
    """
    digits = text - ord("0")
    is_digit = digits <= 9
    blank, minus = text == ord(" "), text == ord("-")
    whole, sign = is_digit[..., :7], minus[..., :6]
    if (
        blank[..., 0].all()
        and (text[..., 7] == ord(".")).all()
        and is_digit[..., [6, 8, 9]].all()
        and (is_digit | blank | minus)[..., :7].all()
        and not (whole[..., :-1] & ~whole[..., 1:]).any()
        and not (sign & ~whole[..., 1:]).any()
    ):
        digits *= is_digit
        size = digits[..., [1, 2, 3, 4, 5, 6, 8, 9]] @ _WORTH
        return np.where(sign.any(axis=-1), -size, size)
    return None


def _by_lines(
    body: bytes, count: int, path: str | Path, line: int
) -> tuple[np.ndarray, np.ndarray]:
    """As `_by_columns`, line by line: for files in other columns, and for telling what is wrong."""
    times: list[dt.datetime] = []
    values: list[list[float]] = []
    decimals: set[int] = set()
    for number, text in enumerate(body.decode("latin-1").split("\n"), start=line):
        text = text.rstrip().removesuffix("|").rstrip()
        if not text:
            continue
        time, cells = _record(text, count, path, number)
        if times and time <= times[-1]:
            what = "the same minute again" if time == times[-1] else str(time)
            raise FormatError(path, number, f"a time after {times[-1]}", what)
        values.append([_value(cell, decimals, path, number) for cell in cells])
        times.append(time)
    if not times:
        raise FormatError(path, line, "records after the header", "none")
    return np.array(times, dtype="datetime64[us]"), np.array(values)


def _record(text: str, count: int, path: str | Path, number: int) -> tuple[dt.datetime, list[str]]:
    """Time and cells of a record."""
    cells = text.split()
    if len(cells) != 3 + count:
        expected = f"a date, a time, a day of the year and {count} values"
        raise FormatError(path, number, expected, repr(text[:80]))
    time = fields.time(" ".join(cells[:2]), path, number, "the record")
    day = fields.integer(cells[2], path, number, "the day of the year")
    if day != time.timetuple().tm_yday:
        expected = f"day {time.timetuple().tm_yday} of the year for {time.date()}"
        raise FormatError(path, number, expected, day)
    if time.second or time.microsecond:
        raise FormatError(path, number, "1-minute data", f"a record at {time.time()}")
    return time, cells[3:]


def _value(cell: str, decimals: set[int], path: str | Path, number: int) -> float:
    """A value in hundredths.

    All have as many decimals as the first (missing ones need none): a number that was cut has
    fewer.
    """
    if _CODE.fullmatch(cell):
        return float(cell) * _HUNDREDTHS
    match = _VALUE.fullmatch(cell)
    if match is None:
        raise FormatError(path, number, "a number with decimals", repr(cell))
    decimals.add(len(match[1]))
    if len(decimals) > 1:
        most = max(decimals)
        raise FormatError(path, number, f"values of {most} decimals", repr(cell))
    value = fields.number(cell, path, number, "a value") * _HUNDREDTHS
    # The nearest whole hundredth where there are no more decimals, as `_by_columns` has it.
    return float(round(value)) if len(match[1]) <= 2 else value


def _check_interval(times: np.ndarray, path: str | Path, line: int) -> None:
    """Refuse records that are not a minute apart (save for holes, which are whole minutes)."""
    if times.size < 2:
        return
    least = np.diff(times).min()
    if least != _MINUTE:
        found = f"records {least // np.timedelta64(1, 's')} s apart at least"
        raise FormatError(path, line, "1-minute data", found)
