"""List what the upstreams have now of every partition that may change; nothing is downloaded."""

from laicflow import config
from laicflow.joblog import job
from laicflow.refresh import refresh

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        for line in refresh(snakemake.config, snakemake.params.options, config.now()):
            print(line)
