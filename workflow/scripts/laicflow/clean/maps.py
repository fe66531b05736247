"""Daily map files made one month of the store."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.clean.map_biases import biases_of
from laicflow.errors import LaicflowError
from laicflow.progress import track
from laicflow.readers.ionex_names import fault_of_series, series_of_name

# Two values for the same place and time may differ by rounding, no more.
SEAM_TECU = 1.0
DAY_S = 86400


def month_of_maps(receipt: dict, raw: Path, reader: str) -> xr.Dataset:
    """All maps of a partition in the order of time, each epoch once.

    - Every file is read whole (header against the day that was asked for) with
      `laicflow.readers.<reader>`.
    - Where the last map of a day and the first of the next stand for the same epoch, the next
      day's own stays; the 24:00 map of the last day is kept.
    - Days that are not there are counted in the attributes, and so are the maps that the days from
      the first to the last of the receipt should have and do not (`expected_maps`,
      `missing_maps`): by each day's own spacing, a day without a file by its neighbour's.
    - The product (final, rapid, predicted) is that of the file names; a month has one.
    - All code biases of the files are kept (`map_biases.biases_of`).

    Parameters
    ----------
    receipt : what the fetching of the partition left
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`

    Returns
    -------
    Dataset with `tec` and, where a file has it, `rms` (time, latitude, longitude) in TECU, and
    `interval_s` (time), the spacing of the product in seconds.

    Raises
    ------
    LaicflowError : no file at all, grids or products that differ within the month, or a file
        whose header speaks of another centre or product than its name
    """
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    parts: list[xr.Dataset] = []
    for file in track(receipt["files"], f"reading {receipt['source']} {receipt['partition']}"):
        day = pd.Timestamp(file["day"]).date() if file.get("day") else None
        one = read(Path(raw) / file["path"], day=day)
        _check_maker(one, file["path"])
        spacing = np.full(one.sizes["time"], int(float(one.attrs["interval_s"])), dtype="int32")
        parts.append(one.assign(interval_s=("time", spacing)))
    if not parts:
        name = f"{receipt['source']} {receipt['partition']}"
        raise LaicflowError(f"{name}: no file has arrived, so there is nothing to clean")
    _same_grid(parts, receipt)
    product = _product(receipt)
    days_without_rms = sum("rms" not in part for part in parts)
    keep = ["interval_s", "tec", *(["rms"] if days_without_rms < len(parts) else [])]
    joined = xr.concat([_with_all(p, keep) for p in parts], dim="time", join="exact")
    joined = once(joined)
    torn = tear_seam(joined)
    expected, missing = _count(joined, parts, receipt)
    joined = joined.merge(biases_of(parts))
    joined.attrs = {
        "source": receipt["source"],
        "partition": receipt["partition"],
        "product": product,
        "centre": ", ".join(sorted({str(p.attrs.get("centre", "unknown")) for p in parts})),
        "days": len(parts),
        "maps": joined.sizes["time"],
        "expected_maps": expected,
        "missing_maps": missing,
        "days_without_rms": days_without_rms,
        "days_without_end_label": sum(p.attrs.get("end_label") == "missing" for p in parts),
        "nan_values": sum(int(p.attrs.get("not_a_number", 0)) for p in parts),
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


def _with_all(part: xr.Dataset, names: list[str]) -> xr.Dataset:
    """The variables of a day that the month has; a day without RMS has NaN there."""
    if "rms" in names and "rms" not in part:
        part = part.assign(rms=xr.full_like(part["tec"], np.nan))
    return part[names]


def _check_maker(one: xr.Dataset, path: str) -> None:
    """Refuse a file whose header speaks of another centre or product than its name."""
    predicted = bool(one.attrs.get("predicted", 0))
    centre = one.attrs.get("centre", "unknown")
    series, title = series_of_name(Path(path).name), one.attrs.get("title", "")
    fault = fault_of_series(series, centre, predicted, title)
    if fault is not None:
        raise LaicflowError(f"{path}: expected {fault[0]}, as its name says, found {fault[1]}")


def _product(receipt: dict) -> str:
    """The product of all files: what the receipt says, or else their names; `unknown` if neither.

    A month must not have two.
    """
    found: dict[str, str] = {}
    if receipt.get("product"):
        found[receipt["product"]] = "the source's settings"
    for file in receipt["files"]:
        series = series_of_name(Path(file["path"]).name)
        if series is not None:
            found.setdefault(series.product, file["path"])
    if len(found) > 1:
        told = ", ".join(f"{product} ({where})" for product, where in sorted(found.items()))
        name = f"{receipt['source']} {receipt['partition']}"
        raise LaicflowError(f"{name}: maps of one product expected, found {told}")
    return next(iter(found), "unknown")


def _count(joined: xr.Dataset, parts: list[xr.Dataset], receipt: dict) -> tuple[int, int]:
    """Maps that the days of a receipt should have, and how many of them are not there.

    A map without any value is not there. Of a day whose epochs are uneven what it has is expected.
    The last day's map at 24 h belongs to the day after.
    """
    spacing = {
        pd.Timestamp(part["time"].values[0]).normalize(): int(float(part.attrs["interval_s"]))
        for part in parts
    }
    absent = [pd.Timestamp(m["day"]) for m in receipt["missing"] if m["day"]]
    days = pd.DatetimeIndex([*spacing, *absent]).unique().sort_values()
    interval = pd.Series(spacing).reindex(days).ffill().bfill()
    has_values = np.isfinite(joined["tec"].values).any(axis=(1, 2))
    epochs = pd.DatetimeIndex(joined["time"].values)[has_values].normalize()
    present = pd.Series(1, index=epochs).groupby(level=0).sum().reindex(days, fill_value=0)
    expected = (DAY_S // interval.where(interval > 0)).fillna(present)
    return int(expected.sum()), int((expected - present).clip(lower=0).sum())


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
