"""Merge the yearly tables of a catalog: every earthquake once, what was left out counted."""

import json

from laicflow.catalogs.merge import merge
from laicflow.joblog import job
from laicflow.store import provenance, read_parquet, write_parquet


def join(paths: list[str], output: str) -> None:
    """One catalog from the tables at `paths`."""
    tables = [read_parquet(path) for path in paths]
    events, counts = merge(tables)
    print(counts)
    told = {"counts": json.dumps(counts), "citation": tables[0].attrs.get("citation", "")}
    write_parquet(events, output, attributes={**provenance(paths), **told})


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        join(list(snakemake.input), snakemake.output[0])
