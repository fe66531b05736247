"""Is this the file of a Langmuir probe that was asked for?

A half-orbit may begin before the days that are asked for or end behind them: it must have a part
in them.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from laicflow import packing
from laicflow.checks.common import Asked, HollowError, UnlikeError, shown
from laicflow.errors import FormatError
from laicflow.readers import cses_hdf5
from laicflow.readers import cses_lap as lap
from laicflow.readers import demeter_isl as isl
from laicflow.readers import swarm_lp as lp

_DAYS = re.compile(r"_([0-9]{8})T[0-9]{6}_([0-9]{8})T[0-9]{6}_")


def cses_lap(content: bytes, asked: Asked) -> None:
    """CSES level 2: a whole HDF5 file with the datasets of LAP, and a time of the days asked for.

    A file without any sample says that there is nothing.
    """
    if not content.startswith(cses_hdf5.MAGIC):
        raise UnlikeError(f"expected an HDF5 file, found {shown(content)}")
    try:
        with cses_hdf5.opened(asked.name, content) as file:
            lap.check_payload(file, asked.name)
            times = cses_hdf5.times(file, asked.name)
    except FormatError as error:
        raise UnlikeError(f"expected {error.expected}, found {error.found}") from None
    _check_days(times[~np.isnat(times)], asked)


def demeter_isl(content: bytes, asked: Asked) -> None:
    """DEMETER level 1: whole records of ISL, of the APID in the name, of the days asked for."""
    size = isl.RECORD.itemsize
    if not content:
        raise HollowError("no record is in it")
    try:
        first = isl.first_record(content, asked.name)
        apid = isl.apid_of(first, asked.name)
        named = isl.APID.search(asked.name)
        if named is not None and int(named[1]) != apid:
            raise UnlikeError(f"expected APID {named[1]}, as its name says, found APID {apid}")
        if len(content) % size:
            rest = len(content) % size
            raise UnlikeError(f"truncated: {rest} bytes follow the last whole record of {size}")
        records = np.frombuffer(content, dtype=isl.RECORD)[[0, -1]]
        times = isl.times(records, asked.name)
    except FormatError as error:
        raise UnlikeError(f"expected {error.expected}, found {error.found}") from None
    _check_days(times, asked)


def swarm_lp(content: bytes, asked: Asked) -> None:
    """Swarm level 1b: a sound zip with one CDF, or a CDF, of the product, satellite and days asked.

    Product, satellite and days are those of the name, in a zip that of its member; the CDF must
    have the flags of the Langmuir probe, and unpack to no more than a real one where it is
    compressed as a whole.
    """
    name, cdf = asked.name, content
    if content.startswith(lp.ZIP):
        name, cdf = _member(content, asked)
    if cdf[:4] not in lp.MAGIC:
        raise UnlikeError(f"expected a CDF file, found {shown(cdf)}")
    named, found = (lp.PRODUCT.search(one) for one in (asked.name, name))
    wanted = asked.observatory or (named[1] if named else "")
    if wanted and (found is None or found[1] != wanted):
        raise UnlikeError(f"expected the Langmuir probe of Swarm {wanted}, found {name}")
    # Behind the magic number stands whether the file is compressed.
    if cdf[4:8] != b"\x00\x00\xff\xff":
        _check_packed(cdf, asked)
    elif b"Flags_LP\x00" not in cdf:
        raise UnlikeError("expected the variable Flags_LP of a Langmuir probe, found none")
    days = _DAYS.search(name)
    if days is not None:
        _check_days(np.array([_day(one) for one in days.groups()], dtype="datetime64[us]"), asked)


def _member(content: bytes, asked: Asked) -> tuple[str, bytes]:
    """Name and content of the CDF in a zip archive, whose checksum is that of the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = lp.member(archive, asked.name)
            return name, packing.member(archive, name)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise UnlikeError(f"truncated or damaged: its zip archive says {error}") from None
    except FormatError as error:
        raise UnlikeError(f"expected {error.expected}, found {error.found}") from None


def _check_packed(content: bytes, asked: Asked) -> None:
    """Refuse a compressed CDF that does not unpack, or to another product."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.cdf"
        path.write_bytes(content)
        try:
            with lp.opened(path) as (cdf, _):
                info = cdf.cdf_info()
                lp.baseline_of({*info.zVariables, *info.rVariables}, asked.name)
        except FormatError as error:
            raise UnlikeError(f"expected {error.expected}, found {error.found}") from None


def _day(text: str) -> str:
    """A day of eight digits as numpy takes it."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _check_days(times: np.ndarray, asked: Asked) -> None:
    """Refuse a file whose first and last times are both before or both after the days asked for."""
    if not times.size:
        raise HollowError("no sample with a time is in it")
    first, last = times.min().astype("datetime64[D]"), times.max().astype("datetime64[D]")
    if last < np.datetime64(asked.first) or first > np.datetime64(asked.last):
        span = f"{asked.first} to {asked.last}"
        raise UnlikeError(f"expected samples of {span}, found {first} to {last}")
