"""Write simulated days as Swarm's level-1b Langmuir-probe files (CDF in a zip).

Names, types, units and flags: ESA, Swarm handbook, SW_EFIx_LP_1B, of the baselines up to 06 and
from 07 on, whose names differ. Samples of low density come from the low-gain probe, every 128th is
a duplicate taken in a sweep, and part of the temperatures fails by overflow, as in real files.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cdflib
import numpy as np

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.files import atomic_path
from laicflow.simulate import orbits
from laicflow.simulate.langmuir import Track

# Counter of a baseline's files: the last four digits of the name.
COUNTERS = {"06": "0602", "07": "0701"}
# Milliseconds from year 0 to 1970, which CDF_EPOCH counts from.
EPOCH_MS = 62_167_219_200_000.0
TYPES = {"epoch": 31, "double": 45, "uint1": 11, "uint2": 12, "int4": 4}
# Density (cm-3) below which the low-gain probe takes over: Flags_LP and the density's flag.
LOW_GAIN_NE = 3000.0
SWEEP_EVERY = 128
PLACEHOLDER = 1e10
# The time that all members of the zip carry.
ZIP_TIME = (2000, 1, 1, 0, 0, 0)
# Noise does not shrink: a higher level takes longer and gains little.
ZIP_LEVEL = 1


def write_swarm_lp(track: Track, folder: Path, *, baseline: str = "07", seed: int = 1) -> Path:
    """Write a day's file into `folder`; the same track, baseline and seed give the same bytes.

    Samples without a value are flagged unusable (40) and hold 0.

    Returns
    -------
    Path of `SW_OPER_EFI<A, B, C>_LP_1B_<first second>_<last second>_<0602 or 0701>.CDF.ZIP`, which
    holds `..._MDR_EFI_LP.cdf` and a header `.HDR`

    Raises
    ------
    ConfigError : another baseline
    """
    if baseline not in COUNTERS:
        raise ConfigError(f"baseline of Swarm is {baseline!r}, neither 06 nor 07")
    satellite = orbits.mission_of(track.mission).satellite
    last = track.end - np.timedelta64(1, "s")
    span = "_".join(_stamp(time) for time in (track.start, last))
    product = f"SW_OPER_EFI{satellite}_LP_1B_{span}_{COUNTERS[baseline]}"
    path = Path(folder) / f"{product}.CDF.ZIP"
    with tempfile.TemporaryDirectory(prefix="laicflow-") as scratch:
        cdf = Path(scratch) / f"{product}_MDR_EFI_LP.cdf"
        _write_cdf(track, cdf, product, baseline, seed)
        members = {cdf.name: cdf.read_bytes(), f"{product}.HDR": _header(product, track, last)}
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, ZIP_TIME)
            # Not of the system that writes: the bytes are the same on all.
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED, compresslevel=ZIP_LEVEL)
    return path


def _write_cdf(track: Track, path: Path, product: str, baseline: str, seed: int) -> None:
    """The CDF itself: zVariables alone, each with DESCRIPTION and UNITS."""
    spec = {"Majority": "row_major", "Encoding": 6, "Checksum": False, "Compressed": 0}
    with cdflib.cdfwrite.CDF(path, cdf_spec=spec) as file:
        file.write_globalattrs({"TITLE": {0: product}, "ORIGINAL_PRODUCT_NAMES": {0: product}})
        for name, kind, units, text, values in _variables(track, baseline, seed):
            variable = {
                "Variable": name,
                "Data_Type": TYPES[kind],
                "Num_Elements": 1,
                "Rec_Vary": True,
                "Dim_Sizes": [],
                "Compress": 0,
            }
            file.write_var(variable, {"DESCRIPTION": text, "UNITS": units}, values)


def _variables(track: Track, baseline: str, seed: int) -> Iterator[tuple]:
    """Name, type, units, description and values of all variables of a baseline."""
    table = track.table
    size = len(table)
    micros = table["time"].to_numpy("datetime64[us]").astype("int64")
    yield "Timestamp", "epoch", "UTC", "Time stamp", micros / 1e3 + EPOCH_MS
    yield "SyncStatus", "uint2", "-", "Synchronization status", np.zeros(size, "u2")
    position = "Position in ITRF - "
    latitude, longitude = (table[name].to_numpy() for name in ("latitude", "longitude"))
    radius = (table["altitude_km"].to_numpy() + orbits.SPHERE_KM) * 1e3
    yield "Latitude", "double", "deg", position + "Geocentric latitude", latitude
    yield "Longitude", "double", "deg", position + "Geocentric longitude", longitude
    yield "Radius", "double", "m", position + "Radius", radius
    speed = np.sqrt(orbits.GM * 1e9 / radius)
    yield "U_orbit", "double", "m/s", "Magnitude of spacecraft velocity in the ITRF", speed
    ne, te, probe, density_flag, temperature_flag = _flagged(track, baseline, seed)
    vs, error = np.full(size, -2.0), np.full(size, PLACEHOLDER)
    good = np.full(size, 20, "u1")
    if baseline == "06":
        yield "Ne", "double", "cm-3", "Plasma density (electron)", ne
        yield "Ne_error", "double", "cm-3", "Error of the plasma density estimate", error
        yield "Te", "double", "K", "Plasma electron temperature", te
        yield "Te_error", "double", "K", "Error of the electron temperature estimate", error
    else:
        none = np.zeros(size)
        yield "N_ion", "double", "cm-3", "Ion density", ne
        yield "dN_ion", "double", "cm-3", "Calibration parameter for ion density", 0.1 * ne
        yield "N_ion_error", "double", "cm-3", "Random error of the ion density (empty)", none
        yield "N_elec", "double", "cm-3", "Electron density", 0.8 * ne
        yield "N_elec_error", "double", "cm-3", "Random error of the density (empty)", none
        yield "T_elec", "double", "K", "Electron temperature", te
        yield "T_elec_error", "double", "K", "Random error of the temperature (empty)", none
        yield "dT_elec", "double", "K", "Calibration parameter for temperature", -0.1 * te
    yield "Vs", "double", "V", "Spacecraft potential", vs
    yield "Vs_error", "double", "V", "Error of the spacecraft potential estimate", error
    yield "Flags_LP", "uint1", "-", "Flags indicating the source of measurements", probe
    names = ("Ne", "Te") if baseline == "06" else ("N_ion", "T_elec")
    yield f"Flags_{names[0]}", "uint1", "-", "Flags of the density", density_flag
    if baseline != "06":
        yield "Flags_N_elec", "uint1", "-", "Flags of the electron density", density_flag
    yield f"Flags_{names[1]}", "uint1", "-", "Flags of the temperature", temperature_flag
    yield "Flags_Vs", "uint1", "-", "Flags of the spacecraft potential", good
    if baseline != "06":
        for name in ("Gamma1", "Gamma2"):
            yield name, "double", "deg", "Inclination of sunlight on a solar panel", np.zeros(size)
        for name in ("Flagbits1", "Flagbits2"):
            yield name, "int4", "-", "Flag table of the instrument", np.zeros(size, "i4")


def _flagged(track: Track, baseline: str, seed: int) -> tuple[np.ndarray, ...]:
    """Ne, Te, and the flags of probe, Ne and Te."""
    ne, te = (track.table[name].to_numpy() for name in ("ne", "te"))
    names = ("world", seed, "probes", track.mission, str(track.start), "flags")
    random = seeds.generator(*names)
    low = ne < LOW_GAIN_NE
    partly, overflow = (3, 12) if baseline == "06" else (5, 40)
    probe = np.where(low, partly, 1).astype("u1")
    micros = track.table["time"].to_numpy("datetime64[us]").astype("int64")
    sweep = (micros // 500_000) % SWEEP_EVERY == 0
    probe[sweep] = 9
    density = np.where(low, 30, 20).astype("u1")
    density[np.isnan(ne)] = 40
    # Overflow comes in stretches of a minute, a quarter of the time.
    minute = micros // 60_000_000
    first = int(minute[0])
    failed = random.random(int(minute[-1]) - first + 1) < 0.25
    temperature = np.where(failed[minute - first], overflow, 20).astype("u1")
    temperature[np.isnan(te)] = 40
    return np.nan_to_num(ne), np.nan_to_num(te), probe, density, temperature


def _header(product: str, track: Track, last: np.datetime64) -> bytes:
    """A header of the product: the file's name and its validity, without the rest of ESA's."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<Earth_Explorer_Header>",
        " <Fixed_Header>",
        f"  <File_Name>{product}</File_Name>",
        "  <Mission>Swarm</Mission>",
        "  <Validity_Period>",
        f"   <Validity_Start>UTC={np.datetime64(track.start, 's')}</Validity_Start>",
        f"   <Validity_Stop>UTC={np.datetime64(last, 's')}</Validity_Stop>",
        "  </Validity_Period>",
        " </Fixed_Header>",
        "</Earth_Explorer_Header>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _stamp(time: np.datetime64) -> str:
    """A time as names have it, to the second: YYYYMMDDThhmmss."""
    return str(np.datetime64(time, "s")).replace("-", "").replace(":", "")
