"""Components of the geomagnetic field, as observatories report them, to X, Y, Z and F.

X points to geographic north, Y to east, Z down; H is the horizontal intensity, D the declination
(east of north), I the inclination (down), F the total intensity. With these

    X = H cos D, Y = H sin D, tan I = Z / H, H = F cos I, Z = F sin I

(Jankowski and Sucksdorff 1996, Guide for magnetic measurements and observatory practice, IAGA,
section 1.2). A variometer set up along magnetic north gives H and E, the part to magnetic east;
a rotation by the declination D0 of its axis leads to

    X = H cos D0 - E sin D0, Y = H sin D0 + E cos D0.

S is an independent scalar F, and G = F(vector) - F(scalar) (INTERMAGNET Technical Manual, data
formats). All in nT, angles here in minutes of arc.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from pathlib import Path

import numpy as np

from laicflow.errors import FormatError

LETTERS = "XYZHDEIFSG"
ANGLES = "DI"
_ARCMIN = 60.0
# The field of the Earth is nowhere below 22,000 nT at the ground: less is no absolute level.
_LEAST_FIELD = 20000.0
# How far the vector may be from the scalar F before it cannot be at its level. Variation data
# without their last baselines are off by some 1 %.
_LEVEL = 0.05
_FAR = 1.0  # degrees of D from that of IGRF that are worth a flag


@dataclasses.dataclass(frozen=True)
class Place:
    """Where and when: degrees, metres (NaN where unknown: sea level), the year."""

    latitude: float
    longitude: float
    elevation_m: float
    year: int


@dataclasses.dataclass
class Vector:
    """X, Y, Z, F in nT (NaN where a component was not there), and how they came about."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    f: np.ndarray
    absolute: bool
    flags: list[str]


def igrf_declination(place: Place, path: str | Path = "IGRF") -> float:
    """Declination (degrees, east) of IGRF-14 in the middle of the year, by ppigrf.

    One value a year: a value for each file would put steps between the files of a year.

    Raises
    ------
    FormatError : IGRF-14 does not reach to that year
    """
    if not 1900 <= place.year <= 2029:
        raise FormatError(path, None, "a year of IGRF-14 (1900 to 2029)", place.year)
    height = 0.0 if np.isnan(place.elevation_m) else place.elevation_m / 1000.0
    return _igrf_declination(place.latitude, place.longitude, height, place.year)


@functools.lru_cache(maxsize=256)
def _igrf_declination(latitude: float, longitude: float, height_km: float, year: int) -> float:
    import ppigrf  # 0.3 s, which files in X, Y and Z need not wait for

    east, north, _ = ppigrf.igrf(longitude, latitude, height_km, dt.datetime(year, 7, 2))
    return float(np.degrees(np.arctan2(east.item(), north.item())))


def wrapped(degrees: float) -> float:
    """An angle as one of -180..180; one that is stays as it is, to the last digit."""
    if -180.0 <= degrees <= 180.0:
        return degrees
    return round((degrees + 180.0) % 360.0 - 180.0, 9)


def to_xyzf(
    columns: dict[str, np.ndarray],
    place: Place,
    path: str | Path,
    *,
    baseline: float | None = None,
    definitive: bool = False,
) -> Vector:
    """X, Y, Z and F from whatever components a file has.

    Parameters
    ----------
    columns : values by letter of `LETTERS`, one-dimensional, of one length, NaN where missing;
        nT, D and I in minutes of arc
    place : where and when
    path : the file, for messages
    baseline : declination of the instrument's axis (degrees) where the file gives one. HEZ are
        rotated by it (0, which headers also write for "none", is not one); D is counted from it,
        unless D alone is nearer to IGRF's
    definitive : definitive D is not compared with IGRF's

    Raises
    ------
    FormatError : the components give no X and Y, or an angle is no angle
    """
    columns, flags = dict(columns), []
    for letter in ANGLES:
        if letter in columns:
            _check_angle(columns[letter], letter, path)
    scalar = columns.get("F", columns.get("S"))
    if "H" not in columns and "I" in columns and scalar is not None:
        columns["H"] = scalar * np.cos(_radians(columns["I"]))
        flags.append("H from F, I")
    oriented = True
    if "X" in columns and "Y" in columns:
        x, y = columns["X"], columns["Y"]
    elif "H" in columns and "D" in columns:
        d = _radians(_declination(columns["D"], baseline, place, path, flags, definitive))
        x, y = columns["H"] * np.cos(d), columns["H"] * np.sin(d)
        flags.append("X, Y from H, D")
    elif "H" in columns and "E" in columns:
        angle, oriented = _axis(baseline, place, path, flags)
        x = columns["H"] * np.cos(angle) - columns["E"] * np.sin(angle)
        y = columns["H"] * np.sin(angle) + columns["E"] * np.cos(angle)
    else:
        raise FormatError(path, None, "X and Y, H and D, H and E, or D, I and F", "".join(columns))
    z = _vertical(columns, scalar, flags, len(x))
    level = _has_level(x, y, z, scalar)
    return Vector(x, y, z, _total(columns, (x, y, z), flags), oriented and level, flags)


