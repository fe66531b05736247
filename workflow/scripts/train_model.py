"""Train one network with one seed on the first draw of a variant, fold by fold."""

from laicflow.joblog import job
from laicflow.store import write_parquet
from laicflow.training.experiment import save_weights
from laicflow.training.job import train


def fit(inputs: dict, outputs: dict, wildcards: dict, options: dict, threads: int) -> None:
    """Write predictions, history, notes and weights of one seed."""
    seed = int(wildcards["seed"])
    outcome, told = train(inputs, wildcards, options, seed=seed, first_draw=True, threads=threads)
    write_parquet(outcome.predictions, outputs["predictions"], attributes=told)
    write_parquet(outcome.history, outputs["history"], attributes=told)
    write_parquet(outcome.notes, outputs["notes"], attributes=told)
    save_weights(outcome, outputs["weights"])


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        fit(
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
            dict(snakemake.wildcards.items()),
            snakemake.params.options,
            snakemake.threads,
        )
