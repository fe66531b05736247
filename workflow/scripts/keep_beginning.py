"""Keep what a study began to go on with, as it was then, beside its ledger."""

from laicflow.files import copy
from laicflow.joblog import job

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        copy(snakemake.input[0], snakemake.output[0])
        print(f"{snakemake.input[0]} is kept as {snakemake.output[0]}")
