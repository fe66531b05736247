"""Writing of simulated maps as IONEX 1.0 (Schaer, Gurtner & Feltens 1998).

Every record has its label in columns 61 to 80; values are integers of 0.1 TECU in I5, 16 a line,
9999 where there is none. All TEC maps come first, then all RMS maps, as in CODE's files.
"""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import ncompress
import numpy as np

from laicflow import seeds
from laicflow.files import atomic_path
from laicflow.simulate.ionosphere import DayMaps

EXPONENT = -1
MISSING = 9999
VALUES_PER_LINE = 16
# Last day of CODE's short names and of Unix compress (GPS week 2237).
SHORT_NAMES_UNTIL = dt.date(2022, 11, 26)
SATELLITES = 32
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
STATIONS = ("SIMA", "SIMB", "SIMC")

DESCRIPTION = [
    "Simulated by laicflow: not an observation. Monthly medians",
    "of PyIRI times day-to-day, storm and hourly factors; no",
    "earthquake has any influence on these maps. The stations",
    "and the biases are invented.",
]
# The same of a world with a planted precursor.
PLANTED = [
    DESCRIPTION[0],
    "of PyIRI times day-to-day, storm and hourly factors, and a",
    "wave planted on the days before earthquakes. The stations",
    "and the biases are invented.",
]


def file_name(date: dt.date) -> str:
    """The name under which CODE would publish the final map of a day."""
    day = date.timetuple().tm_yday
    if date <= SHORT_NAMES_UNTIL:
        return f"CODG{day:03d}0.{date.year % 100:02d}I.Z"
    return f"COD0OPSFIN_{date.year}{day:03d}0000_01D_01H_GIM.INX.gz"


def write_ionex(
    maps: DayMaps,
    latitude: np.ndarray,
    longitude: np.ndarray,
    folder: Path,
    *,
    seed: int,
    height_km: float = 450.0,
    planted: bool = False,
) -> Path:
    """Write one day's file, compressed as its date asks, and give its path."""
    text = ionex_text(
        maps, latitude, longitude, seed=seed, height_km=height_km, planted=planted
    ).encode("ascii")
    path = Path(folder) / file_name(maps.date)
    # Without a time of writing the same maps give the same bytes.
    packed = ncompress.compress(text) if path.suffix == ".Z" else gzip.compress(text, 6, mtime=0)
    with atomic_path(path) as temporary:
        temporary.write_bytes(packed)
    return path


def ionex_text(
    maps: DayMaps,
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    seed: int,
    height_km: float = 450.0,
    planted: bool = False,
) -> str:
    """The text of a day's file.

    Parameters
    ----------
    maps : hours, `tec` and `rms` (TECU, shape (hour, latitude, longitude); NaN where missing)
    latitude, longitude : the grid, degrees, evenly spaced
    seed : of the invented instrument biases
    height_km : of the single layer
    planted : whether the maps hold a planted precursor, which the header then says
    """
    description = PLANTED if planted else DESCRIPTION
    blocks = [_header(maps, latitude, longitude, seed, height_km, description)]
    for kind, values in (("TEC", maps.tec), ("RMS", maps.rms)):
        counts = _counts(values)
        for number, (hour, table) in enumerate(zip(maps.hours, counts, strict=True), start=1):
            blocks.append(_record(f"{number:6d}", f"START OF {kind} MAP"))
            blocks.append(_record(_epoch(maps.date, int(hour)), "EPOCH OF CURRENT MAP"))
            blocks.append(_table(table, latitude, longitude, height_km))
            blocks.append(_record(f"{number:6d}", f"END OF {kind} MAP"))
    blocks.append(_record("", "END OF FILE"))
    return "".join(blocks)


