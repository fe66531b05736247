"""Keep what a study began to go on with, as it was then, beside its ledger."""

from laicflow.beginning import keep
from laicflow.joblog import job

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        own = snakemake.params.options
        for line in keep(own["published"], own["kept"], snakemake.output[0]):
            print(line)
