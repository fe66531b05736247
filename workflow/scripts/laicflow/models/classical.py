"""Classical classifiers behind the interface of the networks: boosted trees and a random forest.

`gbm` is scikit-learn's gradient boosting on histograms (Friedman 2001; the algorithm of Ke et al.
2017), which takes minutes where the exact one of the paper (Xiong et al. 2021) takes hours;
`random_forest` is scikit-learn's (Breiman 2001). They see a window as one row of all its numbers.
Trees hang on the order of the values of each column alone: standardising means something to them
only where rows are normalised after it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models.options import laid

# Options of both: what follows from the windows (steps and features are taken as they come), and
# the row-wise normaliser of `laicflow.models.sequences`.
COMMON: dict[str, Any] = {
    "pretrained": "none",
    "classes": None,
    "steps": None,
    "features": None,
    "normalise": False,
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "gbm": {
        **COMMON,
        "learning_rate": 0.1,
        "trees": 100,  # a class
        "depth": None,
        "leaves": 31,
        "min_leaf": 20,
        "feature_share": 1.0,  # of the columns, tried at each split
        "l2": 0.0,
    },
    "random_forest": {
        **COMMON,
        "trees": 100,
        "depth": None,
        "features_tried": None,  # at each split; None: the root of their number
        "min_split": 2,
        "min_leaf": 1,
        "leaves": None,
        "min_leaf_share": 0.0,  # of the samples
        "criterion": "gini",
        "bootstrap": True,
    },
}
# Our names of scikit-learn's arguments.
ARGUMENTS = {
    "gbm": {
        "learning_rate": "learning_rate",
        "trees": "max_iter",
        "depth": "max_depth",
        "leaves": "max_leaf_nodes",
        "min_leaf": "min_samples_leaf",
        "feature_share": "max_features",
        "l2": "l2_regularization",
    },
    "random_forest": {
        "trees": "n_estimators",
        "depth": "max_depth",
        "features_tried": "max_features",
        "min_split": "min_samples_split",
        "min_leaf": "min_samples_leaf",
        "leaves": "max_leaf_nodes",
        "min_leaf_share": "min_weight_fraction_leaf",
        "criterion": "criterion",
        "bootstrap": "bootstrap",
    },
}
# No share of the training samples is set aside to stop early: nothing is chosen within a fit.
ESTIMATORS: dict[str, Callable[..., Any]] = {
    "gbm": functools.partial(HistGradientBoostingClassifier, early_stopping=False),
    "random_forest": RandomForestClassifier,
}


class Classical:
    """A classifier of scikit-learn that is fitted once.

    Parameters
    ----------
    make : gives the estimator for rows of so many columns
    classes : K
    normalise : whether each row is first divided by the root of the sum of its squares
    """

    laicflow_classical = True

    def __init__(self, make: Callable[[int], Any], classes: int, normalise: bool) -> None:
        self.make = make
        self.classes = classes
        self.normalise = normalise
        self.estimator: Any = None
        self.laicflow_notes: tuple[str, ...] = ()

    def fit(
        self, x: np.ndarray, y: np.ndarray, validation: object = None, *, threads: int = 1
    ) -> Classical:
        """Fit on rows (n, ...) of finite numbers and their classes (n,), 0 to K - 1.

        `validation` is not looked at. `threads` changes the speed alone. It is 1 where nothing is
        said: threads of OpenMP wait for each other awake, and two of them took ten times as long
        as one where another process had half of two cores.

        Raises
        ------
        LaicflowError : rows that are not finite, a label that is no class, one class alone
        """
        rows, labels = self._rows(x), np.asarray(y)
        if not np.isin(labels, range(self.classes)).all():
            raise LaicflowError(f"a label is none of 0 to {self.classes - 1}")
        if len(np.unique(labels)) < 2:
            raise LaicflowError("training samples of one class alone")
        self.estimator = self.make(rows.shape[1])
        jobs = {"n_jobs": threads} if hasattr(self.estimator, "n_jobs") else {}
        self.estimator.set_params(**jobs)
        with threadpool_limits(threads):
            self.estimator.fit(rows, labels.astype(np.int64))
        # A forest adds up its trees as its threads end: with several the last digits would change.
        self.estimator.set_params(**dict.fromkeys(jobs, 1))
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Probabilities (n, K) of rows (n, ...); 0 for a class without training samples.

        Raises
        ------
        LaicflowError : rows that are not finite, or nothing was fitted
        """
        if self.estimator is None:
            raise LaicflowError("nothing was fitted")
        p = np.zeros((len(x), self.classes))
        if len(x):
            with threadpool_limits(1):
                p[:, self.estimator.classes_] = self.estimator.predict_proba(self._rows(x))
        return p

    def _rows(self, x: np.ndarray) -> np.ndarray:
        """Windows as rows of float32, normalised if they are to be."""
        rows = np.asarray(x, dtype=np.float32).reshape(len(x), -1)
        if not np.isfinite(rows).all():
            bad = int((~np.isfinite(rows)).any(axis=1).sum())
            raise LaicflowError(f"{bad} of {len(rows)} windows are not finite")
        return normalize(rows) if self.normalise and len(rows) else rows


def build(name: str, options: dict[str, Any], *, seed: int) -> Classical:
    """A classifier that is not fitted yet.

    Parameters
    ----------
    name : its name in the registry, a key of `DEFAULTS`
    options : some of its `DEFAULTS`
    seed : of its random numbers

    Raises
    ------
    ConfigError : an unknown option, a value that scikit-learn refuses, published weights
    """
    settings = laid(name, options, DEFAULTS[name])
    arguments = {theirs: settings[ours] for ours, theirs in ARGUMENTS[name].items()}

    def make(columns: int) -> Any:
        own = dict(arguments)
        if name == "random_forest":
            tried = settings["features_tried"]
            own["max_features"] = "sqrt" if tried is None else min(tried, columns)
        return ESTIMATORS[name](**own, random_state=seed)

    try:
        make(1)._validate_params()
    except (TypeError, ValueError) as error:
        raise ConfigError(f"model {name}: {error}") from error
    model = Classical(make, max(2, settings["classes"] or 2), settings["normalise"])
    model.laicflow_notes = (f"{name} of scikit-learn, fitted once: no epochs, no weights kept",)
    return model
