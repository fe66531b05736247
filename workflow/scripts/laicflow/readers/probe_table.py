"""The table of Langmuir-probe samples that all missions share: places, masks, night, counts.

A reader decodes its format into `Samples`; `make` gives them the columns of `schema.PROBES`:

- longitudes -180 <= longitude < 180; local time is mean solar time, UT + longitude/15; night is
  where it is before 6 h or from 18 h on;
- `direction` is 1 on the way to the north, 0 to the south, -1 where it cannot be known; `orbit` is
  -1 where the format has none; `work_mode` is 1 in survey, 2 in burst, 0 where it is not known;
- densities in cm-3 and temperatures in K; what is not finite or beyond the limits of the instrument
  is NaN, and `quality` says so.

`quality` is a sum of bits: 1 the density is masked, 2 the temperature is, 4 the mission calls the
sample usable but noisy, 8 the first sample of a pass.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.internals import create_dataframe_from_blocks

from laicflow.errors import FormatError

NE_MASKED, TE_MASKED, NOISY, FIRST = 1, 2, 4, 8
NOT_KNOWN, SURVEY, BURST = 0, 1, 2
ASCENDING, DESCENDING, NO_DIRECTION = 1, 0, -1
NO_ORBIT = -1

# Altitudes are above this sphere (the ALTITUDE of CSES says so in its LongName).
RADIUS_KM = 6371.2

# A median density above the first can only be in m-3, below the second only in cm-3: the
# ionosphere between 400 and 900 km has 1e2 to 1e7 electrons in a cm3.
M3_ABOVE, CM3_BELOW = 1e8, 1e7
CM3_PER_M3 = 1e-6
_DENSITY = re.compile(r"(c?)m[^a-z0-9]*3(?![0-9])")

# Degrees by which a pass must move before its latitudes can contradict its direction.
_MOVES = 5.0
# Samples further apart than this do not tell the direction of each other.
_NEIGHBOURS = np.timedelta64(60, "s")
_DAY_US, _HOUR_US = 86_400_000_000, 3.6e9


@dataclass(frozen=True)
class Limits:
    """What an instrument can measure: least and greatest density (cm-3), temperature (K)."""

    ne: tuple[float, float]
    te: tuple[float, float]


# CSES: the instrument's range as its data centre publishes it. The others' documents give none.
CSES_LIMITS = Limits((5e2, 1e7), (500.0, 10000.0))
WIDE_LIMITS = Limits((1.0, 1e8), (100.0, 20000.0))


@dataclass
class Samples:
    """What a file holds, one value a sample in the order of the file, or one for all of them.

    Parameters
    ----------
    time : datetime64[us], NaT where the file has none
    latitude, longitude : degrees, longitudes from -180 to 180 or from 0 to 360; NaN where none
    altitude_km : above the sphere of `RADIUS_KM`
    ne, te : cm-3 and K, NaN where the file has none
    orbit, direction, work_mode : as the module says
    noisy : which samples the mission calls usable but noisy, None for no one
    first : which samples begin a pass; None for the first of the file
    """

    time: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    altitude_km: np.ndarray
    ne: np.ndarray
    te: np.ndarray
    orbit: np.ndarray | int
    direction: np.ndarray | int
    work_mode: np.ndarray | int = NOT_KNOWN
    noisy: np.ndarray | None = None
    first: np.ndarray | None = None


def make(
    path: str | Path,
    samples: Samples,
    limits: Limits,
    *,
    mission: str,
    satellite: str,
    facts: dict | None = None,
    counts: dict | None = None,
) -> pd.DataFrame:
    """The table of a file, its rows in the order of the file.

    Samples without time or place are left out, and counted.

    Returns
    -------
    Table of `schema.PROBES`. Attributes: mission, satellite, `facts`, and `counts`: `rows`,
    `no_place` (left out), `ne_masked`, `te_masked`, `noisy`, `wrapped` (longitudes from 180 on),
    `backwards` (steps back in time), and those that the reader gives.

    Raises
    ------
    FormatError : a latitude or longitude that is no place
    """
    rows = samples.time.size
    samples = _placed(samples)
    latitude = np.asarray(samples.latitude, dtype="float32")
    longitude = np.asarray(samples.longitude, dtype="float32")
    _check_range(path, "latitude", latitude, -90.0, 90.0)
    _check_range(path, "longitude", longitude, -180.0, 360.0)
    longitude, wrapped = _wrapped(longitude)
    ne, te, quality = _masked(samples, limits)
    local = local_time(samples.time, longitude)
    size = samples.time.size
    columns = {
        "time": samples.time,
        "latitude": latitude,
        "longitude": longitude,
        "altitude_km": np.asarray(samples.altitude_km, dtype="float32"),
        "local_time": local,
        "satellite": _texts(satellite, max(size - 1, 0).bit_length())[:size],
        "orbit": _column(samples.orbit, size, "int32"),
        "direction": _column(samples.direction, size, "int8"),
        "night": ((local >= 18.0) | (local < 6.0)).astype("int8"),
        "ne": ne,
        "te": te,
        "quality": quality,
        "work_mode": _column(samples.work_mode, size, "int8"),
    }
    table = _table(columns, size)
    told = {"rows": size, "no_place": rows - size, "wrapped": wrapped}
    for name, bit in (("ne_masked", NE_MASKED), ("te_masked", TE_MASKED), ("noisy", NOISY)):
        told[name] = int(np.count_nonzero(quality & bit))
    told["backwards"] = int(np.count_nonzero(np.diff(samples.time.view("int64")) < 0))
    said = {"mission": mission, "satellite": satellite, "file": Path(path).name}
    table.attrs = said | (facts or {}) | {"counts": told | (counts or {})}
    return table


def local_time(time: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Mean solar time in hours, 0 <= hours < 24, of datetime64[us] and degrees; float32."""
    hours = time.view("int64") % _DAY_US / _HOUR_US + longitude / 15.0
    local = (hours % 24.0).astype("float32")
    local[local >= 24.0] = 0.0  # 23.9999999 rounds up
    return local


