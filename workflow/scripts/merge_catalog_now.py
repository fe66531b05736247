"""Merge the sources of a catalog up to now, for the forecasts of a study that goes on."""

from laicflow.catalogs.merged_files import join
from laicflow.joblog import job

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        join(list(snakemake.input), dict(snakemake.output.items()), **snakemake.params.options)
