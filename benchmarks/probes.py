"""Measure the readers of Langmuir probes, and what a part of space and time costs in the store.

    .venv/bin/python benchmarks/probes.py [--rounds 7] [--files 60] [--json]

- DEMETER: half-orbits of 2,000 records of 289 bytes from the page cache, read into tables; beside
  it `numpy.fromfile` of the same files and dtype with the seven columns taken out of it, in turns.
- CSES: half-orbits of 700 samples, read into tables; beside it h5py reading the same content into
  arrays, in turns, file by file: datasets, fill values as NaN, units, orbit, and times. What
  laicflow does beyond that is its checks and the table. And h5py reading the datasets alone.
- The store: a month of half-orbits; how many bytes and how much of the time of all of it a box of
  ten degrees takes.

Seconds are those of the processor: nothing waits for a disk here, and what else the machine does
does not count.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow/scripts"))

MB_PER_S, OF_H5PY, OF_DATASETS, OF_STORE = 300.0, 1.3, 2.0, 0.15
RECORDS, SAMPLES = 2000, 700
START = dt.datetime(2005, 1, 1, 0, 0, 0)
HALF_ORBIT_S = 2970
FILL = -9999.0


def seconds(call: Callable[[], object]) -> float:
    """Seconds that the processor works for a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def demeter_files(folder: Path, number: int) -> list[Path]:
    """Half-orbits of survey data."""
    from laicflow.readers.demeter_isl import RECORD

    random = np.random.default_rng(0)
    paths = []
    for at in range(number):
        start = np.datetime64(START + dt.timedelta(seconds=HALF_ORBIT_S * at), "ms")
        times = start + np.arange(RECORDS) * np.timedelta64(1000, "ms")
        days = times.astype("datetime64[D]")
        records = np.zeros(RECORDS, dtype=RECORD)
        since = (days - np.datetime64("1950-01-01")).astype("int64")
        records["ccsds"] = (76 << 24) + since
        records["ms_of_day"] = (times - days).astype("int64")
        parts = [one.item().timetuple()[:6] for one in times]
        records["ut"][:, :6] = parts
        records["orbit"], records["upward"] = 2700 + at // 2, at % 2
        records["station"], records["label"] = b"TOULOUSE", b"ISL SURVEY"
        records["density_unit"], records["temperature_unit"] = b"cm^-3", b"K    "
        records["resolution_s"] = 1.0
        records["latitude"] = np.linspace(-65, 65, RECORDS) * (1 if at % 2 else -1)
        records["longitude"] = (170 - 12.4 * at - 0.006 * np.arange(RECORDS)) % 360
        records["altitude_km"] = 710.0
        records["ne"] = random.lognormal(9, 0.5, RECORDS)
        records["te"] = random.normal(2000, 200, RECORDS)
        path = folder / f"DMT_N1_1144_{2700 + at // 2:05d}{at % 2}_a.DAT"
        path.write_bytes(records.tobytes())
        paths.append(path)
    return paths


def cses_files(folder: Path, number: int) -> list[Path]:
    """Half-orbits of LAP in the container's layout."""
    random = np.random.default_rng(0)
    steps = 3 * np.arange(SAMPLES)
    paths = []
    for at in range(number):
        start = START.replace(year=2019) + dt.timedelta(seconds=HALF_ORBIT_S * at)
        times = [start + dt.timedelta(seconds=int(step)) for step in steps]
        verse = (start - dt.datetime(2009, 1, 1)) // dt.timedelta(milliseconds=1) + steps * 1000
        data = {
            "UTC_TIME": np.array([int(f"{one:%Y%m%d%H%M%S}000") for one in times]),
            "VERSE_TIME": verse.astype("int64"),
            "GEO_LAT": np.linspace(-65, 65, SAMPLES, dtype="float32") * (1 if at % 2 else -1),
            "GEO_LON": np.linspace(10, -5, SAMPLES, dtype="float32"),
            "ALTITUDE": np.full(SAMPLES, 507, dtype="float32"),
            "A311": random.lognormal(24, 0.5, SAMPLES),
            "A321": random.normal(2000, 200, SAMPLES),
        }
        path = folder / f"CSES_01_LAP_1_L02_A3_{at:06d}_a.h5"
        with h5py.File(path, "w") as file:
            file.attrs["ORBITNUM"] = np.bytes_(f"{9000 + at // 2:06d}".encode())
            file.attrs["ORBITTYPE"] = np.bytes_(b"1" if at % 2 else b"0")
            for name, values in data.items():
                dataset = file.create_dataset(name, data=values.reshape(-1, 1))
                dataset.attrs["FillValue"] = np.array([FILL])
                unit = {"A311": b"m^-3", "A321": b"K"}.get(name, b"none")
                dataset.attrs["Units"] = np.bytes_(unit)
        paths.append(path)
    return paths


