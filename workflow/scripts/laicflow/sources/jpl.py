"""Global ionosphere maps of JPL, one IONEX file a day."""

from __future__ import annotations

import datetime as dt

from laicflow.sources import daily
from laicflow.sources.request import Request


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """One final map file a day; its first map is that of 01:00, not of 00:00."""
    return daily.requests(partition, start, end, settings["layout"], check="ionex")
