"""Minutes of observatories from files of one's own, under a template of paths.

A file holds a day, a month or a year, as the fields of the template say: {dd} or {yyyymmdd} make it
a day, {mm} or {yyyymm} a month, {yyyy} or {yy} alone a year. {iaga} and {IAGA} are the code of the
observatory in small letters and in capitals.
"""

from __future__ import annotations

import calendar
import datetime as dt
import string

from laicflow.errors import ConfigError
from laicflow.sources.gin import observatories
from laicflow.sources.request import Request, cut, days

OPTIONS = {"allow_missing", "observatories", "layout"}
CODES = {"iaga", "IAGA"}
# What each field says of the day.
FIELDS = {
    "yyyy": "year",
    "yy": "year",
    "mm": "month",
    "dd": "day",
    "yyyymm": "year month",
    "yyyymmdd": "year month day",
}
UNITS = ("year", "month", "day")


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The files of each observatory that hold days of the partition within start..end.

    `options`: `observatories` (IAGA codes) and `layout` (template of the paths below the base);
    `settings["check"]` names the content check. A file keeps the last part of its path as its
    name where that tells observatory and time, else the whole path with `_` for `/`.

    Raises
    ------
    ConfigError : an option that is unknown, no observatory, or a layout whose fields are unknown
        or do not tell observatory and time
    """
    codes = observatories(options, OPTIONS)
    layout = str(options.get("layout") or "")
    unit = cadence(layout)
    span = cut(partition, start, end)
    if span is None:
        return []
    firsts = dict.fromkeys(_first(day, unit) for day in days(*span))
    return [
        _request(code, layout, unit, first, span, settings) for code in codes for first in firsts
    ]


def cadence(layout: str) -> str:
    """What a file of a layout holds: day, month or year.

    Raises
    ------
    ConfigError : as `requests`
    """
    found = _fields(layout)
    if unknown := sorted(found - CODES - set(FIELDS)):
        known = ", ".join(f"{{{name}}}" for name in (*sorted(CODES), *FIELDS))
        raise ConfigError(f"layout: unknown field {unknown[0]!r}; known are {known}")
    if not found & CODES:
        raise ConfigError(f"layout: expected {{iaga}} or {{IAGA}} in it, found {layout!r}")
    told = {unit for name in found - CODES for unit in FIELDS[name].split()}
    depth = len(told)
    if not told or told != set(UNITS[:depth]):
        raise ConfigError(
            f"layout: expected a year, a year and month, or a whole day in it, found {layout!r}"
        )
    return UNITS[depth - 1]


def _fields(template: str) -> set[str]:
    """The names of the fields of a template."""
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ConfigError(f"layout: {template!r} is no template: {error}") from error
    if any(spec or conversion for _, name, spec, conversion in parsed if name is not None):
        raise ConfigError(f"layout: expected plain fields as {{yyyy}}, found {template!r}")
    return {name for _, name, _, _ in parsed if name is not None}


def _first(day: dt.date, unit: str) -> dt.date:
    """The first day of the file that holds a day."""
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[unit]


def _last(first: dt.date, unit: str) -> dt.date:
    """The last day of the file that begins with a day."""
    if unit == "day":
        return first
    month = first.month if unit == "month" else 12
    return dt.date(first.year, month, calendar.monthrange(first.year, month)[1])


def _request(
    code: str,
    layout: str,
    unit: str,
    first: dt.date,
    span: tuple[dt.date, dt.date],
    settings: dict,
) -> Request:
    """One file, held to those of its days that are needed."""
    path = layout.format(
        iaga=code.lower(),
        IAGA=code,
        yyyy=f"{first:%Y}",
        yy=f"{first:%y}",
        mm=f"{first:%m}",
        dd=f"{first:%d}",
        yyyymm=f"{first:%Y%m}",
        yyyymmdd=f"{first:%Y%m%d}",
    )
    template = layout.rsplit("/", 1)[-1]
    named = _fields(template)
    told = {part for name in named - CODES for part in FIELDS[name].split()}
    clear = named & CODES and told == set(UNITS[: UNITS.index(unit) + 1])
    last = _last(first, unit)
    return Request(
        path=path,
        name=path.rsplit("/", 1)[-1] if clear else path.strip("/").replace("/", "_"),
        day=first if unit == "day" else None,
        check=settings["check"],
        span=None if unit == "day" else (max(first, span[0]), min(last, span[1])),
        observatory=code,
    )
