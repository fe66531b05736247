"""One training job: what a rule hands over, made the arguments of an experiment."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.schema import conform
from laicflow.store import provenance, read_parquet
from laicflow.training.experiment import Outcome, run_experiment
from laicflow.training.windows import cutter


def train(
    inputs: dict[str, str],
    wildcards: dict[str, str],
    options: dict,
    *,
    seed: int,
    first_draw: bool,
    threads: int,
) -> tuple[Outcome, dict[str, str]]:
    """Train an experiment on the first draw, or on all the others.

    Returns the outcome, its tables held to their schemas, and the attributes of its files.
    """
    splits = read_parquet(inputs["splits"])
    splits = splits[(splits["draw"] == 0) == first_draw]
    training = {**options["training"], "threads": threads}
    outcome = run_experiment(
        cutter(wildcards["study"], inputs["tensors"], options["study"]),
        read_parquet(inputs["samples"]),
        splits,
        wildcards["experiment"],
        {
            "model": options["model"],
            "model_options": options["model_options"],
            "training": training,
        },
        seed=seed,
        names=(*options["names"], str(options["run_seed"])),
        scratch=Path("scratch") / "/".join(options["names"]),
    )
    outcome.predictions = conform(outcome.predictions, "predictions")
    outcome.history = conform(outcome.history, "history")
    outcome.notes = conform(outcome.notes, "notes")
    for row in outcome.notes.itertuples():
        where = "" if pd.isna(row.draw) else f"draw {row.draw}, fold {row.fold}: "
        print(f"{where}{row.why}")
    return outcome, provenance(inputs.values())
