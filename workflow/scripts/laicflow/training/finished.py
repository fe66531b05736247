"""Finished folds of an experiment that is not through yet."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from laicflow.files import atomic_path
from laicflow.training.checkpoint import digest_of
from laicflow.training.data import Arrays


@dataclass
class Fold:
    """What one draw and fold gives, in plain parts that torch can write and read.

    Attributes
    ----------
    p : a row a sample that was asked for: its probability of class 1, or of each of K > 2 classes
    history : rows of the history
    notes : what a reader must know
    weights : parameters and buffers, empty where they are not kept
    left_out : names of training samples that nothing was learned from
    fitted : what was fitted (standardisation, weights, epoch) on which split
    """

    p: list[float] | list[list[float]]
    history: list[dict[str, float]]
    notes: list[str]
    weights: dict[str, torch.Tensor]
    left_out: list[str]
    fitted: list[list[str]]


class Store:
    """A folder of finished folds, all of one experiment and seed.

    Parameters
    ----------
    scratch : folder of the run, None where nothing is to be written
    """

    def __init__(self, scratch: Path | None, experiment: str, seed: int) -> None:
        self.folder = Path(scratch) / experiment / str(seed) if scratch is not None else None
        self.written: list[Path] = []

    def path(
        self,
        sets: tuple[Arrays, ...],
        chosen: dict[str, Any],
        number: int,
        here: dict[str, Any],
        initial: str = "",
    ) -> Path | None:
        """The file of a fold, whose name holds a digest of all that the fold hangs on.

        `initial` is the digest of first weights from elsewhere.
        """
        if self.folder is None:
            return None
        code = os.environ.get("LAICFLOW_CODE", "")
        training = {key: v for key, v in chosen["training"].items() if key != "threads"}
        meaning = [{**chosen, "training": training}, number, torch.__version__, code, initial]
        digest = digest_of(sets, meaning).hexdigest()[:24]
        path = self.folder / f"{here['draw']}.{here['fold']}.{digest}.pt"
        self.written.append(path)
        return path

    def load(self, path: Path | None) -> Fold | None:
        """What an interrupted run had finished, None where there is nothing."""
        if path is None or not path.is_file():
            return None
        return Fold(**torch.load(path, weights_only=True))

    def save(self, path: Path | None, fold: Fold) -> None:
        """Keep a finished fold."""
        if path is not None:
            with atomic_path(path) as temporary:
                torch.save(vars(fold), temporary)

    def remove(self) -> None:
        """All is done: the files go; the folder stays, another job may be about to use it."""
        for path in self.written:
            path.unlink(missing_ok=True)
