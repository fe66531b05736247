"""The LightningModules of the studies: cross-entropy of logits, or squared error of values.

Pham et al. (2023), section III.2.4: sigmoid output, binary cross-entropy, Adam with 1e-4. Xiong et
al. (2021), Frontiers in Environmental Science, Methods: softmax output of three classes,
categorical cross-entropy, Adam. Xiong et al. (2022), IEEE JSTARS: mean squared error, Adam.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from laicflow.errors import ConfigError, LaicflowError
from laicflow.seeds import generator, number
from laicflow.training import augment as mixing
from laicflow.training import lightning_alone
from laicflow.training.data import VALUES

lightning_alone.load()

import lightning.pytorch as pl  # noqa: E402  (imports torchmetrics where nothing stands for it)
import torch  # noqa: E402
from lightning.pytorch.plugins.environments import LightningEnvironment  # noqa: E402
from torch import Tensor, nn  # noqa: E402

# Adam, AdamW and SGD are torch's in all (epsilon 1e-8, where Keras has 1e-7). The others are
# torch's with the numbers of Keras, from which torch's own are far: Adagrad starts its sums of
# squares at 0.1 (torch: 0), RMSprop forgets with 0.9 (torch: 0.99), epsilon is 1e-7 (torch: 1e-10
# and 1e-8). One difference is left: Keras adds the epsilon of RMSprop to the mean square, torch to
# its root, so that here steps of gradients below 3e-4 are larger.
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adagrad": functools.partial(torch.optim.Adagrad, initial_accumulator_value=0.1, eps=1e-7),
    "adam": torch.optim.Adam,
    "adamax": functools.partial(torch.optim.Adamax, eps=1e-7),
    "adamw": torch.optim.AdamW,
    "rmsprop": functools.partial(torch.optim.RMSprop, alpha=0.9, eps=1e-7),
    "sgd": torch.optim.SGD,
}

# Warnings of Lightning on workers, logging and its own insides, which say nothing of a study.
NOISE = (
    # It looks for a cluster wherever there is an srun, and has none to start here.
    r"The `srun` command is available on your system but is not used",
    ".*does not have many workers.*",
    ".*number of training batches.*",
    ".*have no `val_dataloader`.*",
    ".*isinstance\\(treespec, LeafSpec\\).*",
)

# Numbers in which the layers of mixed precision calculate.
MIXED = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


class Classifier(pl.LightningModule):
    """A network in training; what its logits and its loss are is told by those who inherit.

    Parameters
    ----------
    network : images (n, c, h, w) to logits
    seed : of dropout and augmentation; each epoch starts from (seed, epoch)
    optimizer : one of `OPTIMIZERS`
    learning_rate, weight_decay : of the optimizer
    augment : options of `augment.settings_of`, or None
    first_epoch : number of epochs that were trained before
    optimizer_state : state of the optimizer after them

    After an epoch `train_loss`, `train_accuracy`, `validation_loss` and `validation_accuracy` hold
    its means over samples, None where there was none. Those of the training are of the batches as
    they were seen, each before the step it made; the accuracy is NaN where batches are mixed.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        seed: int,
        optimizer: str = "adam",
        learning_rate: float = 1e-4,
        weight_decay: float = 0.0,
        augment: dict[str, Any] | None = None,
        first_epoch: int = 0,
        optimizer_state: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if optimizer not in OPTIMIZERS:
            known = ", ".join(sorted(OPTIMIZERS))
            raise ConfigError(f"optimizer {optimizer!r} is none of {known}")
        self.network = network
        self.seed = seed
        self.make_optimizer = OPTIMIZERS[optimizer]
        self.rates = {"lr": learning_rate, "weight_decay": weight_decay}
        self.augment = mixing.settings_of(augment or {})
        self.first_epoch = first_epoch
        self.optimizer_state = optimizer_state
        self.train_loss: float | None = None
        self.train_accuracy: float | None = None
        self.validation_loss: float | None = None
        self.validation_accuracy: float | None = None

    @property
    def epochs_done(self) -> int:
        """Epochs before the present one, those of an interrupted run included."""
        return self.first_epoch + self.current_epoch

    def entropy(self, logits: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
        """Cross-entropy of logits and targets, their mean or their sum."""
        raise NotImplementedError

    def hits(self, logits: Tensor, y: Tensor) -> Tensor:
        """How many samples are told right."""
        raise NotImplementedError

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """The optimizer, in the state that an interrupted run left."""
        optimizer = self.make_optimizer(self.parameters(), **self.rates)
        if self.optimizer_state is not None:
            optimizer.load_state_dict(self.optimizer_state)
        return optimizer

    def on_train_epoch_start(self) -> None:
        """Seed dropout by the epoch, start the sums."""
        torch.manual_seed(number(self.seed, "epoch", self.epochs_done))
        self._generator = generator(self.seed, "augment", self.epochs_done)
        self._losses: list[Tensor] = []
        self._hits: list[Tensor] = []
        self._counts: list[int] = []

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Mean cross-entropy of a batch."""
        x, y = batch
        mixed = mixing.apply(x, y, self.augment, self._generator)
        if mixed is not None:
            x, y = mixed.x, mixed.y
        logits = self(x)
        loss = self.entropy(logits, y)
        # Left on its device: fetching each loss would have a GPU wait for every step.
        self._losses.append(loss.detach())
        self._hits.append(self.hits(logits.detach(), y))
        self._counts.append(len(y))
        return loss

    def on_validation_epoch_start(self) -> None:
        """Start the sums."""
        self._validation = torch.zeros(3, dtype=torch.float64)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Add a batch to the sums of loss and hits."""
        x, y = batch
        logits = self(x)
        loss = self.entropy(logits, y, reduction="sum")
        row = [loss.item(), self.hits(logits, y).item(), len(y)]
        self._validation += torch.tensor(row, dtype=torch.float64)

    def on_validation_epoch_end(self) -> None:
        """Turn the sums into means."""
        loss, hits, count = self._validation.tolist()
        self.validation_loss = loss / count
        self.validation_accuracy = hits / count

    def close_epoch(self) -> None:
        """Means of losses and hits; for a callback, since those come before the module's hook."""
        losses = torch.stack(self._losses).cpu().double()
        counts = torch.tensor(self._counts, dtype=torch.float64)
        self.train_loss = ((losses * counts).sum() / counts.sum()).item()
        hits = torch.stack(self._hits).cpu().double()
        told = self.augment["kind"] == "none"
        self.train_accuracy = (hits.sum() / counts.sum()).item() if told else float("nan")


class BinaryClassifier(Classifier):
    """A network of one logit (n, 1), trained by binary cross-entropy."""

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n,) of images (n, c, h, w)."""
        return self.network(x).squeeze(1)

    def entropy(self, logits: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
        """Binary cross-entropy; targets lie in [0, 1]."""
        return nn.functional.binary_cross_entropy_with_logits(logits, y, reduction=reduction)

    def hits(self, logits: Tensor, y: Tensor) -> Tensor:
        """How many samples are told right; a probability of a half counts as 1."""
        return ((logits >= 0) == (y >= 0.5)).sum()


class MulticlassClassifier(Classifier):
    """A network of one logit a class, (n, K), trained by categorical cross-entropy.

    Parameters
    ----------
    network : images (n, c, h, w) to logits (n, classes)
    classes : their number
    options : as `Classifier`; batches are not mixed

    Raises
    ------
    ConfigError : batches that are to be mixed
    """

    def __init__(self, network: nn.Module, *, classes: int, **options: Any) -> None:
        super().__init__(network, **options)
        mixing.settings_of(self.augment, classes)
        self.classes = classes

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, c, h, w)."""
        return logits_of(self.network, x, self.classes)

    def entropy(self, logits: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
        """Categorical cross-entropy; targets are the numbers of the classes, as floats."""
        return nn.functional.cross_entropy(logits, y.long(), reduction=reduction)

    def hits(self, logits: Tensor, y: Tensor) -> Tensor:
        """How many samples are told right; of equal logits the first counts."""
        return (logits.argmax(dim=1) == y.long()).sum()


class Regressor(Classifier):
    """A network of values (n, output), trained by their mean squared error; there are no hits."""

    def forward(self, x: Tensor) -> Tensor:
        """Values (n, output) of images (n, c, h, w)."""
        return self.network(x)

    def entropy(self, logits: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
        """Mean over the outputs of the squared error, its mean or its sum over the samples.

        Raises
        ------
        LaicflowError : values of another shape than the targets
        """
        if logits.shape != y.shape:
            raise LaicflowError(
                f"the network gives values {tuple(logits.shape)} for targets {tuple(y.shape)}"
            )
        squares = ((logits - y) ** 2).mean(dim=1)
        return squares.sum() if reduction == "sum" else squares.mean()

    def hits(self, logits: Tensor, y: Tensor) -> Tensor:
        """No value is told right or wrong."""
        return torch.tensor(float("nan"))


def classifier(network: nn.Module, classes: int, **options: Any) -> Classifier:
    """The module that trains a network of `classes` classes, or of values where that is `VALUES`.

    `options` are those of `Classifier`.
    """
    if classes == VALUES:
        return Regressor(network, **options)
    if classes > 2:
        return MulticlassClassifier(network, classes=classes, **options)
    return BinaryClassifier(network, **options)


def logits_of(network: nn.Module, x: Tensor, classes: int) -> Tensor:
    """Logits (n, classes) of more than two classes.

    Raises
    ------
    LaicflowError : logits of another shape
    """
    logits = network(x)
    if logits.shape != (len(x), classes):
        raise LaicflowError(
            f"the network gives {tuple(logits.shape)} for {len(x)} samples of {classes} classes"
        )
    return logits


def trainer(settings: dict[str, Any], epochs: int, callback: pl.Callback) -> pl.Trainer:
    """A Trainer that writes no file and says nothing.

    Parameters
    ----------
    settings : with `accelerator` and `precision`; auto is what `device_of` and `precision_of` say
    epochs : to train for
    callback : what follows the training
    """
    device = device_of(settings)
    return pl.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=1,
        precision=precision_of(settings, device),
        max_epochs=epochs,
        callbacks=[callback],
        deterministic="warn",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        # One process, also inside a Slurm job, whose variables would else set up a cluster.
        plugins=[LightningEnvironment()],
    )


def device_of(settings: dict[str, Any]) -> torch.device:
    """Where a fit and its predictions run: on a CUDA device, where one may and can be used.

    Raises
    ------
    ConfigError : a GPU is asked for and there is none
    """
    asked = settings["accelerator"]
    if asked == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if asked != "auto":
        raise ConfigError(f"training: accelerator {asked}, but torch finds no CUDA device")
    return torch.device("cpu")


def precision_of(settings: dict[str, Any], device: torch.device) -> str:
    """The precision as Lightning names it.

    `auto` is bfloat16 beside float32 on a CUDA device that has it, else float32 alone.

    Raises
    ------
    ConfigError : 16-mixed without a GPU
    """
    asked = settings["precision"]
    if asked == "auto":
        fits = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16-mixed" if fits else "32-true"
    if asked == "16-mixed" and device.type != "cuda":
        raise ConfigError("training: precision 16-mixed needs a GPU")
    return asked


def autocast(settings: dict[str, Any], device: torch.device) -> torch.autocast:
    """A context that calculates as the training did."""
    mixed = MIXED.get(precision_of(settings, device))
    return torch.autocast(device.type, dtype=mixed, enabled=mixed is not None)


@contextlib.contextmanager
def surroundings(threads: int | None) -> Iterator[None]:
    """Set threads, determinism and silence, and put them back.

    Lightning speaks of devices and products that have nothing to do with a study.
    """
    before = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    fills = torch.utils.deterministic.fill_uninitialized_memory
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        if threads:
            torch.set_num_threads(threads)
        # Determinism would also fill each new tensor, only to show reads of what nobody wrote.
        torch.utils.deterministic.fill_uninitialized_memory = False
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            for message in NOISE:
                warnings.filterwarnings("ignore", message)
            yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        torch.utils.deterministic.fill_uninitialized_memory = fills
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
