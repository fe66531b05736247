"""Maps of outgoing longwave radiation made one partition of the store.

What is done to the maps, all of it counted in the attributes:

- cells outside of the box that the configuration keeps are left out;
- days outside of those asked for are left out, days that the files lack are named;
- values that the files call missing, and those that the Earth cannot send out, are NaN;
- maps of two products never stand in one partition.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.progress import track
from laicflow.sources.request import days as days_between

# Counts of the reader that are summed up over the files.
COUNTS = ("missing", "beyond_range")


def partition_of_olr(receipt: dict, raw: Path, reader: str, box: dict) -> xr.Dataset:
    """All maps of a partition within a box, in the order of time.

    Parameters
    ----------
    receipt : what the fetching of the partition left; its `start` and `end` are the days asked for
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`
    box : `latitude` [south, north] and `longitude` [west, east], degrees; west > east crosses the
        date line

    Returns
    -------
    Dataset with `olr` (time, latitude, longitude) in W m-2, float32, NaN where missing. Attributes:
    `product`, `box` (JSON), `days`, `expected_days`, `missing_days` (JSON list), `empty_days` (days
    whose map has no value), `missing_values`, `beyond_range`, `citation`, `licence`

    Raises
    ------
    LaicflowError : no file has arrived, a box that the maps do not fill, products or grids that
        differ, or a day that stands in two files
    """
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    if not receipt["files"]:
        name = f"{receipt['source']} {receipt['partition']}"
        raise LaicflowError(f"{name}: no file has arrived, so there is nothing to clean")
    first, last = (np.datetime64(receipt[edge], "D") for edge in ("start", "end"))
    own = {"south_north": box["latitude"], "west_east": box["longitude"]}
    parts = [
        read(Path(raw) / file["path"], **own, first=first, last=last)
        for file in track(receipt["files"], f"reading {receipt['source']} {receipt['partition']}")
    ]
    _check_alike(parts, receipt)
    joined = xr.concat([part[["olr"]] for part in parts], dim="time", join="exact")
    joined = joined.sortby("time")
    _check_once(joined, receipt)
    joined["olr"].attrs["units"] = "W m-2"
    joined.attrs = _told(joined, parts, receipt, box)
    return joined


def _check_alike(parts: list[xr.Dataset], receipt: dict) -> None:
    """Refuse files of two products or of two grids."""
    first = parts[0]
    for file, part in zip(receipt["files"], parts, strict=True):
        here, there = part.attrs["product"], first.attrs["product"]
        if here != there:
            raise LaicflowError(
                f"{file['path']}: expected the product {there}, as {receipt['files'][0]['path']} "
                f"has it, found {here}"
            )
        for axis in ("latitude", "longitude"):
            if not np.array_equal(part[axis].values, first[axis].values):
                raise LaicflowError(
                    f"{file['path']}: its {axis} grid has {part.sizes[axis]} points from "
                    f"{part[axis].values[0]} to {part[axis].values[-1]}, expected that of "
                    f"{receipt['files'][0]['path']}: {first.sizes[axis]} from "
                    f"{first[axis].values[0]} to {first[axis].values[-1]}"
                )


def _check_once(joined: xr.Dataset, receipt: dict) -> None:
    """Refuse a day that two files have."""
    days = joined["time"].values.astype("datetime64[D]")
    twice = days[1:][days[1:] == days[:-1]]
    if len(twice):
        files = ", ".join(file["path"] for file in receipt["files"])
        raise LaicflowError(f"{files}: one map a day expected, found two of {twice[0]}")


def _told(joined: xr.Dataset, parts: list[xr.Dataset], receipt: dict, box: dict) -> dict:
    """The attributes of a partition."""
    days = joined["time"].values.astype("datetime64[D]")
    wanted = days_between(*(dt.date.fromisoformat(receipt[edge]) for edge in ("start", "end")))
    held = set(days.tolist())
    values = joined["olr"].values
    sums = {name: sum(int(part.attrs[name]) for part in parts) for name in COUNTS}
    return {
        "source": receipt["source"],
        "partition": receipt["partition"],
        "product": parts[0].attrs["product"],
        "box": json.dumps({axis: list(box[axis]) for axis in ("latitude", "longitude")}),
        "days": len(days),
        "expected_days": len(wanted),
        "missing_days": json.dumps([str(day) for day in wanted if day not in held]),
        "empty_days": int((~np.isfinite(values).any(axis=(1, 2))).sum()),
        "missing_values": sums["missing"],
        "beyond_range": sums["beyond_range"],
        "citation": receipt["citation"],
        "licence": receipt["licence"],
    }
