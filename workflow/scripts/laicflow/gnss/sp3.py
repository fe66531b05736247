"""SP3 orbits (formats a to d, Hilla 2016) and their interpolation.

Positions are turned to a frame that does not spin with the Earth, where the path of a satellite
is smooth, and interpolated by the polynomial through the ten nearest epochs (Schenewerk 2003:
with 15 min between epochs the error is of the order of centimetres).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from laicflow.errors import FormatError
from laicflow.gnss import gps_time

_NODES = 10  # epochs of a polynomial
_EARTH_SPIN = 7.2921151467e-5  # rad/s, ICD-GPS-200
_NO_CLOCK_US = 999999.0
# Beyond the first and last epoch the polynomial is trusted for one interval: a daily file ends
# at 23:45. It is then off by some hundred metres at most, a thousandth of a degree in the sky.
_BEYOND = 1.0


class Sp3:
    """Orbits at the epochs of files.

    Parameters
    ----------
    time : (epoch,) GPS seconds, rising
    satellites : names
    position : (epoch, satellite, 3) metres, Earth-fixed, NaN where unknown
    clock : (epoch, satellite) seconds, NaN where unknown
    spacing : (epoch,) seconds between epochs of the file that each is of, files of several
        spacings may follow on each other; None takes the commonest step for all
    """

    kind = "sp3"

    def __init__(
        self,
        time: np.ndarray,
        satellites: list[str],
        position: np.ndarray,
        clock: np.ndarray,
        spacing: np.ndarray | None = None,
    ) -> None:
        self.time, self.satellites, self.clock = time, satellites, clock
        self.place = {name: number for number, name in enumerate(satellites)}
        self.spacing = np.full(time.size, _step(time)) if spacing is None else spacing
        # Runs of epochs without a gap: the first of each, and the one behind its last.
        widest = np.maximum(self.spacing[:-1], self.spacing[1:])
        self.start = np.append(0, np.flatnonzero(np.diff(time) > 1.5 * widest) + 1)
        self.end = np.append(self.start[1:], time.size)
        self.inertial = _turned(position, _EARTH_SPIN * (time - time[0])[:, None])

    def states(self, time: np.ndarray, satellites: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Positions and clocks as `orbits.Orbits.states` has them."""
        time = np.asarray(time, dtype=np.float64)
        position = np.full((time.size, len(satellites), 3), np.nan)
        clock = np.full((time.size, len(satellites)), np.nan)
        known = [(n, self.place[name]) for n, name in enumerate(satellites) if name in self.place]
        if not known or not time.size:
            return position, clock
        into, of = (np.array(one) for one in zip(*known, strict=True))
        run = np.searchsorted(self.time[self.start], time, side="right") - 1
        start, end = self.start[np.maximum(run, 0)], self.end[np.maximum(run, 0)]
        first = np.searchsorted(self.time, time, side="right") - _NODES // 2
        first = np.maximum(np.minimum(first, end - _NODES), start)
        first = np.minimum(first, self.time.size - _NODES)
        nodes = self.time[first[:, None] + np.arange(_NODES)]
        weights = _lagrange(nodes, time)
        for node in np.unique(first):
            rows = np.flatnonzero(first == node)
            part = self.inertial[node : node + _NODES][:, of]
            position[rows[:, None], into] = np.tensordot(weights[rows], part, axes=(1, 0))
        whole = (first >= start) & (first + _NODES <= end)
        begins = self.time[start] - _BEYOND * self.spacing[start]
        ends = self.time[end - 1] + _BEYOND * self.spacing[end - 1]
        inside = (time >= begins) & (time <= ends)
        position[~(whole & inside)] = np.nan
        for n, place in known:
            clock[:, n] = np.interp(time, self.time, self.clock[:, place])
        return _turned(position, -_EARTH_SPIN * (time - self.time[0])[:, None]), clock


def read(texts: list[tuple[str | Path, list[str]]]) -> Sp3:
    """The orbits of the lines of some files.

    Epochs that several files have are taken from the first of them.

    Raises
    ------
    FormatError : a line cannot be read, a file has no end, or there are fewer than ten epochs
    """
    found: dict[float, dict[str, tuple[float, ...]]] = {}
    spacing: dict[float, float] = {}
    for path, lines in texts:
        own = _epochs(lines, path)
        step = _step(np.array(sorted(own)))
        for time, states in own.items():
            found[time] = states | found.get(time, {})
            spacing.setdefault(time, step)
    if len(found) < _NODES:
        raise FormatError(texts[0][0], None, f"{_NODES} epochs of orbits", len(found))
    times = sorted(found)
    satellites = sorted({name for states in found.values() for name in states})
    values = np.full((len(times), len(satellites), 4), np.nan)
    place = {name: number for number, name in enumerate(satellites)}
    for row, time in enumerate(times):
        for name, state in found[time].items():
            values[row, place[name]] = state
    position = values[..., :3] * 1000.0
    position[(values[..., :3] == 0).all(axis=-1)] = np.nan
    clock = np.where(np.abs(values[..., 3]) >= _NO_CLOCK_US, np.nan, values[..., 3] * 1e-6)
    steps = np.array([spacing[time] for time in times])
    return Sp3(np.array(times), satellites, position, clock, steps)


def _step(time: np.ndarray) -> float:
    """The commonest step between epochs (s), of two the shorter; 0 where there is one epoch."""
    steps, counts = np.unique(np.round(np.diff(time), 3), return_counts=True)
    return float(steps[np.argmax(counts)]) if steps.size else 0.0


def _epochs(lines: list[str], path: str | Path) -> dict[float, dict[str, tuple[float, ...]]]:
    """Kilometres and microseconds by satellite by GPS seconds."""
    system, epochs = "GPS", {}
    seen_system = False
    states: dict[str, tuple[float, ...]] | None = None
    for number, line in enumerate(lines, start=1):
        try:
            if line.startswith("%c") and not seen_system:
                # "ccc" stands in files of format a, whose times are GPS.
                system, seen_system = line[9:12].replace("ccc", "GPS").strip() or "GPS", True
            elif line.startswith("*"):
                parts = line[1:].split()
                whole = [int(part) for part in parts[:5]]
                time = gps_time.from_calendar(*whole, float(parts[5]), system=system)
                states = epochs.setdefault(round(time, 3), {})
            elif line.startswith("P") and states is not None:
                name = f"{line[1].strip() or 'G'}{int(line[2:4]):02d}"
                states[name] = tuple(float(line[at : at + 14]) for at in (4, 18, 32, 46))
            elif line.startswith("EOF"):
                return epochs
        except (ValueError, IndexError) as error:
            raise FormatError(path, number, "an SP3 record", repr(line[:60])) from error
    raise FormatError(path, len(lines), "EOF", "the end of the file (it is truncated)")


def _turned(position: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Positions turned about the Earth's axis by an angle (radians, eastward)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = position[..., 0], position[..., 1], position[..., 2]
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)


def _lagrange(nodes: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Weights (time, node) of the values at the nodes (time, node)."""
    weights = np.ones_like(nodes)
    for i in range(_NODES):
        for j in range(_NODES):
            if i != j:
                weights[:, i] *= (time - nodes[:, j]) / (nodes[:, i] - nodes[:, j])
    return weights
