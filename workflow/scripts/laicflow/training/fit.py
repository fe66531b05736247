"""Train one network on one training set, and let it predict."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from laicflow import progress
from laicflow.errors import ConfigError
from laicflow.training.checkpoint import Checkpoint
from laicflow.training.data import (
    Arrays,
    EpochOrder,
    Scaler,
    TrainingError,
    drops_last,
    finite,
)
from laicflow.training.module import BinaryClassifier, pl, torch, trainer

# Options of a fit and their defaults. Threads and accelerator change no meaning, only the speed.
DEFAULTS: dict[str, Any] = {
    "epochs": 80,
    "batch_size": 32,
    "learning_rate": 1e-4,
    "weight_decay": 0.0,
    "optimizer": "adam",
    "select": "best_validation",  # best_validation | last
    "standardise": "channel",  # channel | none
    "augment": "none",
    "precision": "32-true",
    "accelerator": "auto",
    "threads": None,
}

# Largest number of images that the network sees at once when it does not learn.
PREDICT_BATCH = 256

# Warnings of Lightning on workers, logging and its own insides, which say nothing of a study.
NOISE = (
    ".*does not have many workers.*",
    ".*number of training batches.*",
    ".*have no `val_dataloader`.*",
    ".*isinstance\\(treespec, LeafSpec\\).*",
)

HISTORY = ("epoch", "train_loss", "validation_loss", "validation_accuracy", "seconds")


@dataclass
class Fitted:
    """A trained network, and all that its predictions hang on.

    Attributes
    ----------
    network : on the CPU, in the state that `select` asked for
    scaler : standardisation fitted on the training images, with their names
    history : a row an epoch: epoch (from 1), train_loss, validation_loss, validation_accuracy
        (missing without validation samples), seconds
    best_epoch : the epoch whose weights are kept
    notes : what a reader must know
    options : all options of the fit
    """

    network: torch.nn.Module
    scaler: Scaler
    history: pd.DataFrame
    best_epoch: int
    notes: tuple[str, ...]
    options: dict[str, Any]

    @property
    def state_dict(self) -> dict[str, torch.Tensor]:
        """Parameters and buffers of the network, `input.mean` and `input.deviation` beside them."""
        return {
            "input.mean": torch.from_numpy(self.scaler.mean),
            "input.deviation": torch.from_numpy(self.scaler.deviation),
            **self.network.state_dict(),
        }


def settings_of(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a fit with their defaults.

    Raises
    ------
    ConfigError : an unknown option or choice, or a number that cannot be
    """
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise ConfigError(f"training: no option {', '.join(unknown)}")
    settings = {**DEFAULTS, **options}
    for key, choices in (
        ("select", ("best_validation", "last")),
        ("standardise", ("channel", "none")),
    ):
        if settings[key] not in choices:
            raise ConfigError(f"training: {key} {settings[key]!r} is none of {', '.join(choices)}")
    for key, least in (("epochs", 1), ("batch_size", 2)):
        if settings[key] < least:
            raise ConfigError(f"training: {key} must be at least {least}, found {settings[key]}")
    return settings


