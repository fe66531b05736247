"""Is this the index that was asked for?"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable

from laicflow.checks.common import Asked, UnlikeError, lines_of, shown
from laicflow.readers.gfz_text import COLUMNS
from laicflow.sources.request import days as days_of

DST_TITLE = re.compile(r"Hourly Equatorial Dst Values \((FINAL|PROVISIONAL|REAL-TIME)\)")
MONTHS = tuple(name.upper() for name in calendar.month_name)
# Columns of a whole record: WDC through C9 of Kp, and of Dst (docstrings of the readers).
KP_RECORD, DST_RECORD = 62, 120
# Data types of CelesTrak's rows that are forecasts.
FORECASTS = ("PRD", "PRM")
DST_MONTH = re.compile(rf"\s*({'|'.join(MONTHS[1:])})\s+[0-9]{{4}}\s*")


def kp_wdc(content: bytes, asked: Asked) -> None:
    """WDC records (columns 1-6 yymmdd) of the year asked for, each day that must be there."""
    days, last = set(), ""
    for line in lines_of(content):
        if line.startswith("#"):
            continue
        try:
            year, month, day = (int(line[at : at + 2]) for at in (0, 2, 4))
        except ValueError:
            raise UnlikeError(f"expected records yymmdd, found {shown(line.encode())}") from None
        if year != asked.first.year % 100:
            raise UnlikeError(
                f"expected records of {asked.first.year}, found {shown(line.encode())}"
            )
        days.add(f"{asked.first.year:04d}-{month:02d}-{day:02d}")
        last = line
    if days and len(last.rstrip()) < KP_RECORD:
        raise UnlikeError("truncated: its last record is not whole")
    _check_slots(days, asked)


def kp_json(content: bytes, asked: Asked) -> None:
    """The service's object with times of the year asked for, each that must be there."""
    try:
        times = [str(time) for time in json.loads(content)["datetime"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnlikeError(f"expected JSON with datetime, found {shown(content)}") from None
    years = {time[:4] for time in times} - {f"{asked.first.year:04d}"}
    if years:
        raise UnlikeError(f"expected times of {asked.first.year}, found {sorted(years)}")
    _check_slots({time[:16] for time in times}, asked, _three_hours)


def kp_text(content: bytes, asked: Asked) -> None:
    """Daily lines (YYYY MM DD ...) with the year asked for, each day that must be there.

    Other years may stand beside it: the file since 1932 holds them all.
    """
    days, last = [], ""
    for line in lines_of(content):
        if line.startswith("#"):
            continue
        if re.match(r"[0-9]{4} [0-9]{2} [0-9]{2} ", line) is None:
            raise UnlikeError(f"expected lines YYYY MM DD, found {shown(line.encode())}")
        days.append(line[:10].replace(" ", "-"))
        last = line
    if days and len(last.split()) != COLUMNS:
        raise UnlikeError("truncated: its last line is not whole")
    mine = {day for day in days if day[:4] == f"{asked.first.year:04d}"}
    if not mine:
        found = f"{min(days)} to {max(days)}" if days else "no days"
        raise UnlikeError(f"expected days of {asked.first.year}, found {found}")
    _check_slots(mine, asked)


def dst_wdc(content: bytes, asked: Asked) -> None:
    """WDC records (columns 1-7 DSTyymm, 9-10 day) of the month asked for."""
    wanted = f"DST{asked.first:%y%m}"
    days, last = [], ""
    for line in lines_of(content):
        if line[:7] != wanted or not line[8:10].strip().isdigit():
            raise UnlikeError(f"expected records {wanted}, found {shown(line.encode())}")
        days.append(int(line[8:10]))
        last = line
    if len(last) < DST_RECORD:
        raise UnlikeError("truncated: its last record is not whole")
    length = calendar.monthrange(asked.first.year, asked.first.month)[1]
    if asked.closed and days != list(range(1, length + 1)):
        raise UnlikeError(f"expected one record a day, 1..{length}, found {len(days)} records")


def dst_html(content: bytes, asked: Asked) -> None:
    """A page of Kyoto with the whole table of the month asked for."""
    lines = lines_of(content)
    if not any(DST_TITLE.search(line) for line in lines):
        told = re.search(rb"<title[^>]*>(.*?)</title>", content, re.IGNORECASE | re.DOTALL)
        found = shown(told[1].strip()) if told else shown(content.lstrip())
        raise UnlikeError(f"expected a page of hourly Dst, found the page {found}")
    wanted = f"{MONTHS[asked.first.month]} {asked.first.year}"
    months = [" ".join(line.split()) for line in lines if DST_MONTH.fullmatch(line)]
    if months != [wanted]:
        raise UnlikeError(f"expected the table of {wanted}, found {', '.join(months) or 'none'}")
    if not any("</pre>" in line.lower() for line in lines):
        raise UnlikeError("truncated: its table has no end")
    days = [int(line[:2]) for line in lines if re.match(r"[ 1-3][0-9] [ 0-9-]{4}", line)]
    length = calendar.monthrange(asked.first.year, asked.first.month)[1]
    if asked.closed and days != list(range(1, length + 1)):
        raise UnlikeError(f"expected one line a day, 1..{length}, found {len(days)} lines")


def celestrak_sw(content: bytes, asked: Asked) -> None:
    """Csv with the header of the space weather file and a whole last row.

    Where it must be there, the last day asked for is among the days that are no forecasts; days
    before it may be missing, as some are upstream.
    """
    lines = lines_of(content)
    if not lines[0].startswith("DATE,BSRN,ND,KP1"):
        raise UnlikeError(f"expected DATE,BSRN,ND,KP1..., found {shown(lines[0].encode())}")
    if lines[-1].count(",") != lines[0].count(",") or not content.endswith(b"\n"):
        raise UnlikeError("truncated: its last row is not whole")
    names = lines[0].split(",")
    kind = names.index("F10.7_DATA_TYPE") if "F10.7_DATA_TYPE" in names else None
    rows = [line.split(",") for line in lines[1:]]
    if any(len(row) != len(names) for row in rows):
        raise UnlikeError(f"expected rows of {len(names)} cells, as in its header")
    measured = [row[0] for row in rows if kind is None or row[kind] not in FORECASTS]
    _check_end(max(measured, default=""), asked)


def penticton(content: bytes, asked: Asked) -> None:
    """The table of readings, its header and a whole last row.

    Where it must be there, the table reaches the last day asked for or goes beyond it; days
    before it may be missing, as some are upstream.
    """
    lines = lines_of(content)
    if lines[0].split()[:2] != ["fluxdate", "fluxtime"]:
        raise UnlikeError(f"expected fluxdate fluxtime ..., found {shown(lines[0].encode())}")
    if len(lines) < 3 or len(lines[-1].split()) != len(lines[0].split()):
        raise UnlikeError("truncated: its last row is not whole")
    if not content.endswith(b"\n"):
        raise UnlikeError("truncated: its last row has no end")
    date = lines[-1].split()[0]
    _check_end(f"{date[:4]}-{date[4:6]}-{date[6:]}", asked)


def _check_slots(
    found: set[str], asked: Asked, slots: Callable[[str], list[str]] | None = None
) -> None:
    """Refuse a closed file that lacks a time which was asked for.

    `found` are ISO days, or the times into which `slots` divides one.
    """
    if not asked.closed:
        return
    wanted = [str(day) for day in days_of(asked.first, asked.last)]
    if slots is not None:
        wanted = [slot for day in wanted for slot in slots(day)]
    missing = [slot for slot in wanted if slot not in found]
    if not missing:
        return
    last = max((slot for slot in found if slot <= wanted[-1]), default="none")
    if wanted[-1] in found:
        text = f"{len(missing)} of {len(wanted)} times asked for, the first {missing[0]}"
        raise UnlikeError(f"incomplete: it lacks {text}")
    raise UnlikeError(f"truncated: expected times until {wanted[-1]}, the last is {last}")


def _three_hours(day: str) -> list[str]:
    """The starts of the intervals of Kp of a day."""
    return [f"{day}T{hour:02d}:00" for hour in range(0, 24, 3)]


def _check_end(last: str, asked: Asked) -> None:
    """Refuse a file that ends before the last day asked for, where that must be there."""
    if asked.closed and last < asked.last.isoformat():
        found = last or "none"
        raise UnlikeError(f"truncated: expected days until {asked.last}, the last is {found}")
