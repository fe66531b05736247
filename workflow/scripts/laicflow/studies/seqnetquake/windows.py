"""Windows of Ne and Te along orbits, all that a mission offers, cut once and without labels.

A window is named `<satellite>/<start>`, its start to a millisecond:
`DEMETER/2005-01-01T00:03:12.500`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.progress import track
from laicflow.readers.probe_table import FIRST, NOISY
from laicflow.report.blocks import plural
from laicflow.store import read_parquet
from laicflow.studies.seqnetquake import computed
from laicflow.studies.seqnetquake.needs import SIMULATED
from laicflow.studies.seqnetquake.passes import FEATURES, MODES, Cut
from laicflow.studies.seqnetquake.passes import cut as cut_passes

COLUMNS = [
    "time",
    "latitude",
    "longitude",
    "altitude_km",
    "local_time",
    "satellite",
    "orbit",
    "direction",
    "night",
    "ne",
    "te",
    "quality",
    "work_mode",
]
UNITS = {"ne": "cm-3", "te": "K"}
CSES = "CSES"
# Columns of a window that are kept as they are.
FLOATS = (
    "latitude",
    "longitude",
    "altitude_km",
    "local_time",
    "latitude_first",
    "longitude_first",
    "latitude_last",
    "longitude_last",
    "fill_share",
)


def prepare(paths: list[str | Path], sites: pd.DataFrame, study: dict) -> xr.Dataset:
    """All windows of a preparation.

    Parameters
    ----------
    paths : month files of the store of the mission; none where orbits are computed
    sites : not used: satellites go everywhere
    study : `preparation` (side, steps, step_s, gap_s, resample, noisy) and `mission` (start, end,
        orbit)

    Returns
    -------
    Dataset by `window` (in order of start, then satellite) and `step`: `values` (window, step,
    feature) float32 of ne (cm-3) and te (K), NaN where the probe has none; without features where
    orbits are computed. Coordinates by window: start, end (exclusive), latitude, longitude,
    altitude_km and local_time of the middle, latitude and longitude of both ends, satellite
    (index into attribute satellites, JSON), orbit, direction, mode (index into MODES), fill_share
    (points between two samples). Attributes: counts (JSON), steps, step_s, resample, side, orbit,
    satellites, source, citation.

    Raises
    ------
    LaicflowError : a recorded mission without any file
    """
    rules, mission = study["preparation"], study["mission"]
    if mission["orbit"] == SIMULATED:
        made, told = computed.windows(mission, rules), {}
    else:
        made, told = _recorded(paths, mission, rules)
    return _dataset(made, rules, mission).assign_attrs(told)


def _recorded(paths: list[str | Path], mission: dict, rules: dict) -> tuple[Cut, dict]:
    """Windows of the files of the store, and where those come from."""
    if not paths:
        raise LaicflowError("no file of the satellite in the store")
    first = pd.Timestamp(mission["start"])
    last = pd.Timestamp(mission["end"]) + pd.Timedelta(days=1)
    parts, counts, told = [], {}, {}
    for path in track(sorted(map(str, paths)), "cutting windows", len(paths)):
        own = read_parquet(path, COLUMNS)
        told |= {key: own.attrs[key] for key in ("source", "citation") if key in own.attrs}
        own = own[(own["time"] >= first) & (own["time"] < last)]
        own, left_out = _usable(own, rules, mission["latitude_max"])
        part = cut_passes(own, rules)
        for key, n in (*left_out.items(), *part.counts.items()):
            counts[key] = counts.get(key, 0) + n
        parts.append(part)
    table = pd.concat([part.table for part in parts], ignore_index=True)
    values = np.concatenate([part.values for part in parts])
    order = table.sort_values(["start", "satellite"], kind="stable").index
    return Cut(values[order], table.loc[order].reset_index(drop=True), counts), told


def _usable(
    own: pd.DataFrame, rules: dict, latitude_max: float
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Samples of which windows are cut, and how many are left out by why.

    The first sample of a pass of CSES is often off by a factor. Noisy ones go if `rules` says so.
    What lies beyond the latitude counts as that alone, what is first and noisy as first.
    """
    beyond = own["latitude"].abs() > latitude_max
    counts = {"beyond_left_out": int(beyond.sum())}
    own = own[~beyond]
    quality = own["quality"]
    first = (own["satellite"] == CSES) & (quality & FIRST > 0)
    noisy = (quality & NOISY > 0) & ~first & (rules["noisy"] == "leave_out")
    counts |= {"first_left_out": int(first.sum()), "noisy_left_out": int(noisy.sum())}
    return own[~(first | noisy)], counts


