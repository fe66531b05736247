"""Measure declustering: laicflow against bruces on a real catalog, and on 100,000 events alone.

    benchmarks/.venv/bin/python benchmarks/decluster.py [--rounds 3] [--json]

Each call runs in a fresh process of its side's environment, on one core, after a call on a few
events (imports, compilation); the sides take turns and the median of the rounds' ratios counts.
bruces knows no globe: it is given degrees times 111 km as its plane, which is right for the
work that it has and wrong for its answers. So the sides' numbers are compared where a plane
will do, in a patch at the equator, and only for what both define alike: the nearest neighbours.
Its windows let removed events remove others and know no foreshocks; its links differ from
Reasenberg's program; its `decluster` hands d and w to the nearest neighbours the wrong way round.
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

ROOT = Path(__file__).resolve().parent.parent
# Below the folder of real data.
REAL = "catalogs/global_M4.8_2004-2010_DEMETER/eq_m4.8above_depth40kmbelow_200407-201012.csv"
REAL_SIZE = 15_192
MANY = 100_000
COMMON = ("gardner-knopoff", "reasenberg", "nearest-neighbor")
SECONDS = {"box": 5.0, "gardner-knopoff": 5.0, "nearest-neighbor": 60.0}
MEMORY = 4e9  # bytes
ARRAYS = ("time", "latitude", "longitude", "depth_km", "magnitude")


def uniform(count: int, years: float = 20.0, seed: int = 0) -> dict[str, np.ndarray]:
    """Events without any clusters: anywhere, at any time, from magnitude 4.5 on."""
    random = np.random.default_rng(seed)
    return {
        "time": np.sort(random.integers(0, round(years * 365.25 * 86400e6), count)),
        "latitude": np.degrees(np.arcsin(random.uniform(-1, 1, count))),
        "longitude": random.uniform(-180, 180, count),
        "depth_km": random.uniform(0, 60, count),
        "magnitude": 4.5 + random.exponential(1 / np.log(10), count),
    }


def clustered(count: int, years: float = 20.0, seed: int = 0) -> dict[str, np.ndarray]:
    """Events along 60 arcs, each of which sets off others, which set off others (as in ETAS).

    Their number grows by 10^(0.9 (M - 4.5)), their rate falls as 1 / t^1.1, and they lie within a
    rupture's length or so: after an event of 9 thousands come within days.
    """
    random = np.random.default_rng(seed)
    span, arcs, lone = years * 365.25, 60, count // 3
    home = random.integers(0, arcs, lone)
    middle, angle = random.uniform((-55, -180), (55, 180), (arcs, 2)), random.uniform(0, 7, arcs)
    along = random.uniform(-8, 8, lone)
    north = middle[home, 0] + along * np.cos(angle[home]) + random.normal(0, 0.3, lone)
    east = middle[home, 1] + along * np.sin(angle[home]) + random.normal(0, 0.3, lone)
    day = random.uniform(0, span, lone)
    generations, total = [], 0
    while len(day) and total < count:
        size = np.minimum(4.5 + random.exponential(1 / np.log(10), len(day)), 9.1)
        generations.append(np.column_stack([day, north, east, size]))
        total += len(day)
        children = random.poisson(0.14 * 10 ** (0.9 * (size - 4.5)))
        parent = np.repeat(np.arange(len(day)), children)
        away = 0.3 * 10 ** (0.5 * (size[parent] - 4.5)) / random.uniform(0.02, 1, len(parent))
        turn = random.uniform(0, 2 * np.pi, len(parent))
        later = day[parent] + 0.01 * (random.uniform(size=len(parent)) ** -10 - 1)
        up = north[parent] + away * np.cos(turn) / 111
        aside = east[parent] + away * np.sin(turn) / 111
        inside = (later < span) & (np.abs(up) < 85)
        day, north, east = later[inside], up[inside], aside[inside]
    rows = np.concatenate(generations)[:count]
    if len(rows) < count:
        return clustered(count, years, seed + 1)
    day, north, east, size = rows[np.argsort(rows[:, 0])].T
    return {
        "time": np.floor(day * 86400e6).astype(np.int64),
        "latitude": north,
        "longitude": (east + 180) % 360 - 180,
        "depth_km": random.uniform(0, 60, count),
        "magnitude": size,
    }


def table(arrays: dict[str, np.ndarray]) -> object:
    """A catalog for laicflow."""
    import pandas as pd

    columns = {name: arrays[name] for name in ARRAYS if name != "time"}
    names = [f"e{place:06d}" for place in range(len(arrays["time"]))]
    times = arrays["time"].astype("datetime64[us]")
    return pd.DataFrame({"event_id": names, "time": times, **columns})


def plane(arrays: dict[str, np.ndarray]) -> object:
    """A catalog for bruces."""
    import bruces

    return bruces.Catalog(
        origin_times=arrays["time"].astype("datetime64[us]").tolist(),
        eastings=arrays["longitude"] * np.pi / 180 * 6371.0088,
        northings=arrays["latitude"] * np.pi / 180 * 6371.0088,
        depths=arrays["depth_km"],
        magnitudes=arrays["magnitude"],
    )


def run_laicflow(arrays: dict[str, np.ndarray], method: str) -> tuple[float, int]:
    """Seconds of a declustering by laicflow, and how many clusters it leaves."""
    from laicflow.catalogs.decluster import decluster

    options = {"reasenberg": {"xmeff": 4.8}}.get(method, {})
    catalog = table(arrays)
    start = time.perf_counter()
    found = decluster(catalog, method, **options)
    return time.perf_counter() - start, int(found["cluster_id"].nunique())


def run_bruces(arrays: dict[str, np.ndarray], method: str) -> tuple[float, int]:
    """Seconds of a declustering by bruces, and how many events it leaves."""
    options = {"reasenberg": {"xmeff": 4.8}, "nearest-neighbor": {"seed": 0}}.get(method, {})
    catalog = plane(arrays)
    start = time.perf_counter()
    kept = catalog.decluster(algorithm=method, return_indices=True, **options)
    return time.perf_counter() - start, len(kept)


def eta(side: str, arrays: dict[str, np.ndarray]) -> list[float]:
    """log10 eta of every event but the first."""
    if side == "bruces":
        rescaled = plane(arrays).time_space_distances(d=1.6, w=1.0)
        return (rescaled[0] + rescaled[1])[1:].tolist()
    from laicflow.catalogs.declustering.nearest_neighbor import table as neighbors

    # bruces has no least distance.
    found = neighbors(table(arrays), least_distance_km=1e-6)
    return np.log10(found["eta"].to_numpy()[1:]).tolist()


def exported(path: str) -> None:
    """Write the real catalog's arrays."""
    from laicflow.readers import usgs_csv

    events = usgs_csv.read(Path(os.environ["LAICFLOW_REAL_DATA"]) / REAL)
    events = events.sort_values("time")
    arrays = {name: events[name].to_numpy() for name in ARRAYS}
    np.savez(path, **arrays | {"time": arrays["time"].astype("datetime64[us]").astype(np.int64)})


