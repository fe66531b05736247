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
    {dd}, {ddd} (day of the year), {wwww} (GPS week), {w} (day of that week, 0 for Sunday).
    `settings["check"]`, or else `settings["format"]`, names the content check. So many days as
    `settings["margin_days"]` says are asked for on both sides too; that they are not there is no
    error.

    Raises
    ------
    ConfigError : no entry holds for a day
    """
    span = cut(partition, start, end)
    if span is None:
        return []
    margin = dt.timedelta(days=settings.get("margin_days", 0))
    made = []
    for day in days(span[0] - margin, span[1] + margin):
        first, *others = (filled(template, day) for template in paths_of(settings["layout"], day))
        made.append(
            Request(
                path=first,
                name=first.rsplit("/", 1)[-1],
                day=day,
                check=settings.get("check", settings["format"]),
                alternatives=tuple(others),
                optional=not span[0] <= day <= span[1],
            )
        )
    return made


def paths_of(layout: list[dict], day: dt.date) -> list[str]:
    """The templates that hold for a day."""
    for entry in layout:
        if "until" not in entry or day <= dt.date.fromisoformat(entry["until"]):
            return entry["paths"]
    raise ConfigError(f"the layout has no paths for {day}")


def filled(template: str, day: dt.date, **fields: str) -> str:
    """A template with the fields of a day, and others."""
    week, of_week = divmod((day - GPS_EPOCH).days, 7)
    return template.format(
        yyyy=f"{day:%Y}",
        yy=f"{day:%y}",
        mm=f"{day:%m}",
        dd=f"{day:%d}",
        ddd=f"{day:%j}",
        wwww=f"{week:04d}",
        w=str(of_week),
        **fields,
    )
