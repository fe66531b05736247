"""Fit the baselines of a variant (R27) on every draw and fold."""

from laicflow.joblog import job
from laicflow.training.write_baselines import train_baselines

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        train_baselines(
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
            dict(snakemake.wildcards.items()),
            snakemake.params.options,
            snakemake.threads,
        )
