"""One round of what goes on for years: refresh, fetch, ingest, prospective; the line for cron."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from laicflow import slurm_jobs
from laicflow.errors import ConfigError
from laicflow.files import write_json

# Each is a call of Snakemake of its own: what turns out unchanged in one stops before the next.
STEPS = ("refresh", "fetch", "ingest", "prospective")
PLACE = Path(".snakemake")
LOCK, RECORD = "laicflow-continuous.lock", "laicflow-continuous.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where Snakemake runs; default: here"
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=0,
        metavar="MINUTES",
        help="for a round of this folder that still runs; default: leave at once",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="for every call of snakemake, after --: e.g. -- --cores 4 --configfile my.yaml",
    )


def run(options: argparse.Namespace) -> int:
    """Run the steps one after the other until one fails, whose exit status is given.

    Where another round of the folder runs, or another Snakemake, nothing is done: it is said, and
    0 is given, since the next call of a clock makes up for it.

    Raises
    ------
    ConfigError : a folder that is not there, or a time to wait below 0
    """
    folder = options.folder.resolve()
    if not folder.is_dir():
        raise ConfigError(f"no folder {folder}")
    if not options.wait >= 0:
        raise ConfigError(f"--wait: expected minutes from 0 on, found {options.wait:g}")
    place = folder / PLACE
    place.mkdir(exist_ok=True)
    try:
        with FileLock(place / LOCK, timeout=60 * options.wait):
            others = slurm_jobs.other_snakemakes(folder)
            if others:
                print(f"a Snakemake runs here ({_listed(others)}): nothing done")
                return 0
            write_json(_self(), place / RECORD)
            return _round(folder, options.words)
    except Timeout:
        print(f"another round runs here ({_told(place / RECORD)}): nothing done")
        return 0


def _round(folder: Path, words: list[str]) -> int:
    """All steps; a folder that a step has left locked is for `laicflow recover`."""
    for step in STEPS:
        print(f"{_now()} {step}", flush=True)
        # Words may end in an option that takes several values.
        command = [sys.executable, "-m", "snakemake", *words, "--", step]
        done = subprocess.run(command, cwd=folder, check=False)
        if done.returncode:
            print(
                f"{_now()} {step} failed (exit status {done.returncode}): what it wrote above says "
                "why; the steps after it were left out. A folder that is locked, or jobs left on a "
                "cluster: laicflow recover",
                file=sys.stderr,
            )
            return done.returncode if done.returncode > 0 else 1
    print(f"{_now()} done")
    return 0


def _self() -> dict:
    """Who runs this round."""
    return {"process": os.getpid(), "host": socket.gethostname(), "since": _now()}


def _told(path: Path) -> str:
    """Who runs the round whose record lies at a path."""
    try:
        own = json.loads(path.read_text())
        return f"process {own['process']} on {own['host']}, since {own['since']}"
    except (OSError, ValueError, KeyError):
        return "it has just begun"


def _listed(processes: list[int]) -> str:
    """Processes by number."""
    return "process " + ", ".join(map(str, processes))


def _now() -> str:
    """The instant in UTC by the computer's clock, for lines of a log."""
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
