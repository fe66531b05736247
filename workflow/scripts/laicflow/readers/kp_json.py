"""Kp of the JSON service of GFZ.

Format: https://kp.gfz.de/en/data (web service): one object with the arrays `datetime` (start of
the three hours, UTC), `Kp` (thirds with three decimals, null where missing) and `status` (`def`
definitive, `pre` preliminary, `now` of the last hours). ap follows from Kp by its table.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import fields, kp_scale, raw

_ARRAYS = ("datetime", "Kp", "status")
_STATUS = {"def": "definitive", "pre": "preliminary", "now": "preliminary"}


def read(path: str | Path) -> pd.DataFrame:
    """The kp table of a file: time (start of the 3 hours), kp (in thirds), ap, status.

    `status` is definitive or preliminary. A Kp of null is NaN; empty arrays, which the service
    gives where it has nothing yet, are a table without rows.

    Raises
    ------
    FormatError : no JSON or a cut one; an array is missing or of another length; an entry is no
        start of three hours after the one before, a Kp that the scale does not have or an
        unknown status (the message names the entry, counted from 1: the answer is one line)
    """
    content = _content(path)
    times, kp, status = [], [], []
    entries = zip(*(content[name] for name in _ARRAYS), strict=True)
    for number, (time, value, told) in enumerate(entries, start=1):
        where = f" in entry {number}"
        times.append(_time(time, times[-1] if times else None, path, where))
        kp.append(_kp(value, path, where))
        if told not in _STATUS:
            raise FormatError(path, None, f"a status def, pre or now{where}", repr(told))
        status.append(_STATUS[told])
    ap = [None if one is None else kp_scale.AP[one] for one in kp]
    return kp_scale.rows(times, kp, ap, status)


def _content(path: str | Path) -> dict:
    """The object of a file, its arrays there and of one length."""
    try:
        content = json.loads(raw.read_text(path))
    except json.JSONDecodeError as error:
        raise FormatError(path, error.lineno, "JSON", f"{error.msg} at {error.pos}") from error
    for name in _ARRAYS:
        if not isinstance(content, dict) or not isinstance(content.get(name), list):
            raise FormatError(path, None, f"an object with an array {name!r}", "none")
    lengths = [len(content[name]) for name in _ARRAYS]
    if len(set(lengths)) != 1:
        found = ", ".join(f"{name} {count}" for name, count in zip(_ARRAYS, lengths, strict=True))
        raise FormatError(path, None, "arrays of one length", found)
    return content


def _time(text: object, before: dt.datetime | None, path: str | Path, where: str) -> dt.datetime:
    """The start of an interval of three hours."""
    time = fields.time(str(text), path, None, f"datetime{where}")
    if time.hour % 3 or (time.minute, time.second, time.microsecond) != (0, 0, 0):
        raise FormatError(path, None, f"a start of three hours{where}", text)
    if before is not None and time <= before:
        raise FormatError(path, None, f"a time after {before:%Y-%m-%dT%H:%M:%SZ}{where}", text)
    return time


def _kp(value: object, path: str | Path, where: str) -> int | None:
    """Kp in thirds, None of null."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FormatError(path, None, f"a number or null{where}", repr(value))
    return kp_scale.thirds_of(value, path, None, where)
