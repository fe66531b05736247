"""Events in the text format of the FDSN event service (specification 1.2, `format=text`).

One line of names after `#`, then one event a line, cells set apart by `|`. Names differ in case
(`Depth/km`, `Depth/Km`), blanks around `|` occur, and the last column, EventType, is missing in
the answers of older services. Further lines that begin with `#` are remarks of the service (the
ISC ends with some) and are passed over.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import event_table, fields, raw

_NAMES = (
    "eventid",
    "time",
    "latitude",
    "longitude",
    "depth/km",
    "author",
    "catalog",
    "contributor",
    "contributorid",
    "magtype",
    "magnitude",
    "magauthor",
    "eventlocationname",
)
_TYPE = "eventtype"
# How services write that a cell is empty (the second is INGV's).
_EMPTY = ("", "--")


def read(path: str | Path) -> pd.DataFrame:
    """The events table of a file, in its order; a file with a header line alone gives none.

    `network` is the author of the origin, or the contributor where no author is given. Times are
    UTC with or without Z. An empty magnitude or depth is NaN, other empty cells and a missing
    column EventType give "".

    Raises
    ------
    FormatError : an error text or a web page in place of events, another header, a row with
        another number of cells, a number or time that is none, a value that nothing on Earth has,
        or a last line that may be cut
    """
    text = raw.read_text(path)
    event_table.refuse_error(text, path)
    head, *lines = text.split("\n")
    width = _width(head, path)
    if lines[-1:] != [""] and not (lines and lines[-1].startswith("#")):
        found = "a file that may be cut"
        raise FormatError(path, len(lines) + 1, "a line end after the last line", found)
    # The ISC ends its answers with the names of its contributors, each line after a #.
    rows = [(number, line) for number, line in enumerate(lines, 2) if line.strip("\r ")]
    events = [_event(line, width, path, number) for number, line in rows if line[0] != "#"]
    return event_table.table(events)


def _width(head: str, path: str | Path) -> int:
    """The number of columns that the header names."""
    names = tuple(name.strip().lower() for name in head.removeprefix("#").split("|"))
    if head[:1] == "#" and names in (_NAMES, (*_NAMES, _TYPE)):
        return len(names)
    expected = "the header #EventID|Time|Latitude|Longitude|Depth/km|..."
    raise FormatError(path, 1, expected, repr(head[:120]))


def _event(text: str, width: int, path: str | Path, line: int) -> event_table.Event:
    """The event of a line."""
    cells = [cell.strip() for cell in text.split("|")]
    if len(cells) != width:
        raise FormatError(path, line, f"{width} cells", f"{len(cells)} cells")
    cells = ["" if cell in _EMPTY else cell for cell in cells]
    row = dict(zip((*_NAMES, _TYPE), [*cells, ""], strict=False))
    depth, magnitude = row["depth/km"], row["magnitude"]
    event = event_table.Event(
        event_id=row["eventid"],
        time=fields.time(row["time"], path, line, "Time"),
        latitude=fields.number(row["latitude"], path, line, "Latitude"),
        longitude=fields.number(row["longitude"], path, line, "Longitude"),
        depth_km=fields.number(depth, path, line, "Depth/km") if depth else np.nan,
        magnitude=fields.number(magnitude, path, line, "Magnitude") if magnitude else np.nan,
        magnitude_type=event_table.magnitude_type(row["magtype"]),
        network=row["author"] or row["contributor"],
        event_type=row[_TYPE].lower(),
        place=row["eventlocationname"],
    )
    event.check(path, line)
    return event