def _dataset(made: Cut, rules: dict, mission: dict) -> xr.Dataset:
    """The Dataset of `prepare`."""
    table = made.table
    satellites = sorted(set(table["satellite"]))
    number = table["satellite"].map({name: k for k, name in enumerate(satellites)})
    by_window = {
        "start": table["start"].to_numpy(),
        "end": table["end"].to_numpy(),
        **{name: table[name].to_numpy("float32") for name in FLOATS},
        "satellite": number.to_numpy("int8"),
        "orbit": table["orbit"].to_numpy("int32"),
        "direction": table["direction"].to_numpy("int8"),
        "mode": table["mode"].to_numpy("int8"),
    }
    features = FEATURES[: made.values.shape[2]]
    attributes = {
        "counts": json.dumps(made.counts),
        "satellites": json.dumps(satellites),
        "side": rules["side"],
        "steps": rules["steps"],
        "step_s": float(rules["step_s"]),
        "resample": rules["resample"],
        "orbit": mission["orbit"],
    }
    return xr.Dataset(
        {"values": (("window", "step", "feature"), made.values)},
        {
            **{name: ("window", values) for name, values in by_window.items()},
            "feature": np.array(features, dtype=object),
        },
        attributes,
    )


def said(tensors: xr.Dataset) -> list[str]:
    """Sentences for the log."""
    counts = json.loads(tensors.attrs["counts"])
    return [
        f"{plural(counts['windows'], 'window')} of {tensors.attrs['steps']} samples out of "
        f"{plural(counts['samples'], 'sample')}, {plural(counts['runs'], 'unbroken run')}"
    ]


def names(tensors: xr.Dataset, at: np.ndarray) -> list[str]:
    """The names of windows by their places."""
    satellites = json.loads(tensors.attrs["satellites"])
    start = np.datetime_as_string(tensors["start"].values[at].astype("datetime64[ms]"))
    own = tensors["satellite"].values[at]
    return [f"{satellites[k]}/{text}" for k, text in zip(own, start, strict=True)]


def places(tensors: xr.Dataset, window_ids: list[str]) -> np.ndarray:
    """The places of windows by their names.

    Raises
    ------
    LaicflowError : a window that is not there
    """
    satellites = json.loads(tensors.attrs["satellites"])
    numbers = {name: k for k, name in enumerate(satellites)}
    parts = [name.split("/", 1) for name in window_ids]
    asked = np.array([numbers.get(part[0], -1) for part in parts], dtype="int64")
    start = np.array([part[-1] for part in parts], dtype="datetime64[ms]").astype("int64")
    known = _key(
        tensors["start"].values.astype("datetime64[ms]").astype("int64"),
        tensors["satellite"].values.astype("int64"),
    )
    key = _key(start, asked)
    at = np.minimum(np.searchsorted(known, key), max(len(known) - 1, 0))
    lost = np.ones(len(key), dtype=bool) if not len(known) else known[at] != key
    if lost.any():
        raise LaicflowError(f"no window {window_ids[int(np.argmax(lost))]!r} in the tensors")
    return at


def _key(start: np.ndarray, satellite: np.ndarray) -> np.ndarray:
    """One ascending number for instant (ms) and satellite."""
    return start * 16 + satellite


def cut_values(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """As `cut`, NaN where the probe has no value."""
    asked = list(study["window"]["features"])
    at = places(tensors, window_ids)
    there = tensors["feature"].values.tolist()
    steps = tensors.sizes["step"]
    made = np.empty((len(at), 1, steps, len(asked)), dtype="float32")
    for number, name in enumerate(asked):
        if name in there:
            made[:, 0, :, number] = tensors["values"].values[at, :, there.index(name)]
        elif name in FLOATS:
            made[:, 0, :, number] = tensors[name].values[at][:, None]
        else:
            known = ", ".join([*there, *FLOATS])
            raise LaicflowError(f"window.features: no {name!r}; there are {known}")
    return made


def cut(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Windows as (n, 1, step, feature) float32; a missing value is 0, as in the authors' code.

    Parameters
    ----------
    study : `window.features`: of ne, te and what is said of a window (altitude_km, local_time, ...)

    Raises
    ------
    LaicflowError : a window that is not there, or a feature that there is not
    """
    return np.nan_to_num(cut_values(tensors, window_ids, study), nan=0.0)


def mode_names(tensors: xr.Dataset, at: np.ndarray) -> list[str]:
    """The modes of the probe in windows."""
    return [MODES[k] for k in tensors["mode"].values[at]]
