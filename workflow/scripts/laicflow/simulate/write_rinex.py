"""Writing of simulated observations as RINEX 3.05 or 2.11, plain or compressed after Hatanaka.

Header records have their label in columns 61 to 80. An observation is F14.3, a flag of lost lock
and a digit of strength: in RINEX 3 all of a satellite in one line, in RINEX 2 five a line. Names,
and what archives compress, are those of the IGS: `SSSS00CCC_R_yyyyddd0000_01D_30S_MO.crx.gz` and
`ssssddd0.yyd.Z` (IGS RINEX 3.05, 2020, appendix 1 and table A1; RINEX 2.11, 2007, tables A1, A2).
"""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import hatanaka
import ncompress
import numpy as np

from laicflow.errors import ConfigError
from laicflow.files import atomic_path
from laicflow.simulate import gnss_orbits as orbits
from laicflow.simulate.gnss_receiver import Observed

VERSIONS = ("3.05", "2.11")
PACKINGS = ("hatanaka", "plain")
# Order of the observables, and what they are called in RINEX 2.
NAMES = {
    "3.05": ("C1C", "L1C", "S1C", "C1W", "C2W", "L2W", "S2W"),
    "2.11": ("C1C", "C1W", "C2W", "L1C", "L2W"),
}
OLD_NAMES = {"C1C": "C1", "C1W": "P1", "C2W": "P2", "L1C": "L1", "L2W": "L2"}
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
STRENGTH = {"L1C": "S1C", "L2W": "S2W"}
NOTE = "Simulated by laicflow: not an observation."


def file_name(observed: Observed, *, version: str, packing: str) -> str:
    """The name under which an archive would have a day of a station."""
    date, code = observed.date, observed.station.code
    day = date.timetuple().tm_yday
    if version == "2.11":
        kind = "d.Z" if packing == "hatanaka" else "o"
        return f"{code[:4].lower()}{day:03d}0.{date.year % 100:02d}{kind}"
    suffix = "crx.gz" if packing == "hatanaka" else "rnx"
    return f"{code}_R_{date.year}{day:03d}0000_01D_{_period(observed.interval_s)}_MO.{suffix}"


def write_rinex(
    observed: Observed, folder: Path, *, version: str = "3.05", packing: str = "hatanaka"
) -> Path:
    """Write a day of a station and give the path of its file.

    Raises
    ------
    ConfigError : version or packing is unknown
    """
    if version not in VERSIONS or packing not in PACKINGS:
        raise ConfigError(f"RINEX {version!r}, {packing!r} cannot be written")
    path = Path(folder) / file_name(observed, version=version, packing=packing)
    content = rinex_text(observed, version=version).encode("ascii")
    if packing == "hatanaka":
        content = _compressed(content, observed.date, ".Z" if version == "2.11" else ".gz")
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return path


def rinex_text(observed: Observed, *, version: str = "3.05") -> str:
    """The text of a day's file; epochs without a satellite are left out."""
    names = [name for name in NAMES[version] if name in observed.values]
    fields = _fields(observed, names)
    tracked = np.isfinite(observed.values["L1C"])
    header = _header_3 if version == "3.05" else _header_2
    lines = [header(observed, names)]
    calendar = [_calendar(time) for time in observed.times]
    rows, columns = np.nonzero(tracked)
    bounds = np.searchsorted(rows, np.arange(observed.times.size + 1))
    satellites = [f"G{number + 1:02d}" for number in range(tracked.shape[1])]
    for at, moment in enumerate(calendar):
        own = range(bounds[at], bounds[at + 1])
        if not own:
            continue
        seen = [satellites[columns[k]] for k in own]
        if version == "3.05":
            lines.append(_epoch_3(moment, len(seen)))
            lines += [
                satellite + "".join(fields[k]).rstrip() + "\n"
                for satellite, k in zip(seen, own, strict=True)
            ]
        else:
            lines.append(_epoch_2(moment, seen))
            lines += [_lines_2(fields[k]) for k in own]
    return "".join(lines)


