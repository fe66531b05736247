"""Are these the events that were asked for?"""

from __future__ import annotations

import csv
import datetime as dt
import html
import json
import re
from collections.abc import Iterable

from laicflow.checks.common import CUT, MISCOUNTED, Asked, UnlikeError, lines_of, shown

DAY = dt.timedelta(days=1)
DATE = re.compile(r"\d{4}-\d\d-\d\d")

# Columns without which a catalog of the user's own is none.
OWN_COLUMNS = ("event_id", "time", "latitude", "longitude", "magnitude")

# What the bulletin search says in place of events.
EXCUSES = re.compile(
    r"(sorry, but [^.]*\.[^.]*\.?|the search could not be run[^.]*\.|[^.:]*too many events[^.]*\.?|"
    r"no events were found\.?)",
    re.IGNORECASE,
)


def usgs_csv(content: bytes, asked: Asked) -> None:
    """Csv of the event service: header, whole last row, times within what was asked."""
    _refuse_error(content)
    lines = lines_of(content)
    header = next(csv.reader([lines[0]]))
    if header[:5] != ["time", "latitude", "longitude", "depth", "mag"]:
        raise UnlikeError(
            f"expected the csv of the event service, found {shown(lines[0].encode())}"
        )
    rows = list(csv.reader(lines[1:]))
    if rows and (not content.endswith(b"\n") or len(rows[-1]) != len(header)):
        raise UnlikeError("truncated: its last row is not whole")
    _check_days((row[0] for row in rows), asked)
    _check_count(len(rows), asked)


def usgs_geojson(content: bytes, asked: Asked) -> None:
    """GeoJSON of the event service: as many features as its metadata count, of the right days."""
    _refuse_error(content)
    try:
        found = json.loads(content)
        count, features = found["metadata"]["count"], found["features"]
        times = [feature["properties"]["time"] for feature in features]
        days = [str(_after_1970(time)) for time in times]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UnlikeError(f"expected GeoJSON of the event service ({error})") from None
    if count != len(features):
        raise UnlikeError(f"it says {count} events and holds {len(features)}")
    _check_days(days, asked)
    _check_count(count, asked)


def usgs_count(content: bytes, asked: Asked) -> None:
    """A number."""
    _refuse_error(content)
    if not re.fullmatch(rb"[0-9]{1,18}", content.strip()):
        raise UnlikeError(f"expected a number of events, found {shown(content)}")


def quakeml(content: bytes, asked: Asked) -> None:
    """QuakeML: its root element whole, origins within a day of what was asked.

    Other origins than the preferred one may lie on the other side of midnight.
    """
    _refuse_error(content)
    if not re.search(rb"<(?:\w+:)?quakeml[\s>]", content[:4096]):
        raise UnlikeError(f"expected QuakeML, found {shown(content)}")
    if not re.search(rb"</(?:\w+:)?quakeml\s*>\s*\Z", content[-256:]):
        raise UnlikeError("truncated: its last element is not closed")
    origin = rb"<(?:\w+:)?origin[\s>].*?<(?:\w+:)?time>\s*<(?:\w+:)?value>\s*([^<\s]*)"
    times = (time.decode("ascii", "replace") for time in re.findall(origin, content, re.DOTALL))
    _check_days(times, asked, slack=DAY)
    _check_count(len(re.findall(rb"<(?:\w+:)?event[\s>]", content)), asked)


def fdsn_text(content: bytes, asked: Asked) -> None:
    """Text of an FDSN event service: header, whole last row, times within what was asked.

    Lines that begin with # after the header are remarks: ISC lists its contributors there. Where
    a service neither counts nor remarks, an answer cut between two rows looks whole.
    """
    _refuse_error(content)
    lines = lines_of(content)
    if not lines[0].lower().startswith("#eventid|time|latitude|longitude|depth"):
        raise UnlikeError(f"expected #EventID|Time|..., found {shown(lines[0].encode())}")
    rows = [line.split("|") for line in lines[1:] if not line.startswith("#")]
    # The specification leaves the last column, the event's type, to the service.
    widths = {lines[0].count("|") + 1, 13}
    remarks = len(lines) > 1 and lines[-1].startswith("#")
    if rows and (len(rows[-1]) not in widths or not (remarks or content.endswith(b"\n"))):
        raise UnlikeError("truncated: its last row is not whole")
    _check_days((row[1] if len(row) > 1 else row[0] for row in rows), asked)
    _check_count(len(rows), asked)


