"""Series of VTEC at stations from files of one's own, under a template of paths.

{station} and {STATION} are the code of the station in small letters and in capitals, {yyyy} is the
year; without it one file holds all years of a station.
"""

from __future__ import annotations

import datetime as dt
import string

from laicflow.errors import ConfigError
from laicflow.sources.request import Request, cut

OPTIONS = {"allow_missing", "stations", "layout"}
CODES = {"station", "STATION"}
FIELDS = {*CODES, "yyyy"}


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The files of each station that hold days of the partition within start..end.

    `options`: `stations` (codes) and `layout` (template of the paths below the base);
    `settings["format"]` names the content check. A file keeps the last part of its path as its name
    where that tells station and year, else the whole path with `_` for `/`.

    Raises
    ------
    ConfigError : an option that is unknown, no station, or a layout whose fields are unknown or do
        not tell several stations apart
    """
    if unknown := sorted(set(options) - OPTIONS):
        raise ConfigError(f"unknown options {', '.join(unknown)}; known are {sorted(OPTIONS)}")
    stations = list(options.get("stations") or [])
    if not stations or len(set(stations)) < len(stations):
        raise ConfigError(f"stations: expected codes, each once, found {stations}")
    layout = str(options.get("layout") or "")
    found = fields(layout)
    if len(stations) > 1 and not found & CODES:
        raise ConfigError(
            f"layout: expected {{station}} or {{STATION}} in it for {len(stations)} stations, "
            f"found {layout!r}"
        )
    span = cut(partition, start, end)
    if span is None:
        return []
    years = range(span[0].year, span[1].year + 1) if "yyyy" in found else [None]
    return [_request(code, layout, year, span, settings) for code in stations for year in years]


def fields(layout: str) -> set[str]:
    """The names of the fields of a template.

    Raises
    ------
    ConfigError : no template, an unknown field
    """
    try:
        parsed = list(string.Formatter().parse(layout))
    except ValueError as error:
        raise ConfigError(f"layout: {layout!r} is no template: {error}") from error
    if not layout:
        raise ConfigError("layout: expected a path of a file, found none")
    if any(spec or conversion for _, name, spec, conversion in parsed if name is not None):
        raise ConfigError(f"layout: expected plain fields as {{yyyy}}, found {layout!r}")
    found = {name for _, name, _, _ in parsed if name is not None}
    if unknown := sorted(found - FIELDS):
        known = ", ".join(f"{{{name}}}" for name in sorted(FIELDS))
        raise ConfigError(f"layout: unknown field {unknown[0]!r}; known are {known}")
    return found


def _request(
    code: str, layout: str, year: int | None, span: tuple[dt.date, dt.date], settings: dict
) -> Request:
    """One file, held to those of its days that are needed."""
    named = {"station": code.lower(), "STATION": code, "yyyy": str(year)}
    path, template = layout.format(**named), layout.rsplit("/", 1)[-1]
    clear = fields(layout) <= fields(template)
    first, last = span
    if year is not None:
        first, last = max(first, dt.date(year, 1, 1)), min(last, dt.date(year, 12, 31))
    return Request(
        path=path,
        name=path.rsplit("/", 1)[-1] if clear else path.strip("/").replace("/", "_"),
        check=settings["format"],
        span=(first, last),
        observatory=code,
    )
