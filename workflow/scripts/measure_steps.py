"""Time an optimizer step of every network of a study at its full size."""

from laicflow.joblog import job
from laicflow.store import write_parquet
from laicflow.training import estimate


def measure(output: str, options: dict, threads: int) -> None:
    """Write the table `timing`; `options` are those of the rule."""
    timing = estimate.table(options["experiments"], seed=options["seed"], threads=threads)
    for sentence in estimate.said(timing):
        print(sentence)
    write_parquet(timing, output)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        measure(snakemake.output[0], snakemake.params.options, snakemake.threads)
