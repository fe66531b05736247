"""Earthquakes of USGS ComCat (FDSN event service), by queries that are counted first.

A query may match 20,000 events at most, so each span is counted and halved until it fits. The
count's answer is kept like any other file: a second run knows the spans without asking. Where the
service does not count, the span is halved when the query itself is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from laicflow.checks.common import MISCOUNTED
from laicflow.errors import FetchError
from laicflow.sources import fdsn
from laicflow.sources.fdsn import Query, query_of
from laicflow.sources.request import Request

__all__ = ["LIMIT", "Query", "instead", "listing", "parts", "query_of", "requests"]

# Most events that a query may match (service documentation).
LIMIT = 20_000

# How a request says that the service could not count it.
UNCOUNTED = -1

SERVICE = {
    "stem": "usgs",
    "formats": {"csv": "csv", "geojson": "geojson", "quakeml": "quakeml", "text": "text"},
    "orderby": "time-asc",
}


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One query for the whole span; `parts` splits it where it matches too many events.

    `options` are those of `laicflow.sources.fdsn`, `format` one of csv, geojson, quakeml, text.

    Raises
    ------
    ConfigError : an option that is unknown or makes no sense
    """
    return fdsn.requests(partition, start, end, SERVICE | {"most": LIMIT}, options)


def count(query: Query) -> Request:
    """The query for how many events there are."""
    path = f"count?format=text&{query.parameters()}"
    return Request(path, f"{query.stem()}.count.txt", check="usgs_count", span=query.days())


def parts(request: Request, ask: Callable[[Request], bytes]) -> list[Request]:
    """The request with its number of events where they are few enough, else its two halves.

    A span of just 20,000 events is halved too: an answer of that length was then cut for sure.

    Parameters
    ----------
    ask : gives the answer to a request

    Raises
    ------
    FetchError : a single instant has too many events
    """
    if request.rows is not None:
        return [request]
    query = query_of(request)
    try:
        events = int(ask(replace(count(query), fresh=request.fresh)))
    except FetchError:
        return [replace(request, rows=UNCOUNTED)]
    if events < LIMIT:
        return [replace(request, rows=events)]
    return [half.request() for half in query.halves()]


def instead(request: Request, error: FetchError) -> list[Request]:
    """What is asked in place of a request that failed; nothing where it failed for good.

    Of a query that matched too many events the halves, which are not counted where the whole could
    not be; of one whose answer is not as long as its count the same again, counted anew, once: the
    count may be from another day.
    """
    if MISCOUNTED in str(error) and not request.fresh:
        return [replace(request, rows=None, fresh=True)]
    rows = UNCOUNTED if request.rows == UNCOUNTED else None
    return [replace(half, rows=rows) for half in fdsn.instead(request, error)]


def listing(
    request: Request, ask: Callable[[Request], bytes], now: dt.datetime, before: dict | None
) -> dict:
    """What the service has now for a query, without the events themselves.

    `etag` stays where the count is that of the listing before and no event has been updated since
    then; else it is a new one.

    Parameters
    ----------
    ask : gives the answer to a request
    now : the present, UTC
    before : the query in the listing before, with `as_of`

    Raises
    ------
    FetchError : the service does not count
    """
    whole = count(query_of(request))
    events = int(ask(whole))
    if before and before["etag"].startswith(f"count-{events}-"):
        since = f"{dt.datetime.fromisoformat(before['as_of']):%Y-%m-%dT%H:%M:%S}"
        path = f"{whole.path}&updatedafter={since}"
        if int(ask(replace(whole, path=path, name=f"{whole.name}.updated"))) == 0:
            return {"exists": True, "etag": before["etag"]}
    return {"exists": True, "etag": f"count-{events}-as-of-{now:%Y-%m-%dT%H:%M:%S}"}
