"""Disk of planned jobs by stage, in MB, and that of a run that has been made."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from laicflow import config as settings
from laicflow import limits
from laicflow import scale_measured as shipped
from laicflow.observed import OBSERVATIONS
from laicflow.resources import TRAINING
from laicflow.sources.request import bounds

Span = tuple[dt.date, dt.date]


def share(partition: str, span: Span) -> float:
    """The share of a partition's days that lies in a span; 1 of what has no days of its own."""
    if partition == "all":
        return 1.0
    first, last = bounds(partition)
    days = (min(last, span[1]) - max(first, span[0])).days + 1
    return max(days, 0) / ((last - first).days + 1)


def stations(source: str, config: dict) -> float:
    """Stations or observatories of which a source has files; 1 where none is named.

    GNSS stations of the simulated world count as many as they have observations of one of 30 s.
    """
    own = config["sources"].get(source, {})
    number = max(1, *(len(own.get(option, [])) for option in ("stations", "observatories")))
    if source != OBSERVATIONS or config["upstream"] != "replica:world":
        return number
    world = config["simulate"].get("gnss", {})
    return number * shipped.GNSS_S / world.get("interval_s", shipped.GNSS_S)


def partition_mb(stage: str, source: str, config: dict) -> float | None:
    """MB of a whole partition of a source by the shipped sizes; None: not known."""
    known = {"fetch": shipped.RAW_MB, "clean": shipped.STORE_MB}[stage]
    as_of, times = shipped.LIKE.get(source, (source, 1.0))
    if as_of not in known:
        return None
    size = known[as_of] * times * stations(source, config)
    simulated = config["upstream"] == "replica:world"
    return size * (shipped.WORLD_SHARE[stage].get(as_of, 1.0) if simulated else 1.0)


def tensors_mb(wildcards: dict[str, str], config: dict) -> float:
    """MB of the windows of a study: by the days of its period, or of the mission prepared."""
    study = config[wildcards["study"]]
    mission = wildcards["preparation"].partition("-")[0]
    ends = study.get("missions", {}).get(mission, study["period"])
    first, last = (dt.date.fromisoformat(ends[edge]) for edge in ("start", "end"))
    each = shipped.TENSOR_MB_A_DAY.get(wildcards["study"], 0.0)
    sites = len(study["sites"]["points"]) if wildcards["study"] in shipped.BY_SITE else 1
    return each * ((last - first).days + 1) * max(1, sites)


def training_mb(rule: str, wildcards: dict[str, str], config: dict, rows: float | None) -> float:
    """MB of the weights that a training keeps: of the first draw, a network for each fold.

    Parameters
    ----------
    rows : samples that it trains on, where they are known; without any nothing is trained
    """
    # Models of what goes on lie beside the ledger, and are no output of a job.
    if rule not in TRAINING or rule == limits.UPDATING or rows == 0:
        return 0.0
    study = settings.study(config, wildcards["study"], wildcards["variant"])
    name = wildcards["experiment"]
    kept = limits.training_of(study, name)["keep_weights"]
    # Neither tuning nor the further draws keep any.
    of_headline = name == study["headline"]["experiment"]
    if rule != "train_model" or kept == "none" or (kept == "headline" and not of_headline):
        return 0.0
    own = study["experiments"][name]
    options = {**study["models"], **own.get("options", {})}
    size = shipped.WEIGHTS_MB.get(own["model"], 0.0)
    if own["model"] in shipped.WEIGHTS_MB_A_MINUTE:
        size = shipped.WEIGHTS_MB_A_MINUTE[own["model"]] * study["window"]["minutes"]
    size *= options.get("width", 1) ** 2 * options.get("depth", 1)
    return size * limits.fits(rule, wildcards, config)[0]


def on_disk(jobs: Iterable, folder: Path, stage_of) -> dict[str, float]:
    """MB by stage that the planned files of a run take, where they are.

    Raw files count as the receipts name them, each path once: runs share them.

    Parameters
    ----------
    jobs : planned jobs, whose outputs are `results/<run>/...`
    folder : in which `results` lies
    stage_of : stage of a rule
    """
    found: dict[str, float] = defaultdict(float)
    raw = {}
    for job in jobs:
        for output in job.outputs:
            path = folder / output
            if job.rule == "fetch_partition" and path.suffix == ".json" and path.is_file():
                for one in json.loads(path.read_text(encoding="utf-8"))["files"]:
                    raw[one["path"]] = one["size"]
            elif job.rule != "write_world":
                found[stage_of(job.rule)] += _size(path) / 1e6
    found["fetch"] += sum(raw.values()) / 1e6
    return dict(found)


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 of what is not there."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size if path.is_file() else 0
