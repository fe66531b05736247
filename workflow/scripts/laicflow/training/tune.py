"""Which options a model is trained with: Bayesian tuning of its F1 (Xiong et al. 2021, Methods).

A tree-structured Parzen estimator (Bergstra et al. 2011), as in the paper, of Optuna in the place
of Hyperopt, with Hyperopt's number of random trials before it. The paper minimises -F1 over 100
trials a model; here F1 is maximised, which is the same. Each trial trains one model as an
experiment does, on the training samples of the first draw and fold, and is judged on the samples
that `on` names: the paper tunes on its test samples, which then are none any more.

Every trial trains with the same seed, so that options alone make the difference, and its options
are drawn with a seed of its own, so that they hang on the trials before it alone: a study that was
interrupted goes on as if it had not been.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd

from laicflow import seeds
from laicflow.errors import LaicflowError
from laicflow.evaluation import classes as scores
from laicflow.files import write_text
from laicflow.models import registry
from laicflow.models.spaces import UnfitError
from laicflow.progress import track
from laicflow.samples.splits import why_none, why_unfit
from laicflow.schema import conform, empty
from laicflow.training import fit as fitting
from laicflow.training import tune_values
from laicflow.training.checkpoint import digest_of
from laicflow.training.classical import fit_model, is_classical, predict_model
from laicflow.training.data import Arrays, TrainingError
from laicflow.training.module import torch
from laicflow.training.search import (
    OBJECTIVES,
    classes_of,
    differs,
    distribution,
    parted,
    searched_of,
    settings_of,
)

COMPLETE, PRUNED = "complete", "pruned"
_STATES = {COMPLETE: optuna.trial.TrialState.COMPLETE, PRUNED: optuna.trial.TrialState.PRUNED}


@dataclass(frozen=True)
class _Job:
    """What all trials share."""

    model: str
    settings: dict[str, Any]
    space: dict[str, optuna.distributions.BaseDistribution]
    sets: dict[str, Arrays]
    names: tuple[str | int, ...]
    scratch: Path | None
    classical: bool

    @property
    def seed(self) -> int:
        """Of the training of every trial."""
        return seeds.number(*self.names, "tuning", self.model)

    @functools.cached_property
    def file(self) -> Path | None:
        """Where the finished trials lie; its name holds a digest of all that they hang on."""
        if self.scratch is None:
            return None
        training = {key: v for key, v in self.settings["training"].items() if key != "threads"}
        versions = (torch.__version__, optuna.__version__, os.environ.get("LAICFLOW_CODE", ""))
        meaning = [self.model, {**self.settings, "training": training}, self.seed, versions]
        digest = digest_of(tuple(self.sets.values()), meaning).hexdigest()[:24]
        return Path(self.scratch) / f"{digest}.tuning.json"


def run_tuning(
    windows: Callable[[list[str]], np.ndarray],
    samples: pd.DataFrame,
    splits: pd.DataFrame,
    model: str,
    options: dict[str, Any],
    *,
    names: tuple[str | int, ...],
    scratch: Path | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Try options of a model, and give the best.

    Parameters
    ----------
    windows : window ids to images (n, channel, row, column) float32
    samples : table `samples`, of which sample_id, window_id and label are used
    splits : table `splits`, of which the first draw and fold are used
    model : a name of the registry
    options : some of `search.DEFAULTS`; `model_options.classes` is the number of classes, or 2; 0
        where values are forecast (`tune_values`), whose objective is less their RMSE
    names : of the random numbers, e.g. run, study, variant
    scratch : folder in which finished trials lie until all are done, so that an interrupted study
        goes on; nothing is written without it

    A trial is pruned where its options cannot be had together, and where its training diverges.

    Returns
    -------
    table : table `tuning`, a row a trial: trial (from 0), state (complete or pruned), value (the
        objective, more is better, missing where pruned), params (JSON), note (why pruned)
    best : what `_untried` names: options to be laid over those of an experiment, trial and value
        (of equals the first), pruned (number by reason), differs (what is not as in the paper).
        Without samples to learn from or to judge by no trial is made, and a note says why.

    Raises
    ------
    ConfigError : an option that does not exist, a search that cannot be
    LaicflowError : a split of a sample that is not there, a label that is no class, an image that
        is not finite, or no trial that could be trained
    """
    settings = settings_of(model, options)
    searched = searched_of(model, settings)
    space = {name: distribution(name, searched[name]) for name in sorted(searched)}
    best = _untried(model, settings)
    if splits.empty:
        return empty("tuning"), best | {"notes": [why_none(splits)]}
    if tune_values.of_values(settings):
        table = tune_values.table_of(windows, samples, splits)
        why, cut = tune_values.why_not(table, settings), tune_values.sets_of
    else:
        table = _joined(samples, splits, settings)
        why, cut = _why_not(table, settings), _sets
    if why:
        return empty("tuning"), best | {"notes": [why]}
    sets, classical = cut(windows, table, settings), _classical(model, settings)
    job = _Job(model, settings, space, sets, names, scratch, classical)
    trials = _trials(job)
    if job.file is not None:
        job.file.unlink(missing_ok=True)
    return _table(job, trials), best | _best(job, trials) | {"notes": _notes(splits)}


