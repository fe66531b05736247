"""Is the clock of the machine on which a job runs fit to say what can be there upstream?"""

from __future__ import annotations

import datetime as dt
import json
import socket
from pathlib import Path

from laicflow.errors import FetchError
from laicflow.plan import is_open


def expect_closed(
    source: str,
    partition: str,
    *,
    settings: dict,
    last: dt.date,
    now: dt.datetime,
    state: str,
    listing: Path,
) -> None:
    """Refuse to ask for a partition that was closed when it was planned and is open by this clock.

    By a clock that is behind, the last days of a closed partition are still to come: they would be
    left out as `not yet`, and nothing would ever ask for them again.

    Parameters
    ----------
    source, partition : what is to be asked for
    settings, last : as of `laicflow.plan.is_open`
    now : present instant by this machine's clock, UTC
    state : what `laicflow.plan.freshness` said when the job was planned
    listing : file of the partition's listing

    Raises
    ------
    FetchError : names the machine and what its clock says
    """
    if not is_open(settings, partition, last, now):
        return
    closed = state == "closed" or state.endswith("+closed")
    if not closed and listing.is_file():
        as_of = json.loads(listing.read_text(encoding="utf-8"))["as_of"]
        closed = not is_open(settings, partition, last, dt.datetime.fromisoformat(as_of))
    if closed:
        raise FetchError(
            f"{source} {partition}: the clock of {socket.gethostname()} is behind: it says "
            f"{now:%Y-%m-%d %H:%M} UTC, and this was planned when all of it had closed upstream; "
            "nothing was asked for. Set that clock, or keep jobs off that machine"
        )
