"""Merge the sources of a catalog up to now, for the forecasts of a study that goes on."""

import json

from laicflow.catalogs.merge import merge
from laicflow.joblog import job
from laicflow.store import provenance, read_parquet, write_parquet


def join(paths: list[str], outputs: dict[str, str], *, rules: dict, first: str, last: str) -> None:
    """One catalog from the tables at `paths`."""
    own = {key: value for key, value in rules.items() if key != "sources"}
    own["priority"] = rules["sources"]
    tables = [read_parquet(path) for path in paths]
    events, removed, counts = merge(tables, rules=own, period=(first, last))
    print(f"{first} to {last}: {json.dumps(counts)}")
    told = {**provenance(paths), "counts": json.dumps(counts), "rules": json.dumps(rules)}
    write_parquet(events, outputs["catalog"], attributes=told)
    write_parquet(removed, outputs["removed"], attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        join(list(snakemake.input), dict(snakemake.output.items()), **snakemake.params.options)
