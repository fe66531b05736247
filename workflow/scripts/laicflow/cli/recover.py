"""After a Snakemake that was killed: cancel the Slurm jobs it has left, then unlock the folder."""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from laicflow import slurm_jobs
from laicflow.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where Snakemake ran; default: here"
    )
    parser.add_argument(
        "--run",
        dest="also",
        action="append",
        default=[],
        metavar="ID",
        help="also a run of which nothing tells whether it has ended (the name of its jobs)",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="also take away a lock of which nothing tells whose it is",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=300,
        metavar="SECONDS",
        help="until jobs are gone; default 300",
    )


def run(options: argparse.Namespace) -> int:
    """Cancel orphans and unlock; 1 where something is left that may still be led."""
    folder = options.folder.resolve()
    if not (folder / ".snakemake").is_dir():
        raise ConfigError(f"{folder}: no Snakemake has run here (there is no .snakemake)")
    orphans, ended, left = _sorted(folder, options.also)
    for job in orphans:
        print(f"cancelling {job.number}, {job.state.lower()}: {job.comment}")
    slurm_jobs.cancel(orphans, folder, options.wait)
    print(f"{len(orphans)} jobs cancelled and gone" if orphans else "no jobs of runs that ended")
    others = slurm_jobs.other_snakemakes(folder)
    if others:
        print(f"a Snakemake runs here (process {', '.join(map(str, others))}): the lock stays")
    if left or others:
        return 1
    named = set(options.also) & set(ended)
    if not (options.force or named) and slurm_jobs.locked_after(folder, ended):
        print(
            "the lock stays: no run that has ended here has left it, so it may be that of a "
            "Snakemake on another machine; if none works in this folder any more, "
            "`laicflow recover --force` takes it away"
        )
        return 1
    print("unlocked" if slurm_jobs.unlock(folder) else "there was no lock")
    print("Now call snakemake again, as before.")
    return 0


def _sorted(folder: Path, also: list[str]) -> tuple[list[slurm_jobs.Job], list[str], int]:
    """Jobs to cancel, the runs that have ended, and how many runs may still be led.

    A run without jobs counts too: it may be fetching, or be between two waves of jobs.
    """
    runs = defaultdict(list, {name: [] for name in slurm_jobs.recorded(folder)})
    for job in slurm_jobs.jobs_of(folder):
        runs[job.run].append(job)
    orphans, ended, left = [], [], 0
    for name, jobs in runs.items():
        place = slurm_jobs.leader(folder, name)
        if place:
            print(f"run {name} is alive, {place}: its {len(jobs)} jobs and the lock stay")
            left += 1
        elif place is None or name in also:
            orphans += jobs
            ended.append(name)
        else:
            print(
                f"run {name}: nothing here tells whether its Snakemake has ended; if it has, "
                f"`laicflow recover --run {name}` cancels its {len(jobs)} jobs"
            )
            left += 1
    return orphans, ended, left
