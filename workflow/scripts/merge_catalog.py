"""Merge the sources of a catalog: every earthquake once, what was left out kept with its reason."""

from laicflow.catalogs.merged_files import join
from laicflow.joblog import job

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        join(list(snakemake.input), dict(snakemake.output.items()), **snakemake.params.options)
