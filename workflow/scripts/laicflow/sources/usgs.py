"""Earthquakes of USGS ComCat (FDSN event service), by queries over a span of time.

A query may match 20,000 events at most, so each span is counted first and halved until it fits.
The count's answer is kept like any other file: a second run knows the spans without asking.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from laicflow.errors import ConfigError, FetchError
from laicflow.sources.request import Request, cut

# Most events that a query may match (service documentation).
LIMIT = 20_000

# The service keeps milliseconds, and both ends of a span belong to it.
TICK = dt.timedelta(milliseconds=1)
DAY = dt.timedelta(days=1)

SUFFIXES = {"csv": ".csv", "geojson": ".geojson"}
WORLD = {"latitude": [-90, 90], "longitude": [-180, 180]}
EDGES = ("minlatitude", "maxlatitude", "minlongitude", "maxlongitude")


@dataclass(frozen=True)
class Query:
    """A span of time (both ends inclusive) and what else an event must be."""

    start: dt.datetime
    end: dt.datetime
    form: str
    magnitude: str = ""
    box: tuple[str, ...] = ()

    def parameters(self) -> str:
        """What `query` and `count` have in common, as the service spells it."""
        pairs = [("starttime", _stamp(self.start)), ("endtime", _stamp(self.end))]
        if self.magnitude:
            pairs.append(("minmagnitude", self.magnitude))
        pairs += list(zip(EDGES, self.box, strict=False))
        return "&".join(f"{key}={value}" for key, value in pairs)

    def stem(self) -> str:
        """A file name that no other query has."""
        box = "global"
        if self.box:
            south, north, west, east = self.box
            box = f"lat{south}_{north}_lon{west}_{east}"
        size = f"m{self.magnitude}" if self.magnitude else "all"
        start = _short(self.start, whole=self.start)
        end = _short(self.end, whole=self.end + TICK)
        return f"usgs_{start}-{end}_{size}_{box}"

    def request(self) -> Request:
        """The query for the events themselves."""
        path = f"query?format={self.form}&{self.parameters()}&orderby=time-asc"
        return Request(path, self.stem() + SUFFIXES[self.form], check=f"usgs_{self.form}")

    def count(self) -> Request:
        """The query for how many they are."""
        path = f"count?format=text&{self.parameters()}"
        return Request(path, f"{self.stem()}.count.txt", check="usgs_count")

    def halves(self) -> list[Query]:
        """Two queries that together match what this one does, no instant in both.

        They meet at a midnight where the span is longer than a day.

        Raises
        ------
        FetchError : the span is a single instant
        """
        length = self.end + TICK - self.start
        if length <= TICK:
            raise FetchError(f"more than {LIMIT} events at {self.start} cannot be split in time")
        half = length // 2
        half -= half % (DAY if half >= DAY else TICK)
        middle = self.start + half
        return [replace(self, end=middle - TICK), replace(self, start=middle)]


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One query for the whole span; `parts` splits it where it matches too many events.

    `options`: `format` (csv, geojson), `minmagnitude`, `latitude` and `longitude` (edges of the
    box in degrees), each with a default: csv, all magnitudes, the globe.

    Raises
    ------
    ConfigError : an option that is unknown or makes no sense
    """
    known = {"format", "minmagnitude", "latitude", "longitude", "allow_missing"}
    if unknown := sorted(set(options) - known):
        raise ConfigError(f"usgs: unknown option {unknown[0]!r}; known are {sorted(known)}")
    form = options.get("format", "csv")
    if form not in SUFFIXES:
        raise ConfigError(f"usgs: format {form!r} is none of {', '.join(SUFFIXES)}")
    span = cut(partition, start, end)
    if span is None:
        return []
    first = dt.datetime.combine(span[0], dt.time())
    last = dt.datetime.combine(span[1], dt.time()) + DAY - TICK
    size = options.get("minmagnitude")
    magnitude = "" if size is None else _number(size)
    return [Query(first, last, form, magnitude, _box(options)).request()]


def parts(request: Request, ask: Callable[[Request], bytes]) -> list[Request]:
    """The request itself where it matches few enough events, else its two halves in time.

    Parameters
    ----------
    ask : gives the answer to a request

    Raises
    ------
    FetchError : the count could not be had, or a single instant has too many events
    """
    query = query_of(request)
    if int(ask(query.count())) <= LIMIT:
        return [request]
    return [half.request() for half in query.halves()]


def query_of(request: Request) -> Query:
    """The query behind a request."""
    said = dict(parse_qsl(request.path.partition("?")[2]))
    return Query(
        start=dt.datetime.fromisoformat(said["starttime"]),
        end=dt.datetime.fromisoformat(said["endtime"]),
        form=said["format"],
        magnitude=said.get("minmagnitude", ""),
        box=tuple(said[edge] for edge in EDGES if edge in said),
    )


def _box(options: dict) -> tuple[str, ...]:
    """Edges south, north, west, east; empty for the whole globe."""
    edges = []
    for axis, widest in WORLD.items():
        low, high = options.get(axis, widest)
        if not low < high:
            raise ConfigError(f"usgs: {axis} must rise from its first edge, found {low}, {high}")
        edges += [low, high]
    if edges == [*WORLD["latitude"], *WORLD["longitude"]]:
        return ()
    return tuple(_number(edge) for edge in edges)


def _number(value: float) -> str:
    """A number in one spelling, so that 5 and 5.0 make the same query."""
    return f"{float(value):.10g}"


def _stamp(moment: dt.datetime) -> str:
    """An instant as the service takes it, with milliseconds where it has any."""
    whole = moment.microsecond == 0
    return moment.isoformat(timespec="seconds" if whole else "milliseconds")


def _short(moment: dt.datetime, whole: dt.datetime) -> str:
    """An instant within a file name, without a clock where `whole` is a midnight."""
    if whole.time() == dt.time():
        return f"{moment:%Y%m%d}"
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}"
