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
from pathlib import Path

import yaml

from laicflow import config as settings
from laicflow import resources, scale
from laicflow.errors import ConfigError
from laicflow.scale_measured import CLUSTER_START_S
from laicflow.sources import registry

ROOT = Path(__file__).resolve().parents[4]
FIRST, LAST = "1998-01-01", "2026-09-30"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--configfile", nargs="+", type=Path, default=[],
        help="overlays; without any the full archive is planned: all studies over their own "
        "periods, all other sources over 1998 to 2026",
    )  # fmt: skip
    parser.add_argument("--target", nargs="+", default=[], help="what to make (default: all)")
    parser.add_argument(
        "--measured", nargs="+", type=Path, default=[], metavar="RESULTS/RUN",
        help="runs whose benchmark files and sizes go before the shipped ones",
    )  # fmt: skip
    parser.add_argument("--rules", action="store_true", help="count the jobs of each rule too")
    parser.add_argument("--json", action="store_true", help="print an object instead of tables")


def run(options: argparse.Namespace) -> int:
    """Print what the plan costs."""
    measured = scale.read(options.measured)
    with tempfile.TemporaryDirectory() as folder:
        overlays, targets = [path.resolve() for path in options.configfile], options.target
        if not overlays:
            overlays = [_archive(Path(folder))]
            targets = targets or ["all", "ingest_all"]
        config = settings.load(ROOT / "config", tuple(overlays))
        jobs, facts = planned(overlays, targets, Path(folder))
    costs = scale.Costs(config, measured)
    rows, unknown = scale.table(jobs, costs)
    here = resources.TRANSFER if resources.transfer_is_local(os.environ) else ("refresh",)
    submissions = sum(job.rule not in here for job in jobs)
    told = {
        "jobs": len(jobs),
        "planning_s": facts["seconds"],
        "planner_mb": facts["megabytes"],
        "submissions": submissions,
        "cluster_start_hours": submissions * CLUSTER_START_S / 3600,
        "stages": rows,
        "trainings_estimated": scale.estimated(jobs, costs),
        "size_simulated": scale.simulated(jobs, measured),
        "size_unknown": unknown,
    }
    if options.json:
        print(json.dumps(told))
        return 0
    _show(told, Counter(job.rule for job in jobs) if options.rules else {})
    return 0


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


def _archive(folder: Path) -> Path:
    """The overlay of the full archive: every study, and every source; all years where none asks."""
    names = registry.names(ROOT / "config")
    empty = folder / "empty"
    empty.mkdir()
    # What no address has (archives with an account, files of one's own) is planned as if it lay in
    # a folder here.
    closed = [
        name for name in names if registry.settings(name, ROOT / "config")["base"] == ["file:///"]
    ]
    path = folder / "archive.yaml"
    studies = settings.study_names(ROOT / "config")
    span = {"start": FIRST, "end": LAST}
    overlay = {
        "run": "archive",
        "studies": studies,
        "bases": {name: [empty.as_uri()] for name in closed},
        # The target `ingest_all` takes every source.
        "ingest": {"period": span},
    }
    path.write_text(yaml.safe_dump(overlay), encoding="utf-8")
    return path


def _show(told: dict, rules: dict[str, int]) -> None:
    """Print the tables."""
    print(f"{'stage':<12}{'jobs':>8}{'core hours':>14}{'GB known':>10}")
    rows = told["stages"]
    for row in rows:
        print(f"{row['stage']:<12}{row['jobs']:>8,}{row['core_hours']:>14,.2f}{row['gb']:>10,.1f}")
    hours, disk = (sum(row[key] for row in rows) for key in ("core_hours", "gb"))
    print(f"{'all':<12}{told['jobs']:>8,}{hours:>14,.2f}{disk:>10,.1f}")
    print(
        f"\nplanned in {told['planning_s']:.1f} s with {told['planner_mb']:.0f} MB; on a cluster "
        f"{told['submissions']:,} submissions, whose start takes {told['cluster_start_hours']:.1f} "
        "core hours more"
    )
    few = told["trainings_estimated"]
    print(
        "core hours: of a CPU, also of trainings that get a GPU; downloads not counted; trainings "
        f"at most{f', {few} of reduced networks estimated' if few else ''}. GB: raw files (fetch) "
        "and the store (clean); the rest is small beside them"
    )
    if told["size_simulated"]:
        named = ", ".join(told["size_simulated"])
        print(f"in the GB as the simulated world writes them, not measured: {named}")
    if told["size_unknown"]:
        print(f"not in the GB, since none was measured: {', '.join(told['size_unknown'])}")
    for rule, number in sorted(rules.items(), key=lambda one: -one[1]):
        print(f"  {rule:<42}{number:>8,}")
