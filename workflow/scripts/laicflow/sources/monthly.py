"""Several files a month, each under templates of paths."""

from __future__ import annotations

import datetime as dt

from laicflow.sources import daily
from laicflow.sources.request import Request, bounds, cut


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The files of the partition's month, whatever part of it is needed.

    `settings["files"]` has one entry a file, each with `paths`, templates of which the first is
    asked for and the others are alternatives, with the fields of the month's first day (see
    `laicflow.sources.daily`). `settings["check"]` names the content check.
    """
    span = cut(partition, start, end)
    if span is None:
        return []
    month = bounds(partition)[0]
    made = []
    for entry in settings["files"]:
        first, *others = (daily.filled(path, month) for path in entry["paths"])
        made.append(
            Request(
                path=first,
                name=first.rsplit("/", 1)[-1],
                check=settings["check"],
                alternatives=tuple(others),
                span=span,
            )
        )
    return made
