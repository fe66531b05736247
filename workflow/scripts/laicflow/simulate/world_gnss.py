"""The ground stations of a simulated world: GPS observations, orbits and biases in archives.

The signals cross the ionosphere of the world's maps (`laicflow.simulate.column`), also where the
world writes no maps. What is true lies beside what is measured, in `gnss/truth/`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.files import write_json
from laicflow.progress import track
from laicflow.simulate import gnss_orbits as orbits
from laicflow.simulate import gnss_receiver, write_rinex
from laicflow.simulate.column import Column
from laicflow.simulate.gnss_receiver import Observed, Sky, Station
from laicflow.simulate.options import merge
from laicflow.simulate.slant import place_of
from laicflow.simulate.world_minutes import Drivers
from laicflow.simulate.write_dcb import write_dcb
from laicflow.simulate.write_sp3 import write_sp3
from laicflow.store import write_parquet

# The part `gnss` of the options of a world.
DEFAULTS: dict = {
    # Each {code, latitude, longitude, height_m, receiver_bias_ns, p1c1_bias_ns, p1}: code of four
    # or nine characters, geodetic degrees within the grid of the maps; the rest may be left out.
    # Without any there are no observations.
    "stations": [],
    # First and last day (of GPS time); "": the world's.
    "start": "",
    "end": "",
    # Seconds between epochs, and the elevation (degrees) below which nothing is tracked.
    "interval_s": 30,
    "elevation_min": 8.0,
    # Version of RINEX (`3.05` or `2.11`), and how its files are packed (`hatanaka` or `plain`).
    "rinex": "3.05",
    "packing": "hatanaka",
    # Whether receivers give P1 (C1W) beside C1 (C1C), and whether their biases are published.
    "p1": True,
    "receivers_listed": True,
    # Spreads of the biases that are drawn, ns: P1-P2 of receivers, P1-C1 of satellites.
    "receiver_bias_sd_ns": 8.0,
    "p1c1_sd_ns": 1.2,
    # The receivers: see `laicflow.simulate.gnss_receiver`.
    "receiver": gnss_receiver.DEFAULTS,
}
# What a station may have of its own.
STATION = {
    "code": None,
    "latitude": None,
    "longitude": None,
    "height_m": 100.0,
    "receiver_bias_ns": None,
    "p1c1_bias_ns": 0.0,
    "p1": None,
}
# Spread of the P1-P2 biases of satellites, ns: that of the headers of the world's maps.
P1P2_SD_NS = 4.0
DAY = dt.timedelta(days=1)
CODE = re.compile(r"^[A-Z0-9]{4}(\d\d[A-Z]{3})?$")
# Minutes between the values of the true VTEC.
TRUTH_STEP = 15


def complete(own: dict, name: str) -> dict:
    """The part `gnss`, each station with its own options in place, held to what can be.

    Parameters
    ----------
    name : what it is called in messages

    Raises
    ------
    ConfigError : two stations have one code, or an option or a station cannot be
    """
    own = {**own, "rinex": str(own["rinex"])}
    for key, known in (("rinex", write_rinex.VERSIONS), ("packing", write_rinex.PACKINGS)):
        if own[key] not in known:
            raise ConfigError(f"{name}.{key} is {own[key]!r}, none of {', '.join(known)}")
    interval = own["interval_s"]
    if not isinstance(interval, int) or not 1 <= interval <= 900 or 86400 % interval:
        raise ConfigError(
            f"{name}.interval_s is {interval!r}, not a whole number from 1 to 900 that parts a day"
        )
    if not 1 <= own["elevation_min"] < 90:
        raise ConfigError(f"{name}.elevation_min is {own['elevation_min']!r}, not in 1 to 90")
    for key in ("receiver_bias_sd_ns", "p1c1_sd_ns"):
        if not own[key] >= 0:
            raise ConfigError(f"{name}.{key} is {own[key]!r}, below 0")
    for key in ("start", "end"):
        try:
            own[key] = own[key] and str(dt.date.fromisoformat(str(own[key])))
        except ValueError as error:
            raise ConfigError(f"{name}.{key} is {own[key]!r}, not a date") from error
    gnss_receiver.check(own["receiver"], f"{name}.receiver")
    own["stations"] = [_station(one, f"{name}.stations") for one in own["stations"]]
    codes = [one["code"][:4] for one in own["stations"]]
    if len(set(codes)) < len(codes):
        raise ConfigError(f"{name}.stations: one of {', '.join(codes)} is there twice")
    return own


def check_period(
    own: dict,
    start: dt.date,
    end: dt.date,
    grid: tuple[np.ndarray, np.ndarray],
    name: str,
) -> None:
    """Refuse observations outside the world.

    Raises
    ------
    ConfigError : a day before `start` or after `end`, no day at all, or a station off the grid
    """
    if not own["stations"]:
        return
    first, last = days_of(own, (start, end))
    if not start <= first <= last <= end:
        raise ConfigError(
            f"{name}: observations from {first} to {last} must ascend and lie within the world, "
            f"{start} to {end}"
        )
    for station in own["stations"]:
        east = (station["longitude"] - grid[1].min()) % 360.0
        north = grid[0].min() <= station["latitude"] <= grid[0].max()
        if not north or east > grid[1].max() - grid[1].min():
            raise ConfigError(
                f"{name}.stations: {station['code']} at {station['latitude']} N, "
                f"{station['longitude']} E lies outside the grid of the world"
            )


def days_of(own: dict, period: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    """First and last day of the observations."""
    first, last = own["start"], own["end"]
    return (
        dt.date.fromisoformat(first) if first else period[0],
        dt.date.fromisoformat(last) if last else period[1],
    )


def write_gnss(
    own: dict,
    period: tuple[dt.date, dt.date],
    drivers: Drivers,
    grid: tuple[np.ndarray, np.ndarray],
    ionosphere: dict,
    folder: Path,
    disturbance: Callable[[dt.date], np.ndarray | None] | None = None,
    processes: int = 1,
) -> tuple[dict, dict]:
    """Write `gnss/rinex/<YYYY>/<DDD>/`, `gnss/<orbits, biases>/<YYYY>/` and `gnss/truth/`.

    Orbits reach from the day before to the day after the observations. The truth is `vtec.parquet`
    (time in UTC every 15 min, station, vtec in TECU over the station), `slips.parquet` (station,
    satellite, time in GPS time, l1_cycles, l2_cycles, flagged), `gaps.parquet` (station, start,
    end, in GPS time) and `biases.json` (ns).

    Parameters
    ----------
    own : the complete part `gnss` of a world's options
    period, grid : first and last day, latitudes and longitudes of the world
    ionosphere : that part of the world's options
    disturbance : what is planted in the world's maps
    processes : among how many the days are shared out; the files do not depend on it

    Returns
    -------
    What was written: by station files, first, last, satellite_epochs; orbits and biases (files).
    And the truth: `receivers` and `satellites` (biases, ns), slips and gaps (how many).
    """
    sky = _sky(own, period, drivers, grid, ionosphere, disturbance)
    stations = [_receiver(one, own, drivers.seed) for one in own["stations"]]
    first, last = days_of(own, period)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    root = Path(folder) / "gnss"
    written = {one.code: {"files": [], "rays": 0, "slips": [], "gaps": []} for one in stations}
    days_kept = _shared_out(days, _Receivers(stations, sky, own, root), processes)
    for kept in track(days_kept, "simulating GNSS observations", total=len(days)):
        for code, found in kept.items():
            for key, value in found.items():
                written[code][key] += value
    counts = _write_products(days, sky, stations if own["receivers_listed"] else [], root)
    truth = _write_truth(stations, (first, last), sky, written, root / "truth")
    return {"stations": {code: _summary(one) for code, one in written.items()}, **counts}, truth


@dataclass(frozen=True)
class _Receivers:
    """The receivers of a world under its sky, and where their files go."""

    stations: list[Station]
    sky: Sky
    own: dict
    root: Path

    def keep(self, day: dt.date) -> dict[str, dict]:
        """Write a day of every station, which share its ionosphere; what was written of each."""
        kept = {}
        for station in self.stations:
            observed = gnss_receiver.observe(
                station,
                day,
                self.sky,
                self.own["receiver"],
                interval_s=self.own["interval_s"],
                elevation_min=self.own["elevation_min"],
            )
            kept[station.code] = _keep(observed, self.own, self.root)
        return kept


# What a process of the pool works on: its parent's, since it is forked from it.
_working: list[_Receivers] = []


def _keep_day(day: dt.date) -> dict[str, dict]:
    return _working[0].keep(day)


def _shared_out(
    days: list[dt.date], receivers: _Receivers, processes: int
) -> Iterator[dict[str, dict]]:
    """`_Receivers.keep` of every day, in their order."""
    if processes < 2:
        yield from map(receivers.keep, days)
        return
    with ProcessPoolExecutor(
        processes, get_context("fork"), initializer=_working.append, initargs=(receivers,)
    ) as pool:
        yield from pool.map(_keep_day, days, chunksize=4)


def satellite_biases(own: dict, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """P1-P2 and P1-C1 of the satellites, ns, each of zero mean; the first as the maps' headers."""
    p1p2 = seeds.generator("world", seed, "biases").normal(0, P1P2_SD_NS, orbits.SATELLITES)
    random = seeds.generator("world", seed, "gnss", "p1c1")
    p1c1 = random.normal(0, own["p1c1_sd_ns"], orbits.SATELLITES)
    # As many digits as files have: what is published is what is true.
    return np.round(p1p2 - p1p2.mean(), 3), np.round(p1c1 - p1c1.mean(), 3)


