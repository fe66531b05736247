"""Daily observation files of GNSS stations, under templates that changed over the years."""

from __future__ import annotations

import datetime as dt
import re
import string

from laicflow.errors import ConfigError
from laicflow.sources import daily
from laicflow.sources.request import Request, cut, days

OPTIONS = {"allow_missing", "stations", "layout"}
# Four letters or digits, or nine: with the number of the monument and of the receiver (0 as long
# as there is one) and the country.
CODE = re.compile(r"[A-Z0-9]{4}(\d\d[A-Z]{3})?")
# Fields of a template that tell the station, and those that together tell the day of a year.
CODES = {"station", "SSSS", "ssss"}
DAYS = ({"ddd"}, {"mm", "dd"}, {"wwww", "w"})


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One request a station and day of the partition within start..end.

    That a station has no file of a day, or one that is not what it should be, is no error.

    Parameters
    ----------
    settings : `layout` as of `laicflow.sources.daily`, each entry with `short` paths for stations
        of four characters too; fields beside those of the day are {SSSS} and {ssss}, the first
        four characters in capitals and in small letters, and {station}, all nine in capitals.
        `check` names the content check.
    options : `stations`, codes of four or nine characters, the latter for files under long names
        too; `layout`, a list of templates of one's own in place of those. A file keeps the last
        part of its path as its name where the template tells station and day there, else the whole
        path with `_` for `/`.

    Raises
    ------
    ConfigError : an option that is unknown, a station that is none or stands twice, a template
        with an unknown field, or one of one's own that does not tell stations or days apart
    """
    codes = stations(options)
    layout = options.get("layout")
    for template in layout or []:
        _check_told(template)
    span = cut(partition, start, end)
    if span is None:
        return []
    return [
        _request(code, day, templates(code, day, settings, layout), settings)
        for code in codes
        for day in days(*span)
    ]


def stations(options: dict) -> list[str]:
    """The codes of the stations in capitals, in the order of the options.

    Raises
    ------
    ConfigError : as `requests`
    """
    if unknown := sorted(set(options) - OPTIONS):
        raise ConfigError(f"unknown option {unknown[0]!r}; known are {sorted(OPTIONS)}")
    codes = [str(code).upper() for code in options.get("stations") or []]
    if not codes:
        raise ConfigError("stations: name one at least, as AIRA or AIRA00JPN")
    if wrong := [code for code in codes if not CODE.fullmatch(code)]:
        raise ConfigError(f"stations: {wrong[0]!r} is no code as AIRA or AIRA00JPN")
    short = [code[:4] for code in codes]
    if twice := [code for code in short if short.count(code) > 1]:
        raise ConfigError(f"stations: {twice[0]} stands there twice")
    return codes


def templates(code: str, day: dt.date, settings: dict, own: list[str] | None = None) -> list[str]:
    """The templates of a station's paths on a day; without nine characters the short ones alone."""
    paths = own or daily.paths_of(settings["layout"], day)
    fit = [path for path in paths if len(code) == 9 or "{station}" not in path]
    if not fit:
        raise ConfigError(
            f"stations: files of {day} are under long names; {code} must have nine characters, as "
            "AIRA00JPN"
        )
    return fit


def _check_told(template: str) -> None:
    """Refuse a template under which several stations or days would be one file.

    Raises
    ------
    ConfigError : names the template
    """
    if not _tells(template):
        raise ConfigError(
            "layout: expected a station ({station}, {SSSS} or {ssss}) and a day ({ddd}, {mm} and "
            f"{{dd}}, or {{wwww}} and {{w}}) in each path, found {template!r}"
        )


def _tells(template: str) -> bool:
    """Whether the fields of a template tell station and day of the year.

    Raises
    ------
    ConfigError : no template
    """
    try:
        found = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    except ValueError as error:
        raise ConfigError(f"layout: {template!r} is no template: {error}") from error
    return bool(found & CODES) and any(found >= together for together in DAYS)


def _request(code: str, day: dt.date, paths: list[str], settings: dict) -> Request:
    """One file of a station."""
    fields = {"station": code, "SSSS": code[:4], "ssss": code[:4].lower()}
    try:
        first, *others = (daily.filled(path, day, **fields) for path in paths)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigError(f"layout: no such field in {paths}: {error}") from error
    # On disk the files of all stations and days of a year share one folder.
    clear = _tells(paths[0].rsplit("/", 1)[-1])
    return Request(
        path=first,
        name=first.rsplit("/", 1)[-1] if clear else first.strip("/").replace("/", "_"),
        day=day,
        check=settings["check"],
        alternatives=tuple(others),
        observatory=code[:4],
        optional=True,
    )