def fit(
    build: Callable[[], torch.nn.Module],
    train: Arrays,
    validation: Arrays | None,
    options: dict[str, Any],
    *,
    seed: int,
    text: str,
    scratch: Path | None = None,
) -> Fitted:
    """Train a network by binary cross-entropy.

    Parameters
    ----------
    build : gives the network with its first weights: images (n, c, h, w) to logits (n, 1)
    train : training samples; all that is fitted is fitted on them alone
    validation : samples on which the epoch is chosen (`select: best_validation`), or None
    options : some of `DEFAULTS`
    seed : of order, dropout and augmentation; the same seed gives the same numbers
    text : what is being trained, for the progress
    scratch : folder for a checkpoint from which an interrupted fit goes on; none without it

    `best_validation` keeps the epoch of the lowest validation loss, the first of equals; without
    validation samples the last epoch is kept and a note says so. Nothing else is written.

    Raises
    ------
    ConfigError : an option that does not exist
    TrainingError : fewer than two training samples, or a loss that is not finite
    """
    settings = settings_of(options)
    if len(train) < 2:
        raise TrainingError(f"{len(train)} training samples, two are the least")
    if validation is not None and not len(validation):
        validation = None
    channels = train.x.shape[1]
    channelwise = settings["standardise"] == "channel"
    scaler = Scaler.of(train) if channelwise else Scaler.identity(channels)
    network = build()
    checkpoint = Checkpoint.of(scratch, network, (train, validation), settings, seed)
    with _surroundings(settings["threads"]):
        follower = _run(network, scaler, train, validation, settings, seed, text, checkpoint)
    network.load_state_dict(follower.best_state)
    network.eval()
    notes = tuple(getattr(network, "laicflow_notes", ()))
    if validation is None and settings["select"] == "best_validation":
        notes += ("no validation samples: the last epoch is kept",)
    history = pd.DataFrame(follower.rows, columns=HISTORY)
    return Fitted(network, scaler, history, follower.best_epoch, notes, settings)


def predict(fitted: Fitted, x: np.ndarray, batch_size: int = PREDICT_BATCH) -> np.ndarray:
    """Probability of class 1 for images (n, c, h, w), as (n,) float64.

    Raises
    ------
    TrainingError : an image or an output that is not finite
    """
    if not finite(x).all():
        raise TrainingError(f"{int((~finite(x)).sum())} of {len(x)} images are not finite")
    cuda = fitted.options["accelerator"] in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    network = fitted.network.to(device).eval()
    parts = [np.empty(0)]
    with _surroundings(fitted.options["threads"]), torch.inference_mode():
        for begin in range(0, len(x), batch_size):
            images = torch.from_numpy(fitted.scaler(x[begin : begin + batch_size]))
            logits = network(images.to(device)).squeeze(1)
            parts.append(torch.sigmoid(logits.double()).cpu().numpy())
    network.to("cpu")
    p = np.concatenate(parts)
    if not np.isfinite(p).all():
        raise TrainingError("the network gives probabilities that are not finite")
    return p


def _run(
    network: torch.nn.Module,
    scaler: Scaler,
    train: Arrays,
    validation: Arrays | None,
    settings: dict[str, Any],
    seed: int,
    text: str,
    checkpoint: Checkpoint,
) -> _Follower:
    """Train for the epochs that are left, and give what followed the training."""
    left = checkpoint.load()
    follower = _Follower(text, settings, checkpoint, left)
    first = len(follower.rows)
    if left:
        network.load_state_dict(left["network"])
    module = BinaryClassifier(
        network,
        seed=seed,
        optimizer=settings["optimizer"],
        learning_rate=settings["learning_rate"],
        weight_decay=settings["weight_decay"],
        augment=settings["augment"],
        first_epoch=first,
        optimizer_state=left["optimizer"] if left else None,
    )
    if first < settings["epochs"]:
        order = EpochOrder(len(train), seed, first)
        last = drops_last(len(train), settings["batch_size"])
        shuffled = _loader(scaler, train, settings["batch_size"], sampler=order, drop_last=last)
        known = None if validation is None else _loader(scaler, validation, PREDICT_BATCH)
        trainer(settings, settings["epochs"] - first, follower).fit(module, shuffled, known)
    checkpoint.remove()
    network.to("cpu")
    return follower


def _loader(
    scaler: Scaler, arrays: Arrays, batch_size: int, **options: Any
) -> torch.utils.data.DataLoader:
    """Batches of standardised images, in this process."""
    data = torch.utils.data.TensorDataset(
        torch.from_numpy(scaler(arrays.x)), torch.from_numpy(arrays.y.astype(np.float32))
    )
    # A generator of its own, so that torch's own generator is left alone.
    return torch.utils.data.DataLoader(
        data, batch_size=batch_size, generator=torch.Generator(), **options
    )