def true_vtec(
    station: Station, days: tuple[dt.date, dt.date], fields: Callable, step: int = TRUTH_STEP
) -> pd.DataFrame:
    """VTEC over a station (time in UTC, station, vtec in TECU) every `step` minutes of its days."""
    begin, stop = np.datetime64(days[0], "us"), np.datetime64(days[1] + DAY, "us")
    times = np.arange(begin, stop, np.timedelta64(step, "m"))
    place = orbits.on_ground(station.latitude, station.longitude, station.height_m)
    where = [np.full(times.size, value) for value in place_of(place)]
    vtec = fields(times, *where)[0]
    return pd.DataFrame({"time": times, "station": station.code, "vtec": vtec})


def _sky(
    own: dict,
    period: tuple[dt.date, dt.date],
    drivers: Drivers,
    grid: tuple[np.ndarray, np.ndarray],
    ionosphere: dict,
    disturbance: Callable[[dt.date], np.ndarray | None] | None,
) -> Sky:
    """What all receivers of the world see."""
    column = Column(
        *grid,
        *period,
        dst=drivers.dst.set_index("time")["dst"],
        f107=drivers.f107.set_index("time")["observed_centred"],
        options=ionosphere,
        seed=drivers.seed,
        disturbance=disturbance,
    )
    p1p2, p1c1 = satellite_biases(own, drivers.seed)
    return Sky(orbits.constellation(drivers.seed), p1p2, p1c1, column.at, drivers.seed)


