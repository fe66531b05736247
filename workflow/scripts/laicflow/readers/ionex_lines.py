"""Lines of an IONEX file: 60 columns of values and a label in columns 61-80.

Format: S. Schaer, W. Gurtner, J. Feltens, IONEX: The IONosphere Map EXchange Format Version 1
(1998), and version 1.1 (2015), section 5 and the tables of header and data records.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from laicflow.errors import FormatError
from laicflow.readers import fields

VALUES = 60  # columns before the label
BAND = "LAT/LON1/LON2/DLON/H"
KINDS = ("TEC", "RMS", "HEIGHT")
LABELS = frozenset(
    {
        "IONEX VERSION / TYPE",
        "PGM / RUN BY / DATE",
        "DESCRIPTION",
        "COMMENT",
        "EPOCH OF FIRST MAP",
        "EPOCH OF LAST MAP",
        "INTERVAL",
        "# OF MAPS IN FILE",
        "MAPPING FUNCTION",
        "ELEVATION CUTOFF",
        "OBSERVABLES USED",
        "# OF STATIONS",
        "# OF SATELLITES",
        "BASE RADIUS",
        "MAP DIMENSION",
        "HGT1 / HGT2 / DHGT",
        "LAT1 / LAT2 / DLAT",
        "LON1 / LON2 / DLON",
        "EXPONENT",
        "START OF AUX DATA",
        "END OF AUX DATA",
        "PRN / BIAS / RMS",
        "STATION / BIAS / RMS",
        "END OF HEADER",
        "EPOCH OF CURRENT MAP",
        BAND,
        *(f"START OF {kind} MAP" for kind in KINDS),
        *(f"END OF {kind} MAP" for kind in KINDS),
        "END OF FILE",
    }
)
_CONTENT = re.compile(rb"[^ \r\n\x1a\x00]")
# A label that lost its end is taken for the one label that it begins, if this much is there.
_ENOUGH = 10


def label_of(line: str) -> str:
    """The label of a line, "" where it has none that the format knows.

    Writers pad labels or not; some lose the last letters, some write a value one column too
    wide and push the label to the right (CAS, the date of its first files).
    """
    text = line[VALUES:].strip()
    if text in LABELS:
        return text
    if not text.isupper():  # numbers alone, as most lines are, or nothing
        return ""
    if len(text) >= _ENOUGH:
        begun = [label for label in LABELS if label.startswith(text)]
        if len(begun) == 1:
            return begun[0]
    pushed = [label for label in LABELS if text.endswith(label) and len(text) <= len(label) + 4]
    return max(pushed, key=len, default="")


class Cursor:
    """A walk over the lines of a file's bytes.

    Line numbers are counted only when somebody asks: that is in an error message.
    """

    def __init__(self, data: bytes, path: str | Path) -> None:
        self.data = data
        self.path = path
        self.start = 0  # where the line read last begins
        self.next = 0  # where the line after it begins

    @property
    def number(self) -> int:
        """The 1-based number of the line read last."""
        return self.data.count(b"\n", 0, self.start) + 1

    def is_at_end(self) -> bool:
        """Whether nothing but blanks follows."""
        return _CONTENT.search(self.data, self.next) is None

    def line(self) -> str:
        """The next line, without its end.

        Raises
        ------
        FormatError : there is no further line: the file lost its end
        """
        if self.next >= len(self.data):
            raise FormatError(
                self.path,
                self.number,
                "an END OF FILE label",
                "the end of the data after this line (the file is truncated)",
            )
        end = self.data.find(b"\n", self.next)
        end = len(self.data) if end < 0 else end
        self.start, self.next = self.next, end + 1
        return self.data[self.start : end].rstrip(b"\r").decode("latin-1")

    def error(self, expected: str, found: object) -> FormatError:
        """The error of the line read last."""
        return FormatError(self.path, self.number, expected, found)

    def read_number(self, text: str, what: str) -> float:
        """A number of the line read last."""
        try:
            return fields.number(text, self.path, None, what)
        except FormatError as error:
            raise self.error(error.expected, error.found) from None

    def read_integer(self, text: str, what: str) -> int:
        """An integer of the line read last; some writers give it decimals (`7200.0`)."""
        value = self.read_number(text, what)
        if value != int(value):
            raise self.error(f"an integer for {what}", repr(text))
        return int(value)

    def read_epoch(self, line: str) -> dt.datetime:
        """The epoch (6I6) of the line read last; hour 24 is hour 0 of the next day."""
        parts = [line[6 * i : 6 * i + 6] for i in range(6)]
        names = ("the year", "the month", "the day", "the hour", "the minute")
        year, month, day, hour, minute = map(self.read_integer, parts[:5], names)
        second = self.read_number(parts[5], "the second")
        last = hour == 24 and minute == 0 and second == 0
        if not (last or (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60)):
            raise self.error("an epoch", repr(line[:36]))
        try:
            midnight = dt.datetime(year, month, day)
        except ValueError as error:
            raise self.error("an epoch", repr(line[:36])) from error
        return midnight + dt.timedelta(hours=hour, minutes=minute, seconds=second)
