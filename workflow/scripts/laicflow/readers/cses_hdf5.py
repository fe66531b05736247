"""The container of CSES-01 level-2 files: HDF5, all datasets at the root, one row a sample.

What the files of its instruments have in common, and where they differ: the spelling of attributes
(`Units`, `units`, `Unit`), their types (texts, bytes, arrays of one, Empty), orbit numbers as bytes
or integers. Times are UTC_TIME, an integer of 17 digits (YYYYMMDDhhmmssmmm), and VERSE_TIME, the
milliseconds since 2009-01-01 without leap seconds. The value for "nothing" is the attribute
`FillValue`; HDF5's own fill value means nothing here.

A half-orbit has some hundred samples, so that opening, look-ups and attributes take the time, not
the bytes. They go by HDF5's own calls, which take a fraction of that of h5py's objects.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5i, h5p, h5s, h5t

from laicflow.errors import FormatError
from laicflow.readers import probe_table, raw

MAGIC = b"\x89HDF\r\n\x1a\n"
_VERSE_EPOCH = np.datetime64("2009-01-01", "us").view("int64")
# UTC_TIME and VERSE_TIME are the same time; they may be rounded differently.
_SAME_US = 1_000_000
# A half-orbit has a few thousand samples.
MOST_VALUES = 10_000_000
_NAT = np.datetime64("NaT", "us").view("int64")

Holder = h5py.File | h5py.Dataset | h5d.DatasetID


def _access() -> h5p.PropFAID:
    """How a file is opened: as h5py does, which could not open it twice otherwise."""
    made = h5p.create(h5p.FILE_ACCESS)
    made.set_libver_bounds(h5f.LIBVER_EARLIEST, h5f.LIBVER_LATEST)
    return made


_ACCESS = _access()
# The types of most datasets as this machine has them, by class and bytes.
_NATIVE = {
    (h5t.FLOAT, 4): (h5t.NATIVE_FLOAT, np.dtype("float32")),
    (h5t.FLOAT, 8): (h5t.NATIVE_DOUBLE, np.dtype("float64")),
    (h5t.INTEGER, 4): (h5t.NATIVE_INT32, np.dtype("int32")),
    (h5t.INTEGER, 8): (h5t.NATIVE_INT64, np.dtype("int64")),
}


@contextlib.contextmanager
def opened(path: str | Path, content: bytes | None = None) -> Iterator[h5py.File]:
    """A file, or its `content`, open for reading.

    Raises
    ------
    FormatError : it is no HDF5 file, or a truncated or damaged one
    """
    try:
        if content is None:
            file = h5py.File(h5f.open(os.fsencode(path), h5f.ACC_RDONLY, _ACCESS))
        else:
            file = h5py.File(io.BytesIO(content), "r")
    except OSError as error:
        raise FormatError(path, None, "a sound HDF5 file", _instead(path, content, error)) from None
    try:
        yield file
    except BaseException as error:
        # With all that is still open of it: the traceback holds its datasets.
        file.close()
        if isinstance(error, OSError | RuntimeError):
            # What HDF5 says of a dataset whose bytes are not there.
            raise FormatError(path, None, "a sound HDF5 file", error) from error
        raise
    file.id.close()


def attribute(holder: Holder, *names: str) -> object:
    """The first attribute of a name, whatever its case, as text, number or array.

    Bytes become text, arrays of one their value; None where there is none or an Empty one.
    """
    low = _low(holder)
    for name in names:
        if h5a.exists(low, name.encode()):
            return _value(holder, name.encode())
    own: list[bytes] = []
    h5a.iterate(low, own.append)
    lower = {key.lower(): key for key in own}
    found = next((lower[one] for name in names if (one := name.lower().encode()) in lower), None)
    return None if found is None else _value(holder, found)


def unit(dataset: h5py.Dataset | h5d.DatasetID) -> str:
    """The unit of a dataset as it is spelled, "" where none is said."""
    found = attribute(dataset, "Units", "units", "Unit")
    return "" if found is None else str(found)


def dataset(file: h5py.File, name: str, path: str | Path) -> h5d.DatasetID:
    """A dataset of the file.

    Raises
    ------
    FormatError : there is none of this name
    """
    try:
        return h5d.open(file.id, name.encode())
    except (KeyError, TypeError, ValueError):
        raise FormatError(path, None, f"the variable {name}", names_of(file)) from None


def values(dataset: h5py.Dataset | h5d.DatasetID, path: str | Path) -> np.ndarray:
    """A dataset of one number a sample, (N,), as float; NaN where it is the fill value.

    Raises
    ------
    FormatError : it is not of one number a sample
    """
    numbers, fill = _numbers(dataset, path)
    if numbers.dtype.kind != "f":
        numbers = numbers.astype("float64")
    if fill is not None:
        numbers[numbers == np.asarray(fill, dtype=numbers.dtype)] = np.nan
    return numbers


def times(file: h5py.File, path: str | Path) -> np.ndarray:
    """The time of each sample, datetime64[us], NaT where the file has none.

    UTC_TIME, held to VERSE_TIME where both are there; VERSE_TIME alone where it is the only one.

    Raises
    ------
    FormatError : neither is there, a number that is no time, or two that differ by a second or more
    """
    found = [
        decode(*_numbers(dataset(file, name, path), path), path)
        for name, decode in (("UTC_TIME", _utc), ("VERSE_TIME", _verse))
        if file.id.links.exists(name.encode())
    ]
    if not found:
        raise FormatError(path, None, "variables UTC_TIME or VERSE_TIME", names_of(file))
    utc, lost = found[0]
    if len(found) == 2:
        verse, unsaid = found[1]
        if utc.shape != verse.shape:
            expected = f"{utc.size} values of VERSE_TIME, as UTC_TIME has"
            raise FormatError(path, None, expected, verse.size)
        apart = (np.abs(utc - verse) >= _SAME_US) & ~(lost | unsaid)
        if apart.any():
            at = int(np.argmax(apart))
            said, other = (np.datetime64(int(us[at]), "us") for us in (utc, verse))
            wanted = f"VERSE_TIME {said}, as UTC_TIME"
            raise FormatError(path, None, wanted, f"{other} in sample {at + 1}")
        if lost.any():
            utc, lost = np.where(lost, verse, utc), lost & unsaid
    if lost.any():
        utc = np.where(lost, _NAT, utc)
    return utc.view("datetime64[us]")


def orbit(file: h5py.File, path: str | Path) -> tuple[int, int]:
    """Number of the orbit, and 1 (ascending) or 0 (descending); -1 where the file does not say.

    Raises
    ------
    FormatError : ORBITNUM or ORBITTYPE is none of a kind that is known
    """
    made = []
    for name, most in (("ORBITNUM", 999_999), ("ORBITTYPE", 1)):
        said = attribute(file, name)
        try:
            number = probe_table.NO_ORBIT if said is None else int(str(said).strip("\0 "))
        except ValueError:
            number = most + 1
        if number > most or (said is not None and number < 0):
            raise FormatError(path, None, f"a whole number up to {most} in {name}", repr(said))
        made.append(number)
    return made[0], made[1]


def names_of(file: h5py.File) -> str:
    """The datasets of a file, to be shown."""
    names = sorted(file)
    return ", ".join(names[:12]) + ", ..." * (len(names) > 12) if names else "none"


def _low(holder: Holder) -> h5d.DatasetID | h5f.FileID:
    """The HDF5 library's own object."""
    return holder.id if isinstance(holder, h5py.HLObject) else holder


