"""GPS time and UTC.

GPS time runs without leap seconds from 1980-01-06; UTC is behind it by those since then
(ICD-GPS-200, 20.3.3.5.2.4). A header's own count of them is not used: files carry stale ones.
"""

from __future__ import annotations

import numpy as np

GPS_EPOCH = np.datetime64("1980-01-06T00:00:00", "us")

# First day (UTC) on which each further leap second counts (IERS Bulletin C).
_LEAPS = np.array(
    [
        "1981-07-01", "1982-07-01", "1983-07-01", "1985-07-01", "1988-01-01", "1990-01-01",
        "1991-01-01", "1992-07-01", "1993-07-01", "1994-07-01", "1996-01-01", "1997-07-01",
        "1999-01-01", "2006-01-01", "2009-01-01", "2012-07-01", "2015-07-01", "2017-01-01",
    ],
    dtype="datetime64[us]",
)  # fmt: skip
_MICROSECONDS = np.timedelta64(1, "us")
# GPS seconds at which UTC shows those days' midnight.
_LEAPS_GPS = (_LEAPS - GPS_EPOCH) / _MICROSECONDS / 1e6 + np.arange(1, _LEAPS.size + 1)
_LEAPS_UTC = (_LEAPS - GPS_EPOCH) / _MICROSECONDS / 1e6

# Seconds that a time system is ahead of GPS time; GLONASS time in RINEX is UTC.
AHEAD_OF_GPS = {"GPS": 0.0, "GAL": 0.0, "QZS": 0.0, "IRN": 0.0, "BDT": -14.0, "BDS": -14.0}


def leap_seconds(gps: np.ndarray) -> np.ndarray:
    """Seconds that UTC is behind GPS time at GPS seconds."""
    return np.searchsorted(_LEAPS_GPS, gps, side="right").astype(np.float64)


def to_utc(gps: np.ndarray) -> np.ndarray:
    """UTC (datetime64[us]) of GPS seconds since 1980-01-06.

    Within a leap second (23:59:60) UTC shows the first second of the next day, as that second
    itself does: no clock without a second 60 can tell the two apart.
    """
    seconds = np.asarray(gps, dtype=np.float64) - leap_seconds(gps)
    return GPS_EPOCH + np.round(seconds * 1e6).astype("timedelta64[us]")


def from_utc(utc: np.ndarray) -> np.ndarray:
    """GPS seconds (float64) of UTC."""
    seconds = (np.asarray(utc, dtype="datetime64[us]") - GPS_EPOCH) / _MICROSECONDS / 1e6
    return seconds + np.searchsorted(_LEAPS_UTC, seconds, side="right")


def from_calendar(
    year: int, month: int, day: int, hour: int, minute: int, second: float, system: str = "GPS"
) -> float:
    """GPS seconds of a calendar time of a time system (`GPS`, `GAL`, `BDT`, `GLO`, `UTC`).

    Raises
    ------
    ValueError : no such date or time, or an unknown system
    """
    if not (0 <= hour <= 24 and 0 <= minute < 60 and 0 <= second < 61):
        raise ValueError(f"no time of day: {hour}:{minute}:{second}")
    date = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "us")
    seconds = (date - GPS_EPOCH) / _MICROSECONDS / 1e6 + 3600.0 * hour + 60.0 * minute + second
    if system in ("GLO", "UTC"):
        return float(seconds + np.searchsorted(_LEAPS_UTC, seconds, side="right"))
    if system not in AHEAD_OF_GPS:
        raise ValueError(f"unknown time system {system!r}")
    return float(seconds - AHEAD_OF_GPS[system])
