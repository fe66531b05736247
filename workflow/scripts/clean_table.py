"""Read the files of a partition of an index or a catalog into the store: one Parquet."""

import json
from pathlib import Path

from laicflow.clean.tables import partition_of_table
from laicflow.joblog import job
from laicflow.store import provenance, write_parquet


def clean(receipt: str, output: str, *, reader: str, origin: str) -> None:
    """The table that a receipt's files hold."""
    content = json.loads(Path(receipt).read_text())
    table = partition_of_table(content, Path("data/raw") / origin, reader)
    counts = json.dumps(table.attrs["counts"], sort_keys=True)
    print(f"{len(table)} rows: {counts}")
    told = {"source": content["source"], "citation": content["citation"], "counts": counts}
    write_parquet(table, output, attributes={**provenance([receipt]), **told})


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        clean(snakemake.input[0], snakemake.output[0], **snakemake.params.options)
