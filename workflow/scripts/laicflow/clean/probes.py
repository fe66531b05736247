"""Files of Langmuir probes made one month of the store."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow import half_orbit
from laicflow.progress import track
from laicflow.readers.probe_table import BURST
from laicflow.schema import conform, empty
from laicflow.sources.request import bounds
from laicflow.store import write_parquet

# A survey sample gives way to a burst sample that is not further from it than this: the two have
# the same instants only up to their rounding.
ONE_INSTANT = np.timedelta64(500, "ms")
# A satellite crosses its half of the globe in 46 to 50 minutes: behind a longer gap than this
# another half-orbit may have begun, although the direction is the same.
BREAK = np.timedelta64(20, "m")

# How the columns are written: repeated values as a dictionary, times by their differences, reals
# byte by byte, which takes two thirds of the bytes; what a reader may skip by has statistics.
_REALS = ("latitude", "longitude", "altitude_km", "local_time", "ne", "te")
ENCODING = {
    "use_dictionary": ["satellite", "orbit", "direction", "night", "quality", "work_mode"],
    "column_encoding": {"time": "DELTA_BINARY_PACKED"} | dict.fromkeys(_REALS, "BYTE_STREAM_SPLIT"),
    "write_statistics": ["time", "latitude", "longitude"],
}


def month_of_probes(receipt: dict, raw: Path, reader: str) -> tuple[pd.DataFrame, dict]:
    """The samples of a partition, each once, half-orbit by half-orbit in the order of time.

    - Each file is read with `laicflow.readers.<reader>`. One that the reader refuses (truncated, of
      another payload or mission, in a wrong unit) or whose times run backwards is left out, and
      said with its reason.
    - Of two files of one half-orbit (satellite, orbit, direction, work mode) the one of more
      samples stays; of as many, the first by name (`half_orbit.shorter`).
    - Of one satellite's samples of the same time and work mode the first stays, and a survey
      sample gives way to a burst sample within `ONE_INSTANT` of it.
    - Samples of other months, and those with neither density nor temperature, are left out, and
      counted.

    Parameters
    ----------
    receipt : what the fetching of the partition left
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`

    Returns
    -------
    Table of `schema.PROBES`. Half-orbits follow each other by their first samples; with one
    satellite the table is in the order of time. And what is known of it: source, partition,
    mission, satellites, files (read and kept), left_out (a list of {file, why}), counts (dict:
    samples, outside, repeated, burst_instead, without_values, and the sums of the readers' counts
    over the files that were kept), software (files by version), citation, licence.
    """
    name = f"{receipt['source']} {receipt['partition']}"
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    parts: dict[str, pd.DataFrame] = {}
    left_out: list[dict] = []
    for file in track(receipt["files"], f"reading {name}"):
        path = file["path"]
        one, why = half_orbit.usable(Path(raw) / path, read)
        if one is None:
            left_out.append({"file": path, "why": why})
        else:
            parts[path] = one
    for path, why in half_orbit.shorter(parts).items():
        left_out.append({"file": path, "why": why})
        del parts[path]
    facts = _facts(receipt, parts, left_out)
    first, last = (np.datetime64(day, "us") for day in bounds(receipt["partition"]))
    table, counts = _joined(parts, first, last + np.timedelta64(1, "D"))
    facts["counts"] = counts | facts["counts"]
    return table, facts


def write(
    table: pd.DataFrame, path: str | Path, facts: dict, *, attributes: dict[str, str] | None = None
) -> None:
    """Write a month of the store: Parquet, a row group a half-orbit, `facts` in its attributes.

    Parameters
    ----------
    table : as `month_of_probes` gives it
    attributes : further attributes, such as `store.provenance`
    """
    kept = {
        key: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for key, value in facts.items()
    }
    lengths = np.diff([*half_orbits(table), len(table)]).tolist()
    write_parquet(
        conform(table, "probes"),
        path,
        attributes=kept | (attributes or {}),
        row_groups=lengths,
        **ENCODING,
    )


def half_orbits(table: pd.DataFrame) -> np.ndarray:
    """The first row of each half-orbit of a table whose half-orbits stand together."""
    if table.empty:
        return np.zeros(0, dtype="int64")
    changes = np.zeros(len(table), dtype=bool)
    changes[0] = True
    codes = pd.factorize(table["satellite"])[0]
    for values in (codes, table["orbit"].to_numpy(), table["direction"].to_numpy()):
        changes[1:] |= np.diff(values) != 0
    changes[1:] |= np.abs(np.diff(table["time"].to_numpy())) > BREAK
    return np.flatnonzero(changes)


def _facts(receipt: dict, parts: dict[str, pd.DataFrame], left_out: list[dict]) -> dict:
    """What is known of a month beside its samples."""
    every = [one.attrs for one in parts.values()]
    sums: dict[str, int] = {}
    for attributes in every:
        for key, number in attributes["counts"].items():
            sums[f"read_{key}"] = sums.get(f"read_{key}", 0) + int(number)
    versions = pd.Series([a.get("software", a.get("baseline", "")) for a in every], dtype="str")
    return {
        "source": receipt["source"],
        "partition": receipt["partition"],
        "mission": ", ".join(sorted({a["mission"] for a in every})),
        "satellites": sorted({a["satellite"] for a in every}),
        "files": {"read": len(receipt["files"]), "kept": len(parts)},
        "left_out": sorted(left_out, key=lambda entry: entry["file"]),
        "software": {k: int(n) for k, n in versions.value_counts().sort_index().items()},
        "counts": sums,
        "citation": receipt["citation"],
        "licence": receipt["licence"],
    }


def _joined(
    parts: dict[str, pd.DataFrame], first: np.datetime64, end: np.datetime64
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The samples of the month in their order, and how many were left out for what."""
    counts = dict.fromkeys(("samples", "outside", "repeated", "burst_instead", "without_values"), 0)
    tables = []
    for path in sorted(parts):
        one = parts.pop(path)
        one.attrs = {}
        times = one["time"].to_numpy()
        inside = (times >= first) & (times < end)
        valued = np.isfinite(one["ne"].to_numpy()) | np.isfinite(one["te"].to_numpy())
        counts["outside"] += int(np.count_nonzero(~inside))
        counts["without_values"] += int(np.count_nonzero(inside & ~valued))
        keep = inside & valued
        if keep.any():
            tables.append(one if keep.all() else one[keep])
    if not tables:
        return empty("probes"), counts
    every = pd.concat(tables, ignore_index=True)
    tables.clear()
    made = [_of_satellite(part, counts) for _, part in every.groupby("satellite", sort=True)]
    table = made[0] if len(made) == 1 else _in_turn(pd.concat(made, ignore_index=True))
    counts["samples"] = len(table)
    return table.reset_index(drop=True), counts


def _of_satellite(part: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    """The samples of one satellite in the order of time, each once."""
    # A stable sort: of the same time and mode the file that comes first by name stays.
    part = part.iloc[np.argsort(part["time"].to_numpy(), kind="stable")]
    twice = part.duplicated(["time", "work_mode"]).to_numpy()
    counts["repeated"] += int(np.count_nonzero(twice))
    part = part[~twice] if twice.any() else part
    is_burst = part["work_mode"].to_numpy() == BURST
    if is_burst.any() and not is_burst.all():
        times = part["time"].to_numpy()
        hidden = ~is_burst & _near(times, times[is_burst])
        counts["burst_instead"] += int(np.count_nonzero(hidden))
        part = part[~hidden]
    return part


def _near(times: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which times are within `ONE_INSTANT` of another one; both in order."""
    after = np.searchsorted(others, times)
    near = np.zeros(times.size, dtype=bool)
    for at in (after - 1, after):
        held = np.clip(at, 0, others.size - 1)
        near |= np.abs(times - others[held]) <= ONE_INSTANT
    return near


def _in_turn(table: pd.DataFrame) -> pd.DataFrame:
    """Half-orbits of several satellites by their first samples."""
    starts = half_orbits(table)
    begins = table["time"].to_numpy()[starts]
    number = np.repeat(np.arange(starts.size), np.diff([*starts, len(table)]))
    place = np.empty(starts.size, dtype="int64")
    place[np.argsort(begins, kind="stable")] = np.arange(starts.size)
    return table.iloc[np.argsort(place[number], kind="stable")]
