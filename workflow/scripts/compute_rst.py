"""Compute how unusual the radiation of days around an event is among the years: one NetCDF."""

from laicflow.anomalies.rst_maps import around_event, said
from laicflow.joblog import job
from laicflow.store import provenance, read_netcdf, write_netcdf


def compute(radiation: list[str], lines: list[str], output: str, *, olr: dict, event: dict) -> None:
    """The index of the maps in files of the store, by the rules `olr`."""
    made = around_event([read_netcdf(path) for path in radiation], olr, event)
    for sentence in said(made):
        print(sentence)
    write_netcdf(made, output, attributes=provenance([*radiation, *lines]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        compute(
            list(snakemake.input.radiation),
            list(snakemake.input.lines),
            snakemake.output[0],
            **snakemake.params.options,
        )