def instants(parts: list[np.ndarray], path: str | Path, what: str) -> np.ndarray:
    """Times of years, months, days, hours, minutes, seconds, milliseconds; datetime64[us].

    A leap second counts as the first of the next day.

    Raises
    ------
    FormatError : a date or an hour that there is not; names `what` and the sample
    """
    year, month, day, hour, minute, second, ms = (
        part.astype("int64", copy=False) for part in parts
    )
    months = (year - 1970) * 12 + month - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").view("int64") + day - 1
    good = (1950 <= year) & (year < 2100) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= days.view("datetime64[D]").astype("datetime64[M]").view("int64") == months
    good &= (0 <= hour) & (hour < 24) & (0 <= minute) & (minute < 60)
    good &= (0 <= second) & (second <= 60) & (0 <= ms) & (ms < 1000)
    if not good.all():
        at = int(np.argmin(good))
        found = "-".join(str(int(part[at])) for part in parts)
        raise FormatError(path, None, f"a date and time in {what}", f"{found} in sample {at + 1}")
    total = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms
    return (total * 1000).view("datetime64[us]")


def density_unit(path: str | Path, values: np.ndarray, said: str, what: str) -> str:
    """The unit of densities, "cm-3" or "m-3": what the file says, held to their magnitude.

    Parameters
    ----------
    values : as they stand in the file; those that are not finite or not positive say nothing
    said : the unit as the file spells it, "" where it has none
    what : the variable, for the message

    Raises
    ------
    FormatError : an unknown unit, one that the magnitude contradicts, or no unit and a magnitude
        that fits either
    """
    match = _DENSITY.search(said.lower())
    if said.strip() and match is None:
        raise FormatError(path, None, f"{what} in cm-3 or m-3", f"the unit {said!r}")
    unit = "" if match is None else f"{match[1]}m-3"
    usable = values[(values > 0) & np.isfinite(values)]
    median = float(np.median(usable)) if usable.size else np.nan
    seen = "m-3" if median > M3_ABOVE else "cm-3" if median < CM3_BELOW else ""
    if unit and seen and unit != seen:
        found = f"a median of {median:.3g}, the magnitude of {seen}"
        raise FormatError(path, None, f"{what} in {unit}, as the file says", found)
    if not unit and not seen and usable.size:
        raise FormatError(path, None, f"a unit of {what}", f"none, and a median of {median:.3g}")
    return unit or seen or "cm-3"


