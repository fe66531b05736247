"""A simulated world: a folder of raw files as the upstreams publish them, with known truth.

By default it is a null world: the earthquakes and the ionosphere are drawn apart, so that whatever
an analysis finds between them comes from the analysis. With `precursor.amplitude_sd` above 0 each
earthquake is announced by a wave (`laicflow.simulate.precursor`); weather, indices and earthquakes
of a seed stay the same. With `geomagnetic.observatories` there are minutes of the magnetic field
too (`laicflow.simulate.world_minutes`), in which another wave can be planted; with
`probes.missions` satellites fly through it (`laicflow.simulate.world_probes`), with one of theirs;
with `gnss.stations` receivers on the ground measure it (`laicflow.simulate.world_gnss`). With
`olr.products` there is radiation (`laicflow.simulate.world_olr`), which knows of no earthquake.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import ConfigError
from laicflow.files import write_json
from laicflow.progress import track
from laicflow.simulate import world_gnss, world_minutes, world_olr, world_probes
from laicflow.simulate.climatology import axis_of, coarse_axis
from laicflow.simulate.earthquakes import branching_ratio, simulate_earthquakes
from laicflow.simulate.indices import simulate_f107, simulate_magnetic
from laicflow.simulate.ionosphere import simulate_maps
from laicflow.simulate.options import merge
from laicflow.simulate.precursor import Precursor
from laicflow.simulate.precursor import check as check_precursor
from laicflow.simulate.write_catalog import write_catalog
from laicflow.simulate.write_indices import daily_kp, write_celestrak, write_dst, write_kp
from laicflow.simulate.write_ionex import write_ionex

# Every option of a world, with its default.
DEFAULTS: dict = {
    # The same seed gives the same bytes.
    "seed": 1,
    # First and last day of the ionosphere's maps and of the observatories' minutes. Indices and
    # earthquakes cover whole calendar years, and at least `MARGIN_DAYS` more on either side.
    "start": "2013-07-01",
    "end": "2015-06-30",
    # Whether there are maps.
    "maps": True,
    # First, last, step in degrees; the height of the layer in km.
    "grid": {"latitude": [50, 20, -2.5], "longitude": [90, 180, 5], "height_km": 450.0},
    # Epochs of the maps: `code` (as CODE's archive has them at each date), `1h` or `2h`.
    "steps": "code",
    "ionosphere": {
        # Levels of F10.7 (sfu) at which PyIRI is asked.
        "f107_levels": [70.0, 150.0, 230.0],
        # Step (degrees of latitude, longitude) of the grid on which all is computed before it is
        # interpolated; within 2 % of the full grid.
        "coarse_deg": [5.0, 10.0],
        # Day-to-day part: standard deviation of the logarithm, e-folding in days, and distance
        # (degrees) at which the correlation falls to 1/e.
        "day_to_day_sd": 0.15,
        "day_to_day_scale_days": 2.0,
        "day_to_day_scale_deg": 20.0,
        # New every hour, and new in every map (what an analysis centre adds).
        "hourly_sd": 0.03,
        "estimation_sd": 0.01,
        # Storms: Dst (nT) where they begin; logarithm of the factor per 100 nT in the young and
        # the old storm; memory in hours.
        "storm_quiet_dst": -25.0,
        "storm_positive": 0.5,
        "storm_negative": 1.2,
        "storm_memory_hours": 30.0,
        # RMS maps: floor (TECU) and share of VTEC.
        "rms_floor": 0.6,
        "rms_share": 0.03,
    },
    "indices": {
        # Standard deviations of ln(F10.7 over its minimum): the Sun's rotation, the noise.
        "f107_rotation": 0.22,
        "f107_noise": 0.12,
        # Transients: a year near solar maximum, median peak Ey (mV/m), spread of its logarithm.
        "storms_per_year": 22.0,
        "storm_ey": 3.0,
        "storm_spread": 0.5,
        # Quiet Ey: median (mV/m), spread of its logarithm.
        "quiet_ey": 0.28,
        "quiet_spread": 0.75,
        # Streams that recur every 27 days: how many, peak Ey (mV/m), life in rotations.
        "streams": 2,
        "stream_ey": 1.0,
        "stream_life_rotations": 4.0,
        # Dst (nT): quiet level and noise.
        "dst_quiet": -4.0,
        "dst_noise": 4.0,
        # Kp = at rest + slope * ln(1 + Ey) + noise.
        "kp_at_rest": 0.4,
        "kp_slope": 3.3,
        "kp_noise": 0.5,
    },
    "catalog": {
        # Box of the background, degrees.
        "latitude": [30.0, 46.0],
        "longitude": [128.0, 150.0],
        # Background events a day.
        "mu": 0.10,
        # Omori's law (c in days), cut off after `aftershock_days`; productivity K exp(alpha dM).
        "p": 1.2,
        "c": 0.01,
        "K": 0.0176,
        "alpha": 1.5,
        "aftershock_days": 1000.0,
        # Gutenberg-Richter magnitudes, the ends as published (one decimal).
        "magnitude_min": 5.0,
        "magnitude_max": 8.5,
        "b": 1.0,
        # Distances of aftershocks: scale (km, at M 5) and power of the fall.
        "distance_km": 8.0,
        "q": 1.8,
        # Share of the background along the trench, whose (latitude, longitude) are given south to
        # north, and how far landward (km) it reaches.
        "trench_share": 0.7,
        "trench_width_km": 90.0,
        "trench": [[30, 142.5], [34.5, 142], [38, 144], [41, 145], [43, 148], [46, 153]],
        # Days before the first year that only settle the process.
        "burn_in_days": 1000,
    },
    "precursor": {
        # Amplitude in units of `ionosphere.day_to_day_sd`, at most 2; 0 plants nothing.
        "amplitude_sd": 0.0,
        # Which earthquakes have one: least magnitude and box, degrees.
        "magnitude_min": 5.0,
        "latitude": [30.0, 46.0],
        "longitude": [128.0, 150.0],
        # Wave: period, speed of its crests, Gaussian distance from the epicentre.
        "period_hours": 6.0,
        "phase_speed_ms": 200.0,
        "radius_km": 2500.0,
    },
    # Observatories of the magnetic field.
    "geomagnetic": world_minutes.DEFAULTS,
    # Langmuir probes of satellites.
    "probes": world_probes.DEFAULTS,
    # Receivers of GPS on the ground.
    "gnss": world_gnss.DEFAULTS,
    # Outgoing longwave radiation.
    "olr": world_olr.DEFAULTS,
}

# Labels ask for earthquakes after the last map, look-backs for indices before the first.
MARGIN_DAYS = 60
STORM_DST = -50.0
STORM_KP = 5.0


def write_world(options: dict, folder: Path, processes: int = 1) -> dict:
    """Write a world's raw files into `folder` and say what it holds.

    Parameters
    ----------
    options : what differs from `DEFAULTS`, in the same nesting
    folder : gets `ionex/code/`, `catalogs/usgs/`, `indices/gfz_kp_wdc/`,
        `indices/kyoto_dst_wdc/`, `indices/celestrak/SW-All.csv`, `geomag/<iaga>/`,
        `<cses, demeter, swarm>/<YYYY>/`, `gnss/`, `olr/` and `world.json` (the summary)
    processes : that work side by side, where that can be; the files do not depend on it

    Returns
    -------
    The summary, fit for JSON: `options` (complete; without `maps`, `geomagnetic`, `probes`,
    `gnss` and `olr` where these say nothing), `maps` (days, first and last file; null where there
    are none), `earthquakes`, `indices`, and `truth` (branching ratio, share of background, b, and
    the planted precursor or null); of observatories `geomagnetic` (files and minutes of each), of
    satellites `probes` (files and samples of each), of receivers `gnss` (files and satellite
    epochs of each), of radiation `olr` (files and days of each product), and
    `truth.<geomagnetic, ...>`.

    Raises
    ------
    ConfigError : an option is unknown or cannot be
    """
    options = complete(options)
    folder = Path(folder)
    start, end = (_date(options[name], name) for name in ("start", "end"))
    grid = _grid(options)
    world_minutes.check_period(options["geomagnetic"], start, end, "simulate.geomagnetic")
    world_probes.check_period(options["probes"], start, end, "simulate.probes")
    world_gnss.check_period(options["gnss"], start, end, grid, "simulate.gnss")
    first, last = covered_years(start, end)
    seed = int(options["seed"])
    magnetic = simulate_magnetic(first, last, options["indices"], seed)
    f107 = simulate_f107(first, last, options["indices"], seed)
    events = simulate_earthquakes(first, last, options["catalog"], seed)
    _write_indices(magnetic, f107, folder)
    years = list(range(first.year, last.year + 1))
    write_catalog(events, years, folder / "catalogs" / "usgs")
    planted = _precursor(events, grid, options)
    maps = None
    if options["maps"]:
        names = _write_maps((start, end), grid, magnetic, f107, planted, options, folder)
        maps = {"days": len(names), "first": names[0], "last": names[-1]}
    summary = {
        "options": _told(options),
        "maps": maps,
        **_summary(options, events, magnetic, f107, (start, end)),
    }
    summary["truth"]["precursor"] = planted.truth(start, end) if planted else None
    drivers = world_minutes.Drivers(magnetic["dst"], magnetic["kp"], f107, events, seed)
    if options["geomagnetic"]["observatories"]:
        summary["geomagnetic"], summary["truth"]["geomagnetic"] = world_minutes.write_minutes(
            options["geomagnetic"], (start, end), drivers, folder
        )
    if options["probes"]["missions"]:
        summary["probes"], summary["truth"]["probes"] = _write_probes(
            options, (start, end), grid, drivers, folder
        )
    if options["gnss"]["stations"]:
        own = (options["gnss"], (start, end), drivers, grid, options["ionosphere"], folder)
        summary["gnss"], summary["truth"]["gnss"] = world_gnss.write_gnss(
            *own, disturbance=planted.on if planted else None, processes=processes
        )
    if options["olr"]["products"]:
        summary["olr"], summary["truth"]["olr"] = world_olr.write_olr(options["olr"], seed, folder)
    write_json(summary, folder / "world.json")
    return summary


def complete(options: dict | None) -> dict:
    """`DEFAULTS` with `options` laid over them.

    Raises
    ------
    ConfigError : an option has no default, hence no meaning, or a value cannot be
    """
    merged = merge(DEFAULTS, options or {}, "simulate")
    if merged["steps"] not in ("code", "1h", "2h"):
        raise ConfigError(f"simulate.steps is {merged['steps']!r}, not code, 1h or 2h")
    levels = merged["ionosphere"]["f107_levels"]
    if len(levels) < 2 or sorted(set(levels)) != list(levels):
        raise ConfigError(f"simulate.ionosphere.f107_levels must ascend, not be {levels}")
    check_precursor(merged["precursor"])
    if merged["precursor"]["amplitude_sd"] and not merged["maps"]:
        raise ConfigError(
            "simulate.precursor.amplitude_sd is above 0 and simulate.maps false: that precursor "
            "is planted into the maps (simulate.geomagnetic.options.precursor is the minutes')"
        )
    merged["geomagnetic"] = world_minutes.complete(merged["geomagnetic"], "simulate.geomagnetic")
    merged["probes"] = world_probes.complete(merged["probes"], "simulate.probes")
    merged["gnss"] = world_gnss.complete(merged["gnss"], "simulate.gnss")
    merged["olr"] = world_olr.complete(merged["olr"], "simulate.olr")
    return merged


def covered_years(start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the indices and the catalog: whole years around a margin."""
    margin = dt.timedelta(days=MARGIN_DAYS)
    return dt.date((start - margin).year, 1, 1), dt.date((end + margin).year, 12, 31)


