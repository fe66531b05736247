"""The maps of an IONEX file.

A map that is laid out as nearly all are (every latitude band the same number of bytes, each line
but the last of a band with 16 numbers) is read at once from its bytes; any other one line by
line. Both ways give the same numbers; only the second speaks of errors, since it knows the line.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import numpy as np

from laicflow.errors import FormatError
from laicflow.readers.ionex_header import Header, read_exponent
from laicflow.readers.ionex_lines import BAND, KINDS, VALUES, Cursor, label_of

_PER_LINE = 16  # values a line
_WIDTH = 5  # characters a value
_MISSING = 9999
_NAN = "  nan"
_VALUE = re.compile(r" *-?[0-9]+")
_STARTS = {f"START OF {kind} MAP": kind for kind in KINDS}

# What a byte of a number is. A number is sound when the classes of its bytes never fall from
# left to right, no two minus signs meet and the last one is a digit.
_BLANK, _MINUS, _DIGIT, _OTHER = 0, 3, 4, 100
_CLASSES = bytes(
    _DIGIT if chr(byte) in "0123456789" else {32: _BLANK, 45: _MINUS}.get(byte, _OTHER)
    for byte in range(256)
)
_WORTHS = bytes(byte - 48 if 48 <= byte < 58 else 0 for byte in range(256))
# Exact in float32: no number of five digits needs more than 17 bits.
_PLACES = np.array([10000, 1000, 100, 10, 1], dtype=np.float32)


@dataclasses.dataclass
class Map:
    """One map: values (latitude, longitude) in TECU (km for a height), NaN where missing."""

    number: int
    epoch: dt.datetime
    values: np.ndarray


class Maps(dict[str, list[Map]]):
    """The maps of a file by kind (TEC, RMS, HEIGHT).

    Attributes
    ----------
    count : maps of all kinds, those passed over included
    ended : whether the file had its END OF FILE label
    not_a_number : values that the file writes as `nan`
    """

    count = 0
    ended = True
    not_a_number = 0


def read_maps(cursor: Cursor, header: Header, *, rms: bool = True, end_label: bool = True) -> Maps:
    """All maps by kind (TEC, RMS, HEIGHT), each kind in the order of the file.

    With `rms` false the RMS maps are passed over unread. An EXPONENT holds for all that follows
    it until the next one. Without `end_label` a file may end behind its last RMS map.

    Raises
    ------
    FormatError : a map lacks a band or a value, stands on another grid than the header says, is
        out of its number, or the file ends before its END OF FILE label
    """
    maps = Maps({kind: [] for kind in KINDS})
    exponent = header.exponent
    reader = _MapReader(cursor, header)
    while True:
        if not end_label and cursor.is_at_end():
            _check_whole(maps, header, cursor)
            maps.ended = False
            break
        if (label := label_of(line := cursor.line())) == "END OF FILE":
            break
        if label == "EXPONENT":
            exponent = read_exponent(line[:VALUES], cursor)
        elif label == "START OF RMS MAP" and not rms:
            _pass_over(cursor)
            maps.count += 1
        elif label in _STARTS:
            kind = _STARTS[label]
            number = cursor.read_integer(line[:6], "the number of the map")
            if number != len(maps[kind]) + 1:
                raise cursor.error(f"{kind} map {len(maps[kind]) + 1}", f"map {number}")
            one, exponent = reader.read(kind, number, exponent)
            maps[kind].append(one)
            maps.count += 1
        elif label != "COMMENT" and line.strip():
            raise cursor.error("the start of a map", repr(line[:80]))
    rest = cursor.data[cursor.next :].strip(b" \r\n\x1a\x00")
    if rest:
        raise cursor.error("nothing after END OF FILE", f"{len(rest)} bytes more")
    maps.not_a_number = reader.not_a_number
    return maps


def _check_whole(maps: Maps, header: Header, cursor: Cursor) -> None:
    """Refuse a file without its last label that lacks a map as well."""
    tec = len(maps["TEC"])
    others = maps.count - tec - len(maps["HEIGHT"])
    if not tec or others != tec or header.maps not in (tec, maps.count):
        wanted = f"an END OF FILE label, or {header.maps} TEC maps and as many RMS maps"
        found = f"the end of the data behind {tec} TEC and {others} RMS maps"
        raise cursor.error(wanted, f"{found} (the file is truncated)")


def _pass_over(cursor: Cursor) -> None:
    """Go on behind the RMS map that has begun."""
    end = cursor.data.find(b"END OF RMS MAP", cursor.next)
    cursor.next = len(cursor.data) if end < 0 else cursor.data.rfind(b"\n", 0, end) + 1
    cursor.line()


class _MapReader:
    """Reads the maps of one file, one after the other."""

    def __init__(self, cursor: Cursor, header: Header) -> None:
        self.cursor = cursor
        self.header = header
        self.shape = (header.latitude.size, header.longitude.size)
        # Columns of the band lines of a map that was found sound: the next have the same.
        self.sound_bands = b""
        self.not_a_number = 0

    def read(self, kind: str, number: int, exponent: int) -> tuple[Map, int]:
        """The map whose START line was read last, and the exponent that holds after it."""
        epoch = None
        while (label := label_of(line := self.cursor.line())) != BAND:
            if label == "EPOCH OF CURRENT MAP":
                epoch = self.cursor.read_epoch(line)
            elif label == "EXPONENT":
                exponent = read_exponent(line[:VALUES], self.cursor)
            elif label != "COMMENT" and line.strip():
                raise self.cursor.error(f"a {BAND} line", repr(line[:80]))
        if epoch is None:
            raise self.cursor.error("EPOCH OF CURRENT MAP before the first band", repr(line))
        self.cursor.next = self.cursor.start
        whole = self._read_at_once()
        if whole is not None:
            values = _scaled(whole, exponent)
        else:
            values, exponent = self._read_by_line(exponent)
        self._read_end(kind, number)
        return Map(number, epoch, values.astype(np.float32)), exponent

    def _read_at_once(self) -> np.ndarray | None:
        """All numbers (latitude, longitude) of a regular map, None where it is not regular."""
        data, start = self.cursor.data, self.cursor.next
        rows, columns = self.shape
        ends, at = [], start
        for _ in range(1 + -(-columns // _PER_LINE)):
            end = data.find(b"\n", at)
            if end < 0:
                return None
            ends.append(end - start)
            at = end + 1
        stride = at - start
        if start + rows * stride > len(data):
            return None
        block = np.frombuffer(data, np.uint8, rows * stride, start).reshape(rows, stride)
        newlines = block == ord("\n")
        if np.count_nonzero(newlines) != rows * len(ends) or not newlines[:, ends].all():
            return None
        numbers = _columns_of_numbers(block, ends, columns)
        if numbers is None or not self._bands_are_sound(block[:, : ends[0]]):
            return None
        values = _integers(numbers)
        if values is not None:
            self.cursor.next = start + rows * stride
        return values

    def _bands_are_sound(self, lines: np.ndarray) -> bool:
        """Whether the band lines (latitude, characters) are those of the header's grid."""
        content = lines.tobytes()
        if content == self.sound_bands:
            return True
        for row, latitude in zip(lines, self.header.latitude, strict=True):
            line = row.tobytes().decode("latin-1").rstrip("\r")
            try:
                if label_of(line) != BAND or self._fault_of_band(line, latitude):
                    return False
            except FormatError:  # raised again, with the right line, by the other way
                return False
        self.sound_bands = content
        return True

    def _fault_of_band(self, line: str, latitude: float) -> str | None:
        """What a band line (2X,5F6.1) should say of the grid, None where it says so."""
        longitude = self.header.longitude
        step = longitude[1] - longitude[0] if longitude.size > 1 else 0.0
        wanted = (latitude, longitude[0], longitude[-1], step)
        names = ("the latitude", "the first longitude", "the last longitude", "the step")
        for i, (value, name) in enumerate(zip(wanted, names, strict=True)):
            text = line[2 + 6 * i : 8 + 6 * i]
            if abs(self.cursor.read_number(text, name) - value) > 0.01:
                return f"{name} {value:.1f}"
        return None

    def _read_by_line(self, exponent: int) -> tuple[np.ndarray, int]:
        """The values (latitude, longitude) in TECU, and the exponent that holds after them."""
        rows, columns = self.shape
        values = np.empty(self.shape)
        for row in range(rows):
            latitude = self.header.latitude[row]
            while (label := label_of(line := self.cursor.line())) != BAND:
                if label == "EXPONENT":
                    exponent = read_exponent(line[:VALUES], self.cursor)
                elif label != "COMMENT":
                    raise self.cursor.error(f"the band of latitude {latitude:.1f}", repr(line[:80]))
            fault = self._fault_of_band(line, latitude)
            if fault:
                raise self.cursor.error(fault, repr(line[:32]))
            numbers: list[float] = []
            while len(numbers) < columns:
                line = self.cursor.line()
                if label_of(line) != "COMMENT":
                    numbers += self._numbers_of(line, columns - len(numbers))
            values[row] = _scaled(np.array(numbers), exponent)
        return values, exponent

    def _numbers_of(self, line: str, most: int) -> list[float]:
        """The numbers (mI5) of a line; `nan`, which UPC has written, is missing and counted."""
        text = line.rstrip()
        parts = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
        if not 0 < len(parts) <= min(most, _PER_LINE):
            raise self.cursor.error(
                f"1 to {min(most, _PER_LINE)} numbers", f"{len(parts)} in {line[:80]!r}"
            )
        numbers: list[float] = []
        for part in parts:
            if part.lower() == _NAN:
                self.not_a_number += 1
                numbers.append(np.nan)
            elif len(part) == _WIDTH and _VALUE.fullmatch(part):
                numbers.append(int(part))
            else:
                raise self.cursor.error(f"a number of {_WIDTH} characters", repr(part))
        return numbers

    def _read_end(self, kind: str, number: int) -> None:
        """The END line of a map."""
        line = self.cursor.line()
        while not line.strip() or label_of(line) == "COMMENT":
            line = self.cursor.line()
        if label_of(line) != f"END OF {kind} MAP":
            raise self.cursor.error(f"END OF {kind} MAP {number}", repr(line[:80]))
        text = line[:6]
        if text.strip() and self.cursor.read_integer(text, "the number of the map") != number:
            raise self.cursor.error(f"END OF {kind} MAP {number}", repr(line[:80]))


