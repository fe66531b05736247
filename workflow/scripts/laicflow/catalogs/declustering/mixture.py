"""Two normal distributions fitted to numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

ROUNDS, TOLERANCE = 5000, 1e-9


@dataclass(frozen=True)
class Mixture:
    """Two normal distributions, that of the lower mean first.

    `log_likelihood` is the mean over the numbers that they were fitted to.
    """

    weight: tuple[float, float]
    mean: tuple[float, float]
    deviation: tuple[float, float]
    log_likelihood: float

    def parts(self, at: np.ndarray) -> np.ndarray:
        """The weighted densities of both, (2, n)."""
        mean, deviation, weight = (
            np.array(v)[:, None] for v in (self.mean, self.deviation, self.weight)
        )
        height = weight / (deviation * np.sqrt(2 * np.pi))
        return height * np.exp(-(((at - mean) / deviation) ** 2) / 2)

    @property
    def bimodal(self) -> bool:
        """Whether their sum has two maxima: then it has a minimum between the means."""
        density = self.parts(np.linspace(*self.mean, 2001)).sum(axis=0)
        inner = density[1:-1]
        return bool(((inner < density[:-2]) & (inner <= density[2:])).any())

    @property
    def boundary(self) -> float:
        """Where between the means both are as probable; NaN where one always is the more so."""
        low, high = self.mean
        for _ in range(200):
            middle = (low + high) / 2
            first, second = self.parts(np.array([middle]))[:, 0]
            low, high = (middle, high) if first >= second else (low, middle)
        ends = self.parts(np.array(self.mean))
        inside = ends[0, 0] > ends[1, 0] and ends[1, 1] > ends[0, 1]
        return (low + high) / 2 if inside else float("nan")

    def plain(self) -> dict[str, list[float] | float]:
        """As plain values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def two_normals(values: np.ndarray) -> Mixture:
    """A mixture of two normal distributions, by expectation and maximisation.

    Deterministic: it starts from the split of the sorted values that leaves the least variance
    within both parts (two means), as usual, and ends at the maximum of the likelihood uphill
    from there.

    Parameters
    ----------
    values : (n,) finite numbers, not all the same
    """
    values = np.sort(np.asarray(values, dtype="float64"))
    belongs = np.zeros((2, len(values)))
    cut = _cut(values)
    belongs[0, :cut], belongs[1, cut:] = 1, 1
    # A component must not shrink to one value.
    least = 1e-3 * values.std()
    before = -np.inf
    for _ in range(ROUNDS):
        total = belongs.sum(axis=1)
        mean = belongs @ values / total
        spread = np.sqrt((belongs * (values - mean[:, None]) ** 2).sum(axis=1) / total)
        order = np.argsort(mean)
        weight, mean, spread = (v[order] for v in (total / len(values), mean, spread))
        spread = np.maximum(spread, least)
        fit = Mixture(*(tuple(v.tolist()) for v in (weight, mean, spread)), before)
        density = fit.parts(values)
        both = np.maximum(density.sum(axis=0), 1e-300)
        now = float(np.log(both).mean())
        if now - before < TOLERANCE:
            break
        belongs, before = density / both, now
    return replace(fit, log_likelihood=now)


def _cut(values: np.ndarray) -> int:
    """How many of the sorted values the lower part holds where both parts vary least."""
    below = np.arange(1, len(values))
    total = np.cumsum(values - values.mean())
    between = total[:-1] ** 2 / below / (len(values) - below)
    return int(below[between.argmax()])
