"""Text of a RINEX observation file: where each satellite's record stands, and its numbers.

Records have fixed columns (RINEX 2.11, table A2; RINEX 3.05, table A3), so all values of an
observable are cut out of the text at once. gnss_tec reads the same files; it gives neither the
loss-of-lock indicators nor the epoch flags, takes leap seconds from headers that are wrong about
them, and ends the whole process at some broken files. So it serves the tests as a second opinion.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np

from laicflow.errors import FormatError
from laicflow.gnss import gps_time
from laicflow.gnss.rinex_header import Header, read_header, read_record

_FIELD = 16  # characters of a value with its two indicators
_VALUE = 14
_PER_LINE = 5  # values a line in RINEX 2
_SATELLITES_PER_LINE = 12
_CLOCK_S = 0.1  # that an epoch may be off its second
_MOVED = "epochs of a moving antenna or another site"


@dataclasses.dataclass
class Records:
    """Where the records of the satellites stand.

    Parameters
    ----------
    time : GPS seconds, a record each
    satellite : name such as `G05`
    line : index of its (first) line
    broken : whether the receiver lost power before the epoch (epoch flag 1)
    columns : which list of `lists` names its columns
    lists : observables by system; a second one where the file changes them on its way
    left_out : what was passed over, by reason
    """

    time: list[float] = dataclasses.field(default_factory=list)
    satellite: list[str] = dataclasses.field(default_factory=list)
    line: list[int] = dataclasses.field(default_factory=list)
    broken: list[bool] = dataclasses.field(default_factory=list)
    columns: list[int] = dataclasses.field(default_factory=list)
    lists: list[dict[str, list[str]]] = dataclasses.field(default_factory=list)
    left_out: dict[str, int] = dataclasses.field(default_factory=dict)

    def skip(self, reason: str, count: int = 1) -> None:
        """Count something that is left out."""
        self.left_out[reason] = self.left_out.get(reason, 0) + count


class Text:
    """A file's lines, and numbers cut from them."""

    def __init__(self, data: bytes, path: str | Path) -> None:
        self.path = path
        self.lines = data.split(b"\n")
        # A file that was cut off ends within a line, whose last number may be short.
        self.is_cut = bool(self.lines.pop())
        self.bytes = np.frombuffer(data, np.uint8)
        self.length = np.fromiter(map(len, self.lines), np.int64, len(self.lines))
        self.start = np.concatenate([[0], np.cumsum(self.length + 1)])[:-1]

    def fields(self, line: np.ndarray, column: int) -> tuple[np.ndarray, np.ndarray]:
        """Values and loss-of-lock indicators that begin at a column of some lines.

        Blank and zero are NaN, since RINEX writes a missing observation either way.

        Raises
        ------
        FormatError : a field is no number
        """
        inside = line < self.start.size
        line = np.where(inside, line, 0)
        place = column + np.arange(_VALUE + 1)
        seen = (place < self.length[line][:, None]) & inside[:, None]
        at = np.minimum(self.start[line][:, None] + place, self.bytes.size - 1)
        characters = np.where(seen, self.bytes[at], np.uint8(32)).astype(np.uint8)
        characters[characters == 13] = 32
        text = np.ascontiguousarray(characters[:, :_VALUE]).view(f"S{_VALUE}").ravel()
        values = np.full(text.size, np.nan)
        filled = np.flatnonzero((characters[:, :_VALUE] != 32).any(axis=1))
        try:
            values[filled] = text[filled].astype(np.float64)
        except ValueError as error:
            bad = next(one for one in filled if not _is_number(text[one]))
            found = repr(text[bad].decode("latin-1"))
            raise FormatError(self.path, int(line[bad]) + 1, "an observation", found) from error
        indicator = characters[:, _VALUE]
        lock = np.where((indicator >= 48) & (indicator < 58), indicator - 48, 0)
        return np.where(values == 0.0, np.nan, values), lock.astype(np.uint8)


def find_records(text: Text, systems: str, every_s: float) -> tuple[Header, Records]:
    """The header, and the records of the systems' satellites.

    Parameters
    ----------
    systems : letters of the systems wanted, such as `GR`
    every_s : epochs off the multiples of so many seconds are passed over where they follow the
        one before sooner than that (0 keeps all)

    Raises
    ------
    FormatError : a line that should begin an epoch does not, or has a broken time or list
    """
    header, index = read_header(text.lines, text.path)
    records = Records(lists=[dict(header.types)])
    walk = _Walk(text, header, records, systems, every_s)
    while index is not None and index < len(text.lines):
        index = walk.step(index)
    return header, records


