"""The differential code biases of a month's map files, as tables of days."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr

KINDS = {"satellite": "satellites", "station": "stations"}


def biases_of(parts: list[xr.Dataset]) -> xr.Dataset:
    """All blocks of biases of each day.

    Parameters
    ----------
    parts : one Dataset a file, in the order of time, as `readers.ionex.read` gives them

    Returns
    -------
    Dataset, empty where no file has biases: `satellite_bias` and `satellite_bias_rms` (day, block,
    satellite), `station_bias` and `station_bias_rms` (day, block, station) in ns, NaN where a day
    has none. A `block` is named by its observables or else by its title, in the order in
    which the blocks appear; a second of the same name in a file has `(2)` behind it. Satellites
    are named `G01`, stations `G ABMF 97103M001`: a receiver has a bias in each system.
    """
    days, blocks = [], []
    for part in parts:
        found = json.loads(part.attrs.get("dcb_json", "[]"))
        if found:
            days.append(pd.Timestamp(part["time"].values[0]).normalize())
            blocks.append(_named(found))
    if not blocks:
        return xr.Dataset()
    labels = list(dict.fromkeys(label for own in blocks for label in own))
    variables: dict[str, object] = {}
    for kind, key in KINDS.items():
        names = sorted(set().union(*(one[key] for own in blocks for one in own.values())))
        if not names:
            continue
        column = {name: place for place, name in enumerate(names)}
        values = np.full((len(blocks), len(labels), len(names), 2), np.nan, dtype="float32")
        for row, own in enumerate(blocks):
            for label, one in own.items():
                for name, pair in one[key].items():
                    values[row, labels.index(label), column[name]] = pair
        for at, suffix in enumerate(("", "_rms")):
            content = (("day", "block", kind), values[..., at], {"units": "ns"})
            variables[f"{kind}_bias{suffix}"] = content
        variables[kind] = (kind, np.array(names))
    coordinates = {"day": np.array(days, dtype="datetime64[ns]"), "block": np.array(labels)}
    return xr.Dataset(variables, coordinates)


def _named(blocks: list[dict]) -> dict[str, dict]:
    """The blocks of a file, each by a name of its own."""
    named: dict[str, dict] = {}
    for block in blocks:
        name = label = block["observables"] or block["title"]
        again = 1
        while label in named:
            again += 1
            label = f"{name} ({again})"
        named[label] = block
    return named
