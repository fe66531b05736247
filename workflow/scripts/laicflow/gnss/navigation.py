"""Broadcast ephemerides from RINEX 2 and 3 navigation files (GPS, Galileo, BeiDou).

Kepler's orbit with the corrections of ICD-GPS-200, table 20-IV. GLONASS broadcasts state vectors
instead, whose integration is left out: its satellites have no orbit here.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from laicflow.errors import FormatError
from laicflow.gnss import gps_time

_GRAVITY = {"G": 3.986005e14, "E": 3.986004418e14, "C": 3.986004418e14}  # m^3/s^2
_EARTH_SPIN = {"G": 7.2921151467e-5, "E": 7.2921151467e-5, "C": 7.292115e-5}  # rad/s
_WEEK = 604800.0
# BeiDou's geostationary satellites are computed in another frame (BDS-SIS-ICD, table 5-11).
_GEOSTATIONARY = {"C01", "C02", "C03", "C04", "C05", "C59", "C60", "C61"}
# An ephemeris is fitted to four hours about its reference time.
_MAX_AGE_S = 2.5 * 3600.0
_LINES = {"G": 8, "E": 8, "C": 8, "J": 8, "I": 8, "R": 4, "S": 4}
_NAMES = (
    ("toc_bias", "toc_drift", "toc_rate"),
    ("iode", "crs", "delta_n", "m0"),
    ("cuc", "e", "cus", "root_a"),
    ("toe", "cic", "omega0", "cis"),
    ("i0", "crc", "omega", "omega_rate"),
    ("i_rate", "codes", "week", "flag"),
    ("accuracy", "health", "tgd", "iodc"),
)


@dataclasses.dataclass
class Ephemeris:
    """Elements of one satellite, by the names of the format; `time` is toe in GPS seconds."""

    time: float
    toc: float
    elements: dict[str, float]


class Navigation:
    """Orbits by the ephemeris nearest in time."""

    kind = "broadcast"

    def __init__(self, ephemerides: dict[str, list[Ephemeris]]) -> None:
        self.ephemerides = ephemerides

    def states(self, time: np.ndarray, satellites: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Positions and clocks as `orbits.Orbits.states` has them."""
        time = np.asarray(time, dtype=np.float64)
        position = np.full((time.size, len(satellites), 3), np.nan)
        clock = np.full((time.size, len(satellites)), np.nan)
        for number, name in enumerate(satellites):
            known = self.ephemerides.get(name)
            if not known:
                continue
            age = np.abs(time[:, None] - np.array([one.time for one in known]))
            nearest = age.argmin(axis=1)
            fresh = age.min(axis=1) <= _MAX_AGE_S
            for which in np.unique(nearest[fresh]):
                rows = np.flatnonzero(fresh & (nearest == which))
                position[rows, number], clock[rows, number] = _kepler(
                    known[which], time[rows], name[0]
                )
        return position, clock


def _kepler(one: Ephemeris, time: np.ndarray, system: str) -> tuple[np.ndarray, np.ndarray]:
    """Earth-fixed positions (time, 3) in metres and clocks in seconds."""
    el, gravity, spin = one.elements, _GRAVITY[system], _EARTH_SPIN[system]
    axis, e = el["root_a"] ** 2, el["e"]
    t = time - one.time
    mean = el["m0"] + (np.sqrt(gravity / axis**3) + el["delta_n"]) * t
    eccentric = mean.copy()
    for _ in range(10):  # converges by a factor of e (0.02 at most) a turn
        eccentric = mean + e * np.sin(eccentric)
    true = np.arctan2(np.sqrt(1 - e**2) * np.sin(eccentric), np.cos(eccentric) - e)
    argument = true + el["omega"]
    sine, cosine = np.sin(2 * argument), np.cos(2 * argument)
    latitude = argument + el["cus"] * sine + el["cuc"] * cosine
    radius = axis * (1 - e * np.cos(eccentric)) + el["crs"] * sine + el["crc"] * cosine
    tilt = el["i0"] + el["i_rate"] * t + el["cis"] * sine + el["cic"] * cosine
    node = el["omega0"] + (el["omega_rate"] - spin) * t - spin * (el["toe"] % _WEEK)
    x, y = radius * np.cos(latitude), radius * np.sin(latitude)
    position = np.stack(
        [
            x * np.cos(node) - y * np.cos(tilt) * np.sin(node),
            x * np.sin(node) + y * np.cos(tilt) * np.cos(node),
            y * np.sin(tilt),
        ],
        axis=-1,
    )
    since = time - one.toc
    clock = el["toc_bias"] + el["toc_drift"] * since + el["toc_rate"] * since**2
    return position, clock


