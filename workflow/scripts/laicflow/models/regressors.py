"""Classical forecasters behind the interface of the networks: trees, a forest, boosting, an SVM.

The rivals of Xiong et al. (2022), section II.C, with histogram gradient boosting beside them; all
are scikit-learn's. They see a window as one row of all its numbers and give all values at once;
where an algorithm gives one value alone, there is one model a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.multioutput import MultiOutputRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models.options import of_values

# What follows from the windows; taken as it comes.
COMMON: dict[str, Any] = {
    "pretrained": "none",
    "classes": 0,
    "steps": None,
    "features": None,
    "leads": None,
    "outputs": None,
}
ESTIMATORS: dict[str, Callable[..., Any]] = {
    "gbm_forecaster": HistGradientBoostingRegressor,
    "forest_forecaster": RandomForestRegressor,
    "tree_forecaster": DecisionTreeRegressor,
    "svm_forecaster": SVR,
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "gbm_forecaster": {
        **COMMON,
        "trees": 200,
        "learning_rate": 0.1,
        "depth": None,
        "leaves": 31,
        "min_leaf": 20,
        "l2": 0.0,
    },
    "forest_forecaster": {
        **COMMON,
        "trees": 100,
        "depth": None,
        "min_leaf": 1,
        "features_tried": 1.0,  # share of the columns at each split
        "samples_share": None,  # share of the samples that a tree sees
    },
    "tree_forecaster": {**COMMON, "depth": None, "min_leaf": 1},
    "svm_forecaster": {
        **COMMON,
        "kernel": "rbf",
        "c": 1.0,
        "epsilon": 0.1,
        "gamma": "scale",
        "most_steps": 20_000,  # of the solver, so that it ends
    },
}
ARGUMENTS: dict[str, dict[str, str]] = {
    "gbm_forecaster": {
        "trees": "max_iter",
        "learning_rate": "learning_rate",
        "depth": "max_depth",
        "leaves": "max_leaf_nodes",
        "min_leaf": "min_samples_leaf",
        "l2": "l2_regularization",
    },
    "forest_forecaster": {
        "trees": "n_estimators",
        "depth": "max_depth",
        "min_leaf": "min_samples_leaf",
        "features_tried": "max_features",
        "samples_share": "max_samples",
    },
    "tree_forecaster": {"depth": "max_depth", "min_leaf": "min_samples_leaf"},
    "svm_forecaster": {
        "kernel": "kernel",
        "c": "C",
        "epsilon": "epsilon",
        "gamma": "gamma",
        "most_steps": "max_iter",
    },
}
# Those that give one value alone.
SINGLE = ("gbm_forecaster", "svm_forecaster")
# No share of the training samples is set aside to stop early: nothing is chosen within a fit.
_FIXED: dict[str, dict[str, Any]] = {"gbm_forecaster": {"early_stopping": False}}


class Regressor:
    """A forecaster of scikit-learn that is fitted once.

    Parameters
    ----------
    estimator : not fitted
    single : whether it gives one value alone
    """

    laicflow_classical = True

    def __init__(self, estimator: Any, *, single: bool) -> None:
        self.estimator = MultiOutputRegressor(estimator) if single else estimator
        self.fitted = False
        self.laicflow_notes: tuple[str, ...] = ()

    def fit(self, x: np.ndarray, y: np.ndarray, *, threads: int = 1) -> Regressor:
        """Fit on windows (n, ...) and their values (n, output), all finite.

        Raises
        ------
        LaicflowError : a number that is not finite, fewer than two windows
        """
        rows, values = _rows(x), np.asarray(y, dtype=np.float64)
        if not np.isfinite(values).all():
            raise LaicflowError("a value that is to be forecast is not finite")
        if len(rows) < 2:
            raise LaicflowError(f"{len(rows)} training samples, two are the least")
        if hasattr(self.estimator, "n_jobs") and isinstance(self.estimator, RandomForestRegressor):
            self.estimator.set_params(n_jobs=threads)
        with threadpool_limits(threads):
            self.estimator.fit(rows, values)
        if isinstance(self.estimator, RandomForestRegressor):
            # A forest adds up its trees as its threads end: the last digits would change.
            self.estimator.set_params(n_jobs=1)
        steps = [one.max_iter for one in self._parts() if isinstance(one, SVR)]
        short = sum(int(np.max(one.n_iter_)) >= steps[0] for one in self._parts() if steps)
        if short:
            told = f"{short} of {len(steps)} stopped after {steps[0]} steps, not converged"
            self.laicflow_notes = (*self.laicflow_notes, told)
        self.fitted = True
        return self

    def _parts(self) -> list[Any]:
        """The fitted estimators."""
        return list(getattr(self.estimator, "estimators_", [self.estimator]))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Values (n, output) of windows (n, ...), float64.

        Raises
        ------
        LaicflowError : a window that is not finite, or nothing was fitted
        """
        if not self.fitted:
            raise LaicflowError("nothing was fitted")
        with threadpool_limits(1):
            found = np.asarray(self.estimator.predict(_rows(x)), dtype=np.float64)
        return found.reshape(len(x), -1)


def build(name: str, options: dict[str, Any], *, seed: int) -> Regressor:
    """A forecaster that is not fitted yet.

    Parameters
    ----------
    name : its name in the registry, a key of `DEFAULTS`
    options : some of its `DEFAULTS`
    seed : of its random numbers

    Raises
    ------
    ConfigError : an unknown option, a value that scikit-learn refuses, published weights
    """
    settings = of_values(name, options, DEFAULTS[name])
    arguments = {theirs: settings[ours] for ours, theirs in ARGUMENTS[name].items()}
    own = _FIXED.get(name, {}) | ({} if name == "svm_forecaster" else {"random_state": seed})
    estimator = ESTIMATORS[name](**arguments, **own)
    try:
        estimator._validate_params()
    except (TypeError, ValueError) as error:
        raise ConfigError(f"model {name}: {error}") from error
    model = Regressor(estimator, single=name in SINGLE)
    model.laicflow_notes = (f"{name} of scikit-learn, fitted once: no epochs, no weights kept",)
    return model


def _rows(x: np.ndarray) -> np.ndarray:
    """Windows as rows of float32.

    Raises
    ------
    LaicflowError : windows that are not finite
    """
    rows = np.asarray(x, dtype=np.float32).reshape(len(x), -1)
    if not np.isfinite(rows).all():
        bad = int((~np.isfinite(rows)).any(axis=1).sum())
        raise LaicflowError(f"{bad} of {len(rows)} windows are not finite")
    return rows
