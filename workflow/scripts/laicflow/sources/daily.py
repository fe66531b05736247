"""Daily files under templates that changed over the years."""

from __future__ import annotations

import datetime as dt

from laicflow.errors import ConfigError
from laicflow.sources.request import Request, cut, days

# A Sunday, with which week 0 of GPS began.
GPS_EPOCH = dt.date(1980, 1, 6)


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One request a day of the partition within start..end.

    `settings["layout"]` has entries in the order of time, each with `paths`, templates of which
    the first is asked for and the others are alternatives, and, all but the last, with `until`,
    the ISO date of the last day for which it holds. Fields of a template: {yyyy}, {yy}, {mm},
    {dd}, {ddd} (day of the year), {wwww} (GPS week). `settings["format"]` names the content check
    as well.

    Raises
    ------
    ConfigError : no entry holds for a day
    """
    span = cut(partition, start, end)
    if span is None:
        return []
    made = []
    for day in days(*span):
        first, *others = (_filled(template, day) for template in _paths(settings["layout"], day))
        made.append(
            Request(
                path=first,
                name=first.rsplit("/", 1)[-1],
                day=day,
                check=settings["format"],
                alternatives=tuple(others),
            )
        )
    return made


def _paths(layout: list[dict], day: dt.date) -> list[str]:
    """The templates that hold for a day."""
    for entry in layout:
        if "until" not in entry or day <= dt.date.fromisoformat(entry["until"]):
            return entry["paths"]
    raise ConfigError(f"the layout has no paths for {day}")


def _filled(template: str, day: dt.date) -> str:
    """A template with the fields of a day."""
    week = f"{(day - GPS_EPOCH).days // 7:04d}"
    return template.format(
        yyyy=f"{day:%Y}",
        yy=f"{day:%y}",
        mm=f"{day:%m}",
        dd=f"{day:%d}",
        ddd=f"{day:%j}",
        wwww=week,
    )
