"""The event service of USGS: `query` as csv, GeoJSON, QuakeML or text, `count` in three forms."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd

from laicflow.replica import event_forms, event_query
from laicflow.replica.answer import Answer, Folder, not_found
from laicflow.replica.event_query import BadRequestError

LIMIT = 20_000
VERSION = "1.15.2"
SERVICE = "https://earthquake.usgs.gov/fdsnws/event/1"

FORMATS = {
    "query": ("csv", "geojson", "quakeml", "xml", "text"),
    "count": ("text", "geojson", "xml"),
}
DEFAULTS = {"query": "quakeml", "count": "text"}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """What the service says to a GET of `query` or `count`, bad parameters included."""
    method, _, suffix = path.partition(".")
    if method not in FORMATS or suffix not in ("", *FORMATS[method]):
        return not_found(path)
    request = f"/fdsnws/event/1/{path}?{query}"
    events = event_query.events(folder)
    if events.empty:
        return not_found(f"{path}: the folder has no event catalog")
    default = suffix or DEFAULTS[method]
    try:
        asked = event_query.read(query, FORMATS[method], default, folder.now, LIMIT)
        found = event_query.matching(events, asked)
        if method == "count":
            return _counted(len(found), asked.form)
        return _listed(found, asked, request)
    except BadRequestError as error:
        return event_query.refusal(400, str(error), request, folder.now, SERVICE, VERSION)


def _counted(count: int, form: str) -> Answer:
    """The number of events."""
    if form == "text":
        return Answer(200, f"{count}".encode(), kind="text/plain")
    if form == "xml":
        body = f'<?xml version="1.0"?>\n<count maxAllowed="{LIMIT}">{count}</count>'
        return Answer(200, body.encode(), kind="application/xml")
    body = json.dumps({"count": count, "maxAllowed": LIMIT}, separators=(",", ":"))
    return Answer(200, body.encode(), kind="application/json; charset=utf-8")


def _listed(found: pd.DataFrame, asked: event_query.Query, request: str) -> Answer:
    """The events themselves; too many without a limit are refused."""
    if asked.limit is None and len(found) > LIMIT:
        raise BadRequestError(
            f"{len(found)} matching events exceeds search limit of {LIMIT}. "
            "Modify the search to match fewer events."
        )
    rows = event_query.cut(found, asked)
    rows = rows.assign(name=rows["id"])
    origin = event_query.origin(rows)
    if asked.form == "csv":
        return Answer(200, event_forms.csv(rows), kind="text/csv", origin=origin)
    if asked.form == "geojson":
        kind = "application/json; charset=utf-8"
        return Answer(200, _geojson(rows, asked, request), kind=kind, origin=origin)
    if rows.empty:
        return event_query.no_data(asked)
    if asked.form == "text":
        return Answer(200, event_forms.text(rows), kind="text/plain", origin=origin)
    event = f"quakeml:{SERVICE.partition('//')[2]}/query?eventid={{name}}&format=quakeml"
    body = event_forms.quakeml(rows, event, "quakeml:us.anss.org/origin/{name}", anss=True)
    return Answer(200, body, kind="application/xml", origin=origin)


def _geojson(rows: pd.DataFrame, asked: event_query.Query, request: str) -> bytes:
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
