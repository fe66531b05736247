"""Langmuir-probe data of Swarm, level 1b, EFIx_LP_1B: a CDF a day, 2 Hz, in a zip or plain.

Format: ESA, Swarm handbook, SW_EFIx_LP_1B (variables and table 6-4, flags), of the baselines up to
06 and from 07 on. The names changed with baseline 07; the density taken there is N_ion, which
continues the Ne of the baselines before: both are made from the ion current. No correction
(dN_ion, dT_elec) is added.

What the flags do here:

- Flags_LP 9 (a duplicate while the probe sweeps): the sample is left out, and counted. 1 is good;
  3 (up to 06: partly the low-gain probe) and 5 (07: mixed gain) stay and are marked noisy; others
  are masked.
- The flag of the density: 10, 19, 20, and 21 of 07, are nominal; 30 (low gain, a larger error)
  stays and is marked noisy; 22, 23 (an artificial spike), 40 (negative or unusable) and others
  mask the density.
- The flag of the temperature: 10, 19, 20, and 21 of 07, are nominal, 30 of 07 (low gain) stays and
  is marked noisy; for all others (up to 06: overflow at 12, 15, 22, 25, failed tracking at 32, 35,
  extremes at 36, 40 to 46) the document recommends to discard: the temperature is masked.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cdflib
import numpy as np
import pandas as pd

from laicflow import packing
from laicflow.errors import FormatError
from laicflow.readers import bounded_cdf, probe_table, raw
from laicflow.readers.probe_table import Samples

ZIP = b"PK\x03\x04"
# CDF 3, CDF 2.6 and later, CDF before 2.6.
MAGIC = (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02", b"\x00\x00\xff\xff")
PRODUCT = re.compile(r"SW_[A-Z]{4}_EFI([ABC])_LP_1B")
SWEEP, GOOD = 9, 1
LOW_GAIN = 30
_EPOCH_KIND = 31
# Milliseconds from year 0 to 1970, which CDF_EPOCH counts from.
_EPOCH_MS = 62_167_219_200_000.0


@dataclass(frozen=True)
class Baseline:
    """The names of a baseline, and which of its flags are taken."""

    name: str
    ne: str
    te: str
    partly: int  # Flags_LP of samples that are partly of the low-gain probe
    nominal: tuple[int, ...]
    te_low_gain: tuple[int, ...]


BASELINES = (
    Baseline("07", "N_ion", "T_elec", 5, (10, 19, 20, 21), (LOW_GAIN,)),
    Baseline("06", "Ne", "Te", 3, (10, 19, 20), ()),
)


def read(path: str | Path) -> pd.DataFrame:
    """The samples of a day of one satellite, in the order of the file.

    Returns
    -------
    Table as `probe_table.make` has it (mission "swarm", satellite "A", "B" or "C", orbit -1; the
    first sample of a pass is that at which the satellite turns). Attributes beside those: baseline
    ("06" stands for all up to it), density (the variable that was taken), units; counts: sweeps
    (samples left out), ne_flagged, te_flagged.

    Raises
    ------
    FormatError : the zip or the CDF is damaged, or more comes out of it than of a real file;
        variables of the Langmuir probe are missing (a file of another instrument), of different
        lengths or in another unit; the satellite is not said, or the name says another one than
        the file does
    """
    with opened(path) as (cdf, inside):
        info = cdf.cdf_info()
        names = {*info.zVariables, *info.rVariables}
        baseline = baseline_of(names, path)
        wanted = [
            *("Latitude", "Longitude", "Radius", baseline.ne, baseline.te, "Flags_LP"),
            *(f"Flags_{name}" for name in (baseline.ne, baseline.te)),
        ]
        missing = [name for name in ("Timestamp", *wanted) if name not in names]
        if missing:
            expected = f"the variables {', '.join(missing)}"
            raise FormatError(path, None, expected, ", ".join(sorted(names)))
        satellite = _satellite(cdf, names, path, inside)
        time = _times(cdf, path)
        values = {name: _values(cdf, name, time.size, path) for name in wanted}
        units = {name: _unit(cdf, name) for name in (baseline.ne, baseline.te, "Radius")}
    return table_of(path, baseline, satellite, time, values, units)


def table_of(
    path: str | Path,
    baseline: Baseline,
    satellite: str,
    time: np.ndarray,
    values: dict[str, np.ndarray],
    units: dict[str, str],
) -> pd.DataFrame:
    """The table of samples by the names of their baseline, as every way of access has them.

    Parameters
    ----------
    time : datetime64[us]
    values : Latitude, Longitude, Radius, density, temperature, Flags_LP and the flags of the two
    units : of density, temperature and Radius as they are spelled, "" where they are not said

    Raises
    ------
    FormatError : a unit that is not cm-3, K or m, densities of the magnitude of m-3, radii that
        are none in metres
    """
    _check_units(path, baseline, values, units)
    kept = values["Flags_LP"] != SWEEP
    sweeps = int(np.count_nonzero(~kept))
    if sweeps:
        time, values = time[kept], {name: column[kept] for name, column in values.items()}
    samples, flagged = _samples(baseline, time, values)
    facts = {
        "baseline": baseline.name,
        "density": baseline.ne,
        "units": {"ne": units[baseline.ne], "te": units[baseline.te]},
    }
    return probe_table.make(
        path,
        samples,
        probe_table.WIDE_LIMITS,
        mission="swarm",
        satellite=satellite,
        facts=facts,
        counts={"sweeps": sweeps} | flagged,
    )


def _samples(
    baseline: Baseline, time: np.ndarray, values: dict[str, np.ndarray]
) -> tuple[Samples, dict[str, int]]:
    """Samples without the sweeps, and the counts of what their flags take out."""
    ne, te, noisy, flagged = _by_flags(baseline, values)
    direction = probe_table.directions(time, values["Latitude"])
    samples = Samples(
        time=time,
        latitude=values["Latitude"],
        longitude=values["Longitude"],
        altitude_km=values["Radius"] / 1000.0 - probe_table.RADIUS_KM,
        ne=ne,
        te=te,
        orbit=probe_table.NO_ORBIT,
        direction=direction,
        noisy=noisy,
        first=np.diff(direction, prepend=direction[:1]) != 0,
    )
    return samples, flagged


def baseline_of(names: set[str], path: str | Path) -> Baseline:
    """The baseline whose variables are there.

    Raises
    ------
    FormatError : those of no baseline are
    """
    for one in BASELINES:
        if {one.ne, one.te, "Flags_LP"} <= names:
            return one
    expected = "Ne, Te or N_ion, T_elec and Flags_LP of Swarm's Langmuir probe"
    shown = ", ".join(sorted(names)[:12]) or "none"
    raise FormatError(path, None, expected, f"the variables {shown}")


def member(archive: zipfile.ZipFile, path: str | Path) -> str:
    """The name of the CDF in a zip archive.

    Raises
    ------
    FormatError : there is none, or more than one
    """
    names = [one for one in archive.namelist() if one.lower().endswith(".cdf")]
    if len(names) != 1:
        shown = ", ".join(archive.namelist()[:5]) or "nothing"
        raise FormatError(path, None, "one CDF file in the zip archive", shown)
    return names[0]


def _by_flags(
    baseline: Baseline, values: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """Density and temperature, NaN where their flags say so; which are noisy; the counts."""
    overall = values["Flags_LP"]
    usable = (overall == GOOD) | (overall == baseline.partly)
    made, counts = [], {}
    noisy = overall == baseline.partly
    for what, name, low_gain in (
        ("ne", baseline.ne, (LOW_GAIN,)),
        ("te", baseline.te, baseline.te_low_gain),
    ):
        flags = values[f"Flags_{name}"]
        low = np.isin(flags, low_gain)
        good = usable & (np.isin(flags, baseline.nominal) | low)
        noisy = noisy | (usable & low)
        made.append(np.where(good, values[name], np.nan))
        counts[f"{what}_flagged"] = int(np.count_nonzero(~good))
    return made[0], made[1], noisy, counts


def _check_units(
    path: str | Path, baseline: Baseline, values: dict[str, np.ndarray], units: dict[str, str]
) -> None:
    """Refuse other units than those of the format."""
    flags = values[f"Flags_{baseline.ne}"]
    nominal = np.where(np.isin(flags, baseline.nominal), values[baseline.ne], np.nan)
    said = units[baseline.ne] or "cm-3"
    unit = probe_table.density_unit(path, nominal, said, baseline.ne)
    if unit != "cm-3":
        raise FormatError(path, None, f"{baseline.ne} in cm-3", f"the unit {said!r}")
    for name, wanted in ((baseline.te, "K"), ("Radius", "m")):
        if units[name] not in ("", wanted):
            raise FormatError(path, None, f"{name} in {wanted}", f"the unit {units[name]!r}")
    radius = values["Radius"][np.isfinite(values["Radius"])]
    if radius.size and not 6.5e6 < np.median(radius) < 7.5e6:
        found = f"a median of {np.median(radius):g}"
        raise FormatError(path, None, "radii of 6.5e6 to 7.5e6 m", found)


@contextlib.contextmanager
def opened(path: str | Path) -> Iterator[tuple[cdflib.CDF, str]]:
    """The CDF of a file, as cdflib sees it, and its name inside a zip ("" where it is in none).

    Raises
    ------
    FormatError : the zip or the CDF is damaged, or more comes out of it than of a real file; so
        is any error of the caller's while it reads
    """
    with open(path, "rb") as handle:
        head = handle.read(4096)
    with tempfile.TemporaryDirectory() as folder:
        plain, inside = Path(path), ""
        if head.startswith(ZIP):
            plain, inside = _unpacked(path, Path(folder))
            with open(plain, "rb") as handle:
                head = handle.read(4096)
        if head[:4] not in MAGIC:
            found = "an HTML page" if raw.is_page(head) else repr(head[:8])
            raise FormatError(path, None, "a CDF file", found)
        _check_end(plain, path)
        try:
            yield bounded_cdf.CDF(plain), inside
        except FormatError:
            raise
        except Exception as error:  # damaged bytes end in any error in a parser of bytes
            said = f"{type(error).__name__}: {error}".replace(str(plain), "it")
            raise FormatError(path, None, "a sound CDF file", said) from error


def _unpacked(path: str | Path, folder: Path) -> tuple[Path, str]:
    """The CDF of a zip archive as a file of its own, and its name there."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = member(archive, path)
            target = folder / "file.cdf"
            target.write_bytes(packing.member(archive, name))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise FormatError(path, None, "a sound zip archive", error) from error
    return target, Path(name).name


