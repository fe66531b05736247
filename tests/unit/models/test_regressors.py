from __future__ import annotations

import numpy as np
import pytest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import registry

NAMES = ("forest_forecaster", "gbm_forecaster", "svm_forecaster", "tree_forecaster")


@pytest.fixture
def steps() -> tuple[np.ndarray, np.ndarray]:
    """Windows of two columns, and two values that hang on the sign of the first alone."""
    x = np.random.default_rng(0).normal(size=(300, 1, 4, 2)).astype(np.float32)
    sign = np.sign(x[:, 0, 3, 0])
    return x, np.stack([sign, 10 - 2 * sign], axis=1)


@pytest.mark.parametrize("name", NAMES)
def test_learns_both_values(name: str, steps: tuple[np.ndarray, np.ndarray]):
    x, y = steps
    model = registry.build(name, {"trees": 20} if "gbm" in name or "forest" in name else {}, seed=1)
    told = model.fit(x[:200], y[:200]).predict(x[200:])
    assert told.shape == (100, 2)
    # A guess of the mean has 1 and 2.
    error = np.sqrt(((told - y[200:]) ** 2).mean(axis=0))
    assert (error < [0.7, 1.4]).all()


def test_same_seed_same_forest_whatever_the_threads(steps: tuple[np.ndarray, np.ndarray]):
    x, y = steps
    one, two = (registry.build("forest_forecaster", {"trees": 5}, seed=2) for _ in range(2))
    assert np.array_equal(one.fit(x, y).predict(x), two.fit(x, y, threads=2).predict(x))


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("tree_forecaster", {"depth": 0}, "max_depth"),
        ("gbm_forecaster", {"tree": 3}, "no option tree"),
        ("svm_forecaster", {"classes": 2}, "it gives values"),
    ],
)
def test_options_that_cannot_be(name: str, options: dict, said: str):
    with pytest.raises(ConfigError, match=said):
        registry.build(name, options, seed=0)


def test_refuses_what_would_end_in_a_wrong_number(steps: tuple[np.ndarray, np.ndarray]):
    x, y = steps
    model = registry.build("tree_forecaster", {}, seed=0)
    with pytest.raises(LaicflowError, match="nothing was fitted"):
        model.predict(x)
    hollow = x.copy()
    hollow[3, 0, 0, 0] = np.nan
    with pytest.raises(LaicflowError, match="1 of 300 windows are not finite"):
        model.fit(hollow, y)


def test_an_svm_that_has_not_converged_says_so(steps: tuple[np.ndarray, np.ndarray]):
    x, y = steps
    model = registry.build("svm_forecaster", {"most_steps": 3}, seed=0)
    with pytest.warns(UserWarning, match="Solver terminated early"):
        model.fit(x, y)
    assert "2 of 2 stopped after 3 steps, not converged" in model.laicflow_notes
    whole = registry.build("svm_forecaster", {}, seed=0).fit(x, y)
    assert not any("converged" in note for note in whole.laicflow_notes)
