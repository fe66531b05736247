"""Read ready series of VTEC of a partition into the store: one NetCDF, an even grid of time."""

import json
from pathlib import Path

from laicflow.clean.tec import partition_of_series
from laicflow.joblog import job
from laicflow.store import provenance, write_netcdf


def clean(receipt: str, output: str, *, reader: str, origin: str) -> None:
    """The series that a receipt names."""
    content = json.loads(Path(receipt).read_text())
    series = partition_of_series(content, Path("data/raw") / origin, reader)
    for code, counts in json.loads(series.attrs["counts"]).items():
        print(f"{code}: {', '.join(f'{number} {key}' for key, number in counts.items())}")
    write_netcdf(series, output, attributes=provenance([receipt]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        clean(snakemake.input[0], snakemake.output[0], **snakemake.params.options)
