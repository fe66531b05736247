"""All observations of one station, file by file, with the directions to the satellites."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from laicflow.errors import FormatError
from laicflow.gnss import geometry, position, signals
from laicflow.gnss import observations as rinex
from laicflow.gnss.observations import ARRAYS, Observations
from laicflow.gnss.orbits import Orbits

if TYPE_CHECKING:
    from laicflow.gnss.vtec_options import Options

# Arcs are levelled, and biases estimated, down to here: long arcs have better levels.
LOWEST_DEG = 10.0
_MOVED_M = 100.0  # of two files' headers
# A header further off its own codes is wrong; directions change by a thousandth of a degree only.
_WRONG_M = 1000.0


@dataclasses.dataclass
class Station:
    """The observations above 10 degrees, or above the elevation cut where that is lower.

    Parameters
    ----------
    name : four letters
    path : of the first file
    latitude, longitude, height_m : geodetic
    position_source : `header`, `codes` (solved) or `option`
    observations : of all files, by satellite and time
    elevation, azimuth : degrees by row
    unit : by row, what has one receiver bias: system, pair of codes, of GLONASS the channel,
        number of the equipment
    left_out, skipped : counts by reason, reasons by file
    slips : breaks of the phase within passes
    raised_ns : by which an estimated bias was raised lest VTEC be negative
    bias_days_off : greatest distance of a day from the span of a bias that is taken for it
    """

    name: str
    path: Path
    latitude: float
    longitude: float
    height_m: float
    position_source: str
    observations: Observations
    elevation: np.ndarray
    azimuth: np.ndarray
    unit: np.ndarray
    left_out: dict[str, int]
    skipped: dict[str, str]
    slips: int = 0
    raised_ns: float = 0.0
    bias_days_off: float = 0.0

    def count(self, reason: str, count: int) -> None:
        """Count what is left out."""
        self.left_out[reason] = self.left_out.get(reason, 0) + count


def gather(
    sources: str | Path | Observations | Iterable[str | Path | Observations],
    orbits: Orbits,
    options: Options,
) -> Station:
    """Read all files of a station.

    A file that cannot be used is skipped with its reason, as long as another one can: it is
    broken, of another station, of a station that moved by more than 100 m, or has no orbits.

    Raises
    ------
    FormatError : no file can be used (the error of the first one)
    """
    single = isinstance(sources, str | Path | Observations)
    gathering = _Gathering(orbits, options)
    for source in [sources] if single else list(sources):
        gathering.take(source)
    return gathering.station()


class _Gathering:
    """Takes the files of a station one after the other."""

    def __init__(self, orbits: Orbits, options: Options) -> None:
        self.orbits, self.options = orbits, options
        self.parts: list[tuple[Observations, np.ndarray, np.ndarray, int]] = []
        self.equipment: list[tuple[str, str]] = []
        self.left_out: dict[str, int] = {}
        self.skipped: dict[str, str] = {}
        self.first_error: FormatError | None = None
        self.place: np.ndarray | None = None
        self.source = ""
        self.header_place: tuple[float, float, float] | None = None

    def take(self, source: str | Path | Observations) -> None:
        """Take a file, or skip it with its reason."""
        try:
            one = source
            if not isinstance(source, Observations):
                options = self.options
                one = rinex.read(source, systems=options.systems, every_s=options.every_s)
            self._add(one)
        except FormatError as error:
            self.first_error = self.first_error or error
            name = source.path if isinstance(source, Observations) else source
            self.skipped[Path(name).name] = str(error)

    def _add(self, one: Observations) -> None:
        """Add a file's observations that are high enough."""
        self._check_site(one)
        satellites = sorted({str(name) for name in np.unique(one.satellite)})
        times, row = np.unique(one.time, return_inverse=True)
        states, _ = self.orbits.states(times, satellites)
        place = self.place if self.place is not None else self._locate(one)
        state = states[row, np.searchsorted(satellites, one.satellite)]
        known = np.isfinite(state).all(axis=1)
        if not known.any():
            systems = sorted({name[0] for name in satellites})
            found = f"none of {rinex.named(systems)}"
            raise FormatError(one.path, None, "orbits for the day of the observations", found)
        elevation, azimuth = geometry.directions(state, place)
        cut = min(LOWEST_DEG, self.options.elevation_cut_deg)
        keep = np.flatnonzero(known & (elevation >= cut))
        if not keep.size:
            raise FormatError(one.path, None, f"a satellite above {cut:g} degrees", "none")
        self.place, self.header_place = place, self.header_place or one.header.position
        equipment = (one.header.receiver, one.header.antenna)
        if equipment not in self.equipment:
            self.equipment.append(equipment)
        for name in np.unique(one.satellite[~known]):
            self._count(
                f"records without orbit: {name}", int((one.satellite[~known] == name).sum())
            )
        for reason, count in one.left_out.items():
            self._count(reason, count)
        number = self.equipment.index(equipment)
        self.parts.append((one.take(keep), elevation[keep], azimuth[keep], number))

    def _check_site(self, one: Observations) -> None:
        """Refuse a file of another station or site than those before."""
        if not self.parts:
            return
        mine, other = self._name(), one.header.marker[:4].upper()
        if mine != other:
            raise FormatError(one.path, None, f"the station {mine}", f"{other}")
        if self.header_place and any(one.header.position) and any(self.header_place):
            metres = math.dist(one.header.position, self.header_place)
            if metres > _MOVED_M:
                raise FormatError(
                    one.path, None, "the position of the files before", f"one {metres:.0f} m off"
                )

    def _locate(self, one: Observations) -> np.ndarray:
        """The receiver's position: by option, from the header, or from the codes."""
        if self.options.position is not None:
            self.source = "option"
            return np.array(self.options.position, dtype=np.float64)
        header = np.array(one.header.position, dtype=np.float64)
        solved = position.solve(one, self.orbits)
        given = bool(np.linalg.norm(header) > 6.0e6)
        if given and (solved is None or np.linalg.norm(solved - header) <= _WRONG_M):
            self.source = "header"
            return header
        if solved is None:
            raise FormatError(
                one.path, None, "a position in the header, or codes to solve it", header.tolist()
            )
        self.source = "codes (the header's is off)" if given else "codes (the header has none)"
        return solved

    def _count(self, reason: str, count: int) -> None:
        """Count what is left out."""
        self.left_out[reason] = self.left_out.get(reason, 0) + count

    def _name(self) -> str:
        """Name of the station."""
        return self.parts[0][0].header.marker[:4].upper()

    def station(self) -> Station:
        """All that was taken, by satellite and time."""
        if not self.parts:
            raise self.first_error or FormatError("observations", None, "a file", "no file")
        first = self.parts[0][0]
        joined = dataclasses.replace(
            first, **{n: np.concatenate([getattr(p[0], n) for p in self.parts]) for n in ARRAYS}
        )
        elevation, azimuth = (np.concatenate([p[n] for p in self.parts]) for n in (1, 2))
        number = np.concatenate([np.full(p[0].time.size, p[3]) for p in self.parts])
        # The second record of a time that two files have comes behind the first.
        order = np.lexsort((joined.time, joined.satellite))
        again = np.zeros(order.size, dtype=bool)
        again[1:] = (joined.time[order][1:] == joined.time[order][:-1]) & (
            joined.satellite[order][1:] == joined.satellite[order][:-1]
        )
        if again.any():
            self._count("records that stand in two files", int(again.sum()))
        order = order[~again]
        joined = joined.take(order)
        # No arc goes on from one receiver to another, not even over a midnight without a gap.
        joined.lost[1:] |= np.diff(number[order]) != 0
        system = joined.satellite.astype("<U1")
        unit = np.char.add(np.char.add(system, " "), joined.pair)
        if (system == "R").any():
            unit = np.where(system == "R", _with_channels(unit, joined.frequency1), unit)
        if len(self.equipment) > 1:
            unit = np.char.add(np.char.add(unit, " "), number[order].astype(str))
        latitude, longitude, height = geometry.place_of(self.place)
        return Station(
            name=self._name(),
            path=first.path,
            latitude=latitude,
            longitude=longitude,
            height_m=height,
            position_source=self.source,
            observations=joined,
            elevation=elevation[order],
            azimuth=azimuth[order],
            unit=unit,
            left_out=self.left_out,
            skipped=self.skipped,
        )


def _with_channels(unit: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Units of GLONASS with the channels behind them (`R C1P-C2P k-4`).

    Each channel has its own frequencies, and a receiver's bias changes with these: by 7 ns from
    the lowest to the highest one at ABPO, by 4 ns the other way at BIK0 (January 2020).
    """
    channel = signals.channels(frequency).astype(str)
    return np.char.add(np.char.add(unit, " k"), channel)
