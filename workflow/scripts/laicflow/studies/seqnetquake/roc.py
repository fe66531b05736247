"""ROC curves of one class against the rest, averaged over the seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.evaluation.classes import class_count, probabilities

TEST = "test"
# Points of a curve that are drawn: of more, so many, evenly along it.
MOST = 400


def mean_curve(predictions: pd.DataFrame, experiment: str, k: int) -> tuple[np.ndarray, str]:
    """The mean ROC curve of class k over the seeds of an experiment, folds of a seed pooled.

    At every rate of false positives the rates of true positives of the seeds are averaged, so that
    the area under the curve is the mean of the areas (vertical averaging: Fawcett 2006, Pattern
    Recognit. Lett. 27, 861). Where a curve rises straight up, both of its ends are averaged.

    Parameters
    ----------
    predictions : table `predictions` of a variant; rows of the first draw and of `test` are used

    Returns
    -------
    curve : (m, 2), rates of false and of true positives, from (0, 0) to (1, 1); (0, 2) if none
    why : why there is none, else empty
    """
    from sklearn.metrics import roc_curve

    own = predictions[
        (predictions["experiment"] == experiment)
        & (predictions["draw"] == 0)
        & (predictions["split"] == TEST)
    ]
    nothing = np.empty((0, 2))
    if own.empty:
        return nothing, "no test predictions"
    classes = class_count(predictions)
    if k >= classes:
        return nothing, f"class {k} is told no probability"
    curves = []
    for _, run in own.groupby("seed", sort=True):
        output = probabilities(run, classes)[:, k]
        positive = run["target"].to_numpy() == k
        if not np.isfinite(output).all():
            return nothing, "outputs of a seed are not numbers"
        if positive.all() or not positive.any():
            which = "every" if positive.all() else "no"
            return nothing, f"{which} test sample is of class {k}"
        curves.append(np.stack(roc_curve(positive, output)[:2], axis=1))
    return averaged(curves), ""


def averaged(curves: list[np.ndarray]) -> np.ndarray:
    """Vertical mean of curves (m, 2), each from (0, 0) to (1, 1) and never falling."""
    at = np.unique(np.concatenate([curve[:, 0] for curve in curves]))
    ends = np.mean([_ends(curve, at) for curve in curves], axis=0)
    points = np.stack([np.repeat(at, 2), ends.ravel()], axis=1)
    points = np.vstack([[0.0, 0.0], points])
    return points[np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]]


def thinned(curve: np.ndarray, most: int = MOST) -> np.ndarray:
    """At most so many points of a curve, evenly along it, both ends among them.

    No point of the curve is further than 2 / (`most` - 1) from the next that is kept, both rates
    added up.
    """
    if len(curve) <= most:
        return curve
    along = curve.sum(axis=1)
    at = np.searchsorted(along, np.linspace(0, along[-1], most))
    return curve[np.unique(np.minimum(at, len(curve) - 1))]


def _ends(curve: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Lower and upper end of a curve at rates of false positives; (len(at), 2)."""
    x, y = curve.T
    first = np.searchsorted(x, at, side="left")
    last = np.searchsorted(x, at, side="right") - 1
    on = x[np.minimum(first, len(x) - 1)] == at
    # Between two points: on the line from the one to the other.
    before, after = np.maximum(first - 1, 0), np.minimum(first, len(x) - 1)
    wide = np.where(x[after] > x[before], x[after] - x[before], 1.0)
    between = y[before] + (at - x[before]) / wide * (y[after] - y[before])
    low = np.where(on, y[np.minimum(first, len(y) - 1)], between)
    high = np.where(on, y[np.maximum(last, 0)], between)
    return np.stack([low, high], axis=1)
