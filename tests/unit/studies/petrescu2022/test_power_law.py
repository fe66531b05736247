"""The law against numbers made from a known one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from laicflow.studies.petrescu2022 import power_law
from laicflow.studies.petrescu2022.power_law import Law, fit

SIZES = np.repeat([50.0, 100.0, 150.0, 200.0, 250.0], 3)


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many resamples as a test needs."""
    monkeypatch.setattr(power_law, "RESAMPLES", 60)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def known(n: np.ndarray) -> np.ndarray:
    """0.3 + 0.5 (n / 50)^-1: 0.8 at 50, 0.55 at 100, 0.4 at 250."""
    return 0.3 + 0.5 * 50 / n


def test_a_known_law_is_found_with_its_interval() -> None:
    scatter = rng().normal(0, 0.005, len(SIZES))
    law = fit(SIZES, known(SIZES) + scatter, rng(), 1.0)
    assert law.why == ""
    assert (law.a, law.b, law.c) == pytest.approx((0.3, 0.5, 1.0), abs=0.08)
    low, high = law.band(np.array([50.0, 250.0]))
    assert low[0] < 0.8 < high[0] and low[1] < 0.4 < high[1]
    assert (high - low).max() < 0.05


def test_the_size_of_a_loss_is_solved_by_hand() -> None:
    draws = np.array([[0.3, 0.5, 1.0], [0.2, 0.5, 1.0], [0.4, 0.5, 1.0]])
    law = Law(0.3, 0.5, 1.0, 50.0, draws)
    # 0.5 / 0.2 = 2.5, 0.5 / 0.3 = 1.67 and 0.5 / 0.1 = 5 times 50 samples.
    size, low, high = law.reaches(0.5)
    assert size == pytest.approx(125)
    assert (low, high) == pytest.approx((250 / 3, 250))
    size, low, high = law.reaches(0.35)
    assert size == pytest.approx(500) and math.isinf(high)


@pytest.mark.parametrize(
    ("sizes", "losses", "wide", "why"),
    [
        (SIZES[:9], known(SIZES[:9]), 1.0, "3 sizes, fewer than 4"),
        (SIZES[::3], known(SIZES[::3]), 1.0, "one run a size"),
        (SIZES, np.linspace(0.6, 0.9, 15), 1.0, "does not fall"),
        (SIZES, np.full(15, 0.7), 1.0, "does not fall"),
        (SIZES, np.full(15, math.nan), 1.0, "0 sizes"),
    ],
)
def test_what_cannot_be_fitted_says_why(sizes, losses, wide: float, why: str) -> None:
    law = fit(sizes, losses, rng(), wide)
    assert why in law.why and math.isnan(law.a)


def test_an_interval_that_is_wider_than_the_plot_is_refused() -> None:
    losses = known(SIZES) + rng().normal(0, 0.1, len(SIZES))
    assert fit(SIZES, losses, rng(), 0.01).why.startswith("its 95 % interval is up to")


def test_the_same_random_numbers_give_the_same_law() -> None:
    losses = known(SIZES) + rng().normal(0, 0.01, len(SIZES))
    one, two = (fit(SIZES, losses, rng(), 1.0) for _ in range(2))
    assert np.array_equal(one.draws, two.draws)
