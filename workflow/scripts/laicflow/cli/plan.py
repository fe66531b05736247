"""Plan a run without doing it: jobs, planning time, core hours and disk by stage."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from laicflow import config as settings
from laicflow import left_out, resources, scale, scale_archive, scale_runs
from laicflow.cli import check
from laicflow.errors import ConfigError

ROOT = Path(__file__).resolve().parents[4]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--configfile", nargs="+", type=Path, default=[],
        help="overlays; without any the full archive is planned: all studies over their own "
        "periods, all sources over 1998 to 2026",
    )  # fmt: skip
    parser.add_argument("--target", nargs="+", default=[], help="what to make (default: all)")
    parser.add_argument(
        "--measured", nargs="+", type=Path, default=[], metavar="RESULTS/RUN",
        help="runs whose benchmark files and sizes go before the shipped ones",
    )  # fmt: skip
    parser.add_argument(
        "--compare", type=Path, metavar="RESULTS/RUN",
        help="a run of these overlays that was made: what it took beside what is planned",
    )  # fmt: skip
    parser.add_argument("--rules", action="store_true", help="count the jobs of each rule too")
    parser.add_argument("--json", action="store_true", help="print an object instead of tables")


def run(options: argparse.Namespace) -> int:
    """Print what the plan costs."""
    measured = scale_runs.read(options.measured)
    if options.compare:
        measured = replace(measured, rows=measured.rows | scale_runs.samples(options.compare))
    with tempfile.TemporaryDirectory() as folder:
        overlays, targets = [path.resolve() for path in options.configfile], options.target
        if not overlays:
            overlays = [scale_archive.overlay(Path(folder), ROOT / "config")]
            targets = targets or scale_archive.TARGETS
        # By their names as they were given, for an error to say.
        config = check.load(ROOT / "config", tuple(options.configfile or overlays))
        if options.configfile:
            left_out.settle(settings.copied(config), ROOT / "config")
        jobs, facts = planned(overlays, targets, Path(folder))
    costs, added = scale.Costs(config, measured), []
    if not options.configfile:
        added, whole = scale_archive.completed(jobs, ROOT / "config")
        costs.spans.update(dict.fromkeys(whole, (scale_archive.FIRST, scale_archive.LAST)))
    told = _told([*jobs, *added], costs, facts)
    told |= {"added": len(added)}
    if not options.configfile:
        told["scope"] = scale_archive.told(config)
    if options.compare:
        told["compared"] = scale_runs.compare(jobs, costs, options.compare.resolve())
    if options.json:
        print(json.dumps(told))
        return 0
    _show(told, Counter(job.rule for job in jobs) if options.rules else {})
    return 0


def _told(jobs: list[scale.Job], costs: scale.Costs, facts: dict) -> dict:
    """What there is to say of the jobs of a plan."""
    rows, unknown = scale.table(jobs, costs)
    return {
        "jobs": len(jobs),
        "planning_s": facts["seconds"],
        "planner_mb": facts["megabytes"],
        **scale.submissions(jobs, _local()),
        "stages": rows,
        "trainings_estimated": scale.estimated(jobs, costs),
        "size_simulated": scale.simulated(jobs, costs.measured),
        "size_alike": scale.alike(jobs, costs.measured),
        "size_unknown": unknown,
    }


def _local() -> tuple[str, ...]:
    """Rules that run where Snakemake runs."""
    return resources.TRANSFER if resources.transfer_is_local(os.environ) else ("refresh",)


def planned(overlays: list[Path], targets: list[str], folder: Path) -> tuple[list[scale.Job], dict]:
    """The jobs of a whole run in an empty folder; seconds and memory of planning them.

    Raises
    ------
    ConfigError : Snakemake refuses to plan, and its words
    """
    words = ["-n", "--cores", "1", "--directory", str(folder)]
    words += ["--snakefile", str(ROOT / "Snakefile")]
    words += ["--configfile", *map(str, overlays)] if overlays else []
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *words, "--", *targets],
        cwd=ROOT, capture_output=True, text=True, check=False, env=_environment(folder),
    )  # fmt: skip
    facts = {
        "seconds": time.perf_counter() - begin,
        "megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000,
    }
    if done.returncode:
        raise ConfigError(f"the plan was refused: {(done.stdout + done.stderr)[-1500:]}")
    return scale.jobs_of(done.stdout), facts


def _environment(folder: Path) -> dict[str, str]:
    """The environment, with a cache of Snakemake's own in the folder."""
    return os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}