def _check_angle(values: np.ndarray, letter: str, path: str | Path) -> None:
    """Refuse minutes of arc beyond a circle (I: a quarter of it), which are another unit."""
    most = (360.0 if letter == "D" else 90.0) * _ARCMIN
    with np.errstate(invalid="ignore"):
        wrong = np.abs(values) > most
    if wrong.any():
        expected = f"{letter} in minutes of arc, {most:.0f} at most"
        raise FormatError(path, None, expected, float(values[wrong][0]))


def _radians(arcmin: np.ndarray) -> np.ndarray:
    return np.radians(arcmin / _ARCMIN)


def _declination(
    d: np.ndarray,
    baseline: float | None,
    place: Place,
    path: str | Path,
    flags: list[str],
    definitive: bool,
) -> np.ndarray:
    """Declination from north (minutes of arc), from D as reported."""
    if not np.isfinite(d).any() or (definitive and not baseline):
        return d
    typical = float(np.nanmedian(d)) / _ARCMIN
    expected = igrf_declination(place, path)
    off = abs(wrapped(typical - expected))
    if baseline:
        counted = abs(wrapped(typical + baseline - expected))
        if counted <= off:
            off, d = counted, d + baseline * _ARCMIN
            flags.append(f"D counted from the declination baseline {baseline:.3f} deg")
        else:
            flags.append(f"D without the declination baseline {baseline:.3f} deg")
    if off > _FAR and not definitive:
        flags.append(f"D {off:.1f} deg from that of IGRF-14")
    return d


def _axis(
    baseline: float | None, place: Place, path: str | Path, flags: list[str]
) -> tuple[float, bool]:
    """Declination of the axis of H and E (radians), and whether the file gives it."""
    if baseline:
        flags.append(f"orientation: rotated by the declination baseline {baseline:.3f} deg")
        return float(np.radians(baseline)), True
    angle = igrf_declination(place, path)
    flags.append(f"orientation: rotated by the declination {angle:.3f} deg of IGRF-14")
    return float(np.radians(angle)), False


def _vertical(
    columns: dict[str, np.ndarray], scalar: np.ndarray | None, flags: list[str], size: int
) -> np.ndarray:
    """Z as reported, or from I and H or F; NaN where nothing gives it."""
    if "Z" in columns:
        return columns["Z"]
    if "I" in columns and scalar is not None:
        flags.append("Z from F, I")
        return scalar * np.sin(_radians(columns["I"]))
    if "I" in columns and "H" in columns:
        flags.append("Z from H, I")
        return columns["H"] * np.tan(_radians(columns["I"]))
    return np.full(size, np.nan)


def _total(
    columns: dict[str, np.ndarray], vector: tuple[np.ndarray, ...], flags: list[str]
) -> np.ndarray:
    """F as reported, or from S, or from the vector and G; NaN where nothing gives it."""
    if "F" in columns:
        return columns["F"]
    if "S" in columns:
        flags.append("F from S")
        return columns["S"]
    if "G" in columns:
        flags.append("F from X, Y, Z, G")
        return np.sqrt(sum(one**2 for one in vector)) - columns["G"]
    return np.full(len(vector[0]), np.nan)


def _has_level(x: np.ndarray, y: np.ndarray, z: np.ndarray, scalar: np.ndarray | None) -> bool:
    """Whether the vector has the size of the Earth's field, and of the scalar beside it.

    Without a whole vector nothing speaks against it.
    """
    length = np.sqrt(x**2 + y**2 + z**2)
    if not np.isfinite(length).any():
        return True
    if np.nanmedian(length) < _LEAST_FIELD:
        return False
    if scalar is None:
        return True
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.abs(length / scalar - 1.0)
    return bool(np.isnan(share).all() or np.nanmedian(share) <= _LEVEL)
