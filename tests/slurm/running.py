"""Snakemake on the test cluster as a user calls it, and what Slurm says of its jobs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from tests.slurm.cluster import HOME, ROOT, call, environment, wait_until

SNAKEMAKE = Path(sys.executable).parent / "snakemake"
PARTS = ("Snakefile", "config", "profiles", "requirements.lock", "slurm", "workflow")
STUDY = "results/slurm/pham2023"
SCORES = f"{STUDY}/paper/scores.parquet"
SUBMITTED = re.compile(r"submitted with SLURM jobid (\d+) \(log: \S*/rule_(\w+)/(\S*)/\d+\.log\)")


def repository(folder: Path) -> Path:
    """A copy of the repository, in which a user would work."""
    folder.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, folder / name)
    shutil.copy2(Path(__file__).parent / "small.yaml", folder / "small.yaml")
    return folder


def copy_of(folder: Path, other: Path) -> Path:
    """The same folder once more, with the same times."""
    return shutil.copytree(folder, other, symlinks=True)


class Run:
    """One Snakemake in a folder, from its start to its end."""

    every: ClassVar[list[Run]] = []

    def __init__(self, folder: Path, *words: object, **environment: str) -> None:
        self.folder = folder
        number = len(list(folder.glob("run-*.txt")))
        self.output = folder / f"run-{number}.txt"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LAICFLOW_", "SLURM_"))}
        home = folder / "home"
        home.mkdir(exist_ok=True)
        self.faults = folder / f"faults-{number}"
        self.faults.mkdir()
        kept |= {"HOME": str(home), "XDG_CACHE_HOME": str(home), "OMP_NUM_THREADS": "1"}
        # The package of the copy, whichever is installed.
        paths = [ROOT / "tests/slurm/hooks", folder / "workflow/scripts"]
        kept |= {"PYTHONPATH": os.pathsep.join(map(str, paths))}
        kept |= {"LAICFLOW_SLURM_PARTITION": "cpu", "LAICFLOW_SLURM_GPU_PARTITION": "gpu"}
        kept |= {"LAICFLOW_TEST_FAULTS": str(self.faults), **environment}
        command = [SNAKEMAKE, "--configfile", "small.yaml", *words]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=kept,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.every.append(self)

    @property
    def text(self) -> str:
        """All that Snakemake has said so far."""
        return self.output.read_text(errors="replace")

    def end(self, seconds: float) -> int:
        """Its exit status; it is killed where it does not end in time."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"not done within {seconds} s:\n{self.text[-3000:]}") from None

    def kill(self) -> None:
        """As a power cut would end it."""
        self.process.kill()
        self.process.wait(timeout=10)

    def until(self, text: str, seconds: float) -> None:
        """Wait until Snakemake says something."""

        def said() -> bool:
            assert text in self.text or self.process.poll() is None, self.text[-3000:]
            return text in self.text

        wait_until(said, f"{text!r} in\n{self.text[-2000:]}", seconds)

    def fault(self, name: str, path: str, when: str, what: str) -> None:
        """Let the first process that writes `path` get a signal before or after it does."""
        told = json.dumps({"path": path, "when": when, "signal": what})
        draft = self.faults / f"{name}.draft"
        draft.write_text(told)
        draft.rename(self.faults / f"{name}.json")

    def struck(self, name: str, seconds: float) -> int:
        """Wait until a fault has struck; the process that it struck."""

        def done() -> list[Path]:
            assert self.process.poll() is None, f"ended before {name}:\n{self.text[-3000:]}"
            return list(self.faults.glob(f"{name}.*.done"))

        wait_until(done, f"fault {name}", seconds)
        return int(done()[0].name.split(".")[1])

    def jobs(self, rule: str, wildcards: str = "") -> list[str]:
        """Slurm's numbers of all attempts at a job, the first one first."""
        found = SUBMITTED.findall(self.text)
        return [n for n, name, words in found if name == rule and words.endswith(wildcards)]


def slurm(folder: Path, *words: object, **environment: str) -> Run:
    """`snakemake --profile slurm` in a copy of the repository."""
    return Run(folder, "--profile", "slurm", *words, **environment)


def asked(number: str) -> dict[str, str]:
    """What Slurm knows of a job, e.g. JobState, Partition, TimeLimit, MinMemoryNode."""
    told = call("scontrol", "--oneliner", "show", "job", number)
    return dict(re.findall(r"(\w+)=(\S*)", told))


def ended(number: str) -> list[str]:
    """The states in which a job has ended, as the file of completions tells."""
    lines = (HOME / "jobcomp.txt").read_text().splitlines()
    return [re.search(r"JobState=(\S+)", x)[1] for x in lines if x.startswith(f"JobId={number} ")]


def queue(folder: Path) -> list[str]:
    """Numbers of jobs of a folder that wait or run."""
    lines = call("squeue", "--noheader", "--format=%i %Z").splitlines()
    return [line.split()[0] for line in lines if line.split()[1] == str(folder)]


def laicflow(folder: Path, *words: str, seconds: float = 60) -> subprocess.CompletedProcess:
    """A command of laicflow in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "laicflow.cli.main", *words],
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def go_on(pid: int) -> None:
    """Wake a process that a fault has stopped."""
    os.kill(pid, signal.SIGCONT)


def results(folder: Path) -> dict[str, bytes]:
    """The bytes of all results; not the logs, benchmarks and notes of when and where."""
    study = folder / STUDY
    kept = [p for p in sorted(study.rglob("*.*")) if p.is_file() and not p.name.startswith(".")]
    return {
        str(path.relative_to(study)): path.read_bytes()
        for path in kept
        if not path.name.endswith(".provenance.json")
    }
