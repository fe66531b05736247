"""Files of indices and catalogs made one partition of the store."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd

from laicflow.errors import LaicflowError


def partition_of_table(receipt: dict, raw: Path, reader: str) -> pd.DataFrame:
    """All rows of a partition's files in the order of time.

    Parameters
    ----------
    receipt : what the fetching of the partition left
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`

    Raises
    ------
    LaicflowError : two files give different values for the same time of an index
    """
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    tables = [read(Path(raw) / file["path"]) for file in receipt["files"]]
    if not tables:
        name = f"{receipt['source']} {receipt['partition']}"
        raise LaicflowError(f"{name}: no file has arrived, so there is nothing to clean")
    joined = pd.concat(tables, ignore_index=True)
    if "event_id" in joined:
        return joined.sort_values(["time", "event_id"], kind="stable").reset_index(drop=True)
    joined = joined.drop_duplicates().sort_values("time", kind="stable")
    if joined["time"].duplicated().any():
        when = joined.loc[joined["time"].duplicated(), "time"].iloc[0]
        names = ", ".join(file["path"] for file in receipt["files"])
        raise LaicflowError(f"{names}: two different values for {when}")
    return joined.reset_index(drop=True)
