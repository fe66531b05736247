"""Read the map files of a partition into the store: one NetCDF, each epoch once, gaps counted."""

import json
from pathlib import Path

from laicflow.clean.maps import month_of_maps
from laicflow.joblog import job
from laicflow.store import provenance, write_netcdf


def clean(receipt: str, output: str, *, reader: str, origin: str) -> None:
    """The maps that a receipt names, cleaned."""
    content = json.loads(Path(receipt).read_text())
    maps = month_of_maps(content, Path("data/raw") / origin, reader)
    print(f"{maps.attrs['maps']} maps of {maps.attrs['days']} days from {maps.attrs['centre']}")
    write_netcdf(maps, output, attributes=provenance([receipt]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        clean(snakemake.input[0], snakemake.output[0], **snakemake.params.options)