def _numbers(dataset: h5py.Dataset | h5d.DatasetID, path: str | Path) -> tuple[np.ndarray, object]:
    """The values of a dataset as they stand, (N,), and its fill value."""
    low = _low(dataset)
    shape, (native, dtype) = low.shape, _type(low)
    if len(shape) not in (1, 2) or shape[1:] not in ((), (1,)):
        raise FormatError(path, None, f"one value a sample in {_name(low)}", f"the shape {shape}")
    if dtype.kind not in "iuf":
        raise FormatError(path, None, f"numbers in {_name(low)}", dtype)
    # A few bytes can claim any number of values, of which none has to be stored.
    if shape[0] > MOST_VALUES:
        raise FormatError(path, None, f"the samples of a pass in {_name(low)}", f"{shape[0]:,}")
    found = np.empty(shape, dtype=dtype)
    low.read(h5s.ALL, h5s.ALL, found, native)
    fill = attribute(dataset, "FillValue", "_FillValue")
    if isinstance(fill, str):
        try:
            fill = float(fill)
        except ValueError:
            fill = None
    return found.reshape(-1), fill


def _type(dataset: h5d.DatasetID) -> tuple[h5t.TypeID | None, np.dtype]:
    """The type and dtype in the machine's byte order, whatever the file's; None: by the dtype."""
    kind = dataset.get_type()
    family = kind.get_class()
    known = _NATIVE.get((family, kind.get_size()))
    if known is None or (family == h5t.INTEGER and kind.get_sign() == h5t.SGN_NONE):
        return None, dataset.dtype.newbyteorder("=")
    return known


