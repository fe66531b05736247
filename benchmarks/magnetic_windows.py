"""Measure windows of the geomagnetic field out of the store, in the project's environment.

    .venv/bin/python benchmarks/magnetic_windows.py [--rounds 1] [--json]

The store holds 15 years of minutes of an observatory, a random walk with gaps, in month files. One
fresh process joins and filters them and writes the tensor file, another cuts every week at hourly
steps out of it. Both have their memory measured. The cutting takes turns, piece by piece, with a
bare loop over numpy's sliding_window_view on the same minutes that gathers the same windows and
divides them by their largest |Z|, without looking at what it cuts; both give the same numbers.
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
FIRST, LAST = "2006-01-01", "2020-12-31"
SITE, PLACE = "SIM", (45.0, 10.0)
LEVEL = np.array([[22_000.0], [1_000.0], [41_000.0]])
MINUTES, STEP, PIECE = 10_080, 60, 256
STUDY = {
    "period": {"start": FIRST, "end": LAST},
    "sites": {"points": [{"site": SITE, "latitude": PLACE[0], "longitude": PLACE[1]}]},
    "data": {"minutes": "intermagnet"},
    "window": {"minutes": MINUTES, "max_gap_minutes": 3, "normalise": "zmax"},
    "preparations": {
        "highpass": {
            "filter": "highpass",
            "corner": 0.02,
            "unit": "cycles_per_minute",
            "order": 4,
            "passes": "zero-phase",
        }
    },
}
INPUT = "simulated, 15 years of one observatory"
MEMORY = 2e9  # at most


def store(folder: str) -> None:
    """Write the months: a walk of 1 nT a minute about a level, 1 minute in 2,000 missing."""
    from laicflow.readers.geomagnetic import STATES
    from laicflow.store import write_netcdf

    random = np.random.default_rng(0)
    walk = np.zeros((3, 1))
    for month in pd.period_range(FIRST, LAST, freq="M"):
        times = pd.date_range(month.start_time, month.end_time, freq="min").to_numpy()
        steps = random.standard_normal((3, len(times))) - walk / len(times)
        values = walk + steps.cumsum(axis=1)
        walk = values[:, -1:]
        values = (values + LEVEL).round(2)
        values[:, random.random(len(times)) < 0.0005] = np.nan
        dims = ("observatory", "time")
        content = xr.Dataset(
            {name: (dims, values[k : k + 1]) for k, name in enumerate("XYZ")},
            coords={
                "observatory": np.array([SITE], dtype=object),
                "time": times.astype("datetime64[us]"),
                "latitude": ("observatory", [PLACE[0]]),
                "longitude": ("observatory", [PLACE[1]]),
                "absolute": ("observatory", np.array([1], dtype="int8")),
            },
        )
        content["state"] = (dims, np.zeros((1, len(times)), dtype="int8"))
        told = {"source": "intermagnet", "citation": "", "states": json.dumps(STATES)}
        write_netcdf(content, Path(folder) / f"{month}.nc", attributes={**told, "jumps": "{}"})


def prepare(folder: str) -> dict:
    """Seconds from the months to the tensor file, and the most memory of this process."""
    from laicflow.store import write_netcdf
    from laicflow.studies.petrescu2022 import windows

    sites = pd.DataFrame(STUDY["sites"]["points"])
    start = time.perf_counter()
    months = sorted(Path(folder).glob("????-??.nc"))
    tensors = windows.prepare(months, sites, STUDY, "highpass")
    seconds = time.perf_counter() - start
    write_netcdf(tensors, Path(folder) / "tensors.nc")
    return {"seconds": seconds, "peak_bytes": most_memory()}


def cut(folder: str) -> dict:
    """Seconds of either side for all weeks, their number, and the most memory of this process."""
    from laicflow.studies.petrescu2022 import windows

    path = Path(folder) / "tensors.nc"
    with xr.open_dataset(path) as content:
        first = content["time"].values[0].astype("datetime64[m]")
        usable = windows.usable(content, STUDY)[0]
        minutes = content["field"][0].values
    ends = np.arange(0, len(usable), STEP)[usable[::STEP]]
    names = [f"{SITE}/{end}" for end in first + ends]
    view = np.lib.stride_tricks.sliding_window_view(minutes, MINUTES, axis=1)
    ours, bare = 0.0, 0.0
    pieces = windows.batches(path, names, STUDY, PIECE)
    for begin in range(0, len(names), PIECE):
        start = time.perf_counter()
        piece = next(pieces)
        middle = time.perf_counter()
        window = view[:, ends[begin : begin + PIECE] - MINUTES].swapaxes(0, 1)
        window = window / np.abs(window[:, 2:]).max(axis=2, keepdims=True)
        ours, bare = ours + middle - start, bare + time.perf_counter() - middle
        if begin % (50 * PIECE) == 0:
            np.testing.assert_array_equal(piece[:, 0], window)
    return {"ours": ours, "bare": bare, "windows": len(names), "peak_bytes": most_memory()}


def most_memory() -> int:
    """The most memory that this process has held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024)


def ask(*words: str) -> dict:
    """What a fresh process of this script answers."""
    paths = {"PYTHONPATH": str(ROOT / "workflow/scripts"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, *words]
    done = subprocess.run(command, env=os.environ | paths, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(rounds: int = 1) -> list[dict]:
    """Rows of RESULTS.md: times, their ratio, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        ask("--make", folder)
        made = [ask("--prepare", folder) for _ in range(rounds)]
        found = [ask("--cut", folder) for _ in range(rounds)]
    ours, bare = (statistics.median(one[side] for one in found) for side in ("ours", "bare"))
    joined = statistics.median(one["seconds"] for one in made)
    count = found[0]["windows"]
    size = count * 3 * MINUTES * 4 / 1e9
    common = {"input": INPUT, "rounds": rounds}
    rows = [
        {
            "pair": "minutes of 15 years joined and high-passed: laicflow alone",
            "ours": joined,
            "ratio": f"{joined:.1f} s",
            "limit": "none",
            "good": True,
        },
        {
            "pair": f"{count:,} weeks at hourly steps ({size:.0f} GB), checked and normalised: "
            "laicflow from the file / bare `sliding_window_view` loop from memory",
            "ours": ours,
            "peer": bare,
            "ratio": f"{ours / bare:.2f} of the time; {count / ours:,.0f} against "
            f"{count / bare:,.0f} windows/s",
            "limit": "none",
            "good": True,
        },
    ]
    for what, side in (("joining, filtering and writing", made), ("cutting", found)):
        most = max(one["peak_bytes"] for one in side)
        rows.append(
            {
                "pair": f"resident memory of that {what}, interpreter included",
                "ratio": f"{most / 1e9:.2f} GB",
                "limit": f"at most {MEMORY / 1e9:.0f} GB",
                "good": most <= MEMORY,
            }
        )
    return [{**row, **common} for row in rows]


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    for part in ("--make", "--prepare", "--cut"):
        parser.add_argument(part, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for part in (store, prepare, cut):
        folder = options.make if part is store else getattr(options, part.__name__)
        if folder:
            print(json.dumps(part(folder)))
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
