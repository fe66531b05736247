"""The Bulletin of the International Seismological Centre: its search, which answers in ISF.

The search page's program takes no fractions of a second, so a span is asked for up to the midnight
after its last day: an event at that very instant stands in the answers of both sides, and cleaning
drops it from one of them.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from laicflow.checks.common import CUT
from laicflow.errors import ConfigError, FetchError
from laicflow.sources import fdsn
from laicflow.sources.request import Request, cut

DAY = dt.timedelta(days=1)

# What says that a search matches too much. Its excuse "cannot be processed at the present time" is
# none of them: it stands for a service that is busy, or was asked too eagerly, and that several
# smaller searches would only keep from recovering.
TOO_MANY = re.compile(
    r"too many events|cannot be processed(?!\s+at the present time)|more than [0-9,]+ events"
    rf"|maximum number of events|: HTTP 413\b|{CUT}",
    re.IGNORECASE,
)

# Parameters of the search by the bounds that they set (isc.ac.uk, web services: bulletin search).
BOX = {
    "minlatitude": "bot_lat",
    "maxlatitude": "top_lat",
    "minlongitude": "left_lon",
    "maxlongitude": "right_lon",
}
LIMITS = {
    "mindepth": "min_dep",
    "maxdepth": "max_dep",
    "minmagnitude": "min_mag",
    "maxmagnitude": "max_mag",
}


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One search for the whole span, with the preferred origin and all magnitudes of an event.

    `instead` splits it where it matches too many events.

    `settings["database"]` is REVIEWED or COMPREHENSIVE, `options` are those of
    `laicflow.sources.fdsn`, without a choice of formats.

    Raises
    ------
    ConfigError : an option that is unknown or makes no sense
    """
    if options.get("format", "isf") != "isf":
        raise ConfigError(f"isc_bulletin: format {options['format']!r}; the search gives ISF alone")
    service = {"stem": "isf", "formats": {"text": "text"}}
    asked = {key: value for key, value in options.items() if key != "format"}
    made = fdsn.requests(partition, start, end, service, asked)
    span = cut(partition, start, end)
    return [_search(fdsn.query_of(request), span, settings["database"]) for request in made]


def _search(query: fdsn.Query, span: tuple[dt.date, dt.date], database: str) -> Request:
    """The search behind a query."""
    said = dict(query.filters)
    pairs = [("out_format", "ISF"), ("request", database)]
    pairs.append(("searchshape", "RECT" if "minlatitude" in said else "GLOBAL"))
    pairs += [(name, said[key]) for key, name in BOX.items() if key in said]
    pairs += _ends(span)
    pairs += [(name, said[key]) for key, name in LIMITS.items() if key in said]
    if "minmagnitude" in said or "maxmagnitude" in said:
        pairs.append(("req_mag_agcy", "Any"))
    pairs += [("prime_only", "on"), ("include_magnitudes", "on"), ("include_headers", "on")]
    path = "web-db-run?" + "&".join(f"{key}={value}" for key, value in pairs)
    stem = query.stem().removeprefix("isf_")
    return Request(path, f"isc_{database.lower()}_{stem}.isf.html", check="isf", span=span)


def instead(request: Request, error: FetchError) -> list[Request]:
    """The two halves of a search that matched too many events, which meet at a midnight.

    Nothing for any other error, nor for a single day.
    """
    first, last = request.span
    half = ((last - first).days + 1) // 2
    if not half or not TOO_MANY.search(str(error)):
        return []
    middle = first + half * DAY
    return [_within(request, (first, middle - DAY)), _within(request, (middle, last))]


def _within(request: Request, span: tuple[dt.date, dt.date]) -> Request:
    """The same search within other days."""
    path = request.path
    for (key, old), (_, new) in zip(_ends(request.span), _ends(span), strict=True):
        path = path.replace(f"&{key}={old}", f"&{key}={new}")
    name = request.name.replace(_days(request.span), _days(span))
    return replace(request, path=path, name=name, span=span)


def _ends(span: tuple[dt.date, dt.date]) -> list[tuple[str, str]]:
    """The midnights around a span as parameters."""
    pairs = []
    for end, day in (("start", span[0]), ("end", span[1] + DAY)):
        parts = {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}", "time": "00:00:00"}
        pairs += [(f"{end}_{part}", value) for part, value in parts.items()]
    return pairs


def _days(span: tuple[dt.date, dt.date]) -> str:
    """A span as it stands in file names."""
    return f"{span[0]:%Y%m%d}-{span[1]:%Y%m%d}"
