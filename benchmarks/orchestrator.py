"""What Snakemake costs beside the jobs: a demo, an `ingest` without news, and one new day.

- Overhead: wall time of a demo by Snakemake, times the cores it had, against the sum of the times
  of its scripts (their benchmark files), all of one run. With two cores a sum of 900 s is 450 s of
  wall time at best; both numbers are printed. Where jobs disturb each other, their times grow with
  the wall time, so this shows what is lost between jobs, not what two cores share.
- `ingest` with nothing new: over a store of 23 years, whose files are empty here; of the default
  run, and of all sources over all these years.
- One new day: `refresh` and `ingest` down to the tensors of a study, after a day's map has come.

Runs in the project's environment: `.venv/bin/python benchmarks/orchestrator.py [--json]`. A demo
that has just ended in this folder is taken as it is with `--demo results/demo`.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workflow/scripts")]
OVERHEAD_AT_MOST = 1.35
INGEST_AT_MOST = 15.0  # seconds
DAY_JOBS_AT_MOST, DAY_TIME_AT_MOST = 0.03, 0.05
CORES = 2
# The demo of fewest and shortest jobs, so that least hides what lies between them.
DEMO = "edlstme"
# Jobs and wall seconds of the demo of pham2023 on two idle cores, of which a new day is a part.
WHOLE_JOBS, WHOLE_S = 183, 324.0
YEARS = dt.date(1998, 1, 1), dt.date(2020, 12, 31)
# A day long after all that is asked for has closed.
LATER = "2024-06-01T00:00:00"


class Call(NamedTuple):
    """A call of Snakemake: wall seconds, seconds that its processes computed, output."""

    wall: float
    cpu: float
    said: str

    @property
    def ran(self) -> list[str]:
        """The rule of each job."""
        return re.findall(r"^(?:local)?rule (\w+):", self.said, re.MULTILINE)


def snakemake(folder: Path, *words: object, **environment: str) -> Call:
    """A call that must succeed, with `folder` as the working directory."""
    command = [sys.executable, "-m", "snakemake", "--cores", CORES, "--directory", folder]
    command += ["--snakefile", ROOT / "Snakefile", *words]
    begin, before = time.perf_counter(), _children()
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wall, cpu = time.perf_counter() - begin, _children() - before
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {(done.stdout + done.stderr)[-3000:]}")
    return Call(wall, cpu, done.stdout + done.stderr)


def _children() -> float:
    """Seconds that the processes started so far have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def busy(run: Path) -> tuple[float, int]:
    """Sum of the seconds of a run's scripts, and how many there were."""
    files = sorted((run / "benchmarks").rglob("*.tsv"))
    rows = [next(csv.DictReader(file.open(), delimiter="\t")) for file in files]
    return sum(float(row["s"]) for row in rows), len(rows)


def elapsed(text: str) -> float:
    """Seconds that Snakemake's own log says, from its start to its end."""
    hours, minutes, seconds = re.findall(r"^Elapsed time: (\d+):(\d+):([\d.]+)", text, re.M)[-1]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def log_of(run: Path) -> str:
    """The log of the Snakemake that made a run, the longest of those that speak of it."""
    logs = [path.read_text() for path in run.parents[1].glob(".snakemake/log/*.log")]
    own = [text for text in logs if f"{run.parent.name}/{run.name}/" in text]
    whole = [text for text in own if re.search(r"^Elapsed time", text, re.M)]
    if not whole:
        raise SystemExit(f"no log in {run.parents[1]}/.snakemake/log tells of {run}")
    return max(whole, key=len)


def overhead(demo: Path | None) -> dict:
    """The row of a demo, which is run where none is given."""
    if demo is not None:
        return _overhead(demo.resolve(), elapsed(log_of(demo.resolve())))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        done = snakemake(folder, "--configfile", ROOT / f"config/demo/{DEMO}.yaml")
        run = next(path for path in (folder / "results").iterdir() if path.is_dir())
        return _overhead(run, done.wall)


def _overhead(run: Path, wall: float) -> dict:
    """The row of a run that took `wall` seconds."""
    summed, jobs = busy(run)
    ratio = wall * CORES / summed
    return {
        "pair": f"{run.name} by Snakemake / its scripts alone",
        "input": f"{jobs} jobs, {summed:.0f} s of scripts on {CORES} cores",
        "rounds": 1,
        "ours": wall,
        "peer": summed / CORES,
        "ratio": f"{ratio:.2f} of the time",
        "limit": f"at most {OVERHEAD_AT_MOST}",
        "good": ratio <= OVERHEAD_AT_MOST,
    }


