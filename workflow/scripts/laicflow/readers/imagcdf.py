"""Geomagnetic data in the ImagCDF format of INTERMAGNET, read by cdflib.

Format: INTERMAGNET Technical Note TN8, ImagCDF 1.2: a CDF of variables GeomagneticField<letter>
with their times (CDF_TIME_TT2000) in DataTimes, or GeomagneticVectorTimes and
GeomagneticScalarTimes. Missing values are 99999 or what FILLVAL says, NaN too.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cdflib
import numpy as np
import xarray as xr

from laicflow.errors import FormatError
from laicflow.readers import archived, bounded_cdf, geomagnetic
from laicflow.readers.geomagnetic_vector import ANGLES, LETTERS, wrapped

_MAGIC = (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02", b"\x00\x00\xff\xff")
_PREFIX = "GeomagneticField"
_SCALARS = "FSG"
_TT2000 = 33
_MISSING = 99999.0
_NOT_OBSERVED = 88888.0


def read(path: str | Path, *, interval_s: int = 60) -> xr.Dataset:
    """The field in a file, plain, gzip, `.Z` or the only one of a zip.

    Parameters
    ----------
    path : an ImagCDF file
    interval_s : seconds between values that the file must have

    Returns
    -------
    Dataset as `geomagnetic.dataset` has it; values beyond VALIDMIN and VALIDMAX are missing.
    Scalar values at other times than those of the vector are left out, which `flags` counts.

    Raises
    ------
    FormatError : the file is no CDF or a damaged one, or more comes out of it than of a real file;
        it has no times or components of ImagCDF, no IAGA code or place, times that do not increase
        or another interval, or an angle in an unknown unit
    """
    data = archived.read_bytes(path)
    if data[:4] not in _MAGIC:
        raise FormatError(path, None, "a CDF file", repr(data[:8]))
    _check_end(data, path)
    with _opened(data, path) as cdf:
        found = _variables(cdf)
        if not found:
            raise FormatError(path, None, f"variables {_PREFIX}X and others", "none")
        attributes = {key: _text(value) for key, value in cdf.globalattsget().items()}
        times, columns, flags = _columns(cdf, found, path)
    _check_times(times, interval_s, path)
    header = _header(attributes, "".join(found), interval_s, tuple(flags), path)
    return geomagnetic.dataset(path, header, times, columns)


@contextlib.contextmanager
def _opened(data: bytes, path: str | Path) -> Iterator[cdflib.CDF]:
    """The file as cdflib sees it; whatever it stumbles over there is a damaged file."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy: cdflib reads no compressed files, and closes its file only when it is forgotten.
        copy = Path(folder) / "file.cdf"
        copy.write_bytes(data)
        try:
            yield bounded_cdf.CDF(copy)
        except FormatError:
            raise
        except Exception as error:  # damaged bytes end in any error in a parser of bytes
            said = f"{type(error).__name__}: {error}".replace(str(copy), "it")
            raise FormatError(path, None, "a sound CDF file", said) from error


def _check_end(data: bytes, path: str | Path) -> None:
    """Refuse an uncompressed CDF 3 that ends before the end that its global record names.

    The end may be a part that the parser never looks at.
    """
    if data[:8] != _MAGIC[0] + _MAGIC[2]:
        return
    record = int.from_bytes(data[20:28], "big")
    end = int.from_bytes(data[record + 36 : record + 44], "big")
    if len(data) < max(end, record + 44):
        raise FormatError(path, None, f"a CDF file of {end} bytes", f"{len(data)}")


def _variables(cdf: cdflib.CDF) -> dict[str, str]:
    """Names of the variables of the field by their letter."""
    info = cdf.cdf_info()
    names = [*info.zVariables, *info.rVariables]
    return {
        name.removeprefix(_PREFIX): name
        for name in names
        if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) in list(LETTERS)
    }


