"""One round of what goes on for years: refresh, fetch, ingest, prospective; the line for cron."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from laicflow import left_out, plan, registered, slurm_jobs
from laicflow.cli import check
from laicflow.errors import ConfigError
from laicflow.files import write_json

# Each is a call of Snakemake of its own: what turns out unchanged in one stops before the next.
STEPS = ("refresh", "fetch", "ingest", "prospective")
PLACE = Path(".snakemake")
# Where Snakemake looks for a Snakefile that no word names.
SNAKEFILES = ("Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile")
# Keys of a profile that say which configuration a run has.
CONFIGURES = re.compile(r"^(configfiles?|config|replace-workflow-config|snakefile)\s*:", re.M)
PROFILE = "SNAKEMAKE_PROFILE"
LOCK, RECORD = "laicflow-continuous.lock", "laicflow-continuous.json"


class _Quiet(argparse.ArgumentParser):
    """A parser that neither prints nor leaves."""

    def error(self, message: str) -> None:
        """Words that are amiss."""
        raise ValueError(message)


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
    read = parser.parse_known_args

    def told(*given: object) -> tuple[argparse.Namespace, list[str]]:
        """What was given, as argparse reads it; options of Snakemake's need the two dashes."""
        options, rest = read(*given)
        if rest:
            unknown = " ".join(rest)
            parser.error(
                f"unrecognized arguments: {unknown}: words for snakemake go after --, e.g. "
                "laicflow continuous -- --cores 4 --configfile my.yaml"
            )
        return options, rest

    parser.parse_known_args = told


def run(options: argparse.Namespace) -> int:
    """Run the steps one after the other until one fails, whose exit status is given.

    Where another round of the folder runs, or another Snakemake, nothing is done: it is said, and
    0 is given, since the next call of a clock makes up for it.

    Raises
    ------
    ConfigError : a folder that is not there, a time to wait below 0, or a configuration that its
        schema refuses or of which no study makes forecasts
    """
    folder = options.folder.resolve()
    if not folder.is_dir():
        raise ConfigError(f"no folder {folder}")
    if not options.wait >= 0:
        raise ConfigError(f"--wait: expected minutes from 0 on, found {options.wait:g}")
    _check(folder, options.words)
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


def _check(folder: Path, words: list[str]) -> None:
    """Refuse a round of which the last step would make nothing, before the first has fetched.

    Raises
    ------
    ConfigError : no listed study has prospective.start; or as of `check.load`, `left_out.settle`,
        `registered.foresee`
    """
    own = _configuration(folder, words)
    if own is None:
        return
    place, overlays = own
    whole = check.load(place, overlays)
    left_out.settle(whole, place)
    names = [name for name in whole["studies"] if plan.prospective(whole[name])]
    known = _known(words)
    for name in names:
        registered.foresee(folder / known.directory / "ledger" / name, whole, name)
    if names:
        return
    none = "no study in `studies` has prospective.start: set it to make forecasts"
    raise ConfigError("\n".join(check.unlisted(whole)) or none)


def _configuration(folder: Path, words: list[str]) -> tuple[Path, tuple[Path, ...]] | None:
    """Folder and overlays of the configuration that a call with these words has.

    None where they do not tell: a Snakefile of somebody else, single values (--config), a profile
    that has overlays or cannot be read, words that Snakemake itself must judge.
    """
    own = _known(words)
    if own is None or own.config is not None or own.replaced:
        return None
    chosen = [own.snakefile] if own.snakefile else SNAKEFILES
    files = [folder / name for name in chosen if (folder / name).is_file()]
    place = files[0].parent / "config" if files else None
    if place is None or not all((place / f"{x}.yaml").is_file() for x in ("config", "schema")):
        return None
    named = [*own.profile, *filter(None, [own.workflow_profile, os.environ.get(PROFILE)])]
    common = [base / "profiles/default" for base in (folder, files[0].parent)]
    texts = [_profile(folder / name) for name in named if name != "none"]
    texts += [_profile(path) for path in common if path.exists()]
    if any(text is None or CONFIGURES.search(text) for text in texts):
        return None
    return place, tuple(folder / path for path in own.configfile)


def _known(words: list[str]) -> argparse.Namespace | None:
    """The words that choose a configuration, a folder or a profile; None where they are amiss."""
    parser = _Quiet(add_help=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", default=[])
    parser.add_argument("--config", "-C", nargs="*")
    parser.add_argument("--replace-workflow-config", dest="replaced", action="store_true")
    parser.add_argument("--snakefile", "-s")
    parser.add_argument("--directory", "-d", default="")
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("--workflow-profile")
    try:
        return parser.parse_known_args(words)[0]
    except ValueError:
        return None


def _profile(path: Path) -> str | None:
    """The text of a profile, all its versions; None where it lies elsewhere."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    try:
        return "\n".join(file.read_text() for file in files)
    except (OSError, UnicodeDecodeError):
        return None


def _round(folder: Path, words: list[str]) -> int:
    """All steps; a folder that a step has left locked is for `laicflow recover`."""
    own = _known(words)
    place = folder / own.directory if own else folder
    for step in STEPS:
        print(f"{_now()} {step}", flush=True)
        before = slurm_jobs.recorded(place)
        # Words may end in an option that takes several values.
        command = [sys.executable, "-m", "snakemake", *words, "--", step]
        done = subprocess.run(command, cwd=folder, check=False)
        if done.returncode:
            print(
                f"{_now()} {step} failed (exit status {done.returncode}): what it wrote above says "
                f"why; the steps after it were left out{_left(place, before)}",
                file=sys.stderr,
            )
            return done.returncode if done.returncode > 0 else 1
    print(f"{_now()} done")
    return 0


def _left(place: Path, before: list[str]) -> str:
    """What a step that failed has left for `laicflow recover`; "" where it left nothing.

    Parameters
    ----------
    before : runs on a cluster that had a record before the step
    """
    found = ["the folder is locked"] if slurm_jobs.locked(place) else []
    if set(slurm_jobs.unended(place)) - set(before):
        found.append("jobs may be left on a cluster")
    return f". {' and '.join(found).capitalize()}: laicflow recover" if found else ""


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
