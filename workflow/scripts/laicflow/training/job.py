"""One training job: what a rule hands over, made the arguments of an experiment."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from laicflow.errors import ConfigError, LaicflowError
from laicflow.files import strictest
from laicflow.models.receipts import started
from laicflow.schema import conform
from laicflow.store import licence_of, provenance, read_parquet
from laicflow.training import initial
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
    inputs : tensors, samples, splits; `weights`, the receipt of published weights or an empty
        list; `initial`, the weights of another experiment from which the networks start
        (`<variant>/<experiment>/<seed>/weights.safetensors`), an empty list or absent; `tuned`,
        what tuning found (`tune.run_tuning`), an empty list or absent
    options : of the rule: study, model, model_options, training, headline, names, run_seed; `own`,
        what the experiment says of `options` and `training` itself, which no tuning changes

    Weights are kept of the first draw alone, as `training.keep_weights` says.

    Returns the outcome, its tables held to their schemas, and the attributes of its files.

    Raises
    ------
    LaicflowError : weights that are not what the receipt says, first weights that are none, what
        `run_experiment` refuses
    """
    paths = {key: _path(path) for key, path in inputs.items()}
    splits = read_parquet(paths["splits"])
    splits = splits[(splits["draw"] == 0) == first_draw]
    options = _tuned(options, paths.get("tuned"))
    training = {**options["training"], "threads": threads}
    kept = _kept(training.pop("keep_weights", "headline"), options["headline"])
    model_options = started(options["model"], options["model_options"], paths.get("weights"))
    first = initial.read(paths["initial"]) if paths.get("initial") else None
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
        initial=first,
    )
    _checked(outcome)
    return outcome, _told(paths)


def _tuned(options: dict, path: str | None) -> dict:
    """The options with what tuning found laid over them, and what the experiment says over that.

    Raises
    ------
    LaicflowError : the tuning was that of another model
    """
    if not path:
        return options
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    if found["model"] != options["model"]:
        raise LaicflowError(f"{path}: tuned {found['model']}, expected {options['model']}")
    own = options.get("own", {})
    laid = {
        key: {**options[key], **found[key], **own.get(name, {})}
        for key, name in (("model_options", "options"), ("training", "training"))
    }
    changed = {**found["model_options"], **found["training"]}
    print(f"tuned in {found['trials']} trials: {json.dumps(changed, sort_keys=True)}")
    return {**options, **laid}


def _told(paths: dict[str, str]) -> dict[str, str]:
    """What the files say of their inputs.

    A file of weights carries no licence; that of what they were learned from stands in the
    predictions beside it, which the same job wrote.
    """
    told = provenance(path for path in paths.values() if path)
    beside = (
        Path(paths["initial"]).with_name("predictions.parquet") if paths.get("initial") else None
    )
    if beside is None or not beside.is_file():
        return told
    licences = (told["licence"], licence_of(beside))
    return told | {"licence": strictest(filter(None, licences))}


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
