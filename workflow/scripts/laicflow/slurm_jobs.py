"""The jobs that runs of one folder have on a cluster, and whether their Snakemake still lives."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from laicflow.errors import LaicflowError

RECORDS = Path(".snakemake/laicflow-slurm")
LOCKS = Path(".snakemake/locks")
# A Snakemake on another machine lives as long as its record is that young: it asks for its jobs
# every three minutes at the latest.
SILENT_S = 1800.0
# The states in which a job has ended.
ENDS = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "BOOT_FAIL")
ENDS += ("DEADLINE",)
# A run's id, which is the name of its jobs; a prefix may stand before.
RUN = re.compile(r"(?:[\w-]+_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ClusterError(LaicflowError):
    """Slurm did not answer, or not as it should."""


@dataclass(frozen=True)
class Job:
    """A job that Slurm holds: its number, state (RUNNING, ...), run, and rule with wildcards."""

    number: str
    state: str
    run: str
    comment: str


def ask(*words: str, timeout: float = 60) -> str:
    """What a command of Slurm prints.

    Raises
    ------
    ClusterError : there is no such command, it failed, or it took too long
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError as error:
        raise ClusterError(f"there is no {words[0]} on this machine: is it Slurm's?") from error
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"{words[0]} gave no answer within {timeout:.0f} s") from error
    if done.returncode:
        raise ClusterError(f"{words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def controller_answers() -> bool:
    """Whether slurmctld, or one that stands in for it, is up; True where nobody can tell."""
    try:
        done = subprocess.run(["scontrol", "ping"], capture_output=True, text=True, timeout=20)
    except FileNotFoundError:
        return True
    except subprocess.TimeoutExpired:
        return False
    return "is UP" in done.stdout


def jobs_of(folder: Path) -> list[Job]:
    """Jobs of this user, waiting or running, that Snakemake submitted from a folder."""
    words = ("squeue", "--all", "--noheader", f"--user={os.getuid()}", "--format=%i|%T|%j|%Z|%k")
    return parse(ask(*words), folder)


def parse(listed: str, folder: Path) -> list[Job]:
    """The jobs in what squeue printed whose folder is `folder`."""
    here = os.path.realpath(folder)
    found = []
    for line in listed.splitlines():
        parts = line.strip().split("|", 4)
        if len(parts) == 5 and RUN.fullmatch(parts[2]) and os.path.realpath(parts[3]) == here:
            found.append(Job(parts[0], parts[1], parts[2], parts[4]))
    return found


def last_states(numbers: list[str]) -> dict[str, str]:
    """States of jobs that squeue does not list, as scontrol or else sacct knows them.

    Of sacct only an end is believed: where slurmctld has lost a job, it says RUNNING for ever.

    Raises
    ------
    ClusterError : scontrol gave no answer
    """
    found = {}
    for number in numbers:
        try:
            told = ask("scontrol", "--oneliner", "show", "job", number, timeout=20)
        except ClusterError as error:
            if "Invalid job id" not in str(error):
                raise
        else:
            if state := re.search(r"\bJobState=(\w+)", told):
                found[number] = state[1]
    others = [number for number in numbers if number not in found]
    if others:
        words = ("sacct", "-X", "--noheader", "--parsable2", "--format=JobID,State")
        with contextlib.suppress(ClusterError):  # there is none without accounting
            for line in ask(*words, f"--jobs={','.join(others)}").splitlines():
                number, _, state = line.strip().partition("|")
                word = state.split(" ")[0].rstrip("+")  # `CANCELLED by 0`
                if number in others and word in ENDS:
                    found[number] = word
    return found


def cancel(jobs: list[Job], folder: Path, seconds: float, pause: float = 2) -> None:
    """Cancel jobs and wait until Slurm holds none of them any more.

    Raises
    ------
    ClusterError : some are still there after `seconds`
    """
    if not jobs:
        return
    ask("scancel", *(job.number for job in jobs))
    numbers = {job.number for job in jobs}
    end = time.monotonic() + seconds
    while left := numbers & {job.number for job in jobs_of(folder)}:
        if time.monotonic() > end:
            raise ClusterError(
                f"cancelled, but still there after {seconds:.0f} s: {', '.join(sorted(left))}; "
                "look with squeue, then call this again"
            )
        time.sleep(pause)


def record(folder: Path, run: str) -> Path:
    """Note that this process leads a run; records of runs that have long ended go."""
    path = folder / RECORDS / f"{run}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob("*.json"):
        if time.time() - old.stat().st_mtime > 30 * 86400:
            old.unlink(missing_ok=True)
    pid = os.getpid()
    path.write_text(json.dumps({"host": socket.gethostname(), "pid": pid, "began": _began(pid)}))
    return path


def recorded(folder: Path) -> list[str]:
    """The runs of a folder that have left a record."""
    return sorted(path.stem for path in (folder / RECORDS).glob("*.json"))


def unended(folder: Path) -> list[str]:
    """The runs of a folder whose record does not say that they have ended: they live, or are dead.

    What a dead one had on a cluster may still be there.
    """
    found = []
    for run in recorded(folder):
        try:
            ended = json.loads((folder / RECORDS / f"{run}.json").read_text()).get("ended")
        except (OSError, ValueError, AttributeError):
            ended = False
        if not ended:
            found.append(run)
    return found


def beat(folder: Path, run: str) -> None:
    """Say that the run is still led."""
    with contextlib.suppress(OSError):
        os.utime(folder / RECORDS / f"{run}.json")


def finish(folder: Path, run: str) -> None:
    """Note that this process, which ends, leads the run no more."""
    path = folder / RECORDS / f"{run}.json"
    with contextlib.suppress(OSError, ValueError):
        told = json.loads(path.read_text())
        if told["pid"] == os.getpid():
            draft = path.with_suffix(".draft")
            draft.write_text(json.dumps({**told, "ended": True}))
            draft.replace(path)


def leader(folder: Path, run: str, now: Callable[[], float] = time.time) -> str | None:
    """Where the Snakemake of a run lives, None where it has ended, "" where nobody can tell."""
    path = folder / RECORDS / f"{run}.json"
    try:
        told = json.loads(path.read_text())
        silent = now() - path.stat().st_mtime
        pid, host, began = told["pid"], told["host"], told["began"]
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    if told.get("ended"):
        return None
    place = f"process {pid} on {host}"
    if host == socket.gethostname():
        return place if _began(pid) == began else None
    return place if silent < SILENT_S else None


def _began(pid: int) -> str | None:
    """When a process of this machine began, in ticks since boot; None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *others = text.rsplit(")", 1)[1].split()
    return None if state == "Z" else others[18]


def other_snakemakes(folder: Path) -> list[int]:
    """Processes of this machine that run Snakemake in a folder, or a job of a killed one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            here = os.path.realpath(process / "cwd") == os.path.realpath(folder)
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        paths = [Path(os.fsdecode(word)) for word in words[:3]]
        # Scripts of rules outlive both their Snakemakes, when these are killed alone.
        scripts = (".snakemake", "scripts")
        if here and any(path.name == "snakemake" or path.parts[-3:-1] == scripts for path in paths):
            found.append(int(process.name))
    return found


def locked_after(folder: Path, runs: list[str]) -> bool:
    """Whether a folder has a lock that is younger than the last sign of life of all of `runs`.

    A run locks the folder before it leaves its record, so such a lock is none of theirs.
    """
    records = [folder / RECORDS / f"{run}.json" for run in runs]
    last = max((p.stat().st_mtime for p in records if p.exists()), default=float("-inf"))
    return any(lock.stat().st_mtime > last for lock in (folder / LOCKS).glob("*.lock"))


def locked(folder: Path) -> bool:
    """Whether a Snakemake has, or has left, a lock on a folder."""
    return any((folder / LOCKS).glob("*.lock"))


def unlock(folder: Path) -> bool:
    """Take away Snakemake's locks on a folder; whether there were any."""
    locks = list((folder / LOCKS).glob("*.lock"))
    for lock in locks:
        lock.unlink(missing_ok=True)
    return bool(locks)
