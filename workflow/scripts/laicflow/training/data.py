"""What a training run eats: arrays, how they are standardised, and in which order they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from laicflow.errors import LaicflowError
from laicflow.seeds import generator

if TYPE_CHECKING:
    import torch


class TrainingError(LaicflowError):
    """Nothing can be learned from these samples, or the training diverged."""


# In the place of the number of classes: what is learned is values, not classes.
VALUES = 0


@dataclass(frozen=True)
class Arrays:
    """Images and their targets.

    Attributes
    ----------
    x : (n, channel, row, column) float32, finite; sequences are (n, 1, step, feature)
    y : (n,) float32; of two classes in [0, 1], 1 = SIP, of more the number of the class; of values
        that are forecast (n, output), finite
    ids : (n,) names of the samples, or empty
    classes : number of classes, `VALUES` where values are forecast

    Raises
    ------
    LaicflowError : shapes that do not fit, an image or a value that is not finite, a target out of
        [0, 1] or, of more than two classes, one that is no class
    """

    x: np.ndarray
    y: np.ndarray
    ids: tuple[str, ...] = ()
    classes: int = 2

    def __post_init__(self) -> None:
        """Refuse what would end in a wrong number."""
        shape = self.y.shape[:1] if self.classes == VALUES and self.y.ndim == 2 else self.y.shape
        if self.x.ndim != 4 or shape != self.x.shape[:1]:
            raise LaicflowError(f"images {self.x.shape} and targets {self.y.shape} do not fit")
        if self.ids and len(self.ids) != len(self.y):
            raise LaicflowError(f"{len(self.ids)} names for {len(self.y)} samples")
        whole = finite(self.x)
        if not whole.all():
            raise LaicflowError(f"{int((~whole).sum())} of {len(whole)} images are not finite")
        if self.classes == VALUES:
            if not np.isfinite(self.y).all():
                raise LaicflowError("a value that is to be forecast is not finite")
        elif self.classes > 2:
            if not np.isin(self.y, range(self.classes)).all():
                raise LaicflowError(f"a target is none of 0 to {self.classes - 1}")
        elif not ((self.y >= 0) & (self.y <= 1)).all():
            raise LaicflowError("targets must lie in [0, 1]")

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.y)


def finite(x: np.ndarray) -> np.ndarray:
    """Whether each image (n, ...) holds finite values alone, (n,) bool."""
    return np.isfinite(x).all(axis=tuple(range(1, x.ndim)))


@dataclass(frozen=True)
class Scaler:
    """Standardisation channel by channel, or column by column: (x - mean) / deviation.

    Attributes
    ----------
    mean, deviation : (channel,) float32, in the units of the images; of columns (1, 1, 1, column),
        which are the features of sequences; of a range its middle and half its width
    sample_ids : names of the samples that it was fitted on (R16)
    """

    mean: np.ndarray
    deviation: np.ndarray
    sample_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, arrays: Arrays, kind: str = "channel") -> Scaler:
        """Fitted on all pixels of all images, the padding included.

        A channel of one value alone keeps a deviation of 1, so that it becomes 0 everywhere.

        Parameters
        ----------
        kind : channel; feature, a mean and a deviation of each column (n, 1, step, feature);
            range, which takes the least and the largest value of each column to -1 and 1; none
        """
        if kind == "none":
            return cls.identity(arrays.x.shape[1])
        axes = (0, 2, 3) if kind == "channel" else (0, 1, 2)
        if kind == "range":
            least, most = (edge(arrays.x, axis=axes).astype(float) for edge in (np.min, np.max))
            mean, deviation = (most + least) / 2, (most - least) / 2
        else:
            mean = arrays.x.mean(axis=axes, dtype=np.float64)
            deviation = arrays.x.std(axis=axes, dtype=np.float64)
        constant = np.ptp(arrays.x, axis=axes) == 0
        deviation = np.where(constant, 1.0, deviation)
        shape = (-1,) if kind == "channel" else (1, 1, 1, -1)
        mean, deviation = (part.astype(np.float32).reshape(shape) for part in (mean, deviation))
        return cls(mean, deviation, arrays.ids)

    @classmethod
    def identity(cls, channels: int) -> Scaler:
        """One that changes nothing and saw nothing."""
        return cls(np.zeros(channels, np.float32), np.ones(channels, np.float32))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The standardised images, of the shape of `x`, float32, in one new array."""
        shape = self.mean.shape if self.mean.ndim == 4 else (1, -1, 1, 1)
        standard = x - self.mean.reshape(shape)
        standard /= self.deviation.reshape(shape)
        return standard.astype(np.float32, copy=False)


