"""Hours of the minutes of observatories: which the store has whole, and of what standing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

HOUR_S = 3600
MINUTES = 60
SETTLED = "definitive"


def hours(path: str | Path) -> tuple[pd.DataFrame, list[tuple[pd.Timestamp, str]]]:
    """The hours of a file of the store, and remarks on its month.

    Returns
    -------
    hours : time (last minute with a value), slot (the hour), present (every observatory that was
        asked for has X, Y and Z in all its minutes), provisional (1 where one of them is not
        definitive), suspect (never)
    notes : month and text: minutes that are missing, observatories without any, baseline jumps
    """
    with xr.open_dataset(path, engine="netcdf4") as dataset:
        times = pd.DatetimeIndex(dataset["time"].values).as_unit("us")
        field = np.stack([dataset[name].values for name in ("X", "Y", "Z")])
        state = dataset["state"].values
        states = json.loads(dataset.attrs["states"])
        counts = json.loads(dataset.attrs["counts"])
        absent = json.loads(dataset.attrs["observatories_missing"])
        jumps = json.loads(dataset.attrs["jumps"])
    month = pd.Timestamp(times[0].year, times[0].month, 1)
    whole = np.isfinite(field).all(axis=0).reshape(len(state), -1, MINUTES).all(axis=2)
    final = (state == states.index(SETTLED)).reshape(len(state), -1, MINUTES).all(axis=2)
    present = whole.all(axis=0) & (len(whole) > 0) & (not absent)
    slot = times[::MINUTES]
    table = pd.DataFrame(
        {
            "time": slot + pd.Timedelta(minutes=MINUTES - 1),
            "slot": slot,
            "present": present,
            "provisional": (~final.all(axis=0)).astype("float64"),
            "suspect": False,
        }
    )
    notes = [(month, f"{code}: no minute at all") for code in absent]
    for code, own in counts.items():
        if own["missing"]:
            notes.append((month, f"{code}: minutes missing: {own['missing']}"))
    for code, own in jumps.items():
        notes += [(month, f"{code}: baseline jumps at {jump['time']} UTC") for jump in own]
    return table, notes
