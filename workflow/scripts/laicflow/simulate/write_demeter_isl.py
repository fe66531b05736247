"""Write simulated half-orbits as level-1 files of DEMETER's Langmuir probe (ISL).

Layout: DEMETER Data Product Description (DMT-SP-9-CM-6054-LPC, edition 3, revision 3), sections 3.2
and 3.4, tables N1-2 to N1-6 and N1-35 to N1-38: records of 289 bytes, big-endian, no header. APID
1144 holds the survey of the whole half-orbit, 1143 the burst mode where there was one.

Magnetic coordinates and field are those of a centred dipole, without a path along field lines to
110 km: the conjugate points there are those on the satellite's shell. Attitude is left at unity.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from laicflow.errors import ConfigError
from laicflow.files import atomic_path
from laicflow.simulate.langmuir import BURST, CADENCE_S, Track
from laicflow.simulate.orbits import SPHERE_KM
from laicflow.simulate.plasma import POLE, dipole

DATA_TYPE = {1143: b"ISL BURST ", 1144: b"ISL SURVEY"}
# A record holds the number in two bytes.
MOST_ORBIT = 32767

# Fields by name: type and, where there are several, how many. One-byte fields keep all unaligned.
FIELDS: list[tuple] = [
    ("p_field", "u1"),
    ("days_1950", "u1", (3,)),
    ("milliseconds", ">u4"),
    ("ut", ">i2", (7,)),
    ("orbit", ">i2"),
    ("sub_orbit", ">i2"),
    ("station", "S8"),
    ("versions_1", "u1", (4,)),
    ("latitude", ">f4"),
    ("longitude", ">f4"),
    ("altitude", ">f4"),
    ("local_time", ">f4"),
    ("geomagnetic", ">f4", (2,)),
    ("mlt", ">f4"),
    ("invariant_latitude", ">f4"),
    ("l_value", ">f4"),
    ("conjugate", ">f4", (2,)),
    ("north_110", ">f4", (2,)),
    ("south_110", ">f4", (2,)),
    ("field_nt", ">f4", (3,)),
    ("gyrofrequency", ">f4"),
    ("sun", ">f4", (3,)),
    ("versions_2", "u1", (2,)),
    ("to_geographic", ">f4", (9,)),
    ("to_geomagnetic", ">f4", (9,)),
    ("attitude_quality", ">i2"),
    ("versions_3", "u1", (2,)),
    ("data_type", "S10"),
    ("housekeeping", "u1", (32,)),
    ("resolution", ">f4"),
    ("density_unit", "S5"),
    ("temperature_unit", "S5"),
    ("potential_unit", "S5"),
    ("ne", ">f4"),
    ("ni", ">f4"),
    ("te", ">f4"),
    ("plasma_potential", ">f4"),
    ("floating_potential", ">f4"),
    ("satellite_potential", ">f4"),
]
RECORD = np.dtype(FIELDS)
# Field of the dipole at the equator on the ground, nT; proton gyrofrequency in Hz of a nT.
EQUATOR_NT = 29873.0
PROTON_HZ = 0.015247


def write_demeter_isl(track: Track, folder: Path) -> list[Path]:
    """Write a half-orbit's files into `folder`; the same track gives the same bytes.

    Samples without a value are NaN, as no invalid value is documented.

    Returns
    -------
    Paths of `DMT_N1_<apid>_<orbit, 5 digits><1 ascending, 0 descending>_<start>_<end>.DAT`: of the
    survey, and of the burst mode where there are samples of it

    Raises
    ------
    ConfigError : the orbit's number does not fit a record
    """
    if not 0 <= track.orbit <= MOST_ORBIT:
        raise ConfigError(
            f"orbit {track.orbit} of DEMETER: its records hold 0 to {MOST_ORBIT}, 2004-06-29 to "
            "2010-08"
        )
    records = _records(track)
    burst = track.table["work_mode"].to_numpy() == BURST
    paths = []
    for apid, kept in ((1144, slice(None)), (1143, burst)):
        own = records[kept].copy()
        if not own.size:
            continue
        own["data_type"] = DATA_TYPE[apid]
        times = track.table["time"].to_numpy()[kept]
        half = f"{track.orbit:05d}{track.direction}"
        name = f"DMT_N1_{apid}_{half}_{_stamp(times[0])}_{_stamp(times[-1])}.DAT"
        with atomic_path(Path(folder) / name) as temporary:
            temporary.write_bytes(own.tobytes())
        paths.append(Path(folder) / name)
    return paths


def _records(track: Track) -> np.ndarray:
    """The records of all samples, without their type of data."""
    table = track.table
    records = np.zeros(len(table), RECORD)
    _fill_times(records, table["time"].to_numpy("datetime64[ms]"))
    records["orbit"], records["sub_orbit"] = track.orbit, track.direction
    records["station"] = b"TOULOUSE"
    for name in ("versions_1", "versions_2", "versions_3"):
        records[name] = 1
    records["latitude"] = table["latitude"]
    records["longitude"] = table["longitude"] % 360.0
    records["altitude"], records["local_time"] = table["altitude_km"], table["local_time"]
    _fill_magnetic(records, table)
    for name in ("to_geographic", "to_geomagnetic"):
        records[name] = np.eye(3).ravel()
    records["resolution"] = CADENCE_S["demeter"][0]
    records["density_unit"], records["temperature_unit"] = b"cm^-3", b"K    "
    records["potential_unit"] = b"V    "
    records["ne"], records["te"] = table["ne"], table["te"]
    # Fewer ions than electrons are reported, by about a sixth.
    records["ni"] = 0.83 * table["ne"]
    records["plasma_potential"], records["floating_potential"] = 1.0, -0.1
    records["satellite_potential"] = -0.1
    return records


def _fill_times(records: np.ndarray, times: np.ndarray) -> None:
    """Time in the two forms that a record has."""
    day = times.astype("datetime64[D]")
    number = (day - np.datetime64("1950-01-01")).astype("int64")
    milli = (times - day).astype("int64")
    records["p_field"] = 0x4C
    records["days_1950"] = np.stack([number >> 16, number >> 8 & 255, number & 255], axis=1)
    records["milliseconds"] = milli
    month = day.astype("datetime64[M]")
    parts = [
        month.astype("datetime64[Y]").astype("int64") + 1970,
        month.astype("int64") % 12 + 1,
        (day - month).astype("int64") + 1,
        milli // 3600000,
        milli // 60000 % 60,
        milli // 1000 % 60,
        milli % 1000,
    ]
    records["ut"] = np.stack(parts, axis=1)


def _fill_magnetic(records: np.ndarray, table) -> None:
    """What a centred dipole gives."""
    latitude, longitude = (table[name].to_numpy() for name in ("latitude", "longitude"))
    north, east = dipole(latitude, longitude)
    radius = (SPHERE_KM + table["altitude_km"].to_numpy()) / SPHERE_KM
    cosine2 = np.maximum(np.cos(np.radians(north)) ** 2, 1e-6)
    shell = np.minimum(radius / cosine2, 999.0)
    records["geomagnetic"] = np.stack([north, east % 360.0], axis=1)
    # Magnetic noon is where the Sun is, at the geographic longitude of local noon.
    noon = dipole(np.zeros(len(table)), longitude + 15 * (12.0 - table["local_time"].to_numpy()))
    records["mlt"] = (12.0 + (east - noon[1]) / 15.0) % 24.0
    records["invariant_latitude"] = np.degrees(np.arccos(np.minimum(1.0, shell**-0.5)))
    records["l_value"] = shell
    there = np.stack(_geographic(-north, east), axis=1)
    here = np.stack([latitude, longitude % 360.0], axis=1)
    records["conjugate"] = there
    records["north_110"] = np.where(north[:, None] >= 0, here, there)
    records["south_110"] = np.where(north[:, None] >= 0, there, here)
    strength = EQUATOR_NT / radius**3
    up, along = -2 * np.sin(np.radians(north)) * strength, np.sqrt(cosine2) * strength
    records["field_nt"] = np.stack([along, np.zeros(len(table)), -up], axis=1)
    records["gyrofrequency"] = PROTON_HZ * np.hypot(up, along)


def _geographic(north: np.ndarray, east: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Geographic latitude and longitude (0..360) of dipole coordinates, degrees."""
    lat, lon, pole = np.radians(north), np.radians(east), np.radians(POLE[0])
    sine = np.sin(pole) * np.sin(lat) - np.cos(pole) * np.cos(lat) * np.cos(lon)
    across = np.cos(lat) * np.sin(lon)
    toward = np.sin(pole) * np.cos(lat) * np.cos(lon) + np.cos(pole) * np.sin(lat)
    longitude = (np.degrees(np.arctan2(across, toward)) + POLE[1]) % 360.0
    return np.degrees(np.arcsin(np.clip(sine, -1, 1))), longitude


def _stamp(time: np.datetime64) -> str:
    """A time as names have it, to the second: YYYYMMDD_hhmmss."""
    return str(np.datetime64(time, "s")).replace("-", "").replace(":", "").replace("T", "_")
