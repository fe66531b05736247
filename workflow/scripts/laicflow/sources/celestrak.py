"""Space weather since 1957 in one file, by CelesTrak."""

from __future__ import annotations

import datetime as dt

from laicflow.sources.request import Request


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The one file."""
    path = settings["path"]
    return [Request(path=path, name=path.rsplit("/", 1)[-1], check="celestrak_sw")]
