"""R11: do test samples share data with training samples?

A sample's support is [support_start, end). Two samples share the hours that lie in both supports
if they are of the same site or within `r_corr_km` of each other (great circle), since the
ionosphere is correlated over such distances; a place that is not known counts as the same. Source:
Roberts et al. 2017, Ecography 40, 913.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.audit.context import Context, row
from laicflow.audit.registry import NAMES
from laicflow.errors import LaicflowError
from laicflow.geo import great_circle_km

CHECK = "R11"
SOURCE = "Roberts et al. 2017"
# Pairs of samples that are held in memory at once.
PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Found:
    """What one fold's test samples share with its training samples, one value a test sample.

    `near` and `in_time` are the greatest shares of the support shared with a training sample,
    with regard to place and without; `same_window` and `same_event` are booleans.
    """

    near: np.ndarray
    in_time: np.ndarray
    same_window: np.ndarray
    same_event: np.ndarray


def check(context: Context) -> list[dict]:
    """One row: the greatest share over all draws and folds must be 0."""
    named = {"threshold": "0", "source": SOURCE}
    folds = list(_folds(context))
    if not folds:
        why = context.why_untested(context.experiment)
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    radius = context.gates["r_corr_km"]
    training = _joined([compare(test, train, radius) for test, train, _ in folds])
    validation = [compare(test, other, radius) for test, _, other in folds if len(other)]
    greatest = float(training.near.max())
    failed = greatest > 0 or training.same_window.any()
    text = _text(training, len(folds), radius)
    if validation:
        text += f"; with a validation sample up to {_joined(validation).near.max():.3f}"
    without = context.splits.groupby(["draw", "fold"]).ngroups - len(folds)
    if without:
        text += f"; {without} folds have no test or no training sample"
    if failed:
        text = f"test and training share data: {text}"
    status = "fail" if failed else "pass"
    return [row(CHECK, NAMES[CHECK], status, statistic=greatest, evidence=text, **named)]


def compare(test: pd.DataFrame, train: pd.DataFrame, r_corr_km: float) -> Found:
    """Compare every test sample with all training samples.

    Parameters
    ----------
    test, train : rows of the table `samples`
    r_corr_km : distance in km within which places count as one

    Raises
    ------
    LaicflowError : a support (support_start to end) has no length
    """
    zero = test["support_start"].min()
    start, end = _hours(test, zero)
    other_start, other_end = _hours(train, zero)
    place, other_place, close = _places(test, train, r_corr_km)
    near, in_time = np.zeros(len(test)), np.zeros(len(test))
    step = max(1, PAIRS_AT_ONCE // max(1, len(train)))
    for first in range(0, len(test), step):
        part = slice(first, first + step)
        shared = np.minimum(end[part, None], other_end) - np.maximum(start[part, None], other_start)
        share = np.clip(shared, 0, None) / (end - start)[part, None]
        in_time[part] = share.max(axis=1, initial=0)
        here = close[place[part, None], other_place]
        near[part] = np.where(here, share, 0).max(axis=1, initial=0)
    return Found(
        near,
        in_time,
        test["window_id"].isin(train["window_id"].dropna()).to_numpy(),
        test["event_id"].isin(train["event_id"].dropna()).to_numpy(),
    )


def _folds(context: Context) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
    """Test, training and validation samples of every draw and fold that has the first two."""
    samples = context.samples.set_index("sample_id")
    lost = ~context.splits["sample_id"].isin(samples.index)
    if lost.any():
        name = context.splits.loc[lost, "sample_id"].iloc[0]
        raise LaicflowError(f"splits: sample {name!r} is not in the samples")
    for _, part in context.splits.groupby(["draw", "fold"]):
        test, train, validation = (
            samples.loc[part.loc[part["split"] == name, "sample_id"]]
            for name in ("test", "train", "validation")
        )
        if len(test) and len(train):
            yield test, train, validation


def _hours(samples: pd.DataFrame, zero: pd.Timestamp) -> tuple[np.ndarray, np.ndarray]:
    """Begin and end of the supports, hours since `zero`."""
    hour = pd.Timedelta(hours=1)
    start = ((samples["support_start"] - zero) / hour).to_numpy(dtype="float64")
    end = ((samples["end"] - zero) / hour).to_numpy(dtype="float64")
    if not (end > start).all():
        raise LaicflowError("samples: a support (support_start to end) has no length")
    return start, end


def _places(
    test: pd.DataFrame, train: pd.DataFrame, r_corr_km: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of the place of each test and training sample, and which pairs of places are close."""
    columns = ["site", "latitude", "longitude"]
    both = pd.concat([test[columns], train[columns]])
    number = both.groupby(columns, dropna=False, sort=False).ngroup().to_numpy()
    places = both.assign(number=number).drop_duplicates("number").sort_values("number")
    a, b = number[: len(test)], number[len(test) :]
    latitude, longitude = places["latitude"].to_numpy(), places["longitude"].to_numpy()
    far = great_circle_km(latitude[:, None], longitude[:, None], latitude, longitude) > r_corr_km
    site = places["site"].to_numpy(dtype=object)
    named = places["site"].notna().to_numpy()
    same = (site[:, None] == site) & named[:, None]
    # A distance that is not known (NaN) is not far.
    return a, b, same | ~far


def _joined(found: list[Found]) -> Found:
    """All folds in one."""
    names = ("near", "in_time", "same_window", "same_event")
    return Found(*(np.concatenate([getattr(one, name) for one in found]) for name in names))


def _text(found: Found, folds: int, radius: float) -> str:
    """What was found, for a reader."""
    tested = len(found.near)
    within = f"at one site or within {radius:g} km"
    return (
        f"over {tested} test samples of {folds} fold{'s' * (folds != 1)}, the share of the support "
        f"that a training sample {within} has too is {found.near.max():.3f} at most, "
        f"{found.near.mean():.3f} in the mean, above 0 for {np.mean(found.near > 0):.1%}; "
        f"in time alone {found.in_time.max():.3f}, {found.in_time.mean():.3f}, "
        f"{np.mean(found.in_time > 0):.1%}; {int(found.same_window.sum())} show a window and "
        f"{int(found.same_event.sum())} an event that training has too"
    )
