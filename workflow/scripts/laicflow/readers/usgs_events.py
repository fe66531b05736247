"""What the csv and the GeoJSON of the USGS event service share: the events table, the refusals.

Service: USGS FDSN event web service, https://earthquake.usgs.gov/fdsnws/event/1/.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow import schema
from laicflow.errors import FormatError

_ERROR = re.compile(r"\s*Error [0-9]{3}\b")


@dataclasses.dataclass(slots=True)
class Event:
    """One row of the events table, degrees and km; None or NaN where upstream has no value."""

    event_id: str
    time: dt.datetime
    latitude: float
    longitude: float
    depth_km: float
    magnitude: float
    magnitude_type: str
    source: str
    event_type: str
    updated: dt.datetime | None
    place: str

    def check(self, path: str | Path, line: int | None) -> None:
        """Check what must be there and what no earthquake can have.

        Raises
        ------
        FormatError : no id, a latitude or longitude off the globe, a magnitude or depth that
            nothing on this planet has
        """
        if not self.event_id:
            raise FormatError(path, line, "an event id", "none")
        bounds = {
            "latitude": (-90, 90),
            "longitude": (-180, 180),
            "depth_km": (-100, 1000),
            "magnitude": (-10, 10),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if value < low or value > high:  # never true of NaN
                raise FormatError(path, line, f"a {name} between {low} and {high}", value)


def table(events: list[Event]) -> pd.DataFrame:
    """The events table (`laicflow.schema.EVENTS`), in the order of the file."""
    if not events:
        return schema.empty("events")
    columns = {}
    for field in dataclasses.fields(Event):
        values = [getattr(event, field.name) for event in events]
        if field.name in ("time", "updated"):
            values = np.array(values, dtype="datetime64[us]")
        columns[field.name] = values
    return schema.conform(pd.DataFrame(columns), "events")


def refuse_error(text: str, path: str | Path) -> None:
    """Refuse the text that the service sends in place of events (`Error 400: Bad Request`).

    Raises
    ------
    FormatError : the text is such an answer
    """
    if _ERROR.match(text):
        said = "; ".join(line.strip() for line in text.splitlines() if line.strip())
        raise FormatError(path, 1, "events", f"an error of the service: {said[:200]}")
