"""What is asked of an upstream: partitions of time, and one request a file."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from laicflow.errors import ConfigError

# Suffixes that say how a file is compressed.
COMPRESSIONS = (".Z", ".gz")


@dataclass(frozen=True)
class Request:
    """One file of a partition.

    Parameters
    ----------
    path : URL path (and query) relative to a base URL
    name : name of the file on disk
    day : the day that the file is about; None where it holds a whole partition
    check : name of the content check in `laicflow.fetch_checks`
    span : first and last day that the file covers, where that is part of its partition
    alternatives : paths that are tried in turn where `path` is not there
    empty : what the file holds where the upstream says that there is nothing (204); "" where it
        never says so
    rows : how many events the upstream counted for it; None before, -1 where it cannot count
    most : an answer with so many events was cut off at the upstream's limit
    fresh : asked for anew, even where it is here
    observatory : IAGA code of the observatory, four letters of the station, or letter of the
        satellite, that the file must be of; "" where it is of none
    unlisted : the upstream's own list of its files, read whole, has none for this
    listed : size and time of the file as the upstream's list of files says them, "" without any
    optional : that it is not there, or is not what it should be, is no error: it is left out, and
        the receipt says why
    """

    path: str
    name: str
    day: dt.date | None = None
    check: str = ""
    alternatives: tuple[str, ...] = ()
    span: tuple[dt.date, dt.date] | None = None
    empty: str = ""
    rows: int | None = None
    most: int | None = None
    fresh: bool = False
    observatory: str = ""
    unlisted: bool = False
    listed: str = ""
    optional: bool = False

    def name_for(self, path: str) -> str:
        """Name on disk of what arrived under `path`: `name`, compressed as `path` says."""
        if "?" in path:
            return self.name
        stem = self.name
        for suffix in COMPRESSIONS:
            stem = stem.removesuffix(suffix)
        found = [suffix for suffix in COMPRESSIONS if path.lower().endswith(suffix.lower())]
        return stem + (found[0] if found else "")

    def names(self) -> list[str]:
        """The names that the file may have on disk, the first the likeliest."""
        paths = (self.path, *self.alternatives)
        return list(dict.fromkeys(self.name_for(path) for path in paths))


def partitions(kind: str, start: dt.date, end: dt.date) -> list[str]:
    """Names of the partitions of `kind` that touch start..end, both inclusive.

    Months are `2001-01`, years `2001`, and `all` is the one partition of a source that keeps
    everything in one file.

    Raises
    ------
    ConfigError : unknown kind, or `end` before `start`
    """
    if end < start:
        raise ConfigError(f"a period must end after it starts, found {start}..{end}")
    if kind == "all":
        return ["all"]
    if kind == "year":
        return [f"{year:04d}" for year in range(start.year, end.year + 1)]
    if kind != "month":
        raise ConfigError(f"unknown partition {kind!r}; known are month, year, all")
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]


def bounds(partition: str) -> tuple[dt.date, dt.date]:
    """First and last day of a partition; `all` has no bounds but those of the calendar.

    Raises
    ------
    ConfigError : the name is none of `2001-01`, `2001`, `all`
    """
    if partition == "all":
        return dt.date.min, dt.date.max
    try:
        if len(partition) == 4:
            return dt.date(int(partition), 1, 1), dt.date(int(partition), 12, 31)
        first = dt.date.fromisoformat(f"{partition}-01")
    except ValueError:
        text = f"partition {partition!r}: expected a month 2001-01, a year 2001, or all"
        raise ConfigError(text) from None
    last = calendar.monthrange(first.year, first.month)[1]
    return first, first.replace(day=last)


def cut(partition: str, start: dt.date, end: dt.date) -> tuple[dt.date, dt.date] | None:
    """The part of a partition that lies in start..end, None where there is none."""
    first, last = bounds(partition)
    first, last = max(first, start), min(last, end)
    return (first, last) if first <= last else None


def days(first: dt.date, last: dt.date) -> list[dt.date]:
    """All days from `first` to `last`, both inclusive."""
    count = (last - first).days + 1
    return [first + dt.timedelta(days=step) for step in range(count)]