def _name(dataset: h5d.DatasetID) -> str:
    """The name of a dataset, to be shown."""
    return h5i.get_name(dataset).decode("utf-8", "replace").lstrip("/")


def _utc(numbers: np.ndarray, fill: object, path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """UTC_TIME, 17 digits, as microseconds since 1970, and which there are none."""
    whole = numbers.astype("int64", copy=False)
    lost = _lost(whole, fill)
    digits = np.where(lost, 20000101000000000, whole)
    parts = []
    for length in (3, 2, 2, 2, 2, 2):
        # In a third of the time of np.divmod.
        rest = digits // 10**length
        parts.append(digits - rest * 10**length)
        digits = rest
    return probe_table.instants([digits, *parts[::-1]], path, "UTC_TIME").view("int64"), lost


def _verse(numbers: np.ndarray, fill: object, path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """VERSE_TIME, milliseconds since 2009-01-01, as `_utc`."""
    whole = numbers.astype("int64", copy=False)
    return _VERSE_EPOCH + whole * 1000, _lost(whole, fill)


def _lost(whole: np.ndarray, fill: object) -> np.ndarray:
    """Which times are none: the fill value, and no time of the mission is negative."""
    lost = whole <= 0
    return lost if fill is None else lost | (whole == int(np.asarray(fill).ravel()[0]))


def _value(holder: Holder, name: bytes) -> object:
    """An attribute that is there as text, number or array; None for an Empty one."""
    found = h5a.open(_low(holder), name)
    space, kind = found.get_space(), found.get_type()
    family, size = kind.get_class(), kind.get_size()
    if space.get_simple_extent_npoints() == 1:
        # One value, as almost everywhere.
        if family == h5t.FLOAT and size <= 8:
            one = np.empty((), dtype="float64")
            found.read(one, h5t.NATIVE_DOUBLE)
            return one.item()
        if family == h5t.STRING and not kind.is_variable_str():
            one = np.empty((), dtype=f"S{size}")
            found.read(one, kind)
            return _text(one.item())
    if space.get_simple_extent_type() == h5s.NULL:
        return None
    high = holder if isinstance(holder, h5py.HLObject) else h5py.Dataset(holder)
    value = high.attrs[name]
    if isinstance(value, np.ndarray):
        if value.size != 1:
            return value
        value = value.ravel()[0]
    if isinstance(value, bytes | str):
        return _text(value)
    return value.item() if isinstance(value, np.generic) else value


def _text(value: bytes | str) -> str:
    """A text without what fills it up."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return text.strip("\0 ")


def _instead(path: str | Path, content: bytes | None, error: OSError) -> str:
    """What stands in place of an HDF5 file."""
    if content is None:
        if not Path(path).is_file():
            raise error
        with open(path, "rb") as handle:
            content = handle.read(4096)
    if not content:
        return "an empty file"
    if raw.is_page(content):
        return "an HTML page"
    if not content.startswith(MAGIC):
        return f"the first bytes {content[:8]!r}"
    return str(error)
