"""Minutes of INTERMAGNET observatories, of a Geomagnetic Information Node: GIN_V1 of BGS.

A query is of one observatory and one state of publication. Definitive minutes come years after
the fact; until then the same minutes are there as quasi-definitive, adjusted and reported ones.
The best state that has values is taken: the service answers 200 for the others too, with a file in
which every sample is missing (`laicflow.checks.minutes`).
"""

from __future__ import annotations

import datetime as dt
import re

from laicflow.errors import ConfigError
from laicflow.sources.request import Request, cut

# As the service spells them, the best first.
STATES = ("definitive", "quasi-def", "adjusted", "reported")
OPTIONS = {"allow_missing", "observatories"}
_CODE = re.compile(r"[A-Za-z0-9]{3}")


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One query an observatory for the days of the partition (a month) within start..end.

    `options["observatories"]` are IAGA codes; `settings["format"]` names the content check as
    well. The state stands at the head of a query, so that what `upgrade` of the settings calls
    final is told by the beginning of its path.

    Raises
    ------
    ConfigError : an option that is unknown, no observatory, or what is no IAGA code
    """
    codes = observatories(options, OPTIONS)
    span = cut(partition, start, end)
    if span is None:
        return []
    return [_request(code, span, settings) for code in codes]


def observatories(options: dict, known: set[str]) -> list[str]:
    """The IAGA codes of a run's options, in capitals, each once.

    Raises
    ------
    ConfigError : as `requests`
    """
    if unknown := sorted(set(options) - known):
        raise ConfigError(f"unknown option {unknown[0]!r}; known are {sorted(known)}")
    codes = [str(code) for code in options.get("observatories") or []]
    if not codes:
        raise ConfigError("no observatory: name them, e.g. `observatories: [DUR, IZN]`")
    for code in codes:
        if _CODE.fullmatch(code) is None:
            raise ConfigError(f"observatories: expected IAGA codes of 3 letters, found {code!r}")
    return list(dict.fromkeys(code.upper() for code in codes))


def _request(code: str, span: tuple[dt.date, dt.date], settings: dict) -> Request:
    """The query of one observatory, with its states in turn."""
    first, *others = (_path(code, span, state) for state in STATES)
    return Request(
        path=first,
        name=f"{code.lower()}{span[0]:%Y%m%d}-{span[1]:%Y%m%d}min.min",
        check=settings["format"],
        alternatives=tuple(others),
        span=span,
        observatory=code,
    )


def _path(code: str, span: tuple[dt.date, dt.date], state: str) -> str:
    """A query. `Request` and `Format` are refused (HTTP 400) in any other spelling.

    The orientation is `Native`: what the observatory reported. A rotation by the service would
    hide which components were measured, and by which declination they were turned; the readers
    turn them to X, Y, Z and say so.
    """
    days = (span[1] - span[0]).days + 1
    said = {
        "Request": "GetData",
        "publicationState": state,
        "observatoryIagaCode": code,
        "samplesPerDay": "Minute",
        "dataStartDate": span[0].isoformat(),
        "dataDuration": days,
        "orientation": "Native",
        "Format": "Iaga2002",
        "recordTermination": "UNIX",
    }
    return "GINServices?" + "&".join(f"{key}={value}" for key, value in said.items())
