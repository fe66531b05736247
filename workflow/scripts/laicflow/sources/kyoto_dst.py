"""Dst of WDC Kyoto, one file or one web page a month."""

from __future__ import annotations

import datetime as dt

from laicflow.sources import request as asking
from laicflow.sources.request import Request


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """Every month of the partition that touches start..end, whole.

    Each in the best version that there is: the folders `settings["folders"]` are tried in turn.
    `settings["file"]` is the template of the file in <folder>/<yyyymm>/, `settings["name"]` that
    of its name on disk; fields are {yyyymm} and {yymm}. `settings["format"]` names the content
    check as well.
    """
    part = asking.cut(partition, start, end)
    if part is None:
        return []
    return [_month(name, settings) for name in asking.partitions("month", *part)]


def _month(name: str, settings: dict) -> Request:
    """The request of one month."""
    span = asking.bounds(name)
    month = {"yyyymm": f"{span[0]:%Y%m}", "yymm": f"{span[0]:%y%m}"}
    file = settings["file"].format(**month)
    first, *others = (f"{folder}/{month['yyyymm']}/{file}" for folder in settings["folders"])
    return Request(
        path=first,
        name=settings["name"].format(**month),
        check=settings["format"],
        alternatives=tuple(others),
        span=span,
    )
