"""Events in bulletins of the ISF, which is IMS1.0:short with additions (ISC, IDC, agencies).

An event is a line `Event <id> <region>`, a block of origins under a line of column names, and a
block of magnitudes under another; blocks of phases and references are passed over. Columns are
fixed (IMS1.0 origin and magnitude sub-formats). What each column of the table is:

time, latitude, longitude, depth_km : of the origin that `(#PRIME)` follows. Without the mark: of
    the only origin or, of several, the last that is no centroid (the ISC lists its prime origin
    last). A depth counts whether it is free, fixed (`f`) or from depth phases (`d`). An origin
    may have no place: NaN.
magnitude, magnitude_type : by the rule of `event_table.choose`, from those that are no limits
    (`<`, `>`).
network : author of that origin.
event_type : by its two letters, in words of QuakeML; where it says nothing (`uk` or blank), what
    the event's other origins say, if they agree; else "". A code that is not listed here stays
    as it is.
status : `automatic`, `manual` or `guess` (analysis type), `suspected` by the event type.

A bulletin with its head (`DATA_TYPE`) ends by `STOP`; without it the transfer was cut. Saved
excerpts that begin with their first event need none, but their last line must be ended.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import event_table, fields, raw

_EVENT = re.compile(r"event\s+(\S+)\s*(.*)", re.IGNORECASE)
_HEAD = re.compile(r"DATA_TYPE\s+(\S+)(?:\s+(\S+))?", re.IGNORECASE)
_DATA_TYPES = ("bulletin", "event", "origin")
_ORIGINS = "   Date       Time        Err   RMS Latitude Longitude  Smaj  Smin  Az Depth   Err"
_MAGNITUDES = "Magnitude  Err Nsta Author      OrigID"
# Blocks that hold nothing for the table: phases, references, effects.
_OTHERS = re.compile(r"(Sta|Net|Year|Effects)\s+\S")
_WHEN = re.compile(
    r"([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}(?:\.[0-9]*)?)"
)
# Columns between the fields that are read; a shifted line has something in one of them.
_BLANKS = (35, 44, 70, 77, 114, 117, 127)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
# Not `<` alone: it marks magnitudes that are only a limit.
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>")
_NOTHING = re.compile(r"No events? (were|was) found", re.IGNORECASE)

# The second letter of an event type; the first says how sure it is (known, suspected, and, of
# earthquakes, felt or damaging).
_KINDS = {
    "e": "earthquake",
    "r": "rock burst",
    "i": "induced or triggered event",
    "m": "mining explosion",
    "h": "chemical explosion",
    "x": "experimental explosion",
    "n": "nuclear explosion",
}
_ANALYSES = {"": "", "a": "automatic", "m": "manual", "g": "guess"}


@dataclasses.dataclass(slots=True)
class _Origin:
    """One line of the origin block."""

    line: int
    time: dt.datetime
    latitude: float
    longitude: float
    depth_km: float
    analysis: str
    kind: str
    author: str
    name: str
    prime: bool = False
    centroid: bool = False


@dataclasses.dataclass(slots=True)
class _Block:
    """What was read of an event."""

    line: int
    name: str
    region: str
    origins: list[_Origin] = dataclasses.field(default_factory=list)
    magnitudes: list[event_table.Magnitude] = dataclasses.field(default_factory=list)


def read(path: str | Path) -> pd.DataFrame:
    """The events table of a bulletin, in its order; the answer of the ISC's search page too.

    Raises
    ------
    FormatError : no bulletin (an error text, a page without one), another format than
        IMS1.0:short, no `STOP`, an event without origin or with several prime ones, a line whose
        fields are not in their columns, a number or time that is none, a value that nothing on
        Earth has
    """
    text = raw.read_text(path, page=True)
    event_table.refuse_error(text, path)
    page = raw.is_page(text[:4096].encode())
    if page and "DATA_TYPE" not in text and _NOTHING.search(text):
        return event_table.table([])
    first, bulletin = _inside(text, path) if page else (1, text)
    lines = list(enumerate(bulletin.split("\n"), first))
    blocks = _blocks(_body(lines, path), path)
    return event_table.table([_event(block, path) for block in blocks])


def _inside(text: str, path: str | Path) -> tuple[int, str]:
    """The number of the first line of the bulletin in a page (in its `<pre>`), and the bulletin."""
    start = text.find("DATA_TYPE")
    if start < 0:
        title = _TITLE.search(text)
        said = f": {' '.join(title[1].split())[:80]!r}" if title else ""
        raise FormatError(path, None, "a bulletin", f"a page without one{said}")
    end = text.lower().find("</pre", start)
    bulletin = text[start : end if end >= 0 else len(text)]
    return text.count("\n", 0, start) + 1, html.unescape(_TAG.sub("", bulletin))


def _body(lines: list[tuple[int, str]], path: str | Path) -> list[tuple[int, str]]:
    """The lines from the first event to the end of the bulletin, which must be whole."""
    head = next((i for i, (_, text) in enumerate(lines) if _HEAD.match(text)), None)
    start = next((i for i, (_, text) in enumerate(lines) if _EVENT.match(text)), len(lines))
    stop = next((i for i, (_, text) in enumerate(lines) if text.strip() == "STOP"), None)
    if head is None and start == len(lines):
        shown = next((text for _, text in lines if text.strip()), "")
        raise FormatError(path, lines[0][0], "a bulletin (DATA_TYPE or Event)", repr(shown[:80]))
    if head is not None:
        number, text = lines[head]
        kind, form = _HEAD.match(text).groups(default="")
        if kind.lower() not in _DATA_TYPES or form.lower() not in ("", "ims1.0", "ims1.0:short"):
            raise FormatError(path, number, "DATA_TYPE BULLETIN IMS1.0:short", repr(text[:80]))
        if stop is None:
            raise FormatError(path, lines[-1][0], "STOP at the end", "a bulletin that was cut")
    elif stop is None and lines[-1][1].strip():
        raise FormatError(path, lines[-1][0], "a line end after the last line", "none")
    return lines[start:stop]


def _blocks(lines: list[tuple[int, str]], path: str | Path) -> list[_Block]:
    """The events of a bulletin as they stand there."""
    blocks, inside = [], ""
    for number, text in lines:
        text = text.rstrip()
        match = _EVENT.match(text)
        if match:
            blocks.append(_Block(number, match[1], " ".join(match[2].split())))
            inside = "event"
        elif text.startswith(_ORIGINS[:34].rstrip()):
            if not text.startswith(_ORIGINS):
                raise FormatError(path, number, f"the columns {_ORIGINS!r}", repr(text[:80]))
            inside = "origins"
        elif text.startswith(_MAGNITUDES[:14]):
            if text != _MAGNITUDES:
                raise FormatError(path, number, f"the columns {_MAGNITUDES!r}", repr(text[:80]))
            inside = "magnitudes"
        elif _OTHERS.match(text) and inside != "other":
            inside = "other"
        elif inside == "other" or not text.strip():
            continue
        else:
            _take(text, inside, blocks[-1], path, number)
    return blocks


def _take(text: str, inside: str, block: _Block, path: str | Path, line: int) -> None:
    """Add a line to the block of its event."""
    if text.lstrip().startswith("("):
        if inside == "origins" and block.origins:
            said = text.strip().upper()
            block.origins[-1].prime |= said.startswith("(#PRIME")
            block.origins[-1].centroid |= said.startswith("(#CENTROID")
    elif inside == "origins":
        block.origins.append(_origin(text, path, line))
    elif inside == "magnitudes":
        magnitude = _magnitude(text, path, line)
        if magnitude is not None:
            block.magnitudes.append(magnitude)
    else:
        raise FormatError(path, line, "the origins or magnitudes of an event", repr(text[:80]))


def _origin(text: str, path: str | Path, line: int) -> _Origin:
    """The origin of a line."""
    text = text.ljust(136)
    match = _WHEN.fullmatch(text[:22].rstrip())
    if match is None:
        raise FormatError(path, line, "a time YYYY/MM/DD HH:MM:SS.SS", repr(text[:22]))
    for place in _BLANKS:
        if text[place] != " ":
            found = repr(text[max(place - 10, 0) : place + 10])
            raise FormatError(path, line, f"a blank in column {place + 1}", found)
    for place, flags in ((22, " f"), (54, " f"), (76, " fd")):
        if text[place].lower() not in flags:
            expected = f"one of {flags!r} in column {place + 1}"
            raise FormatError(path, line, expected, repr(text[place]))
    analysis, kind = text[111].strip().lower(), text[115:117].strip().lower()
    if analysis not in _ANALYSES:
        raise FormatError(path, line, "an analysis type a, m or g in column 112", repr(analysis))
    if kind and re.fullmatch("[a-z]{2}", kind) is None:
        raise FormatError(path, line, "an event type in columns 116-117", repr(kind))
    origin = _Origin(
        line=line,
        time=_time(match, path, line),
        latitude=_number(text[36:44], path, line, "latitude"),
        longitude=_number(text[45:54], path, line, "longitude"),
        depth_km=_number(text[71:76], path, line, "depth"),
        analysis=_ANALYSES[analysis],
        kind=kind,
        author=text[118:127].strip(),
        name=text[128:].strip(),
    )
    if np.isnan(origin.latitude) != np.isnan(origin.longitude):
        raise FormatError(path, line, "latitude and longitude, or neither", repr(text[36:54]))
    return origin


def _time(match: re.Match, path: str | Path, line: int) -> dt.datetime:
    """The time of an origin; agencies round 59.996 s to 60.00, which is the next minute."""
    year, month, day, hour, minute, seconds = match.groups()
    start = fields.time(f"{year}-{month}-{day} {hour}:{minute}:00", path, line, "origin")
    if float(seconds) > 60:
        raise FormatError(path, line, "seconds of a minute", repr(seconds))
    return start + dt.timedelta(seconds=float(seconds))


def _magnitude(text: str, path: str | Path, line: int) -> event_table.Magnitude | None:
    """The magnitude of a line; None of one that is only a limit."""
    for place in (10, 19):
        if text[place : place + 1].strip():
            found = repr(text[:30])
            raise FormatError(path, line, f"a blank in column {place + 1}", found)
    value = fields.number(text[6:10], path, line, "magnitude")
    limit = text[5:6]
    if limit not in " <>":
        raise FormatError(path, line, "one of ' <>' in column 6", repr(limit))
    if limit != " ":
        return None
    return event_table.Magnitude(value, text[:5].strip(), text[20:29].strip(), text[30:].strip())


def _number(text: str, path: str | Path, line: int, what: str) -> float:
    """The number of a field, NaN where it is blank."""
    return fields.number(text, path, line, what) if text.strip() else np.nan


def _event(block: _Block, path: str | Path) -> event_table.Event:
    """The row of an event, checked."""
    if not block.origins:
        raise FormatError(path, block.line, f"an origin of event {block.name}", "none")
    primes = [one for one in block.origins if one.prime]
    if len(primes) > 1:
        raise FormatError(path, primes[1].line, "one prime origin", "another one before it")
    located = [one for one in block.origins if not one.centroid] or block.origins
    origin = primes[0] if primes else located[-1]
    magnitude = event_table.choose(block.magnitudes, origin.name, origin.author)
    kind, suspected = _kind(origin, block.origins)
    event = event_table.Event(
        event_id=block.name,
        time=origin.time,
        latitude=origin.latitude,
        longitude=origin.longitude,
        depth_km=origin.depth_km,
        magnitude=magnitude.value if magnitude else np.nan,
        magnitude_type=event_table.magnitude_type(magnitude.type) if magnitude else "",
        network=origin.author,
        event_type=kind,
        place=block.region,
        status=", ".join(filter(None, [origin.analysis, "suspected" * suspected])),
    )
    event.check(path, origin.line)
    return event


def _kind(origin: _Origin, origins: list[_Origin]) -> tuple[str, bool]:
    """The type of an event and whether it is only suspected."""
    codes = [origin.kind] if _word(origin.kind) else [one.kind for one in origins]
    said = [(_word(code), code[0] == "s") for code in codes if _word(code)]
    if len({word for word, _ in said}) != 1:
        return "", False
    return said[0][0], all(suspected for _, suspected in said)


def _word(code: str) -> str:
    """The type that a code means; "" of unknown, the code itself of one that is not listed."""
    if code in ("", "uk"):
        return ""
    if code == "ls":
        return "landslide"
    return _KINDS.get(code[1], code) if code[0] in "ksfd" else code
