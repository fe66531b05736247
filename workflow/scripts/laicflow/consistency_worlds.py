"""What no schema can say of simulated worlds: options that a world or a trial would refuse."""

from __future__ import annotations

import datetime as dt
import importlib
import math
from typing import Any

from laicflow.errors import ConfigError
from laicflow.observed import OBSERVATIONS


def fault(options: dict, key: str, precursor: str = "") -> str:
    """What is wrong with the options of a simulated world, "" where nothing is.

    Parameters
    ----------
    options : what differs from the defaults of a world
    key : where the configuration has them
    precursor : where it has what is planted, if elsewhere
    """
    planted = precursor or f"{key}.precursor"
    world = _module("world")
    wrong = _unlike(options, world.DEFAULTS, "simulate")
    if not wrong:
        try:
            whole = world.complete(options)
            _module("world_minutes").check_period(
                whole["geomagnetic"], *_days(whole), "simulate.geomagnetic"
            )
            for axis, limits in options.get("grid", {}).items():
                if axis != "height_km":
                    _axis(axis, limits)
            if whole["gnss"]["stations"]:
                _module("world_gnss").check_period(
                    whole["gnss"], *_days(whole), _grid(whole), "simulate.gnss"
                )
        except ConfigError as error:
            wrong = str(error)
    if wrong.startswith("simulate.precursor"):
        return planted + wrong.removeprefix("simulate.precursor")
    return key + wrong.removeprefix("simulate") if wrong else ""


def days(options: dict) -> tuple[dt.date, dt.date]:
    """First and last day of the maps and minutes of a world that has no fault."""
    return _days(_module("world").complete(options))


def of_stations(config: dict) -> str:
    """What the simulated world lacks of the observations that a run takes, "" where nothing."""
    studies = [config[name]["data"].values() for name in config["studies"]]
    taken = {*config["ingest"]["also"], *(name for own in studies for name in own)}
    if config["upstream"] != "replica:world" or OBSERVATIONS not in taken:
        return ""
    own = _module("world").complete(config["simulate"])["gnss"]
    # The names of files tell the station and how many seconds lie between epochs.
    there = {f"{one['code']}00XXX"[:9] for one in own["stations"]}
    wanted = config["sources"][OBSERVATIONS]["stations"]
    if lacking := [code for code in wanted if code not in there]:
        known = ", ".join(sorted(there)) or "none"
        return (
            f"sources.{OBSERVATIONS}.stations: the simulated world has no {', '.join(lacking)}; "
            f"simulate.gnss.stations has {known}"
        )
    if own["interval_s"] != 30 and "layout" not in config["sources"][OBSERVATIONS]:
        return f"simulate.gnss.interval_s is {own['interval_s']}; archives have files of 30 s"
    return ""


def of_trials(own: dict, study: dict) -> list[str]:
    """What a trial would refuse, each as a sentence that begins with its key.

    Parameters
    ----------
    own : `worlds` of a study
    study : the study as it is tried: `worlds.study` and the variant laid over it
    """
    found = []
    amplitude = own["precursor"].get("amplitude_sd", 0)
    if not amplitude > 0:
        found.append(f"worlds.precursor.amplitude_sd is {amplitude!r}; it must be above 0")
    if not own["simulate"].get("maps", True):
        found.append("worlds.simulate.maps is false; a trial needs maps")
    if study["sites"]["mode"] != "points":
        found.append(
            f"worlds.study.sites.mode is {study['sites']['mode']}; it must be points, "
            "the maps of a trial reach no further"
        )
    options = study["experiments"][own["experiment"]].get("options", {})
    start = {**study["models"], **options}["pretrained"]
    if start != "none":
        key = f"experiments.{own['experiment']}.options" if "pretrained" in options else "models"
        found.append(
            f"worlds.study.{key}.pretrained is {start}; it must be none, the networks of a trial "
            "start from random weights"
        )
    return found


def _module(name: str) -> Any:
    """A module of the worlds, by its name: what reads settings does not hang on their code."""
    return importlib.import_module(f"laicflow.simulate.{name}")


def _days(options: dict) -> tuple[dt.date, dt.date]:
    """First and last day of a world whose options are complete."""
    found = []
    for name in ("start", "end"):
        try:
            found.append(dt.date.fromisoformat(options[name]))
        except ValueError:
            raise ConfigError(f"simulate.{name} is {options[name]!r}, not a date") from None
    if found[1] < found[0]:
        raise ConfigError(f"simulate.end {found[1]} lies before start {found[0]}")
    return found[0], found[1]


def _grid(whole: dict) -> tuple:
    """Latitudes and longitudes of a world whose axes are sound."""
    axis_of = _module("climatology").axis_of
    return tuple(axis_of(whole["grid"][name]) for name in ("latitude", "longitude"))


def _axis(name: str, limits: list[float]) -> None:
    """Refuse an axis whose step does not lead from its first to its last value."""
    try:
        _module("climatology").axis_of(limits)
    except ValueError as error:
        raise ConfigError(f"simulate.grid.{name} is {limits}: {error}") from None


def _unlike(options: dict, defaults: dict, place: str) -> str:
    """The first option that is of another kind than its default, "" where none is."""
    for name, value in options.items():
        known = defaults.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            if wrong := _unlike(value, known, f"{place}.{name}"):
                return wrong
        elif name in defaults and not isinstance(known, dict) and not _alike(value, known):
            return f"{place}.{name} is {value!r}; it must be like {known!r}"
    return ""


def _alike(value: object, known: object) -> bool:
    """Whether a value is a number, a text or a list of such, as its default is.

    Of a list that is empty by default whoever reads it says what may stand in it.
    """
    if isinstance(known, list):
        return isinstance(value, list) and all(_alike(one, known[0]) for one in value if known)
    if isinstance(known, (str, bool)):
        return isinstance(value, type(known))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value)