def read(texts: list[tuple[str | Path, list[str]]]) -> Navigation:
    """The ephemerides of the lines of some files; those of unhealthy satellites are left out.

    Raises
    ------
    FormatError : a record cannot be read, or the files have no ephemeris
    """
    found: dict[str, list[Ephemeris]] = {}
    for path, lines in texts:
        version, index = _header(lines, path)
        while index < len(lines):
            index = _record(lines, index, version, path, found)
    if not found:
        raise FormatError(texts[0][0], None, "ephemerides of GPS, Galileo or BeiDou", "none")
    return Navigation(found)


def _header(lines: list[str], path: str | Path) -> tuple[float, int]:
    """Version, and the index of the first line behind the header."""
    for number, line in enumerate(lines):
        if line[60:80].strip() == "END OF HEADER":
            try:
                return float(lines[0][:9]), number + 1
            except ValueError as error:
                raise FormatError(path, 1, "a version", repr(lines[0][:9])) from error
    raise FormatError(path, len(lines), "END OF HEADER", "the end of the file")


def _record(
    lines: list[str],
    index: int,
    version: float,
    path: str | Path,
    found: dict[str, list[Ephemeris]],
) -> int:
    """Take one record; the index of the line behind it."""
    line = lines[index]
    if not line.strip():
        return index + 1
    system = line[0] if version >= 3 else "G"
    count = _LINES.get(system)
    try:
        if count is None:
            raise ValueError(system)
        name = line[:3] if version >= 3 else f"G{int(line[:2]):02d}"
        if index + count > len(lines):
            raise FormatError(path, len(lines), f"{count} lines of {name}", "the end of the file")
        if system in _GRAVITY and name not in _GEOSTATIONARY:
            one = _ephemeris(lines[index : index + count], version, system)
            if one.elements["health"] == 0 and one.elements["root_a"] > 0:
                found.setdefault(name, []).append(one)
    except (ValueError, IndexError) as error:
        raise FormatError(path, index + 1, "a navigation record", repr(line[:60])) from error
    return index + count


def _ephemeris(lines: list[str], version: float, system: str) -> Ephemeris:
    """The elements of a record's lines."""
    margin, head = (4, lines[0][4:23]) if version >= 3 else (3, lines[0][3:22])
    parts = head.split()
    year = int(parts[0])
    if version < 3:
        year += 1900 if year >= 80 else 2000
    calendar = "BDT" if system == "C" else "GPS"
    toc = gps_time.from_calendar(
        year, *(int(part) for part in parts[1:5]), float(parts[5]), system=calendar
    )
    elements: dict[str, float] = {}
    for number, (line, names) in enumerate(zip(lines, _NAMES, strict=False)):
        start = margin + 19 if number == 0 else margin
        for place, name in enumerate(names):
            text = line[start + 19 * place : start + 19 * place + 19].strip()
            elements[name] = float(text.upper().replace("D", "E") or 0)
    offset = 14.0 if system == "C" else 0.0
    # The week of toe is that which brings it nearest to toc: week numbers roll over.
    toe = elements["toe"] + offset
    toe += _WEEK * np.round((toc - toe) / _WEEK)
    return Ephemeris(float(toe), toc, elements)
