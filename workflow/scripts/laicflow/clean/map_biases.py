"""The differential code biases of a month's map files, as tables of days."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr

KINDS = {"satellite": "satellites", "station": "stations"}


def biases_of(parts: list[xr.Dataset]) -> xr.Dataset:
    """The first block of biases of each day.

    Parameters
    ----------
    parts : one Dataset a file, in the order of time, as `readers.ionex.read` gives them

    Returns
    -------
    Dataset, empty where no file has biases: `satellite_bias` and `satellite_bias_rms` (day,
    satellite), `station_bias` and `station_bias_rms` (day, station) in ns, NaN where a day has
    none, and `bias_kind` (day), of which observables they are as far as the file tells. Satellites
    are named `G01`, stations `G ABMF 97103M001`: a receiver has a bias in each system.
    """
    days, blocks = [], []
    for part in parts:
        found = json.loads(part.attrs.get("dcb_json", "[]"))
        if found:
            days.append(pd.Timestamp(part["time"].values[0]).normalize())
            blocks.append(found[0])
    if not blocks:
        return xr.Dataset()
    variables = {}
    for kind, key in KINDS.items():
        names = sorted(set().union(*(block[key] for block in blocks)))
        if not names:
            continue
        values = np.full((len(blocks), len(names), 2), np.nan, dtype="float32")
        for row, block in enumerate(blocks):
            for column, name in enumerate(names):
                values[row, column] = block[key].get(name, (np.nan, np.nan))
        for at, suffix in enumerate(("", "_rms")):
            content = (("day", kind), values[..., at], {"units": "ns"})
            variables[f"{kind}_bias{suffix}"] = content
        variables[kind] = (kind, np.array(names))
    kinds = [block["observables"] or block["title"] for block in blocks]
    variables["bias_kind"] = ("day", np.array(kinds))
    return xr.Dataset(variables, {"day": np.array(days, dtype="datetime64[ns]")})