def directions(time: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Whether a satellite flies north at each sample, by its neighbour's latitude; int8.

    The neighbour is the sample after it, or the one before where that is a minute away or more;
    without any the direction is not known.
    """
    if time.size < 2:
        return np.full(time.size, NO_DIRECTION, dtype="int8")
    steps = np.diff(latitude)
    near = (np.diff(time) < _NEIGHBOURS) & (steps != 0)
    found = np.where(near, (steps > 0).astype("int8"), np.int8(NO_DIRECTION))
    after = np.append(found, np.int8(NO_DIRECTION))
    before = np.insert(found, 0, np.int8(NO_DIRECTION))
    return np.where(after == NO_DIRECTION, before, after)


def check_direction(path: str | Path, latitude: np.ndarray, direction: int, what: str) -> None:
    """Refuse a pass whose latitudes contradict what the file says of its direction.

    Raises
    ------
    FormatError : it says ascending and flies south, or the other way round
    """
    known = latitude[np.isfinite(latitude)]
    if known.size < 2 or abs(known[-1] - known[0]) < _MOVES:
        return
    if (known[-1] > known[0]) != (direction == ASCENDING):
        says = "south to north" if direction == ASCENDING else "north to south"
        found = f"latitudes from {known[0]:.1f} to {known[-1]:.1f}"
        raise FormatError(path, None, f"a pass from {says}, as {what} says", found)


def _placed(samples: Samples) -> Samples:
    """The samples that have a time and a place."""
    keep = ~np.isnat(samples.time) & np.isfinite(samples.latitude) & np.isfinite(samples.longitude)
    if keep.all():
        return samples
    parts = {
        name: value[keep] if isinstance(value, np.ndarray) else value
        for name, value in vars(samples).items()
    }
    return Samples(**parts)


def _check_range(
    path: str | Path, what: str, values: np.ndarray, least: float, most: float
) -> None:
    """Refuse degrees that are no place."""
    wrong = (values < least) | (values > most)
    if wrong.any():
        at = int(np.argmax(wrong))
        found = f"{values[at]:g} in sample {at + 1}"
        raise FormatError(path, None, f"a {what} of {least:g} to {most:g} degrees", found)


def _wrapped(longitude: np.ndarray) -> tuple[np.ndarray, int]:
    """Longitudes below 180, and how many were not."""
    east = longitude >= 180.0
    count = int(np.count_nonzero(east))
    return (np.where(east, longitude - np.float32(360.0), longitude) if count else longitude), count


def _masked(samples: Samples, limits: Limits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Densities and temperatures with NaN where they are none, and the quality."""
    size = samples.time.size
    quality = np.zeros(size, dtype="int16")
    made = []
    for values, (least, most), bit in (
        (samples.ne, limits.ne, NE_MASKED),
        (samples.te, limits.te, TE_MASKED),
    ):
        values = np.asarray(values, dtype="float32")
        good = (values >= least) & (values <= most)  # NaN is neither
        made.append(np.where(good, values, np.float32(np.nan)))
        quality += ~good * np.int16(bit)
    if samples.noisy is not None:
        quality += samples.noisy * np.int16(NOISY)
    if samples.first is not None:
        quality += samples.first * np.int16(FIRST)
    elif size:
        quality[0] += FIRST
    return made[0], made[1], quality


def _column(value: np.ndarray | int, size: int, dtype: str) -> np.ndarray:
    """A column of one value or of one a sample."""
    if isinstance(value, np.ndarray):
        return value.astype(dtype)
    return np.full(size, value, dtype=dtype)


def _table(columns: dict[str, np.ndarray], size: int) -> pd.DataFrame:
    """A table of columns, those of a type in one block: a third of the time of pandas' own way."""
    values = list(columns.values())
    kinds: dict[object, list[int]] = {}
    for at, column in enumerate(values):
        # Blocks of pandas' own types hold one column each.
        plain = isinstance(column, np.ndarray)
        kinds.setdefault(column.dtype if plain else at, []).append(at)
    blocks = []
    for places in kinds.values():
        held = values[places[0]]
        if isinstance(held, np.ndarray):
            alone = len(places) == 1
            held = held.reshape(1, -1) if alone else np.stack([values[at] for at in places])
        blocks.append((held, np.array(places)))
    return create_dataframe_from_blocks(blocks, pd.RangeIndex(size), _names(tuple(columns)).copy())


@functools.cache
def _names(names: tuple[str, ...]) -> pd.Index:
    """The names of columns, to be copied: whoever renames them would rename those of others."""
    return pd.Index(names, dtype="str")


@functools.lru_cache(maxsize=16)
def _texts(text: str, power: int) -> pd.api.extensions.ExtensionArray:
    """2 ** power times the same text; files of about the same length share it."""
    return pd.array(pa.repeat(text, 2**power), dtype="str")