class _Follower(pl.Callback):
    """Keeps the history and the best weights, saves checkpoints, says how far it is."""

    def __init__(
        self,
        text: str,
        settings: dict[str, Any],
        checkpoint: Checkpoint,
        left: dict[str, Any] | None,
    ) -> None:
        self.text = text
        self.epochs = settings["epochs"]
        self.by_validation = settings["select"] == "best_validation"
        self.checkpoint = checkpoint
        self.rows: list[list[float]] = left["rows"] if left else []
        self.best_epoch: int = left["best_epoch"] if left else 0
        self.best_state: dict[str, torch.Tensor] = left["best_state"] if left else {}
        self.bar: Any = None

    def on_train_start(self, trainer: pl.Trainer, module: BinaryClassifier) -> None:
        """A bar on the terminal that started the process; stderr may be a job's log."""
        if progress.on_terminal():
            self.bar = tqdm(
                total=self.epochs,
                initial=len(self.rows),
                desc=self.text,
                leave=False,
                file=sys.__stderr__,
            )

    def on_train_epoch_start(self, trainer: pl.Trainer, module: BinaryClassifier) -> None:
        """Start the clock."""
        self.begin = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, module: BinaryClassifier) -> None:
        """Add a row, judge the epoch, save, speak."""
        module.close_epoch()
        epoch = len(self.rows) + 1
        losses = (module.train_loss, module.validation_loss, module.validation_accuracy)
        if not np.isfinite([loss for loss in losses if loss is not None]).all():
            raise TrainingError(f"the loss is not finite in epoch {epoch}")
        row = [np.nan if loss is None else loss for loss in losses]
        self.rows.append([epoch, *row, time.monotonic() - self.begin])
        if self._is_best(module):
            self.best_epoch = epoch
            self.best_state = snapshot(module.network.state_dict())
        self.checkpoint.save(
            {
                "rows": self.rows,
                "best_epoch": self.best_epoch,
                "best_state": self.best_state,
                "network": module.network.state_dict(),
                "optimizer": trainer.optimizers[0].state_dict(),
            }
        )
        self._say(module, epoch)

    def on_train_end(self, trainer: pl.Trainer, module: BinaryClassifier) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()

    def on_exception(
        self, trainer: pl.Trainer, module: BinaryClassifier, error: BaseException
    ) -> None:
        """Close the bar."""
        self.on_train_end(trainer, module)

    def _is_best(self, module: BinaryClassifier) -> bool:
        """Whether the epoch that ended is the one to keep, as far as is known."""
        if not self.by_validation or module.validation_loss is None or not self.best_state:
            return True
        return module.validation_loss < min(row[2] for row in self.rows[:-1])

    def _say(self, module: BinaryClassifier, epoch: int) -> None:
        """Losses in the bar and, where stderr is a log, now and then in a plain line."""
        said = f"train loss {module.train_loss:.4f}"
        if module.validation_loss is not None:
            said += f", validation loss {module.validation_loss:.4f}"
        if self.bar is not None:
            self.bar.set_postfix_str(said, refresh=False)
            self.bar.update()
            if sys.stderr.isatty():
                return
        if time.monotonic() - _last_line[0] >= progress.LINE_EVERY or epoch == self.epochs:
            _last_line[0] = time.monotonic()
            line = f"{self.text}: epoch {epoch} of {self.epochs}, {said}"
            print(line, file=sys.stderr, flush=True)


# When a plain line was last written, by whichever fit, so that many short ones write few.
_last_line = [-np.inf]


def snapshot(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A copy on the CPU of a state that training goes on changing."""
    return {key: tensor.detach().cpu().clone() for key, tensor in state.items()}


@contextlib.contextmanager
def _surroundings(threads: int | None) -> Iterator[None]:
    """Set threads, determinism and silence, and put them back.

    Lightning speaks of devices and products that have nothing to do with a study.
    """
    before = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        if threads:
            torch.set_num_threads(threads)
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            for message in NOISE:
                warnings.filterwarnings("ignore", message)
            yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
