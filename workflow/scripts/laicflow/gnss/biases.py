"""Differential code biases of satellites and receivers.

Files of the University of Bern (`P1P2yymm_ALL.DCB`, `P1C1yymm.DCB`) and Bias-SINEX 1.00 (DSB and
OSB). A bias of two observables is the first's minus the second's, in ns, as both formats have it
(Schaer 1999, section 2.3; Schaer 2018, Bias-SINEX 1.00): measured C1 - C2 is too great by it.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable
from pathlib import Path

from laicflow.errors import FormatError
from laicflow.gnss import gps_time, signals
from laicflow.readers import raw

_DCB_TITLE = re.compile(r"\b(P1|P2)-(P2|C1|C2) DCB SOLUTION.*?YEAR (\d{4}), MONTH (\d{2})")
_DCB_LINE = re.compile(r"([GREC])(\d\d)?\s+(?:([A-Z0-9]{4})(?:\s+(\S{9}))?)?\s*(-?[\d.]+)\s+[\d.]+")
_DCB_CODES = {
    "G": {"P1": "C1W", "P2": "C2W", "C1": "C1C", "C2": "C2C"},
    "R": {"P1": "C1P", "P2": "C2P", "C1": "C1C", "C2": "C2C"},
}
_ABSOLUTE = ""  # the partner of an observable-specific bias
# C2D is made as C1C + (P2 - P1) (RINEX 3.05, table 4), so that C1C - C2D is P1 - P2.
_SAME_PAIRS = {"C1C-C2D": "C1W-C2W"}
# A bias that no file gives for a day is taken from the nearest record within so many days.
_NEAR_S = 45 * 86400.0
_SINEX_VERSION = "1.00"


@dataclasses.dataclass(frozen=True)
class Record:
    """A bias `first` minus `second` in ns that holds from `start` to `end` (GPS seconds)."""

    first: str
    second: str
    start: float
    end: float
    value: float

    def distance(self, time: float) -> float:
        """Seconds from a time to the record's span."""
        return max(self.start - time, time - self.end, 0.0)


@dataclasses.dataclass
class Biases:
    """Biases by satellite (`G05`) and by receiver and system (`ANKR G`)."""

    satellites: dict[str, list[Record]] = dataclasses.field(default_factory=dict)
    receivers: dict[str, list[Record]] = dataclasses.field(default_factory=dict)
    sources: list[str] = dataclasses.field(default_factory=list)

    def of_satellite(self, satellite: str, pair: str, time: float) -> float:
        """Bias in ns of a pair of observables (`C1W-C2W`), NaN where no file tells it."""
        return self.satellite_bias(satellite, pair, time)[0]

    def of_receiver(self, station: str, system: str, pair: str, time: float) -> float:
        """Bias in ns of a receiver, NaN where no file tells it (see `receiver_bias`)."""
        return self.receiver_bias(station, system, pair, time)[0]

    def satellite_bias(self, satellite: str, pair: str, time: float) -> tuple[float, float]:
        """As `of_satellite`, and by how many days a time lies off the span of the records taken."""
        first, second = _SAME_PAIRS.get(pair, pair).split("-")
        return _difference(self.satellites.get(satellite, ()), first, second, time)

    def receiver_bias(
        self, station: str, system: str, pair: str, time: float
    ) -> tuple[float, float]:
        """Bias in ns of a receiver (four letters), NaN where no file tells it, and days as above.

        CODE lists a receiver without P1 under P1-P2 with its C1 made a P1 by the satellites'
        biases, so that its C1-P2 bias stands where other receivers have P1-P2.
        """
        records = self.receivers.get(f"{station[:4].upper()} {system}", ())
        first, second = _SAME_PAIRS.get(pair, pair).split("-")
        found = _difference(records, first, second, time)
        if math.isnan(found[0]) and first == "C1C":
            found = _difference(records, {"G": "C1W", "R": "C1P"}.get(system, ""), second, time)
        return found


def read(paths: str | Path | Iterable[str | Path]) -> Biases:
    """The biases of one or several files, whose kind their content tells.

    Raises
    ------
    FormatError : a file is neither of the two formats, or a record of it cannot be read
    """
    result = Biases()
    for path in [paths] if isinstance(paths, str | Path) else paths:
        lines = raw.read_lines(path, "latin-1")
        if lines[0].startswith("%=BIA"):
            _read_sinex(lines, path, result)
        elif match := _DCB_TITLE.search(lines[0].upper().replace("GNSS ", "").replace("GPS ", "")):
            _read_dcb(lines, path, result, match)
        else:
            raise FormatError(path, 1, "a DCB file of CODE, or Bias-SINEX", repr(lines[0][:60]))
        result.sources.append(Path(path).name)
    return result


