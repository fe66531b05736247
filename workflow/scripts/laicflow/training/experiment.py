"""One experiment with one seed: a network or model for every draw and fold of the splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError, LaicflowError
from laicflow.files import atomic_path
from laicflow.models import registry
from laicflow.progress import track
from laicflow.samples.splits import why_none, why_unfit
from laicflow.schema import conform, empty
from laicflow.training.classical import fit_model, is_classical, predict_model
from laicflow.training.data import VALUES, Arrays, TrainingError, finite
from laicflow.training.finished import Fold, Store
from laicflow.training.fit import Fitted, fit, predict, settings_of
from laicflow.training.forecast import run_forecast
from laicflow.training.initial import Initial
from laicflow.training.module import torch

# Options of an experiment and their defaults.
DEFAULTS: dict[str, Any] = {
    "model": "",
    "model_options": {},
    "training": {},
    "keep_weights": "headline",  # headline (draw 0 alone) | all | none
}

# The splits that are predicted, in the order of their rows.
PREDICTED = ("validation", "test")

HEADLINE_DRAW = 0

# What is fitted on a fold, and on which of its splits.
LEARNED = (("standardisation", "train"), ("weights", "train"), ("epoch", "validation"))


@dataclass
class Outcome:
    """What an experiment with one seed gives.

    Attributes
    ----------
    predictions : table `predictions`
    history : table `history`
    notes : table `notes`: a row for each draw and fold that was left out, and rows without draw
        and fold that say what the networks are
    weights : parameters and buffers by `<draw>.<fold>.<parameter>`; none of a classical model
    seen : what was fitted on which samples (R16): draw, fold, fitted (standardisation, weights,
        epoch), sample_id
    """

    predictions: pd.DataFrame
    history: pd.DataFrame
    notes: pd.DataFrame
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    seen: pd.DataFrame = field(default_factory=pd.DataFrame)


def run_experiment(
    windows: Callable[[list[str]], np.ndarray],
    samples: pd.DataFrame,
    splits: pd.DataFrame,
    experiment: str,
    options: dict[str, Any],
    *,
    seed: int,
    names: tuple[str | int, ...],
    scratch: Path | None = None,
    initial: dict[str, torch.Tensor] | Initial | None = None,
) -> Outcome:
    """Train a network or a classical model for every draw and fold; predict validation and test.

    Parameters
    ----------
    windows : window ids to images (n, channel, row, column) float32
    samples : table `samples`, of which sample_id, window_id and label are used
    splits : table `splits`
    experiment : its name
    options : `model` (name in the registry), `model_options`, of which `classes` is the number of
        classes (two without it, 0 where values are forecast: `run_forecast`), `training` (options
        of a fit) and `keep_weights` (headline, all or none)
    seed : the run's number
    names : names before it in the names of random numbers, e.g. run, study, variant
    scratch : folder in which finished folds and checkpoints lie until all folds are done, so that
        an interrupted experiment goes on; nothing is written without it
    initial : weights with which the network of every draw and fold starts, as another experiment
        gives or keeps them, of which those of draw 0 and fold 0 are taken; `epochs` may then be 0

    A fold without training samples, with training samples of one class, with nothing to predict,
    with no network to start from or with a training that diverges is left out, and a note says
    why. One whose training samples lack some class of more than two is trained; a note says so.

    Raises
    ------
    ConfigError : an option that does not exist, a classical model that is to start from weights
    LaicflowError : a split of a sample that is not there, a label that is no class, an image that
        is not finite, or first weights that do not fit the network
    """
    if initial is not None and not isinstance(initial, Initial):
        initial = Initial.of(initial, "another experiment")
    chosen = _chosen(options, started=initial is not None)
    who = {"experiment": experiment, "seed": seed}
    if splits.empty:
        why = [{**who, "why": why_none(splits)}]
        notes = conform(pd.DataFrame(why), "notes")
        return Outcome(empty("predictions"), empty("history"), notes, {}, _seen([]))
    classes = _classes(chosen)
    if classes == VALUES:
        if initial is not None:
            raise ConfigError("experiment: a forecaster cannot start from the weights of another")
        given = (windows, samples, splits, experiment, chosen)
        found = run_forecast(*given, seed=seed, names=names, scratch=scratch)
        return Outcome(found.predictions, found.history, found.notes, found.weights, found.seen)
    table = _joined(samples, splits, classes)
    images = _Images(windows, table.loc[table["split"] != "purged", "window_id"], classes)
    store = Store(scratch, experiment, seed)
    outcome = _all_folds(table, images, _Job(chosen, who, names, store, initial))
    store.remove()
    return outcome


def save_weights(outcome: Outcome, path: str | Path) -> None:
    """Write the weights as one safetensors file, under the keys of `Outcome.weights`."""
    from safetensors.torch import save_file

    weights = {key: tensor.contiguous() for key, tensor in outcome.weights.items()}
    with atomic_path(path) as temporary:
        save_file(weights, temporary)


@dataclass(frozen=True)
class _Job:
    """What all folds share: options, experiment and seed, names of numbers, where they lie."""

    chosen: dict[str, Any]
    who: dict[str, Any]
    names: tuple[str | int, ...]
    store: Store
    initial: Initial | None


def _chosen(options: dict[str, Any], *, started: bool) -> dict[str, Any]:
    """The options with their defaults, those of the fit checked before any training."""
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise ConfigError(f"experiment: no option {', '.join(unknown)}")
    chosen = {**DEFAULTS, **options}
    if chosen["keep_weights"] not in ("headline", "all", "none"):
        raise ConfigError("experiment: keep_weights must be headline, all or none")
    if chosen["model"] not in registry.names():
        raise ConfigError(f"model {chosen['model']!r} is none of {', '.join(registry.names())}")
    settings_of(chosen["training"], classes=_classes(chosen), started=started)
    return chosen


def _classes(chosen: dict[str, Any]) -> int:
    """The number of classes, `VALUES` where values are forecast."""
    classes = chosen["model_options"].get("classes", 2)
    if not isinstance(classes, int) or (classes != VALUES and classes < 2):
        raise ConfigError(f"model: classes must be 2 or more, found {classes!r}")
    return classes


def _joined(samples: pd.DataFrame, splits: pd.DataFrame, classes: int) -> pd.DataFrame:
    """The splits with window and label of each sample."""
    columns = ["sample_id", "window_id", "label"]
    table = splits.merge(samples[columns], on="sample_id", how="left", validate="many_to_one")
    lost = table["window_id"].isna()
    if lost.any():
        raise LaicflowError(
            f"splits: sample {table.loc[lost, 'sample_id'].iloc[0]!r} is not in the samples"
        )
    used = table["split"] != "purged"
    if not table.loc[used, "label"].isin(range(classes)).all():
        said = "neither 0 nor 1" if classes == 2 else f"none of 0 to {classes - 1}"
        raise LaicflowError(f"a label is {said}")
    return table


def _unfit(own: pd.DataFrame) -> str:
    """Why nothing can be learned or told on a fold; empty where it can."""
    why = why_unfit(own)
    if not why and not own["split"].isin(PREDICTED).any():
        return "undecidable: 0 validation and 0 test samples"
    return why


def _lacking(train: Arrays, here: dict[str, Any]) -> list[str]:
    """What to say of a fold in which no training sample is of some class."""
    lost = sorted(set(range(train.classes)) - set(train.y.astype(int).tolist()))
    if not lost:
        return []
    which = f"class {', '.join(map(str, lost))}"
    return ["draw {draw}, fold {fold}: ".format(**here) + f"no training sample is of {which}"]


class _Images:
    """The images of windows, each cut once."""

    def __init__(
        self,
        windows: Callable[[list[str]], np.ndarray],
        window_ids: pd.Series,
        classes: int,
    ) -> None:
        self.classes = classes
        names = sorted(set(window_ids))
        self.rows = {name: row for row, name in enumerate(names)}
        self.images = np.asarray(windows(names), dtype=np.float32)
        if len(self.images) != len(names):
            raise LaicflowError(f"{len(self.images)} images for {len(names)} windows")
        whole = finite(self.images)
        if not whole.all():
            first = names[int(np.argmin(whole))]
            raise LaicflowError(f"{int((~whole).sum())} windows are not finite, first {first!r}")

    def of(self, rows: pd.DataFrame) -> Arrays:
        """Images, labels and names of samples."""
        x = self.images[[self.rows[name] for name in rows["window_id"]]]
        label, ids = rows["label"].to_numpy(np.float32), tuple(rows["sample_id"])
        return Arrays(x, label, ids, self.classes)


def _all_folds(table: pd.DataFrame, images: _Images, job: _Job) -> Outcome:
    """Train fold by fold; what cannot be trained is noted."""
    parts: list[tuple[dict, pd.DataFrame, Fold]] = []
    notes: list[dict] = []
    folds = list(table.groupby(["draw", "fold"], sort=True))
    text = "training {experiment}, seed {seed}".format(**job.who)
    for (draw, number), own in track(folds, text):
        here = {**job.who, "draw": int(draw), "fold": int(number)}
        why = _unfit(own)
        if not why:
            try:
                parts.append((here, own, _fold(own, images, job, here)))
                continue
            except TrainingError as error:
                why = f"undecidable: {error}"
        notes.append({**here, "why": why})
    return _gathered(parts, notes, job.who)


def _fold(own: pd.DataFrame, images: _Images, job: _Job, here: dict[str, Any]) -> Fold:
    """Train and predict one draw and fold, or take up what an interrupted run had finished."""
    chosen, initial = job.chosen, job.initial
    who = (here[key] for key in ("experiment", "seed", "draw", "fold"))
    number = seeds.number(*job.names, *who)
    train = images.of(own[own["split"] == "train"])
    validation = images.of(own[own["split"] == "validation"])
    asked = images.of(_asked(own))
    sets = (train, validation, asked)
    digest = initial.digest() if initial else ""
    path = job.store.path(sets, chosen, number, here, digest)
    found = job.store.load(path)
    if found is not None:
        return found
    made = registry.build(chosen["model"], chosen["model_options"], seed=number)
    if is_classical(made):
        if initial:
            raise ConfigError(
                f"model {chosen['model']}: it cannot start from the weights of another"
            )
        fitted = fit_model(made, train, chosen["training"], seed=number)
        p = predict_model(fitted, asked.x)
        learned = LEARNED[:2]
    else:
        made = initial.into(made) if initial else made
        text = "{experiment}, seed {seed}, draw {draw}, fold {fold}".format(**here)
        tested = chosen["training"].get("follow", "validation") == "test"
        test = images.of(own[own["split"] == "test"]) if tested else None
        fitted = _network(made, (train, validation, test), job, number, text)
        learned = LEARNED[: len(LEARNED) - tested] if fitted.options["epochs"] else LEARNED[:1]
        p = predict(fitted, asked.x)
    kept = chosen["keep_weights"] == "all" or (
        chosen["keep_weights"] == "headline" and here["draw"] == HEADLINE_DRAW
    )
    fold = Fold(
        p=p.tolist(),
        history=fitted.history.to_dict("records"),
        notes=[*fitted.notes, *_lacking(train, here)],
        weights=fitted.state_dict if kept else {},
        left_out=list(fitted.left_out),
        fitted=[list(pair) for pair in learned],
    )
    job.store.save(path, fold)
    return fold


def _network(
    made: torch.nn.Module,
    sets: tuple[Arrays, Arrays, Arrays | None],
    job: _Job,
    number: int,
    text: str,
) -> Fitted:
    """A network trained on the training samples; `sets` are training, validation and test."""
    train, validation, test = sets
    return fit(
        lambda: made,
        train,
        validation,
        job.chosen["training"],
        seed=number,
        text=text,
        scratch=job.store.folder,
        made=[job.chosen["model"], job.chosen["model_options"]],
        test=test,
        started=job.initial is not None,
    )


def _asked(own: pd.DataFrame) -> pd.DataFrame:
    """The rows to predict, validation before test."""
    return pd.concat([own[own["split"] == split] for split in PREDICTED])


def _gathered(
    parts: list[tuple[dict, pd.DataFrame, Fold]], notes: list[dict], who: dict[str, Any]
) -> Outcome:
    """The tables of all folds."""
    predictions, history, seen, weights = [], [], [], {}
    said: dict[str, None] = {}
    for here, own, fold in parts:
        asked = _asked(own)
        rows = asked[["sample_id", "split"]].assign(**here, target=asked["label"].astype(float))
        predictions.append(rows.assign(**_shares(np.asarray(fold.p))))
        if fold.history:
            # How long an epoch took is no result: with it the same run would give other bytes.
            told = pd.DataFrame(fold.history).drop(columns="seconds")
            history.append(told.assign(**here))
        seen += _seen_by(here, own, fold)
        said |= dict.fromkeys(fold.notes)
        prefix = f"{here['draw']}.{here['fold']}"
        weights |= {f"{prefix}.{key}": tensor for key, tensor in fold.weights.items()}
    notes = notes + [{**who, "why": why} for why in said]
    return Outcome(
        conform(pd.concat(predictions), "predictions") if predictions else empty("predictions"),
        conform(pd.concat(history), "history") if history else empty("history"),
        conform(pd.DataFrame(notes), "notes") if notes else empty("notes"),
        weights,
        _seen(seen),
    )


def _shares(p: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of predictions: of class 1 (n,), or of each of more classes (n, K)."""
    if p.ndim == 1:
        return {"output": p, "p_0": 1 - p, "p_1": p}
    return {"output": p[:, 1], **{f"p_{label}": p[:, label] for label in range(p.shape[1])}}


def _seen_by(here: dict[str, Any], own: pd.DataFrame, fold: Fold) -> list[pd.DataFrame]:
    """Which samples took part in what was fitted on a fold."""
    learned = own[~own["sample_id"].isin(fold.left_out)]
    return [
        learned.loc[learned["split"] == split, ["draw", "fold", "sample_id"]].assign(fitted=fitted)
        for fitted, split in fold.fitted
    ]


def _seen(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The table of what was fitted on which samples."""
    columns = ["draw", "fold", "fitted", "sample_id"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]