def _show(told: dict, rules: dict[str, int]) -> None:
    """Print the tables."""
    if "scope" in told:
        print(f"{told['scope']}\n")
    print(f"{'stage':<12}{'jobs':>8}{'core hours':>14}{'GB known':>10}")
    rows = told["stages"]
    for row in rows:
        print(f"{row['stage']:<12}{row['jobs']:>8,}{row['core_hours']:>14,.2f}{row['gb']:>10,.1f}")
    hours, disk = (sum(row[key] for row in rows) for key in ("core_hours", "gb"))
    print(f"{'all':<12}{told['jobs']:>8,}{hours:>14,.2f}{disk:>10,.1f}")
    print(f"\nplanned in {told['planning_s']:.1f} s with {told['planner_mb']:.0f} MB")
    if told["added"]:
        print(
            f"{told['added']:,} of the jobs are of years that no study asks for, added like those "
            "of the years that are planned"
        )
    print(_start_up(told, hours, sum(r["core_hours"] for r in rows if r["stage"] == "train")))
    few = told["trainings_estimated"]
    print(
        "core hours: of a CPU, also of trainings that get a GPU; downloads not counted; trainings "
        f"at most{f', {few} of reduced networks estimated' if few else ''}, as long as no run "
        "counted their samples (--measured). GB: raw files (fetch), the store (clean), windows "
        "(samples), weights (train)"
    )
    if told["size_simulated"]:
        named = ", ".join(told["size_simulated"])
        print(f"in the GB as the simulated world writes them, not measured: {named}")
    if told["size_alike"]:
        named = ", ".join(told["size_alike"])
        print(f"in the GB as another centre's files, by the number of maps: {named}")
    if told["size_unknown"]:
        print(f"not in the GB, since none was measured: {', '.join(told['size_unknown'])}")
    for rule, number in sorted(rules.items(), key=lambda one: -one[1]):
        print(f"  {rule:<42}{number:>8,}")
    _show_compared(told.get("compared", []))


def _start_up(told: dict, hours: float, training: float) -> str:
    """What of a run on a cluster is start-up, and what grouping would save."""
    start, rest = told["cluster_start_hours"], hours - training
    text = f"on a cluster {told['submissions']:,} submissions, whose start takes {start:.1f} core "
    text += f"hours more: {start / (start + hours):.1%} of all"
    text += f", {start / (start + rest):.1%} of what is not training" if training else ""
    if told["grouped"] < told["submissions"]:
        text += (
            f"; with {scale.MONTHS} months of cleaning a group {told['grouped']:,} submissions, "
            f"{told['grouped_saves_hours']:.1f} core hours of starts less"
        )
    return text


def _show_compared(rows: list[dict]) -> None:
    """Print what a run took beside what is planned of it."""
    if not rows:
        return
    print(f"\n{'':<10}{'seconds':>17}{'share of them':>17}{'MB':>19}")
    print(f"{'stage':<10}" + f"{'planned':>9}{'taken':>8}" * 2 + f"{'planned':>10}{'there':>9}")
    for row in rows:
        print(
            f"{row['stage']:<10}{row['planned_s']:>9,.0f}{row['taken_s']:>8,.0f}"
            f"{row['planned_share']:>9.2f}{row['taken_share']:>8.2f}"
            f"{row['planned_mb']:>10,.1f}{row['there_mb']:>9,.1f}"
        )
    print(
        "samples of the trainings counted in that run; seconds hang on the machine and on what "
        "else it did, shares of them hardly"
    )