def _text(value: object) -> str:
    """A global attribute: its first entry, as text."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value).strip()


def _columns(
    cdf: cdflib.CDF, found: dict[str, str], path: str | Path
) -> tuple[np.ndarray, dict[str, geomagnetic.Column], list[str]]:
    """Times of the vector, and the components at these times."""
    kept: dict[str, np.ndarray] = {}
    columns, flags = {}, []
    times = None
    for letter in sorted(found, key=lambda letter: letter in _SCALARS):
        name = _times_name(cdf, found[letter], letter)
        if name is None:
            raise FormatError(path, None, f"times of {found[letter]}", "none")
        own = kept.setdefault(name, _times(cdf, name, path))
        values = _values(cdf, found[letter], letter, path)
        if own.shape != values.shape:
            expected = f"{own.size} values of {found[letter]}, as {name} has"
            raise FormatError(path, None, expected, values.shape)
        times = own if times is None else times
        if own.shape != times.shape or (own != times).any():
            if letter not in _SCALARS:
                raise FormatError(path, None, "the same times for all of the vector", name)
            values, left = _at(times, own, values)
            flags.append(f"{letter}: {left} values between the times of the vector left out")
        columns[letter] = _column(values)
    return times, columns, flags


def _times_name(cdf: cdflib.CDF, name: str, letter: str) -> str | None:
    """The variable of the times of another, by its DEPEND_0 or by the names of the format."""
    info = cdf.cdf_info()
    names = [*info.zVariables, *info.rVariables]
    own = "GeomagneticScalarTimes" if letter in _SCALARS else "GeomagneticVectorTimes"
    wanted = [str(cdf.varattsget(name).get("DEPEND_0", "")), own, "DataTimes"]
    return next((one for one in wanted if one in names), None)


def _times(cdf: cdflib.CDF, name: str, path: str | Path) -> np.ndarray:
    """Times in UTC; TT2000 counts leap seconds, which cdflib takes out."""
    kind = cdf.varinq(name)
    if kind.Data_Type != _TT2000:
        raise FormatError(path, None, f"{name} in CDF_TIME_TT2000", kind.Data_Type_Description)
    numbers = np.atleast_1d(cdf.varget(name))
    if (np.diff(numbers) <= 0).any():
        at = int(np.argmax(np.diff(numbers) <= 0)) + 1
        raise FormatError(path, None, f"increasing times in {name}", f"value {at + 1} out of order")
    return np.asarray(cdflib.cdfepoch.to_datetime(numbers)).astype("datetime64[us]")


def _values(cdf: cdflib.CDF, name: str, letter: str, path: str | Path) -> np.ndarray:
    """Values in nT or minutes of arc, NaN where the file says that they are none."""
    values = np.atleast_1d(np.asarray(cdf.varget(name), dtype="float64")).copy()
    about = cdf.varattsget(name)
    fill, least, most = (_number(about.get(key)) for key in ("FILLVAL", "VALIDMIN", "VALIDMAX"))
    codes = (np.floor(values) == _MISSING) | (np.floor(values) == _NOT_OBSERVED)
    with np.errstate(invalid="ignore"):
        wrong = (values == fill) | (values < least) | (values > most)
    values[wrong & ~codes] = np.nan
    unit = str(about.get("UNITS", "")).lower()
    if letter not in ANGLES:
        return values
    if "min" not in unit and "deg" not in unit:
        raise FormatError(path, None, f"{letter} in degrees or minutes of arc", repr(unit))
    return values if "min" in unit else np.where(codes, values, values * 60.0)


def _number(value: object) -> float:
    """A number of an attribute, NaN (which nothing is equal to, below or above) where none."""
    try:
        return float(np.asarray(value, dtype="float64").ravel()[0])
    except (TypeError, ValueError, IndexError):
        return float("nan")


def _column(values: np.ndarray) -> geomagnetic.Column:
    """A Column; here NaN is how a file may say that a value is missing."""
    lost = int(np.count_nonzero(np.isnan(values)))
    column = geomagnetic.column(values, _MISSING, _NOT_OBSERVED, 1.0)
    column.missing += lost
    return column


def _at(times: np.ndarray, own: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, int]:
    """Values at other times than their own, and how many were left out."""
    places = np.searchsorted(times, own)
    inside = places < times.size
    inside[inside] = times[places[inside]] == own[inside]
    result = np.full(times.size, np.nan)
    result[places[inside]] = values[inside]
    return result, int(np.count_nonzero(~inside))


def _check_times(times: np.ndarray, interval_s: int, path: str | Path) -> None:
    """Refuse another interval than the one wanted, or times beside its grid."""
    step = np.timedelta64(interval_s, "s")
    if times.size > 1 and np.diff(times).min() != step:
        found = f"{np.diff(times).min() / np.timedelta64(1, 's'):g} s"
        raise FormatError(path, None, f"values every {interval_s} s", found)
    beside = (times - times.astype("datetime64[D]")) % step != np.timedelta64(0)
    if beside.any():
        raise FormatError(path, None, f"times on whole {interval_s} s", times[beside][0])


def _header(
    attributes: dict[str, str],
    letters: str,
    interval_s: int,
    flags: tuple[str, ...],
    path: str | Path,
) -> geomagnetic.Header:
    """The header of global attributes."""
    code = attributes.get("IagaCode", "").upper()
    if not (3 <= len(code) <= 5 and code.isalnum() and code.isascii()):
        raise FormatError(path, None, "an IagaCode", repr(code))
    latitude, longitude = (_number(attributes.get(key)) for key in ("Latitude", "Longitude"))
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 360.0):
        found = f"{attributes.get('Latitude')!r} and {attributes.get('Longitude')!r}"
        raise FormatError(path, None, "a Latitude and a Longitude", found)
    return geomagnetic.Header(
        observatory=code,
        latitude=latitude,
        longitude=wrapped(longitude),
        elevation_m=_number(attributes.get("Elevation")),
        publication_state_found=attributes.get("PublicationLevel", ""),
        reported=attributes.get("ElementsRecorded", "").upper() or letters,
        interval=attributes.get("SamplingFilter", ""),
        interval_s=interval_s,
        flags=flags,
    )
