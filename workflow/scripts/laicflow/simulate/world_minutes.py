"""The observatories of a simulated world: minutes of the field in files as they are published.

What drives the field is the world's own: its Dst, Kp, F10.7, and, where a wave is planted, its
earthquakes. Months are simulated one after the other and join without a seam.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pandas as pd

from laicflow.errors import ConfigError
from laicflow.progress import track
from laicflow.simulate import geomagnetic
from laicflow.simulate import geomagnetic_parts as parts
from laicflow.simulate import geomagnetic_wave as wave
from laicflow.simulate.write_iaga2002 import ORIENTATIONS, STATES, write_iaga2002

PER = ("month", "day")

# The part `geomagnetic` of the options of a world.
DEFAULTS: dict = {
    # Each {iaga, latitude, longitude, elevation_m}; without any there are no minutes.
    "observatories": [],
    # What the files report (`XYZF` or `HDZF`), their state of publication, and what one holds
    # (`month` or `day`).
    "orientation": "XYZF",
    "state": "definitive",
    "per": "month",
    # The field, and the wave that is planted in it, if any: see `laicflow.simulate.geomagnetic`.
    "options": geomagnetic.DEFAULTS,
}


@dataclasses.dataclass(frozen=True)
class Drivers:
    """What the minutes of a world follow.

    dst, kp, f107 : as `geomagnetic.simulate_minutes` takes them, over the whole world
    events : the earthquakes of the world, `number`, `time`, `latitude`, `longitude`, `magnitude`
    seed : of the world
    """

    dst: pd.DataFrame
    kp: pd.DataFrame
    f107: pd.DataFrame
    events: pd.DataFrame
    seed: int


def complete(own: dict, name: str) -> dict:
    """The part `geomagnetic`, all its options in place, held to what can be.

    Parameters
    ----------
    name : what it is called in messages

    Raises
    ------
    ConfigError : two observatories have one code, or an option or an observatory cannot be
    """
    for key, known in (("orientation", ORIENTATIONS), ("state", tuple(STATES)), ("per", PER)):
        if own[key] not in known:
            raise ConfigError(f"{name}.{key} is {own[key]!r}, none of {', '.join(known)}")
    places = []
    for observatory in own["observatories"]:
        try:
            places.append(geomagnetic.checked(observatory))
        except ConfigError as error:
            raise ConfigError(f"{name}.observatories: {error}") from error
    codes = [place["iaga"] for place in places]
    if len(set(codes)) < len(codes):
        raise ConfigError(f"{name}.observatories: one of {', '.join(codes)} is there twice")
    options = geomagnetic.complete(own["options"], f"{name}.options")
    return {**own, "observatories": places, "options": options}


def check_period(own: dict, start: dt.date, end: dt.date, name: str) -> None:
    """Refuse minutes of days for which there is no main field.

    Raises
    ------
    ConfigError : there are observatories, and a day is not of 1900 to 2029
    """
    if own["observatories"]:
        try:
            geomagnetic.check_period(start, end)
        except ConfigError as error:
            raise ConfigError(f"{name}.observatories: {error}") from error


def write_minutes(
    own: dict, period: tuple[dt.date, dt.date], drivers: Drivers, folder: Path
) -> tuple[dict, dict]:
    """Write the minutes of all observatories below `folder/geomag/<iaga in lower case>/`.

    Parameters
    ----------
    own : the complete part `geomagnetic` of a world's options
    period : first and last day of the minutes

    Returns
    -------
    What was written, by observatory: files, first, last, minutes, missing_minutes. And the truth:
    `waves` (the event with its number, station, distance_km, start, end, amplitude_nt at the
    station, covered_by_another), `jumps`, and `spikes` by observatory (time, component, size_nt).
    """
    months = geomagnetic.months_of(*period)
    places = own["observatories"]
    written = {place["iaga"]: {"files": [], "missing": 0, "spikes": []} for place in places}
    work = [(place, month) for place in places for month in months]
    for place, month in track(work, "simulating minutes"):
        _write_month(own, place, month, drivers, folder, written[place["iaga"]])
    first, stop = parts.day_number(period[0]), parts.day_number(period[1]) + 1
    summary = {
        code: {
            "files": len(found["files"]),
            "first": found["files"][0],
            "last": found["files"][-1],
            "minutes": (stop - first) * parts.DAY,
            "missing_minutes": found["missing"],
        }
        for code, found in written.items()
    }
    waves = []
    for place in places:
        planned = wave.plan(drivers.events, place, own["options"]["precursor"], drivers.seed)
        waves += wave.truth(planned, place["iaga"], first * parts.DAY, stop * parts.DAY)
    spikes = {code: found["spikes"] for code, found in written.items()}
    return summary, {"waves": waves, "jumps": own["options"]["jumps"], "spikes": spikes}


def _write_month(
    own: dict,
    place: dict,
    month: tuple[dt.date, dt.date],
    drivers: Drivers,
    folder: Path,
    found: dict,
) -> None:
    """Write the files of a month of an observatory, and add to `found` what is in them."""
    minutes = geomagnetic.simulate_minutes(
        place,
        *month,
        dst=drivers.dst,
        kp=drivers.kp,
        f107=drivers.f107,
        events=drivers.events,
        options=own["options"],
        seed=drivers.seed,
    )
    paths = write_iaga2002(
        minutes,
        Path(folder) / "geomag" / place["iaga"].lower(),
        state=own["state"],
        orientation=own["orientation"],
        per=own["per"],
    )
    truth = json.loads(minutes.attrs["truth_json"])
    found["files"] += [path.name for path in paths]
    found["missing"] += truth["missing_minutes"]
    found["spikes"] += truth["spikes"]