def _write_products(days: list[dt.date], sky: Sky, listed: list[Station], root: Path) -> dict:
    """Write orbits, from the day before to the day after, and biases; how many files of each."""
    around = [days[0] - DAY, *days, days[-1] + DAY]
    for day in around:
        write_sp3(sky.satellites, day, root / "orbits" / str(day.year))
    months = sorted({day.replace(day=1) for day in days})
    for month in months:
        write_dcb(
            month,
            root / "biases" / str(month.year),
            p1p2_ns=sky.p1p2_ns,
            p1c1_ns=sky.p1c1_ns,
            receivers=listed,
        )
    return {"orbits": len(around), "biases": 2 * len(months)}


def _station(given: dict, name: str) -> dict:
    """A station with what it leaves out."""
    if not isinstance(given, dict):
        raise ConfigError(f"{name}: {given!r} is no {{code, latitude, longitude, ...}}")
    one = merge(STATION, given, name)
    one["code"] = str(one["code"]).upper()
    if not CODE.match(one["code"]):
        raise ConfigError(f"{name}: code {one['code']!r} has neither four nor nine characters")
    for key, limit in (("latitude", 90), ("longitude", 360), ("height_m", 9000)):
        value = one[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > limit:
            raise ConfigError(f"{name}: {key} of {one['code']} is {value!r}")
    return one


def _receiver(one: dict, own: dict, seed: int) -> Station:
    """A station with its biases."""
    code = one["code"] if len(one["code"]) == 9 else one["code"] + "00XXX"
    bias = one["receiver_bias_ns"]
    if bias is None:
        random = seeds.generator("world", seed, "gnss", code, "bias")
        bias = round(random.normal(0, own["receiver_bias_sd_ns"]), 3)
    return Station(
        code=code,
        latitude=float(one["latitude"]),
        longitude=float(one["longitude"]),
        height_m=float(one["height_m"]),
        p1p2_ns=float(bias),
        p1c1_ns=float(one["p1c1_bias_ns"]),
        p1=own["p1"] if one["p1"] is None else bool(one["p1"]),
    )


def _keep(observed: Observed, own: dict, root: Path) -> dict:
    """Write a day of a station, and say what is in it."""
    date = observed.date
    folder = root / "rinex" / str(date.year) / f"{date.timetuple().tm_yday:03d}"
    path = write_rinex.write_rinex(observed, folder, version=own["rinex"], packing=own["packing"])
    code = observed.station.code
    return {
        "files": [path.name],
        "rays": int(np.isfinite(observed.slant).sum()),
        "slips": [observed.slips.assign(station=code)],
        "gaps": [(code, *gap) for gap in observed.gaps],
    }


def _summary(found: dict) -> dict:
    """What was written of a station."""
    names = found["files"]
    return {
        "files": len(names),
        "first": names[0],
        "last": names[-1],
        "satellite_epochs": found["rays"],
    }


def _write_truth(
    stations: list[Station],
    days: tuple[dt.date, dt.date],
    sky: Sky,
    written: dict,
    folder: Path,
) -> dict:
    """Write the tables of the truth; what of it belongs into the summary."""
    licence = {"licence": "simulated"}
    vtec = pd.concat([true_vtec(one, days, sky.fields) for one in stations])
    write_parquet(vtec, folder / "vtec.parquet", attributes=licence | {"vtec_unit": "TECU"})
    slips = pd.concat([table for found in written.values() for table in found["slips"]])
    slips = slips[["station", *slips.columns.drop("station")]]
    write_parquet(slips, folder / "slips.parquet", attributes=licence)
    rows = [gap for found in written.values() for gap in found["gaps"]]
    gaps = pd.DataFrame(rows, columns=["station", "start", "end"])
    gaps = gaps.astype({"station": "str", "start": "datetime64[us]", "end": "datetime64[us]"})
    write_parquet(gaps, folder / "gaps.parquet", attributes=licence)
    names = [f"G{number + 1:02d}" for number in range(orbits.SATELLITES)]
    biases = {
        "convention": "CODE: P2 - P1 = 0.105 m/TECU * STEC - c (satellite + receiver), ns",
        "receivers": {one.code: {"p1p2": one.p1p2_ns, "p1c1": one.p1c1_ns} for one in stations},
        "satellites": {
            "p1p2": dict(zip(names, sky.p1p2_ns.tolist(), strict=True)),
            "p1c1": dict(zip(names, sky.p1c1_ns.tolist(), strict=True)),
        },
    }
    write_json(biases | licence, folder / "biases.json")
    return {**biases, "slips": len(slips), "gaps": len(gaps)}
