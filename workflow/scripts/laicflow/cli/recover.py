"""After a Snakemake that was killed: cancel its Slurm jobs, unlock the folder, sweep it.

A Snakemake in the folder, one of this machine or one on the cluster that gives a sign of life,
keeps all of it as it is. What is swept, and what stays, says `laicflow.sweep`.
"""

from __future__ import annotations

import argparse
import shutil
from collections import defaultdict
from pathlib import Path

from laicflow import slurm_jobs, sweep
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
        help="nobody works in this folder: also take away a lock of which nothing tells whose it "
        "is, and temporary files of any age",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=300,
        metavar="SECONDS",
        help="until jobs are gone; default 300",
    )


def run(options: argparse.Namespace) -> int:
    """Cancel orphans, unlock and sweep; 1 where something is left that may still be led."""
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
        named = ", ".join(map(str, others))
        print(f"a Snakemake, or a job of one, runs here (process {named}): the lock stays")
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
    print(sweep.sweep(folder, any_age=options.force))
    print("Now call snakemake again, as before.")
    return 0


def _jobs(folder: Path, runs: list[str]) -> list[slurm_jobs.Job]:
    """The jobs of a folder; none where no Slurm answers and no run on one was ever noted.

    Raises
    ------
    ClusterError : Slurm gives no answer, or is not on this machine, though runs may have jobs there
    """
    if shutil.which("squeue") is None and not runs:
        print("no Slurm on this machine, and no run on one has left a record: no jobs to look for")
        return []
    try:
        return slurm_jobs.jobs_of(folder)
    except slurm_jobs.ClusterError as error:
        if not runs:
            # Of a package without a cluster, or a cluster that nobody used from here.
            print(
                "Slurm gives no answer, and no run on one has left a record: no jobs to look for "
                f"({str(error).splitlines()[-1]})"
            )
            return []
        where = "once it answers" if shutil.which("squeue") else "where squeue is"
        raise slurm_jobs.ClusterError(
            f"{error}\nRuns on a cluster were led from this folder ({', '.join(runs)}), and may "
            f"have jobs: call this {where}"
        ) from error


def _sorted(folder: Path, also: list[str]) -> tuple[list[slurm_jobs.Job], list[str], int]:
    """Jobs to cancel, the runs that have ended, and how many runs may still be led.

    A run without jobs counts too: it may be fetching, or be between two waves of jobs.
    """
    runs = defaultdict(list, {name: [] for name in slurm_jobs.recorded(folder)})
    for job in _jobs(folder, [*runs, *also]):
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
