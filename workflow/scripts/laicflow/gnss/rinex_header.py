"""Header of a RINEX observation file, versions 2.10 to 3.05 (appendix A of the format)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from laicflow.errors import FormatError

_LABEL = slice(60, 80)
# Labels of the records that are kept, apart from the observables.
_TEXTS = {
    "MARKER NAME": ("marker", slice(0, 60)),
    "MARKER NUMBER": ("number", slice(0, 20)),
    "REC # / TYPE / VERS": ("receiver", slice(0, 40)),
    "ANT # / TYPE": ("antenna", slice(0, 40)),
}


@dataclasses.dataclass
class Header:
    """What the header says.

    Parameters
    ----------
    version : of the format
    system : of the file: a letter, or `M` for several
    marker, number : name of the station, and its IERS DOMES number
    receiver, antenna : serial number and type
    position : approximate, metres in an Earth-fixed frame; zeros where unknown
    types : observables by system, in the order of the records
    channels : GLONASS frequency channels by satellite
    interval_s : between epochs, 0 where the header does not tell
    time_system : of the epochs (`GPS`, `GLO`, `GAL`, `BDT`)
    """

    version: float = 0.0
    system: str = "G"
    marker: str = ""
    number: str = ""
    receiver: str = ""
    antenna: str = ""
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    types: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    channels: dict[str, int] = dataclasses.field(default_factory=dict)
    interval_s: float = 0.0
    time_system: str = "GPS"
    listed: str = ""  # the system whose list of observables goes on in the next line


def read_header(lines: list[bytes], path: str | Path) -> tuple[Header, int]:
    """The header, and the index of the first line behind it.

    Raises
    ------
    FormatError : no RINEX 2 or 3 observation file, no end of the header, or a record that
        cannot be read
    """
    first = _text(lines[0]) if lines else ""
    if first[_LABEL].strip() != "RINEX VERSION / TYPE" or first[20:21] != "O":
        raise FormatError(path, 1, "RINEX VERSION / TYPE of observations", repr(first[:80]))
    header = Header()
    for number, raw in enumerate(lines, start=1):
        line = _text(raw)
        if line[_LABEL].strip() == "END OF HEADER":
            _check(header, path, number)
            return header, number
        read_record(header, line, path, number)
    raise FormatError(path, len(lines), "END OF HEADER", "the end of the file")


def read_record(header: Header, line: str, path: str | Path, number: int) -> None:
    """Take one line of a header into `header`.

    Raises
    ------
    FormatError : its numbers cannot be read, it is a scale factor, which is not undone here, or
        it tells that biases are taken out already, which would be done twice
    """
    label = line[_LABEL].strip()
    try:
        if label == "RINEX VERSION / TYPE":
            header.version = float(line[:9])
            header.system = line[40:41].strip() or "G"
        elif label in _TEXTS:
            name, place = _TEXTS[label]
            setattr(header, name, " ".join(line[place].split()))
        elif label == "APPROX POSITION XYZ":
            x, y, z = (float(line[at : at + 14] or 0) for at in (0, 14, 28))
            header.position = (x, y, z)
        elif label in ("# / TYPES OF OBSERV", "SYS / # / OBS TYPES"):
            _read_types(header, line, label)
        elif label == "INTERVAL":
            header.interval_s = float(line[:10])
        elif label == "TIME OF FIRST OBS":
            default = {"R": "GLO", "E": "GAL", "C": "BDT"}.get(header.system, "GPS")
            header.time_system = line[48:51].strip() or default
        elif label == "GLONASS SLOT / FRQ #":
            for at in range(4, 60, 7):
                if line[at : at + 6].strip():
                    slot = f"R{int(line[at + 1 : at + 3]):02d}"
                    header.channels[slot] = int(line[at + 3 : at + 6])
        elif label == "SYS / SCALE FACTOR" and int(line[2:6] or 1) != 1:
            raise FormatError(path, number, "observations without a scale factor", line[:60])
        elif label == "SYS / DCBS APPLIED" and line[2:19].strip():
            raise FormatError(path, number, "codes with their biases inside", line[:60])
    except ValueError as error:
        raise FormatError(path, number, f"numbers of {label}", repr(line[:60])) from error


def _read_types(header: Header, line: str, label: str) -> None:
    """The observables of one line; a line that begins a list empties the list before it."""
    if label == "# / TYPES OF OBSERV":
        if line[:6].strip():
            int(line[:6])
            header.types["all"] = []
        header.types.setdefault("all", []).extend(line[6:60].split())
        return
    if line[:1].strip():
        int(line[3:6])
        header.listed = line[0]
        header.types[line[0]] = []
    header.types.setdefault(header.listed, []).extend(line[6:60].split())


def _check(header: Header, path: str | Path, number: int) -> None:
    """Refuse a header without the records that reading needs."""
    if not 2 <= header.version < 4:
        raise FormatError(path, 1, "RINEX 2 or 3", f"version {header.version}")
    if not header.types:
        raise FormatError(path, number, "observables in the header", "none")


def _text(line: bytes) -> str:
    """A line as text, 80 characters at least."""
    return line.decode("latin-1").rstrip("\r").ljust(80)
