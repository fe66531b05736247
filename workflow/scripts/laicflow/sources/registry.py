"""The sources by name; their modules are imported on use."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import yaml

from laicflow.errors import ConfigError
from laicflow.sources.request import Request, bounds, partitions
from laicflow.store import LICENCES

__all__ = ["REQUIRED", "SOURCES", "Request", "bounds", "load", "partitions", "settings"]

SOURCES = {
    "celestrak": "laicflow.sources.celestrak",
    "code": "laicflow.sources.code",
    "gfz_kp": "laicflow.sources.gfz_kp",
    "jpl": "laicflow.sources.jpl",
    "kyoto_dst": "laicflow.sources.kyoto_dst",
    "usgs": "laicflow.sources.usgs",
}

# What every config/sources/<source>.yaml says, and as what type.
REQUIRED: dict[str, tuple[type, ...]] = {
    "base": (list,),
    "partition": (str,),
    "format": (str,),
    "latency_days": (int,),
    "closed_after_days": (int, type(None)),
    "licence": (str,),
    "citation": (str,),
    "account": (str,),
    "revision": (str,),
    "description": (str,),
}


def load(name: str) -> ModuleType:
    """The module of a source.

    It offers `requests(partition, start, end, settings, options) -> list[Request]`, and where a
    request may ask for too much, `parts(request, ask) -> list[Request]`, which gives it back as it
    is or in parts.

    Raises
    ------
    ConfigError : there is no such source
    """
    if name not in SOURCES:
        raise ConfigError(f"unknown source {name!r}; known are {', '.join(sorted(SOURCES))}")
    return importlib.import_module(SOURCES[name])


def settings(name: str, folder: Path) -> dict:
    """`sources/<name>.yaml` in the configuration's folder, its required keys checked.

    Raises
    ------
    ConfigError : no such file, or a required key is absent, of another type or no known value
    """
    path = Path(folder) / "sources" / f"{name}.yaml"
    if not path.is_file():
        raise ConfigError(f"unknown source {name!r}: {path} is not there")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, types in REQUIRED.items():
        if key not in found:
            raise ConfigError(f"{path}: {key!r} is missing")
        if not isinstance(found[key], types):
            wanted = " or ".join(kind.__name__ for kind in types)
            raise ConfigError(f"{path}: {key} must be {wanted}, found {found[key]!r}")
    if found["partition"] not in ("month", "year", "all"):
        raise ConfigError(f"{path}: partition must be month, year or all")
    if found["licence"] not in LICENCES:
        raise ConfigError(f"{path}: licence {found['licence']!r} is none of {LICENCES}")
    return found
