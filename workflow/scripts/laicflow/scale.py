"""What a plan costs: jobs, core hours and disk by stage, from what jobs took before."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from laicflow import limits, plan, resources, scale_disk
from laicflow import scale_measured as shipped
from laicflow.errors import ConfigError

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
TRAINS = (*resources.TRAINING, limits.WORLDS)
TOGETHER = "train_variant_"
# The rules that the README groups, and how many months of them are a group.
GROUPED, MONTHS = ("clean_maps", "clean_minutes", "clean_probes"), 12
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


@dataclass
class Measured:
    """Means of what runs measured.

    Parameters
    ----------
    seconds : by rule, `rule:source` or `rule:study`; without what each window takes
    trained : seconds of a training without its start, by study, variant and experiment
    raw_mb, store_mb : MB of a whole partition by source, as many stations as the run had
    rows : samples that a training learns from in an epoch, all folds and draws together, by study,
        variant and rule
    """

    seconds: dict[str, float] = field(default_factory=dict)
    trained: dict[tuple[str, str, str], float] = field(default_factory=dict)
    raw_mb: dict[str, float] = field(default_factory=dict)
    store_mb: dict[str, float] = field(default_factory=dict)
    rows: dict[tuple[str, str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Costs:
    """What the cost of a job hangs on.

    Parameters
    ----------
    config : the whole configuration of the run
    measured : what goes before the shipped numbers
    spans : first and last day that the run asks for of a source, as far as they were needed
    """

    config: dict
    measured: Measured
    spans: dict[str, scale_disk.Span] = field(default_factory=dict)

    def share(self, wildcards: dict[str, str]) -> float:
        """The share of the days of a job's partition that the run asks for; 1 of any other job."""
        source = wildcards.get("source")
        if source is None or "partition" not in wildcards:
            return 1.0
        if source not in self.spans:
            self.spans[source] = plan.period(self.config, source)
        return scale_disk.share(wildcards["partition"], self.spans[source])


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
    study = _study(job, costs)
    source = job.wildcards.get("source", "")
    keys = (f"{job.rule}:{source or study}", job.rule)
    of_report = stage(job.rule) == "report"
    by_window = of_report or job.rule in shipped.BY_WINDOW
    windows = _windows(study, job.wildcards.get("variant"), costs) if by_window and study else 0
    more = shipped.WINDOW_S * windows
    for key in keys:
        if key in costs.measured.seconds:
            return costs.measured.seconds[key] + more
    start = shipped.TARGET_S.get(study, shipped.ANY_TARGET_S) if of_report else shipped.START_S
    whole = next((shipped.SECONDS[key] for key in keys if key in shipped.SECONDS), start)
    each = next((shipped.EACH_S[key] for key in keys if key in shipped.EACH_S), 0.0)
    many = scale_disk.stations(source, costs.config) * costs.share(job.wildcards)
    return whole + each * many + more


def _study(job: Job, costs: Costs) -> str:
    """The study that a job belongs to, by its wildcards or, of a target, by its name."""
    name = job.wildcards.get("study", job.rule.partition("_")[0])
    return name if name in costs.config["studies"] else ""


def _windows(study: str, variant: str | None, costs: Costs) -> float:
    """The windows that learn in a variant (None: the most of any), where not chosen at most."""
    rows = costs.measured.rows
    there = [
        number
        for (name, other, rule), number in rows.items()
        if name == study and rule == "train_model" and variant in (None, other)
    ]
    return max(there) if there else limits.samples_of(costs.config[study])


def _trained(rule: str, wildcards: dict, costs: Costs) -> float:
    """Seconds of one training without its start."""
    if (own := _own(rule, wildcards)) in costs.measured.trained:
        return costs.measured.trained[own]
    most = limits.fits(rule, wildcards, costs.config)[1] * 3600
    if (there := _rows(rule, wildcards, costs)) is not None:
        most *= there / limits.rows(rule, wildcards, costs.config)
    if not _is_estimated(rule, wildcards, costs):
        return most
    model = limits.model_of(rule, wildcards, costs.config)
    return most * shipped.REDUCED_SHARES.get(model, shipped.REDUCED_SHARE)


def _rows(rule: str, wildcards: dict, costs: Costs) -> float | None:
    """The samples that a training learns from, where a run has chosen them."""
    key = (wildcards.get("study", ""), wildcards.get("variant", ""), rule)
    return costs.measured.rows.get(key)


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


def submissions(jobs: Iterable[Job], local: tuple[str, ...]) -> dict[str, float]:
    """Submissions of a run on a cluster, what their start takes, and what grouping saves.

    Snakemake starts twice for a submission: once for all of a group, and once for each job in it,
    so that of a job that no longer is a submission of its own half of the start is saved.

    Parameters
    ----------
    local : rules that run where Snakemake runs
    """
    counts = Counter(job.rule for job in jobs if job.rule not in local)
    single, months = counts.total(), sum(counts[rule] for rule in GROUPED)
    grouped = single - months + math.ceil(months / MONTHS)
    return {
        "submissions": single,
        "cluster_start_hours": single * shipped.CLUSTER_START_S / 3600,
        "grouped": grouped,
        "grouped_saves_hours": (single - grouped) * shipped.CLUSTER_START_S / 2 / 3600,
    }


def alike(jobs: Iterable[Job], measured: Measured) -> list[str]:
    """The sources whose size in the table is that of another centre's files, sorted."""
    return _of_kind(jobs, measured, frozenset(shipped.LIKE))


def simulated(jobs: Iterable[Job], measured: Measured) -> list[str]:
    """The sources whose size in the table is that of files of the simulated world, sorted."""
    return _of_kind(jobs, measured, shipped.SIMULATED)


def _of_kind(jobs: Iterable[Job], measured: Measured, kind: frozenset[str]) -> list[str]:
    """The planned sources among some that were not measured, sorted."""
    found = set()
    for job in jobs:
        known = {"fetch": measured.raw_mb, "clean": measured.store_mb}.get(stage(job.rule))
        if known is not None and job.wildcards.get("source") in kind - set(known):
            found.add(job.wildcards["source"])
    return sorted(found)


def _megabytes(job: Job, own: str, costs: Costs) -> float | None:
    """MB that a job leaves; None: not known of a partition."""
    source = job.wildcards.get("source")
    if source is not None and own in ("fetch", "clean"):
        known = {"fetch": costs.measured.raw_mb, "clean": costs.measured.store_mb}[own]
        whole = known.get(source, scale_disk.partition_mb(own, source, costs.config))
        return None if whole is None else whole * costs.share(job.wildcards)
    small = shipped.SMALL_MB.get(own, 0.0)
    if job.rule == "build_tensors":
        return scale_disk.tensors_mb(job.wildcards, costs.config)
    return small + sum(
        scale_disk.training_mb(rule, wildcards, costs.config, _rows(rule, wildcards, costs))
        for rule, wildcards in trainings(job)
    )
