"""Langmuir-probe data of DEMETER, level 1 of ISL: APIDs 1143 (burst) and 1144 (survey).

Format: CNES/LPCE, DEMETER Microsatellite, Data Product Description, DMT-SP-9-CM-6054-LPC, edition
3, revision 3: tables N1-4 to N1-6 (blocks 1 to 3) and N1-36, N1-38 (block 4). A file is a sequence
of records of 289 bytes, integers and IEEE reals big-endian, one sample a record. Of invalid
samples the document says nothing: what is not finite or not positive is masked.

The file name says the APID, in two forms (with and without the number of the half-orbit). It is
believed in nothing; where it names another APID than the records do, the file is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import probe_table
from laicflow.readers.probe_table import Samples

RECORD = np.dtype(
    {
        "names": [
            *("ccsds", "ms_of_day", "ut", "orbit", "upward", "station", "version"),
            *("latitude", "longitude", "altitude_km"),
            *("label", "resolution_s", "density_unit", "temperature_unit", "ne", "te"),
        ],
        "formats": [
            *(">u4", ">u4", (">i2", 7), ">i2", ">i2", "S8", ("u1", 4)),
            *(">f4", ">f4", ">f4"),
            *("S10", ">f4", "S5", "S5", ">f4", ">f4"),
        ],
        "offsets": [0, 4, 8, 22, 24, 26, 34, 38, 42, 46, 204, 246, 250, 255, 265, 273],
        "itemsize": 289,
    }
)
P_FIELD = 76
STATION = b"TOULOUSE"
# What block 4 begins with, by APID, and the work mode. Blanks at the end of a text do not count.
LABELS = {1143: (b"ISL BURST", probe_table.BURST), 1144: (b"ISL SURVEY", probe_table.SURVEY)}
UNITS = {"density_unit": b"cm^-3", "temperature_unit": b"K"}
APID = re.compile(r"DMT_N1_([0-9]{4})_")

_EPOCH = np.datetime64("1950-01-01", "us").view("int64")
_DAY_US = 86_400_000_000
# The two times of a record may be rounded, no more.
_SAME_US = 1_000_000


def read(path: str | Path) -> pd.DataFrame:
    """The samples of a file, in the order of the file.

    Returns
    -------
    Table as `probe_table.make` has it (mission "demeter", satellite "DEMETER"). Attributes beside
    those: apid, orbit and direction of the first record, resolution_s, units, software (version
    and subversion of processing and calibration); counts: half_orbits, how many there are in it.

    Raises
    ------
    FormatError : the file is empty or ends within a record; a record is of another mission, packet
        or unit; its two times differ; densities have the magnitude of m-3; a pass flies against
        what its records say
    """
    data = np.fromfile(path, dtype="u1")
    first = first_record(data.tobytes() if data.size < RECORD.itemsize else data, path)
    apid = apid_of(first, path)
    named = APID.search(Path(path).name)
    if named is not None and int(named[1]) != apid:
        found = f"{LABELS[apid][0].decode()!r}, APID {apid}"
        raise FormatError(path, None, f"APID {named[1]}, as its name says", found)
    whole, rest = divmod(data.size, RECORD.itemsize)
    if rest:
        expected = f"records of {RECORD.itemsize} bytes"
        raise FormatError(path, None, expected, f"{rest} bytes of record {whole + 1}")
    records = data.view(RECORD)
    _check_records(records, path)
    names = ("latitude", "longitude", "altitude_km", "ne", "te")
    values = {name: records[name].astype("float32") for name in names}
    probe_table.density_unit(path, values["ne"], "cm^-3", "the electron density")
    orbit, upward = records["orbit"].astype("int32"), records["upward"].astype("int8")
    turns = np.count_nonzero((np.diff(orbit) != 0) | (np.diff(upward) != 0))
    if not turns:
        what = "its sub-orbit type"
        probe_table.check_direction(path, values["latitude"], int(upward[0]), what)
    samples = Samples(
        time=times(records, path),
        **values,
        orbit=orbit,
        direction=upward,
        work_mode=LABELS[apid][1],
    )
    facts = {
        "apid": apid,
        "orbit": int(orbit[0]),
        "direction": int(upward[0]),
        "resolution_s": float(first["resolution_s"]),
        "units": {"ne": "cm^-3", "te": "K"},
        "software": ".".join(map(str, first["version"].tolist())),
    }
    return probe_table.make(
        path,
        samples,
        probe_table.WIDE_LIMITS,
        mission="demeter",
        satellite="DEMETER",
        facts=facts,
        counts={"half_orbits": int(turns) + 1},
    )


def half_orbit(path: str | Path) -> tuple[int, int, int]:
    """Orbit, direction and work mode of a file by its first record.

    Raises
    ------
    FormatError : as of `first_record` and `apid_of`
    """
    with open(path, "rb") as file:
        first = first_record(file.read(RECORD.itemsize), path)
    return int(first["orbit"]), int(first["upward"]), LABELS[apid_of(first, path)][1]


def first_record(data: bytes | np.ndarray, path: str | Path) -> np.void:
    """The first record of a file's bytes, held to what every file of the level has.

    Raises
    ------
    FormatError : there is no whole record, or it is none of DEMETER
    """
    if len(data) < RECORD.itemsize:
        raise FormatError(path, None, f"records of {RECORD.itemsize} bytes", f"{len(data)} bytes")
    first = np.frombuffer(data, dtype=RECORD, count=1)[0]
    if int(first["ccsds"]) >> 24 != P_FIELD or first["station"] != STATION:
        found = f"P field {int(first['ccsds']) >> 24}, station {_shown(first['station'])}"
        raise FormatError(path, None, f"P field {P_FIELD} and station {STATION.decode()}", found)
    return first


def times(records: np.ndarray, path: str | Path) -> np.ndarray:
    """The times of records: the CCSDS date, held to the date written out; datetime64[us].

    Raises
    ------
    FormatError : the two differ by a second or more
    """
    days = (records["ccsds"] & 0xFFFFFF).astype("int64")
    own = _EPOCH + days * _DAY_US + records["ms_of_day"].astype("int64") * 1000
    parts = records["ut"].T.astype("int64", order="C")
    written = probe_table.instants(list(parts), path, "the UT time")
    apart = np.abs(own - written.view("int64")) >= _SAME_US
    if apart.any():
        at = int(np.argmax(apart))
        found = f"{own[at : at + 1].view('datetime64[us]')[0]} in record {at + 1}"
        raise FormatError(path, None, f"the CCSDS date {written[at]}, as the UT time", found)
    return own.view("datetime64[us]")


def apid_of(first: np.void, path: str | Path) -> int:
    """The APID that the data type of block 4 means.

    Raises
    ------
    FormatError : another data type than those of ISL, or units that the format does not have
    """
    label = first["label"].rstrip()
    found = [apid for apid, (own, _) in LABELS.items() if own == label]
    if not found:
        wanted = " or ".join(repr(own.decode()) for own, _ in LABELS.values())
        raise FormatError(path, None, f"the data type {wanted}", _shown(first["label"]))
    for what, unit in UNITS.items():
        if first[what].rstrip() != unit:
            expected = f"{what.replace('_', ' ')} {unit.decode()!r}"
            raise FormatError(path, None, expected, _shown(first[what]))
    return found[0]


def _check_records(records: np.ndarray, path: str | Path) -> None:
    """Refuse a file in which a record is not of the kind of the first, which has been looked at."""
    first = records[0]
    for what in ("station", "label", *UNITS):
        wrong = records[what] != first[what]
        if wrong.any():
            at = int(np.argmax(wrong))
            expected = f"{what.replace('_', ' ')} {_shown(first[what])}, as in the first record"
            found = f"{_shown(records[what][at])} in record {at + 1}"
            raise FormatError(path, None, expected, found)
    p_field, upward = records["ccsds"] >> 24, records["upward"]
    for what, values, good in (
        (f"P field {P_FIELD}", p_field, p_field == P_FIELD),
        ("sub-orbit type 0 or 1", upward, (upward == 0) | (upward == 1)),
    ):
        if not good.all():
            at = int(np.argmin(good))
            raise FormatError(path, None, what, f"{values[at]} in record {at + 1}")


def _shown(text: bytes) -> str:
    """A text of a record, to be shown."""
    return repr(text.decode("latin-1"))
