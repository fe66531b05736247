"""Is this the series of VTEC that was asked for?"""

from __future__ import annotations

from laicflow.checks.common import Asked, UnlikeError, lines_of, shown
from laicflow.readers.tec_series import TIME, VTEC


def tec_series(content: bytes, asked: Asked) -> None:
    """A first line with the columns of time and of VTEC, and a last one as long as that."""
    lines = lines_of(content)
    names = [name.strip() for name in lines[0].split(",")]
    if TIME not in names or not any(map(VTEC.fullmatch, names)):
        found = shown(lines[0].encode())
        raise UnlikeError(f"expected a first line with {TIME!r} and a VTEC, found {found}")
    if len(lines) < 2:
        raise UnlikeError("expected rows below its first line, found none")
    if lines[-1].count(",") != lines[0].count(","):
        raise UnlikeError("truncated: its last row is not whole")
