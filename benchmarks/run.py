"""Measure laicflow against its peers on the same input, write RESULTS.md, fail on a miss.

Each side runs in a process of its own environment (laicflow and its pandas in the project's, the
peer that pins an older pandas in benchmarks/.venv) and takes the time of the one call that is
compared. The sides of a pair take turns (A B A B ...), so that whatever else the machine does
falls on both; the median of the rounds' ratios counts. Before anything is measured both sides'
numbers are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import decluster
import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DAYS, HOURS, SHAPE = 365, 24, (71, 73)
YEAR = f"simulated, {DAYS} days of {SHAPE[0]} x {SHAPE[1]} maps, float32"
# A day of 25 maps with TEC and RMS, below the folder of real data.
REAL_DAY = "ionex/code/codg0010.16i.Z"

IONEX_AT_MOST = 0.6  # of the peer's time
REFERENCE_AT_LEAST = 10.0  # times as fast as the peer
MEMORY_AT_MOST = 4e9  # bytes


class Worker:
    """A process of one environment that does what it is told."""

    def __init__(self, python: Path) -> None:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT / "workflow/scripts"),
            "OMP_NUM_THREADS": "1",
            "POLARS_MAX_THREADS": "1",
            "RAYON_NUM_THREADS": "1",
        }
        self.process = subprocess.Popen(
            [python, HERE / "worker.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, do: str, **arguments: object) -> object:
        """Have a function of worker.py done and give its answer."""
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{do}: the worker has ended")
        return json.loads(line)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()


def ionex(ours: Worker, peer: Worker, folder: Path, rounds: int) -> dict:
    """The reading of a day's maps: laicflow from `.Z`, gnssanalysis from the plain file."""
    data = os.environ.get("LAICFLOW_REAL_DATA")
    path = str(Path(data) / REAL_DAY) if data else ours.ask("simulated_day", folder=str(folder))
    if not Path(path).is_file():
        raise SystemExit(f"LAICFLOW_REAL_DATA is set, but there is no {path}")
    plain = str(folder / "day.inx")
    ours.ask("decompressed", path=path, into=plain)
    ours.ask("ionex_laicflow", path=path, save=str(folder / "ours.npz"))
    peer.ask("ionex_gnssanalysis", path=plain, save=str(folder / "peer.npz"))
    with np.load(folder / "ours.npz") as a, np.load(folder / "peer.npz") as b:
        assert a["tec"].shape == (25, *SHAPE), a["tec"].shape
        np.testing.assert_array_equal(a["epoch"], b["epoch"])
        for kind in ("tec", "rms"):
            np.testing.assert_allclose(a[kind], b[kind], rtol=1e-6)
    times = [
        (
            ours.ask("ionex_laicflow", path=path)["seconds"],
            peer.ask("ionex_gnssanalysis", path=plain)["seconds"],
        )
        for _ in range(rounds)
    ]
    ratio = statistics.median(a / b for a, b in times)
    return {
        "pair": "IONEX day, 25 maps of TEC and RMS: laicflow (`.Z`) / gnssanalysis (plain)",
        "input": "a day of CODE" if data else "a simulated day",
        "rounds": rounds,
        "ours": statistics.median(a for a, _ in times),
        "peer": statistics.median(b for _, b in times),
        "ratio": f"{ratio:.2f} of the time",
        "limit": f"at most {IONEX_AT_MOST}",
        "good": ratio <= IONEX_AT_MOST,
    }


def year_of_maps(path: Path) -> None:
    """A year of hourly maps as TEC is: by latitude and local time, other each day, in 0.1 TECU."""
    random = np.random.default_rng(0)
    latitude = np.deg2rad(np.linspace(87.5, -87.5, SHAPE[0]))[:, None]
    longitude = np.linspace(-180, 180, SHAPE[1])
    year = np.empty((DAYS, HOURS, *SHAPE), np.float32)
    level = random.gamma(20, 1 / 20, DAYS)
    for hour in range(HOURS):
        local = np.deg2rad(longitude + 15 * hour - 210)
        quiet = 4 + 30 * np.cos(latitude) * (1 + np.cos(local))
        noise = random.standard_normal((DAYS, *SHAPE), np.float32)
        year[:, hour] = quiet * level[:, None, None] * np.exp(0.1 * noise)
    np.save(path, year.round(1))


def reference(ours: Worker, peer: Worker, folder: Path, hours: int) -> list[dict]:
    """The 15-day quartiles of a year of maps, hour by hour, and the whole year at once."""
    year, a, b = (str(folder / name) for name in ("year.npy", "ours.npy", "peer.npy"))
    year_of_maps(Path(year))

    def both(**options: object) -> tuple[float, float]:
        mine = ours.ask("reference_laicflow", path=year, save=a, **options)["seconds"]
        other = peer.ask("reference_pandas", path=year, save=b, **options)["seconds"]
        np.testing.assert_allclose(np.load(a), np.load(b), rtol=1e-6)
        return mine, other

    both(hour=0, missing=0.1, least=10)
    times = []
    for hour in range(hours):
        times.append(both(hour=hour))
        print(f"reference, hour {hour + 1} of {hours}: {times[-1][0]:.3f} s, {times[-1][1]:.3f} s")
    ratio = statistics.median(b / a for a, b in times)
    row = {
        "pair": "15-day M, LQ, UQ of one hour: laicflow / `DataFrame.rolling(15).quantile`",
        "input": YEAR,
        "rounds": hours,
        "ours": statistics.median(a for a, _ in times),
        "peer": statistics.median(b for _, b in times),
        "ratio": f"{ratio:.1f} times as fast",
        "limit": f"at least {REFERENCE_AT_LEAST:.0f}",
        "good": ratio >= REFERENCE_AT_LEAST,
    }
    return [row, *whole_year(year, sum(b for _, b in times) * HOURS / hours)]


