"""Cut what every window of a study shows, without labels: the study's own `windows.prepare`."""

import importlib

from laicflow.joblog import job
from laicflow.store import provenance, read_parquet, write_netcdf


def build(series: list[str], sites: str, output: str, study: str, settings: dict) -> None:
    """The tensors of a study from the maps or series of the store."""
    windows = importlib.import_module(f"laicflow.studies.{study}.windows")
    tensors = windows.prepare(series, read_parquet(sites), settings)
    for sentence in windows.said(tensors):
        print(sentence)
    write_netcdf(tensors, output, attributes=provenance([*series, sites]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        build(
            list(snakemake.input.series),
            snakemake.input.sites,
            snakemake.output[0],
            snakemake.wildcards.study,
            snakemake.params.options,
        )
