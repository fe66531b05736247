"""A catalog merged from files of the store, and what was left out of it, written as files."""

from __future__ import annotations

import hashlib
import json

import pandas as pd

from laicflow.catalogs.merge import merge
from laicflow.files import strictest
from laicflow.store import licence_of, read_parquet, write_parquet

DAY = pd.Timedelta(days=1)


def join(paths: list[str], outputs: dict[str, str], *, rules: dict, first: str, last: str) -> None:
    """One catalog from the tables at `paths`, and the rows that were left out of it.

    What comes after the period is not looked at, nor counted: a file of the store may grow on, and
    the catalog of a period that is over must not become another one by that. So `inputs_sha256` is
    of the rows that were looked at, not of the files.

    Parameters
    ----------
    outputs : paths of `catalog` and `removed`
    rules : of the merging; the order of `sources` in them is their rank
    first, last : days, ISO
    """
    ends = pd.Timestamp(last) + DAY
    tables = [_until(read_parquet(path), ends) for path in paths]
    cited = dict.fromkeys(table.attrs.get("citation", "") for table in tables)
    own = {key: value for key, value in rules.items() if key != "sources"}
    own["priority"] = rules["sources"]
    events, removed, counts = merge(tables, rules=own, period=(first, last))
    print(f"period: {first} to {last}")
    for what, of in counts.items():
        print(f"{what}: " + ", ".join(f"{source} {n}" for source, n in of.items()))
    digests = {path: _digest(table) for path, table in zip(paths, tables, strict=True)}
    told = {
        "inputs_sha256": json.dumps(digests, sort_keys=True),
        "licence": strictest(filter(None, map(licence_of, paths))),
        "counts": json.dumps(counts),
        "rules": json.dumps(rules),
        "citation": "; ".join(filter(None, cited)),
    }
    write_parquet(events, outputs["catalog"], attributes=told)
    write_parquet(removed, outputs["removed"], attributes=told)


def _until(table: pd.DataFrame, ends: pd.Timestamp) -> pd.DataFrame:
    """The rows before an instant, and those without a time, which are counted."""
    return table[(table["time"] < ends) | table["time"].isna()].reset_index(drop=True)


def _digest(table: pd.DataFrame) -> str:
    """The sha256 of the rows of a table."""
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()
