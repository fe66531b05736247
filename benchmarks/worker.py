"""One side of a benchmark, in a process of its own environment.

Reads requests from standard input, one JSON object a line: `{"do": <function>, ...arguments}`.
Answers each with one line of JSON. Times are taken in here, around the call that is measured
alone: start-up, imports and the making of the input do not count.
"""

from __future__ import annotations

import gc
import importlib.metadata
import json
import os
import platform
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SHARES = (0.25, 0.5, 0.75)
DAYS = 15


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it gave."""
    gc.collect()
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def about(packages: list[str]) -> dict:
    """Versions in this environment."""
    return {
        "Python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
    }


def peak() -> int:
    """The most memory that this process has held so far, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def simulated_day(folder: str) -> str:
    """Write a day of 25 maps with TEC and RMS in CODE's layout, give its path."""
    import datetime as dt

    from laicflow.simulate.ionosphere import DayMaps
    from laicflow.simulate.write_ionex import write_ionex

    hours = np.arange(25)
    latitude, longitude = np.arange(87.5, -87.6, -2.5), np.arange(-180.0, 180.1, 5.0)
    grid = np.meshgrid(hours, latitude, longitude, indexing="ij")
    local = np.deg2rad(grid[2] + 15 * grid[0] - 210)
    tec = 4 + 40 * np.cos(np.deg2rad(grid[1])) * (1 + np.cos(local))
    tec += np.random.default_rng(0).normal(0, 0.5, tec.shape)
    maps = DayMaps(dt.date(2016, 1, 1), hours, np.maximum(tec, 0), 1 + tec / 20)
    return str(write_ionex(maps, latitude, longitude, Path(folder), seed=0))


def decompressed(path: str, into: str) -> None:
    """Undo Unix compress or gzip."""
    from laicflow.readers.raw import read_bytes

    Path(into).write_bytes(read_bytes(path))


def ionex_laicflow(path: str, save: str = "") -> dict:
    """Read an IONEX file with laicflow."""
    from laicflow.readers.ionex import read

    seconds, maps = timed(lambda: read(path))
    if save:
        epoch = maps["time"].values.astype("datetime64[s]").astype(np.int64)
        np.savez(save, epoch=epoch, tec=maps["tec"].values, rms=maps["rms"].values)
    return {"seconds": seconds}


def ionex_gnssanalysis(path: str, save: str = "") -> dict:
    """Read an IONEX file with gnssanalysis: one table of both kinds of maps."""
    from gnssanalysis.gn_io.ionex import read_ionex

    seconds, table = timed(lambda: read_ionex(path))
    if save:
        kinds = table.index.get_level_values("Type")
        rows = table.index.get_level_values("Lat").nunique()
        epoch = table.index.get_level_values("DateTime")[kinds == "TEC"].to_numpy()[::rows]
        # Its times are seconds since 2000-01-01 12:00.
        epoch = epoch.astype(np.int64) + 946728000
        missing = round(9999 * 10.0 ** table.attrs["EXPONENT"], 6)
        values = table.where(table.round(6) != missing).to_numpy()
        shape = (len(epoch), rows, -1)
        tec, rms = (values[kinds == kind].reshape(shape) for kind in ("TEC", "RMS"))
        np.savez(save, epoch=epoch, tec=tec, rms=rms)
    return {"seconds": seconds}


def one_hour(path: str, hour: int, missing: float) -> np.ndarray:
    """The maps of one hour of all days, (day, point), with a share of the values missing."""
    values = np.load(path, mmap_mode="r")[:, hour].reshape(-1, 71 * 73).copy()
    values[np.random.default_rng(hour).random(values.shape) < missing] = np.nan
    return values


def reference_laicflow(
    path: str, hour: int, missing: float = 0.0, least: int = DAYS, save: str = ""
) -> dict:
    """Quartiles of the 15 days before, by laicflow."""
    from laicflow.tensors.reference import running_quartiles

    values = one_hour(path, hour, missing)
    seconds, quartiles = timed(lambda: running_quartiles(values, DAYS, least=least))
    np.save(save, np.stack(quartiles))
    return {"seconds": seconds}


def reference_pandas(
    path: str, hour: int, missing: float = 0.0, least: int = DAYS, save: str = ""
) -> dict:
    """Quartiles of the 15 days before, by pandas; its shift by a day does not count."""
    import pandas as pd

    frame = pd.DataFrame(one_hour(path, hour, missing)).shift(1)
    rolling = frame.rolling(DAYS, min_periods=least)
    seconds, quartiles = timed(lambda: [rolling.quantile(share) for share in SHARES])
    np.save(save, np.stack(quartiles))
    return {"seconds": seconds}


def reference_whole_year(path: str) -> dict:
    """Quartiles of every hour of the year in one call of laicflow, and the memory for it."""
    from laicflow.tensors.reference import running_quartiles

    values = np.load(path)
    seconds, quartiles = timed(lambda: running_quartiles(values, DAYS))
    return {"seconds": seconds, "peak_bytes": peak(), "size": [q.size for q in quartiles]}


def vtec_laicflow(
    observations: list[str], orbits: list[str], biases: list[str], bias: str | float
) -> dict:
    """15-min VTEC of a station from its files, by laicflow; `bias` is the receiver's or a way."""
    from laicflow.gnss.vtec import vtec

    begin = processor()
    seconds, made = timed(lambda: vtec(observations, orbits, biases, receiver_bias=bias))
    return {
        "seconds": seconds,
        "processor": processor() - begin,
        "peak_bytes": peak(),
        "receiver": made.attrs["receiver_bias_ns"],
        "vtec": by_time(made["time"].values, made["vtec"].values),
    }


def vtec_gnss_tec(observations: str, orbits: str, biases: str, bias: str) -> dict:
    """VTEC of all slants by gnss_tec, and its means by 15 min, which do not count."""
    import gnss_tec

    config = gnss_tec.TECConfig(
        constellations="G", ipp_height=450, min_elevation=20, rx_bias=bias,
        retain_intermediate="elevation",
    )  # fmt: skip
    seconds, table = timed(
        lambda: gnss_tec.calc_tec_from_rinex(observations, orbits, biases, config).collect()
    )
    stamp = table["time"].dt.epoch("s").to_numpy()
    slot = np.floor(stamp / 900 + 0.5).astype(np.int64)
    value = table["vtec"].to_numpy()
    weight = np.sin(np.radians(table["elevation"].to_numpy().astype(float))) ** 2
    weight = np.where(np.isfinite(value), weight, 0.0)
    first = slot.min()
    with np.errstate(invalid="ignore"):
        mean = np.bincount(slot - first, weight * np.nan_to_num(value)) / np.bincount(
            slot - first, weight
        )
    times = (np.arange(mean.size) + first) * 900
    return {"seconds": seconds, "vtec": by_time(times.astype("datetime64[s]"), mean)}


def processor() -> float:
    """Seconds of a processor that this process and its ended children have had."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def by_time(times: np.ndarray, values: np.ndarray) -> dict[str, float]:
    """Values that are known by their time."""
    names = np.datetime_as_string(times, "s")
    return {n: float(v) for n, v in zip(names, values, strict=True) if np.isfinite(v)}


def read_georinex(path: str) -> dict:
    """Read the GPS of a RINEX file with georinex."""
    import georinex

    begin = processor()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        georinex.load(path, use="G")
    return {"processor": processor() - begin}


def main() -> None:
    """Answer requests until there is no further one."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        result = globals()[request.pop("do")](**request)
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()
