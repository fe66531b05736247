"""Write simulated half-orbits as level-2 files of CSES-01's Langmuir probe (HDF5).

The container is that of the mission's real files (CSES-01 HPM, level 2): all data sets at the root,
one column each, 17-digit times, attributes on every set. Names, units and physical class of the
probe are those that its readers use: A311 is Ne in m-3, A321 is Te in K. The densities of DEMETER
and Swarm are in cm-3.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from laicflow.errors import ConfigError
from laicflow.files import atomic_path
from laicflow.simulate.langmuir import Track
from laicflow.simulate.plasma import dipole

# VERSE_TIME counts milliseconds from here, leap seconds left out.
VERSE_EPOCH = np.datetime64("2009-01-01", "ms")
FILL = -9999.0
# The size up to which an orbit's number fits the name.
MOST_ORBIT = 99999
# Data set: its type, long name, units and valid range.
SETS: dict[str, tuple[str, str, str, object]] = {
    "A311": ("f8", "Electron density", "m-3", (5e8, 1e13)),
    "A321": ("f8", "Electron temperature", "K", (500.0, 10000.0)),
    "ALTITUDE": ("f4", "Satellite altitude(Earth radius is 6371.2km)", "km", (0.0, 1000.0)),
    "GEO_LAT": ("f4", "Geographic coordinate latitude", "deg", (-90.0, 90.0)),
    "GEO_LON": ("f4", "Geographic coordinate longitude", "deg", (-180.0, 180.0)),
    "MAG_LAT": ("f4", "Dipole coordinates latitude", "deg", (-90.0, 90.0)),
    "MAG_LON": ("f4", "Dipole coordinates longitude", "deg", (-180.0, 180.0)),
    "UTC_TIME": (
        "i8",
        "Coordinated Universal Time",
        "YYYYMMDDHHMMSS.mmm",
        "20150101000000.000-20500101000000.000",
    ),
    "VERSE_TIME": ("i8", "2009-1-1 0:0:0", "ms", "--"),
    "WORKMODE": ("i4", "1: survey  2: burst", "none", (1.0, 2.0)),
}


def write_cses_lap(track: Track, folder: Path) -> Path:
    """Write a half-orbit's file into `folder`; the same track gives the same bytes.

    Returns
    -------
    Path of `CSES_01_LAP_1_L02_A3_<orbit, 5 digits><1 ascending, 0 descending>_<start>_<end>_000.h5`

    Raises
    ------
    ConfigError : the orbit's number does not fit the name
    """
    if not 0 <= track.orbit <= MOST_ORBIT:
        raise ConfigError(
            f"orbit {track.orbit} of CSES: its file names hold 0 to {MOST_ORBIT}; CSES was "
            "launched on 2018-02-02"
        )
    start, end = (_stamp(time) for time in (track.start, track.end))
    half = f"{track.orbit:05d}{track.direction}"
    path = Path(folder) / f"CSES_01_LAP_1_L02_A3_{half}_{start}_{end}_000.h5"
    columns = _columns(track)
    # The day after, as if it were made then: the hour of writing would change the bytes.
    made = np.bytes_(f"{np.datetime64(track.end, 'D') + 1} 00:00:00")
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["FREQRANGE"] = "LAP:DC"
        file.attrs["ORBITNUM"] = np.bytes_(f"{track.orbit:06d}")
        file.attrs["ORBITTYPE"] = np.bytes_(str(track.direction))
        file.attrs["PAYLOADID"] = "LAP_1"
        file.attrs["SAMPLERATE"] = "LAP:1/3Hz"
        file.attrs["SOFTVERSION"] = "V1.0"
        for name, (kind, title, units, valid) in SETS.items():
            values = columns[name].astype(kind)[:, None]
            data = file.create_dataset(name, data=values, track_times=False)
            _attribute(data, "FillValue", [FILL])
            _attribute(data, "GenerationDate", made)
            _attribute(data, "LongName", np.bytes_(title))
            _attribute(data, "Units", np.bytes_(units))
            text = isinstance(valid, str)
            _attribute(data, "ValidRange", np.bytes_(valid) if text else valid)
    return path


def _attribute(data: h5py.Dataset, name: str, value: object) -> None:
    """Give a data set an attribute; in a third of the time that `attrs` takes."""
    array = np.asarray(value)
    space = h5py.h5s.create_simple(array.shape) if array.shape else h5py.h5s.create(h5py.h5s.SCALAR)
    kind = h5py.h5t.py_create(array.dtype, logical=True)
    h5py.h5a.create(data.id, name.encode(), kind, space).write(array)


def _columns(track: Track) -> dict[str, np.ndarray]:
    """The values of all data sets."""
    table = track.table
    times = table["time"].to_numpy("datetime64[ms]")
    latitude, longitude = (table[name].to_numpy() for name in ("latitude", "longitude"))
    magnetic = dipole(latitude, longitude)
    return {
        "A311": np.nan_to_num(table["ne"].to_numpy() * 1e6, nan=FILL),
        "A321": np.nan_to_num(table["te"].to_numpy(), nan=FILL),
        "ALTITUDE": table["altitude_km"].to_numpy(),
        "GEO_LAT": latitude,
        "GEO_LON": longitude,
        "MAG_LAT": magnetic[0],
        "MAG_LON": magnetic[1],
        "UTC_TIME": _digits(times),
        "VERSE_TIME": (times - VERSE_EPOCH).astype("int64"),
        "WORKMODE": table["work_mode"].to_numpy(),
    }


def _digits(times: np.ndarray) -> np.ndarray:
    """Times as the 17-digit numbers YYYYMMDDhhmmssSSS."""
    day = times.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]").astype("int64") + 1970
    date = year * 10000 + (month.astype("int64") % 12 + 1) * 100
    date += (day - month).astype("int64") + 1
    milli = (times - day).astype("int64")
    clock = (milli // 3600000) * 10000 + (milli // 60000 % 60) * 100 + milli // 1000 % 60
    return (date * 1000000 + clock) * 1000 + milli % 1000


def _stamp(time: np.datetime64) -> str:
    """A time as names have it, to the second: YYYYMMDD_hhmmss."""
    return str(np.datetime64(time, "s")).replace("-", "").replace(":", "").replace("T", "_")
