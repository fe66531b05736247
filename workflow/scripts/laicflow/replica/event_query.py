"""What the event services share: parameters read, events chosen, refusals in their words.

Of the parameters of the FDSN specification those stand here that a client of catalogs needs; the
others answer 400 like a misspelt one, so that nothing is ever ignored in silence.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd

from laicflow.replica import catalog
from laicflow.replica.answer import Answer, Folder

EDGES = {
    "minlatitude": -90.0,
    "maxlatitude": 90.0,
    "minlongitude": -180.0,
    "maxlongitude": 180.0,
}
# Other ranges, and the column of the merged catalog that each is about.
RANGES = {"magnitude": "size", "depth": "deep"}
NUMBERS = {*EDGES, *(f"{end}{name}" for name in RANGES for end in ("min", "max"))}
TIMES = {"starttime", "endtime", "updatedafter"}
ORDERS = {"time", "time-asc", "magnitude", "magnitude-asc"}
KNOWN = {*NUMBERS, *TIMES, "format", "orderby", "limit", "offset", "eventtype", "nodata"}


class BadRequestError(Exception):
    """A query that a service refuses."""


@dataclass
class Query:
    """The parameters of a query, read."""

    times: dict[str, pd.Timestamp] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    form: str = ""
    order: str = "time"
    limit: int | None = None
    offset: int = 1
    kind: str = ""
    nodata: int = 204


def events(folder: Folder) -> pd.DataFrame:
    """The merged catalog of a folder, read once."""
    if "events" not in folder.kept:
        folder.kept["events"] = catalog.load(folder.files("catalogs"), folder.name)
    return folder.kept["events"]


def read(
    query: str, forms: tuple[str, ...], default: str, now: dt.datetime, most: int, zone: bool = True
) -> Query:
    """The parameters; a repeated one, an unknown one or a bad value is refused.

    Parameters
    ----------
    forms, default : formats that there are, and the one of a query that names none
    most : largest `limit`
    zone : whether a time may say its zone (`Z`, `+01:00`)

    Raises
    ------
    BadRequestError : with the reason
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    said = dict(pairs)
    if len(said) != len(pairs):
        raise BadRequestError("A parameter stands more than once.")
    if unknown := sorted(set(said) - KNOWN):
        raise BadRequestError(f'Unknown parameter "{unknown[0]}".')
    asked = Query(form=said.get("format", default))
    _one_of("format", asked.form, forms)
    for key in NUMBERS & set(said):
        asked.numbers[key] = _number(key, said[key])
    asked.times = {"endtime": pd.Timestamp(now)}
    for key in TIMES & set(said):
        asked.times[key] = _time(key, said[key], zone)
    asked.times.setdefault("starttime", asked.times["endtime"] - pd.Timedelta(days=30))
    asked.order = said.get("orderby", "time")
    _one_of("orderby", asked.order, sorted(ORDERS))
    if "limit" in said:
        asked.limit = _whole("limit", said["limit"], 0, most)
    asked.offset = _whole("offset", said.get("offset", "1"), 1, 10**9)
    asked.kind = said.get("eventtype", "")
    _one_of("nodata", said.get("nodata", "204"), ("204", "404"))
    asked.nodata = int(said.get("nodata", "204"))
    return asked


def _one_of(key: str, text: str, valid: tuple[str, ...] | list[str]) -> None:
    """Refuse a value that is none of the valid ones."""
    if text not in valid:
        listed = ", ".join(valid)
        raise BadRequestError(f'Bad {key} value "{text}". Valid values are {listed}.')


def _number(key: str, text: str) -> float:
    """A number, within the globe where it is an edge."""
    try:
        value = float(text)
    except ValueError:
        raise BadRequestError(f'Bad {key} value "{text}". Valid values are numeric.') from None
    widest = 90 if key.endswith("latitude") else 360
    if key in EDGES and not -widest <= value <= widest:
        text = f'Bad {key} value "{text}". Valid values are [-{widest}, {widest}].'
        raise BadRequestError(text)
    return value