def isf(content: bytes, asked: Asked) -> None:
    """ISF bulletin, within a web page or bare: from DATA_TYPE BULLETIN to STOP, of the right days.

    A page that says that there are no events is one without events. Origins other than the
    preferred one may lie on the other side of midnight.
    """
    text = content.decode("utf-8", "replace")
    bulletin = re.search(r"^DATA_TYPE BULLETIN[^\n]*\n(.*)", text, re.DOTALL | re.MULTILINE)
    if bulletin is None:
        if re.search(r"no events were found", text, re.IGNORECASE):
            return
        raise UnlikeError(f"expected a bulletin in ISF, the page says: {_words(text)}")
    stop = re.search(r"^STOP\s*$", bulletin[1], re.MULTILINE)
    if stop is None:
        raise UnlikeError("truncated: its STOP line is missing")
    body = bulletin[1][: stop.start()]
    origins = re.findall(r"^(\d{4})/(\d\d)/(\d\d) \d\d:\d\d", body, re.MULTILINE)
    _check_days(("-".join(origin) for origin in origins), asked, slack=DAY)
    events = len(re.findall(r"^Event\s+\S+", body, re.MULTILINE | re.IGNORECASE))
    said = re.search(r"Events found:\s*(\d+)", text[: bulletin.start()])
    if said and int(said[1]) != events:
        raise UnlikeError(f"it says {said[1]} events and holds {events}")
    _check_count(events, asked)


def isc_gem(content: bytes, asked: Asked) -> None:
    """Csv of ISC-GEM: rows of date, latitude, longitude, ..., event id; a whole last row.

    The one file holds all years, whatever part of them is needed.
    """
    rows = [line for line in lines_of(content) if not line.startswith("#")]
    dated = [row for row in rows if DATE.match(row.strip())]
    if not dated or len(rows) - len(dated) > 1:
        odd = [row for row in rows if not DATE.match(row.strip())] or [""]
        raise UnlikeError(f"expected rows of ISC-GEM, found {shown(odd[-1].encode())}")
    whole = dated[-1].count(",") == dated[0].count(",") and rows[-1] is dated[-1]
    if not whole or not content.endswith((b"\n", b"\r")):
        raise UnlikeError("truncated: its last row is not whole")


def events_csv(content: bytes, asked: Asked) -> None:
    """A catalog of the user's own: its columns by name, a whole last row."""
    lines = lines_of(content)
    header = [cell.strip() for cell in next(csv.reader([lines[0]]))]
    if missing := [name for name in OWN_COLUMNS if name not in header]:
        raise UnlikeError(f"column {missing[0]!r} is missing in its header {','.join(header)!r}")
    if len(next(csv.reader([lines[-1]]))) != len(header) or not content.endswith((b"\n", b"\r")):
        raise UnlikeError("truncated: its last row is not whole")


def _check_days(times: Iterable[str], asked: Asked, slack: dt.timedelta = 0 * DAY) -> None:
    """Refuse an event outside the days that were asked for."""
    first, last = asked.first, asked.last
    low = str(first - slack) if first > dt.date.min else str(first)
    high = str(last + slack) if last < dt.date.max else str(last)
    for time in times:
        if not DATE.match(time):
            raise UnlikeError(f"expected a time, found {shown(time.encode())}")
        if not low <= time[:10] <= high:
            raise UnlikeError(f"expected events of {first}..{last}, found one of {time[:10]}")


def _check_count(events: int, asked: Asked) -> None:
    """Refuse an answer that was cut, or that has not the events which were counted just before.

    While a span is open, events may be added between the count and the answer.
    """
    if asked.most is not None and events >= asked.most:
        raise UnlikeError(f"{CUT} {asked.most} events: it holds {events}")
    if asked.rows is None or asked.rows < 0 or events == asked.rows:
        return
    if asked.closed or events < asked.rows:
        text = f"the service counted {asked.rows} events, its answer holds {events}"
        raise UnlikeError(f"{MISCOUNTED}: {text}")


def _refuse_error(content: bytes) -> None:
    """Refuse an error text that came with status 200, in the service's own words."""
    if re.match(rb"\s*Error\s+\d{3}\b", content):
        raise UnlikeError(f"the service says: {_words(content.decode('utf-8', 'replace'))}")


def _words(text: str) -> str:
    """What a page says in place of data: its excuse, or its beginning without markup."""
    plain = re.sub(r"<(script|style)\b.*?</\1\s*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    plain = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", plain)).split())
    plain = re.split(r" (?:Usage details|Request:|Request Submitted)", plain)[0]
    excuse = EXCUSES.search(plain)
    return (excuse[0] if excuse else plain)[:300] or "nothing"


def _after_1970(milliseconds: int) -> dt.datetime:
    """An instant by its milliseconds since 1970, UTC."""
    return dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=milliseconds)
