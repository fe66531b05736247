"""Earthquakes of an FDSN event service, by queries over a span of time.

A service is described by its settings alone (config/sources/<source>.yaml):

- `stem`: how its files begin;
- `formats`: formats that may be asked for, each as the service spells it;
- `orderby`, `limit`: sent along where they are there;
- `most`: so many events are the most that an answer holds (`limit` where it is not there).

What a service has too much of it refuses (400, 413) or cuts at `most` events: the span is then
halved until it fits. Parameters are those of the FDSN web service specification, version 1.2.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from laicflow.checks.common import CUT
from laicflow.errors import ConfigError, FetchError
from laicflow.sources.request import Request, cut

# Services keep milliseconds (some more), and both ends of a span belong to it.
TICK = dt.timedelta(milliseconds=1)
DAY = dt.timedelta(days=1)

SUFFIXES = {"csv": ".csv", "geojson": ".geojson", "quakeml": ".xml", "text": ".txt"}
CHECKS = {"csv": "usgs_csv", "geojson": "usgs_geojson", "quakeml": "quakeml", "text": "fdsn_text"}

TEXT_HEADER = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName|EventType\n"
)
NO_QUAKEML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" '
    'xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">\n'
    '<eventParameters publicID="smi:local/no-events"></eventParameters>\n</q:quakeml>\n'
)
# What stands for the answer 204; the services answer csv and GeoJSON with 200 and no events.
EMPTY = {"csv": "", "geojson": "", "quakeml": NO_QUAKEML, "text": TEXT_HEADER}

WORLD = {"latitude": [-90, 90], "longitude": [-180, 180]}
EDGES = ("minlatitude", "maxlatitude", "minlongitude", "maxlongitude")
RANGES = {"magnitude": ("minmagnitude", "maxmagnitude"), "depth": ("mindepth", "maxdepth")}
OPTIONS = {"format", "minmagnitude", "maxmagnitude", "depth_km", *WORLD, "allow_missing"}

# What a service says where a query matches too many events: USGS, the specification's 413, and
# our own check of an answer that reached the limit.
TOO_MANY = re.compile(rf"exceeds search limit|: HTTP 413\b|{CUT}")


@dataclass(frozen=True)
class Query:
    """A span of time (both ends inclusive) and what else an event must be.

    `filters` are parameters as the service spells them, `tail` what is said after them.
    """

    source: str
    start: dt.datetime
    end: dt.datetime
    form: str
    spelled: str
    filters: tuple[tuple[str, str], ...] = ()
    tail: str = ""
    most: int | None = None

    def parameters(self) -> str:
        """The span and the filters."""
        span = [("starttime", _stamp(self.start)), ("endtime", _stamp(self.end))]
        return "&".join(f"{key}={value}" for key, value in (*span, *self.filters))

    def stem(self) -> str:
        """A file name that no other query of the source has."""
        said = dict(self.filters)
        size = _range(*(said.get(key, "") for key in RANGES["magnitude"]))
        depth = _range(*(said.get(key, "") for key in RANGES["depth"]))
        box = "global"
        if EDGES[0] in said:
            south, north, west, east = (said[edge] for edge in EDGES)
            box = f"lat{south}_{north}_lon{west}_{east}"
        start = _short(self.start, whole=self.start)
        end = _short(self.end, whole=self.end + TICK)
        limits = [f"m{size}" if size else "all", *([f"d{depth}"] if depth else []), box]
        return "_".join([self.source, f"{start}-{end}", *limits])

    def request(self) -> Request:
        """The query for the events themselves."""
        path = f"query?format={self.spelled}&{self.parameters()}{self.tail}"
        name = self.stem() + SUFFIXES[self.form]
        check, empty = CHECKS[self.form], EMPTY[self.form]
        return Request(path, name, check=check, span=self.days(), empty=empty, most=self.most)

    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day of the span."""
        return self.start.date(), self.end.date()

    def halves(self) -> list[Query]:
        """Two queries that together match what this one does, no instant in both.

        They meet at a midnight where the span is longer than a day.

        Raises
        ------
        FetchError : the span is a single instant
        """
        length = self.end + TICK - self.start
        if length <= TICK:
            raise FetchError(f"too many events at {self.start}: they cannot be split in time")
        half = length // 2
        half -= half % (DAY if half >= DAY else TICK)
        middle = self.start + half
        return [replace(self, end=middle - TICK), replace(self, start=middle)]


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One query for the whole span; `instead` splits it where it matches too many events.

    `options`: `format` (one of the settings' `formats`, by default the first), `minmagnitude`,
    `maxmagnitude`, `depth_km` (least and greatest), `latitude` and `longitude` (edges of the box
    in degrees); each that is left out asks for everything.

    Raises
    ------
    ConfigError : an option that is unknown or makes no sense
    """
    name = settings["stem"]
    if unknown := sorted(set(options) - OPTIONS):
        raise ConfigError(f"{name}: unknown option {unknown[0]!r}; known are {sorted(OPTIONS)}")
    formats = settings["formats"]
    form = options.get("format") or next(iter(formats))
    if form not in formats:
        raise ConfigError(f"{name}: format {form!r} is none of {', '.join(formats)}")
    span = cut(partition, start, end)
    if span is None:
        return []
    query = Query(
        source=name,
        start=dt.datetime.combine(span[0], dt.time()),
        end=dt.datetime.combine(span[1], dt.time()) + DAY - TICK,
        form=form,
        spelled=formats[form],
        filters=(*_filters(name, options), *_box(name, options)),
        tail="".join(f"&{key}={settings[key]}" for key in ("orderby", "limit") if key in settings),
        most=settings.get("most", settings.get("limit")),
    )
    return [query.request()]


def instead(request: Request, error: FetchError) -> list[Request]:
    """The two halves of a query that matched too many events; nothing for any other error."""
    if not TOO_MANY.search(str(error)):
        return []
    try:
        return [half.request() for half in query_of(request).halves()]
    except FetchError:
        return []


def query_of(request: Request) -> Query:
    """The query behind a request."""
    said = parse_qsl(request.path.partition("?")[2])
    values = dict(said)
    known = {*EDGES, *RANGES["magnitude"], *RANGES["depth"]}
    tail = [pair for pair in said if pair[0] not in {*known, "format", "starttime", "endtime"}]
    suffix = "." + request.name.rsplit(".", 1)[-1]
    return Query(
        source=request.name.partition("_")[0],
        start=dt.datetime.fromisoformat(values["starttime"]),
        end=dt.datetime.fromisoformat(values["endtime"]),
        form=next(form for form, ending in SUFFIXES.items() if ending == suffix),
        spelled=values["format"],
        filters=tuple(pair for pair in said if pair[0] in known),
        tail="".join(f"&{key}={value}" for key, value in tail),
        most=request.most,
    )


def _filters(name: str, options: dict) -> list[tuple[str, str]]:
    """Magnitudes and depths as parameters."""
    given = {"magnitude": [options.get(key) for key in RANGES["magnitude"]]}
    given["depth"] = list(options.get("depth_km") or (None, None))
    pairs = []
    for quantity, values in given.items():
        low, high = values
        if None not in values and not low < high:
            text = f"{quantity} must rise from its least to its greatest, found {low}, {high}"
            raise ConfigError(f"{name}: {text}")
        keys = zip(RANGES[quantity], values, strict=True)
        pairs += [(key, number(value)) for key, value in keys if value is not None]
    return pairs


def _box(name: str, options: dict) -> list[tuple[str, str]]:
    """Edges south, north, west, east as parameters; none for the whole globe."""
    edges = []
    for axis, widest in WORLD.items():
        low, high = options.get(axis, widest)
        if not low < high:
            raise ConfigError(f"{name}: {axis} must rise from its first edge, found {low}, {high}")
        edges += [low, high]
    if edges == [*WORLD["latitude"], *WORLD["longitude"]]:
        return []
    return [(edge, number(value)) for edge, value in zip(EDGES, edges, strict=True)]


def number(value: float) -> str:
    """A number in one spelling, so that 5 and 5.0 make the same query."""
    return f"{float(value):.10g}"


def _range(low: str, high: str) -> str:
    """Least and greatest within a file name."""
    return f"{low}to{high}" if high else low


def _stamp(moment: dt.datetime) -> str:
    """An instant as a service takes it, without a Z, with milliseconds where it has any."""
    whole = moment.microsecond == 0
    return moment.isoformat(timespec="seconds" if whole else "milliseconds")


def _short(moment: dt.datetime, whole: dt.datetime) -> str:
    """An instant within a file name, without a clock where `whole` is a midnight."""
    if whole.time() == dt.time():
        return f"{moment:%Y%m%d}"
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}"
