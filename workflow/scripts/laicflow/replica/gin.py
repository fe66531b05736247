"""The GIN of BGS: minutes by observatory, state of publication and days, as IAGA-2002.

It stands on the IAGA-2002 files of the folder, which are known by their headers and records, never
by their names. A state that it does not have it answers as the service does: with a whole file of
missing samples.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from laicflow.replica.answer import Answer, Folder, not_found

# What the service calls the states, and what files say, in small letters; "" where they do not.
STATES = {
    "definitive": ("definitive",),
    "quasi-def": ("quasi-definitive", "quasi-def"),
    "adjusted": ("adjusted", "provisional"),
    "reported": ("reported", "variation", ""),
}
BEST = ("best-avail", "best available")
NEEDED = ("observatoryiagacode", "datastartdate", "dataduration", "publicationstate", "format")
MOST_DAYS = 366
# A header with its comments is shorter than this, in bytes, and a record than that.
HEAD, TAIL = 16384, 400
MINUTES = dt.timedelta(minutes=1)
LABEL = re.compile(
    r"\s*(Station Name|IAGA Code|Geodetic Latitude|Geodetic Longitude|Elevation|Data Type|"
    r"Data Interval Type)\b(.*)",
    re.IGNORECASE,
)
COLUMNS = re.compile(rb"(?im)^\s*DATE\s+TIME\s+DOY(.*)\n")
# Intervals of a second, an hour or more.
OTHER = re.compile(r"sec|hour|hor\b|PT[0-9]+[SH]|PT(?!1M|60S)|day|daily|month", re.IGNORECASE)
STAMP = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:00")


class BadQueryError(Exception):
    """A query that the service would refuse."""


@dataclass(frozen=True)
class File:
    """A file of minutes: labels (in small letters) and text of its header, columns, days."""

    path: Path
    said: dict[str, str]
    text: str
    columns: tuple[str, ...]
    first: dt.date
    last: dt.date

    @property
    def code(self) -> str:
        """IAGA code of the observatory."""
        return self.said["iaga code"].upper()

    @property
    def state(self) -> str:
        """State of publication as the header spells it, in small letters."""
        return self.said.get("data type", "").lower()


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """GetData (minutes alone, in the files' own orientation) and GetCapabilities."""
    if path != "GINServices":
        return not_found(path)
    said = {key.lower(): value for key, value in parse_qsl(query, keep_blank_values=True)}
    try:
        request = said.get("request", "").lower()
        if request == "getcapabilities":
            return _capabilities(folder)
        if request != "getdata":
            raise BadQueryError("Request must be GetData or GetCapabilities")
        return _data(said, folder)
    except BadQueryError as error:
        page = f"<html><head><title>Bad Request</title></head><body>{html.escape(str(error))}"
        return Answer(400, f"{page}</body></html>\n".encode(), kind="text/html; charset=utf-8")


def _capabilities(folder: Folder) -> Answer:
    """The observatories."""
    found = {}
    for file in _index(folder):
        found[file.code] = {
            "IagaCode": file.code,
            "Name": file.said.get("station name", ""),
            "Latitude": _number(file.said.get("geodetic latitude")),
            "Longitude": _number(file.said.get("geodetic longitude")),
            "Elevation": _number(file.said.get("elevation")),
            "DataEmbargoHours": 0,
        }
    body = json.dumps({"ObservatoryList": [found[code] for code in sorted(found)]})
    return Answer(200, body.encode(), kind="application/json")


def _number(text: str | None) -> float | None:
    """A number of a header, None where there is none."""
    return float(text) if text and re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+", text) else None


def _data(said: dict[str, str], folder: Folder) -> Answer:
    """The minutes of an observatory, missing ones included, of whole days."""
    start, days, wanted = _checked(said)
    code = said["observatoryiagacode"].upper()
    own = [file for file in _index(folder) if file.code == code]
    if not own:
        return not_found(f"observatory {code}")
    end = start + dt.timedelta(days=days - 1)
    near = [file for file in own if file.first <= end and file.last >= start]
    there = _of_best(near, wanted)
    first = there[0] if there else own[0]
    used = [file for file in there if file.columns == first.columns]
    lines: dict[bytes, bytes] = {}
    for file in used:
        for line in file.path.read_bytes().splitlines():
            if STAMP.match(line):
                lines.setdefault(line[:16], line.rstrip(b"| "))
    head = first.text if used else _of_state(first.text, wanted[0])
    body = head.encode("latin-1") + _records(lines, start, days, len(first.columns))
    return Answer(
        200,
        body,
        kind="text/plain",
        origin=_origin(used, folder),
        modified=max((file.path.stat().st_mtime for file in used), default=None),
    )


def _checked(said: dict[str, str]) -> tuple[dt.date, int, tuple[str, ...]]:
    """First day, number of days and the states (of files) that a query asks for."""
    for key in NEEDED:
        if not said.get(key):
            raise BadQueryError(f"{key} is missing")
    if said["format"].lower() != "iaga2002":
        raise BadQueryError("only Format=Iaga2002 is known here")
    if said.get("samplesperday", "").lower() not in ("minute", "1440"):
        raise BadQueryError("only samplesPerDay=Minute is known here")
    if said.get("orientation", "native").lower() != "native":
        raise BadQueryError("only orientation=Native is known here")
    state = said["publicationstate"].lower()
    if state in BEST:
        wanted = tuple(name for names in STATES.values() for name in names)
    elif state in STATES:
        wanted = STATES[state]
    else:
        raise BadQueryError(f"publicationState {state} is unknown")
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said["datastartdate"]) is None:
            raise ValueError
        start, days = dt.date.fromisoformat(said["datastartdate"]), int(said["dataduration"])
    except ValueError:
        raise BadQueryError("dataStartDate must be a date, dataDuration days") from None
    if not 1 <= days <= MOST_DAYS:
        raise BadQueryError(f"dataDuration must be 1 to {MOST_DAYS}")
    return start, days, wanted


