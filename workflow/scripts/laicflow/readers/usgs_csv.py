"""Events in the csv of the USGS event service (`format=csv`, the feeds, saved downloads)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.readers import delimited, event_table, fields, raw

# Of the first fifteen columns; of the seven that newer downloads add only the status is read.
_COLUMNS = (
    "id",
    "time",
    "latitude",
    "longitude",
    "depth",
    "mag",
    "magType",
    "net",
    "type",
    "updated",
    "place",
)
_STATUS = "status"


def read(path: str | Path) -> pd.DataFrame:
    """The events table of a file, in its order; a file with a header line alone gives none.

    An empty magnitude or depth is NaN, an empty time of update NaT, an empty text "": events
    without a magnitude are real, whoever selects by magnitude drops them. `network` is the
    network that contributed the event (`net`), `magnitude_type` in lower case, `event_type` as
    the file says it, `status` `automatic`, `reviewed` or, in older downloads, "".

    Raises
    ------
    FormatError : an error text or a web page in place of events, a column missing, a row with
        another number of cells, a number or time that is none, a value that nothing on Earth
        has, or a last line that may be cut
    """
    text = raw.read_text(path)
    event_table.refuse_error(text, path)
    columns = [*_COLUMNS, _STATUS] if _STATUS in text.split("\n", 1)[0].split(",") else _COLUMNS
    events = []
    for line, cells in delimited.rows(text, path, columns):
        name, time, latitude, longitude, depth, magnitude, *rest = cells
        kind, net, type_, updated, place, status = rest if len(rest) == 6 else [*rest, ""]
        event = event_table.Event(
            event_id=name.strip(),
            time=fields.time(time, path, line, "time"),
            latitude=fields.number(latitude, path, line, "latitude"),
            longitude=fields.number(longitude, path, line, "longitude"),
            depth_km=fields.number(depth, path, line, "depth") if depth.strip() else np.nan,
            magnitude=fields.number(magnitude, path, line, "mag") if magnitude.strip() else np.nan,
            magnitude_type=event_table.magnitude_type(kind),
            network=net.strip(),
            event_type=type_.strip(),
            updated=fields.time(updated, path, line, "updated") if updated.strip() else None,
            place=place.strip(),
            status=status.strip().lower(),
        )
        event.check(path, line)
        events.append(event)
    return event_table.table(events)