def side(options: argparse.Namespace) -> None:
    """Do one thing in this process and print what came out as a line of JSON."""
    if options.method == "export":
        exported(options.file)
        print("{}")
        return
    with np.load(options.file) as file:
        arrays = dict(file)
    if options.method == "eta":
        print(json.dumps(eta(options.side, arrays)))
        return
    run = run_bruces if options.side == "bruces" else run_laicflow
    run(clustered(300), options.method)
    seconds, kept = run(arrays, options.method)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
    print(json.dumps({"seconds": seconds, "kept": kept, "peak_bytes": peak}))


def ask(python: Path, name: str, method: str, file: Path) -> object:
    """What a process of a side's environment answers."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "workflow/scripts"),
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
    }
    command = [python, __file__, "--side", name, "--method", method, "--file", file]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name}, {method}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compared(ours: Path, peer: Path, folder: Path) -> None:
    """Check that both sides have the same nearest neighbours in a patch at the equator."""
    patch = clustered(2000)
    patch["latitude"] = patch["latitude"] / 85
    patch["longitude"] = patch["longitude"] / 180
    file = folder / "patch.npz"
    np.savez(file, **patch)
    one, two = ask(ours, "laicflow", "eta", file), ask(peer, "bruces", "eta", file)
    np.testing.assert_allclose(one, two, atol=0.01)


def against_bruces(ours: Path, peer: Path, folder: Path, rounds: int) -> list[dict]:
    """A row for each method that bruces has."""
    file, given = folder / "real.npz", bool(os.environ.get("LAICFLOW_REAL_DATA"))
    if given:
        ask(ours, "laicflow", "export", file)
    else:
        np.savez(file, **clustered(REAL_SIZE))
    rows = []
    for method in COMMON:
        turns = [
            (ask(ours, "laicflow", method, file), ask(peer, "bruces", method, file))
            for _ in range(rounds)
        ]
        a, b = ([turn[place]["seconds"] for turn in turns] for place in (0, 1))
        ratio = statistics.median(x / y for x, y in zip(a, b, strict=True))
        kept = "{} and {} events left".format(*(one["kept"] for one in turns[0]))
        rows.append(
            {
                "pair": f"declustering, {method}: laicflow / bruces ({kept})",
                "input": f"{REAL_SIZE:,} events, "
                + ("M 4.8 and more of 2004 to 2010" if given else "simulated"),
                "rounds": rounds,
                "ours": statistics.median(a),
                "peer": statistics.median(b),
                "ratio": f"{ratio:.2f} of the time",
                "limit": "none",
                "good": True,
            }
        )
    return rows


def alone(ours: Path, folder: Path, rounds: int) -> list[dict]:
    """Rows of laicflow on many events, with and without clusters: the slower one counts."""
    rows, most = [], 0
    made = {"clustered": clustered, "uniform": uniform}
    for name, make in made.items():
        np.savez(folder / f"{name}.npz", **make(MANY))
    for method, limit in SECONDS.items():
        for name in made:
            turns = [ask(ours, "laicflow", method, folder / f"{name}.npz") for _ in range(rounds)]
            seconds = statistics.median(turn["seconds"] for turn in turns)
            most = max(most, *(turn["peak_bytes"] for turn in turns))
            rows.append(
                {
                    "pair": f"declustering, {method}: laicflow alone",
                    "input": f"{MANY:,} events, {name}",
                    "rounds": rounds,
                    "ours": seconds,
                    "ratio": f"{seconds:.1f} s",
                    "limit": f"at most {limit:.0f} s",
                    "good": seconds <= limit,
                }
            )
    memory = {
        "pair": "the most memory of these, input and interpreter included",
        "input": f"{MANY:,} events",
        "rounds": rounds,
        "ratio": f"{most / 1e9:.2f} GB",
        "limit": f"at most {MEMORY / 1e9:.0f} GB",
        "good": most <= MEMORY,
    }
    return [*rows, memory]


def measure(ours: Path, peer: Path, rounds: int = 3) -> list[dict]:
    """Rows for the table of results.

    Parameters
    ----------
    ours, peer : the interpreters of the project's environment and of one that holds bruces
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compared(ours, peer, folder)
        return against_bruces(ours, peer, folder, rounds) + alone(ours, folder, rounds)


def main() -> int:
    """Measure and say what came out; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print the rows as one line of JSON")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--method", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        side(options)
        return 0
    rows = measure(ROOT / ".venv/bin/python", Path(sys.executable), options.rounds)
    if options.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            times = [f"{row[key]:.2f} s" for key in ("ours", "peer") if key in row]
            said = " / ".join(times)
            print(f"{row['pair']}, {row['input']}: {said} {row['ratio']} (limit: {row['limit']})")
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
