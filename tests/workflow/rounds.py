"""Rounds of `laicflow continuous` as a user calls them, in a folder beside a moving upstream."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

import pandas as pd
import yaml

from laicflow import ledger
from laicflow.cli.continuous import STEPS
from laicflow.config import merge
from laicflow.replica.server import serve
from laicflow.simulate.world import write_world
from tests.workflow.moving_upstream import Upstream
from tests.workflow.running import ROOT, snakemake

OVERLAY = ROOT / "tests/workflow/continuous.yaml"
INDICES = ("gfz_kp", "gfz_kp_json", "kyoto_dst", "celestrak")
SOURCES = ("usgs", *INDICES, "intermagnet", "code", "code_rapid")
STUDY = "results/continuous/petrescu2022"
LEDGER = "ledger/petrescu2022/forecasts.parquet"
OBSERVATORIES = [
    {"iaga": "AAA", "latitude": 38.5, "longitude": 141.5, "elevation_m": 100},
    {"iaga": "BBB", "latitude": 36.0, "longitude": 140.0, "elevation_m": 100},
]
WORLD = {
    "seed": 7,
    "start": "2014-07-01",
    "end": "2016-01-31",
    "maps": False,
    "catalog": {"mu": 0.3, "K": 0.002},
    "geomagnetic": {"observatories": OBSERVATORIES},
}
JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", re.MULTILINE)
STEP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (\w+)$", re.MULTILINE)
# Targets, which are listed as jobs where anything was done for them.
NAMES = {"all", *STEPS} - {"refresh"}


@dataclass
class Round:
    """What a round ran and left: jobs by step, the ledger, the study's files."""

    rows: pd.DataFrame
    study: dict[str, bytes]
    jobs: dict[str, set[str]] = field(default_factory=dict)


class Place:
    """A folder, its upstream, and the calls that a user makes there."""

    def __init__(self, root: Path, more: Path | None = None, **world: object) -> None:
        """`more`: what is laid over the overlay; `world`: what differs in the world."""
        self.folder, self.overlays = root / "run", (OVERLAY, more) if more else (OVERLAY,)
        self.folder.mkdir()
        write_world(WORLD | world, root / "world")
        self.archive = root / "archive"
        late = {"bbb": ("201502", dt.date(2015, 4, 20))}
        final = {"201411": dt.date(2015, 4, 1), "201412": dt.date(2015, 5, 10)}
        self.upstream = Upstream(root / "world", self.archive, late=late, not_final=final)
        self.port, self.goes_on = 0, False
        # Of `prospective`, what the user changes on the way.
        self.changes: dict = {}

    def served(self, now: dt.datetime):
        """The upstream as it is now, under the same address as before."""
        catalogs = ["catalogs/**/*.csv"]
        return serve(self.archive, catalogs=catalogs, now=now, port=self.port)

    def words(self, replica) -> list[str]:
        """What every call of Snakemake gets; at first nothing tells that the study will go on."""
        self.port = replica.port
        overlay = reduce(merge, (yaml.safe_load(path.read_text()) for path in self.overlays))
        for study in overlay["studies"]:
            if not self.goes_on:
                del overlay[study]["prospective"]
            else:
                overlay[study]["prospective"] |= self.changes
        overlay["bases"] = {source: [replica.base(source)] for source in SOURCES}
        file = self.folder / "my.yaml"
        file.write_text(yaml.safe_dump(overlay))
        return ["--cores", "2", "--snakefile", str(ROOT / "Snakefile"), "--configfile", str(file)]

    def start(self, words: list[str], now: dt.datetime) -> subprocess.Popen:
        """A round that begins."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LAICFLOW_", "SLURM_"))}
        kept |= {"HOME": str(self.folder / "home"), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        kept |= {"LAICFLOW_NOW": now.isoformat(), "PYTHONPATH": str(ROOT / "workflow/scripts")}
        return subprocess.Popen(
            [sys.executable, "-m", "laicflow.cli.main", "continuous", "--", *words],
            cwd=self.folder,
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, now: dt.datetime, *words: str, target: str = "all", status: int = 0) -> str:
        """Snakemake itself, for the study's report or another target; what it said."""
        with self.served(now) as replica:
            _, _, *own = self.words(replica)[2:]
            moment = {"LAICFLOW_NOW": now.isoformat()}
            done = snakemake(*own, *words, "--", target, folder=self.folder, **moment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def round(self, *moment: int, publish: bool = True) -> Round:
        """A whole round at a moment."""
        status, said = self.tried(dt.datetime(*moment), publish)
        assert status == 0, said
        return self.looked_at(said)

    def tried(self, now: dt.datetime, publish: bool = True) -> tuple[int, str]:
        """The status of a round, and what it said."""
        if publish:
            self.upstream.publish(now.date())
        with self.served(now) as replica:
            process = self.start(self.words(replica), now)
            said = process.communicate(timeout=400)[0]
        return process.returncode, said

    def looked_at(self, said: str) -> Round:
        """What a round has left, and what it ran by what it said."""
        found = Round(ledger.read(self.folder / LEDGER), files(self.folder / STUDY))
        parts = STEP.split(said)
        assert parts[-2] == "done"
        found.jobs = dict(zip(parts[1:-2:2], map(jobs, parts[2:-2:2]), strict=True))
        return found


def jobs(said: str) -> set[str]:
    """The jobs of which a Snakemake speaks, as rule and wildcards."""
    found = set()
    for rule, text in JOB.findall(said):
        if rule not in NAMES:
            wildcards = re.search(r"wildcards: (.*)", text)
            values = re.findall(r"=([^,\n]*)", wildcards[1]) if wildcards else []
            found.add(
                " ".join([rule, *(v for v in values if v not in ("observed", "petrescu2022"))])
            )
    return found


def files(study: Path) -> dict[str, bytes]:
    """All files of a published study; what goes on beside it lies in `prospective`."""
    found = [path for path in sorted(study.rglob("*")) if path.is_file()]
    return {
        name: path.read_bytes()
        for path in found
        if not (name := path.relative_to(study).as_posix()).startswith("prospective")
    }
