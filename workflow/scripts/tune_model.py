"""Tune the options of one model on the first draw and fold of a variant."""

from laicflow.joblog import job
from laicflow.training.write_tuning import tune_model

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        tune_model(
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
            dict(snakemake.wildcards.items()),
            snakemake.params.options,
            snakemake.threads,
        )
