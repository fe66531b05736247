"""Fit the baselines of a variant (R27) on every draw and fold."""

from laicflow.evaluation.baselines import run_baselines
from laicflow.joblog import job
from laicflow.schema import conform
from laicflow.store import provenance, read_parquet, write_parquet
from laicflow.training.windows import cutter


def fit(inputs: dict, outputs: dict, study: str, options: dict) -> None:
    """Write predictions and notes of the baselines."""
    predictions, notes = run_baselines(
        cutter(study, inputs["tensors"], options["study"]),
        read_parquet(inputs["samples"]),
        read_parquet(inputs["splits"]),
        options["baselines"],
        names=(*options["names"], str(options["run_seed"])),
    )
    told = provenance(inputs.values())
    write_parquet(conform(predictions, "predictions"), outputs["predictions"], attributes=told)
    write_parquet(conform(notes, "notes"), outputs["notes"], attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        fit(
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
            snakemake.wildcards.study,
            snakemake.params.options,
        )
