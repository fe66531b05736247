"""An inverse power law through a learning curve, and what it is worth.

loss(n) = a + b n^-c with a, b, c >= 0 (Figueroa et al. 2012, BMC Med. Inform. Decis. Mak. 12, 8,
who fit it to the learning curves of classifiers). The interval comes from resampling the runs of
each size; with two or three runs a size it is narrower than the truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# Three numbers are fitted, so that fewer sizes than four test nothing.
LEAST_SIZES = 4
RESAMPLES = 400
# Share of the resamples that may fail before the curve has no interval.
FAILING = 0.05
LEVEL = 0.95
# A law of a higher power is a step.
STEEPEST = 5.0
# Below this part of the loss at the least size a fitted fall is none.
FLAT = 1e-3


@dataclass(frozen=True)
class Law:
    """A fitted law; without one, `why` says why.

    Attributes
    ----------
    a, b, c : of a + b (n / unit)^-c, with n in samples and `unit` the least size
    unit : samples
    draws : (resample, 3) a, b, c of the resamples
    why : empty where the law may be shown
    """

    a: float = math.nan
    b: float = math.nan
    c: float = math.nan
    unit: float = 1.0
    draws: np.ndarray | None = None
    why: str = ""

    def at(self, n: np.ndarray) -> np.ndarray:
        """Loss at `n` samples."""
        return self.a + self.b * (np.asarray(n, dtype="float64") / self.unit) ** -self.c

    def band(self, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the 95 % interval of the loss at `n` samples."""
        size = np.asarray(n, dtype="float64")[None, :] / self.unit
        a, b, c = (self.draws[:, [k]] for k in range(3))
        low, high = np.quantile(a + b * size**-c, _tails(), axis=0)
        return low, high

    def reaches(self, loss: float) -> tuple[float, float, float]:
        """Samples at which the law falls to `loss`, and the ends of its 95 % interval.

        Infinite where it never does.
        """
        sizes = [_size(*row, loss) * self.unit for row in self.draws]
        low, high = np.quantile(sizes, _tails(), method="closest_observation")
        return _size(self.a, self.b, self.c, loss) * self.unit, float(low), float(high)


def fit(sizes: np.ndarray, losses: np.ndarray, rng: np.random.Generator, wide: float) -> Law:
    """Fit the law to the losses of single runs.

    Parameters
    ----------
    sizes : (run,) training samples of each run
    losses : (run,) its held-out loss
    rng : for the resamples
    wide : an interval of the loss that is wider than this anywhere between the sizes is too wide

    Returns
    -------
    The law, or one that says why there is none.
    """
    sizes, losses = np.asarray(sizes, dtype="float64"), np.asarray(losses, dtype="float64")
    known = np.isfinite(sizes) & np.isfinite(losses) & (sizes > 0)
    sizes, losses = sizes[known], losses[known]
    levels = np.unique(sizes)
    if len(levels) < LEAST_SIZES:
        return Law(why=f"{len(levels)} sizes, fewer than {LEAST_SIZES} for a law of three numbers")
    if len(sizes) == len(levels):
        return Law(why="one run a size, so that nothing says how far the runs scatter")
    unit = levels[0]
    found = _fitted(sizes / unit, losses)
    if found is None:
        return Law(why="the fit does not converge")
    if found[1] * (1 - (levels[-1] / unit) ** -found[2]) <= FLAT * abs(float(losses.mean())):
        return Law(why="the held-out loss does not fall with more samples")
    draws = _resampled(sizes / unit, losses, rng)
    lost = RESAMPLES - len(draws)
    if lost > FAILING * RESAMPLES:
        return Law(why=f"the fit does not converge in {lost} of {RESAMPLES} resamples")
    law = Law(*found, unit=unit, draws=draws)
    low, high = law.band(np.geomspace(levels[0], levels[-1], 50))
    widest = float((high - low).max())
    if widest > wide:
        return Law(why=f"its 95 % interval is up to {widest:.2g} wide, wider than the plot")
    return law


def _tails() -> tuple[float, float]:
    """Levels of the two ends of an interval."""
    return (1 - LEVEL) / 2, (1 + LEVEL) / 2


def _size(a: float, b: float, c: float, loss: float) -> float:
    """Where a + b n^-c is `loss`, in units of n."""
    if a + b <= loss:
        return 1.0
    if a >= loss or c <= 0 or b <= 0:
        return math.inf
    with np.errstate(over="ignore"):
        return float(np.float64(b / (loss - a)) ** (1 / c))


def _fitted(n: np.ndarray, losses: np.ndarray) -> tuple[float, float, float] | None:
    """a, b, c by least squares; None where the search does not end."""
    from scipy.optimize import curve_fit

    least = float(losses.min())
    spread = max(float(losses.max()) - least, 1e-6)
    bounds = ([0.0, 0.0, 0.0], [np.inf, np.inf, STEEPEST])
    try:
        found, _ = curve_fit(
            _law, n, losses, p0=(least, spread, 0.5), bounds=bounds, jac=_slopes, max_nfev=2000
        )
    except (RuntimeError, ValueError):
        return None
    return tuple(float(value) for value in found) if np.isfinite(found).all() else None


def _law(n: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    return a + b * n**-c


def _slopes(n: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    """Derivatives of the law to a, b, c."""
    fall = n**-c
    return np.column_stack([np.ones_like(n), fall, -b * fall * np.log(n)])


def _resampled(n: np.ndarray, losses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """a, b, c of resamples of the runs within each size, those that converge."""
    places = [np.flatnonzero(n == size) for size in np.unique(n)]
    found = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([rng.choice(own, size=len(own)) for own in places])
        one = _fitted(n[chosen], losses[chosen])
        if one is not None:
            found.append(one)
    return np.array(found).reshape(-1, 3)
