"""What the readers of event catalogs share: the events table, the refusals."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow import schema
from laicflow.errors import FormatError

_ERROR = re.compile(r"\s*Error [0-9]{3}\b")
# Which of several magnitudes of one agency stands for the event: moment magnitude does not
# saturate, surface waves do so later than body waves. Any other type comes after these.
_TYPES = ("mw", "ms", "mb_bb", "mb", "ml")


@dataclasses.dataclass(slots=True)
class Event:
    """One row of the events table, degrees and km; None or NaN where upstream has no value.

    `status` is in upstream's words (`automatic`, `reviewed`, `final` ...), several of them set
    apart by ", "; `suspected` is among them where upstream only suspects the event's type.
    """

    event_id: str
    time: dt.datetime
    latitude: float
    longitude: float
    depth_km: float
    magnitude: float
    magnitude_type: str
    network: str
    event_type: str
    updated: dt.datetime | None = None
    place: str = ""
    status: str = ""

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


@dataclasses.dataclass(slots=True)
class Magnitude:
    """One of the magnitudes that a bulletin gives of an event."""

    value: float
    type: str
    agency: str
    origin: str


def magnitude_type(text: str) -> str:
    """A type in lower case; `mB` is `mb_bb`.

    Lower case would make mB, from broad-band or long-period body waves, and mb, from short-period
    ones, the same. `mB_BB` is what the IASPEI standard calls the first today.
    """
    text = text.strip()
    return "mb_bb" if text == "mB" else text.lower()


def choose(magnitudes: Sequence[Magnitude], origin: str, agency: str) -> Magnitude | None:
    """The magnitude that stands for an event where upstream names none as preferred.

    One of the agency that located the event; of those one that belongs to its origin; of those
    by type: Mw, MS, mB, mb, ML, any other, the plain type before its variants (`mb1mx`, `mbtmp`);
    of those the one listed first. Where the agency gives none, the same order among the others.

    Parameters
    ----------
    origin, agency : of the preferred origin
    """
    return min(
        magnitudes,
        key=lambda one: (one.agency != agency, one.origin != origin, _rank(one.type)),
        default=None,
    )


def _rank(kind: str) -> tuple[int, bool]:
    """The place of a type (`mww`, `ms_20` ...) in the order of `choose`."""
    kind = magnitude_type(kind)
    place = next((i for i, name in enumerate(_TYPES) if kind.startswith(name)), len(_TYPES))
    return place, kind not in _TYPES


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