def share_of(y: np.ndarray, share: float, *names: str | int, classes: int = 2) -> np.ndarray:
    """Numbers of a random share of the samples in ascending order, classes in proportion.

    Parameters
    ----------
    y : (n,) targets; of two classes 0.5 and more is class 1
    share : 0 < share <= 1, of each class; at least two of a class are kept, or all it has
    names : of the random numbers
    classes : number of classes; values (n, output) are as samples of one class

    With the same names a smaller share is a part of every larger one.
    """
    kept = []
    if classes == VALUES:
        y, classes = np.zeros(len(y)), 1
    number = y >= 0.5 if classes == 2 else y
    for label in range(classes):
        own = np.flatnonzero(number == label)
        count = max(2, round(share * len(own)))
        kept.append(generator(*names, "share", label).permutation(own)[:count])
    return np.sort(np.concatenate(kept))


def drops_last(n: int, batch_size: int) -> bool:
    """Whether the last batch would hold one sample, which batch normalisation cannot take.

    It is left out then: another sample each epoch, since the order changes.
    """
    return n > 1 and n % batch_size == 1


def steps_per_epoch(n: int, batch_size: int) -> int:
    """Optimizer steps in an epoch over `n` samples."""
    return n // batch_size if drops_last(n, batch_size) else -(-n // batch_size)


class EpochOrder:
    """The order of the samples in an epoch, which hangs on the seed and the epoch alone.

    So a run that was interrupted and goes on at its fourth epoch sees what it would have seen.
    """

    def __init__(self, n: int, seed: int, first_epoch: int = 0) -> None:
        self.n = n
        self.seed = seed
        self.first_epoch = first_epoch
        self.epoch = first_epoch

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, counted from 0 at the first epoch of this process."""
        self.epoch = self.first_epoch + epoch

    def __iter__(self) -> Iterator[int]:
        """The numbers of the samples, each once."""
        return iter(generator(self.seed, "order", self.epoch).permutation(self.n).tolist())

    def __len__(self) -> int:
        """The number of samples."""
        return self.n


class Batches:
    """Batches cut out of whole tensors by the numbers of their samples, on the tensors' device.

    A loader that gathers image by image and stacks them takes up to twice as long for a batch, and
    leaves the images where a GPU has to fetch them at every step.

    Parameters
    ----------
    x, y : images (n, channel, row, column) and targets (n,)
    batch_size : samples in a batch; the last one holds what is left
    order : of training, whose last batch is left out if it would hold one sample (`drops_last`);
        None takes all samples as they stand
    """

    def __init__(
        self,
        x: torch.Tensor,
        y: torch.Tensor,
        batch_size: int,
        order: EpochOrder | None = None,
    ) -> None:
        self.x, self.y = x, y
        self.batch_size = batch_size
        # Under this name Lightning finds it and tells it the epoch; it asks for the other too.
        self.sampler = order
        self.batch_sampler = None

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Images and targets of each batch."""
        numbers = None if self.sampler is None else np.array(list(self.sampler))
        for begin in range(0, len(self) * self.batch_size, self.batch_size):
            own = slice(begin, begin + self.batch_size)
            if numbers is not None:
                own = numbers[own]
            yield self.x[own], self.y[own]

    def __len__(self) -> int:
        """The number of batches."""
        if self.sampler is not None:
            return steps_per_epoch(len(self.y), self.batch_size)
        return -(-len(self.y) // self.batch_size)
