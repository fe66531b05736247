"""Dst of WDC Kyoto, one file of WDC records a month."""

from __future__ import annotations

import datetime as dt

from laicflow.sources import request as asking
from laicflow.sources.request import Request


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """Every month of the partition that touches start..end, whole.

    Each in the best version that there is: final, provisional, real-time.
    """
    part = asking.cut(partition, start, end)
    if part is None:
        return []
    return [_month(name, settings["folders"]) for name in asking.partitions("month", *part)]


def _month(name: str, folders: list[str]) -> Request:
    """The request of one month."""
    span = asking.bounds(name)
    file = f"dst{span[0]:%y%m}.for.request"
    first, *others = (f"{folder}/{span[0]:%Y%m}/{file}" for folder in folders)
    return Request(path=first, name=file, check="dst_wdc", alternatives=tuple(others), span=span)