def whole_year(year: str, peer_seconds: float, rounds: int = 3) -> list[dict]:
    """All hours in one call, in a fresh process, whose memory is measured."""
    with Worker(project_python()) as fresh:
        made = [fresh.ask("reference_whole_year", path=year) for _ in range(rounds)]
    assert made[0]["size"] == [DAYS * HOURS * SHAPE[0] * SHAPE[1]] * 3
    seconds = statistics.median(one["seconds"] for one in made)
    memory = made[-1]["peak_bytes"]
    return [
        {
            "pair": "the same of all 24 hours: laicflow in one call / pandas, sum over the hours",
            "input": YEAR,
            "rounds": rounds,
            "ours": seconds,
            "peer": peer_seconds,
            "ratio": f"{peer_seconds / seconds:.1f} times as fast",
            "limit": f"at least {REFERENCE_AT_LEAST:.0f}",
            "good": peer_seconds / seconds >= REFERENCE_AT_LEAST,
        },
        {
            "pair": "resident memory of that call, input and interpreter included",
            "input": YEAR,
            "rounds": rounds,
            "ratio": f"{memory / 1e9:.2f} GB",
            "limit": f"at most {MEMORY_AT_MOST / 1e9:.0f} GB",
            "good": memory <= MEMORY_AT_MOST,
        },
    ]


def report(rows: list[dict], versions: dict[str, dict]) -> str:
    """RESULTS.md."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    lines = [
        "# Benchmarks",
        "",
        "Made by `make benchmark`. The sides of a pair take turns on the same input, each in a",
        "process of its own environment that times the call alone; both give the same numbers",
        "(to 1e-6), which is checked on every run. Times and ratios are medians of the rounds. The",
        "two loops of a training take turns epoch by epoch in one process, and their losses agree.",
        "VTEC of two methods is alike to what its row says.",
        "",
        f"Machine: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, "
        f"{platform.system()}; every side on one core.",
        "",
        *(
            f"- {side}: " + ", ".join(f"{name} {version}" for name, version in found.items())
            for side, found in versions.items()
        ),
        "",
        "| pair | input | rounds | laicflow (s) | peer (s) | result | limit | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ours, peer = (f"{row[side]:.3f}" if side in row else "" for side in ("ours", "peer"))
        met = "yes" if row["good"] else "NO"
        cells = [row["pair"], row["input"], row["rounds"], ours, peer, row["ratio"], row["limit"]]
        lines.append("| " + " | ".join(map(str, [*cells, met])) + " |")
    return "\n".join(lines) + "\n"


def project_python() -> Path:
    """The interpreter of the project's environment."""
    return ROOT / ".venv/bin/python"


def from_project(script: str, *words: str) -> dict | list[dict]:
    """What a script of this folder measures in the project's environment."""
    command = [project_python(), HERE / script, "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    """Run all pairs; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, help="rounds of the IONEX pair")
    parser.add_argument("--hours", type=int, default=HOURS, help="hours of the reference's pair")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Worker(project_python()) as ours,
        Worker(project_python()) as pandas,
        Worker(Path(sys.executable)) as peer,
    ):
        versions = {
            "laicflow and pandas": ours.ask("about", packages=["numpy", "pandas", "xarray"]),
            "gnssanalysis": peer.ask("about", packages=["gnssanalysis", "numpy", "pandas"]),
            "bruces": peer.ask("about", packages=["bruces", "numba", "numpy"]),
            "obspy": ours.ask("about", packages=["obspy", "lxml"]),
            "torch": ours.ask("about", packages=["torch", "lightning", "timm"]),
            "gnss_tec": ours.ask("about", packages=["pygnss-tec", "hatanaka"]),
            "Keras and georinex": peer.ask("about", packages=["keras", "torch", "georinex"]),
        }
        rows = [ionex(ours, peer, Path(folder), options.rounds)]
        rows += reference(ours, pandas, Path(folder), options.hours)
        rows += decluster.measure(project_python(), Path(sys.executable))
        rows += [
            from_project("quakeml.py"),
            *from_project("planning.py"),
            *from_project("orchestrator.py"),
            *from_project("windows.py"),
            *from_project("training.py"),
            *from_project("magnetic_windows.py"),
            *from_project("keras_training.py"),
            *from_project("minutes.py", "--peer", sys.executable),
            *from_project("labelling.py"),
            *from_project("probes.py"),
            *from_project("gnss.py", "--peer", sys.executable),
            *from_project("keras_forecaster.py"),
            *from_project("forecast_parts.py"),
        ]
    text = report(rows, versions)
    (HERE / "RESULTS.md").write_text(text)
    print(text)
    print("Results: benchmarks/RESULTS.md")
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
