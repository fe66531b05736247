"""A catalog merged from files of the store, and what was left out of it, written as files."""

from __future__ import annotations

import json

from laicflow.catalogs.merge import merge
from laicflow.store import provenance, read_parquet, write_parquet


def join(paths: list[str], outputs: dict[str, str], *, rules: dict, first: str, last: str) -> None:
    """One catalog from the tables at `paths`, and the rows that were left out of it.

    Parameters
    ----------
    outputs : paths of `catalog` and `removed`
    rules : of the merging; the order of `sources` in them is their rank
    first, last : days, ISO
    """
    tables = [read_parquet(path) for path in paths]
    cited = dict.fromkeys(table.attrs.get("citation", "") for table in tables)
    own = {key: value for key, value in rules.items() if key != "sources"}
    own["priority"] = rules["sources"]
    events, removed, counts = merge(tables, rules=own, period=(first, last))
    print(f"period: {first} to {last}")
    for what, of in counts.items():
        print(f"{what}: " + ", ".join(f"{source} {n}" for source, n in of.items()))
    told = {
        **provenance(paths),
        "counts": json.dumps(counts),
        "rules": json.dumps(rules),
        "citation": "; ".join(filter(None, cited)),
    }
    write_parquet(events, outputs["catalog"], attributes=told)
    write_parquet(removed, outputs["removed"], attributes=told)
