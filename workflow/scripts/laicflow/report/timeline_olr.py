"""Days of maps of radiation: which hold a value, and what of their cells is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.store import read_netcdf


def days(path: str | Path) -> tuple[pd.DataFrame, list[tuple[pd.Timestamp, str]]]:
    """The days of a file of the store whose map has a value, and remarks by month.

    Returns
    -------
    days : time and slot (the day), present, provisional (missing: files do not say), suspect
        (never: what the Earth cannot send out is left out by cleaning)
    notes : month and text: days with cells without a value
    """
    maps = read_netcdf(path)
    known = np.isfinite(maps["olr"].transpose("time", ...).values)
    known = known.reshape(len(known), -1)
    time = pd.DatetimeIndex(maps["time"].values).as_unit("us")
    found = pd.DataFrame({"time": time, "slot": time.floor("D"), "present": known.any(axis=1)})
    found = found.assign(provisional=float("nan"), suspect=False)
    partial = pd.Series(known.any(axis=1) & ~known.all(axis=1), index=time)
    months = time.to_period("M").to_timestamp()
    counts = partial.groupby(months).sum()
    return found, [
        (month, f"days with cells without a value: {count}")
        for month, count in counts.items()
        if count
    ]
