"""What a job that fits baselines leaves."""

from __future__ import annotations

from laicflow.evaluation.baselines import run_baselines
from laicflow.schema import conform
from laicflow.store import provenance, read_parquet, write_parquet
from laicflow.training.windows import cutter


def train_baselines(
    inputs: dict, outputs: dict, wildcards: dict, options: dict, threads: int
) -> None:
    """Write predictions and notes of the baselines."""
    predictions, notes = run_baselines(
        cutter(wildcards["study"], inputs["tensors"], options["study"]),
        read_parquet(inputs["samples"]),
        read_parquet(inputs["splits"]),
        options["baselines"],
        names=(*options["names"], str(options["run_seed"])),
    )
    told = provenance(inputs.values())
    write_parquet(conform(predictions, "predictions"), outputs["predictions"], attributes=told)
    write_parquet(conform(notes, "notes"), outputs["notes"], attributes=told)
