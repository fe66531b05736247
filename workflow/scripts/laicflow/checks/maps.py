"""Is this the map file that was asked for?"""

from __future__ import annotations

import datetime as dt
import re

from laicflow.checks.common import Asked, UnlikeError, shown
from laicflow.readers.ionex_header import Header
from laicflow.readers.ionex_names import fault_of_series, series_of_name

_LAST_MAP = re.compile(rb"END OF (TEC|RMS|HEIGHT) MAP\s*\Z")


def ionex(content: bytes, asked: Asked) -> None:
    """IONEX 1.0/1.1: version line, the day of the first map, the END OF FILE label.

    A header that names another centre or product than the file's name does is refused too, so that
    the next mirror is asked.
    """
    _header(content, asked)
    if b"END OF FILE" not in content[-512:]:
        raise UnlikeError("truncated: its END OF FILE label is missing")


def ionex_unended(content: bytes, asked: Asked) -> None:
    """The same, of a writer that leaves the label out: the file may end with its last map.

    As many RMS as TEC maps must be there then, and as many as the header promises.
    """
    header = _header(content, asked)
    if b"END OF FILE" in content[-512:]:
        return
    if _LAST_MAP.search(content[-512:]) is None:
        raise UnlikeError("truncated: it ends within a map")
    tec, rms = (content.count(b"END OF %s MAP" % kind) for kind in (b"TEC", b"RMS"))
    if tec != rms or header.maps not in (tec, tec + rms):
        text = f"truncated: {header.maps} maps promised, {tec} of TEC and {rms} of RMS there"
        raise UnlikeError(text)


def _header(content: bytes, asked: Asked) -> Header:
    """What the header says of day, number of maps and maker, held to what was asked for."""
    end = content.find(b"END OF HEADER")
    lines = content[: end if end >= 0 else None].splitlines() or [b""]
    if lines[0][60:].strip() != b"IONEX VERSION / TYPE":
        raise UnlikeError(f"expected an IONEX header, found {shown(lines[0])}")
    header, day = Header(), None
    for line in lines:
        text, label = line[:60].decode("latin-1"), line[60:].strip()
        if label == b"EPOCH OF FIRST MAP" and day is None:
            day = _day(text)
        elif label == b"PGM / RUN BY / DATE":
            header.program, header.run_by = text[:20], text[20:40]
        elif label == b"DESCRIPTION":
            header.description += f"{text}\n"
        elif label == b"COMMENT":
            header.title = header.title or text.strip()
        elif label == b"# OF MAPS IN FILE" and text.strip().isdecimal():
            header.maps = int(text)
    if day is None:
        raise UnlikeError("its header has no EPOCH OF FIRST MAP")
    if day != asked.first:
        raise UnlikeError(f"expected maps of {asked.first}, its header says {day}")
    predicted, series = bool(header.predicted), series_of_name(asked.name)
    fault = fault_of_series(series, header.centre, predicted, header.title)
    if fault is not None:
        raise UnlikeError(f"expected {fault[0]}, as its name says, found {fault[1]}")
    return header


def _day(text: str) -> dt.date | None:
    """The day of an epoch, None where there is none."""
    try:
        year, month, day = (int(field) for field in text.split()[:3])
        return dt.date(year, month, day)
    except ValueError:
        return None
