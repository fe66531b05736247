"""Train one network with one seed on the first draw of a variant, fold by fold."""

from laicflow.joblog import job
from laicflow.training.write_model import train_model

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        train_model(
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
            dict(snakemake.wildcards.items()),
            snakemake.params.options,
            snakemake.threads,
        )
