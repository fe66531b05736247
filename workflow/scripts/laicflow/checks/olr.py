"""Is this the file of outgoing longwave radiation that was asked for?

Three products of NOAA share one file name: each has a check of its own.
"""

from __future__ import annotations

import datetime as dt

from laicflow.checks.common import Asked, UnlikeError
from laicflow.errors import FormatError
from laicflow.readers import noaa_olr


def cdr(content: bytes, asked: Asked) -> None:
    """The climate data record, of the days asked for."""
    _check(content, asked, noaa_olr.CDR)


def interpolated(content: bytes, asked: Asked) -> None:
    """The interpolated product, of the days asked for."""
    _check(content, asked, noaa_olr.INTERPOLATED)


def uninterpolated(content: bytes, asked: Asked) -> None:
    """The product as the radiometers saw it, of the days asked for."""
    _check(content, asked, noaa_olr.UNINTERPOLATED)


def own(content: bytes, asked: Asked) -> None:
    """A file of one's own, of any product: with some of the days asked for."""
    days = _days(content, asked, "")
    _check_overlap(days, asked)


def _check(content: bytes, asked: Asked, product: str) -> None:
    """A whole file of a product with days asked for, to the last where it must be there.

    Days before it may be missing, as some are upstream: cleaning counts them.
    """
    days = _days(content, asked, product)
    _check_overlap(days, asked)
    if asked.closed and days[-1] < asked.last:
        raise UnlikeError(f"truncated: expected days until {asked.last}, the last is {days[-1]}")


def _check_overlap(days: list[dt.date], asked: Asked) -> None:
    """Refuse a file without any of the days asked for."""
    if days[0] > asked.last or days[-1] < asked.first:
        span = f"{asked.first} to {asked.last}"
        raise UnlikeError(f"expected days of {span}, found {days[0]} to {days[-1]}")


def _days(content: bytes, asked: Asked, product: str) -> list[dt.date]:
    """The days of a file of a product, "" for any."""
    try:
        found, days = noaa_olr.look(content, asked.name)
    except FormatError as error:
        raise UnlikeError(f"expected {error.expected}, found {error.found}") from None
    if product and found != product:
        raise UnlikeError(f"expected OLR of the product {product}, found {found}")
    return days.astype(object).tolist()
