"""Hours of TEC over stations, and days of the files behind it: which there are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.gnss.vtec_options import END
from laicflow.sources.request import days as days_between

HOUR = "h"


def hours(
    path: str | Path, receipt: dict | None = None
) -> tuple[pd.DataFrame, list[tuple[pd.Timestamp, str]]]:
    """The hours of a file of the store, and remarks on its month.

    Hours of days without any file, by the receipt of the observations, are left out. One station
    more or less is no loss of the month: the remarks say what each of them lacks.

    Returns
    -------
    hours : time (last of the series), slot (the hour), present (a station has a value in it),
        provisional (missing: files do not say), suspect (never)
    notes : month and text: stations without any series and why, hours without a value, days
        without a file, files left out, the ways to the receivers' biases
    """
    with xr.open_dataset(path, engine="netcdf4") as dataset:
        times = pd.DatetimeIndex(dataset["time"].values).as_unit("us")
        known = np.isfinite(dataset["vtec"].transpose("time", "station").values)
        facts = json.loads(dataset.attrs.get("stations_json", "{}"))
        absent = json.loads(dataset.attrs.get("stations_missing_json", "{}"))
        codes = dataset["station"].values.tolist()
        by_end = dataset.attrs.get("label") == END
    month = pd.Timestamp(times[0].year, times[0].month, 1)
    # What is measured up to a full hour is of the hour that ends there.
    slot = (times - pd.Timedelta(1 if by_end else 0, "us")).floor(HOUR)
    by_hour = pd.DataFrame(known).groupby(slot).any()
    last = pd.Series(times, index=slot).groupby(level=0).max()
    table = pd.DataFrame(
        {
            "time": last.to_numpy(),
            "slot": last.index.to_numpy(),
            "present": by_hour.any(axis=1).to_numpy(),
            "provisional": float("nan"),
            "suspect": False,
        }
    )
    table = table[_has_file(table["slot"], receipt)].reset_index(drop=True)
    notes = [(month, f"{code}: no series: {why}") for code, why in absent.items()]
    for code, lost in zip(codes, (~by_hour).sum().tolist(), strict=True):
        if lost:
            notes.append((month, f"{code}: hours without a value: {lost} of {len(by_hour)}"))
    for code, own in facts.items():
        if own["missing"]:
            notes.append((month, f"{code}: days without a file: {len(own['missing'])}"))
        if own["skipped"]:
            notes.append((month, f"{code}: files left out: {len(own['skipped'])}"))
    for way in sorted({own["receiver_bias_way"] for own in facts.values()}):
        named = [code for code, own in facts.items() if own["receiver_bias_way"] == way]
        notes.append((month, f"biases of receivers by {way}: {', '.join(named)}"))
    return table, notes


def _has_file(slot: pd.Series, receipt: dict | None) -> np.ndarray:
    """Whether the day of each hour has a file; where files are not of single days, all have."""
    found = {file["day"] for file in (receipt or {}).get("files", [])}
    if not found or None in found:
        return np.ones(len(slot), bool)
    return slot.dt.strftime("%Y-%m-%d").isin(found).to_numpy()


def days(receipt: dict) -> tuple[pd.DataFrame, list[tuple[pd.Timestamp, str]]]:
    """The days of a receipt of files that are only fetched, those that are there; as `hours`.

    A file of a whole month fills all its days that were asked for, once all of them are there.
    """
    asked = [str(day) for day in days_between(*_ends(receipt))]
    daily = {file["day"] for file in receipt["files"] if file["day"]}
    whole = bool(receipt["files"]) and all(entry["day"] for entry in receipt["missing"])
    monthly = whole and any(file["day"] is None for file in receipt["files"])
    slot = pd.to_datetime(pd.Series(asked)).astype("datetime64[us]")
    table = pd.DataFrame({"time": slot, "slot": slot})
    table["present"] = [monthly or day in daily for day in asked]
    there = table[table["present"]].reset_index(drop=True)
    return there.assign(provisional=float("nan"), suspect=False), []


def _ends(receipt: dict) -> tuple:
    """First and last day of a receipt."""
    return tuple(pd.Timestamp(receipt[key]).date() for key in ("start", "end"))
