"""Dual-frequency observations of one station from RINEX files.

Files may be plain, `.Z`, gzip, and Hatanaka inside; the content tells, never the name.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable
from pathlib import Path

import hatanaka
import numpy as np

from laicflow.errors import FormatError
from laicflow.gnss import signals
from laicflow.gnss.rinex_header import Header
from laicflow.gnss.rinex_text import Records, Text, find_records
from laicflow.readers import raw

_COMPACT = b"CRINEX VERS"
_LOST_LOCK = 1  # bit 0 of the loss-of-lock indicator
# A writer that sets the bit for more than so much of all phases means something else by it.
_MOST_LOST = 0.1
# A pair of codes serves a satellite if it has this share of what the fullest pair has.
_ENOUGH = 0.8


@dataclasses.dataclass
class Observations:
    """Observations by satellite and time, in metres.

    Parameters
    ----------
    header : of the file
    path : of the file
    time : GPS seconds
    satellite : name, `<U3`
    code1, code2, phase1, phase2 : metres
    frequency1, frequency2 : Hz
    pair : code observables as one string, `C1W-C2W`
    lost : whether the receiver says that it lost the phase before the epoch
    left_out : what was left out, by reason
    """

    header: Header
    path: Path
    time: np.ndarray
    satellite: np.ndarray
    code1: np.ndarray
    code2: np.ndarray
    phase1: np.ndarray
    phase2: np.ndarray
    frequency1: np.ndarray
    frequency2: np.ndarray
    pair: np.ndarray
    lost: np.ndarray
    left_out: dict[str, int] = dataclasses.field(default_factory=dict)

    def take(self, rows: np.ndarray) -> Observations:
        """The observations of some rows."""
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in ARRAYS})


ARRAYS = (
    "time", "satellite", "code1", "code2", "phase1", "phase2",
    "frequency1", "frequency2", "pair", "lost",
)  # fmt: skip


def read(path: str | Path, *, systems: str = "G", every_s: float = 30.0) -> Observations:
    """The observations of a file.

    Parameters
    ----------
    path : RINEX 2.10 to 3.05, plain or Hatanaka, `.Z` or gzip or neither
    systems : letters of the systems to read (`G`, `R`, `E`, `C`)
    every_s : epochs between the multiples of so many seconds are left out, so that a file of
        1 s gives no more than one of 30 s; 0 keeps all

    Returns
    -------
    Observations that have both codes and both phases, sorted by satellite and time. For each
    satellite the first pair of codes in `signals.PAIRS` is taken that is nearly as full as any.

    Raises
    ------
    FormatError : no such file (with the line), empty, cut off inside its compression, or no
        satellite with codes and phases on two frequencies, or all GLONASS without channels
    """
    text = Text(_plain(path), path)
    header, records = find_records(text, systems, every_s)
    if not records.time:
        raise FormatError(path, None, f"observations of {named(systems)}", "none")
    parts = [
        part
        for number in range(len(records.lists))
        for system in systems
        if (part := _of_system(text, header, records, system, number)) is not None
    ]
    if not parts or not sum(part["time"].size for part in parts):
        listed = {s: " ".join(t) for s, t in header.types.items() if s in ("all", *systems)}
        raise FormatError(
            path, None, "codes and phases on two frequencies of one system", listed or "none"
        )
    joined = {name: np.concatenate([part[name] for part in parts]) for name in ARRAYS}
    result = Observations(header, Path(path), left_out=dict(records.left_out), **joined)
    _count(result, records)
    result = _in_order(result)
    if not result.time.size:
        raise FormatError(path, None, "observations that can be used", result.left_out)
    return result


def _plain(path: str | Path) -> bytes:
    """The text of a file, Hatanaka compression undone."""
    data = raw.read_bytes(path)
    if _COMPACT not in data[:80]:
        return data
    try:
        return hatanaka.crx2rnx(data)
    except (hatanaka.HatanakaException, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise FormatError(path, None, "a whole Hatanaka file", said) from error


def _of_system(
    text: Text, header: Header, records: Records, system: str, number: int
) -> dict[str, np.ndarray] | None:
    """The arrays of one system under one list of observables, None where it has no pair."""
    listed = records.lists[number].get("all" if header.version < 3 else system, [])
    satellite = np.array(records.satellite)
    of_system = np.char.startswith(satellite, system) & (np.array(records.columns) == number)
    rows = np.flatnonzero(of_system)
    if not rows.size:
        return None
    line = np.array(records.line)[rows]
    have = {signals.name_of(system, code) for code in listed}
    values: dict[str, np.ndarray] = {}
    locks: dict[str, np.ndarray] = {}
    wanted = {code for pair in signals.PAIRS[system] for code in pair}
    wanted |= {name for names in signals.PHASES[system].values() for name in names}
    for name in sorted(wanted & have):
        code = next(one for one in signals.names_for(system, name) if one in listed)
        values[name], locks[name] = _field(text, header, line, listed.index(code))
    lost = np.array(records.broken)[rows]
    time = np.array(records.time)[rows]
    return _best(system, time, satellite[rows], values, locks, lost, header.channels)


def _field(
    text: Text, header: Header, line: np.ndarray, place: int
) -> tuple[np.ndarray, np.ndarray]:
    """Values and indicators of the observable at a place of the list."""
    if header.version >= 3:
        return text.fields(line, 3 + 16 * place)
    return text.fields(line + place // 5, 16 * (place % 5))


def _best(
    system: str,
    time: np.ndarray,
    satellite: np.ndarray,
    values: dict[str, np.ndarray],
    locks: dict[str, np.ndarray],
    broken: np.ndarray,
    channels: dict[str, int],
) -> dict[str, np.ndarray] | None:
    """For each satellite the best pair of codes with its phases."""
    choices = []
    for first, second in signals.PAIRS[system]:
        phases = [_fullest(system, int(code[1]), values) for code in (first, second)]
        if first in values and second in values and all(phases):
            choices.append((first, second, *phases))
    if not choices:
        return None
    names, which = np.unique(satellite, return_inverse=True)
    whole = [np.isfinite([values[name] for name in one]).all(axis=0) for one in choices]
    filled = np.array([np.bincount(which[one], minlength=names.size) for one in whole])
    chosen = (filled >= _ENOUGH * filled.max(axis=0)).argmax(axis=0)[which]
    parts: dict[str, list[np.ndarray]] = collections.defaultdict(list)
    for number, (first, second, phase1, phase2) in enumerate(choices):
        rows = np.flatnonzero((chosen == number) & whole[number])
        f1, f2 = (
            np.array([signals.frequency(system, int(c[1]), channels.get(n)) for n in names])
            for c in (first, second)
        )
        f1, f2 = f1[which[rows]], f2[which[rows]]
        lost = _lost(locks[phase1][rows]) | _lost(locks[phase2][rows]) | broken[rows]
        # Wavelengths turn cycles into metres.
        columns = (
            time[rows], satellite[rows], values[first][rows], values[second][rows],
            values[phase1][rows] * signals.SPEED_OF_LIGHT / f1,
            values[phase2][rows] * signals.SPEED_OF_LIGHT / f2,
            f1, f2, np.full(rows.size, f"{first}-{second}", dtype="<U7"), lost,
        )  # fmt: skip
        for name, column in zip(ARRAYS, columns, strict=True):
            parts[name].append(column)
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def _fullest(system: str, band: int, values: dict[str, np.ndarray]) -> str:
    """The phase of a band that has most values (of equals the preferred), empty without one."""
    names = [name for name in signals.PHASES[system].get(band, ()) if name in values]
    return max(names, key=lambda name: np.isfinite(values[name]).sum(), default="")


def _lost(lock: np.ndarray) -> np.ndarray:
    """Where the indicator says that the phase was lost."""
    lost = (lock & _LOST_LOCK) != 0
    return lost if lost.sum() <= _MOST_LOST * lost.size else np.zeros_like(lost)


def _count(result: Observations, records: Records) -> None:
    """Count records without all four observables, and epochs that go back in time."""
    lacking = len(records.time) - result.time.size
    if lacking:
        result.left_out["records without two codes and two phases"] = lacking
    times = np.array(records.time)
    back = int((np.diff(times) < 0).sum())
    if back:
        result.left_out["epochs out of order, put in order"] = back


def _in_order(result: Observations) -> Observations:
    """By satellite and time, each once; GLONASS without its channel out."""
    order = np.lexsort((result.time, result.satellite))
    result = result.take(order)
    first = np.ones(result.time.size, dtype=bool)
    first[1:] = (result.satellite[1:] != result.satellite[:-1]) | (
        result.time[1:] != result.time[:-1]
    )
    tuned = np.isfinite(result.frequency1) & np.isfinite(result.frequency2)
    for reason, bad in (
        ("records that stand twice", ~first),
        ("GLONASS records without a channel", first & ~tuned),
    ):
        if bad.any():
            result.left_out[reason] = int(bad.sum())
    return result.take(np.flatnonzero(first & tuned))


def named(systems: Iterable[str]) -> str:
    """Names of systems in words."""
    return ", ".join(signals.SYSTEMS.get(system, system) for system in systems)