def _read_dcb(lines: list[str], path: str | Path, result: Biases, title: re.Match) -> None:
    """Take a monthly file: P1-P2 or P1-C1."""
    first, second, year, month = title[1], title[2], int(title[3]), int(title[4])
    start = gps_time.from_calendar(year, month, 1, 0, 0, 0.0)
    after = (year + month // 12, month % 12 + 1)
    end = gps_time.from_calendar(*after, 1, 0, 0, 0.0)
    heads = [n for n, line in enumerate(lines) if line.startswith("***")]
    if not heads:
        raise FormatError(path, len(lines), "the line of stars above the biases", "none")
    for number, line in enumerate(lines[heads[0] + 1 :], start=heads[0] + 2):
        if not line.strip():
            continue
        match = _DCB_LINE.fullmatch(line.strip())
        codes = _DCB_CODES.get(line[:1])
        if match is None or not (match[2] or match[3]):
            raise FormatError(path, number, "a satellite or station, bias and RMS", repr(line))
        if codes is None:
            continue
        record = Record(codes[first], codes[second], start, end, float(match[5]))
        if match[2]:
            result.satellites.setdefault(match[1] + match[2], []).append(record)
        else:
            result.receivers.setdefault(f"{match[3]} {match[1]}", []).append(record)


def _read_sinex(lines: list[str], path: str | Path, result: Biases) -> None:
    """Take the block BIAS/SOLUTION; biases of phases, of one satellite at one station,
    and units other than ns are passed over.
    """
    if (version := lines[0][6:10].strip()) != _SINEX_VERSION:
        # Version 0.01 has other columns.
        raise FormatError(path, 1, f"Bias-SINEX {_SINEX_VERSION}", f"version {version!r}")
    inside = ended = False
    for number, line in enumerate(lines, start=1):
        if line.startswith("+BIAS/SOLUTION"):
            inside = True
        elif line.startswith("-BIAS/SOLUTION"):
            inside, ended = False, True
        elif inside and line[:1] == " ":
            _read_sinex_line(line, path, number, result)
    if not ended:
        raise FormatError(path, len(lines), "the end of BIAS/SOLUTION", "the end of the file")


def _read_sinex_line(line: str, path: str | Path, number: int, result: Biases) -> None:
    """Take one record (Bias-SINEX 1.00, section 4.7: fixed columns)."""
    kind, satellite, station = line[1:5].strip(), line[11:14].strip(), line[15:24].strip()
    first, second, unit = line[25:29].strip(), line[30:34].strip(), line[65:69].strip()
    if kind not in ("DSB", "OSB") or unit != "ns" or not first.startswith("C"):
        return
    if station and len(satellite) > 1:  # of one satellite at one station, not of the receiver
        return
    try:
        start, end = _sinex_time(line[35:49], 0.0), _sinex_time(line[50:64], math.inf)
        value = float(line[70:91])
    except ValueError as error:
        raise FormatError(path, number, "times and a bias", repr(line[35:91])) from error
    system = satellite[:1] or line[6:7]
    first = signals.name_of(system, first)
    second = signals.name_of(system, second) if second else _ABSOLUTE
    record = Record(first, second, start, end, value)
    if station:
        result.receivers.setdefault(f"{station[:4].upper()} {system}", []).append(record)
    else:
        result.satellites.setdefault(satellite, []).append(record)


def _sinex_time(text: str, empty: float) -> float:
    """GPS seconds of `yyyy:ddd:sssss`; zeros stand for no limit."""
    year, day, second = (int(part) for part in text.split(":"))
    if year == day == 0:
        return empty
    first = gps_time.from_calendar(year + (1900 if 80 <= year < 100 else 0), 1, 1, 0, 0, 0.0)
    return first + 86400.0 * (day - 1) + second


def _difference(
    records: Iterable[Record], first: str, second: str, time: float
) -> tuple[float, float]:
    """The bias `first` minus `second`, put together from the records where it has to be, and the
    days from the time to the farthest of these.

    P1-P2 and P1-C1 give C1-P2, two observable-specific biases give their difference.
    """
    near = sorted(
        (one for one in records if one.distance(time) <= _NEAR_S),
        key=lambda one: (one.distance(time), one.end - one.start),
    )
    steps: dict[str, dict[str, tuple[float, float]]] = {}
    for one in near:  # of two records of one pair the nearer and shorter one counts
        off = one.distance(time) / 86400.0
        steps.setdefault(one.first, {}).setdefault(one.second, (-one.value, off))
        steps.setdefault(one.second, {}).setdefault(one.first, (one.value, off))
    reached, queue = {first: (0.0, 0.0)}, [first]
    for node in queue:
        for other, (value, off) in steps.get(node, {}).items():
            if other not in reached:
                sum_here, off_here = reached[node]
                reached[other] = sum_here + value, max(off_here, off)
                queue.append(other)
    if second not in reached:
        return math.nan, 0.0
    return -reached[second][0], reached[second][1]
