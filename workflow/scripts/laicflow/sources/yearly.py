"""One file a year, or one answer of a service for a year, under templates of paths."""

from __future__ import annotations

import datetime as dt

from laicflow.sources.request import Request, bounds, cut


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The whole year, whatever part of it is needed.

    `settings["paths"]` are templates of which the first is asked for and the others are
    alternatives; `settings["name"]` is that of the file on disk; {yyyy} is the year.
    `settings["check"]` names the content check.
    """
    if cut(partition, start, end) is None:
        return []
    year = f"{bounds(partition)[0].year:04d}"
    first, *others = (template.format(yyyy=year) for template in settings["paths"])
    name = settings["name"].format(yyyy=year)
    return [Request(path=first, name=name, check=settings["check"], alternatives=tuple(others))]
