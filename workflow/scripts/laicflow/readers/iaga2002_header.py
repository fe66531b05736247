"""The header of an IAGA-2002 file: twelve labels, comments, the names of the columns."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from laicflow.errors import FormatError
from laicflow.readers import fields
from laicflow.readers.geomagnetic import Header
from laicflow.readers.geomagnetic_vector import LETTERS, wrapped

# The format's labels, and one that its revision of 2015 allows.
_LABELS = (
    "FORMAT",
    "SOURCE OF DATA",
    "STATION NAME",
    "IAGA CODE",
    "GEODETIC LATITUDE",
    "GEODETIC LONGITUDE",
    "ELEVATION",
    "REPORTED",
    "SENSOR ORIENTATION",
    "DIGITAL SAMPLING",
    "DATA INTERVAL TYPE",
    "DATA TYPE",
    "PUBLICATION DATE",
)
# Labels from column 2, values from column 25 in the format; writers move both by a column.
_LINE = re.compile(rf"({'|'.join(_LABELS)})(?:\s+(.*))?", re.IGNORECASE)
_COLUMNS = re.compile(r"DATE\s+TIME\s+DOY\s*(.*)", re.IGNORECASE)
_BASELINE = re.compile(r"#\s*DECBAS\s+([+-]?[0-9]+)\b", re.IGNORECASE)
_MINUTE = re.compile(r"\b(1|one)[- ]?min|\bPT1M\b|\bPT60S\b", re.IGNORECASE)
_OTHER = re.compile(
    r"sec|hour|\bhor\b|\bPT[0-9]+[SHM]\b|\bdaily|\bday|month|annual|[0-9][- ]?min", re.IGNORECASE
)
# Names of columns that hold nothing; they fill up the four of the format.
_FILLERS = ("NUL", "---", "-")


@dataclasses.dataclass(frozen=True)
class Parsed:
    """The header, the letters of the columns ("" where a column holds nothing), where data begin.

    `start` is an offset in bytes, `line` the number of the line of the first record.
    """

    header: Header
    letters: list[str]
    start: int
    line: int


def parse(data: bytes, path: str | Path) -> Parsed:
    """The header of a file.

    Raises
    ------
    FormatError : a line is no line of a header; format, IAGA code or place are missing or no such
        thing; the interval is not a minute; the columns are of another station or unknown
    """
    values: dict[str, tuple[str, int]] = {}
    baseline = None
    start, number = 0, 0
    while start < len(data):
        number += 1
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        text = data[start:end].decode("latin-1").strip().removesuffix("|").strip()
        start = end + 1
        if text.startswith("#"):
            baseline = _baseline(text, baseline, path, number)
            continue
        columns = _COLUMNS.fullmatch(text)
        if columns is not None:
            header, letters = _finish(values, baseline, columns[1].split(), path, number)
            return Parsed(header, letters, start, number + 1)
        if text:
            _label(text, values, path, number)
    raise FormatError(path, None, "a line DATE TIME DOY before the data", "none")


def _label(text: str, values: dict[str, tuple[str, int]], path: str | Path, number: int) -> None:
    """Take a line of a label and its value."""
    match = _LINE.fullmatch(text)
    if not values:
        value = (match[2] or "").strip() if match and match[1].upper() == "FORMAT" else None
        if value is None or not value.upper().startswith("IAGA-2002"):
            expected = "the line Format IAGA-2002 at the beginning"
            raise FormatError(path, number, expected, repr(text[:60]))
    if match is None:
        expected = "a label of the IAGA-2002 header, a comment or DATE TIME DOY"
        raise FormatError(path, number, expected, repr(text[:60]))
    values[match[1].upper()] = ((match[2] or "").strip(), number)


def _baseline(text: str, before: float | None, path: str | Path, number: int) -> float | None:
    """The declination baseline (degrees) of a comment DECBAS, in tenths of minutes of arc."""
    match = _BASELINE.match(text)
    if match is None:
        return before
    tenths = int(match[1])
    if abs(tenths) > 216000:
        raise FormatError(path, number, "DECBAS of 0 to 216,000 tenths of minutes", tenths)
    return wrapped(tenths / 600.0)


def _finish(
    values: dict[str, tuple[str, int]],
    baseline: float | None,
    names: list[str],
    path: str | Path,
    number: int,
) -> tuple[Header, list[str]]:
    """The header and the letters of the columns, from labels and names."""
    code, line = values.get("IAGA CODE", ("", number))
    if re.fullmatch(r"[A-Za-z0-9]{3,5}", code) is None:
        raise FormatError(path, line, "an IAGA code", repr(code))
    code = code.upper()
    interval, line = values.get("DATA INTERVAL TYPE", ("", number))
    if _OTHER.search(interval) and not _MINUTE.search(interval):
        raise FormatError(path, line, "1-minute data", f"the interval {interval!r}")
    letters = _letters(names, code, path, number)
    reported = values.get("REPORTED", ("", 0))[0].upper()
    flags = ()
    if reported and set(reported) - set(letters):
        flags = (f"columns {''.join(letters)} in place of {reported}",)
    elevation, line = values.get("ELEVATION", ("", number))
    header = Header(
        observatory=code,
        latitude=_degrees(values, "GEODETIC LATITUDE", -90.0, 90.0, path, number),
        longitude=wrapped(_degrees(values, "GEODETIC LONGITUDE", -180.0, 360.0, path, number)),
        elevation_m=(
            fields.number(elevation, path, line, "the elevation") if elevation else float("nan")
        ),
        publication_state_found=values.get("DATA TYPE", ("", 0))[0],
        reported=reported,
        interval=interval,
        declination_baseline=baseline,
        flags=flags,
    )
    return header, letters


def _degrees(
    values: dict[str, tuple[str, int]],
    label: str,
    least: float,
    most: float,
    path: str | Path,
    number: int,
) -> float:
    """A latitude or longitude of the header."""
    text, line = values.get(label, ("", number))
    value = fields.number(text, path, line, label.title())
    if not least <= value <= most:
        raise FormatError(path, line, f"{label.title()} of {least:.0f} to {most:.0f}", value)
    return value


def _letters(names: list[str], code: str, path: str | Path, number: int) -> list[str]:
    """The letters of the components, from names as ESKX."""
    letters = []
    for name in names:
        upper = name.upper()
        rest = upper.removeprefix(code)
        if upper in _FILLERS or rest in _FILLERS:
            letters.append("")
        elif rest == upper or len(rest) != 1:
            raise FormatError(path, number, f"columns of {code}, as the header says", name)
        elif rest not in LETTERS or rest in letters:
            raise FormatError(path, number, f"components of {LETTERS}, each once", name)
        else:
            letters.append(rest)
    if not any(letters):
        raise FormatError(path, number, f"columns of {code}", "none")
    return letters
