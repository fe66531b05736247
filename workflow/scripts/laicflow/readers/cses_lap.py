"""Langmuir-probe data of CSES-01 (LAP, sphere of 50 mm), level 2, HDF5.

Container: `cses_hdf5`. Electron density is A311 (m-3), electron temperature A321 (K); the codes,
units and the spacing of 3 s in survey are those that three independent readers of the files have.
The range of the instrument (5e2 to 1e7 cm-3, 500 to 10000 K) is that of its data centre; what lies
beyond, and what is the fill value, is masked. The first sample of a pass is known to be odd now
and then: `quality` marks it. The probe of 10 mm has the same variables and cannot be told apart
here.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import cses_hdf5, probe_table
from laicflow.readers.probe_table import Samples

NE, TE = "A311", "A321"
# Datasets that have to be there beside the times.
PLACES = ("GEO_LAT", "GEO_LON", "ALTITUDE")
_KELVIN = ("", "K", "KELVIN")
_WORK_MODES = (probe_table.SURVEY, probe_table.BURST)


def read(path: str | Path) -> pd.DataFrame:
    """The samples of a half-orbit, in the order of the file.

    Returns
    -------
    Table as `probe_table.make` has it (mission "cses", satellite "CSES"). Attributes beside those:
    orbit, direction, units (ne and te as they were found), software, payload.

    Raises
    ------
    FormatError : no HDF5 or a truncated one; datasets of LAP are missing (a file of another
        payload) or of different lengths; a unit that is unknown or that the densities contradict;
        a pass that flies against its ORBITTYPE; what `cses_hdf5.times` and `orbit` refuse
    """
    time, columns, work_mode, facts = _content(path)
    said, number, direction = (facts[key] for key in ("units", "orbit", "direction"))
    if said["te"].upper() not in _KELVIN:
        raise FormatError(path, None, f"{TE} in K", f"the unit {said['te']!r}")
    ne = columns[NE]
    if probe_table.density_unit(path, ne, said["ne"], NE) == "m-3":
        ne = ne * ne.dtype.type(probe_table.CM3_PER_M3)
    latitude = columns["GEO_LAT"]
    if direction == probe_table.NO_DIRECTION:
        flown: np.ndarray | int = probe_table.directions(time, latitude)
    else:
        probe_table.check_direction(path, latitude, direction, "ORBITTYPE")
        flown = direction
    samples = Samples(
        time=time,
        latitude=latitude,
        longitude=columns["GEO_LON"],
        altitude_km=columns["ALTITUDE"],
        ne=ne,
        te=columns[TE],
        orbit=number,
        direction=flown,
        work_mode=work_mode,
    )
    return probe_table.make(
        path, samples, probe_table.CSES_LIMITS, mission="cses", satellite="CSES", facts=facts
    )


def _content(
    path: str | Path,
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray | int, dict]:
    """What a file holds as it stands there: times, columns by name, work mode, and its facts."""
    with cses_hdf5.opened(path) as file:
        check_payload(file, path)
        time = cses_hdf5.times(file, path)
        held = {name: cses_hdf5.dataset(file, name, path) for name in (*PLACES, NE, TE)}
        columns = {name: cses_hdf5.values(one, path) for name, one in held.items()}
        for name, column in columns.items():
            if column.size != time.size:
                expected = f"{time.size} values of {name}, one a time"
                raise FormatError(path, None, expected, column.size)
        number, direction = cses_hdf5.orbit(file, path)
        facts = {
            "orbit": number,
            "direction": direction,
            "units": {"ne": cses_hdf5.unit(held[NE]), "te": cses_hdf5.unit(held[TE])},
            "software": str(cses_hdf5.attribute(file, "SOFTVERSION") or ""),
            "payload": str(cses_hdf5.attribute(file, "PAYLOADID") or ""),
        }
        return time, columns, _work_mode(file, path, time.size), facts


def half_orbit(path: str | Path) -> tuple[int, int, int]:
    """Orbit and direction of a file by its attributes alone, and 0 for the work mode; -1: not said.

    Raises
    ------
    FormatError : no HDF5 or a truncated one; what `cses_hdf5.orbit` refuses
    """
    with cses_hdf5.opened(path) as file:
        return *cses_hdf5.orbit(file, path), probe_table.NOT_KNOWN


def check_payload(file: h5py.File, path: str | Path) -> None:
    """Refuse a file of CSES that is not LAP's, or of no satellite at all.

    Raises
    ------
    FormatError : variables that LAP has are not there; says which are
    """
    own: list[bytes] = []
    file.id.links.iterate(own.append)
    missing = [name for name in (*PLACES, NE, TE) if name.encode() not in own]
    if missing:
        expected = f"{', '.join(missing)} of CSES's Langmuir probe"
        raise FormatError(path, None, expected, f"the variables {cses_hdf5.names_of(file)}")


def _work_mode(file: h5py.File, path: str | Path, size: int) -> np.ndarray | int:
    """The work mode of each sample where the file has it."""
    if not file.id.links.exists(b"WORKMODE"):
        return probe_table.NOT_KNOWN
    found = cses_hdf5.values(cses_hdf5.dataset(file, "WORKMODE", path), path)
    if found.size != size:
        raise FormatError(path, None, f"{size} values of WORKMODE, one a time", found.size)
    return np.where(np.isin(found, _WORK_MODES), found, probe_table.NOT_KNOWN)
