"""Files of indices and catalogs made one partition of the store.

What is done to a table, all of it counted in `attrs["counts"]` of the table:

- rows of other times than the partition's are left out (a file may hold more than was asked for),
  of catalogs too;
- F10.7 outside of `F107_LIMITS` becomes missing, with the status `suspect`;
- of rows of one time that of the highest standing stays (`STANDING`): definitive before
  preliminary, final before provisional before quick-look, any value before none.

Kp and ap that the scale does not have never arrive here: the readers refuse them.
"""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.sources.request import bounds

# What a day's F10.7 (sfu, as observed) can be. Since 1947 the quiet sun never had less than 62.6
# (1954-11-03), and no day without a burst more than the 383 of December 1957; above stand readings
# taken in a flare (938.6 on 2011-03-07, among days of 143 to 167), below faulty ones (0.0 in GFZ's
# file of 2007; 53.5 on 1997-03-01, among days of 73). Flares are contaminants of this index:
# Tapping and Charrois (1994), Solar Physics 150, 305, doi:10.1007/BF00712892; Tapping (2013), Space
# Weather 11, 394, doi:10.1002/swe.20064. Lesser bursts stay (251.9 on 2022-08-28, when the same
# day's other readings were 151.6 and 133.5): one value a day cannot tell them.
F107_LIMITS = (60.0, 400.0)
SUSPECT = "suspect"

# Value and standing of each index, the standings from the lowest to the highest.
VALUES = {"kp": "kp", "dst": "dst", "f107": "f107"}
STANDING = {
    "kp": ("status", ("", "preliminary", "definitive")),
    "dst": ("version", ("", "quicklook", "provisional", "final")),
    "f107": ("status", (SUSPECT, "", "interpolated", "observed")),
}


def partition_of_table(receipt: dict, raw: Path, reader: str) -> pd.DataFrame:
    """All rows of a partition's files in the order of time.

    Parameters
    ----------
    receipt : what the fetching of the partition left
    raw : folder to which the receipt's paths are relative
    reader : module of `laicflow.readers`

    Returns
    -------
    The table; `attrs["counts"]` is a dict of whole numbers: `rows`, `missing` (rows without
    value), `status` (rows by status, or by version of Dst), `left_out` (what the reader passed
    over, by reason), `outside` (rows of other times than the partition's), of a catalog `repeated`
    (rows that stand in two files) and of an index `suspect` and `superseded` (rows that gave way
    to one of higher standing).

    Raises
    ------
    LaicflowError : no file has arrived, or two give different values of the same standing for the
        same time of an index
    """
    read = importlib.import_module(f"laicflow.readers.{reader}").read
    tables = [read(Path(raw) / file["path"]) for file in receipt["files"]]
    if not tables:
        name = f"{receipt['source']} {receipt['partition']}"
        raise LaicflowError(f"{name}: no file has arrived, so there is nothing to clean")
    left_out = sum((Counter(table.attrs.get("left_out", {})) for table in tables), Counter())
    joined = pd.concat(tables, ignore_index=True)
    joined.attrs = {}
    if "event_id" in joined:
        joined["source"] = receipt["source"]
        joined, counts = _events(joined, receipt)
    else:
        joined, counts = _index(joined, receipt)
    joined.attrs["counts"] = counts | {"left_out": dict(sorted(left_out.items()))}
    return joined


def _events(joined: pd.DataFrame, receipt: dict) -> tuple[pd.DataFrame, dict]:
    """The events of the partition's days in the order of time, and the counts.

    Where a service takes whole seconds alone, an event at midnight may stand in two answers.
    """
    inside = _inside(joined, receipt["partition"])
    single = inside.drop_duplicates()
    kept = single.sort_values(["time", "event_id"], kind="stable").reset_index(drop=True)
    return kept, _counts(kept, "magnitude", "status") | {
        "repeated": len(inside) - len(single),
        "outside": len(joined) - len(inside),
    }


def _index(joined: pd.DataFrame, receipt: dict) -> tuple[pd.DataFrame, dict]:
    """The rows of an index that stay, one a time, and the counts."""
    name = next(name for name in VALUES if VALUES[name] in joined)
    column, ranks = STANDING[name]
    inside = _inside(joined, receipt["partition"])
    outside = len(joined) - len(inside)
    checked = _without_suspects(inside) if name == "f107" else inside
    single = checked.drop_duplicates().sort_values("time", kind="stable")
    kept = _highest(single, VALUES[name], column, ranks)
    if kept["time"].duplicated().any():
        when = kept.loc[kept["time"].duplicated(), "time"].iloc[0]
        files = ", ".join(file["path"] for file in receipt["files"])
        raise LaicflowError(f"{files}: two different values for {when}")
    kept = kept.reset_index(drop=True)
    return kept, _counts(kept, VALUES[name], column) | {
        "suspect": int((kept[column] == SUSPECT).sum()),
        "superseded": len(single) - len(kept),
        "outside": outside,
    }


def _inside(table: pd.DataFrame, partition: str) -> pd.DataFrame:
    """The rows within a partition's days."""
    if partition == "all":
        return table
    first, last = (np.datetime64(day, "us") for day in bounds(partition))
    return table[(table["time"] >= first) & (table["time"] < last + np.timedelta64(1, "D"))]


def _without_suspects(table: pd.DataFrame) -> pd.DataFrame:
    """F10.7 that cannot be the sun's own made missing, observed and adjusted."""
    low, high = F107_LIMITS
    bad = table["f107"].notna() & ~table["f107"].between(low, high)
    flux = table[["f107", "f107_adjusted"]].mask(bad)
    return table.assign(**flux, status=table["status"].mask(bad, SUSPECT))


def _highest(table: pd.DataFrame, value: str, column: str, ranks: tuple[str, ...]) -> pd.DataFrame:
    """The rows that no other of their time outranks; a row with a value outranks one without."""
    if table.empty:
        return table
    unknown = sorted(set(table[column]) - set(ranks))
    if unknown:
        raise LaicflowError(f"{column} {unknown[0]!r} is none of {', '.join(map(repr, ranks))}")
    rank = table[column].map(ranks.index) + len(ranks) * table[value].notna()
    return table[rank == rank.groupby(table["time"]).transform("max")]


def _counts(table: pd.DataFrame, value: str, column: str) -> dict:
    """Rows, rows without a value, and rows by standing."""
    told = table[column].fillna("").value_counts().sort_index()
    return {
        "rows": len(table),
        "missing": int(table[value].isna().sum()),
        "status": {str(name): int(count) for name, count in told.items()},
    }