def _told(options: dict) -> dict:
    """Options as the summary has them: what a world has none of is left out."""
    silent = {"maps"} if options["maps"] else set()
    if not options["geomagnetic"]["observatories"]:
        silent.add("geomagnetic")
    if not options["probes"]["missions"]:
        silent.add("probes")
    if not options["gnss"]["stations"]:
        silent.add("gnss")
    if not options["olr"]["products"]:
        silent.add("olr")
    return {name: value for name, value in options.items() if name not in silent}


def _date(value: str, name: str) -> dt.date:
    """An ISO date."""
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise ConfigError(f"simulate.{name} is {value!r}, not a date") from error


def _grid(options: dict) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of the maps."""
    if _date(options["end"], "end") < _date(options["start"], "start"):
        raise ConfigError(f"simulate.end {options['end']} lies before start {options['start']}")
    try:
        grid = options["grid"]
        return axis_of(grid["latitude"]), axis_of(grid["longitude"])
    except ValueError as error:
        raise ConfigError(f"simulate.grid: {error}") from error


def _write_indices(magnetic: dict, f107: pd.DataFrame, folder: Path) -> None:
    """The three index products."""
    daily = daily_kp(magnetic["kp"], f107)
    write_kp(daily, folder / "indices" / "gfz_kp_wdc")
    write_dst(magnetic["dst"], folder / "indices" / "kyoto_dst_wdc")
    write_celestrak(daily, folder / "indices" / "celestrak" / "SW-All.csv")


def _precursor(
    events: pd.DataFrame, grid: tuple[np.ndarray, np.ndarray], options: dict
) -> Precursor | None:
    """What the options plant, None in a null world."""
    own = options["precursor"]
    if not own["amplitude_sd"]:
        return None
    spread = options["ionosphere"]["day_to_day_sd"]
    seed = int(options["seed"])
    return Precursor(events, *grid, options=own, day_to_day_sd=spread, seed=seed)


def _write_maps(
    period: tuple[dt.date, dt.date],
    grid: tuple[np.ndarray, np.ndarray],
    magnetic: dict,
    f107: pd.DataFrame,
    planted: Precursor | None,
    options: dict,
    folder: Path,
) -> list[str]:
    """One IONEX file a day; their names."""
    start, end = period
    seed = int(options["seed"])
    days = simulate_maps(
        *grid,
        start,
        end,
        steps=options["steps"],
        dst=magnetic["dst"].set_index("time")["dst"],
        f107=f107.set_index("time")["observed_centred"],
        options=options["ionosphere"],
        seed=seed,
        disturbance=planted.on if planted else None,
    )
    height = float(options["grid"]["height_km"])
    target = folder / "ionex" / "code"
    return [
        write_ionex(maps, *grid, target, seed=seed, height_km=height, planted=bool(planted)).name
        for maps in track(days, "simulating maps", total=(end - start).days + 1)
    ]


def _write_probes(
    options: dict,
    period: tuple[dt.date, dt.date],
    grid: tuple[np.ndarray, np.ndarray],
    drivers: world_minutes.Drivers,
    folder: Path,
) -> tuple[dict, dict]:
    """The files of the satellites, in the weather of the maps where there are any."""
    own = options["ionosphere"]
    maps = None
    if options["maps"]:
        maps = tuple(coarse_axis(*pair) for pair in zip(grid, own["coarse_deg"], strict=True))
    return world_probes.write_probes(options["probes"], period, drivers, maps, own, folder)


def _summary(
    options: dict, events: pd.DataFrame, magnetic: dict, f107: pd.DataFrame, period: tuple
) -> dict:
    """Counts and the truth behind them; shares are those of the days with maps or minutes."""
    begin, stop = pd.Timestamp(period[0]), pd.Timestamp(period[1]) + pd.Timedelta(days=1)

    def inside(table: pd.DataFrame, column: str = "time") -> pd.DataFrame:
        return table[(table[column] >= begin) & (table[column] < stop)]

    dst, kp, flux = (inside(table) for table in (magnetic["dst"], magnetic["kp"], f107))
    shown = inside(events)
    catalog = options["catalog"]
    # With maps it is their days that count.
    days = "with_maps" if options["maps"] else "in_period"
    return {
        "earthquakes": {
            "events": len(events),
            f"events_{days}": len(shown),
            f"event_days_{days}": int(shown["time"].dt.normalize().nunique()),
            "largest_magnitude": float(events["magnitude"].max()) if len(events) else None,
        },
        "indices": {
            "storms": len(inside(magnetic["storms"], "onset")),
            "share_dst_below_-50": round(float((dst["dst"] <= STORM_DST).mean()), 4),
            "share_kp_5_or_more": round(float((kp["kp"] >= STORM_KP - 0.01).mean()), 4),
            "least_dst": float(dst["dst"].min()),
            "mean_f107": round(float(flux["f107"].mean()), 1),
        },
        "truth": {
            "branching_ratio": round(branching_ratio(catalog), 4),
            "background_events": int((events["generation"] == 0).sum()),
            "b": catalog["b"],
        },
    }
