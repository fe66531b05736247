"""Who trains, who chooses, who tests: the same few designs for every study.

A design is a table `splits` with one row a sample, draw and fold. Nothing here looks at data.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from laicflow.schema import conform, empty


def random_split(
    sample_ids: list[str], rng: np.random.Generator, *, test: float, validation: float, draw: int
) -> pd.DataFrame:
    """A random split, as published studies make it: ceil(test n), ceil(validation n), the rest."""
    order = rng.permutation(len(sample_ids))
    n_test = math.ceil(round(test * len(order), 9))
    n_validation = math.ceil(round(validation * len(order), 9))
    role = np.full(len(order), "train", dtype=object)
    role[order[:n_test]] = "test"
    role[order[n_test : n_test + n_validation]] = "validation"
    rows = {"draw": draw, "fold": 0, "sample_id": sample_ids, "split": role}
    return conform(pd.DataFrame(rows), "splits")


def contiguous_blocks(days: pd.Series, positive: pd.Series, blocks: int) -> np.ndarray:
    """The block, 0 to blocks - 1, of every sample: runs of time with nearly equal event days.

    Parameters
    ----------
    days : the day of each sample
    positive : whether the sample is a positive
    blocks : number of blocks; fewer come out where there are fewer event days
    """
    event_days = np.sort(days[positive].unique())
    if len(event_days) == 0:
        return np.zeros(len(days), dtype=int)
    edges = [len(event_days) * k // blocks for k in range(1, blocks)]
    starts = np.unique(event_days[[edge for edge in edges if edge > 0]])
    return np.searchsorted(starts, days.to_numpy(), side="right")


def block_split(samples: pd.DataFrame, block: np.ndarray, *, draw: int = 0) -> pd.DataFrame:
    """Each block once the test, the next one the validation, the rest training, all purged.

    A training sample whose support touches that of a test or a validation sample is purged, and
    so is a validation sample whose support touches that of a test sample, wherever its site is:
    a storm is felt at every site at once. Supports are compared in time alone.

    Parameters
    ----------
    samples : with `sample_id`, `support_start`, `end`
    block : the block of every sample
    """
    names = np.unique(block)
    if len(names) < 3:
        return empty("splits")
    start = samples["support_start"].to_numpy()
    end = samples["end"].to_numpy()
    parts = []
    for fold, name in enumerate(names):
        test = block == name
        validation = block == names[(fold + 1) % len(names)]
        train = ~test & ~validation
        role = np.where(test, "test", np.where(validation, "validation", "train")).astype(object)
        near_test = _touches(start, end, start[test], end[test])
        near_validation = _touches(start, end, start[validation], end[validation])
        role[train & (near_test | near_validation)] = "purged"
        role[validation & near_test] = "purged"
        rows = {"draw": draw, "fold": fold, "sample_id": samples["sample_id"], "split": role}
        parts.append(pd.DataFrame(rows))
    return conform(pd.concat(parts, ignore_index=True), "splits")


def why_unfit(own: pd.DataFrame) -> str:
    """Why nothing can be fitted on a fold; empty where it can.

    Parameters
    ----------
    own : the fold's rows, with `split` and `label`
    """
    train = own.loc[own["split"] == "train", "label"]
    if train.empty:
        purged = "purged " if (own["split"] == "purged").any() else ""
        return f"undecidable: 0 {purged}training samples"
    if train.nunique() == 1:
        return f"undecidable: all {len(train)} training samples are of class {int(train.iloc[0])}"
    return ""


def _touches(
    start: np.ndarray, end: np.ndarray, other_start: np.ndarray, other_end: np.ndarray
) -> np.ndarray:
    """Whether each [start, end) shares an instant with any of the others."""
    # Those that begin before my end, less those that have ended by my start.
    begun = np.searchsorted(np.sort(other_start), end, side="left")
    over = np.searchsorted(np.sort(other_end), start, side="right")
    return begun > over


def balanced(
    label: np.ndarray, group: np.ndarray, rng: np.random.Generator, limit: int | None = None
) -> np.ndarray:
    """Indices of as many negatives as positives, group by group.

    Within a group (a site, a block) the scarcer class is taken whole and as many of the other are
    drawn; `limit` then draws that many positives, each with a negative of its group.

    Returns an array (n, 2): positive, negative, matched by row.
    """
    pairs = []
    for name in pd.unique(pd.Series(group)):
        here = np.flatnonzero(group == name)
        positives = rng.permutation(here[label[here] == 1])
        negatives = rng.permutation(here[label[here] == 0])
        count = min(len(positives), len(negatives))
        pairs.append(np.column_stack([positives[:count], negatives[:count]]))
    joined = np.concatenate(pairs) if pairs else np.empty((0, 2), dtype=int)
    if limit is not None and len(joined) > limit:
        joined = joined[np.sort(rng.permutation(len(joined))[:limit])]
    return joined
