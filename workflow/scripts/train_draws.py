"""Train one network on each of the further draws of a variant, with the first seed."""

from laicflow.joblog import job
from laicflow.store import write_parquet
from laicflow.training.job import train


def fit(inputs: dict, outputs: dict, wildcards: dict, options: dict, threads: int) -> None:
    """Write predictions and notes of all draws but the first; `seed` is one of the options."""
    seed = options["seed"]
    outcome, told = train(inputs, wildcards, options, seed=seed, first_draw=False, threads=threads)
    write_parquet(outcome.predictions, outputs["predictions"], attributes=told)
    write_parquet(outcome.notes, outputs["notes"], attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        fit(
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
            dict(snakemake.wildcards.items()),
            snakemake.params.options,
            snakemake.threads,
        )