def _of_best(files: list[File], states: tuple[str, ...]) -> list[File]:
    """The files of the first state that has any."""
    for state in states:
        if found := [file for file in files if file.state == state]:
            return found
    return []


def _of_state(text: str, state: str) -> str:
    """A header that names another state."""
    return re.sub(
        r"(?im)^( Data Type\s+)(\S[^|]*?)(\s*)\|",
        lambda match: f"{match[1] + state:<69.69}|",
        text,
    )


def _records(lines: dict[bytes, bytes], start: dt.date, days: int, columns: int) -> bytes:
    """Every minute of the days, those that no file has as missing ones."""
    made = []
    nothing = b"  " + b"  99999.00" * columns
    for number in range(days):
        day = start + dt.timedelta(days=number)
        head, of_year = day.isoformat().encode(), b":00.000 %03d" % day.timetuple().tm_yday
        for minute in range(1440):
            key = b"%s %02d:%02d" % (head, minute // 60, minute % 60)
            made.append(lines.get(key) or key + of_year + b" " + nothing)
    return b"\n".join(made) + b"\n"


def _origin(used: list[File], folder: Folder) -> str:
    """Which files stand behind an answer."""
    names = [folder.name(file.path) for file in used]
    if len(names) < 2:
        return f"replica: {names[0] if names else 'no file'}"
    return f"replica: made of {len(names)} files, {names[0]} to {names[-1]}"


def _index(folder: Folder) -> list[File]:
    """All files of minutes, in the order of their paths."""
    if "gin" not in folder.kept:
        found = (_file(path) for path in folder.files("geomag"))
        folder.kept["gin"] = [file for file in found if file is not None]
    return folder.kept["gin"]


def _file(path: Path) -> File | None:
    """A file by its header and its first and last records; None where it is none of minutes."""
    with open(path, "rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    columns = COLUMNS.search(head)
    if head.lstrip()[:6].lower() != b"format" or columns is None:
        return None
    text = head[: columns.end()].decode("latin-1").replace("\r\n", "\n")
    rows = (LABEL.match(line.rstrip("| ")) for line in text.split("\n"))
    said = {row[1].lower(): row[2].strip() for row in rows if row}
    first, last = STAMP.findall(head[columns.end() :]), STAMP.findall(tail)
    if not said.get("iaga code") or not first or not last:
        return None
    if OTHER.search(said.get("data interval type", "")):
        return None
    moments = [dt.datetime.fromisoformat(text.decode()) for text in (*first[:2], last[-1])]
    # Records of hours that no label calls so.
    if len(moments) == 3 and moments[1] - moments[0] >= 60 * MINUTES:
        return None
    names = tuple(columns[1].decode("latin-1").replace("|", " ").split())
    return File(path, said, text, names, moments[0].date(), moments[-1].date())
