"""Is this the answer of the HAPI service that was asked for?"""

from __future__ import annotations

import datetime as dt
import json

from laicflow.checks.common import Asked, HollowError, UnlikeError, shown
from laicflow.errors import FetchError, FormatError
from laicflow.readers import swarm_hapi as reader
from laicflow.sources.hapi import moment


def hapi_info(content: bytes, asked: Asked) -> None:
    """What a service says of a dataset: status 1200, first and last time, parameters."""
    try:
        said = json.loads(content)
        code, told = said["status"]["code"], said["status"].get("message", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnlikeError(f"expected the info of a HAPI dataset, found {shown(content)}") from None
    if code != reader.OK:
        raise UnlikeError(f"expected the info of a HAPI dataset, it says {code} {told}")
    try:
        ends = moment(said["startDate"]), moment(said["stopDate"])
        names = [one["name"] for one in said["parameters"]]
    except (KeyError, TypeError, FetchError) as error:
        raise UnlikeError(f"its info is not whole: {error}") from None
    if ends[0] > ends[1] or not names:
        raise UnlikeError(f"its info makes no sense: {ends[0]} to {ends[1]}, {len(names)} names")


def swarm_hapi(content: bytes, asked: Asked) -> None:
    """Samples of the satellite and the days asked for, the last row whole.

    An answer without rows says that there is nothing.
    """
    try:
        header = reader.parse(content, asked.name)
    except FormatError as error:
        raise UnlikeError(f"expected {error.expected}, found {error.found}") from None
    if asked.observatory and header.satellite != asked.observatory:
        raise UnlikeError(
            f"expected satellite {asked.observatory}, its header says {header.satellite}"
        )
    body = content[header.start :]
    if not body.strip():
        raise HollowError(f"no sample of satellite {header.satellite} is in it")
    last = body.rstrip().rpartition(b"\n")[2]
    if not body.endswith(b"\n") or last.count(b",") != len(header.names) - 1:
        raise UnlikeError(f"truncated: its last row is not whole, {shown(last)}")
    ends = [_day(body.lstrip()), _day(last)]
    if ends[0] < asked.first or ends[1] > asked.last:
        span = f"{asked.first} to {asked.last}"
        raise UnlikeError(f"expected samples of {span}, found {ends[0]} to {ends[1]}")


def _day(row: bytes) -> dt.date:
    """The day of a row."""
    try:
        return dt.date.fromisoformat(row[:10].decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        raise UnlikeError(f"expected rows with a time, found {shown(row)}") from None
