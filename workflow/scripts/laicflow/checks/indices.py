"""Is this the index that was asked for?"""

from __future__ import annotations

import calendar
import json
import re

from laicflow.checks.common import Asked, UnlikeError, lines_of, shown

DST_TITLE = re.compile(r"Hourly Equatorial Dst Values \((FINAL|PROVISIONAL|REAL-TIME)\)")
MONTHS = tuple(name.upper() for name in calendar.month_name)
DST_MONTH = re.compile(rf"\s*({'|'.join(MONTHS[1:])})\s+[0-9]{{4}}\s*")


def kp_wdc(content: bytes, asked: Asked) -> None:
    """WDC records (columns 1-6 yymmdd) of the year asked for, as far as they must be there."""
    days = []
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
        days.append((month, day))
    if asked.closed and (not days or max(days) < (asked.last.month, asked.last.day)):
        last = "none" if not days else "{:02d}-{:02d}".format(*max(days))
        raise UnlikeError(f"truncated: expected records until {asked.last}, the last is {last}")


def kp_json(content: bytes, asked: Asked) -> None:
    """The service's object with times of the year asked for, as far as they must be there."""
    try:
        times = json.loads(content)["datetime"]
    except (ValueError, KeyError, TypeError):
        raise UnlikeError(f"expected JSON with datetime, found {shown(content)}") from None
    years = {str(time)[:4] for time in times} - {f"{asked.first.year:04d}"}
    if years:
        raise UnlikeError(f"expected times of {asked.first.year}, found {sorted(years)}")
    last = max(map(str, times), default="")
    if asked.closed and last < f"{asked.last}T21:00:00Z":
        found = last or "none"
        raise UnlikeError(f"truncated: expected Kp until {asked.last} 21:00, the last is {found}")


def kp_text(content: bytes, asked: Asked) -> None:
    """Daily lines (YYYY MM DD ...) with the year asked for, as far as they must be there.

    Other years may stand beside it: the file since 1932 holds them all.
    """
    days = []
    for line in lines_of(content):
        if line.startswith("#"):
            continue
        if re.match(r"[0-9]{4} [0-9]{2} [0-9]{2} ", line) is None:
            raise UnlikeError(f"expected lines YYYY MM DD, found {shown(line.encode())}")
        days.append(line[:10].replace(" ", "-"))
    mine = [day for day in days if day[:4] == f"{asked.first.year:04d}"]
    if not mine:
        found = f"{min(days)} to {max(days)}" if days else "no days"
        raise UnlikeError(f"expected days of {asked.first.year}, found {found}")
    if asked.closed and max(mine) < asked.last.isoformat():
        raise UnlikeError(f"truncated: expected days until {asked.last}, the last is {max(mine)}")


def dst_wdc(content: bytes, asked: Asked) -> None:
    """WDC records (columns 1-7 DSTyymm, 9-10 day) of the month asked for."""
    wanted = f"DST{asked.first:%y%m}"
    days = []
    for line in lines_of(content):
        if line[:7] != wanted or not line[8:10].strip().isdigit():
            raise UnlikeError(f"expected records {wanted}, found {shown(line.encode())}")
        days.append(int(line[8:10]))
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
    """Csv with the header of the space weather file and a whole last row."""
    lines = lines_of(content)
    if not lines[0].startswith("DATE,BSRN,ND,KP1"):
        raise UnlikeError(f"expected DATE,BSRN,ND,KP1..., found {shown(lines[0].encode())}")
    if lines[-1].count(",") != lines[0].count(",") or not content.endswith(b"\n"):
        raise UnlikeError("truncated: its last row is not whole")


def penticton(content: bytes, asked: Asked) -> None:
    """The table of readings, its header and a whole last row."""
    lines = lines_of(content)
    if lines[0].split()[:2] != ["fluxdate", "fluxtime"]:
        raise UnlikeError(f"expected fluxdate fluxtime ..., found {shown(lines[0].encode())}")
    if len(lines) < 3 or len(lines[-1].split()) != len(lines[0].split()):
        raise UnlikeError("truncated: its last row is not whole")
    if not content.endswith(b"\n"):
        raise UnlikeError("truncated: its last row has no end")
