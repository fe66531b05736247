"""What runs took: their benchmark files, receipts, stores and samples."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from laicflow import scale, scale_disk
from laicflow import scale_measured as shipped
from laicflow.errors import ConfigError
from laicflow.files import is_hidden
from laicflow.scale import Job, Measured
from laicflow.scale_disk import share


def read(runs: Iterable[Path]) -> Measured:
    """What runs measured: their benchmark files, receipts, stores and samples.

    Raises
    ------
    ConfigError : a folder without benchmark files
    """
    times, trained, raw, store, rows = (defaultdict(list) for _ in range(5))
    for run in runs:
        chosen, asked = samples(run), {}
        for file, parts in _benchmarks(run):
            took = _seconds_of(file)
            if _rule(parts) in shipped.BY_WINDOW:
                windows = chosen.get((parts[0], parts[1], "train_model"), 0)
                took = max(took - shipped.WINDOW_S * windows, 0.0)
            _sort(parts, took, times, trained)
        for file in _whole((run / "fetch").rglob("*.json")):
            receipt = json.loads(file.read_text(encoding="utf-8"))
            source, partition = receipt["source"], file.stem
            asked[source, partition] = _share(receipt, partition)
            if size := sum(one["size"] for one in receipt["files"]) / 1e6:
                raw[source].append(size / asked[source, partition])
        for file in _whole((run / "store").glob("*/*/*")):
            if file.suffix in (".nc", ".parquet"):
                source = file.parent.name
                size = file.stat().st_size / 1e6 / asked.get((source, file.stem), 1.0)
                store[source].append(size)
        for key, number in chosen.items():
            rows[key].append(number)
    return Measured(*({key: sum(v) / len(v) for key, v in one.items()} for one in (
        times, trained, raw, store, rows)))  # fmt: skip


def samples(run: Path) -> dict[tuple[str, str, str], int]:
    """Samples that trainings of a run learn from, by study, variant and rule.

    A window of which several stations are forecast is one.
    """
    found = {}
    for file in _whole(run.glob("*/*/samples.parquet")):
        splits = pd.read_parquet(file.with_name("splits.parquet"))
        windows = pd.read_parquet(file, columns=["sample_id", "window_id"])
        learned = splits[splits["split"] == "train"].merge(windows, on="sample_id")
        draws = learned.drop_duplicates(["draw", "fold", "window_id"])["draw"]
        study, variant = file.parts[-3:-1]
        found[study, variant, "train_model"] = int((draws == 0).sum())
        found[study, variant, "train_draws"] = int((draws > 0).sum())
    return found


def taken(run: Path) -> dict[str, float]:
    """Seconds that the scripts of a run took, by stage.

    Raises
    ------
    ConfigError : a folder without benchmark files
    """
    found: dict[str, float] = defaultdict(float)
    for file, parts in _benchmarks(run):
        rule = _rule(parts) or parts[-1]
        together = rule + "_" == scale.TOGETHER
        found["train" if together else scale.stage(rule)] += _seconds_of(file)
    return dict(found)


def compare(jobs: Iterable[Job], costs: scale.Costs, run: Path) -> list[dict]:
    """A row a stage: seconds and MB as planned and as the run took them; shares of the seconds.

    Parameters
    ----------
    jobs, costs : the plan of the run
    run : its folder, `.../results/<run>`

    Raises
    ------
    ConfigError : a folder without benchmark files; nothing is planned
    """
    jobs = list(jobs)
    took, there = taken(run), scale_disk.on_disk(jobs, run.parents[1], scale.stage)
    said = {row["stage"]: row for row in scale.table(jobs, costs)[0]}
    whole = sum(row["core_hours"] for row in said.values()) * 3600
    rows = []
    for one in scale.STAGES:
        if one not in said and one not in took:
            continue
        told = said.get(one, {"core_hours": 0.0, "gb": 0.0})
        seconds = told["core_hours"] * 3600
        rows.append({
            "stage": one,
            "planned_s": seconds,
            "taken_s": took.get(one, 0.0),
            "planned_share": seconds / whole,
            "taken_share": took.get(one, 0.0) / sum(took.values()),
            "planned_mb": told["gb"] * 1000,
            "there_mb": there.get(one, 0.0),
        })  # fmt: skip
    return rows


def _whole(files: Iterable[Path]) -> list[Path]:
    """The files without those that a killed process has left half."""
    return sorted(file for file in files if not is_hidden(file))


def _benchmarks(run: Path) -> list[tuple[Path, tuple[str, ...]]]:
    """The benchmark files of a run, and what their paths are made of."""
    files = _whole((run / "benchmarks").rglob("*.tsv"))
    if not files:
        raise ConfigError(f"{run} holds no benchmarks/**/*.tsv: name the folder of a run")
    return [(file, file.relative_to(run / "benchmarks").with_suffix("").parts) for file in files]


def _share(receipt: dict, partition: str) -> float:
    """The share of a partition's days that a receipt is of; 1 where it is of none."""
    span = tuple(dt.date.fromisoformat(receipt[edge]) for edge in ("start", "end"))
    return share(partition, span) or 1.0


def _rule(parts: tuple[str, ...]) -> str:
    """The rule whose name is in a path; nothing where the rule is a target's."""
    known = {*scale.STAGE_OF, scale.TOGETHER.rstrip("_")}
    return next((one for one in parts if one in known or one.startswith("clean_")), "")


def _sort(parts: tuple[str, ...], took: float, times: dict, trained: dict) -> None:
    """Put the seconds of a benchmark file where the rule of its path has them."""
    rule = _rule(parts)
    at = parts.index(rule) if rule else -1
    if rule == "train_model":
        experiment = parts[-1].rpartition("-")[0]
        trained[(parts[0], parts[1], experiment)].append(max(took - shipped.START_TRAINING_S, 0.0))
    elif rule == "fetch_partition" or rule.startswith("clean_"):
        if at < len(parts) - 2:
            times[f"{rule}:{parts[-2]}"].append(took)
        times[rule].append(took)
    elif rule and rule not in (*scale.TRAINS, scale.TOGETHER.rstrip("_")):
        if at > 0:
            times[f"{rule}:{parts[0]}"].append(took)
        times[rule].append(took)


def _seconds_of(file: Path) -> float:
    """The mean of the seconds in a benchmark file."""
    with file.open(encoding="utf-8") as handle:
        found = [float(row["s"]) for row in csv.DictReader(handle, delimiter="\t")]
    return sum(found) / len(found)
