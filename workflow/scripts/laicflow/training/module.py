"""The LightningModule of a binary study: cross-entropy of one logit.

Pham et al. (2023), section III.2.4: sigmoid output, binary cross-entropy, Adam with 1e-4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laicflow.errors import ConfigError
from laicflow.models import registry, torchvision_ops
from laicflow.seeds import generator, number

torchvision_ops.prepare()

import lightning.pytorch as pl  # noqa: E402  (imports torchvision by way of torchmetrics)
import torch  # noqa: E402
from lightning.pytorch.plugins.environments import LightningEnvironment  # noqa: E402
from torch import Tensor, nn  # noqa: E402

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}

# Name of an augmentation to `module:callable`, imported on use. The callable takes a batch
# x (n, c, h, w), y (n,), both standardised tensors, and a numpy generator, and gives x and y,
# whose targets may lie between 0 and 1.
AUGMENTATIONS: dict[str, str] = {}


def augmentation(name: str) -> Callable[..., tuple[Tensor, Tensor]] | None:
    """The augmentation `name`, None for `none`.

    Raises
    ------
    ConfigError : an unknown name
    """
    if name == "none":
        return None
    if name not in AUGMENTATIONS:
        known = ", ".join(["none", *sorted(AUGMENTATIONS)])
        raise ConfigError(f"augmentation {name!r} is none of {known}")
    return registry.imported(AUGMENTATIONS[name])


class BinaryClassifier(pl.LightningModule):
    """A network of one logit, trained by binary cross-entropy.

    Parameters
    ----------
    network : images (n, c, h, w) to logits (n, 1)
    seed : of dropout and augmentation; each epoch starts from (seed, epoch)
    optimizer : one of `OPTIMIZERS`
    learning_rate, weight_decay : of the optimizer
    augment : one of `AUGMENTATIONS`, or none
    first_epoch : number of epochs that were trained before
    optimizer_state : state of the optimizer after them

    After an epoch `train_loss`, `validation_loss` and `validation_accuracy` hold its means over
    samples, None where there was none.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        seed: int,
        optimizer: str = "adam",
        learning_rate: float = 1e-4,
        weight_decay: float = 0.0,
        augment: str = "none",
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
        self.augment = augmentation(augment)
        self.first_epoch = first_epoch
        self.optimizer_state = optimizer_state
        self.train_loss: float | None = None
        self.validation_loss: float | None = None
        self.validation_accuracy: float | None = None

    @property
    def epochs_done(self) -> int:
        """Epochs before the present one, those of an interrupted run included."""
        return self.first_epoch + self.current_epoch

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n,) of images (n, c, h, w)."""
        return self.network(x).squeeze(1)

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
        self._train = torch.zeros(2, dtype=torch.float64)

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Mean cross-entropy of a batch."""
        x, y = batch
        if self.augment is not None:
            x, y = self.augment(x, y, self._generator)
        loss = nn.functional.binary_cross_entropy_with_logits(self(x), y)
        self._train += torch.tensor([loss.item() * len(y), len(y)], dtype=torch.float64)
        return loss

    def on_validation_epoch_start(self) -> None:
        """Start the sums."""
        self._validation = torch.zeros(3, dtype=torch.float64)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Add a batch to the sums of loss and hits; a probability of a half counts as 1."""
        x, y = batch
        logits = self(x)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, y, reduction="sum")
        hits = ((logits >= 0) == (y >= 0.5)).sum()
        row = [loss.item(), hits.item(), len(y)]
        self._validation += torch.tensor(row, dtype=torch.float64)

    def on_validation_epoch_end(self) -> None:
        """Turn the sums into means."""
        loss, hits, count = self._validation.tolist()
        self.validation_loss = loss / count
        self.validation_accuracy = hits / count

    def close_epoch(self) -> None:
        """Turn the sum into a mean; for a callback, since those come before the module's hook."""
        loss, count = self._train.tolist()
        self.train_loss = loss / count


def trainer(settings: dict[str, Any], epochs: int, callback: pl.Callback) -> pl.Trainer:
    """A Trainer that writes no file and says nothing.

    Parameters
    ----------
    settings : with `accelerator` and `precision` as Lightning names them
    epochs : to train for
    callback : what follows the training
    """
    return pl.Trainer(
        accelerator=settings["accelerator"],
        devices=1,
        precision=settings["precision"],
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
