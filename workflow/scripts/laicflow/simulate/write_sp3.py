"""Writing of the orbits and clocks of a simulated constellation as SP3-d (Hilla 2016).

Positions in km and clocks in microseconds, F14.6, in the frame that turns with the Earth, at GPS
times. Names, steps and compression are those of CODE's final orbits: `CODwwwwd.EPH.Z`, every 15
minutes, until GPS week 2237, then `COD0OPSFIN_yyyyddd0000_01D_05M_ORB.SP3.gz`, every 5 minutes.
"""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import ncompress
import numpy as np

from laicflow.files import atomic_path
from laicflow.simulate import gnss_orbits as orbits

# First day of GPS week 0, and last day of CODE's short names.
WEEK_0 = dt.date(1980, 1, 6)
SHORT_NAMES_UNTIL = dt.date(2022, 11, 26)
MODIFIED_JULIAN = dt.date(1858, 11, 17)
PER_LINE = 17
COMMENTS = (
    "Simulated by laicflow: not an observation.",
    "Kepler ellipses in six planes, nodes moved by J2.",
    "Clocks without the relativistic part of the orbits.",
    "Receivers and satellites have no antenna offsets.",
)


def file_name(date: dt.date) -> str:
    """The name under which CODE would publish the final orbits of a day."""
    if date <= SHORT_NAMES_UNTIL:
        week, day = divmod((date - WEEK_0).days, 7)
        return f"COD{week:04d}{day}.EPH.Z"
    return f"COD0OPSFIN_{date.year}{date.timetuple().tm_yday:03d}0000_01D_05M_ORB.SP3.gz"


def write_sp3(own: orbits.Constellation, date: dt.date, folder: Path) -> Path:
    """Write one day's file, compressed as its date asks, and give its path."""
    path = Path(folder) / file_name(date)
    text = sp3_text(own, date, step_s=900 if path.suffix == ".Z" else 300).encode("ascii")
    packed = ncompress.compress(text) if path.suffix == ".Z" else gzip.compress(text, 6, mtime=0)
    with atomic_path(path) as temporary:
        temporary.write_bytes(packed)
    return path


def sp3_text(own: orbits.Constellation, date: dt.date, *, step_s: int = 900) -> str:
    """The text of a day's file: all epochs from 0 h to the last before 24 h."""
    count = 86400 // step_s
    times = np.datetime64(date, "us") + np.arange(count) * np.timedelta64(step_s, "s")
    at = orbits.seconds(times)[:, None]
    satellite = np.arange(orbits.SATELLITES)
    place = orbits.positions(own, satellite, at)
    clock = orbits.clocks(own, satellite, at) * 1e6
    lines = [_header(date, count, step_s)]
    for index in range(count):
        second = index * step_s
        lines.append(f"*  {_moment(date, second)}\n")
        for number in satellite.tolist():
            x, y, z = place[index, number].tolist()
            lines.append(
                f"PG{number + 1:02d}{x:14.6f}{y:14.6f}{z:14.6f}{clock[index, number]:14.6f}\n"
            )
    return "".join(lines) + "EOF\n"


def _header(date: dt.date, count: int, step_s: int) -> str:
    """The header; accuracies are 2^4 mm."""
    week, day = divmod((date - WEEK_0).days, 7)
    names = [f"G{number + 1:02d}" for number in range(orbits.SATELLITES)]
    # At least five lines, of seventeen satellites each.
    places = 5 * PER_LINE
    fill = ["  0"] * (places - len(names))
    rows = [names + fill, ["  4"] * len(names) + fill]
    lines = [
        f"#dP{_moment(date, 0)} {count:7d} {'d+D':<5} {'IGS14':>5} {'FIT':>3} {'AIUB':>4}",
        f"## {week:4d} {day * 86400.0:15.8f} {step_s:14.8f} {(date - MODIFIED_JULIAN).days:5d}"
        f" {0.0:15.13f}",
    ]
    for head, row in zip((f"+  {len(names):3d}   ", "++       "), rows, strict=True):
        for first in range(0, places, PER_LINE):
            start = head if first == 0 or head[1] == "+" else f"{'+':9}"
            lines.append(start + "".join(row[first : first + PER_LINE]))
    lines += [
        "%c G  cc GPS ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc",
        "%c cc cc ccc ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc",
        "%f  1.2500000  1.025000000  0.00000000000  0.000000000000000",
        "%f  0.0000000  0.000000000  0.00000000000  0.000000000000000",
        *["%i    0    0    0    0      0      0      0      0         0"] * 2,
        *(f"/* {comment}" for comment in COMMENTS),
    ]
    return "".join(line + "\n" for line in lines)


def _moment(date: dt.date, second: int) -> str:
    """A moment: year, month, day, hour, minute, second."""
    return (
        f"{date.year:4d} {date.month:2d} {date.day:2d} {second // 3600:2d} "
        f"{second % 3600 // 60:2d} {second % 60:11.8f}"
    )
