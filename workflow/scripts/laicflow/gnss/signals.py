"""Frequencies of the navigation satellites, their codes, and what two of them tell of TEC."""

from __future__ import annotations

import numpy as np

SPEED_OF_LIGHT = 299792458.0  # m/s
ELECTRONS = 40.3082e16  # m Hz^2 a TECU (Schaer 1999, equation 2.16)

# Frequency (Hz) by system and band (RINEX 3.05, tables 4-10); GLONASS apart.
_FREQUENCIES = {
    "G": {1: 1575.42e6, 2: 1227.60e6, 5: 1176.45e6},
    "E": {1: 1575.42e6, 5: 1176.45e6, 6: 1278.75e6, 7: 1207.14e6, 8: 1191.795e6},
    "C": {1: 1575.42e6, 2: 1561.098e6, 5: 1176.45e6, 6: 1268.52e6, 7: 1207.14e6},
}
_GLONASS = {1: (1602.0e6, 562.5e3), 2: (1246.0e6, 437.5e3)}  # channel 0, and from one to the next
SYSTEMS = {"G": "GPS", "R": "GLONASS", "E": "Galileo", "C": "BeiDou"}

# Pairs of code observables in order of preference, by system. Names are those of RINEX 3; a
# pair of P codes needs only P1-P2, one with C/A the bias between P1 and C1 as well.
PAIRS = {
    "G": (("C1W", "C2W"), ("C1C", "C2W"), ("C1C", "C2D"), ("C1W", "C2X"), ("C1C", "C2X"),
          ("C1C", "C2L"), ("C1C", "C2S"), ("C1C", "C2C")),
    "R": (("C1P", "C2P"), ("C1C", "C2P"), ("C1C", "C2C")),
    "E": (("C1C", "C5Q"), ("C1X", "C5X"), ("C1C", "C7Q"), ("C1X", "C7X")),
    "C": (("C2I", "C7I"), ("C2I", "C6I")),
}  # fmt: skip

# Phases that may go with the code of a band, in order of preference. Levelling takes out what
# differs between phases of one band, so any will do as long as it stays the same.
PHASES = {
    "G": {1: ("L1C", "L1W"), 2: ("L2W", "L2X", "L2L", "L2S", "L2C")},
    "R": {1: ("L1C", "L1P"), 2: ("L2P", "L2C")},
    "E": {1: ("L1C", "L1X"), 5: ("L5Q", "L5X"), 7: ("L7Q", "L7X")},
    "C": {2: ("L2I",), 6: ("L6I",), 7: ("L7I",)},
}

# Names of RINEX 2, and of tracking modes that share a bias, by those above.
_SAME = {
    "G": {"C1": "C1C", "P1": "C1W", "C2": "C2X", "P2": "C2W", "L1": "L1C", "L2": "L2W",
          "C1P": "C1W", "C1Y": "C1W", "C2P": "C2W", "C2Y": "C2W",
          "L1P": "L1W", "L1Y": "L1W", "L2P": "L2W", "L2Y": "L2W", "L2D": "L2W"},
    "R": {"C1": "C1C", "P1": "C1P", "C2": "C2C", "P2": "C2P", "L1": "L1C", "L2": "L2P"},
    "E": {"C1": "C1X", "C5": "C5X", "C7": "C7X", "L1": "L1X", "L5": "L5X", "L7": "L7X"},
    "C": {"C1I": "C2I", "L1I": "L2I"},
}  # fmt: skip


def name_of(system: str, code: str) -> str:
    """The name of an observable under which biases and pairs know it."""
    return _SAME.get(system, {}).get(code, code)


def names_for(system: str, name: str) -> list[str]:
    """All observables of files that go by a name, the name itself first."""
    return [name, *(old for old, new in _SAME.get(system, {}).items() if new == name)]


def frequency(system: str, band: int, channel: int | None = None) -> float:
    """Frequency in Hz; NaN for GLONASS without its channel (-7..6) and for unknown bands."""
    if system == "R":
        if channel is None or band not in (1, 2):
            return float("nan")
        first, step = _GLONASS[band]
        return first + channel * step
    return _FREQUENCIES.get(system, {}).get(band, float("nan"))


def channels(frequency: np.ndarray) -> np.ndarray:
    """GLONASS channels of frequencies (Hz) of band 1, integers."""
    first, step = _GLONASS[1]
    return np.round((np.asarray(frequency) - first) / step).astype(np.int64)


def metres_per_tecu(f1: np.ndarray | float, f2: np.ndarray | float) -> np.ndarray | float:
    """K of P2 - P1 = K STEC: 0.105 m a TECU for GPS (Schaer 1999, equation 2.18)."""
    return ELECTRONS * (1.0 / np.square(f2) - 1.0 / np.square(f1))
