"""Files of minutes of observatories made one month of the store."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.clean import baselines
from laicflow.errors import FormatError
from laicflow.progress import track
from laicflow.readers import geomagnetic
from laicflow.sources.request import bounds

COMPONENTS = ("X", "Y", "Z")
# By how much (nT) files of one state may differ at a minute and still agree: the formats round to
# 0.1 nT or to 0.01.
TOLERANCE_NT = 0.11
MINUTE = np.timedelta64(1, "m")
# What is said of each observatory, beside its code, and where it is not known.
FACTS = {
    "latitude": np.nan,
    "longitude": np.nan,
    "elevation_m": np.nan,
    "absolute": 0,
    "publication_state": "",
    "reported": "",
    "flags": "",
}
OVERLAPS = ("overlap_equal", "overlap_filled", "overlap_replaced", "overlap_blanked")

# Gives nT to be added to X, Y, Z (3 x time) of a file, from its attributes and its times.
Plant = Callable[[dict, np.ndarray], np.ndarray]


def month_of_minutes(
    receipt: dict, raw: Path, reader: str, plant: Plant | None = None
) -> xr.Dataset:
    """The minutes of all observatories of a partition, every minute of the month once.

    - Each file is read with `laicflow.readers.<reader>`; its header must name the observatory that
      it was asked for, its values must be minutes. Minutes of other months are left out, and
      counted.
    - Files of one observatory are put together by `geomagnetic.combine`: of several states the
      best wins minute by minute, files of the same state must agree.
    - Baseline jumps are looked for by the scalar F (`baselines.jumps`) and listed; their minutes
      stay. Where that cannot be done, `flags` says so.

    Parameters
    ----------
    receipt : what the fetching of the partition left
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`
    plant : what is added to each file before they are put together; F changes by its part along
        the field

    Returns
    -------
    Dataset of X, Y, Z, F (observatory, time; nT, NaN where missing) and `state` (int8, index into
    `attrs["states"]`, -1 at minutes without any value) with every minute of the month in `time`.
    Coordinates by observatory: those of `FACTS`. Only observatories with a value are there, in the
    order of their codes. Attributes: source, partition, citation, licence, and as JSON: states,
    observatories_missing, jumps ({code: [{time, size_nt}]}), delta_f ({code: [medians of the first
    and of the last hours, nT or null]}, `baselines.ends`), counts ({code: {files, minutes,
    missing, gaps, longest_gap, outside, by_state, overlap_..., jumps}}; minutes, missing and gaps
    are of the whole vector, missing ones those of the days from `start` to `end` of the receipt).

    Raises
    ------
    FormatError : a file is of another observatory or interval, or as the reader and `combine` say
    """
    times = _minutes(receipt["partition"])
    parts, outside = _read(receipt, Path(raw), reader, times, plant)
    asked = {entry.get("observatory") for entry in (*receipt["files"], *receipt["missing"])}
    asked = sorted(code for code in asked | set(outside) if code)
    wanted = _asked(receipt, times)
    made, counts, found, ends = {}, {}, {}, {}
    for code in asked:
        one = _combined(parts.get(code, []), times, code)
        counts[code] = {"files": len(parts.get(code, [])), "outside": outside.get(code, 0)}
        counts[code] |= _counts(one, wanted) | {"jumps": 0}
        if one is None:
            continue
        made[code] = one
        found[code], ends[code] = _with_jumps(one, times)
        counts[code]["jumps"] = len(found[code])
    dataset = _dataset(made, times)
    dataset.attrs = {
        "source": receipt["source"],
        "partition": receipt["partition"],
        "states": json.dumps(geomagnetic.STATES),
        "observatories_missing": json.dumps([code for code in asked if code not in made]),
        "jumps": json.dumps(found, sort_keys=True),
        "delta_f": json.dumps(ends, sort_keys=True),
        "counts": json.dumps(counts, sort_keys=True),
        "citation": receipt["citation"],
        "licence": receipt["licence"],
    }
    return dataset


def _minutes(partition: str) -> np.ndarray:
    """Every minute of a month."""
    first, last = (np.datetime64(day, "m") for day in bounds(partition))
    return np.arange(first, last + np.timedelta64(1, "D"), MINUTE).astype("datetime64[us]")


def _asked(receipt: dict, times: np.ndarray) -> np.ndarray:
    """Which minutes of the month were asked for."""
    first, last = (np.datetime64(receipt[key], "D") for key in ("start", "end"))
    days = times.astype("datetime64[D]")
    return (days >= first) & (days <= last)


def _read(
    receipt: dict, raw: Path, reader: str, times: np.ndarray, plant: Plant | None
) -> tuple[dict[str, list[xr.Dataset]], dict[str, int]]:
    """The files by observatory, cut to the month, and how many minutes that left out."""
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    parts: dict[str, list[xr.Dataset]] = {}
    outside: dict[str, int] = {}
    for file in track(receipt["files"], f"reading {receipt['source']} {receipt['partition']}"):
        path = raw / file["path"]
        one = read(path)
        code = one.attrs["observatory"]
        wanted = file.get("observatory", code)
        if code != wanted:
            raise FormatError(path, None, f"observatory {wanted}, as asked", code)
        if one.attrs["interval_s"] != 60:
            raise FormatError(path, None, "1-minute data", f"{one.attrs['interval_s']} s")
        own = one["time"].values
        begin, end = np.searchsorted(own, [times[0], times[-1] + MINUTE])
        outside[code] = outside.get(code, 0) + own.size - int(end - begin)
        if end > begin:
            cut = one if end - begin == own.size else one.isel(time=slice(begin, end))
            parts.setdefault(code, []).append(_planted(cut, plant) if plant else cut)
    return parts, outside


def _planted(one: xr.Dataset, plant: Plant) -> xr.Dataset:
    """A file with what is planted in it; F follows by the part along the vector.

    A vector without its level does not point along the field: F then stays.
    """
    vector = np.stack([one[name].values for name in COMPONENTS])
    added = plant(dict(one.attrs), one["time"].values)
    made = {
        name: one[name].copy(data=vector[row] + added[row]) for row, name in enumerate(COMPONENTS)
    }
    if one.attrs["absolute"]:
        along = (vector * added).sum(axis=0) / np.sqrt((vector**2).sum(axis=0))
        # Beside a vector that is missing F stays as it is.
        made["F"] = one["F"].copy(data=one["F"].values + np.nan_to_num(along))
    return one.assign(made)


def _combined(files: list[xr.Dataset], times: np.ndarray, code: str) -> xr.Dataset | None:
    """One Dataset of an observatory over the whole month, None where no file has a value.

    `rank` (time) is the state of each minute as an index into `geomagnetic.STATES`.
    """
    used = [
        one
        for one in files
        if any(np.isfinite(one[name].values).any() for name in geomagnetic.VARIABLES)
    ]
    if not used:
        return None
    whole = geomagnetic.combine(files, tolerance=TOLERANCE_NT)
    at = int((whole["time"].values[0] - times[0]) // MINUTE)
    part = slice(at, at + whole.sizes["time"])
    variables = {}
    for name in geomagnetic.VARIABLES:
        values = np.full(times.size, np.nan)
        values[part] = whole[name].values
        variables[name] = ("time", values)
    # The better states last, as they are put together.
    rank = np.full(times.size, -1, dtype="int8")
    for one in sorted(used, key=lambda one: -_rank(one)):
        begin = int((one["time"].values[0] - times[0]) // MINUTE)
        rank[begin : begin + one.sizes["time"]] = _rank(one)
    nothing = ~np.isfinite(np.stack([values for _, values in variables.values()])).any(axis=0)
    rank[nothing] = -1
    return xr.Dataset(variables | {"rank": ("time", rank)}, attrs=whole.attrs)


def _rank(one: xr.Dataset) -> int:
    return geomagnetic.STATES.index(one.attrs["publication_state"])


def _counts(one: xr.Dataset | None, wanted: np.ndarray) -> dict:
    """Minutes, missing ones, states and overlaps of an observatory."""
    if one is None:
        there = np.zeros(wanted.size, dtype=bool)
        by_state, overlaps = {}, dict.fromkeys(OVERLAPS, 0)
    else:
        there = np.isfinite(np.stack([one[name].values for name in COMPONENTS])).all(axis=0)
        ranks, minutes = np.unique(one["rank"].values, return_counts=True)
        by_state = {
            geomagnetic.STATES[rank]: int(count)
            for rank, count in zip(ranks, minutes, strict=True)
            if rank >= 0
        }
        overlaps = {name: int(one.attrs[name]) for name in OVERLAPS}
    gaps = _lengths(wanted & ~there)
    return {
        "minutes": int(there.sum()),
        "missing": int((wanted & ~there).sum()),
        "gaps": len(gaps),
        "longest_gap": int(max(gaps, default=0)),
        "by_state": by_state,
        **overlaps,
    }


def _lengths(missing: np.ndarray) -> np.ndarray:
    """Lengths of the runs of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype("int8")))
    return edges[1::2] - edges[::2]


def _with_jumps(one: xr.Dataset, times: np.ndarray) -> tuple[list[dict], list[float | None]]:
    """The baseline jumps of an observatory, and delta F at the ends of the month.

    In place, its flags say where none can be seen.
    """
    values = [one[name].values for name in geomagnetic.VARIABLES]
    delta = baselines.delta_f(*values)
    if why := baselines.unseen(delta, values[3]):
        said = f"baseline jumps not checkable: {why}"
        one.attrs["flags"] = "; ".join(filter(None, [one.attrs["flags"], said]))
        return [], [None, None]
    jumps = [
        {"time": str(times[at].astype("datetime64[m]")), "size_nt": round(size, 2)}
        for at, size in baselines.jumps(delta)
    ]
    return jumps, [round(end, 2) if np.isfinite(end) else None for end in baselines.ends(delta)]


def _dataset(made: dict[str, xr.Dataset], times: np.ndarray) -> xr.Dataset:
    """The observatories beside each other."""
    dims = ("observatory", "time")
    shape = (len(made), times.size)
    variables = {}
    for name in geomagnetic.VARIABLES:
        values = np.array([one[name].values for one in made.values()]).reshape(shape)
        variables[name] = (dims, values, {"units": "nT"})
    ranks = np.array([one["rank"].values for one in made.values()], dtype="int8").reshape(shape)
    variables["state"] = (dims, ranks)
    coords: dict = {"time": times, "observatory": np.array(list(made), dtype=str)}
    for name, nothing in FACTS.items():
        found = [one.attrs.get(name, nothing) for one in made.values()]
        kind = {"absolute": "int8"}.get(name, str if nothing == "" else "float64")
        coords[name] = ("observatory", np.array(found, dtype=kind))
    for name, units in (("latitude", "degrees"), ("longitude", "degrees"), ("elevation_m", "m")):
        coords[name] = (*coords[name], {"units": units})
    return xr.Dataset(variables, coords)
