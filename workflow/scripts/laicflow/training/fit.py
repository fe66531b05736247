"""Train one network on one training set, and let it predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from laicflow.errors import ConfigError
from laicflow.training import augment
from laicflow.training.checkpoint import Checkpoint
from laicflow.training.data import (
    VALUES,
    Arrays,
    Batches,
    EpochOrder,
    Scaler,
    TrainingError,
    finite,
    share_of,
)
from laicflow.training.follower import HISTORY, Follower
from laicflow.training.module import (
    autocast,
    classifier,
    device_of,
    logits_of,
    precision_of,
    surroundings,
    torch,
    trainer,
)

# Options of a fit and their defaults. Threads and accelerator change no meaning, only the speed.
DEFAULTS: dict[str, Any] = {
    "epochs": 80,
    "patience": None,  # epochs without a better validation loss until a stop; None: never
    "batch_size": 32,
    "learning_rate": 1e-4,
    "weight_decay": 0.0,
    "optimizer": "adam",
    "select": "best_validation",  # best_validation | last
    "share": 1.0,  # share of the training samples that is learned from, drawn within each class
    "follow": "validation",  # whose losses the history holds: validation | test
    "standardise": "channel",  # channel | feature (of each column of sequences) | range | none
    "augment": {},  # kind, share, cutmix_alpha, mixup_alpha of `augment.DEFAULTS`; two classes
    "precision": "auto",  # auto | 32-true | bf16-mixed | 16-mixed
    "accelerator": "auto",  # auto | cpu | gpu | cuda
    "threads": None,
}

# Largest number of images that the network sees at once when it does not learn, and of values in
# them: of long windows 256 would take several times the memory of a training step.
PREDICT_BATCH = 256
PREDICT_VALUES = 2**21


@dataclass
class Fitted:
    """A trained network, and all that its predictions hang on.

    Attributes
    ----------
    network : on the CPU, in the state that `select` asked for
    scaler : standardisation fitted on the training images, with their names
    history : a row an epoch: epoch (from 1), train_loss, train_accuracy (missing where batches are
        mixed), validation_loss, validation_accuracy (missing without validation samples, of the
        test samples with `follow: test`), seconds
    best_epoch : the epoch whose weights are kept; with `patience` the last row of the history
        may come before the last epoch that was asked for
    notes : what a reader must know
    options : all options of the fit
    left_out : names of the training samples that `share` left out
    classes : number of classes
    """

    network: torch.nn.Module
    scaler: Scaler
    history: pd.DataFrame
    best_epoch: int
    notes: tuple[str, ...]
    options: dict[str, Any]
    left_out: tuple[str, ...] = ()
    classes: int = 2

    @property
    def state_dict(self) -> dict[str, torch.Tensor]:
        """Parameters and buffers of the network, `input.mean` and `input.deviation` beside them."""
        return {
            "input.mean": torch.from_numpy(self.scaler.mean),
            "input.deviation": torch.from_numpy(self.scaler.deviation),
            **self.network.state_dict(),
        }


def settings_of(
    options: dict[str, Any], *, classes: int = 2, started: bool = False
) -> dict[str, Any]:
    """The options of a fit with their defaults, those of `augment` too.

    Parameters
    ----------
    classes : number of classes
    started : whether the network starts from weights of another training; it may then be left as
        it came, with `epochs` 0

    Raises
    ------
    ConfigError : an unknown option or choice, a number that cannot be, an epoch that would be
        chosen by test samples, or batches of more than two classes that would be mixed
    """
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise ConfigError(f"training: no option {', '.join(unknown)}")
    settings = {**DEFAULTS, **options}
    for key, choices in (
        ("select", ("best_validation", "last")),
        ("follow", ("validation", "test")),
        ("standardise", ("channel", "feature", "range", "none")),
        ("precision", ("auto", "32-true", "bf16-mixed", "16-mixed")),
        ("accelerator", ("auto", "cpu", "gpu", "cuda")),
    ):
        if settings[key] not in choices:
            raise ConfigError(f"training: {key} {settings[key]!r} is none of {', '.join(choices)}")
    for key, least in (("epochs", 0 if started else 1), ("batch_size", 2), ("patience", 1)):
        if settings[key] is None and DEFAULTS[key] is None:
            continue
        if settings[key] < least:
            raise ConfigError(f"training: {key} must be at least {least}, found {settings[key]}")
    if not 0 < settings["share"] <= 1:
        raise ConfigError(f"training: share must lie in (0, 1], found {settings['share']}")
    chooses = settings["select"] != "last" or settings["patience"] is not None
    if settings["follow"] == "test" and chooses:
        raise ConfigError(
            "training: follow test needs select last and no patience, else the test samples would "
            "choose the epoch"
        )
    settings["augment"] = augment.settings_of(settings["augment"], classes)
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
    made: object = None,
    test: Arrays | None = None,
    started: bool = False,
) -> Fitted:
    """Train a network by cross-entropy, or by squared error where values are forecast.

    Parameters
    ----------
    build : gives the network with its first weights: images (n, c, h, w) to logits (n, 1), to
        (n, K) where the samples have K > 2 classes, or to values of the shape of the targets
    train : training samples; all that is fitted is fitted on them alone
    validation : samples on which the epoch is chosen (`select: best_validation`), or None
    options : some of `DEFAULTS`
    seed : of order, dropout and augmentation; the same seed gives the same numbers
    text : what is being trained, for the progress
    scratch : folder for a checkpoint from which an interrupted fit goes on; none without it
    made : of what the network was made (model and options): dropout leaves no trace in its weights
    test : samples whose losses the history holds with `follow: test`, else not looked at
    started : whether the first weights are those of another training, so that `epochs` may be 0

    `best_validation` keeps the epoch of the lowest validation loss, the first of equals, and
    `patience` counts from it; without validation samples the last epoch is kept, training does not
    stop early, and notes say so. Nothing else is written.

    Raises
    ------
    ConfigError : an option that does not exist, or a GPU that is asked for and is not there
    TrainingError : fewer than two training samples, or a loss that is not finite
    """
    settings = settings_of(options, classes=train.classes, started=started)
    train, left_out, notes = shared(train, settings["share"], seed)
    if len(train) < 2:
        raise TrainingError(f"{len(train)} training samples, two are the least")
    if settings["follow"] == "test":
        validation = test
    if validation is not None and not len(validation):
        validation = None
    scaler = Scaler.of(train, settings["standardise"])
    device = device_of(settings)
    # What is trained where may differ in the last digits: no checkpoint is taken up elsewhere.
    where = {"accelerator": device.type, "precision": precision_of(settings, device)}
    network = build()
    sets = (train, validation)
    checkpoint = Checkpoint.of(scratch, network, sets, settings | where, seed, made)
    with surroundings(settings["threads"]):
        follower = _run(network, scaler, train, validation, settings, seed, text, checkpoint)
        used = _gpu_note(settings, device)
    if follower.best_state:
        network.load_state_dict(follower.best_state)
    network.eval()
    history = pd.DataFrame(follower.rows, columns=HISTORY)
    notes = (
        *getattr(network, "laicflow_notes", ()),
        *notes,
        *_notes(settings, len(history), validation is not None),
        *used,
    )
    best = follower.best_epoch
    return Fitted(network, scaler, history, best, notes, settings, left_out, train.classes)


def shared(
    train: Arrays, share: float, seed: int
) -> tuple[Arrays, tuple[str, ...], tuple[str, ...]]:
    """The share of the training samples that is learned from, the names of the others, notes."""
    if share == 1:
        return train, (), ()
    kept = share_of(train.y, share, seed, classes=train.classes)
    rest = np.setdiff1d(np.arange(len(train)), kept)
    note = (
        f"learned from a share of {share:g} of the training samples, drawn at random within each "
        f"class: {len(kept)} of {len(train)}"
    )
    names = np.array(train.ids or [""] * len(train), dtype=object)
    ids = tuple(names[kept]) if train.ids else ()
    part = Arrays(train.x[kept], train.y[kept], ids, train.classes)
    return part, tuple(names[rest]) if train.ids else (), (note,)


def _notes(settings: dict[str, Any], epochs: int, judged: bool) -> list[str]:
    """What a reader must know of the epochs that were trained."""
    if not settings["epochs"]:
        return ["not trained: the network is judged as it came"]
    notes, patience = [], settings["patience"]
    if settings["follow"] == "test":
        notes.append(
            "losses and accuracies by epoch are those of the test samples; nothing was chosen by "
            "them"
            if judged
            else "no test samples: no losses to follow but those of the training"
        )
    if not judged and settings["select"] == "best_validation":
        notes.append("no validation samples: the last epoch is kept")
    if not judged and patience is not None:
        notes.append("no validation samples: training does not stop early")
    if epochs < settings["epochs"]:
        notes.append(
            f"stopped after epoch {epochs} of {settings['epochs']}: "
            f"no better validation loss for {patience} epochs"
        )
    return notes


def _gpu_note(settings: dict[str, Any], device: torch.device) -> list[str]:
    """On which GPU, how exactly and with how much of its memory a fit ran."""
    if device.type != "cuda":
        return []
    name, precision = torch.cuda.get_device_name(device), precision_of(settings, device)
    memory = torch.cuda.max_memory_allocated(device) / 1e6
    return [f"trained on {name}, precision {precision}, max_memory_mb {memory:.0f}"]


def predict(fitted: Fitted, x: np.ndarray, batch_size: int | None = None) -> np.ndarray:
    """Probability of class 1 for images (n, c, h, w), as (n,) float64.

    Of K > 2 classes the probability of each, (n, K), whose sum is 1; of values these, (n, output).

    `batch_size` is the number of images at once; None for as many as `PREDICT_BATCH` and
    `PREDICT_VALUES` allow.

    Raises
    ------
    TrainingError : an image or an output that is not finite
    """
    if not finite(x).all():
        raise TrainingError(f"{int((~finite(x)).sum())} of {len(x)} images are not finite")
    device = device_of(fitted.options)
    batch_size = batch_size or _at_once(x)
    network = fitted.network.to(device).eval()
    parts = [] if len(x) else [np.empty((0, fitted.classes) if fitted.classes > 2 else 0)]
    with (
        surroundings(fitted.options["threads"]),
        torch.inference_mode(),
        autocast(fitted.options, device),
    ):
        for begin in range(0, len(x), batch_size):
            images = torch.from_numpy(fitted.scaler(x[begin : begin + batch_size]))
            parts.append(_shares(network, images.to(device), fitted.classes).cpu().numpy())
    network.to("cpu")
    p = np.concatenate(parts)
    if not np.isfinite(p).all():
        raise TrainingError("the network gives numbers that are not finite")
    return p


def _shares(network: torch.nn.Module, images: torch.Tensor, classes: int) -> torch.Tensor:
    """Probability of class 1, (n,), of each class, (n, K), or values, (n, output)."""
    if classes == VALUES:
        return network(images).double()
    if classes > 2:
        return torch.softmax(logits_of(network, images, classes).double(), dim=1)
    return torch.sigmoid(network(images).squeeze(1).double())


def _at_once(x: np.ndarray) -> int:
    """How many images (n, ...) the network sees at once when it does not learn."""
    return max(1, min(PREDICT_BATCH, PREDICT_VALUES // max(1, x[:1].size)))


def _run(
    network: torch.nn.Module,
    scaler: Scaler,
    train: Arrays,
    validation: Arrays | None,
    settings: dict[str, Any],
    seed: int,
    text: str,
    checkpoint: Checkpoint,
) -> Follower:
    """Train for the epochs that are left, and give what followed the training."""
    left = checkpoint.load()
    follower = Follower(text, settings, validation is not None, checkpoint, left)
    first = len(follower.rows)
    if left:
        network.load_state_dict(left["network"])
    module = classifier(
        network,
        train.classes,
        seed=seed,
        optimizer=settings["optimizer"],
        learning_rate=settings["learning_rate"],
        weight_decay=settings["weight_decay"],
        augment=settings["augment"],
        first_epoch=first,
        optimizer_state=left["optimizer"] if left else None,
    )
    device = device_of(settings)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    if first < settings["epochs"] and not follower.tired():
        size, order = settings["batch_size"], EpochOrder(len(train), seed, first)
        shuffled = Batches(*_tensors(scaler, train, device), size, order)
        known = None
        if validation is not None:
            at_once = _at_once(validation.x)
            known = Batches(*_tensors(scaler, validation, device), at_once)
        lightning = trainer(settings, settings["epochs"] - first, follower)
        if left:
            lightning.precision_plugin.load_state_dict(left["precision"])
        lightning.fit(module, shuffled, known)
    checkpoint.remove()
    network.to("cpu")
    return follower


def _tensors(
    scaler: Scaler, arrays: Arrays, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Standardised images and targets; all of them on the device, they are small beside it."""
    y = torch.from_numpy(arrays.y.astype(np.float32))
    return torch.from_numpy(scaler(arrays.x)).to(device), y.to(device)
