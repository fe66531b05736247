"""IAGA-2002 files for tests, typed by the format's description."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

Value = Callable[[int], float]  # of minutes since the first record
MISSING = 99999.0


def flat(level: float) -> Value:
    return lambda minute: level


def iaga2002(
    first: dt.date,
    days: int = 1,
    *,
    code: str = "ESK",
    state: str = "Definitive",
    values: Sequence[Value] = (flat(3000.0), flat(4000.0), flat(12000.0), flat(13000.5)),
    letters: str = "XYZF",
    interval: str = "Average 1-Minute (00:30-01:29)",
    step: int = 1,
    latitude: float = 55.3,
) -> bytes:
    """A file of whole days; each value is a function of the minute."""
    rows = [
        ("Format", "IAGA-2002"),
        ("Source of Data", "test"),
        ("Station Name", f"Station {code}"),
        ("IAGA CODE", code),
        ("Geodetic Latitude", f"{latitude:.3f}"),
        ("Geodetic Longitude", "356.800"),
        ("Elevation", "245"),
        ("Reported", letters),
        ("Sensor Orientation", letters),
        ("Digital Sampling", "1.0 seconds"),
        ("Data Interval Type", interval),
        ("Data Type", state),
    ]
    lines = [f" {label:<23}{value:<45}|" for label, value in rows]
    names = "".join(f"{code + letter:<10}" for letter in letters)
    lines.append(f"{'DATE       TIME         DOY     ' + names:<69}|")
    start = dt.datetime.combine(first, dt.time())
    for minute in range(0, days * 1440, step):
        time = start + dt.timedelta(minutes=minute)
        head = f"{time:%Y-%m-%d %H:%M}:00.000 {time:%j}   "
        lines.append(head + "".join(f" {value(minute):9.2f}" for value in values))
    return ("\n".join(lines) + "\n").encode()


def hollow(first: dt.date, days: int = 1, **said: object) -> bytes:
    """A file in which every sample is missing."""
    return iaga2002(first, days, values=[flat(MISSING)] * 4, **said)
