"""Daily files under templates that changed over the years."""

from __future__ import annotations

import datetime as dt

from laicflow.errors import ConfigError
from laicflow.sources.request import Request, cut, days


def requests(
    partition: str, start: dt.date, end: dt.date, layout: list[dict], check: str
) -> list[Request]:
    """One request a day of the partition within start..end.

    Parameters
    ----------
    layout : entries in the order of time, each with `paths`, templates of which the first is
        asked for and the others are alternatives, and, all but the last, with `until`, the ISO
        date of the last day for which it holds. Fields of a template: {yyyy}, {yy}, {ddd} (day
        of the year).
    check : name of the content check

    Raises
    ------
    ConfigError : no entry holds for a day
    """
    span = cut(partition, start, end)
    if span is None:
        return []
    made = []
    for day in days(*span):
        first, *others = (_filled(template, day) for template in _paths(layout, day))
        made.append(
            Request(
                path=first,
                name=first.rsplit("/", 1)[-1],
                day=day,
                check=check,
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
    return template.format(yyyy=f"{day:%Y}", yy=f"{day:%y}", ddd=f"{day:%j}")