def _columns_of_numbers(block: np.ndarray, ends: list[int], columns: int) -> np.ndarray | None:
    """The characters (latitude, longitude, 5) of the numbers, None where lines are irregular."""
    parts, left = [], columns
    for before, end in zip(ends, ends[1:], strict=False):
        start = before + 1
        stop = start + _WIDTH * min(left, _PER_LINE)
        rest = block[:, stop:end]
        if stop > end or not ((rest == ord(" ")) | (rest == ord("\r"))).all():
            return None
        parts.append(block[:, start:stop])
        left -= _PER_LINE
    return np.concatenate(parts, axis=1).reshape(block.shape[0], columns, _WIDTH)


def _integers(characters: np.ndarray) -> np.ndarray | None:
    """Numbers (latitude, longitude) of characters (latitude, longitude, 5), None where one is none.

    Bytes are looked up by `bytes.translate`, place by place: several times faster than indices.
    """
    shape = characters.shape[:-1]
    places = characters.reshape(-1, _WIDTH).T.tobytes()
    # Nearly all maps are digits and blanks alone, which arithmetic tells faster than a table.
    codes = np.frombuffer(places, np.uint8).reshape(_WIDTH, -1)
    digits = codes - np.uint8(ord("0"))
    is_digit = digits < 10
    if (is_digit | (codes == ord(" "))).all():
        if not is_digit[-1].all() or (is_digit[1:] < is_digit[:-1]).any():
            return None
        digits *= is_digit
        return (_PLACES @ digits.astype(np.float32)).reshape(shape)
    kinds = np.frombuffer(places.translate(_CLASSES), np.uint8).reshape(_WIDTH, -1)
    left, right = kinds[:-1], kinds[1:]
    minus = kinds == _MINUS
    if (kinds[-1] != _DIGIT).any() or (right < left).any() or (minus[:-1] & minus[1:]).any():
        return None
    worths = np.frombuffer(places.translate(_WORTHS), np.uint8).reshape(_WIDTH, -1)
    sizes = _PLACES @ worths.astype(np.float32)
    return np.where(minus.any(axis=0), -sizes, sizes).reshape(shape)


def _scaled(numbers: np.ndarray, exponent: int) -> np.ndarray:
    """Numbers times ten to the exponent, NaN where they stand for a missing value."""
    exact = numbers.astype(np.float64)
    values = exact * 10.0**exponent if exponent >= 0 else exact / 10.0**-exponent
    return np.where(numbers == _MISSING, np.nan, values)
