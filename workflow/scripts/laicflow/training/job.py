"""One training job: what a rule hands over, made the arguments of an experiment."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.errors import ConfigError
from laicflow.models.weights import started
from laicflow.schema import conform
from laicflow.store import provenance, read_parquet
from laicflow.training.experiment import Outcome, run_experiment
from laicflow.training.windows import cutter

# What the study may say of the networks whose weights are kept.
KEEPS = ("none", "headline", "all")


def train(
    inputs: dict[str, str | list[str]],
    wildcards: dict[str, str],
    options: dict,
    *,
    seed: int,
    first_draw: bool,
    threads: int,
) -> tuple[Outcome, dict[str, str]]:
    """Train an experiment on the first draw, or on all the others.

    Parameters
    ----------
    inputs : tensors, samples, splits; `weights`, the receipt of published weights or an empty list
    options : of the rule: study, model, model_options, training, headline, names, run_seed

    Weights are kept of the first draw alone, as `training.keep_weights` says.

    Returns the outcome, its tables held to their schemas, and the attributes of its files.

    Raises
    ------
    LaicflowError : weights that are not what the receipt says, what `run_experiment` refuses
    """
    paths = {key: _path(path) for key, path in inputs.items()}
    splits = read_parquet(paths["splits"])
    splits = splits[(splits["draw"] == 0) == first_draw]
    training = {**options["training"], "threads": threads}
    kept = _kept(training.pop("keep_weights", "headline"), options["headline"])
    model_options = started(options["model"], options["model_options"], paths.get("weights"))
    outcome = run_experiment(
        cutter(wildcards["study"], paths["tensors"], options["study"]),
        read_parquet(paths["samples"]),
        splits,
        wildcards["experiment"],
        {
            "model": options["model"],
            "model_options": model_options,
            "training": training,
            "keep_weights": "headline" if kept and first_draw else "none",
        },
        seed=seed,
        names=(*options["names"], str(options["run_seed"])),
        scratch=Path("scratch") / "/".join(options["names"]),
    )
    _checked(outcome)
    return outcome, provenance(path for path in paths.values() if path)


def _checked(outcome: Outcome) -> None:
    """Hold the tables to their schemas, and print the notes."""
    outcome.predictions = conform(outcome.predictions, "predictions")
    outcome.history = conform(outcome.history, "history")
    outcome.notes = conform(outcome.notes, "notes")
    for row in outcome.notes.itertuples():
        where = "" if pd.isna(row.draw) else f"draw {row.draw}, fold {row.fold}: "
        print(f"{where}{row.why}")


def _path(given: str | list[str]) -> str:
    """A path that a rule gives alone or in a list of at most one; empty where there is none."""
    return given if isinstance(given, str) else "".join(given)


def _kept(choice: str, headline: bool) -> bool:
    """Whether the weights of an experiment are kept; `headline`: it is the headline's own.

    Raises
    ------
    ConfigError : an unknown choice
    """
    if choice not in KEEPS:
        raise ConfigError(f"training: keep_weights {choice!r} is none of {', '.join(KEEPS)}")
    return choice == "all" or (choice == "headline" and headline)
