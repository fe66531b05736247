"""What a job that trains a network leaves: one seed on the first draw, or all further draws."""

from __future__ import annotations

from laicflow.store import write_parquet
from laicflow.training.experiment import save_weights
from laicflow.training.job import train


def train_model(inputs: dict, outputs: dict, wildcards: dict, options: dict, threads: int) -> None:
    """Write predictions, history, notes and weights of one seed on the first draw."""
    seed = int(wildcards["seed"])
    outcome, told = train(inputs, wildcards, options, seed=seed, first_draw=True, threads=threads)
    write_parquet(outcome.predictions, outputs["predictions"], attributes=told)
    write_parquet(outcome.history, outputs["history"], attributes=told)
    write_parquet(outcome.notes, outputs["notes"], attributes=told)
    save_weights(outcome, outputs["weights"])


def train_draws(inputs: dict, outputs: dict, wildcards: dict, options: dict, threads: int) -> None:
    """Write predictions and notes of all draws but the first; `seed` is one of the options."""
    seed = options["seed"]
    outcome, told = train(inputs, wildcards, options, seed=seed, first_draw=False, threads=threads)
    write_parquet(outcome.predictions, outputs["predictions"], attributes=told)
    write_parquet(outcome.notes, outputs["notes"], attributes=told)