def _untried(model: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What is told of the best trial where none was made."""
    best = {"model": model, "on": settings["on"], "objective": settings["objective"]}
    best |= {"differs": differs(model, settings), "notes": [], "pruned": {}, "trials": 0}
    return best | {"model_options": {}, "training": {}, "trial": None, "value": None}


def _why_not(table: pd.DataFrame, settings: dict[str, Any]) -> str:
    """Why nothing can be tuned with these samples, "" where it can."""
    why = why_unfit(table)
    if not why and not (table["split"] == settings["on"]).any():
        return f"undecidable: 0 {settings['on']} samples"
    return why or ""


def _joined(samples: pd.DataFrame, splits: pd.DataFrame, settings: dict[str, Any]) -> pd.DataFrame:
    """The first draw and fold with window and label of each sample."""
    own = splits
    for key in ("draw", "fold"):
        own = own[own[key] == own[key].min()]
    own = own[own["split"] != "purged"]
    columns = ["sample_id", "window_id", "label"]
    table = own.merge(samples[columns], on="sample_id", how="left", validate="many_to_one")
    lost = table["window_id"].isna()
    if lost.any():
        first = table.loc[lost, "sample_id"].iloc[0]
        raise LaicflowError(f"splits: sample {first!r} is not in the samples")
    classes = classes_of(settings)
    if not table["label"].isin(range(classes)).all():
        raise LaicflowError(f"a label is none of 0 to {classes - 1}")
    return table


def _sets(
    windows: Callable[[list[str]], np.ndarray], table: pd.DataFrame, settings: dict[str, Any]
) -> dict[str, Arrays]:
    """The samples of each split that is learned from, or that something is chosen by."""
    wanted = {"train", settings["on"]}
    training = {**fitting.DEFAULTS, **settings["training"]}
    if training["select"] == "best_validation" or training["patience"] is not None:
        wanted.add("validation")
    used = table[table["split"].isin(wanted)]
    names = sorted(set(used["window_id"]))
    images = np.asarray(windows(names), dtype=np.float32)
    if len(images) != len(names):
        raise LaicflowError(f"{len(images)} images for {len(names)} windows")
    rows = used["window_id"].map({name: row for row, name in enumerate(names)}).to_numpy()
    sets = {}
    for split in sorted(wanted):
        here = (used["split"] == split).to_numpy()
        label = used.loc[here, "label"].to_numpy(np.float32)
        ids = tuple(used.loc[here, "sample_id"])
        sets[split] = Arrays(images[rows[here]], label, ids, classes_of(settings))
    return sets


def _classical(model: str, settings: dict[str, Any]) -> bool:
    """Whether a model is fitted in one go."""
    with contextlib.suppress(UnfitError):
        return is_classical(registry.build(model, settings["model_options"], seed=0))
    return False


def _trials(job: _Job) -> list[dict[str, Any]]:
    """All trials in their order: params, state, value, why it was pruned, which it repeats."""
    done = _left(job.file)
    study = _study(job, done)
    known = {_key(row["params"]): number for number, row in reversed(list(enumerate(done)))}
    left = range(len(done), job.settings["trials"])
    with _quiet():
        for number in track(left, f"tuning {job.model}"):
            study.sampler = _sampler(job, number)
            trial = study.ask(job.space)
            key = _key(trial.params)
            if key in known:
                row = {**done[known[key]], "same": known[key]}
            else:
                row, known[key] = _tried(job, number, trial.params), number
            study.tell(trial, row["value"], state=_STATES[row["state"]])
            done.append(row)
            if job.file is not None:
                write_text(json.dumps(done), job.file)
    return done


def _tried(job: _Job, number: int, params: dict[str, Any]) -> dict[str, Any]:
    """One trial, trained and judged."""
    row = {"params": params, "state": COMPLETE, "value": None, "why": "", "same": None}
    try:
        row["value"] = _value(job, number, params)
    except (UnfitError, TrainingError) as error:
        row |= {"state": PRUNED, "why": str(error)}
    return row


def _value(job: _Job, number: int, params: dict[str, Any]) -> float:
    """The objective of a model that was trained with these options."""
    own, training = parted(params, classical=job.classical)
    own = {**job.settings["model_options"], **own}
    # Nothing is followed beside what something is chosen by.
    training = {**job.settings["training"], **training, "follow": "validation"}
    made = registry.build(job.model, own, seed=job.seed)
    follow = {"text": f"tuning {job.model}, trial {number}", "scratch": job.scratch}
    follow["made"] = [job.model, own]
    if tune_values.of_values(job.settings):
        on = job.settings["on"]
        return tune_values.minus_rmse(made, job.sets, on, training, seed=job.seed, follow=follow)
    train, judged = job.sets["train"], job.sets[job.settings["on"]]
    if job.classical:
        p = predict_model(fit_model(made, train, training, seed=job.seed), judged.x)
    else:
        settings = {**fitting.DEFAULTS, **training}
        chooses = settings["select"] == "best_validation" or settings["patience"] is not None
        fitted = fitting.fit(
            lambda: made,
            train,
            job.sets.get("validation") if chooses else None,
            training,
            seed=job.seed,
            **follow,
        )
        p = fitting.predict(fitted, judged.x)
    p = p if p.ndim == 2 else np.stack([1 - p, p], axis=1)
    confusion = np.zeros((p.shape[1], p.shape[1]))
    np.add.at(confusion, (judged.y.astype(int), scores.predicted_class(p)), 1)
    return float(OBJECTIVES[job.settings["objective"]](confusion))


def _best(job: _Job, trials: list[dict[str, Any]]) -> dict[str, Any]:
    """What is told of the best trial, and of those that were pruned."""
    reasons = Counter(row["why"] for row in trials if row["state"] == PRUNED)
    complete = [number for number, row in enumerate(trials) if row["state"] == COMPLETE]
    if not complete:
        said = "; ".join(f"{why} ({count})" for why, count in sorted(reasons.items()))
        raise LaicflowError(f"tuning {job.model}: none of {len(trials)} trials was trained: {said}")
    first = max(complete, key=lambda number: trials[number]["value"])
    own, training = parted(trials[first]["params"], classical=job.classical)
    return {
        "model_options": own,
        "training": training,
        "trial": first,
        "value": trials[first]["value"],
        "trials": len(trials),
        "pruned": dict(sorted(reasons.items())),
    }


def _table(job: _Job, trials: list[dict[str, Any]]) -> pd.DataFrame:
    """The table `tuning`."""
    rows = []
    for number, row in enumerate(trials):
        same = "" if row["same"] is None else f"the same options as trial {row['same']}"
        rows.append(
            {
                "model": job.model,
                "trial": number,
                "state": row["state"],
                "value": row["value"],
                "params": _key(row["params"]),
                "note": ": ".join(filter(None, (same, row["why"]))),
            }
        )
    return conform(pd.DataFrame(rows), "tuning")


def _notes(splits: pd.DataFrame) -> list[str]:
    """What a reader must know of the samples that were tuned with."""
    folds = len(splits[["draw", "fold"]].drop_duplicates())
    if folds == 1:
        return []
    return [
        f"tuned on the first of {folds} draws and folds alone; some of its samples are tested in "
        "the others"
    ]


def _study(job: _Job, done: list[dict[str, Any]]) -> optuna.Study:
    """A study that holds the trials that were made."""
    with _quiet():
        study = optuna.create_study(direction="maximize")
        for row in done:
            state = _STATES[row["state"]]
            trial = optuna.trial.create_trial(
                params=row["params"], distributions=job.space, value=row["value"], state=state
            )
            study.add_trial(trial)
    return study


def _sampler(job: _Job, number: int) -> optuna.samplers.BaseSampler:
    """The sampler of one trial: each option by itself, as Hyperopt does."""
    return optuna.samplers.TPESampler(
        n_startup_trials=job.settings["startup"],
        multivariate=False,
        group=False,
        constant_liar=False,
        seed=seeds.number(*job.names, "tuning", job.model, "trial", number),
    )


def _left(file: Path | None) -> list[dict[str, Any]]:
    """The trials that an interrupted study has made."""
    if file is None or not file.is_file():
        return []
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        said = f"{file.name}: the trials are damaged and were removed, tuning starts over"
        print(said, file=sys.stderr, flush=True)
        file.unlink()
        return []


def _key(params: dict[str, Any]) -> str:
    """Options as JSON."""
    return json.dumps(params, sort_keys=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Optuna says nothing but warnings."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