def with_numpy(path: Path) -> list[np.ndarray]:
    """The columns of a file of DEMETER, as numpy takes them out; nothing is looked at."""
    from laicflow.readers.demeter_isl import RECORD

    records = np.fromfile(path, dtype=RECORD)
    names = ("ccsds", "ms_of_day", "latitude", "longitude", "altitude_km", "ne", "te")
    return [records[name].astype(records[name].dtype.newbyteorder("=")) for name in names]


LAP = ("UTC_TIME", "VERSE_TIME", "GEO_LAT", "GEO_LON", "ALTITUDE", "A311", "A321")


def datasets_alone(path: Path) -> list[np.ndarray]:
    """The datasets of a file of CSES, as h5py reads them: neither times nor fill values."""
    with h5py.File(path, "r") as file:
        return [file[name][()] for name in LAP]


def with_h5py(path: Path) -> tuple[list[np.ndarray], list[object]]:
    """What a file of CSES says, as one would write it with h5py: values, times, units, orbit.

    NaN where the file has its fill value, times as datetime64; nothing is checked, and no table
    made.
    """
    with h5py.File(path, "r") as file:
        columns, said = [], []
        for name in LAP:
            held = file[name]
            values, fill = held[()].reshape(-1), held.attrs["FillValue"][0]
            if values.dtype.kind == "f":
                values[values == values.dtype.type(fill)] = np.nan
            columns.append(values)
            if name in ("A311", "A321"):
                said.append(held.attrs["Units"].decode())
        said += [int(file.attrs[name]) for name in ("ORBITNUM", "ORBITTYPE")]
    digits, parts = columns[0], []
    for length in (3, 2, 2, 2, 2, 2):
        rest = digits // 10**length
        parts.append(digits - rest * 10**length)
        digits = rest
    ms, second, minute, hour, day, month = parts
    months = ((digits - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    ms = ms + 1000 * (second + 60 * (minute + 60 * (hour + 24 * (day - 1))))
    columns[0] = months.astype("datetime64[us]") + (ms * 1000).astype("timedelta64[us]")
    return columns, said


def in_turn(
    paths: list[Path], rounds: int, ours: Callable, peer: Callable
) -> tuple[float, float, float]:
    """Seconds of all files, ours and the peer's, and their ratio: medians of the rounds.

    The two take turns file by file, so that whatever else the machine does falls on both.
    """
    taken = []
    for _ in range(rounds):
        own = other = 0.0
        for path in paths:
            own += seconds(lambda path=path: ours(path))
            other += seconds(lambda path=path: peer(path))
        taken.append((own, other))
    own, other = (statistics.median(column) for column in zip(*taken, strict=True))
    return own, other, statistics.median(a / b for a, b in taken)


def demeter(folder: Path, rounds: int, files: int) -> dict:
    """The row of DEMETER's reader."""
    from laicflow.readers.demeter_isl import read

    paths = demeter_files(folder, files)
    size = sum(path.stat().st_size for path in paths)
    table, peer = read(paths[0]), with_numpy(paths[0])
    assert (table["ne"].to_numpy() == peer[5]).all() and len(table) == RECORDS
    own, other, ratio = in_turn(paths, rounds, read, with_numpy)
    speed = size / own / 1e6
    return {
        "pair": "half-orbits of DEMETER to tables, from the page cache: laicflow / numpy.fromfile",
        "input": f"{files} files of {RECORDS} records, generated; processor time",
        "rounds": rounds,
        "ours": own,
        "peer": other,
        "ratio": f"{speed:.0f} MB/s; {ratio:.1f} of the time of numpy alone",
        "limit": f"at least {MB_PER_S:.0f} MB/s",
        "good": speed >= MB_PER_S,
    }


def cses(folder: Path, rounds: int, files: int) -> dict:
    """The row of CSES's reader."""
    from laicflow.readers.cses_lap import read

    paths = cses_files(folder, files)
    table, (columns, said) = read(paths[0]), with_h5py(paths[0])
    np.testing.assert_allclose(table["ne"], columns[5] / 1e6, rtol=1e-6)
    assert (table["time"].to_numpy() == columns[0]).all() and said == ["m^-3", "K", 9000, 0]
    own, other, ratio = in_turn(paths, rounds, read, with_h5py)
    bare = in_turn(paths, rounds, read, datasets_alone)[2]
    return {
        "pair": "half-orbits of CSES to tables: laicflow / h5py, the same content into arrays",
        "input": f"{files} files of {SAMPLES} samples, generated; processor time",
        "rounds": rounds,
        "ours": own,
        "peer": other,
        "ratio": f"{ratio:.2f} of the time; {bare:.2f} of that of the datasets alone",
        "limit": f"at most {OF_H5PY:g} and {OF_DATASETS:g}",
        "good": ratio <= OF_H5PY and bare <= OF_DATASETS,
    }


class Counting(io.FileIO):
    """A file that counts the bytes read of it."""

    total = 0

    def read(self, size: int = -1) -> bytes:
        """As of any file."""
        found = super().read(size)
        Counting.total += len(found)
        return found


def store(folder: Path, rounds: int, files: int) -> dict:
    """The row of a box out of the store."""
    from laicflow.clean.probes import month_of_probes, write
    from laicflow.tensors.passes import read

    receipt = {
        "source": "demeter_isl",
        "partition": "2005-01",
        "files": [{"path": path.name} for path in demeter_files(folder, files)],
        "missing": [],
        "licence": "simulated",
        "citation": "",
    }
    path = folder / "2005-01.parquet"
    table, facts = month_of_probes(receipt, folder, "demeter_isl")
    write(table, path, facts)
    columns = ["time", "latitude", "longitude", "ne", "te"]

    def part() -> int:
        box = (30.0, 40.0, 20.0, 30.0)
        return len(read([path], columns, box=box, opener=lambda path: Counting(path)))

    rows = part()
    share = Counting.total / path.stat().st_size
    assert 0 < rows < len(table)
    whole = statistics.median(seconds(lambda: read([path], columns)) for _ in range(rounds))
    own = statistics.median(seconds(part) for _ in range(rounds))
    return {
        "pair": "samples over a box of 10 degrees out of the store: a box / the whole month",
        "input": f"{len(table)} samples in {files} half-orbits, generated; processor time",
        "rounds": rounds,
        "ours": own,
        "peer": whole,
        "ratio": f"{100 * share:.1f} % of the file's bytes",
        "limit": f"at most {100 * OF_STORE:.0f} %",
        "good": share <= OF_STORE,
    }


def measure(rounds: int, files: int) -> list[dict]:
    """Rows for the table of results."""
    with tempfile.TemporaryDirectory() as name:
        return [make(Path(name), rounds, files) for make in (demeter, cses, store)]


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--files", type=int, default=60, help="half-orbits of each mission")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.rounds, options.files)
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(
            f"{row['pair']}: {row['ours']:.3f} s and {row['peer']:.3f} s, {row['ratio']} "
            f"({row['limit']})"
        )
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
