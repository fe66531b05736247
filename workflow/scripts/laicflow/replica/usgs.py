"""The event service of USGS: `query` as csv or GeoJSON, `count` as text or GeoJSON.

Of the service's parameters those stand here that a client of catalogs needs; the others answer
400 like a misspelt one, so that nothing is ever ignored in silence.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd

from laicflow.replica import catalog
from laicflow.replica.answer import Answer, Folder, not_found

LIMIT = 20_000
VERSION = "1.15.2"

EDGES = {
    "minlatitude": -90.0,
    "maxlatitude": 90.0,
    "minlongitude": -180.0,
    "maxlongitude": 180.0,
}
NUMBERS = {*EDGES, "minmagnitude", "maxmagnitude"}
TIMES = {"starttime", "endtime"}
ORDERS = {"time", "time-asc", "magnitude", "magnitude-asc"}
FORMATS = {"query": ("csv", "geojson"), "count": ("text", "geojson")}
KNOWN = {*NUMBERS, *TIMES, "format", "orderby", "limit", "offset", "eventtype"}


class _BadRequestError(Exception):
    """A query that the service refuses."""


@dataclass
class _Asked:
    """The parameters of a query, read."""

    times: dict[str, pd.Timestamp] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    form: str = ""
    order: str = "time"
    limit: int | None = None
    offset: int = 1
    kind: str = ""


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """What the service says to a GET of `query` or `count`, bad parameters included."""
    method, _, suffix = path.partition(".")
    if method not in FORMATS or suffix not in ("", *FORMATS[method]):
        return not_found(path)
    request = f"/fdsnws/event/1/{path}?{query}"
    if "events" not in folder.kept:
        folder.kept["events"] = catalog.load(folder.files("catalogs"), folder.name)
    events = folder.kept["events"]
    if events.empty:
        return not_found(f"{path}: the folder has no event catalog")
    try:
        asked = _read(query, method, suffix, folder.now)
        found = _matching(events, asked)
        if method == "count":
            return _counted(len(found), asked)
        return _listed(found, asked, request, folder)
    except _BadRequestError as error:
        return _bad_request(str(error), request, folder.now)


def _read(query: str, method: str, suffix: str, now: dt.datetime) -> _Asked:
    """The parameters; a repeated one, an unknown one or a bad value is refused."""
    pairs = parse_qsl(query, keep_blank_values=True)
    said = dict(pairs)
    if len(said) != len(pairs):
        raise _BadRequestError("A parameter stands more than once.")
    if unknown := sorted(set(said) - KNOWN):
        raise _BadRequestError(f'Unknown parameter "{unknown[0]}".')
    asked = _Asked(form=said.get("format", suffix or ("text" if method == "count" else "quakeml")))
    if asked.form not in FORMATS[method]:
        valid = ", ".join(FORMATS[method])
        raise _BadRequestError(f'Bad format value "{asked.form}". Valid values are {valid}.')
    for key in NUMBERS & set(said):
        asked.numbers[key] = _number(key, said[key])
    asked.times = {"endtime": pd.Timestamp(now)}
    for key in TIMES & set(said):
        asked.times[key] = _time(key, said[key])
    asked.times.setdefault("starttime", asked.times["endtime"] - pd.Timedelta(days=30))
    asked.order = said.get("orderby", "time")
    if asked.order not in ORDERS:
        valid = ", ".join(sorted(ORDERS))
        raise _BadRequestError(f'Bad orderby value "{asked.order}". Valid values are {valid}.')
    if "limit" in said:
        asked.limit = _whole("limit", said["limit"], 0, LIMIT)
    asked.offset = _whole("offset", said.get("offset", "1"), 1, 10**9)
    asked.kind = said.get("eventtype", "")
    return asked


def _number(key: str, text: str) -> float:
    """A number, within the globe where it is an edge."""
    try:
        value = float(text)
    except ValueError:
        raise _BadRequestError(f'Bad {key} value "{text}". Valid values are numeric.') from None
    widest = 90 if key.endswith("latitude") else 360
    if key in EDGES and not -widest <= value <= widest:
        text = f'Bad {key} value "{text}". Valid values are [-{widest}, {widest}].'
        raise _BadRequestError(text)
    return value


def _time(key: str, text: str) -> pd.Timestamp:
    """An instant in UTC, which it is unless it says otherwise."""
    try:
        found = pd.Timestamp(dt.datetime.fromisoformat(text.replace(" ", "T")))
    except ValueError:
        text = f'Bad {key} value "{text}". Valid values are ISO-8601 timestamps.'
        raise _BadRequestError(text) from None
    return found.tz_convert(None) if found.tzinfo else found


def _whole(key: str, text: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not text.isdigit() or not least <= int(text) <= most:
        text = f'Bad {key} value "{text}". Valid values are {least} <= {key} <= {most}'
        raise _BadRequestError(text)
    return int(text)


def _matching(events: pd.DataFrame, asked: _Asked) -> pd.DataFrame:
    """The events that fit, in the order asked for; both ends of every range belong to it."""
    numbers = EDGES | asked.numbers
    for axis in ("latitude", "longitude"):
        if numbers[f"min{axis}"] > numbers[f"max{axis}"]:
            raise _BadRequestError(f"min{axis} must not exceed max{axis}.")
    fits = (events["when"] >= asked.times["starttime"]) & (events["when"] <= asked.times["endtime"])
    fits &= events["north"].between(numbers["minlatitude"], numbers["maxlatitude"])
    # A box may reach over the date line: 170..190 are the same degrees as 170..-170.
    turns = [
        events["east"].add(turn).between(numbers["minlongitude"], numbers["maxlongitude"])
        for turn in (-360, 0, 360)
    ]
    fits &= np.logical_or.reduce(turns)
    if "minmagnitude" in numbers:
        fits &= events["size"] >= numbers["minmagnitude"]
    if "maxmagnitude" in numbers:
        fits &= events["size"] <= numbers["maxmagnitude"]
    if asked.kind:
        fits &= events["type"] == asked.kind
    column = "when" if asked.order.startswith("time") else "size"
    return events[fits].sort_values(column, ascending=asked.order.endswith("-asc"), kind="stable")


def _counted(count: int, asked: _Asked) -> Answer:
    """The number of events."""
    if asked.form == "text":
        return Answer(200, f"{count}".encode(), kind="text/plain")
    body = json.dumps({"count": count, "maxAllowed": LIMIT}, separators=(",", ":"))
    return Answer(200, body.encode(), kind="application/json; charset=utf-8")


def _listed(found: pd.DataFrame, asked: _Asked, request: str, folder: Folder) -> Answer:
    """The events themselves; too many without a limit are refused."""
    if asked.limit is None and len(found) > LIMIT:
        raise _BadRequestError(
            f"{len(found)} matching events exceeds search limit of {LIMIT}. "
            "Modify the search to match fewer events."
        )
    first = asked.offset - 1
    rows = found.iloc[first : first + (LIMIT if asked.limit is None else asked.limit)]
    origin = _origin(rows)
    if asked.form == "csv":
        return Answer(200, _csv(rows), kind="text/csv", origin=origin)
    body = _geojson(rows, asked, request)
    return Answer(200, body, kind="application/json; charset=utf-8", origin=origin)


def _origin(rows: pd.DataFrame) -> str:
    """The files behind some rows."""
    files = rows.groupby("file")["reformatted"].first().sort_index()
    made = "; ".join(f"{name}{' (reformatted)' if new else ''}" for name, new in files.items())
    return f"replica: {made or 'no events'}"


def _csv(rows: pd.DataFrame) -> bytes:
    """Rows as the service writes them: only `place` is quoted, and always."""
    text = io.StringIO()
    text.write(",".join(catalog.COLUMNS) + "\n")
    columns = [rows[column].tolist() for column in catalog.COLUMNS]
    place = catalog.COLUMNS.index("place")
    for row in zip(*columns, strict=True):
        fields = list(row)
        fields[place] = '"' + fields[place].replace('"', '""') + '"'
        text.write(",".join(fields) + "\n")
    return text.getvalue().encode()


def _geojson(rows: pd.DataFrame, asked: _Asked, request: str) -> bytes:
    """A FeatureCollection; times in milliseconds since 1970, coordinates lon, lat, depth (km).

    `generated` is the time of the last update among the events, so that the same events give
    the same bytes.
    """
    generated = _milliseconds(max(rows["updated"], default="")) or 0
    url = f"https://earthquake.usgs.gov{request}"
    metadata = {
        "generated": generated,
        "url": url,
        "title": "USGS Earthquakes",
        "status": 200,
        "api": VERSION,
    }
    if asked.limit is not None:
        metadata |= {"limit": asked.limit, "offset": asked.offset}
    metadata["count"] = len(rows)
    features = [_feature(row) for row in rows.to_dict("records")]
    whole = {"type": "FeatureCollection", "metadata": metadata, "features": features}
    if features:
        axes = zip(*(f["geometry"]["coordinates"] for f in features), strict=True)
        there = [[value for value in axis if value is not None] or [0.0] for axis in axes]
        whole["bbox"] = [min(axis) for axis in there] + [max(axis) for axis in there]
    return json.dumps(whole, separators=(",", ":"), allow_nan=False).encode()


def _feature(row: dict) -> dict:
    """One event."""
    size = _json_number(row["mag"])
    properties = {
        "mag": size,
        "place": row["place"] or None,
        "time": _milliseconds(row["time"]),
        "updated": _milliseconds(row["updated"]),
        "tz": None,
        "url": f"https://earthquake.usgs.gov/earthquakes/eventpage/{row['id']}",
        "status": row["status"] or None,
        "net": row["net"],
        "code": row["id"].removeprefix(row["net"]),
        "ids": f",{row['id']},",
        "nst": _json_number(row["nst"]),
        "dmin": _json_number(row["dmin"]),
        "rms": _json_number(row["rms"]),
        "gap": _json_number(row["gap"]),
        "magType": row["magType"] or None,
        "type": row["type"],
        "title": f"M {row['mag']} - {row['place']}",
    }
    point = [float(row["longitude"]), float(row["latitude"]), _json_number(row["depth"])]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": point},
        "id": row["id"],
    }


def _json_number(text: str) -> float | None:
    """A number, null where the csv has an empty field."""
    return float(text) if text else None


def _milliseconds(text: str) -> int | None:
    """Milliseconds since 1970 of an ISO time, null where there is none."""
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(moment.timestamp() * 1000)


def _bad_request(reason: str, request: str, now: dt.datetime) -> Answer:
    """400 in the service's own words."""
    parts = [
        "Error 400: Bad Request",
        reason,
        "Usage details are available from https://earthquake.usgs.gov/fdsnws/event/1",
        f"Request:\n{escape(request)}",
        f"Request Submitted:\n{now:%Y-%m-%dT%H:%M:%S}+00:00",
        f"Service version:\n{VERSION}",
    ]
    return Answer(400, ("\n\n".join(parts) + "\n").encode(), kind="text/plain; charset=utf-8")
