"""Cut what every window of a study shows, without labels: the study's own `windows.prepare`."""

import importlib

from laicflow.joblog import job
from laicflow.store import provenance, read_parquet, write_netcdf


def build(maps: list[str], sites: str, output: str, study: str, settings: dict) -> None:
    """The tensors of a study from the maps of the store."""
    windows = importlib.import_module(f"laicflow.studies.{study}.windows")
    tensors = windows.prepare(maps, read_parquet(sites), settings)
    told = tensors.attrs
    print(f"{told['maps']} maps; {told['missing_hours']} of {told['hours']} hours are not in them:")
    print(told["missing_hours_first"])
    write_netcdf(tensors, output, attributes=provenance([*maps, sites]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        build(
            list(snakemake.input.maps),
            snakemake.input.sites,
            snakemake.output[0],
            snakemake.wildcards.study,
            snakemake.params.options,
        )
