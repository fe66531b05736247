"""Daily map files made one month of the store."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.progress import track

# Two values for the same place and time may differ by rounding, no more.
SEAM_TECU = 1.0


def month_of_maps(receipt: dict, raw: Path, reader: str) -> xr.Dataset:
    """All maps of a partition in the order of time, each epoch once.

    - Every file is read whole (header against the day that was asked for) with
      `laicflow.readers.<reader>`.
    - Where the last map of a day and the first of the next stand for the same epoch, the next
      day's own stays; the 24:00 map of the last day is kept.
    - Days that are not there are counted in the attributes.

    Parameters
    ----------
    receipt : what the fetching of the partition left
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`

    Returns
    -------
    Dataset with `tec` and, where the files have it, `rms` (time, latitude, longitude) in TECU,
    and `interval_s` (time), the spacing of the product in seconds.

    Raises
    ------
    LaicflowError : no file at all, or grids that differ within the month
    """
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    parts = []
    for file in track(receipt["files"], f"reading {receipt['source']} {receipt['partition']}"):
        day = pd.Timestamp(file["day"]).date() if file.get("day") else None
        one = read(Path(raw) / file["path"], day=day)
        spacing = np.full(one.sizes["time"], int(float(one.attrs["interval_s"])), dtype="int32")
        parts.append(one.assign(interval_s=("time", spacing)))
    if not parts:
        name = f"{receipt['source']} {receipt['partition']}"
        raise LaicflowError(f"{name}: no file has arrived, so there is nothing to clean")
    _same_grid(parts, receipt)
    keep = set.intersection(*(set(p.data_vars) for p in parts))
    joined = xr.concat([p[sorted(keep)] for p in parts], dim="time", join="exact")
    joined = once(joined)
    torn = tear_seam(joined)
    joined.attrs = {
        "source": receipt["source"],
        "partition": receipt["partition"],
        "centre": ", ".join(sorted({str(p.attrs.get("centre", "unknown")) for p in parts})),
        "days": len(parts),
        "maps": joined.sizes["time"],
        "torn_seam_nodes": torn,
        "missing_days": json.dumps([m["day"] for m in receipt["missing"]]),
        "citation": receipt["citation"],
        "licence": receipt["licence"],
    }
    joined["tec"].attrs["units"] = "TECU"
    if "rms" in joined:
        joined["rms"].attrs["units"] = "TECU"
    return joined


def once(dataset: xr.Dataset) -> xr.Dataset:
    """The epochs in order, the later entry of a twice-given epoch alone."""
    times = pd.DatetimeIndex(dataset["time"].values)
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    return dataset.isel(time=order[last])


def tear_seam(dataset: xr.Dataset) -> int:
    """Take out, in place, nodes of the date line that a map gives twice and differently.

    A grid from -180 to 180 holds each place of the date line twice. Where the two values differ by
    more than `SEAM_TECU`, neither can be trusted: both become missing.

    Returns the number of places and epochs taken out.
    """
    longitude = dataset["longitude"].values
    if not np.isclose(longitude[-1] - longitude[0], 360):
        return 0
    values = dataset["tec"].transpose("time", "latitude", "longitude").values
    torn = np.abs(values[..., 0] - values[..., -1]) > SEAM_TECU
    values[torn, 0] = values[torn, -1] = np.nan
    dataset["tec"] = (("time", "latitude", "longitude"), values)
    return int(torn.sum())


def _same_grid(parts: list[xr.Dataset], receipt: dict) -> None:
    """Refuse a month whose files have different grids."""
    first = parts[0]
    for file, part in zip(receipt["files"], parts, strict=True):
        for axis in ("latitude", "longitude"):
            if not np.array_equal(part[axis].values, first[axis].values):
                raise LaicflowError(
                    f"{file['path']}: its {axis} grid has {part.sizes[axis]} points from "
                    f"{part[axis].values[0]} to {part[axis].values[-1]}, expected that of "
                    f"{receipt['files'][0]['path']}: {first.sizes[axis]} from "
                    f"{first[axis].values[0]} to {first[axis].values[-1]}"
                )
