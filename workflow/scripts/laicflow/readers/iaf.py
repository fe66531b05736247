"""Geomagnetic minute data in the INTERMAGNET archive format (IAF), a binary file a month.

Format: INTERMAGNET Technical Manual, archive data formats, IAFV2.11. A day is 5888 words of 32
bits, little-endian: 16 of header, 4 x 1440 minutes, 4 x 24 hours, 4 days, 8 K, 4 reserved. Texts
in the header are four characters, filled with blanks on the left. Values in 0.1 nT or 0.1 minutes
of arc; 999999 is missing, 888888 (of the fourth element) not recorded. The fourth element is F,
or G, the difference of vector and scalar F, as the orientation says.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import FormatError
from laicflow.readers import archived, geomagnetic
from laicflow.readers.geomagnetic_vector import wrapped

_WORDS = 5888
_DAY = 4 * _WORDS
_HEADER = 16
_MINUTES = 1440
_MISSING = 999999
_NOT_RECORDED = 888888
_TENTHS = 10.0
_ORIENTATIONS = ("XYZ", "HDZ", "DIF")
_LAST_VERSION = 4  # 0: 1.00, 1: 1.10, 2: 2.00, 3: 2.10, 4: 2.11
_STATES = ("definitive", "quasi-definitive")


def read(path: str | Path) -> xr.Dataset:
    """The minutes of a file, plain, gzip, `.Z` or the only one of a zip.

    Returns
    -------
    Dataset as `geomagnetic.dataset` has it. Hourly and daily means and K are left out.

    Raises
    ------
    FormatError : the size is no whole number of days (the day that was cut is named), a header
        is none of this format, days do not follow each other, or one is of another station or
        orientation than the first
    """
    data = archived.read_bytes(path)
    days, rest = divmod(len(data), _DAY)
    if rest:
        expected = f"days of {_DAY} bytes"
        raise FormatError(path, None, expected, f"{rest} bytes of {_cut(data, days)}")
    words = np.frombuffer(data, dtype="<i4").reshape(days, _WORDS)
    texts = [_Texts(data[at * _DAY : at * _DAY + 4 * _HEADER]) for at in range(days)]
    dates = [_date(int(row[1]), path) for row in words]
    orientation = _orientation(texts[0].word(6), dates[0], path)
    _check_days(texts, dates, path)
    minutes = words[:, _HEADER : _HEADER + 4 * _MINUTES].reshape(days, 4, _MINUTES)
    times = np.datetime64(dates[0], "us") + np.arange(days * _MINUTES) * np.timedelta64(1, "m")
    columns = {
        letter: geomagnetic.column(
            minutes[:, at].ravel().astype("float64"), _MISSING, _NOT_RECORDED, _TENTHS
        )
        for at, letter in enumerate(orientation)
    }
    return geomagnetic.dataset(path, _header(words[0], texts, words, path), times, columns)


class _Texts:
    """The texts of a header, by the number of their word (from 1)."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def word(self, number: int) -> str:
        part = self._header[4 * (number - 1) : 4 * number]
        return part.decode("latin-1").strip(" \0").upper()


def _cut(data: bytes, days: int) -> str:
    """What is known of the day that a file ends in."""
    header = data[days * _DAY : days * _DAY + 8]
    if len(header) < 8:
        return f"day {days + 1} of the file"
    number = int.from_bytes(header[4:8], "little", signed=True)
    return f"day {number // 1000:04d}-{number % 1000:03d}, {days + 1} of the file"


def _date(number: int, path: str | Path) -> dt.date:
    """The date of a year with a day of the year, 2003001."""
    year, day = divmod(number, 1000)
    expected = "a year and a day of the year (yyyyddd) in word 2"
    if not 1800 <= year <= 2200 or day < 1:
        raise FormatError(path, None, expected, number)
    date = dt.date(year, 1, 1) + dt.timedelta(days=day - 1)
    if date.year != year:
        raise FormatError(path, None, expected, number)
    return date


def _orientation(text: str, day: dt.date, path: str | Path) -> list[str]:
    """The letters of the four elements."""
    if text[:3] not in _ORIENTATIONS or text[3:] not in ("", "F", "G", "S"):
        expected = f"an orientation {', '.join(_ORIENTATIONS)} and F, G, S or nothing in word 6"
        raise FormatError(path, None, expected, f"{text!r} on {day}")
    fourth = text[3:] or "F"
    # In DIF the third is already F; the fourth is the scalar beside it.
    return [*text[:3], "S" if fourth in text[:3] else fourth]


def _check_days(texts: list[_Texts], dates: list[dt.date], path: str | Path) -> None:
    """Check that days follow each other and are of one station and orientation."""
    for at in range(1, len(dates)):
        wanted = dates[at - 1] + dt.timedelta(days=1)
        if dates[at] != wanted:
            raise FormatError(path, None, f"day {wanted} after {dates[at - 1]}", dates[at])
        for number, what in ((1, "station"), (6, "orientation")):
            first, found = texts[0].word(number), texts[at].word(number)
            if found != first:
                expected = f"{what} {first!r} in all days"
                raise FormatError(path, None, expected, f"{found!r} on {dates[at]}")


def _header(
    first: np.ndarray, texts: list[_Texts], words: np.ndarray, path: str | Path
) -> geomagnetic.Header:
    """The header of the first day; the publication state is the weakest of all days."""
    station = texts[0].word(1)
    if not (3 <= len(station) <= 4 and station.isalnum() and station.isascii()):
        raise FormatError(path, None, "the letters of a station in word 1", repr(station))
    colatitude, longitude = int(first[2]) / 1000.0, int(first[3]) / 1000.0
    if not 0.0 <= colatitude <= 180.0 or not -180.0 <= longitude <= 360.0:
        expected = "colatitude and longitude in thousandths of degrees in words 3 and 4"
        raise FormatError(path, None, expected, f"{first[2]} and {first[3]}")
    # The bytes of word 15 are version, kind of data, 0, 0.
    version, kind = words[:, 14] & 0xFF, (words[:, 14] >> 8) & 0xFF
    if version.max() > _LAST_VERSION or kind.max() >= len(_STATES) or (words[:, 14] >> 16).any():
        raise FormatError(path, None, "an IAF version to 2.11 in word 15", hex(int(first[14])))
    return geomagnetic.Header(
        observatory=station,
        latitude=round(90.0 - colatitude, 3),
        longitude=wrapped(longitude),
        elevation_m=float(first[4]),
        publication_state_found=_STATES[int(kind.max())],
        reported=texts[0].word(6),
        interval="1-minute",
    )