def _check_end(plain: Path, path: str | Path) -> None:
    """Refuse an uncompressed CDF 3 that ends before the end that its global record names."""
    with open(plain, "rb") as handle:
        head = handle.read(28)
        if head[:8] != MAGIC[0] + MAGIC[2] or len(head) < 28:
            return
        record = int.from_bytes(head[20:28], "big")
        handle.seek(record + 36)
        end = int.from_bytes(handle.read(8), "big")
    size = plain.stat().st_size
    if size < max(end, record + 44):
        raise FormatError(path, None, f"a CDF file of {end} bytes", f"{size}")


def _satellite(cdf: cdflib.CDF, names: set[str], path: str | Path, inside: str) -> str:
    """The satellite's letter: what the file says, and then its names; all must agree."""
    told: dict[str, str] = {}
    if "Spacecraft" in names:
        letters = np.unique(np.asarray(cdf.varget("Spacecraft")).astype(str))
        told |= {letter.strip(): "its variable Spacecraft" for letter in letters}
    texts = [str(value) for value in cdf.globalattsget().values()]
    for where, text in (
        *(("its attributes", text) for text in texts),
        ("the name in the zip", inside),
        ("its name", Path(path).name),
    ):
        for letter in PRODUCT.findall(text):
            told.setdefault(letter, where)
    if len(told) != 1 or not set(told) <= set("ABC"):
        found = ", ".join(f"{letter} by {where}" for letter, where in told.items()) or "none"
        raise FormatError(path, None, "one satellite A, B or C", found)
    return next(iter(told))


def _times(cdf: cdflib.CDF, path: str | Path) -> np.ndarray:
    """Timestamp (CDF_EPOCH, milliseconds since year 0) as datetime64[us]."""
    kind = cdf.varinq("Timestamp")
    if kind.Data_Type != _EPOCH_KIND:
        raise FormatError(path, None, "Timestamp in CDF_EPOCH", kind.Data_Type_Description)
    since = np.atleast_1d(cdf.varget("Timestamp")) - _EPOCH_MS
    return np.rint(since * 1000.0).astype("int64").view("datetime64[us]")


def _values(cdf: cdflib.CDF, name: str, size: int, path: str | Path) -> np.ndarray:
    """A variable of one number a sample."""
    found = np.atleast_1d(np.asarray(cdf.varget(name)))
    if found.shape != (size,):
        raise FormatError(path, None, f"{size} values of {name}, one a time", found.shape)
    return found


def _unit(cdf: cdflib.CDF, name: str) -> str:
    """The unit of a variable as it is spelled, "" where none is said."""
    return str(cdf.varattsget(name).get("UNITS", "")).strip()