def _fields(observed: Observed, names: list[str]) -> list[list[str]]:
    """Sixteen characters of each observable of each tracked satellite, in order of time."""
    seen = np.nonzero(np.isfinite(observed.values["L1C"]))
    lost = observed.lost[seen]
    columns = []
    for name in names:
        values = [f"{value:14.3f}" for value in observed.values[name][seen].tolist()]
        tail = np.full(lost.size, "  ")
        if name in STRENGTH:
            power = observed.values[STRENGTH[name]][seen]
            digit = np.clip(power // 6, 1, 9).astype(int).astype(str)
            tail = np.char.add(np.where(lost, "1", " "), digit)
        columns.append([value + end for value, end in zip(values, tail.tolist(), strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def _lines_2(fields: list[str]) -> str:
    """Five observables a line."""
    lines = ("".join(fields[k : k + 5]).rstrip() for k in range(0, len(fields), 5))
    return "".join(line + "\n" for line in lines)


def _epoch_3(moment: tuple, count: int) -> str:
    """The line before the satellites of an epoch."""
    year, month, day, hour, minute, second = moment
    return (
        f"> {year:04d} {month:02d} {day:02d} {hour:02d} {minute:02d}{second:11.7f}  0{count:3d}\n"
    )


def _epoch_2(moment: tuple, seen: list[str]) -> str:
    """The line or lines before the satellites of an epoch, twelve names a line."""
    year, month, day, hour, minute, second = moment
    head = f" {year % 100:02d} {month:2d} {day:2d} {hour:2d} {minute:2d}{second:11.7f}  0"
    parts = ["".join(seen[k : k + 12]) for k in range(0, len(seen), 12)]
    return f"{head}{len(seen):3d}" + ("\n" + " " * 32).join(parts) + "\n"


def _header_3(observed: Observed, names: list[str]) -> str:
    """The header of RINEX 3.05."""
    station = observed.station
    rows = [
        (f"{3.05:9.2f}{'':11}{'OBSERVATION DATA':20}{'M (MIXED)':20}", "RINEX VERSION / TYPE"),
        (f"{'laicflow simulate':20}{'SIMULATED':20}{_made(observed)}", "PGM / RUN BY / DATE"),
        (NOTE, "COMMENT"),
        (station.code, "MARKER NAME"),
        (station.domes, "MARKER NUMBER"),
        ("GEODETIC", "MARKER TYPE"),
        *_instruments(observed),
        (f"G{len(names):5d}" + "".join(f" {name}" for name in names), "SYS / # / OBS TYPES"),
        ("DBHZ", "SIGNAL STRENGTH UNIT"),
        (f"{observed.interval_s:10.3f}", "INTERVAL"),
        *_ends(observed),
        ("G L1C", "SYS / PHASE SHIFT"),
        ("G L2W", "SYS / PHASE SHIFT"),
        (f"{orbits.leap_seconds(observed.date):6d}", "LEAP SECONDS"),
        ("", "END OF HEADER"),
    ]
    return "".join(_record(content, label) for content, label in rows)


def _header_2(observed: Observed, names: list[str]) -> str:
    """The header of RINEX 2.11."""
    types = "".join(f"{OLD_NAMES[name]:>6}" for name in names)
    rows = [
        (f"{2.11:9.2f}{'':11}{'OBSERVATION DATA':20}{'G (GPS)':20}", "RINEX VERSION / TYPE"),
        (f"{'laicflow simulate':20}{'SIMULATED':20}{_made(observed)}", "PGM / RUN BY / DATE"),
        (NOTE, "COMMENT"),
        (observed.station.code[:4], "MARKER NAME"),
        (observed.station.domes, "MARKER NUMBER"),
        *_instruments(observed),
        (f"{1:6d}{1:6d}", "WAVELENGTH FACT L1/2"),
        (f"{len(names):6d}{types}", "# / TYPES OF OBSERV"),
        (f"{observed.interval_s:10.3f}", "INTERVAL"),
        *_ends(observed),
        (f"{orbits.leap_seconds(observed.date):6d}", "LEAP SECONDS"),
        ("", "END OF HEADER"),
    ]
    return "".join(_record(content, label) for content, label in rows)


def _instruments(observed: Observed) -> list[tuple[str, str]]:
    """Observer, receiver, antenna and where it stands."""
    own = observed.station
    place = orbits.on_ground(own.latitude, own.longitude, own.height_m) * 1e3
    return [
        (f"{'SIMULATED':20}{'laicflow':40}", "OBSERVER / AGENCY"),
        (f"{'1':20}{'SIMULATED':20}{'1.0':20}", "REC # / TYPE / VERS"),
        (f"{'1':20}{'SIMULATED       NONE':20}", "ANT # / TYPE"),
        ("".join(f"{value:14.4f}" for value in place), "APPROX POSITION XYZ"),
        ("".join(f"{0.0:14.4f}" for _ in range(3)), "ANTENNA: DELTA H/E/N"),
    ]


def _ends(observed: Observed) -> list[tuple[str, str]]:
    """First and last epoch."""
    seen = observed.times[np.isfinite(observed.values["L1C"]).any(axis=1)]
    rows = []
    for time, label in ((seen[:1], "TIME OF FIRST OBS"), (seen[-1:], "TIME OF LAST OBS")):
        for moment in time:
            year, month, day, hour, minute, second = _calendar(moment)
            numbers = f"{year:6d}{month:6d}{day:6d}{hour:6d}{minute:6d}{second:13.7f}"
            rows.append((f"{numbers}     GPS", label))
    return rows


def _calendar(time: np.datetime64) -> tuple[int, int, int, int, int, float]:
    """Year, month, day, hour, minute, second."""
    moment = time.astype("datetime64[us]").item()
    second = moment.second + moment.microsecond / 1e6
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, second


def _period(interval_s: float) -> str:
    """The sampling as file names have it."""
    if interval_s >= 60 and interval_s % 60 == 0:
        return f"{interval_s / 60:02.0f}M"
    if interval_s < 1:
        return f"{1 / interval_s:02.0f}Z"
    return f"{interval_s:02.0f}S"


def _made(observed: Observed) -> str:
    """The day itself stands for the time of the run, which must not change the bytes."""
    return f"{observed.date:%Y%m%d} 000000 UTC "


def _compressed(content: bytes, date: dt.date, suffix: str) -> bytes:
    """Hatanaka's compression and the archive's; the same text gives the same bytes."""
    packed = hatanaka.rnx2crx(content)
    # The second line holds the time of compressing in columns 41 to 60: the day stands for it.
    first, second, rest = packed.split(b"\n", 2)
    made = f"{date.day:02d}-{MONTHS[date.month - 1]}-{date:%y} 00:00"
    second = second[:40] + made.encode("ascii").ljust(20) + second[60:]
    packed = b"\n".join([first, second, rest])
    return ncompress.compress(packed) if suffix == ".Z" else gzip.compress(packed, 6, mtime=0)


def _record(content: str, label: str) -> str:
    """A header record: content in columns 1 to 60, label in 61 to 80."""
    return f"{content:60.60}{label:20}\n"
