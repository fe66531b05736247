"""The sources by name; their modules are imported on use."""

from __future__ import annotations

import copy
import functools
import importlib
from pathlib import Path
from types import ModuleType

import yaml

from laicflow.errors import ConfigError
from laicflow.files import LICENCES
from laicflow.sources.request import Request, bounds, partitions

__all__ = [
    "FETCHED",
    "KINDS",
    "REQUIRED",
    "Request",
    "bounds",
    "load",
    "names",
    "partitions",
    "settings",
]

# Kinds whose files are only fetched: they enter the store in what is made of observations.
FETCHED = ("orbits", "biases")
# The parts that a source can play in a study.
KINDS = ("maps", "minutes", "probes", "events", "kp", "dst", "f107", "tec", "olr", *FETCHED)

# What every config/sources/<source>.yaml says, and as what type.
REQUIRED: dict[str, tuple[type, ...]] = {
    "module": (str,),
    "kind": (str,),
    "options": (str,),
    "base": (list,),
    "partition": (str,),
    "format": (str,),
    "latency_days": (int,),
    "closed_after_days": (int, type(None)),
    "licence": (str,),
    "citation": (str,),
    "bibtex": (str,),
    "account": (str,),
    "revision": (str,),
    "description": (str,),
}


def names(folder: Path, kind: str | None = None) -> list[str]:
    """The sources that have a YAML file in the configuration's folder, of one kind or of all."""
    found = sorted(file.stem for file in (Path(folder) / "sources").glob("*.yaml"))
    return [name for name in found if kind is None or settings(name, folder)["kind"] == kind]


def load(module: str) -> ModuleType:
    """The module of `laicflow.sources` that a source's settings name under `module`.

    It offers `requests(partition, start, end, settings, options) -> list[Request]`, and where a
    request may ask for too much, `parts(request, ask) -> list[Request]`, which gives it back as it
    is or in parts; none of them where the upstream says that it has nothing. It may offer
    `notes(files, raw, settings) -> dict[str, str]` as well: what the manifest is to say of some of
    the files that a partition has.

    Raises
    ------
    ConfigError : there is no such module
    """
    try:
        return importlib.import_module(f"laicflow.sources.{module}")
    except ModuleNotFoundError as error:
        raise ConfigError(f"there is no module laicflow.sources.{module}") from error


def settings(name: str, folder: Path) -> dict:
    """`sources/<name>.yaml` in the configuration's folder, its required keys checked.

    Raises
    ------
    ConfigError : no such file, or a required key is absent, of another type or no known value
    """
    path = Path(folder) / "sources" / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
        raise ConfigError(f"unknown source {name!r}: {path} is not there; known are {known}")
    return copy.deepcopy(_checked(path, path.stat().st_mtime_ns))


@functools.cache
def _checked(path: Path, modified: int) -> dict:
    """The settings in a file, checked; `modified` makes a changed file another one."""
    # libyaml, where it is there, takes a tenth of the time.
    text = path.read_text(encoding="utf-8")
    found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for key, types in REQUIRED.items():
        if key not in found:
            raise ConfigError(f"{path}: {key!r} is missing")
        if not isinstance(found[key], types):
            wanted = " or ".join(kind.__name__ for kind in types)
            raise ConfigError(f"{path}: {key} must be {wanted}, found {found[key]!r}")
    if found["kind"] not in KINDS:
        raise ConfigError(f"{path}: kind {found['kind']!r} is none of {', '.join(KINDS)}")
    if found["partition"] not in ("month", "year", "all"):
        raise ConfigError(f"{path}: partition must be month, year or all")
    if found["licence"] not in LICENCES:
        raise ConfigError(f"{path}: licence {found['licence']!r} is none of {LICENCES}")
    return found
