"""One experiment with one seed: a network for every draw and fold of the splits."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import registry
from laicflow.progress import track
from laicflow.samples.splits import why_none, why_unfit
from laicflow.schema import conform, empty
from laicflow.store import atomic_path
from laicflow.training.checkpoint import digest_of
from laicflow.training.data import Arrays, TrainingError, finite
from laicflow.training.fit import fit, predict, settings_of
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


@dataclass
class Outcome:
    """What an experiment with one seed gives.

    Attributes
    ----------
    predictions : table `predictions`
    history : table `history`
    notes : table `notes`: a row for each draw and fold that was left out, and rows without draw
        and fold that say what the networks are
    weights : parameters and buffers by `<draw>.<fold>.<parameter>`
    seen : what was fitted on which samples (R16): draw, fold, fitted (standardisation, weights,
        epoch), sample_id
    """

    predictions: pd.DataFrame
    history: pd.DataFrame
    notes: pd.DataFrame
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    seen: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass
class _Fold:
    """What one draw and fold gives, in plain parts that torch can write and read."""

    p: list[float]
    history: list[dict[str, float]]
    notes: list[str]
    weights: dict[str, torch.Tensor]
    left_out: list[str]
    followed: str


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
) -> Outcome:
    """Train a network for every draw and fold; predict its validation and test samples.

    Parameters
    ----------
    windows : window ids to images (n, channel, row, column) float32
    samples : table `samples`, of which sample_id, window_id and label are used
    splits : table `splits`
    experiment : its name
    options : `model` (name in the registry), `model_options`, `training` (options of a fit) and
        `keep_weights` (headline, all or none)
    seed : the run's number
    names : names before it in the names of random numbers, e.g. run, study, variant
    scratch : folder in which finished folds and checkpoints lie until all folds are done, so that
        an interrupted experiment goes on; nothing is written without it

    A fold without training samples, with training samples of one class, with nothing to predict
    or with a training that diverges is left out, and a note says why.

    Raises
    ------
    ConfigError : an option that does not exist
    LaicflowError : a split of a sample that is not there, a label that is neither 0 nor 1, or an
        image that is not finite
    """
    chosen = _chosen(options)
    who = {"experiment": experiment, "seed": seed}
    if splits.empty:
        why = [{**who, "why": why_none(splits)}]
        notes = conform(pd.DataFrame(why), "notes")
        return Outcome(empty("predictions"), empty("history"), notes, {}, _seen([]))
    table = _joined(samples, splits)
    images = _Images(windows, table.loc[table["split"] != "purged", "window_id"])
    store = _Store(scratch, experiment, seed)
    outcome = _all_folds(table, images, chosen, who, names, store)
    store.remove()
    return outcome


def save_weights(outcome: Outcome, path: str | Path) -> None:
    """Write the weights as one safetensors file, under the keys of `Outcome.weights`."""
    from safetensors.torch import save_file

    weights = {key: tensor.contiguous() for key, tensor in outcome.weights.items()}
    with atomic_path(path) as temporary:
        save_file(weights, temporary)


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """The options with their defaults, those of the fit checked before any training."""
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise ConfigError(f"experiment: no option {', '.join(unknown)}")
    chosen = {**DEFAULTS, **options}
    if chosen["keep_weights"] not in ("headline", "all", "none"):
        raise ConfigError("experiment: keep_weights must be headline, all or none")
    if chosen["model"] not in registry.names():
        raise ConfigError(f"model {chosen['model']!r} is none of {', '.join(registry.names())}")
    settings_of(chosen["training"])
    return chosen


def _joined(samples: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The splits with window and label of each sample."""
    columns = ["sample_id", "window_id", "label"]
    table = splits.merge(samples[columns], on="sample_id", how="left", validate="many_to_one")
    lost = table["window_id"].isna()
    if lost.any():
        raise LaicflowError(
            f"splits: sample {table.loc[lost, 'sample_id'].iloc[0]!r} is not in the samples"
        )
    used = table["split"] != "purged"
    if not table.loc[used, "label"].isin([0, 1]).all():
        raise LaicflowError("a label is neither 0 nor 1")
    return table


def _unfit(own: pd.DataFrame) -> str:
    """Why nothing can be learned or told on a fold; empty where it can."""
    why = why_unfit(own)
    if not why and not own["split"].isin(PREDICTED).any():
        return "undecidable: 0 validation and 0 test samples"
    return why


class _Images:
    """The images of windows, each cut once."""

    def __init__(self, windows: Callable[[list[str]], np.ndarray], window_ids: pd.Series) -> None:
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
        return Arrays(x, rows["label"].to_numpy(np.float32), tuple(rows["sample_id"]))


