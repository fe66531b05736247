"""Files of Langmuir probes, put together byte by byte as their format documents have them."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
from cdflib import cdfwrite

# Electron density, ion density, electron temperature and three potentials of a record of DEMETER
# (orbit 585, 2004-08-11 15:57:36), as bytes and as their readers print them.
KNOWN_BYTES = bytes.fromhex("472abcb1 470cee33 45435ae9 3f825a97 bdf5c28e bdd910c5")
KNOWN_NE, KNOWN_TE = 43708.69, 3125.682
KNOWN_TIME = dt.datetime(2004, 8, 11, 15, 57, 36)

SURVEY, BURST = b"ISL SURVEY", b"ISL BURST "
# CDF of version 3, compressed as a whole; kinds of record and of compression.
CDF_PACKED = bytes.fromhex("cdf30001cccc0001")
CCR, CPR, RLE, GZIP = 10, 11, 1, 5


def demeter(
    start: dt.datetime = KNOWN_TIME,
    records: int = 4,
    *,
    step: float = 1.0,
    latitude: tuple[float, float] = (40.0, -0.05),
    longitude: tuple[float, float] = (10.0, 0.0),
    plasma: bytes | list[bytes] = KNOWN_BYTES,
    **said: object,
) -> bytes:
    """Records of ISL; latitude and longitude as the first value and the step."""
    made = []
    for at in range(records):
        own = plasma if isinstance(plasma, bytes) else plasma[at]
        time = start + dt.timedelta(seconds=at * step)
        place = (latitude[0] + at * latitude[1], longitude[0] + at * longitude[1])
        made.append(demeter_record(time, *place, own, **said))
    return b"".join(made)


def demeter_record(
    time: dt.datetime,
    latitude: float,
    longitude: float,
    plasma: bytes = KNOWN_BYTES,
    *,
    orbit: int = 585,
    upward: int = 0,
    label: bytes = SURVEY,
    station: bytes = b"TOULOUSE",
    p_field: int = 76,
    unit: bytes = b"cm^-3",
    altitude: float = 710.0,
    ccsds: dt.datetime | None = None,
) -> bytes:
    """A record of 289 bytes: general header, orbit, attitude, results."""
    coded = ccsds or time
    days = (coded.date() - dt.date(1950, 1, 1)).days
    midnight = dt.datetime.combine(coded.date(), dt.time())
    one = bytes([p_field]) + days.to_bytes(3, "big")
    one += struct.pack(">I", (coded - midnight) // dt.timedelta(milliseconds=1))
    one += struct.pack(">7h", *time.timetuple()[:6], time.microsecond // 1000)
    one += struct.pack(">2h", orbit, upward) + station + bytes([4, 2, 1, 3])
    assert len(one) == 38
    # Local time here is what no reader should take: the table's own is computed.
    two = struct.pack(">4f", latitude, longitude, altitude, 10.5).ljust(90, b"\0")
    three = bytes(76)
    four = label + bytes(range(32)) + struct.pack(">f", 1.0) + unit + b"K    V    " + plasma
    assert len(four) == 85, len(four)
    return one + two + three + four


def plasma(ne: float, te: float) -> bytes:
    """The six results of a record."""
    return struct.pack(">6f", ne, ne, te, 1.0, -0.1, -0.1)


def cses(
    path: Path,
    start: dt.datetime = dt.datetime(2019, 11, 1, 0, 21, 8),
    samples: int = 5,
    *,
    latitude: tuple[float, float] = (-30.0, 0.19),
    longitude: tuple[float, float] = (39.0, -0.05),
    ne: list[float] | float = 2.0e10,
    te: list[float] | float = 2000.0,
    number: object = np.bytes_(b"009679"),
    kind: object = np.bytes_(b"1"),
    units: dict[str, object] | None = None,
    unit_name: str = "Units",
    leave: tuple[str, ...] = (),
    more: dict[str, np.ndarray] | None = None,
) -> Path:
    """A half-orbit of LAP, one sample each 3 s, in the layout of the magnetometer's real file."""
    times = [start + dt.timedelta(seconds=3 * at) for at in range(samples)]
    steps = np.arange(samples)
    verse = [(time - dt.datetime(2009, 1, 1)) // dt.timedelta(milliseconds=1) for time in times]
    digits = [f"{time:%Y%m%d%H%M%S}{time.microsecond // 1000:03d}" for time in times]
    data = {
        "UTC_TIME": np.array(digits, dtype="int64"),
        "VERSE_TIME": np.array(verse, dtype="int64"),
        "GEO_LAT": (latitude[0] + latitude[1] * steps).astype("float32"),
        "GEO_LON": (longitude[0] + longitude[1] * steps).astype("float32"),
        "ALTITUDE": np.full(samples, 510.5, dtype="float32"),
        "A311": np.broadcast_to(np.array(ne, dtype="float64"), samples),
        "A321": np.broadcast_to(np.array(te, dtype="float32"), samples),
    } | (more or {})
    said = {"A311": np.bytes_(b"m^-3"), "A321": np.bytes_(b"K")} | (units or {})
    with h5py.File(path, "w") as file:
        file.attrs["ORBITNUM"], file.attrs["ORBITTYPE"] = number, kind
        file.attrs["SOFTVERSION"] = "V1.0"
        for name in data.keys() - set(leave):
            dataset = file.create_dataset(name, data=data[name].reshape(-1, 1))
            dataset.attrs["FillValue"] = np.array([-9999.0])
            if name in said:
                dataset.attrs[unit_name] = said[name]
    return path


# Types of cdflib's writer.
EPOCH, DOUBLE, UINT1, UINT4, CHAR = 31, 45, 11, 14, 51
NEW_NAMES = {
    "Ne": "N_ion",
    "Te": "T_elec",
    "Flags_Ne": "Flags_N_ion",
    "Flags_Te": "Flags_T_elec",
}


def swarm(
    path: Path,
    seconds: list[float],
    values: dict[str, list[float]],
    *,
    new: bool = False,
    units: dict[str, str] | None = None,
    attributes: dict[str, str] | None = None,
) -> Path:
    """A CDF of EFIx_LP_1B; `seconds` since 2000-01-01, `values` by their names up to baseline 06.

    With `new` the variables have the names of baseline 07.
    """
    path.unlink(missing_ok=True)
    file = cdfwrite.CDF(path)
    if attributes:
        file.write_globalattrs({key: {0: value} for key, value in attributes.items()})
    # t * 1e-3 - 63113904000 are the seconds since 2000.
    columns = {"Timestamp": (EPOCH, (np.array(seconds) + 63113904000.0) * 1e3)}
    said = {"Ne": "cm-3", "Te": "K", "Radius": "m"} | (units or {})
    for name, numbers in values.items():
        kind = UINT1 if name.startswith("Flags") else DOUBLE
        columns[name] = (kind, np.array(numbers, dtype="uint8" if kind == UINT1 else "float64"))
    for name, (kind, numbers) in columns.items():
        spec = {
            "Variable": NEW_NAMES.get(name, name) if new else name,
            "Data_Type": kind,
            "Num_Elements": 1,
            "Rec_Vary": True,
            "Dim_Sizes": [],
        }
        file.write_var(spec, {"UNITS": said.get(name, "-")}, numbers)
    file.close()
    return path


def zipped(content: bytes, name: str, **others: bytes) -> bytes:
    """A zip archive of a file of this name, and others."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        for other, body in others.items():
            archive.writestr(other, body)
    return target.getvalue()


def compressed(content: bytes, kind: int = GZIP) -> bytes:
    """A CDF compressed as a whole: its CCR with what is packed, its CPR with how."""
    behind = 8 + 32 + len(content)
    record = (32 + len(content)).to_bytes(8, "big") + CCR.to_bytes(4, "big")
    record += behind.to_bytes(8, "big") + bytes(8) + bytes(4) + content
    numbers = (CPR, kind, 0, 1, 6)
    how = (28).to_bytes(8, "big") + b"".join(one.to_bytes(4, "big") for one in numbers)
    return CDF_PACKED + record + how


def zeros(size: int) -> bytes:
    """A gzip stream of zeros, made without holding them."""
    packer = zlib.compressobj(9, wbits=31)
    pieces = [packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    return b"".join([*pieces, packer.flush()])
