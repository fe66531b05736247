"""Global ionosphere maps of CODE, one IONEX file a day."""

from __future__ import annotations

import datetime as dt

from laicflow.sources import daily
from laicflow.sources.request import Request


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One final map file a day; short names end with GPS week 2237 (2022-11-26)."""
    return daily.requests(partition, start, end, settings["layout"], check="ionex")
