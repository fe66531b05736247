"""Read the maps of radiation of a partition into the store: one NetCDF of a box, gaps counted."""

import json
from pathlib import Path

from laicflow.clean.olr import partition_of_olr
from laicflow.joblog import job
from laicflow.store import provenance, write_netcdf


def clean(receipt: str, output: str, *, reader: str, origin: str, box: dict) -> None:
    """The maps that a receipt names, cut to `box` and cleaned."""
    content = json.loads(Path(receipt).read_text())
    maps = partition_of_olr(content, Path("data/raw") / origin, reader, box)
    told = maps.attrs
    print(f"{told['days']} of {told['expected_days']} days, product {told['product']}")
    print(f"{told['missing_values']} values missing, {told['beyond_range']} out of range")
    write_netcdf(maps, output, attributes=provenance([receipt]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        clean(snakemake.input[0], snakemake.output[0], **snakemake.params.options)
