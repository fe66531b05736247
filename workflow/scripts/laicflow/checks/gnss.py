"""Is this the file of GNSS observations, orbits or biases that was asked for?"""

from __future__ import annotations

import collections
import datetime as dt
import re

from laicflow.checks.common import Asked, HollowError, UnlikeError, shown

_COMPACT = b"CRINEX VERS"
_NAVIGATION = re.compile(
    rb"^(?:[ \d]\d|[GRECJIS][ \d]\d) (\d\d|\d{4}) ([ \d]\d) ([ \d]\d) [ \d]\d [ \d]\d", re.MULTILINE
)
_DCB = re.compile(rb"\b(P1)-(P2|C1) DCB SOLUTION.*?YEAR (\d{4}), MONTH (\d\d)")
_SINEX_TIME = re.compile(rb"\b(\d{4}):(\d{3}):(\d{5})\b")


def rinex(content: bytes, asked: Asked) -> None:
    """Observations, plain or Hatanaka: the station, the day of the first, a whole last line.

    A header without any epoch behind it says that there is nothing.
    """
    if _COMPACT in content[:80]:
        content = b"\n".join(content.split(b"\n", 2)[2:])
    header, body = _header(content, b"O", "RINEX observations")
    marker = _field(header, b"MARKER NAME").strip()
    wanted = asked.observatory[:4].encode()
    if wanted and marker[:4].upper() != wanted:
        raise UnlikeError(
            f"expected station {asked.observatory[:4]}, its header says {shown(marker)}"
        )
    day = _day(_field(header, b"TIME OF FIRST OBS")[:18].split())
    if day != asked.first:
        raise UnlikeError(f"expected observations of {asked.first}, its header says {day}")
    if not body.strip():
        raise HollowError("no observation is in it")
    if not content.endswith(b"\n"):
        raise UnlikeError("truncated: its last line is not whole")


def sp3(content: bytes, asked: Asked) -> None:
    """SP3 a to d: the day of the first epoch, the line EOF at the end."""
    if content[:1] != b"#" or content[1:2] not in (b"a", b"b", b"c", b"d"):
        raise UnlikeError(f"expected SP3 a to d, found {shown(content)}")
    day = _day([content[3:7], content[8:10], content[11:13]])
    if day != asked.first:
        raise UnlikeError(f"expected orbits of {asked.first}, its first line says {day}")
    if not content.rstrip().endswith(b"EOF"):
        raise UnlikeError("truncated: its line EOF is missing")


def navigation(content: bytes, asked: Asked) -> None:
    """Broadcast navigation, RINEX 2 or 3: most records are of the day asked for."""
    _, body = _header(content, b"N", "RINEX navigation")
    days = collections.Counter(_NAVIGATION.findall(body))
    if not days:
        raise HollowError("no record is in it")
    day = _day(list(days.most_common(1)[0][0]))
    if day != asked.first:
        raise UnlikeError(f"expected records of {asked.first}, most are of {day}")
    if not content.endswith(b"\n"):
        raise UnlikeError("truncated: its last line is not whole")


def dcb(content: bytes, asked: Asked) -> None:
    """A monthly file of the University of Bern: the pair in its name, the month, whole lines."""
    title = content.partition(b"\n")[0]
    match = _DCB.search(title.upper().replace(b"GNSS ", b"").replace(b"GPS ", b""))
    if match is None:
        raise UnlikeError(f"expected a DCB file of CODE, found {shown(title)}")
    pair = (match[1] + match[2]).decode()
    if asked.name[:4].upper() in ("P1P2", "P1C1") and asked.name[:4].upper() != pair:
        raise UnlikeError(f"expected {asked.name[:4]}, as its name says, its title says {pair}")
    month = (int(match[3]), int(match[4]))
    if month != (asked.first.year, asked.first.month):
        found = f"{month[0]}-{month[1]:02d}"
        raise UnlikeError(f"expected biases of {asked.first:%Y-%m}, its title says {found}")
    rows = content.partition(b"\n***")[2].splitlines()[1:]
    if not any(row.strip() for row in rows):
        raise UnlikeError("truncated: no bias follows the line of stars")
    if not content.endswith(b"\n"):
        raise UnlikeError("truncated: its last line is not whole")


def bias_sinex(content: bytes, asked: Asked) -> None:
    """Bias-SINEX: the span of its first line holds the middle of the day, the last line ends it.

    The end of the span is no part of it: a file of one day ends at midnight of the next. The biases
    of a day are those in the middle of it (`gnss.biases`).
    """
    title = content.partition(b"\n")[0]
    if not title.startswith(b"%=BIA"):
        raise UnlikeError(f"expected Bias-SINEX, found {shown(title)}")
    # Times of making, and of the first and last bias.
    times = _SINEX_TIME.findall(title)[1:3]
    middle = dt.datetime.combine(asked.first, dt.time(12))
    if len(times) < 2 or not (
        _of_year(*times[0], none=dt.datetime.min)
        <= middle
        < _of_year(*times[1], none=dt.datetime.max)
    ):
        raise UnlikeError(f"expected biases of {asked.first}, its first line is {title.decode()!r}")
    if not content.rstrip().upper().endswith(b"%=ENDBIA"):
        raise UnlikeError("truncated: its line %=ENDBIA is missing")


def _header(content: bytes, kind: bytes, what: str) -> tuple[list[bytes], bytes]:
    """The lines of a RINEX header of a kind, and what follows it."""
    lines = content[:100_000].split(b"\n", 1)[0].ljust(80)
    is_kind = lines[20:21] == kind or (kind == b"N" and b"NAV" in lines[20:40].upper())
    if lines[60:80].strip() != b"RINEX VERSION / TYPE" or not is_kind:
        raise UnlikeError(f"expected {what}, found {shown(content)}")
    end = content.find(b"END OF HEADER")
    if end < 0:
        raise UnlikeError("truncated: its END OF HEADER is missing")
    return content[:end].splitlines(), content[end:].partition(b"\n")[2]


def _field(header: list[bytes], label: bytes) -> bytes:
    """The record of a label, empty where there is none."""
    return next((line[:60] for line in header if line[60:80].strip() == label), b"")


def _day(fields: list[bytes]) -> dt.date | None:
    """The day of year, month and day, None where there is none; years of two digits from 1980."""
    try:
        year, month, day = (int(field) for field in fields[:3])
        return dt.date(year + (1900 if 80 <= year < 100 else 2000 if year < 80 else 0), month, day)
    except ValueError:
        return None


def _of_year(year: bytes, day: bytes, second: bytes, *, none: dt.datetime) -> dt.datetime:
    """A time by its day of the year and second of the day; `none` for 0 of year 0, no limit."""
    if int(year) == 0:
        return none
    return dt.datetime(int(year), 1, 1) + dt.timedelta(days=int(day) - 1, seconds=int(second))
