"""Merge the sources of a catalog: every earthquake once, what was left out kept with its reason."""

import json

from laicflow.catalogs.merge import merge
from laicflow.joblog import job
from laicflow.store import provenance, read_parquet, write_parquet


def join(paths: list[str], outputs: dict[str, str], *, rules: dict, first: str, last: str) -> None:
    """One catalog from the tables at `paths`; the order of the sources in `rules` is their rank."""
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


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        join(list(snakemake.input), dict(snakemake.output.items()), **snakemake.params.options)