def _all_folds(
    table: pd.DataFrame,
    images: _Images,
    chosen: dict[str, Any],
    who: dict[str, Any],
    names: tuple[str | int, ...],
    store: _Store,
) -> Outcome:
    """Train fold by fold; what cannot be trained is noted."""
    parts: list[tuple[dict, pd.DataFrame, _Fold]] = []
    notes: list[dict] = []
    folds = list(table.groupby(["draw", "fold"], sort=True))
    text = "training {experiment}, seed {seed}".format(**who)
    for (draw, number), own in track(folds, text):
        here = {**who, "draw": int(draw), "fold": int(number)}
        why = _unfit(own)
        if not why:
            try:
                parts.append((here, own, _fold(own, images, chosen, here, names, store)))
                continue
            except TrainingError as error:
                why = f"undecidable: {error}"
        notes.append({**here, "why": why})
    return _gathered(parts, notes, who)


def _fold(
    own: pd.DataFrame,
    images: _Images,
    chosen: dict[str, Any],
    here: dict[str, Any],
    names: tuple[str | int, ...],
    store: _Store,
) -> _Fold:
    """Train and predict one draw and fold, or take up what an interrupted run had finished."""
    number = seeds.number(*names, *(here[key] for key in ("experiment", "seed", "draw", "fold")))
    train = images.of(own[own["split"] == "train"])
    validation = images.of(own[own["split"] == "validation"])
    asked = images.of(_asked(own))
    followed = chosen["training"].get("follow", "validation")
    path = store.path((train, validation, asked), chosen, number, here)
    if path is not None and path.is_file():
        return _Fold(**torch.load(path, weights_only=True))
    text = "{experiment}, seed {seed}, draw {draw}, fold {fold}".format(**here)

    def build() -> torch.nn.Module:
        return registry.build(chosen["model"], chosen["model_options"], seed=number)

    fitted = fit(
        build,
        train,
        validation,
        chosen["training"],
        seed=number,
        text=text,
        scratch=store.folder,
        made=[chosen["model"], chosen["model_options"]],
        test=images.of(own[own["split"] == "test"]) if followed == "test" else None,
    )
    kept = chosen["keep_weights"] == "all" or (
        chosen["keep_weights"] == "headline" and here["draw"] == HEADLINE_DRAW
    )
    fold = _Fold(
        p=predict(fitted, asked.x).tolist(),
        history=fitted.history.to_dict("records"),
        notes=list(fitted.notes),
        weights=fitted.state_dict if kept else {},
        left_out=list(fitted.left_out),
        followed=followed,
    )
    if path is not None:
        with atomic_path(path) as temporary:
            torch.save(vars(fold), temporary)
    return fold


def _asked(own: pd.DataFrame) -> pd.DataFrame:
    """The rows to predict, validation before test."""
    return pd.concat([own[own["split"] == split] for split in PREDICTED])


def _gathered(
    parts: list[tuple[dict, pd.DataFrame, _Fold]], notes: list[dict], who: dict[str, Any]
) -> Outcome:
    """The tables of all folds."""
    predictions, history, seen, weights = [], [], [], {}
    said: dict[str, None] = {}
    for here, own, fold in parts:
        asked = _asked(own)
        p = np.asarray(fold.p)
        rows = asked[["sample_id", "split"]].assign(**here, target=asked["label"].astype(float))
        predictions.append(rows.assign(output=p, p_0=1 - p, p_1=p))
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


def _seen_by(here: dict[str, Any], own: pd.DataFrame, fold: _Fold) -> list[pd.DataFrame]:
    """Which samples took part in what was fitted on a fold."""
    parts = [("standardisation", "train"), ("weights", "train")]
    if fold.followed == "validation":
        parts.append(("epoch", "validation"))
    learned = own[~own["sample_id"].isin(fold.left_out)]
    return [
        learned.loc[learned["split"] == split, ["draw", "fold", "sample_id"]].assign(fitted=fitted)
        for fitted, split in parts
    ]


def _seen(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The table of what was fitted on which samples."""
    columns = ["draw", "fold", "fitted", "sample_id"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


class _Store:
    """Finished folds of an experiment and a seed that is not through yet."""

    def __init__(self, scratch: Path | None, experiment: str, seed: int) -> None:
        self.folder = Path(scratch) / experiment / str(seed) if scratch is not None else None
        self.written: list[Path] = []

    def path(
        self, sets: tuple[Arrays, ...], chosen: dict[str, Any], number: int, here: dict[str, Any]
    ) -> Path | None:
        """The file of a fold, whose name holds a digest of all that the fold hangs on."""
        if self.folder is None:
            return None
        code = os.environ.get("LAICFLOW_CODE", "")
        training = {key: v for key, v in chosen["training"].items() if key != "threads"}
        meaning = [{**chosen, "training": training}, number, torch.__version__, code]
        digest = digest_of(sets, meaning).hexdigest()[:24]
        path = self.folder / f"{here['draw']}.{here['fold']}.{digest}.pt"
        self.written.append(path)
        return path

    def remove(self) -> None:
        """All is done: the files go; the folder stays, another job may be about to use it."""
        for path in self.written:
            path.unlink(missing_ok=True)
