"""Simulate an observatory's minutes of the magnetic field, with or without a planted precursor."""

from __future__ import annotations

import argparse
import importlib
import math
from pathlib import Path

from laicflow.errors import ConfigError

# Half the side of the box around the observatory where the earthquakes are, km.
BOX_KM = 300.0
KM_PER_DEGREE = 111.195
_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    place = parser.add_argument_group("observatory")
    place.add_argument("--iaga", default="SIM", help="code, three letters (default: SIM)")
    place.add_argument("--latitude", type=float, required=True, help="degrees")
    place.add_argument("--longitude", type=float, required=True, help="degrees")
    place.add_argument("--elevation", type=float, default=0.0, help="metres (default: 0)")
    when = parser.add_argument_group("period")
    when.add_argument("--start", required=True, help="first day, YYYY-MM-DD")
    when.add_argument("--end", required=True, help="last day")
    world = parser.add_argument_group("world")
    world.add_argument("--seed", type=int, default=1, help="the same gives the same bytes")
    world.add_argument(
        "--quakes",
        type=float,
        default=12.0,
        help=f"main shocks of M5+ a year in a box of {2 * BOX_KM:.0f} km a side (default: 12)",
    )
    wave = parser.add_argument_group("planted wave")
    wave.add_argument("--amplitude", type=float, default=0.0, help="nT (default: 0, no wave)")
    wave.add_argument("--hours", type=float, default=24.0, help="before the event (default: 24)")
    wave.add_argument("--magnitude", type=float, default=5.0, help="least (default: 5)")
    wave.add_argument("--radius", type=float, default=200.0, help="km (default: 200)")
    wave.add_argument(
        "--decay",
        choices=("none", "power", "exponential"),
        default="none",
        help="fall with distance; then the amplitude is that at 100 km (default: none)",
    )
    files = parser.add_argument_group("files")
    files.add_argument("--orientation", choices=("XYZF", "HDZF"), default="XYZF")
    files.add_argument(
        "--state",
        choices=("definitive", "quasi-definitive", "provisional", "variation"),
        default="definitive",
    )
    files.add_argument("--per", choices=("month", "day"), default="month", help="what a file holds")
    files.add_argument("folder", type=Path, help="output; must not hold anything yet")


def run(options: argparse.Namespace) -> int:
    """Write the files, and print what they are."""
    if options.folder.is_file() or (options.folder.is_dir() and any(options.folder.iterdir())):
        raise ConfigError(f"{options.folder} is there and not an empty folder")
    world = importlib.import_module("laicflow.simulate.world")
    summary = world.write_world(_world(options), options.folder)
    for code, found in summary["geomagnetic"].items():
        place = options.folder / "geomag" / code.lower()
        print(f"{place}: {found['first']} to {found['last']}, {found['files']} in all")
        print(f"{found['minutes']} minutes, {found['missing_minutes']} of them missing")
    indices = summary["indices"]
    print(
        f"least Dst {indices['least_dst']:.0f} nT, {indices['storms']} storms, "
        f"{summary['earthquakes']['events_in_period']} earthquakes"
    )
    _print_waves(summary["truth"]["geomagnetic"]["waves"])
    print(f"what drove them and the truth: {options.folder}/indices, catalogs, world.json")
    return 0


def _world(options: argparse.Namespace) -> dict:
    """The options of the world around the observatory."""
    precursor = {
        "amplitude_nt": options.amplitude,
        "hours": options.hours,
        "magnitude_min": options.magnitude,
        "farthest_km": options.radius,
        "decay": options.decay,
    }
    observatory = {
        "iaga": options.iaga,
        "latitude": options.latitude,
        "longitude": options.longitude,
        "elevation_m": options.elevation,
    }
    if not 0 <= options.quakes < math.inf:
        raise ConfigError(f"--quakes is {options.quakes:g}, below 0")
    return {
        "seed": options.seed,
        "start": options.start,
        "end": options.end,
        "maps": False,
        "catalog": {**_box(options), "mu": options.quakes / 365.25, "trench_share": 0.0},
        "geomagnetic": {
            "observatories": [observatory],
            "orientation": options.orientation,
            "state": options.state,
            "per": options.per,
            "options": {"precursor": precursor},
        },
    }


def _box(options: argparse.Namespace) -> dict:
    """Where the earthquakes are: a box around the observatory, cut off near the poles."""
    if not (abs(options.latitude) < 90 and abs(options.longitude) <= 360):
        raise ConfigError(f"no such place: {options.latitude:g}, {options.longitude:g}")
    high = BOX_KM / KM_PER_DEGREE
    wide = min(180.0, high / math.cos(math.radians(options.latitude)))
    return {
        "latitude": [max(-89.0, options.latitude - high), min(89.0, options.latitude + high)],
        "longitude": [options.longitude - wide, options.longitude + wide],
    }


def _print_waves(waves: list[dict]) -> None:
    """The planted waves, the first of them."""
    planted = [one for one in waves if not one["covered_by_another"]]
    print(f"{len(planted)} planted waves")
    for one in planted[:_SHOWN]:
        event = one["event"]
        print(
            f"  {one['start']} to {one['end']}, {one['amplitude_nt']:.3g} nT before M "
            f"{event['magnitude']:.1f} at {one['distance_km']:.0f} km"
        )
    if len(planted) > _SHOWN:
        print(f"  and {len(planted) - _SHOWN} more, in world.json")
