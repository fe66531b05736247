"""Scores of a yes-no classifier, of a whole set of samples or of any resample of its blocks.

A `Tally` holds sums by block; every metric is a function of these sums alone, so the same code
gives the score of all samples and those of a thousand resamples at once. `classes` is the same for
more than two classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.evaluation.pairs import ordered_pairs

METRICS = ("accuracy", "balanced_accuracy", "mcc", "auc", "f1", "brier")
COUNTS = ("tn", "fp", "fn", "tp")
# Metrics of which less is better.
LOSSES = ("brier",)


def accuracy(counts: np.ndarray) -> np.ndarray:
    """Share of samples told rightly; `counts` (..., 4) are tn, fp, fn, tp; NaN without samples."""
    tn, _, _, tp = _parts(counts)
    return _ratio(tn + tp, counts.sum(axis=-1))


def balanced_accuracy(counts: np.ndarray) -> np.ndarray:
    """Mean of sensitivity and specificity; NaN where one class has no samples."""
    tn, fp, fn, tp = _parts(counts)
    return (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2


def mcc(counts: np.ndarray) -> np.ndarray:
    """Matthews correlation coefficient; 0 by definition where a margin is empty.

    A margin is empty where one class has no samples or is never predicted, so a constant
    classifier has 0 (Matthews 1975; Chicco & Jurman 2020). NaN without samples.
    """
    tn, fp, fn, tp = _parts(counts)
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    root = np.sqrt(np.where(margins > 0, margins, 1))
    value = np.where(margins > 0, (tp * tn - fp * fn) / root, 0.0)
    return np.where(counts.sum(axis=-1) > 0, value, np.nan)


def f1(counts: np.ndarray) -> np.ndarray:
    """2 tp / (2 tp + fp + fn) of class 1; NaN where class 1 is neither there nor predicted."""
    _, fp, fn, tp = _parts(counts)
    return _ratio(2 * tp, 2 * tp + fp + fn)


def auc(target: np.ndarray, probability: np.ndarray) -> float:
    """Area under the ROC curve by midranks (Mann-Whitney U); NaN with one class."""
    target, probability = _checked(target, probability)
    positive = target == 1
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    if n_pos == 0 or n_neg == 0:
        return float("nan")
    ranks = pd.Series(probability).rank().to_numpy()[positive].sum()
    return float((ranks - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def brier(target: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared difference of probability and target (Brier 1950); NaN without samples."""
    target, probability = _checked(target, probability)
    return float(np.mean((probability - target) ** 2)) if len(target) else float("nan")


def confusion(target: np.ndarray, probability: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Counts tn, fp, fn, tp, float (4,); class 1 is predicted at `probability >= threshold`."""
    target, probability = _checked(target, probability)
    cell = 2 * target.astype(int) + (probability >= threshold)
    return np.bincount(cell, minlength=4).astype("float64")


@dataclass(frozen=True)
class Tally:
    """Sums by block of one set of predictions.

    Attributes
    ----------
    counts : (block, 4), confusion tn, fp, fn, tp
    squares : (block,), sum of squared differences of probability and target
    pairs : (block, block), how many (positive of the first block, negative of the second) are in
        the right order, ties counting half
    """

    counts: np.ndarray
    squares: np.ndarray
    pairs: np.ndarray

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return METRICS

    @property
    def count_names(self) -> tuple[str, ...]:
        """Names of the counts."""
        return COUNTS

    @property
    def right(self) -> float:
        """Samples told rightly."""
        return self.counts[:, [0, 3]].sum()

    def metric(self, name: str, weights: np.ndarray | None = None) -> np.ndarray:
        """The metric `name` of resamples in which block b stands `weights[:, b]` times.

        Parameters
        ----------
        name : one of METRICS or COUNTS
        weights : (resample, block); None for every block once

        Returns
        -------
        (resample,) float, one value where `weights` is None
        """
        if weights is None:
            weights = np.ones((1, len(self.counts)))
        weights = np.asarray(weights, dtype="float64")
        counts = weights @ self.counts
        if name in COUNTS:
            return counts[:, COUNTS.index(name)]
        if name == "auc":
            positive = weights @ self.counts[:, 2:].sum(axis=1)
            negative = weights @ self.counts[:, :2].sum(axis=1)
            return _ratio(((weights @ self.pairs) * weights).sum(axis=1), positive * negative)
        if name == "brier":
            return _ratio(weights @ self.squares, counts.sum(axis=1))
        if name not in METRICS:
            known = ", ".join((*METRICS, *COUNTS))
            raise LaicflowError(f"unknown metric {name!r}; known are {known}")
        functions = {
            "accuracy": accuracy,
            "balanced_accuracy": balanced_accuracy,
            "mcc": mcc,
            "f1": f1,
        }
        return functions[name](counts)

    def special(self, metric: str) -> str:
        """Why a metric has no value or one by definition; empty where neither is so."""
        tn, fp, fn, tp = self.counts.sum(axis=0)
        one_class = tn + fp == 0 or fn + tp == 0
        if metric == "mcc" and (one_class or tn + fn == 0 or fp + tp == 0):
            return "a margin is empty: 0 by definition"
        if metric in ("auc", "balanced_accuracy") and one_class:
            return "one class alone: not defined"
        return ""


def tally(
    target: np.ndarray,
    probability: np.ndarray,
    block: np.ndarray | None = None,
    *,
    blocks: int | None = None,
    threshold: float = 0.5,
) -> Tally:
    """Count predictions by block.

    Parameters
    ----------
    target, probability : (n,), target 0 or 1, probability of class 1
    block : (n,) number of the block of each sample, 0 to `blocks` - 1; None for one block
    blocks : number of blocks; None for the highest number and one
    threshold : class 1 is predicted at or above it

    Raises
    ------
    LaicflowError : targets that are not 0 or 1, probabilities outside 0 to 1 or not finite
    """
    target, probability = _checked(target, probability)
    block = np.zeros(len(target), dtype=int) if block is None else np.asarray(block)
    number = blocks if blocks is not None else int(block.max(initial=0)) + 1
    cell = 2 * target.astype(int) + (probability >= threshold)
    counts = np.bincount(4 * block + cell, minlength=4 * number).reshape(number, 4)
    squares = np.bincount(block, (probability - target) ** 2, minlength=number)
    pairs = ordered_pairs(target == 1, probability, block, number)
    return Tally(counts.astype("float64"), squares, pairs)


def _checked(target: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Targets and probabilities as float arrays, refused where they are none."""
    target = np.asarray(target, dtype="float64")
    probability = np.asarray(probability, dtype="float64")
    if target.shape != probability.shape or target.ndim != 1:
        raise LaicflowError(
            f"targets {target.shape} and probabilities {probability.shape} differ in shape"
        )
    if not np.isin(target, (0.0, 1.0)).all():
        raise LaicflowError("a target is neither 0 nor 1")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise LaicflowError("a probability is not a number from 0 to 1")
    return target, probability


def _parts(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Counts tn, fp, fn, tp as four arrays."""
    return counts[..., 0], counts[..., 1], counts[..., 2], counts[..., 3]


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """A quotient that is NaN where nothing was counted."""
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