def ingest(archive: bool = False) -> dict:
    """The row of an `ingest` over 23 years that finds nothing to do.

    Parameters
    ----------
    archive : all sources over all these years (`ingest_all`), not those of the default run alone
    """
    from laicflow import scale

    with tempfile.TemporaryDirectory() as place:
        folder, now = Path(place), {"LAICFLOW_NOW": LATER}
        words: list[object] = ["ingest"]
        if archive:
            words = ["ingest_all", "--configfile", _all_years(folder)]
        planned = scale.jobs_of(snakemake(folder, "-n", *words, **now).said)
        for job in planned:
            for output in job.outputs:
                (folder / output).parent.mkdir(parents=True, exist_ok=True)
                (folder / output).touch()
        snakemake(folder, "--touch", *words, **now)
        done = snakemake(folder, *words, **now)
    name = "ingest_all" if archive else "ingest"
    return {
        "pair": f"`snakemake {name}` with nothing new",
        "input": f"{len(planned)} files of 23 years in place",
        "rounds": 1,
        "ours": done.wall,
        "ratio": f"{done.wall:.1f} s ({done.cpu:.1f} s computed), {len(done.ran)} jobs",
        "limit": f"at most {INGEST_AT_MOST:.0f} s and no job",
        "good": done.wall <= INGEST_AT_MOST and not done.ran,
    }


def _all_years(folder: Path) -> Path:
    """The overlay of all sources, also of those that studies ask for, over `YEARS`."""
    import yaml

    from laicflow import scale_archive

    path = scale_archive.overlay(folder, ROOT / "config", *YEARS)
    overlay = yaml.safe_load(path.read_text())
    period = overlay["ingest"]["period"]
    overlay |= {name: {"period": period} for name in overlay["studies"]}
    path.write_text(yaml.safe_dump(overlay))
    return path


def new_day() -> list[dict]:
    """The rows of a new day in the second of two months: jobs and time."""
    import yaml

    from laicflow.replica.server import serve
    from laicflow.simulate.world import write_world
    from tests.workflow import test_new_day as case

    with tempfile.TemporaryDirectory() as place:
        world, archive, folder = (Path(place) / name for name in ("world", "archive", "run"))
        folder.mkdir()
        write_world({"seed": 5, "start": case.START, "end": case.END, "steps": "2h"}, world)
        port, calls = 0, []
        for now in (case.TODAY, case.TOMORROW):
            case.publish(world, archive, now)
            options = {"catalogs": ["catalogs/**/*.csv"], "now": now, "port": port}
            with serve(archive, **options) as replica:
                port = replica.port
                period = {"period": {"start": case.START, "end": case.END}}
                overlay = {"run": "newday", "pham2023": period}
                overlay["bases"] = {name: [replica.base(name)] for name in case.SOURCES}
                file = folder / "newday.yaml"
                file.write_text(yaml.safe_dump(overlay))
                for targets in (("refresh",), ("ingest", case.TENSORS)):
                    words = (*targets, "--configfile", file)
                    calls.append(snakemake(folder, *words, LAICFLOW_NOW=now.isoformat()))
    # What asks for others is no job; refresh is one.
    ran = [rule for call in calls[2:] for rule in call.ran if rule != "ingest"]
    seconds, cpu = (sum(getattr(call, key) for call in calls[2:]) for key in ("wall", "cpu"))
    of = f"of the demo of pham2023 ({WHOLE_JOBS} jobs, {WHOLE_S:.0f} s)"
    told = {"input": f"one map more: {', '.join(ran)}", "rounds": 1}
    return [
        told
        | {
            "pair": f"a new day, jobs {of}",
            "ratio": f"{len(ran)} jobs, {len(ran) / WHOLE_JOBS:.1%}",
            "limit": f"under {DAY_JOBS_AT_MOST:.0%}",
            "good": len(ran) / WHOLE_JOBS < DAY_JOBS_AT_MOST,
        },
        told
        | {
            "pair": f"a new day, time {of}",
            "ours": seconds,
            "ratio": f"{seconds:.1f} s ({cpu:.1f} s computed), {seconds / WHOLE_S:.1%}",
            "limit": f"under {DAY_TIME_AT_MOST:.0%}",
            "good": seconds / WHOLE_S < DAY_TIME_AT_MOST,
        },
    ]


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=Path, help="folder of a demo that was run here")
    parser.add_argument("--only", choices=("overhead", "ingest", "day"), default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    if options.only in ("", "overhead"):
        rows.append(overhead(options.demo))
    if options.only in ("", "ingest"):
        rows += [ingest(), ingest(archive=True)]
    if options.only in ("", "day"):
        rows += new_day()
    if options.json:
        print(json.dumps(rows))
        return 0
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}")
    for row in rows:
        print(f"{row['pair']}, {row['input']}: {row['ratio']} ({row['limit']})")
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
