"""Say of every event of a catalog to which cluster it belongs, and as what."""

import json

from laicflow.catalogs.decluster import decluster
from laicflow.joblog import job
from laicflow.schema import conform
from laicflow.store import provenance, read_parquet, write_parquet


def separate(catalog: str, output: str, *, method: str, options: dict) -> None:
    """The catalog at `catalog` with `cluster_id` and `role` by `method`."""
    events = read_parquet(catalog)
    found = decluster(events, method, **options)
    roles = found["role"].value_counts()
    print(f"{method}: " + ", ".join(f"{count} {role}" for role, count in roles.items()))
    told = {"declustering": json.dumps(found.attrs), "citation": events.attrs.get("citation", "")}
    table = conform(found, "clusters")
    write_parquet(table, output, attributes={**provenance([catalog]), **told})


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        separate(snakemake.input[0], snakemake.output[0], **snakemake.params.options)
