"""Kp and ap of GFZ, one file a year in WDC format."""

from __future__ import annotations

import datetime as dt

from laicflow.sources.request import Request, bounds, cut


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The whole year, whatever part of it is needed."""
    if cut(partition, start, end) is None:
        return []
    year = bounds(partition)[0].year
    first, *others = (template.format(yyyy=f"{year:04d}") for template in settings["paths"])
    # On disk the name says "year": kp2001 alone could also be January 2020.
    name = f"Kp_def{year:04d}.wdc"
    return [Request(path=first, name=name, check="kp_wdc", alternatives=tuple(others))]
