"""What a plan costs: jobs, core hours and disk by stage, from what jobs took before."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from laicflow import limits
from laicflow import scale_measured as shipped
from laicflow.errors import ConfigError
from laicflow.observed import OBSERVATIONS

STAGES = ("fetch", "clean", "catalog", "samples", "train", "evaluate", "report")
_STAGE_OF = {
    "fetch": ("fetch_partition", "write_world", "refresh", "find_weights"),
    "catalog": ("merge_catalog", "merge_catalog_now", "decluster_catalog", "estimate_completeness"),
    "samples": ("select_samples", "select_sites", "build_tensors", "keep_beginning"),
    "train": ("measure_steps", "tune_model", "train_model", "train_draws", "train_baselines")
    + ("try_world", "update_study"),
    "evaluate": ("score_variant", "audit_variant", "compare_variants", "find_anomalies")
    + ("audit_alarms", "compute_rst", "compare_truth"),
    "report": ("write_report", "write_data_report", "draw_case", "show_stations"),
}
STAGE_OF = {rule: stage for stage, rules in _STAGE_OF.items() for rule in rules}
TRAINS = ("tune_model", "train_model", "train_draws", "try_world")
TOGETHER = "train_variant_"
# Of a folder of results: which training wrote it.
_TRAINED = re.compile(
    r"(?P<study>[^/]+)/(?P<variant>[^/]+)/(?P<experiment>[^/]+)/(?P<last>\d+|draws|tuning)/[^/]+$"
)
_JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """A planned job: its rule, its wildcards, the files that it makes."""

    rule: str
    wildcards: dict[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Costs:
    """What the cost of a job hangs on.

    Parameters
    ----------
    config : the whole configuration of the run
    measured : what goes before the shipped numbers
    """

    config: dict
    measured: Measured


@dataclass
class Measured:
    """Means of what was measured: seconds by rule or `rule:source`, MB by source."""

    seconds: dict[str, float] = field(default_factory=dict)
    trained: dict[tuple[str, str, str], float] = field(default_factory=dict)
    raw_mb: dict[str, float] = field(default_factory=dict)
    store_mb: dict[str, float] = field(default_factory=dict)


def jobs_of(text: str) -> list[Job]:
    """The jobs that `snakemake -n` prints; rules that only ask for others are left out."""
    found = []
    for match in _JOB.finditer(text):
        rule, body = match[1], dict(re.findall(r"^    (\w+): (.*)$", match[2], re.MULTILINE))
        if "output" not in body:
            continue
        pairs = [one.split("=", 1) for one in body.get("wildcards", "").split(", ") if one]
        outputs = tuple(re.sub(r" \(.*?\)$", "", one) for one in body["output"].split(", "))
        found.append(Job(rule, dict(pairs), outputs))
    return found


def stage(rule: str) -> str:
    """The stage of a rule; figures, tables and pages are of the last."""
    if rule.startswith(TOGETHER):
        return "train"
    if rule.startswith("clean_"):
        return "clean"
    return STAGE_OF.get(rule, "report")


def trainings(job: Job) -> list[tuple[str, dict[str, str]]]:
    """Rule and wildcards of each training that a job does."""
    if job.rule in TRAINS:
        return [(job.rule, job.wildcards)]
    if not job.rule.startswith(TOGETHER):
        return []
    found = {}
    for output in job.outputs:
        if match := _TRAINED.search(output):
            last = match["last"]
            rule = {"draws": "train_draws", "tuning": "tune_model"}.get(last, "train_model")
            own = {name: match[name] for name in ("study", "variant", "experiment")}
            found[(rule, *own.values(), last)] = rule, own
    return list(found.values())


def seconds(job: Job, costs: Costs) -> float:
    """Seconds of a job on one CPU core, as measured.

    Of a training by its steps, at most; where the network is reduced, as estimated (`estimated`).
    """
    done = trainings(job)
    if done:
        start = shipped.START_TRAINING_S + shipped.WORLD_S * (job.rule == limits.WORLDS)
        return start + sum(_trained(*one, costs) for one in done)
    source = job.wildcards.get("source", "")
    keys = (f"{job.rule}:{source}", job.rule)
    for key in keys:
        if key in costs.measured.seconds:
            return costs.measured.seconds[key]
    start = shipped.TARGET_S if stage(job.rule) == "report" else shipped.START_S
    whole = next((shipped.SECONDS[key] for key in keys if key in shipped.SECONDS), start)
    each = next((shipped.EACH_S[key] for key in keys if key in shipped.EACH_S), 0.0)
    return whole + each * _stations(source, costs.config)


def _stations(source: str, config: dict) -> float:
    """Stations or observatories of which a source has files; 1 where none is named.

    GNSS stations of the simulated world count as many as they have observations of one of 30 s.
    """
    own = config["sources"].get(source, {})
    number = max(1, *(len(own.get(option, [])) for option in ("stations", "observatories")))
    if source != OBSERVATIONS or config["upstream"] != "replica:world":
        return number
    world = config["simulate"].get("gnss", {})
    return number * shipped.GNSS_S / world.get("interval_s", shipped.GNSS_S)


def _trained(rule: str, wildcards: dict, costs: Costs) -> float:
    """Seconds of one training without its start."""
    if (own := _own(rule, wildcards)) in costs.measured.trained:
        return costs.measured.trained[own]
    most = limits.fits(rule, wildcards, costs.config)[1] * 3600
    return most * (shipped.REDUCED_SHARE if _is_estimated(rule, wildcards, costs) else 1.0)


def _own(rule: str, wildcards: dict) -> tuple[str, ...]:
    """What `Measured.trained` knows a training by; nothing for what it does not know."""
    names = ("study", "variant", "experiment") if rule == "train_model" else ()
    return tuple(wildcards.get(name, "") for name in names)


def _is_estimated(rule: str, wildcards: dict, costs: Costs) -> bool:
    """Whether the seconds of a training are a share of the most."""
    known = _own(rule, wildcards) in costs.measured.trained
    return not known and limits.is_reduced(rule, wildcards, costs.config)


def estimated(jobs: Iterable[Job], costs: Costs) -> int:
    """How many trainings are estimated, the others being at most what is told or measured."""
    return sum(_is_estimated(*one, costs) for job in jobs for one in trainings(job))


def table(jobs: Iterable[Job], costs: Costs) -> tuple[list[dict], list[str]]:
    """A row a stage: jobs, core hours, GB; and the sources whose size is not known.

    Raises
    ------
    ConfigError : nothing is planned
    """
    count, hours, disk = Counter(), defaultdict(float), defaultdict(float)
    unknown = set()
    for job in jobs:
        own = stage(job.rule)
        count[own] += 1
        hours[own] += seconds(job, costs) / 3600
        size = _megabytes(job, own, costs)
        if size is None:
            unknown.add(job.wildcards["source"])
        disk[own] += (size or 0.0) / 1000
    if not count:
        raise ConfigError("nothing is planned")
    rows = [
        {"stage": one, "jobs": count[one], "core_hours": hours[one], "gb": disk[one]}
        for one in STAGES
        if count[one]
    ]
    return rows, sorted(unknown)


def simulated(jobs: Iterable[Job], measured: Measured) -> list[str]:
    """The sources whose size in the table is that of files of the simulated world, sorted."""
    found = set()
    for job in jobs:
        known = {"fetch": measured.raw_mb, "clean": measured.store_mb}.get(stage(job.rule))
        if known is not None and job.wildcards.get("source") in shipped.SIMULATED - set(known):
            found.add(job.wildcards["source"])
    return sorted(found)


def _megabytes(job: Job, own: str, costs: Costs) -> float | None:
    """MB that a job of a partition leaves; None: not known; 0 for what is small beside it."""
    source = job.wildcards.get("source")
    if source is None or own not in ("fetch", "clean"):
        return 0.0
    measured, known = {
        "fetch": (costs.measured.raw_mb, shipped.RAW_MB),
        "clean": (costs.measured.store_mb, shipped.STORE_MB),
    }[own]
    if source in measured:
        return measured[source]
    return known[source] * _stations(source, costs.config) if source in known else None


def read(runs: Iterable[Path]) -> Measured:
    """What runs measured: their benchmark files, receipts and stores.

    Raises
    ------
    ConfigError : a folder without benchmark files
    """
    times, trained, raw, store = (defaultdict(list) for _ in range(4))
    for run in runs:
        files = sorted((run / "benchmarks").rglob("*.tsv"))
        if not files:
            raise ConfigError(f"{run} holds no benchmarks/**/*.tsv: name the folder of a run")
        for file in files:
            parts = file.relative_to(run / "benchmarks").with_suffix("").parts
            _sort(parts, _seconds_of(file), times, trained)
        for file in sorted((run / "fetch").rglob("*.json")):
            receipt = json.loads(file.read_text(encoding="utf-8"))
            raw[receipt["source"]].append(sum(one["size"] for one in receipt["files"]) / 1e6)
        for file in sorted((run / "store").glob("*/*/*")):
            if file.suffix in (".nc", ".parquet"):
                store[file.parent.name].append(file.stat().st_size / 1e6)
    return Measured(*({key: sum(v) / len(v) for key, v in one.items()} for one in (
        times, trained, raw, store)))  # fmt: skip


def _sort(parts: tuple[str, ...], took: float, times: dict, trained: dict) -> None:
    """Put the seconds of a benchmark file where the rule of its path has them."""
    known = {*STAGE_OF, "train_baselines"}
    rule = next((one for one in parts if one in known or one.startswith("clean_")), "")
    at = parts.index(rule) if rule else -1
    if rule == "train_model":
        experiment = parts[-1].rpartition("-")[0]
        trained[(parts[0], parts[1], experiment)].append(max(took - shipped.START_TRAINING_S, 0.0))
    elif rule == "fetch_partition" or rule.startswith("clean_"):
        if at < len(parts) - 2:
            times[f"{rule}:{parts[-2]}"].append(took)
        times[rule].append(took)
    elif rule and rule not in TRAINS:
        times[rule].append(took)


def _seconds_of(file: Path) -> float:
    """The mean of the seconds in a benchmark file."""
    with file.open(encoding="utf-8") as handle:
        found = [float(row["s"]) for row in csv.DictReader(handle, delimiter="\t")]
    return sum(found) / len(found)
