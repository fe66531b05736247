"""Tune and train all that a variant wants in one job (`training_jobs: variant`)."""

from laicflow.joblog import job
from laicflow.training import together

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        together.run(
            snakemake.params.options["steps"],
            list(snakemake.input),
            list(snakemake.output),
            snakemake.threads,
        )