class _Walk:
    """Goes through the epochs of a file."""

    def __init__(
        self, text: Text, header: Header, records: Records, systems: str, every_s: float
    ) -> None:
        self.text, self.header, self.records = text, header, records
        self.systems, self.every_s = systems, every_s
        self.new = header.version >= 3
        self.broken = False
        self.kept = -math.inf
        self.position = header.position

    def step(self, index: int) -> int | None:
        """Take the epoch that begins at a line; the line behind it, None to end the walk."""
        line = self.text.lines[index]
        if not line.strip():
            return index + 1
        flag, count, time = self._head(line, index)
        if flag > 1:
            return self._event(index, flag, count)
        self.broken = self.broken or flag == 1
        names, after, step = self._satellites(index, count)
        end = after + step * count
        if end > len(self.text.lines) or (self.text.is_cut and end == len(self.text.lines)):
            self.records.skip("epochs cut off at the end of a file")
            return None
        if self._is_between(time):
            self.records.skip(f"epochs between multiples of {self.every_s:g} s")
            return end
        self._take(names, after, step, time)
        return end

    def _is_between(self, time: float) -> bool:
        """Whether an epoch comes sooner after the one kept last than is wanted."""
        every = self.every_s
        off = abs(time - every * round(time / every)) if every else 0.0
        if off > _CLOCK_S and abs(time - self.kept) < every - _CLOCK_S:
            return True
        self.kept = time
        return False

    def _take(self, names: list[str], after: int, step: int, time: float) -> None:
        """Add the records of an epoch."""
        records = self.records
        columns = len(records.lists) - 1
        for number, name in enumerate(names):
            if name[0] in self.systems:
                records.time.append(time)
                records.satellite.append(name)
                records.line.append(after + step * number)
                records.broken.append(self.broken)
                records.columns.append(columns)
        self.broken = False

    def _head(self, line: bytes, index: int) -> tuple[int, int, float]:
        """Flag, number of satellites or records, and GPS seconds (NaN for an event)."""
        wanted = "an epoch"
        try:
            if self.new:
                if line[:1] != b">":
                    raise ValueError(wanted)
                parts, flag, count = line[1:29].split(), int(line[29:32]), int(line[32:35])
            else:
                parts, flag, count = line[:26].split(), int(line[26:29]), int(line[29:32])
            if flag > 6 or flag < 0 or count < 0:
                raise ValueError(wanted)
            if flag > 1:
                return flag, count, math.nan
            year = int(parts[0])
            if not self.new:
                year += 1900 if year >= 80 else 2000
            numbers = [int(part) for part in parts[1:5]]
            time = gps_time.from_calendar(
                year, *numbers, float(parts[5]), system=self.header.time_system
            )
        except (ValueError, IndexError) as error:
            found = repr(line[:40].decode("latin-1"))
            raise FormatError(self.text.path, index + 1, wanted, found) from error
        return flag, count, time

    def _satellites(self, index: int, count: int) -> tuple[list[str], int, int]:
        """Names of an epoch's satellites, the line of the first record, lines a record."""
        lines = self.text.lines
        if self.new:
            names = [_name(line[:3]) for line in lines[index + 1 : index + 1 + count]]
            fault = next((n for n, name in enumerate(names) if not name), None)
            if fault is not None:
                raise self._no_satellite(index + 1 + fault, lines[index + 1 + fault][:3])
            return names, index + 1, 1
        heads = -(-count // _SATELLITES_PER_LINE) or 1
        listed = b"".join(line[32:68].ljust(36) for line in lines[index : index + heads])
        names = [_name(listed[3 * n : 3 * n + 3]) for n in range(count)]
        if not all(names) and index + heads <= len(lines):
            raise self._no_satellite(index, listed[: 3 * count])
        types = len(self.records.lists[-1].get("all", ()))
        return names, index + heads, -(-types // _PER_LINE)

    def _no_satellite(self, index: int, found: bytes) -> FormatError:
        """The error of a name that is none."""
        return FormatError(
            self.text.path, index + 1, "a satellite such as G05", repr(found.decode("latin-1"))
        )

    def _event(self, index: int, flag: int, count: int) -> int | None:
        """Pass over an event; header records inside may change observables or the site."""
        end = index + 1 + count
        if flag == 6:
            if not self.new:
                names, after, step = self._satellites(index, count)
                end = after + step * len(names)
            return end
        changed = dataclasses.replace(self.header, types=dict(self.records.lists[-1]))
        for number in range(index + 1, min(end, len(self.text.lines))):
            line = self.text.lines[number].decode("latin-1").ljust(80)
            read_record(changed, line, self.text.path, number + 1)
        if flag in (2, 3) or math.dist(changed.position, self.position) > 100.0:
            self.records.skip(_MOVED)
            return None
        if changed.types != self.records.lists[-1]:
            self.records.lists.append(changed.types)
        self.broken = True
        return end


def _name(text: bytes) -> str:
    """The name of a satellite (`G05` of `G 5` and ` 5`), empty where it is none."""
    system, number = text[:1].decode("latin-1").strip() or "G", text[1:3].strip()
    return f"{system}{int(number):02d}" if system.isalpha() and number.isdigit() else ""


def _is_number(text: bytes) -> bool:
    """Whether a field is a number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
