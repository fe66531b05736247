"""Month files of minutes as the store has them, and settings, for the tests of this study."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.readers.geomagnetic import STATES
from laicflow.store import write_netcdf

STUDY = {
    "period": {"start": "2003-12-30", "end": "2004-01-02"},
    "sites": {"mode": "points", "points": [{"site": "AAA", "latitude": 50.0, "longitude": 10.0}]},
    "data": {"minutes": "intermagnet", "minutes_own": "own_minutes"},
    "window": {"minutes": 60, "preparation": "raw", "max_gap_minutes": 3, "normalise": "zmax"},
    "preparations": {
        "raw": {"filter": "none"},
        **{
            f"{kind}{name}": {
                "filter": kind,
                "corner": 0.02,
                "unit": "cycles_per_minute",
                "order": 4,
                "passes": passes,
            }
            for kind in ("highpass", "lowpass")
            for name, passes in (("", "zero-phase"), ("-causal", "causal"))
        },
    },
}


def settings(**window) -> dict:
    """The settings with some of the window's changed."""
    study = copy.deepcopy(STUDY)
    study["window"] |= window
    return study


def sites_of(study: dict) -> pd.DataFrame:
    """Table `sites` of the points."""
    return pd.DataFrame(study["sites"]["points"])[["site", "latitude", "longitude"]]


def minutes_of(month: str) -> np.ndarray:
    """Every minute of a month, datetime64[us]."""
    first = np.datetime64(month, "M")
    return np.arange(first.astype("datetime64[m]"), (first + 1).astype("datetime64[m]")).astype(
        "datetime64[us]"
    )


def field(times: np.ndarray, seed: int = 0) -> np.ndarray:
    """X, Y, Z that walk around 20000, 1000, 44000 nT: a value hangs on its minute alone."""
    number = times.astype("datetime64[m]").astype("int64") % 100_000
    walk = np.random.default_rng(seed).standard_normal((3, 100_000)).cumsum(axis=1)
    return (walk[:, number] + np.array([[20_000], [1000], [44_000]])).round(2)


def write_month(
    folder: Path,
    month: str,
    values: dict[str, np.ndarray],
    *,
    source: str = "intermagnet",
    places: dict[str, tuple[float, float]] | None = None,
    absolute: dict[str, int] | None = None,
    state: dict[str, str] | None = None,
    jumps: dict[str, list[dict]] | None = None,
    delta_f: dict[str, list[float | None]] | None = None,
    name: str = "",
) -> str:
    """Write X, Y, Z (3, minute) of observatories as a month of the store; the path."""
    codes = list(values)
    times = minutes_of(month)
    xyz = np.stack([values[code] for code in codes])
    there = np.isfinite(xyz).any(axis=1)
    number = np.array([STATES.index((state or {}).get(code, "definitive")) for code in codes])
    dims = ("observatory", "time")
    content = xr.Dataset(
        {letter: (dims, xyz[:, k].astype("float64")) for k, letter in enumerate("XYZ")},
        coords={
            "observatory": np.array(codes, dtype=object),
            "time": times,
            "latitude": ("observatory", [(places or {}).get(c, (50.0, 10.0))[0] for c in codes]),
            "longitude": ("observatory", [(places or {}).get(c, (50.0, 10.0))[1] for c in codes]),
            "absolute": (
                "observatory",
                np.array([(absolute or {}).get(c, 1) for c in codes], dtype="int8"),
            ),
        },
    )
    content["F"] = (dims, np.sqrt((xyz**2).sum(axis=1)))
    content["state"] = (dims, np.where(there, number[:, None], -1).astype("int8"))
    path = folder / f"{source}-{month}{name}.nc"
    told = {
        "source": source,
        "partition": month,
        "citation": f"citation of {source}",
        "states": json.dumps(STATES),
        "jumps": json.dumps(jumps or {}),
        "delta_f": json.dumps(delta_f or {}),
    }
    write_netcdf(content, path, attributes=told)
    return str(path)
