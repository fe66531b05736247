"""Train one network on each of the further draws of a variant, with the first seed."""

from laicflow.joblog import job
from laicflow.training.write_model import train_draws

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        train_draws(
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
            dict(snakemake.wildcards.items()),
            snakemake.params.options,
            snakemake.threads,
        )
