"""The header of an IONEX file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import numpy as np

from laicflow.readers.ionex_biases import Block, begun
from laicflow.readers.ionex_lines import VALUES, Cursor, label_of

# Who made the maps. A combination names the centres that it combines, so it is asked first.
_COMBINED = re.compile(r"COMBINED IGS|IGS COMBINED|IGS \w+ COMBINATION", re.IGNORECASE)
_CENTRES = {
    "jpl": re.compile(r"\bJPL\b"),
    "code": re.compile(r"\bAIUB\b|\bCODE\b"),
    "esa": re.compile(r"\bESOC\b|\bESA\b"),
    "upc": re.compile(r"\bUPC\b"),
    "cas": re.compile(r"\bCAS\b|\bLZSH\b|Chinese Academy of Sciences"),
    "whu": re.compile(r"\bWHU\b|Wuhan"),
    "emr": re.compile(r"\bEMR\b|\bNRCan\b", re.IGNORECASE),
}
# A title such as CODE's of its predictions; the word alone may stand in any description.
_PREDICTED = re.compile(r"PREDICT(ED|ION).*\bMAPS?\b|\bMAPS?\b.*PREDICT(ED|ION)", re.IGNORECASE)


@dataclasses.dataclass
class Header:
    """What the header of an IONEX file says; degrees, km, seconds; missing text is "unknown"."""

    ionex_version: float = np.nan
    satellite_system: str = "unknown"
    program: str = "unknown"
    run_by: str = "unknown"
    created: str = "unknown"
    description: str = ""
    first_epoch: dt.datetime | None = None
    last_epoch: dt.datetime | None = None
    interval_s: int | None = None
    maps: int | None = None
    mapping_function: str = "unknown"
    elevation_cutoff_deg: float = np.nan
    base_radius_km: float = np.nan
    dimension: int | None = None
    height_km: float | None = None
    latitude: np.ndarray | None = None
    longitude: np.ndarray | None = None
    exponent: int = -1
    biases: list[Block] = dataclasses.field(default_factory=list)
    title: str = ""

    @property
    def centre(self) -> str:
        """The analysis centre, `unknown` where the header does not tell."""
        if _COMBINED.search(self.description):
            return "igs"
        for text in (self.run_by, self.program, self.description):
            for centre, pattern in _CENTRES.items():
                if pattern.search(text):
                    return centre
        return "unknown"

    @property
    def predicted(self) -> int:
        """1 where title or description call the maps predicted."""
        lines = [self.title, *self.description.splitlines()]
        return int(any(_PREDICTED.search(line) for line in lines))


_REQUIRED = {
    "first_epoch": "EPOCH OF FIRST MAP",
    "last_epoch": "EPOCH OF LAST MAP",
    "interval_s": "INTERVAL",
    "maps": "# OF MAPS IN FILE",
    "dimension": "MAP DIMENSION",
    "height_km": "HGT1 / HGT2 / DHGT",
    "latitude": "LAT1 / LAT2 / DLAT",
    "longitude": "LON1 / LON2 / DLON",
}


def read_header(cursor: Cursor) -> Header:
    """The header; the cursor is left behind its last line.

    Labels that the format does not know are passed over. Biases whose numbers cannot be read are
    left out and counted, since they are no part of the maps. The title is the first comment.

    Raises
    ------
    FormatError : the file is no IONEX file of version 1, a record is not what the format says,
        a record that is needed is missing, or the maps have three dimensions
    """
    header = Header()
    _read_version(header, cursor)
    block, comment = None, ""
    while (label := label_of(line := cursor.line())) != "END OF HEADER":
        if label == "STATION / BIAS / RMS":
            if block is not None:
                block.read_station(line)
        elif label == "PRN / BIAS / RMS":
            if block is not None:
                block.read_satellite(line)
        elif label == "COMMENT":
            comment = line[:VALUES]
            header.title = header.title or comment.strip()
        elif label in ("START OF AUX DATA", "END OF AUX DATA"):
            block = begun(line[:VALUES], comment) if label.startswith("START") else None
            header.biases += [block] if block is not None else []
            comment = ""
        elif label in ("START OF TEC MAP", "END OF FILE"):
            raise cursor.error("END OF HEADER before the maps", repr(line[:80]))
        else:
            _read_record(header, label, line, cursor)
    for name, label in _REQUIRED.items():
        if getattr(header, name) is None:
            raise cursor.error(f"a record {label!r} in the header", "the end of the header")
    return header


def _read_version(header: Header, cursor: Cursor) -> None:
    """The first line: F8.1,12X,A1,19X,A3."""
    line = cursor.line()
    if label_of(line) != "IONEX VERSION / TYPE" or line[20:21] != "I":
        raise cursor.error("IONEX VERSION / TYPE of an ionosphere map", repr(line[:80]))
    header.ionex_version = cursor.read_number(line[:20], "the version")
    if not 1 <= header.ionex_version < 2:
        raise cursor.error("IONEX version 1", repr(line[:20].strip()))
    header.satellite_system = line[40:VALUES].strip() or "unknown"


def _read_record(header: Header, label: str, line: str, cursor: Cursor) -> None:
    """Put one record into the header."""
    text = line[:VALUES]
    match label:
        case "PGM / RUN BY / DATE":
            header.program, header.run_by, header.created = (
                line[at : at + 20].strip() or "unknown" for at in (0, 20, 40)
            )
        case "DESCRIPTION":
            header.description = f"{header.description}\n{text.strip()}".strip()
        case "EPOCH OF FIRST MAP":
            header.first_epoch = cursor.read_epoch(text)
        case "EPOCH OF LAST MAP":
            header.last_epoch = cursor.read_epoch(text)
        case "INTERVAL":
            header.interval_s = cursor.read_integer(text, "the interval")
        case "# OF MAPS IN FILE":
            header.maps = cursor.read_integer(text, "the number of maps")
        case "MAPPING FUNCTION":
            header.mapping_function = text.strip() or "unknown"
        case "ELEVATION CUTOFF":
            header.elevation_cutoff_deg = cursor.read_number(text, "the elevation cutoff")
        case "BASE RADIUS":
            header.base_radius_km = cursor.read_number(text, "the base radius")
        case "EXPONENT":
            header.exponent = read_exponent(text, cursor)
        case "MAP DIMENSION":
            header.dimension = cursor.read_integer(text, "the dimension of the maps")
            if header.dimension != 2:
                wanted = "maps of 2 dimensions (of TEC; densities by height are not read)"
                raise cursor.error(wanted, header.dimension)
        case "HGT1 / HGT2 / DHGT":
            heights = _axis(text, "height", cursor)
            if heights.size != 1:
                raise cursor.error("one height", f"{heights.size} heights")
            header.height_km = float(heights[0])
        case "LAT1 / LAT2 / DLAT":
            header.latitude = _axis(text, "latitude", cursor)
        case "LON1 / LON2 / DLON":
            header.longitude = _axis(text, "longitude", cursor)


def read_exponent(text: str, cursor: Cursor) -> int:
    """The exponent of ten (I6) of the values that follow."""
    exponent = cursor.read_integer(text, "the exponent")
    if not -9 <= exponent <= 9:
        raise cursor.error("an exponent between -9 and 9", exponent)
    return exponent


def _axis(text: str, what: str, cursor: Cursor) -> np.ndarray:
    """The values of 2X,3F6.1: first, last and step (0 where there is one value)."""
    first, last, step = (cursor.read_number(text[at : at + 6], f"the {what}") for at in (2, 8, 14))
    count = round((last - first) / step) + 1 if step else 1
    if count < 1 or abs(first + (count - 1) * step - last) > 1e-6:
        raise cursor.error(f"first, last and step of a {what}", repr(text[:20]))
    bound = {"latitude": 90, "longitude": 360}.get(what, np.inf)
    if max(abs(first), abs(last)) > bound:
        raise cursor.error(f"a {what} within {bound} degrees", repr(text[:20]))
    return np.round(first + step * np.arange(count), 6)
