"""Differential code biases in the header of an IONEX file (auxiliary data, section 5)."""

from __future__ import annotations

import dataclasses
import math
import re

_SATELLITE = re.compile(r"([A-Z ])([ 0-9][0-9])")
_TITLE = re.compile(r"differential code bias", re.IGNORECASE)
_OBSERVABLES = re.compile(r"reference observables[^:]*:\s*(\S+)", re.IGNORECASE)


@dataclasses.dataclass
class Block:
    """One block of biases.

    Parameters
    ----------
    title : what the block calls itself
    observables : of which difference, where a comment before the block says so (UPC: `C1C-C2W`)
    satellites : bias and its RMS in ns by satellite (`G01`)
    stations : bias and its RMS in ns by system and station (`G ABMF 97103M001`)
    left_out : records whose numbers cannot be read
    """

    title: str = ""
    observables: str = ""
    satellites: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    stations: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    left_out: int = 0

    def read_satellite(self, line: str) -> None:
        """A satellite's bias: 3X,A1,I2,2F10.3; no letter means GPS."""
        match = _SATELLITE.fullmatch(line[3:6])
        pair = _pair(line, 6)
        if match is None or pair is None:
            self.left_out += 1
            return
        self.satellites[f"{match[1].strip() or 'G'}{int(match[2]):02d}"] = pair

    def read_station(self, line: str) -> None:
        """A station's bias: 3X,A1,2X,A4,1X,A15,2F10.3; no letter means GPS."""
        name = " ".join(line[6:26].split())
        pair = _pair(line, 26)
        if not name or pair is None:
            self.left_out += 1
            return
        self.stations[f"{line[3:4].strip() or 'G'} {name}"] = pair


def begun(title: str, comment: str) -> Block | None:
    """The block that a START OF AUX DATA line begins, None where it holds other data.

    Parameters
    ----------
    title : what stands in the line
    comment : the comment line before it
    """
    if _TITLE.search(title) is None:
        return None
    said = _OBSERVABLES.search(comment)
    return Block(title=title.strip(), observables=said[1] if said else "")


def _pair(line: str, at: int) -> list[float] | None:
    """Bias and RMS (2F10.3), None where they are no numbers."""
    try:
        pair = [float(line[at : at + 10]), float(line[at + 10 : at + 20])]
    except ValueError:
        return None
    return pair if math.isfinite(pair[0]) and math.isfinite(pair[1]) else None
