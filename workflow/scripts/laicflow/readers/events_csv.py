"""A user's own catalog: a csv in UTF-8 with one event a row and these columns in any order.

| column | | unit or form | where the cell is empty |
|---|---|---|---|
| event_id | required | text, each once in the file | refused |
| time | required | `YYYY-MM-DDTHH:MM:SS[.ffffff]`, blank for T allowed; `Z` or `+hh:mm` | refused |
| latitude | required | degrees, -90 to 90, north positive | refused |
| longitude | required | degrees, -180 to 180, east positive | refused |
| magnitude | required | number | missing |
| depth_km | optional | km below sea level | missing |
| magnitude_type | optional | `mw`, `mb`, `ml` ...; kept in lower case | "" |
| event_type | optional | `earthquake`, `explosion` ... | earthquake |
| network | optional | who located it | "" |
| place | optional | text; in quotes if it has a comma | "" |
| updated | optional | as time | missing |
| status | optional | text | "" |

An optional column may be left out, which is the same as leaving its cells empty. Times are UTC
unless they carry an offset. Any other column is refused, so that a misspelt one is not lost in
silence; columns whose names begin with `x_` are passed over. Cells are set apart by commas and
decimals by points.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import delimited, event_table, fields, raw

REQUIRED = ("event_id", "time", "latitude", "longitude", "magnitude")
OPTIONAL = (
    "depth_km",
    "magnitude_type",
    "event_type",
    "network",
    "place",
    "updated",
    "status",
)
_IGNORED = "x_"
# What other makers call the columns, for the message.
_ALIASES = {
    "id": "event_id",
    "eventid": "event_id",
    "date": "time",
    "datetime": "time",
    "origin_time": "time",
    "lat": "latitude",
    "lon": "longitude",
    "long": "longitude",
    "mag": "magnitude",
    "depth": "depth_km",
    "magtype": "magnitude_type",
    "mag_type": "magnitude_type",
    "type": "event_type",
    "net": "network",
    "region": "place",
}
_SLASHES = re.compile(r"\s*[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}\b")
_COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]+\s*")


def read(path: str | Path) -> pd.DataFrame:
    """The events table of a file (module docstring), in its order.

    Raises
    ------
    FormatError : a column that is missing, unknown or there twice, cells set apart by something
        else than commas, decimal commas, a date that is not year first, a number or time that is
        none, a value that nothing on Earth has, an event_id that stands twice, or a last line
        that may be cut
    """
    text = raw.read_text(path)
    names = _names(text.split("\n", 1)[0], path)
    columns = [*REQUIRED, *(name for name in OPTIONAL if name in names)]
    events, seen = [], {}
    for line, cells in delimited.rows(text, path, columns):
        row = dict.fromkeys(OPTIONAL, "") | {
            name: cell.strip() for name, cell in zip(columns, cells, strict=True)
        }
        event = _event(row, path, line)
        if event.event_id in seen:
            found = f"{event.event_id!r}, as in line {seen[event.event_id]}"
            raise FormatError(path, line, "another event_id", found)
        seen[event.event_id] = line
        events.append(event)
    return event_table.table(events)


def _names(header: str, path: str | Path) -> list[str]:
    """The names of the columns, all of them known."""
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in header and "," not in header:
            expected = "columns set apart by commas (save as 'CSV UTF-8, comma delimited')"
            raise FormatError(path, 1, expected, f"{name} in {header[:80]!r}")
    names = [name.strip() for name in next(csv.reader([header]), [])]
    known = (*REQUIRED, *OPTIONAL)
    for name in names:
        if name in known or name.startswith(_IGNORED):
            continue
        hint = _ALIASES.get(name.lower(), name.lower())
        if hint in known and hint not in names:
            raise FormatError(path, 1, f"the name {hint!r}", f"a column {name!r}")
        expected = f"the columns {', '.join(known)}, or a name that begins with {_IGNORED!r}"
        raise FormatError(path, 1, expected, f"a column {name!r}")
    return names


def _event(row: dict[str, str], path: str | Path, line: int) -> event_table.Event:
    """The event of a row."""
    event = event_table.Event(
        event_id=row["event_id"],
        time=_time(row["time"], path, line, "time"),
        latitude=_number(row["latitude"], path, line, "latitude"),
        longitude=_number(row["longitude"], path, line, "longitude"),
        depth_km=_number(row["depth_km"], path, line, "depth_km") if row["depth_km"] else np.nan,
        magnitude=_number(row["magnitude"], path, line, "magnitude")
        if row["magnitude"]
        else np.nan,
        magnitude_type=event_table.magnitude_type(row["magnitude_type"]),
        network=row["network"],
        event_type=row["event_type"].lower() or "earthquake",
        updated=_time(row["updated"], path, line, "updated") if row["updated"] else None,
        place=row["place"],
        status=row["status"],
    )
    event.check(path, line)
    return event


def _time(text: str, path: str | Path, line: int, what: str) -> dt.datetime:
    """A time; a day written before its month, or in an unknown order, is refused by name."""
    if _SLASHES.match(text):
        expected = f"a time YYYY-MM-DDTHH:MM:SS for {what}, year first"
        raise FormatError(path, line, expected, f"{text!r}, whose day and month may be swapped")
    return fields.time(text, path, line, what)


def _number(text: str, path: str | Path, line: int, what: str) -> float:
    """A number; a decimal comma is refused by name."""
    if _COMMA.fullmatch(text):
        expected = f"a number with a decimal point for {what}"
        raise FormatError(path, line, expected, f"{text!r}")
    return fields.number(text, path, line, what)