def _time(key: str, text: str, zone: bool) -> pd.Timestamp:
    """An instant in UTC, which it is unless it says otherwise."""
    try:
        found = pd.Timestamp(dt.datetime.fromisoformat(text.replace(" ", "T")))
    except ValueError:
        found = None
    if found is None or (found.tzinfo and not zone):
        text = f'Bad {key} value "{text}". Valid values are ISO-8601 timestamps.'
        raise BadRequestError(text)
    return found.tz_convert(None) if found.tzinfo else found


def _whole(key: str, text: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not text.isdigit() or not least <= int(text) <= most:
        text = f'Bad {key} value "{text}". Valid values are {least} <= {key} <= {most}'
        raise BadRequestError(text)
    return int(text)


def matching(table: pd.DataFrame, asked: Query) -> pd.DataFrame:
    """The events that fit, in the order asked for; both ends of every range belong to it.

    Raises
    ------
    BadRequestError : a box that is upside down
    """
    numbers = EDGES | asked.numbers
    for axis in ("latitude", "longitude"):
        if numbers[f"min{axis}"] > numbers[f"max{axis}"]:
            raise BadRequestError(f"min{axis} must not exceed max{axis}.")
    fits = (table["when"] >= asked.times["starttime"]) & (table["when"] <= asked.times["endtime"])
    if "updatedafter" in asked.times:
        fits &= table["revised"] > asked.times["updatedafter"]
    fits &= table["north"].between(numbers["minlatitude"], numbers["maxlatitude"])
    # A box may reach over the date line: 170..190 are the same degrees as 170..-170.
    turns = [
        table["east"].add(turn).between(numbers["minlongitude"], numbers["maxlongitude"])
        for turn in (-360, 0, 360)
    ]
    fits &= np.logical_or.reduce(turns)
    for name, column in RANGES.items():
        if f"min{name}" in numbers:
            fits &= table[column] >= numbers[f"min{name}"]
        if f"max{name}" in numbers:
            fits &= table[column] <= numbers[f"max{name}"]
    if asked.kind:
        fits &= table["type"] == asked.kind
    column = "when" if asked.order.startswith("time") else "size"
    return table[fits].sort_values(column, ascending=asked.order.endswith("-asc"), kind="stable")


def cut(found: pd.DataFrame, asked: Query) -> pd.DataFrame:
    """The rows between `offset` and `limit`."""
    first = asked.offset - 1
    return found.iloc[first : None if asked.limit is None else first + asked.limit]


def origin(rows: pd.DataFrame, reformatted: bool = False) -> str:
    """The files behind some rows, and whether their columns were made here."""
    files = rows.groupby("file")["reformatted"].first().sort_index()
    made = "; ".join(
        f"{name}{' (reformatted)' if new or reformatted else ''}" for name, new in files.items()
    )
    return f"replica: {made or 'no events'}"


def no_data(asked: Query) -> Answer:
    """Nothing fits: 204 without a body, or 404 where that is asked for."""
    if asked.nodata == 204:
        return Answer(204, kind="text/plain; charset=utf-8")
    return Answer(404, b"Error 404: Not Found\n", kind="text/plain; charset=utf-8")


def refusal(
    status: int, reason: str, request: str, now: dt.datetime, service: str, version: str
) -> Answer:
    """An error in the words that the specification gives to all services.

    Parameters
    ----------
    request : path and query as they were asked
    service : URL of the service
    """
    title = {400: "Bad Request", 413: "Request Entity Too Large"}[status]
    parts = [
        f"Error {status}: {title}",
        reason,
        f"Usage details are available from {service}",
        f"Request:\n{escape(request)}",
        f"Request Submitted:\n{now:%Y-%m-%dT%H:%M:%S}+00:00",
        f"Service version:\n{version}",
    ]
    return Answer(status, ("\n\n".join(parts) + "\n").encode(), kind="text/plain; charset=utf-8")
