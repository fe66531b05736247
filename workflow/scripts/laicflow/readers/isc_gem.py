"""Events of the ISC-GEM Global Instrumental Earthquake Catalogue, main file and supplement.

A csv behind comment lines (`#`), the last of which names the columns:
`date, lat, lon, smajax, sminax, strike, q, depth, unc, q, mw, unc, q, s, mo, fac, mo_auth, ...,
eventid`; cells are padded with blanks. Saved copies without the comments, with a plain first line
of names and with date and time joined (`1900-07-2906:59:00.00`) occur and are read as well. q is
the quality of the epicentre, of the depth and of Mw: A (highest), B, C, and in the supplement D,
which kept the event out of the main file. s is p (Mw from a proxy: another magnitude) or d (from
direct computation). The uncertainties must be numbers but the events table has no place for them.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import event_table, fields, raw

_FIRST = "date,lat,lon,smajax,sminax,strike,q,depth,unc,q,mw,unc,q,s".split(",")
_LAST = "eventid"
_WHEN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]?([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)")
_QUALITIES = ("A", "B", "C", "D")
_ORIGINS = {"p": "proxy", "d": "direct", "": ""}


def read(path: str | Path) -> pd.DataFrame:
    """The events table of a file, in its order.

    `network` is ISC-GEM and `event_type` earthquake, the catalogue's only kind. `status` holds
    the three qualities and where Mw is from: `quality A B C, proxy`. Events of the supplement may
    have no Mw: NaN.

    Raises
    ------
    FormatError : other columns, a row with another number of cells, a number, time or quality
        that is none, a value that nothing on Earth has, an eventid that stands twice, or a last
        line that may be cut
    """
    lines = raw.read_text(path).split("\n")
    if lines.pop() != "":
        expected = "a line end after the last line"
        raise FormatError(path, len(lines) + 1, expected, "a file that may be cut")
    start, width = _header(lines, path)
    events, seen = [], {}
    for number, text in enumerate(lines[start:], start + 1):
        if not text.strip():
            continue
        event = _event(text, width, path, number)
        if event.event_id in seen:
            found = f"{event.event_id}, as in line {seen[event.event_id]}"
            raise FormatError(path, number, "another eventid", found)
        seen[event.event_id] = number
        events.append(event)
    return event_table.table(events)


def _header(lines: list[str], path: str | Path) -> tuple[int, int]:
    """The number of lines up to and with the names of the columns, and the number of columns."""
    comments = next((i for i, text in enumerate(lines) if not text.startswith("#")), len(lines))
    # The names are the last comment, or the line after the comments.
    for place in (comments - 1, comments):
        if 0 <= place < len(lines):
            names = [name.strip().lower() for name in lines[place].lstrip("#").split(",")]
            if names[: len(_FIRST)] == _FIRST and names[-1] == _LAST:
                return place + 1, len(names)
    shown = lines[min(comments, len(lines) - 1)][:100]
    raise FormatError(path, comments + 1, f"the columns {','.join(_FIRST)},...", repr(shown))


def _event(text: str, width: int, path: str | Path, line: int) -> event_table.Event:
    """The event of a line."""
    cells = [cell.strip() for cell in next(csv.reader([text]))]
    if len(cells) != width:
        raise FormatError(path, line, f"{width} cells", f"{len(cells)} cells")
    when, lat, lon, _, _, _, where, depth, deep_unc, deep, mw, mw_unc, size, source = cells[:14]
    match = _WHEN.fullmatch(when)
    if match is None:
        raise FormatError(path, line, "a time YYYY-MM-DD HH:MM:SS.SS for date", repr(when))
    for quality in (where, deep, size):
        if quality not in _QUALITIES:
            raise FormatError(path, line, f"a quality {', '.join(_QUALITIES)}", repr(quality))
    if source not in _ORIGINS:
        raise FormatError(path, line, "a source p or d of Mw", repr(source))
    for uncertainty, what in ((deep_unc, "unc of depth"), (mw_unc, "unc of mw")):
        _number(uncertainty, path, line, what)
    event = event_table.Event(
        event_id=cells[-1],
        time=fields.time(f"{match[1]} {match[2]}", path, line, "date"),
        latitude=fields.number(lat, path, line, "lat"),
        longitude=fields.number(lon, path, line, "lon"),
        depth_km=_number(depth, path, line, "depth"),
        magnitude=_number(mw, path, line, "mw"),
        magnitude_type="mw" if mw else "",
        network="ISC-GEM",
        event_type="earthquake",
        status=", ".join(filter(None, [f"quality {where} {deep} {size}", _ORIGINS[source]])),
    )
    event.check(path, line)
    return event


def _number(text: str, path: str | Path, line: int, what: str) -> float:
    """The number of a cell, NaN where it is empty."""
    return fields.number(text, path, line, what) if text else np.nan
