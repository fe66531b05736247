"""ISC: the FDSN event service and the bulletin search; INGV's service too, which is alike.

The events are those of the merged catalog under numbers of their own, so every answer is
reformatted. What the real services say where they are asked for too much, or for what they do not
know, is not known here: the words are those of the FDSN specification.
"""

from __future__ import annotations

import datetime as dt
from html import escape
from urllib.parse import parse_qsl

import pandas as pd

from laicflow.replica import event_forms, event_query
from laicflow.replica.answer import Answer, Folder, not_found
from laicflow.replica.event_query import BadRequestError

VERSION = "1.0.0"
SERVICES = {
    "isc": "http://www.isc.ac.uk/fdsnws/event/1",
    "ingv": "https://webservices.ingv.it/fdsnws/event/1",
}
# Most events of one answer.
LIMITS = {"isc": 20_000, "ingv": 10_000}
DEPTHS = {"isc": "Depth/km", "ingv": "Depth/Km"}
FORMATS = ("xml", "text")
# The reviewed bulletin ends so long before the present.
REVIEW = dt.timedelta(days=730)

REMARKS = (
    "# Agencies whose data contributed towards the results of this search:",
    "# ISC       International Seismological Centre",
)

BUSY = (
    "Sorry, but your request cannot be processed at the present time. "
    "Please try again in a few minutes."
)
NOTHING = "No events were found."
SEARCHED = {
    *("out_format", "request", "searchshape", "bot_lat", "top_lat", "left_lon", "right_lon"),
    *(f"{end}_{part}" for end in ("start", "end") for part in ("year", "month", "day", "time")),
    *("min_dep", "max_dep", "min_mag", "max_mag", "req_mag_agcy", "req_mag_type"),
    *("prime_only", "include_magnitudes", "include_headers", "include_links", "include_phases"),
}
# Parameters of the search by those of the event service.
RANGES = {
    "bot_lat": "minlatitude",
    "top_lat": "maxlatitude",
    "left_lon": "minlongitude",
    "right_lon": "maxlongitude",
    "min_dep": "mindepth",
    "max_dep": "maxdepth",
    "min_mag": "minmagnitude",
    "max_mag": "maxmagnitude",
}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A query of the event service, or a search of the bulletin (`busy`: too eager a client's)."""
    events = _numbered(folder)
    if events.empty:
        return not_found(f"{path}: the folder has no event catalog")
    if source == "isc_bulletin":
        if path not in ("web-db-run", "busy"):
            return not_found(path)
        return _page(BUSY) if path == "busy" else _searched(query, events, folder)
    if path != "query":
        return not_found(path)
    request = f"/fdsnws/event/1/{path}?{query}"
    try:
        asked = event_query.read(query, FORMATS, "xml", folder.now, LIMITS[source], zone=False)
        found = event_query.matching(events, asked)
        return _listed(source, found, asked, request, folder.now)
    except BadRequestError as error:
        service = SERVICES[source]
        return event_query.refusal(400, str(error), request, folder.now, service, VERSION)


def _numbered(folder: Folder) -> pd.DataFrame:
    """The merged catalog with a number of nine digits as the name of each event."""
    if "numbered" not in folder.kept:
        events = event_query.events(folder)
        names = [f"{610_000_000 + place}" for place in range(len(events))]
        folder.kept["numbered"] = events.assign(name=names)
    return folder.kept["numbered"]


def _listed(
    source: str, found: pd.DataFrame, asked: event_query.Query, request: str, now: dt.datetime
) -> Answer:
    """The events of a query; too many without a limit are refused."""
    most = LIMITS[source]
    if asked.limit is None and len(found) > most:
        text = f"{len(found)} events match, {most} are the most that can be given."
        return event_query.refusal(413, text, request, now, SERVICES[source], VERSION)
    rows = event_query.cut(found, asked)
    if rows.empty:
        return event_query.no_data(asked)
    origin = event_query.origin(rows, reformatted=True)
    if asked.form == "text":
        remarks = REMARKS if source == "isc" else ()
        body = event_forms.text(rows, DEPTHS[source], remarks)
        return Answer(200, body, kind="text/plain; charset=utf-8", origin=origin)
    prefix = "smi:ISC/evid={name}"
    if source == "ingv":
        prefix = "smi:webservices.ingv.it/fdsnws/event/1/query?eventId={name}"
    body = event_forms.quakeml(rows, prefix, prefix + "&origin=1", anss=False)
    return Answer(200, body, kind="application/xml", origin=origin)


def _searched(query: str, events: pd.DataFrame, folder: Folder) -> Answer:
    """The page that answers a search."""
    said = dict(parse_qsl(query))
    try:
        asked = event_query.read(_as_query(said), FORMATS, "text", folder.now, 0)
        found = event_query.matching(events, asked)
    except BadRequestError as error:
        return _page(f"The search could not be run due to problems with the query: {error}")
    if said["request"] == "REVIEWED":
        found = found[found["when"] <= pd.Timestamp(folder.now - REVIEW)]
    if found.empty:
        return _page(NOTHING)
    shape = "Global" if said["searchshape"] == "GLOBAL" else "Rectangular"
    database = "Reviewed ISC Bulletin" if said["request"] == "REVIEWED" else "ISC Bulletin"
    summary = [
        "Search summary:",
        f"Database: {database}",
        f"Search type: {shape} search",
        f"Start date: {asked.times['starttime']}",
        f"End date: {asked.times['endtime']}",
        f"Events found: {len(found)}",
    ]
    body = escape(event_forms.isf(found), quote=False)
    origin = event_query.origin(found, reformatted=True)
    return _page("<br>\n".join(summary) + f"\n<pre>\n{body}</pre>", origin)


def _as_query(said: dict[str, str]) -> str:
    """A search as a query of the event service, so that both choose alike.

    Raises
    ------
    BadRequestError : a parameter that is unknown, absent or has no such value
    """
    if unknown := sorted(set(said) - SEARCHED):
        raise BadRequestError(f'Unknown parameter "{unknown[0]}".')
    wanted = {
        "out_format": ("ISF",),
        "request": ("REVIEWED", "COMPREHENSIVE"),
        "searchshape": ("RECT", "GLOBAL"),
    }
    for key, values in wanted.items():
        if said.get(key) not in values:
            raise BadRequestError(f'Bad {key} value "{said.get(key, "")}".')
    pairs = {RANGES[key]: value for key, value in said.items() if key in RANGES and value}
    for end in ("start", "end"):
        parts = [said.get(f"{end}_{part}", "") for part in ("year", "month", "day", "time")]
        year, month, day, clock = parts
        pairs[f"{end}time"] = f"{year}-{month:0>2}-{day:0>2}T{clock}"
    pairs["orderby"] = "time-asc"
    return "&".join(f"{key}={value}" for key, value in pairs.items())


def _page(content: str, origin: str = "") -> Answer:
    """A web page of the search."""
    page = (
        "<!DOCTYPE html>\n<html>\n<head><title>International Seismological Centre</title></head>\n"
        f"<body>\n<h2>ISC: Event bulletin</h2>\n<p>{content}</p>\n</body>\n</html>\n"
    )
    return Answer(200, page.encode(), kind="text/html; charset=utf-8", origin=origin)
