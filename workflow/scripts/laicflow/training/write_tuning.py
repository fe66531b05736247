"""What a job that tunes a model leaves."""

from __future__ import annotations

from pathlib import Path

from laicflow.files import write_json
from laicflow.store import provenance, read_parquet, write_parquet
from laicflow.training.tune import run_tuning
from laicflow.training.windows import cutter


def tune_model(inputs: dict, outputs: dict, wildcards: dict, options: dict, threads: int) -> None:
    """Write the trials and what was found."""
    training = {**options["training"], "threads": threads}
    training.pop("keep_weights", None)
    table, best = run_tuning(
        cutter(wildcards["study"], inputs["tensors"], options["study"]),
        read_parquet(inputs["samples"]),
        read_parquet(inputs["splits"]),
        options["model"],
        {**options["tuning"], "model_options": options["model_options"], "training": training},
        names=(*options["names"], str(options["run_seed"])),
        scratch=Path("scratch") / "/".join(options["names"]) / "tuning",
    )
    for sentence in (*best["differs"], *best["notes"]):
        print(sentence)
    told = provenance(inputs.values())
    write_parquet(table, outputs["tuning"], attributes=told)
    write_json({**best, **told}, outputs["tuned"])
