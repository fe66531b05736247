"""Ready series of VTEC at stations made one partition of the store."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import FormatError, LaicflowError
from laicflow.progress import track

# Two files of one station may round its place differently.
PLACE_DEG = 0.01


def partition_of_series(receipt: dict, raw: Path, reader: str) -> xr.Dataset:
    """The series of all stations of a partition on one even grid of time.

    - Every file is read whole with `laicflow.readers.<reader>`; files of one station must be of one
      place and have no epoch in common.
    - Epochs outside the days that the receipt asks for are left out, and counted.
    - All stations have one step; an epoch that a station lacks is NaN.

    Parameters
    ----------
    receipt : what the fetching of the partition left
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`

    Returns
    -------
    Dataset with `vtec` (time, station; TECU, float32, NaN where missing) and the coordinates time,
    station, latitude, longitude (station; degrees). Attributes: source, partition, step_s,
    citation, licence and as JSON stations_missing and counts ({station: {files, epochs, missing,
    outside}}; missing are the steps without a value of all days asked for, beyond the files too).

    Raises
    ------
    FormatError : as the reader says; files of one station that are of two places or share an epoch
    LaicflowError : no file at all, stations of different steps
    """
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    tables: dict[str, list[tuple[Path, pd.DataFrame]]] = {}
    for file in track(receipt["files"], f"reading {receipt['source']} {receipt['partition']}"):
        path = Path(raw) / file["path"]
        tables.setdefault(file["observatory"], []).append((path, read(path)))
    if not tables:
        name = f"{receipt['source']} {receipt['partition']}"
        raise LaicflowError(f"{name}: no file has arrived, so there is nothing to clean")
    series, places, counts, step = {}, {}, {}, None
    for code, parts in sorted(tables.items()):
        series[code], places[code], counts[code] = _station(code, parts, receipt)
        own = parts[0][1].attrs["step_s"]
        if own != (step := own if step is None else step):
            raise LaicflowError(f"{code}: a step of {own:g} s, other stations have {step:g} s")
    return _dataset(receipt, series, places, counts, float(step))


def _station(
    code: str, parts: list[tuple[Path, pd.DataFrame]], receipt: dict
) -> tuple[pd.Series, tuple[float, float], dict[str, int]]:
    """Series of one station by time, its place, and what was left out."""
    place = tuple(parts[0][1].attrs[key] for key in ("latitude", "longitude"))
    step = parts[0][1].attrs["step_s"]
    for path, table in parts:
        found = tuple(table.attrs[key] for key in ("latitude", "longitude"))
        if max(abs(a - b) for a, b in zip(place, found, strict=True)) > PLACE_DEG:
            raise FormatError(path, None, f"the place of {code}, {place}", found)
        if table.attrs["step_s"] != step:
            raise FormatError(path, None, f"a step of {step:g} s", f"{table.attrs['step_s']:g} s")
    joined = pd.concat([table.set_index("time")["vtec"] for _, table in parts]).sort_index()
    if joined.index.has_duplicates:
        twice = joined.index[joined.index.duplicated()][0]
        raise FormatError(parts[-1][0], None, "each epoch once", f"{twice} in two files")
    first = pd.Timestamp(receipt["start"])
    after = pd.Timestamp(receipt["end"]) + pd.Timedelta(days=1)
    inside = joined[(joined.index >= first) & (joined.index < after)]
    counts = {"files": len(parts), "epochs": len(inside), "outside": len(joined) - len(inside)}
    return inside, place, counts


def _steps(receipt: dict, step: float) -> int:
    """How many steps the days have that a receipt asks for."""
    days = (pd.Timestamp(receipt["end"]) - pd.Timestamp(receipt["start"])).days + 1
    return round(days * 86400 / step)


def _dataset(
    receipt: dict,
    series: dict[str, pd.Series],
    places: dict[str, tuple[float, float]],
    counts: dict[str, dict[str, int]],
    step: float,
) -> xr.Dataset:
    """The series on one grid."""
    known = [own.index for own in series.values() if len(own)]
    if not known:
        span = f"{receipt['start']} to {receipt['end']}"
        raise LaicflowError(f"{receipt['source']}: no epoch of its files lies in {span}")
    times = pd.date_range(
        min(one[0] for one in known), max(one[-1] for one in known), freq=pd.Timedelta(seconds=step)
    )
    values = np.stack([own.reindex(times).to_numpy("float64") for own in series.values()], axis=1)
    for code, own in zip(series, values.T, strict=True):
        lost = (~series[code].index.isin(times)).sum()
        if lost:
            raise LaicflowError(f"{code}: {lost} epochs lie off the grid of the other stations")
        counts[code]["missing"] = _steps(receipt, step) - int(np.isfinite(own).sum())
    asked = {entry.get("observatory") for entry in receipt["missing"]} - set(series) - {None}
    dataset = xr.Dataset(
        {"vtec": (("time", "station"), values.astype("float32"))},
        coords={
            "time": times.to_numpy().astype("datetime64[ns]"),
            "station": np.array(list(series), dtype=object),
            "latitude": ("station", [places[code][0] for code in series]),
            "longitude": ("station", [places[code][1] for code in series]),
        },
    )
    dataset["vtec"].attrs = {"long_name": "vertical TEC", "units": "TECU"}
    dataset.attrs = {
        "source": receipt["source"],
        "partition": receipt["partition"],
        "step_s": step,
        "stations_missing": json.dumps(sorted(asked)),
        "counts": json.dumps(counts, sort_keys=True),
        "citation": receipt["citation"],
        "licence": receipt["licence"],
    }
    return dataset
