"""What a configuration needs: which partitions of which source, and where their files lie."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from pathlib import Path

from laicflow.errors import ConfigError

# Days of catalog beyond the last map, so that "no event follows" can be known.
AFTER_DAYS = 31


def period(config: dict, source: str) -> tuple[dt.date, dt.date]:
    """First and last day that the run's studies need of a source.

    The studies that count are those that name the source, listed in `studies` or not, so that
    a target by name finds what it needs.
    """
    spans = [
        span(study, role)
        for study in config.values()
        if isinstance(study, dict) and "data" in study and "period" in study
        for role, name in study["data"].items()
        if name == source
    ]
    if not spans:
        raise ConfigError(f"no study of the configuration uses the source {source!r}")
    return min(first for first, _ in spans), max(last for _, last in spans)


def span(study: dict, role: str) -> tuple[dt.date, dt.date]:
    """First and last day that a study needs of a role: a catalog reaches beyond its period."""
    first = dt.date.fromisoformat(study["period"]["start"])
    last = dt.date.fromisoformat(study["period"]["end"])
    return first, last + dt.timedelta(days=AFTER_DAYS if role == "catalog" else 0)


def upstream(config: dict) -> tuple[str, str]:
    """Kind (internet, folder, world) and folder of the configured upstream.

    Environment variables in a folder's name are filled in.

    Raises
    ------
    ConfigError : the folder names a variable that is not set, or does not exist
    """
    text = config["upstream"]
    if text == "internet":
        return "internet", ""
    name = os.path.expandvars(text.removeprefix("replica:"))
    if name == "world":
        return "world", ""
    if "$" in name:
        raise ConfigError(
            f"upstream {text!r}: set the variable to the folder of real files, "
            "e.g. `export LAICFLOW_REAL_DATA=/path/to/data`"
        )
    if not Path(name).is_dir():
        raise ConfigError(f"upstream {text!r}: no folder {name}")
    return "folder", str(Path(name).resolve())


def origin(config: dict) -> dict[str, str]:
    """Where the raw files come from: `kind`, `folder` and `name`, the name of data/raw/<name>.

    The name of a replica holds a digest of what it serves, so that files of two folders or of
    two simulated worlds never meet.
    """
    kind, folder = upstream(config)
    if kind == "internet":
        return {"kind": kind, "folder": "", "name": "upstream"}
    if kind == "folder":
        from laicflow.replica import server

        globs = server.served(config["replica"]["catalogs"])
        name = f"replica-{server.digest(Path(folder), globs)}"
        return {"kind": kind, "folder": folder, "name": name}
    name = f"world-{world_digest(config)}"
    return {"kind": kind, "folder": f"data/worlds/{name}", "name": name}


def world_digest(config: dict) -> str:
    """Digest of the simulated world: its options and the code that writes it."""
    from laicflow import digest

    modules = digest.closure({"laicflow.simulate.world"})
    code = [digest.tree(module) for module in sorted(modules)]
    text = json.dumps([config["simulate"], code], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def training_runs(variant: dict) -> dict[str, int]:
    """Networks that a variant of a study trains: per seed, and for the further draws."""
    folds = variant["split"]["blocks"] if variant["split"]["kind"] == "blocks" else 1
    experiments = len(variant["experiments"])
    return {
        "seeds": experiments * len(variant["seeds"]) * folds,
        "draws": experiments * (variant["split"]["draws"] - 1) * folds,
    }
