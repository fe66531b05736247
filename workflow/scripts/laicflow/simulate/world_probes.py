"""The satellites of a simulated world: Langmuir probes in files as the missions publish them.

They fly through the ionosphere of the world's maps (`laicflow.simulate.plasma`), around the
earthquakes of its catalog. CSES and DEMETER write half-orbits, Swarm days.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from pathlib import Path

import numpy as np

from laicflow.errors import ConfigError
from laicflow.progress import track as progress
from laicflow.simulate import (
    langmuir,
    orbits,
    probe_precursor,
    write_cses_lap,
    write_demeter_isl,
    write_swarm_lp,
)
from laicflow.simulate.options import merge
from laicflow.simulate.plasma import Plasma
from laicflow.simulate.world_minutes import Drivers

# The part `probes` of the options of a world.
DEFAULTS: dict = {
    # Each a name of `orbits.MISSIONS`, or {mission, start, end, every_days, every_orbits} with
    # what differs from the rest of these options; without any there are none.
    "missions": [],
    # First and last day; null: the world's.
    "start": None,
    "end": None,
    # Half-orbits hold what is flown between this latitude south and north; days of Swarm all.
    "latitude_max": 65.0,
    # Thinning: one day of so many, from the first, and of its orbits those whose number is a
    # multiple of so many (half-orbits alone).
    "every_days": 1,
    "every_orbits": 1,
    # Baseline of Swarm's files, 06 or 07.
    "swarm_baseline": "07",
    # The instruments, and the precursor that is planted, if any.
    "instrument": langmuir.DEFAULTS,
    "precursor": probe_precursor.DEFAULTS,
}
# What a mission may have of its own.
OWN = ("start", "end", "every_days", "every_orbits")
DAY = dt.timedelta(days=1)
MOST_ORBIT = {"cses": write_cses_lap.MOST_ORBIT, "demeter": write_demeter_isl.MOST_ORBIT}


def complete(own: dict, name: str) -> dict:
    """The part `probes`, each mission with its own options in place, held to what can be.

    Parameters
    ----------
    name : what it is called in messages

    Raises
    ------
    ConfigError : a mission is unknown or there twice, or an option cannot be
    """
    own = {**own, "missions": [_flight(one, own, name) for one in own["missions"]]}
    names = [flight["mission"] for flight in own["missions"]]
    if len(set(names)) < len(names):
        raise ConfigError(f"{name}.missions: one of {', '.join(names)} is there twice")
    if not 0 < own["latitude_max"] <= 90:
        raise ConfigError(f"{name}.latitude_max is {own['latitude_max']!r}, not in 0 to 90")
    if str(own["swarm_baseline"]) not in write_swarm_lp.COUNTERS:
        raise ConfigError(f"{name}.swarm_baseline is {own['swarm_baseline']!r}, not 06 or 07")
    langmuir.check(own["instrument"], f"{name}.instrument")
    probe_precursor.check(own["precursor"], f"{name}.precursor")
    if own["precursor"]["amplitude"] and not names:
        raise ConfigError(f"{name}.precursor.amplitude is not 0 and there are no missions")
    return own


def check_period(own: dict, start: dt.date, end: dt.date, name: str) -> None:
    """Refuse flights outside the world.

    Raises
    ------
    ConfigError : a mission begins before `start`, ends after `end`, ends before it begins, or
        comes to orbits whose numbers its files cannot hold (before its launch, or long after it)
    """
    for flight in own["missions"]:
        first, last = days_of(flight, (start, end))
        if not start <= first <= last <= end:
            raise ConfigError(
                f"{name}.missions: {flight['mission']} flies {first} to {last}, which must ascend "
                f"and lie within the world, {start} to {end}"
            )
        most = MOST_ORBIT.get(flight["mission"])
        ends = np.array([first, last + DAY], "datetime64[us]")
        orbit = orbits.positions(flight["mission"], ends)["orbit"]
        if most and not 0 <= orbit[0] <= orbit[1] <= most:
            raise ConfigError(
                f"{name}.missions: {flight['mission']} from {first} to {last} would fly the "
                f"orbits {orbit[0]} to {orbit[1]}; its files hold 0 to {most}"
            )


def days_of(flight: dict, period: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    """First and last day of a flight."""
    first, last = flight["start"], flight["end"]
    return (
        dt.date.fromisoformat(first) if first else period[0],
        dt.date.fromisoformat(last) if last else period[1],
    )


def write_probes(
    own: dict,
    period: tuple[dt.date, dt.date],
    drivers: Drivers,
    maps: tuple[np.ndarray, np.ndarray] | None,
    ionosphere: dict,
    folder: Path,
) -> tuple[dict, dict]:
    """Write the files of all missions below `folder/<cses, demeter, swarm>/<YYYY>/`.

    Parameters
    ----------
    own : the complete part `probes` of a world's options
    period : first and last day of the world
    maps : coarse latitudes and longitudes of the world's maps, None where it has none
    ionosphere : that part of the world's options

    Returns
    -------
    What was written, by mission: files, first, last, bytes, samples, burst_samples (of CSES and
    DEMETER), missing (half-orbits). And the truth: `precursor` (options and `zones`: the event,
    start, end, radius_km, amplitude, samples changed by mission; null where nothing is planted).
    """
    flights = [(one["mission"], *days_of(one, period)) for one in own["missions"]]
    plasma = Plasma(
        flights,
        start=period[0],
        maps=maps,
        dst=drivers.dst.set_index("time")["dst"],
        f107=drivers.f107.set_index("time")["observed_centred"],
        options=ionosphere,
        seed=drivers.seed,
    )
    planted = probe_precursor.plan(drivers.events, own["precursor"], drivers.seed)
    summary = {}
    for flight, (mission, first, last) in zip(own["missions"], flights, strict=True):
        spans = spans_of(mission, first, last, flight, own["latitude_max"])
        found = {"files": [], "bytes": 0, "samples": 0, "burst_samples": 0, "missing": 0}
        begin = time.perf_counter()
        for span in progress(spans, f"simulating {mission}"):
            _write_span(own, mission, span, plasma, planted, drivers.seed, folder, found)
        _say(mission, found, time.perf_counter() - begin)
        names = found.pop("files")
        ends = {"first": names[0], "last": names[-1]} if names else {"first": None, "last": None}
        summary[mission] = {"files": len(names), **ends, **found}
    truth = {**own["precursor"], "zones": planted.truth()} if planted else None
    return summary, {"precursor": truth}


def spans_of(
    mission: str, first: dt.date, last: dt.date, flight: dict, latitude_max: float
) -> list[tuple]:
    """(start, end, orbit, direction) of each file of a flight; orbit -1 and a day for Swarm."""
    days = [first + n * DAY for n in range(0, (last - first).days + 1, flight["every_days"])]
    found = []
    for day in days:
        begin, stop = (np.datetime64(date, "us") for date in (day, day + DAY))
        if langmuir.family(mission) == "swarm":
            found.append((begin, stop, -1, -1))
            continue
        table = orbits.passes(mission, begin, stop, latitude_max)
        table = table[table["orbit"] % flight["every_orbits"] == 0]
        for row in table.itertuples():
            ends = (row.start.to_datetime64(), row.end.to_datetime64())
            found.append((*ends, int(row.orbit), int(row.direction)))
    return found


def _write_span(
    own: dict,
    mission: str,
    span: tuple,
    plasma: Plasma,
    planted: probe_precursor.Disturbance | None,
    seed: int,
    folder: Path,
    found: dict,
) -> None:
    """Write the files of a half-orbit or day, and add to `found` what is in them."""
    kind = langmuir.family(mission)

    def disturbance(*sample: np.ndarray) -> np.ndarray:
        return planted.change(mission, *sample)

    track = langmuir.fly(
        plasma,
        mission,
        span[:2],
        orbit=span[2],
        direction=span[3],
        options=own["instrument"],
        seed=seed,
        disturbance=disturbance if planted else None,
    )
    if track is None:
        found["missing"] += 1
        return
    target = Path(folder) / kind / str(span[0])[:4]
    if kind == "cses":
        paths = [write_cses_lap.write_cses_lap(track, target)]
    elif kind == "demeter":
        paths = write_demeter_isl.write_demeter_isl(track, target)
    else:
        baseline = str(own["swarm_baseline"])
        paths = [write_swarm_lp.write_swarm_lp(track, target, baseline=baseline, seed=seed)]
    found["files"] += [path.name for path in paths]
    found["bytes"] += sum(path.stat().st_size for path in paths)
    found["samples"] += len(track.table)
    found["burst_samples"] += int((track.table["work_mode"] == langmuir.BURST).sum())


def _flight(given: str | dict, own: dict, name: str) -> dict:
    """A mission with its options, those of the part where it has none of its own."""
    given = {"mission": given} if isinstance(given, str) else given
    if not isinstance(given, dict) or "mission" not in given:
        raise ConfigError(f"{name}.missions: {given!r} is neither a mission nor {{mission: ...}}")
    common = {key: own[key] for key in OWN}
    flight = merge({"mission": None, **common}, given, f"{name}.missions")
    try:
        orbits.mission_of(flight["mission"])
    except ConfigError as error:
        raise ConfigError(f"{name}.missions: {error}") from None
    for key in ("start", "end"):
        try:
            flight[key] = flight[key] and str(dt.date.fromisoformat(str(flight[key])))
        except ValueError as error:
            raise ConfigError(f"{name}.{key} is {flight[key]!r}, not a date") from error
    for key in ("every_days", "every_orbits"):
        if not isinstance(flight[key], int) or flight[key] < 1:
            raise ConfigError(f"{name}.{key} is {flight[key]!r}, not a whole number from 1")
    return flight


def _say(mission: str, found: dict, seconds: float) -> None:
    """One line on what was written: sizes and time do not belong into the summary's bytes."""
    print(
        f"{mission}: {len(found['files'])} files, {found['samples']} samples, "
        f"{found['bytes'] / 1e6:.1f} MB in {seconds:.1f} s",
        file=sys.stderr,
        flush=True,
    )
