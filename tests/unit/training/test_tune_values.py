from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.training.search import settings_of
from laicflow.training.tune import run_tuning
from laicflow.training.tune_values import spread


class Line:
    """One station that goes on as the last value of its window tells: y = 2 x + 1."""

    sites, leads = ("AAAA",), (1.0,)

    def __call__(self, names: list[str]) -> np.ndarray:
        return np.array([int(n) % 50 for n in names], "float32").reshape(-1, 1, 1, 1)

    def values(self, names: list[str]) -> np.ndarray:
        return 2.0 * self(names).astype("float64").reshape(-1, 1, 1) + 1


def tables(count: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = [f"{k:04d}" for k in range(count)]
    samples = pd.DataFrame({"sample_id": names, "window_id": names, "site": "AAAA"})
    split = np.where(np.arange(count) < 200, "train", "validation")
    return samples, pd.DataFrame({"sample_id": names, "split": split, "draw": 0, "fold": 0})


def test_windows_are_taken_in_whole_weeks_all_over_the_training() -> None:
    names = [str(k) for k in range(10 * 168)]
    found = spread(names, 3 * 168)
    assert len(found) == 3 * 168
    first = [int(found[k * 168]) // 168 for k in range(3)]
    assert first == [0, 3, 6]
    assert spread(names, None) == names


def test_the_deeper_tree_is_chosen_by_its_rmse() -> None:
    options = {
        "model_options": {"classes": 0},
        "training": {"standardise": "range"},
        "trials": 4,
        "objective": "rmse",
        "rows": 1000,
        "search": {"depth": [1, 12], "min_leaf": None},
    }
    table, best = run_tuning(Line(), *tables(), "tree_forecaster", options, names=("t",))
    assert best["model_options"] == {"depth": 12}
    assert best["value"] == pytest.approx(0, abs=1e-5)
    worst = table[table["params"].map(json.loads).map(lambda one: one["depth"]) == 1]
    # One split in the middle of a ramp of 50 steps of 2 leaves a deviation of 2 sqrt((25^2-1)/12).
    assert worst["value"].iloc[0] == pytest.approx(-2 * (624 / 12) ** 0.5, rel=0.02)


def test_values_have_their_own_objective() -> None:
    with pytest.raises(ConfigError, match="f1_micro"):
        settings_of("tree_forecaster", {"model_options": {"classes": 0}, "objective": "f1_micro"})
    with pytest.raises(ConfigError, match="rmse"):
        settings_of("gbm", {"objective": "rmse"})
