"""Measure the building of windows from the tensor file, in the project's environment.

    .venv/bin/python benchmarks/windows.py [--rounds 3] [--json]

The file holds 21 years of simulated hourly VTEC of three sites with their references, as a study
leaves it. A fresh process reads it and cuts 8,000 windows of 30 days, 24 hours and 6 channels, and
its memory is measured. Windows are checked against slices of the series.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

ROOT = Path(__file__).resolve().parents[1]
STUDY, SITES, WINDOWS, HOURS = "pham2023", 3, 8000, 24
FIRST, LAST = "2001-01-01", "2021-12-31"
REFERENCE = {"days": 15, "k": 1.5, "least": 12}
SETTINGS = {"window": {"days": 30}, "image": {"size": 32}}
INPUT = f"simulated, 21 years at {SITES} sites, a compressed file"
SECONDS, MEMORY = 10.0, 2e9  # at most


def tensor_file(path: str) -> None:
    """Write the series: a day's course, another level each day, noise, and missing hours."""
    from laicflow.store import write_netcdf
    from laicflow.studies.pham2023.windows import polarity

    random = np.random.default_rng(0)
    days = pd.date_range(FIRST, LAST)
    shape = (SITES, len(days), HOURS)
    course = 5 + 20 * (1 + np.cos(2 * np.pi * (np.arange(HOURS) - 14) / HOURS))
    tec = course * random.gamma(20, 1 / 20, shape[:2])[..., None]
    tec = (tec * np.exp(0.1 * random.standard_normal(shape))).round(1).astype("float32")
    tec[random.random(shape) < 0.001] = np.nan
    channels = polarity(tec, REFERENCE, exceedance=False)
    dims = ("site", "day", "hour")
    data = {name: (dims, values.astype("float32")) for name, values in channels.items()}
    site = np.array([f"s{k}" for k in range(SITES)], dtype=object)
    coords = {"site": site, "day": days.to_numpy(), "hour": np.arange(HOURS)}
    write_netcdf(xr.Dataset(data, coords=coords), path)


def window_ids() -> list[str]:
    """Names of as many different windows, in any order."""
    random = np.random.default_rng(1)
    days = pd.date_range(FIRST, LAST)[SETTINGS["window"]["days"] + REFERENCE["days"] :]
    chosen = random.choice(SITES * len(days), WINDOWS, replace=False)
    return [f"s{k // len(days)}/{days[k % len(days)]:%Y-%m-%d}" for k in chosen]


def cut(path: str) -> dict:
    """Seconds from the closed file to the windows, and the most memory of this process."""
    from laicflow.training.windows import cutter

    names = window_ids()
    cutter(STUDY, path, SETTINGS)(names[:1])  # what is imported on use does not count
    start = time.perf_counter()
    images = cutter(STUDY, path, SETTINGS)(names)
    seconds = time.perf_counter() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most *= 1 if sys.platform == "darwin" else 1024
    check(path, names, images)
    return {"seconds": seconds, "peak_bytes": most}


def check(path: str, names: list[str], images: np.ndarray) -> None:
    """Compare TEC of every hundredth window with the series, missing hours apart."""
    assert images.shape == (WINDOWS, 6, 32, 32), images.shape
    with xr.open_dataset(path) as content:
        tec = content["tec"].load()
    for number in range(0, WINDOWS, 100):
        site, day = names[number].split("/")
        first = pd.Timestamp(day) - pd.Timedelta(days=29)
        series = tec.sel(site=site, day=slice(first, day)).to_numpy()
        there = ~np.isnan(series)
        np.testing.assert_array_equal(images[number, 0, 1:31, 4:28][there], series[there])


def ask(*words: str) -> dict:
    """What a fresh process of this script answers."""
    paths = {"PYTHONPATH": str(ROOT / "workflow/scripts"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, *words]
    done = subprocess.run(command, env=os.environ | paths, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(rounds: int = 3) -> list[dict]:
    """Rows of RESULTS.md: time and memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "tensors.nc")
        ask("--make", path)
        found = [ask("--cut", path) for _ in range(rounds)]
    seconds = statistics.median(one["seconds"] for one in found)
    most = max(one["peak_bytes"] for one in found)
    what = f"{WINDOWS:,} windows of 30 x 24 x 6 from the tensor file"
    return [
        {
            "pair": f"{what}: laicflow alone",
            "input": INPUT,
            "rounds": rounds,
            "ours": seconds,
            "ratio": f"{seconds:.1f} s",
            "limit": f"at most {SECONDS:.0f} s",
            "good": seconds <= SECONDS,
        },
        {
            "pair": "resident memory of that, interpreter included",
            "input": INPUT,
            "rounds": rounds,
            "ratio": f"{most / 1e9:.2f} GB",
            "limit": f"at most {MEMORY / 1e9:.0f} GB",
            "good": most <= MEMORY,
        },
    ]


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--make", help=argparse.SUPPRESS)
    parser.add_argument("--cut", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        tensor_file(options.make)
        print("{}")
        return 0
    if options.cut:
        print(json.dumps(cut(options.cut)))
        return 0
    rows = measure(options.rounds)
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['pair']}, {row['input']}: {row['ratio']} ({row['limit']})")
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
