"""What a case reads of the store: maps of full hours, indices, the catalog of its days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.catalogs.merge import merge
from laicflow.clean.maps import once
from laicflow.errors import LaicflowError
from laicflow.store import read_netcdf, read_parquet, read_tables
from laicflow.studies.edlstme.case import DAY, Spans

# A value of an index that stands when a case begins is older than it.
BEFORE = np.timedelta64(3, "D")


def maps(paths: Sequence[str], spans: Spans) -> xr.Dataset:
    """`tec` (TECU) of the days of a case, of maps at full hours, each epoch once.

    Parameters
    ----------
    paths : files of the store, in the order of time

    Raises
    ------
    LaicflowError : no map within the days
    """
    parts = []
    for path in paths:
        part = read_netcdf(path)[["tec"]]
        times = part["time"].values.astype("datetime64[us]")
        whole = times == times.astype("datetime64[h]")
        parts.append(part.isel(time=whole & (times >= spans.train) & (times < spans.end)))
    parts = [part for part in parts if part.sizes["time"]]
    if not parts:
        raise LaicflowError(f"no map from {spans.train} to {spans.end} in {', '.join(paths)}")
    return once(xr.concat(parts, dim="time", join="exact"))


def index(paths: Sequence[str], name: str, spans: Spans) -> pd.DataFrame | None:
    """`time` (UTC) and the values of an index over the days of a case; None without a file.

    Raises
    ------
    LaicflowError : files that hold no value of these days
    """
    if not paths:
        return None
    table = read_tables(paths)[["time", name]].dropna().sort_values("time")
    inside = (table["time"] >= spans.train - BEFORE) & (table["time"] < spans.end)
    table = table[inside].drop_duplicates("time").reset_index(drop=True)
    if table.empty:
        raise LaicflowError(
            f"no value of {name} from {spans.train} to {spans.end} in {', '.join(paths)}; if "
            f"there is none yet, set case.{name} to another source or to unavailable"
        )
    return table


def catalog(paths: Sequence[str], rules: dict, spans: Spans) -> pd.DataFrame:
    """The earthquakes of the days of a case, each once.

    Parameters
    ----------
    rules : of the merging; the order of `sources` in them is their rank
    """
    own = {key: value for key, value in rules.items() if key != "sources"}
    own["priority"] = rules["sources"]
    days = [str(one.astype("datetime64[D]")) for one in (spans.train, spans.end - DAY)]
    return merge([read_parquet(path) for path in paths], rules=own, period=tuple(days))[0]
