"""The Bulletin of the International Seismological Centre: its search, which answers in ISF.

The search page's program takes no fractions of a second: an event in the last second of a span
that is not at its very beginning may be left out.
"""

from __future__ import annotations

import datetime as dt

from laicflow.errors import ConfigError
from laicflow.sources import fdsn
from laicflow.sources.request import Request, cut

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
    for end, day, clock in (("start", span[0], "00:00:00"), ("end", span[1], "23:59:59")):
        pairs += [
            (f"{end}_year", f"{day:%Y}"),
            (f"{end}_month", f"{day:%m}"),
            (f"{end}_day", f"{day:%d}"),
            (f"{end}_time", clock),
        ]
    pairs += [(name, said[key]) for key, name in LIMITS.items() if key in said]
    if "minmagnitude" in said or "maxmagnitude" in said:
        pairs.append(("req_mag_agcy", "Any"))
    pairs += [("prime_only", "on"), ("include_magnitudes", "on"), ("include_headers", "on")]
    path = "web-db-run?" + "&".join(f"{key}={value}" for key, value in pairs)
    stem = query.stem().removeprefix("isf_")
    return Request(path, f"isc_{database.lower()}_{stem}.isf.html", check="isf")
