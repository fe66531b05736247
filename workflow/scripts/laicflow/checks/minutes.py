"""Is this the file of geomagnetic minutes that was asked for?"""

from __future__ import annotations

import datetime as dt
import re

from laicflow.checks.common import Asked, HollowError, UnlikeError, shown
from laicflow.errors import FormatError
from laicflow.readers import iaga2002_header

BOM = b"\xef\xbb\xbf"
# Date and time of a record, and the codes for "missing" and "not observed".
RECORD = re.compile(
    rb"([0-9]{4}-[0-9]{2}-[0-9]{2})\s+([0-9]{2}:[0-9]{2}):00(?:\.0+)?\s+[0-9]{1,3}\s"
)
CODE = re.compile(rb"(99999|88888)(\.[0-9]*)?")


def iaga2002(content: bytes, asked: Asked) -> None:
    """What a service answers: the observatory, records of the days asked for and of no others.

    Where the month is over and closed, they end with its last minute. A file whose samples are all
    missing says that there is nothing.
    """
    records = _records(content, asked)
    first, last = _time(records[0]), _time(records[-1])
    if first[0] < asked.first or last[0] > asked.last:
        span = f"{asked.first} to {asked.last}"
        raise UnlikeError(f"expected records of {span}, found {first[0]} to {last[0]}")
    if asked.closed and last != (asked.last, "23:59"):
        found = f"{last[0]} {last[1]}"
        raise UnlikeError(f"truncated: expected records until {asked.last} 23:59, found {found}")
    if not any(map(_has_value, records)):
        raise HollowError(f"no value of {asked.observatory or 'the observatory'} is in it")


def iaga2002_own(content: bytes, asked: Asked) -> None:
    """A file of one's own: the observatory, records of some of the days that are needed.

    It may hold other days too, and lack minutes: cleaning cuts, and counts.
    """
    records = _records(content, asked)
    first, last = _time(records[0])[0], _time(records[-1])[0]
    if last < asked.first or first > asked.last:
        span = f"{asked.first} to {asked.last}"
        raise UnlikeError(f"expected records of {span}, found {first} to {last}")


def _records(content: bytes, asked: Asked) -> list[bytes]:
    """The records below a header of minutes of the observatory asked for, the last one whole."""
    content = content.removeprefix(BOM)
    try:
        parsed = iaga2002_header.parse(content, asked.name)
    except FormatError as error:
        raise UnlikeError(f"expected {error.expected}, found {error.found}") from None
    code = parsed.header.observatory
    if asked.observatory and code != asked.observatory:
        raise UnlikeError(f"expected observatory {asked.observatory}, its header says {code}")
    records = [line for line in content[parsed.start :].splitlines() if line.strip()]
    if not records:
        raise UnlikeError("truncated: no record follows the header")
    cells = _cells(records[-1])
    if len(cells) != 3 + len(parsed.letters) or _is_cut(cells[-1], _cells(records[0])[-1]):
        raise UnlikeError(f"truncated: its last record is not whole, {shown(records[-1])}")
    return records


def _time(record: bytes) -> tuple[dt.date, str]:
    """Day, and hour and minute, of a record."""
    match = RECORD.match(record)
    try:
        return dt.date.fromisoformat(match[1].decode()), match[2].decode()
    except (TypeError, ValueError):
        raise UnlikeError(f"expected a record of a minute, found {shown(record)}") from None


def _has_value(record: bytes) -> bool:
    """Whether a value of a record is no code."""
    return any(CODE.fullmatch(cell) is None for cell in _cells(record)[3:])


def _cells(record: bytes) -> list[bytes]:
    """Date, time, day of the year and values of a record."""
    return record.rstrip(b"| ").split()


def _is_cut(cell: bytes, other: bytes) -> bool:
    """Whether a number has fewer decimals than another one of its column."""
    decimals = [len(one.partition(b".")[2]) for one in (cell, other) if not CODE.fullmatch(one)]
    return len(decimals) == 2 and decimals[0] < decimals[1]
