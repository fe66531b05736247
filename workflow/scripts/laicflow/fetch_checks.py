"""Is this the file that was asked for? Looked at before a download gets its name.

The checks are shallow: first bytes, whole compression, the header's day, a whole last line. What
the values are is the readers' business.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import gzip
import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ncompress

from laicflow.errors import FetchError

# First bytes of a compressed file (compress(1): 1F 9D; RFC 1952: 1F 8B).
MAGIC = {".Z": b"\x1f\x9d", ".gz": b"\x1f\x8b"}

HINTS = {
    "none": "a login or maintenance page stands before it",
    "earthdata": (
        "it wants an Earthdata login: register at https://urs.earthdata.nasa.gov and put "
        "`machine urs.earthdata.nasa.gov login <name> password <password>` into ~/.netrc"
    ),
}


class WrongBodyError(FetchError):
    """Something arrived, but not the file that was asked for."""


class LoginPageError(WrongBodyError):
    """A web page arrived instead of a file."""


@dataclass(frozen=True)
class Asked:
    """What a file was asked to be.

    Parameters
    ----------
    name : file name, whose suffix says how it is compressed
    check : name of the content check, "" for none
    first, last : days that the file is about
    closed : whether the upstream has had its time, so that nothing may be missing
    account : which account the upstream wants (key of `HINTS`)
    """

    name: str
    check: str
    first: dt.date
    last: dt.date
    closed: bool = True
    account: str = "none"


def inspect(path: Path, url: str, asked: Asked) -> None:
    """Refuse what is not the file that was asked for.

    Raises
    ------
    WrongBodyError : says what was expected and what came, with the URL
    """
    body = path.read_bytes()
    if not body:
        raise WrongBodyError(f"{url}: the answer is empty")
    if is_html(body):
        hint = HINTS.get(asked.account, HINTS["none"])
        raise LoginPageError(f"{url}: a web page came instead of {asked.name}; {hint}")
    try:
        content = decompress(body, asked.name)
        if asked.check:
            CHECKS[asked.check](content, asked)
    except _UnlikeError as error:
        raise WrongBodyError(f"{url}: {error}") from None


class _UnlikeError(Exception):
    """What a single check found."""


def is_html(body: bytes) -> bool:
    """Whether a body is a web page, whatever its name or its header says."""
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head")) or (
        head.startswith((b"<?xml", b"<!--")) and b"<html" in head
    )


def decompress(body: bytes, name: str) -> bytes:
    """The content of a file, decompressed as its name says."""
    suffix = next((s for s in MAGIC if name.endswith(s)), "")
    if not body.startswith(MAGIC.get(suffix, b"")):
        found = body[:2].hex(" ")
        wanted = MAGIC[suffix].hex(" ")
        raise _UnlikeError(f"expected a {suffix} file (first bytes {wanted}), found {found}")
    try:
        if suffix == ".gz":
            return gzip.decompress(body)
        if suffix == ".Z":
            return ncompress.decompress(body)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise _UnlikeError(f"its compression is broken or truncated ({error})") from None
    return body


def _ionex(content: bytes, asked: Asked) -> None:
    """IONEX 1.0/1.1: version line, the day of the first map, the END OF FILE label."""
    lines = content.splitlines() or [b""]
    if lines[0][60:].strip() != b"IONEX VERSION / TYPE":
        raise _UnlikeError(f"expected an IONEX header, found {_start(lines[0])}")
    epoch = next((n for n in lines if n[60:].strip() == b"EPOCH OF FIRST MAP"), b"")
    try:
        year, month, day = (int(field) for field in epoch[:60].split()[:3])
        found = dt.date(year, month, day)
    except ValueError:
        raise _UnlikeError("its header has no EPOCH OF FIRST MAP") from None
    if found != asked.first:
        raise _UnlikeError(f"expected maps of {asked.first}, its header says {found}")
    if b"END OF FILE" not in content[-512:]:
        raise _UnlikeError("truncated: its END OF FILE label is missing")


def _usgs_csv(content: bytes, asked: Asked) -> None:
    """Csv of the event service: header, whole last row, times within what was asked."""
    lines = _lines(content)
    header = next(csv.reader([lines[0]]))
    if header[:5] != ["time", "latitude", "longitude", "depth", "mag"]:
        raise _UnlikeError(
            f"expected the csv of the event service, found {_start(lines[0].encode())}"
        )
    if len(lines) == 1:
        return
    if not content.endswith(b"\n") or len(next(csv.reader([lines[-1]]))) != len(header):
        raise _UnlikeError("truncated: its last row is not whole")
    for line in (lines[1], lines[-1]):
        try:
            day = dt.date.fromisoformat(line[:10])
        except ValueError:
            raise _UnlikeError(f"expected a time, found {_start(line.encode())}") from None
        if not asked.first <= day <= asked.last:
            raise _UnlikeError(
                f"expected events of {asked.first}..{asked.last}, found one of {day}"
            )


def _usgs_geojson(content: bytes, asked: Asked) -> None:
    """GeoJSON of the event service: as many features as its metadata count."""
    try:
        found = json.loads(content)
        count, features = found["metadata"]["count"], found["features"]
    except (ValueError, KeyError, TypeError) as error:
        raise _UnlikeError(f"expected GeoJSON of the event service ({error})") from None
    if count != len(features):
        raise _UnlikeError(f"it says {count} events and holds {len(features)}")


def _usgs_count(content: bytes, asked: Asked) -> None:
    """A number."""
    if not content.strip().isdigit():
        raise _UnlikeError(f"expected a number of events, found {_start(content)}")


def _kp_wdc(content: bytes, asked: Asked) -> None:
    """WDC records (columns 1-6 yymmdd) of the year asked for, as far as they must be there."""
    days = []
    for line in _lines(content):
        if line.startswith("#"):
            continue
        try:
            year, month, day = (int(line[at : at + 2]) for at in (0, 2, 4))
        except ValueError:
            raise _UnlikeError(f"expected records yymmdd, found {_start(line.encode())}") from None
        if year != asked.first.year % 100:
            raise _UnlikeError(
                f"expected records of {asked.first.year}, found {_start(line.encode())}"
            )
        days.append((month, day))
    if asked.closed and (not days or max(days) < (asked.last.month, asked.last.day)):
        last = "none" if not days else "{:02d}-{:02d}".format(*max(days))
        raise _UnlikeError(f"truncated: expected records until {asked.last}, the last is {last}")


def _dst_wdc(content: bytes, asked: Asked) -> None:
    """WDC records (columns 1-7 DSTyymm, 9-10 day) of the month asked for."""
    wanted = f"DST{asked.first:%y%m}"
    days = []
    for line in _lines(content):
        if line[:7] != wanted or not line[8:10].strip().isdigit():
            raise _UnlikeError(f"expected records {wanted}, found {_start(line.encode())}")
        days.append(int(line[8:10]))
    length = calendar.monthrange(asked.first.year, asked.first.month)[1]
    if asked.closed and days != list(range(1, length + 1)):
        raise _UnlikeError(f"expected one record a day, 1..{length}, found {len(days)} records")


def _celestrak_sw(content: bytes, asked: Asked) -> None:
    """Csv with the header of the space weather file and a whole last row."""
    lines = _lines(content)
    if not lines[0].startswith("DATE,BSRN,ND,KP1"):
        raise _UnlikeError(f"expected DATE,BSRN,ND,KP1..., found {_start(lines[0].encode())}")
    if lines[-1].count(",") != lines[0].count(",") or not content.endswith(b"\n"):
        raise _UnlikeError("truncated: its last row is not whole")


def _lines(content: bytes) -> list[str]:
    """The lines of a text, at least one, without blank ones."""
    text = io.StringIO(content.decode("utf-8-sig", "replace"))
    return [line.rstrip("\r\n") for line in text if line.strip()] or [""]


def _start(line: bytes) -> str:
    """The beginning of a line, to be shown."""
    return repr(line[:40].decode("ascii", "replace"))


CHECKS: dict[str, Callable[[bytes, Asked], None]] = {
    "ionex": _ionex,
    "usgs_csv": _usgs_csv,
    "usgs_geojson": _usgs_geojson,
    "usgs_count": _usgs_count,
    "kp_wdc": _kp_wdc,
    "dst_wdc": _dst_wdc,
    "celestrak_sw": _celestrak_sw,
}