def _header(
    maps: DayMaps,
    latitude: np.ndarray,
    longitude: np.ndarray,
    seed: int,
    height: float,
    description: list[str],
) -> str:
    """The header with its auxiliary block of differential code biases."""
    step = int(maps.hours[1] - maps.hours[0])
    # The day itself stands for the time of the run, which must not change the bytes.
    made = f"{maps.date:%d}-{MONTHS[maps.date.month - 1]}-{maps.date:%y} 00:00"
    day = maps.date.timetuple().tm_yday
    rows = [
        (f"{1.0:8.1f}{'':12}{'IONOSPHERE MAPS':20}{'GNSS':20}", "IONEX VERSION / TYPE"),
        (f"{'laicflow simulate':20}{'SIMULATED':20}{made:20}", "PGM / RUN BY / DATE"),
        (f"SIMULATED IONOSPHERE MAPS FOR DAY {day:03d}, {maps.date.year}", "COMMENT"),
        *((line, "DESCRIPTION") for line in description),
        (_epoch(maps.date, int(maps.hours[0])), "EPOCH OF FIRST MAP"),
        (_epoch(maps.date, int(maps.hours[-1])), "EPOCH OF LAST MAP"),
        (f"{step * 3600:6d}", "INTERVAL"),
        (f"{len(maps.hours):6d}", "# OF MAPS IN FILE"),
        ("  NONE", "MAPPING FUNCTION"),
        (f"{10.0:8.1f}", "ELEVATION CUTOFF"),
        ("Simulated", "OBSERVABLES USED"),
        (f"{len(STATIONS):6d}", "# OF STATIONS"),
        (f"{SATELLITES:6d}", "# OF SATELLITES"),
        (f"{6371.0:8.1f}", "BASE RADIUS"),
        (f"{2:6d}", "MAP DIMENSION"),
        (f"  {height:6.1f}{height:6.1f}{0.0:6.1f}", "HGT1 / HGT2 / DHGT"),
        (f"  {_limits(latitude)}", "LAT1 / LAT2 / DLAT"),
        (f"  {_limits(longitude)}", "LON1 / LON2 / DLON"),
        (f"{EXPONENT:6d}", "EXPONENT"),
        (f"TEC/RMS values in 0.1 TECU; {MISSING}, if no value available", "COMMENT"),
        ("DIFFERENTIAL CODE BIASES", "START OF AUX DATA"),
        *_biases(seed),
        ("DIFFERENTIAL CODE BIASES", "END OF AUX DATA"),
        ("", "END OF HEADER"),
    ]
    return "".join(_record(content, label) for content, label in rows)


def _biases(seed: int) -> list[tuple[str, str]]:
    """Invented P1-P2 biases (ns); those of the satellites have zero mean, as CODE's have."""
    random = seeds.generator("world", seed, "biases")
    satellites = random.normal(0, 4, SATELLITES)
    satellites -= satellites.mean()
    receivers = random.normal(0, 10, len(STATIONS))
    rows = [
        (f"   G{number:02d}{bias:10.3f}{0.007:10.3f}", "PRN / BIAS / RMS")
        for number, bias in enumerate(satellites, start=1)
    ]
    for number, (name, bias) in enumerate(zip(STATIONS, receivers, strict=True), start=1):
        station = f"{name} {90000 + number:05d}M001"
        rows.append((f"   G  {station:20}{bias:10.3f}{0.05:10.3f}", "STATION / BIAS / RMS"))
    return rows


def _counts(values: np.ndarray) -> np.ndarray:
    """TECU as whole units of 10^EXPONENT, `MISSING` where there is no number."""
    units = np.round(values / 10.0**EXPONENT)
    return np.where(np.isfinite(units), np.clip(units, 0, MISSING - 1), MISSING).astype(int)


def _table(counts: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, height: float) -> str:
    """The rows of one map, each latitude with its own record."""
    row = _row_format(longitude.size)
    across = _limits(longitude)
    parts = []
    for value, numbers in zip(latitude, counts.tolist(), strict=True):
        parts.append(_record(f"  {value:6.1f}{across}{height:6.1f}", "LAT/LON1/LON2/DLON/H"))
        parts.append(row % tuple(numbers))
    return "".join(parts)


def _row_format(count: int) -> str:
    """A format for `count` values in I5, 16 a line."""
    lines = [min(VALUES_PER_LINE, count - at) for at in range(0, count, VALUES_PER_LINE)]
    return "".join("%5d" * number + "\n" for number in lines)


def _limits(axis: np.ndarray) -> str:
    """First and last value and step of an axis, 3F6.1."""
    return f"{axis[0]:6.1f}{axis[-1]:6.1f}{axis[1] - axis[0]:6.1f}"


def _epoch(date: dt.date, hour: int) -> str:
    """An epoch, 6I6; 24 h is 0 h of the next day."""
    date, hour = date + dt.timedelta(days=hour // 24), hour % 24
    return f"{date.year:6d}{date.month:6d}{date.day:6d}{hour:6d}{0:6d}{0:6d}"


def _record(content: str, label: str) -> str:
    """A header record: content in columns 1 to 60, label in 61 to 80."""
    return f"{content:60.60}{label:20}\n"
