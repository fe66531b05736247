"""A quiet window for each window before an earthquake."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DAY_MINUTES = 1440


@dataclass(frozen=True)
class Pool:
    """The quiet windows of an observatory.

    Attributes
    ----------
    quiet : (time + 1,) whether the window that ends before each minute is quiet
    step : minutes between two ends that may be drawn
    same_minute : a partner ends at the same minute of the day
    block : block of each day, where partners are of one block of time; None where they need not
    apart : least minutes between the ends of two quiet windows that are drawn; 0: any
    """

    quiet: np.ndarray
    step: int
    same_minute: bool
    block: np.ndarray | None
    apart: int

    def share(self) -> float:
        """The share of the ends on the hour (or on `step`) that are quiet."""
        step = self.step if self.step > 1 else 60
        ends = self.quiet[::step]
        return float(ends.mean()) if len(ends) else 0.0

    def partners(self, at: int) -> np.ndarray:
        """Ends of the quiet windows that may be the partner of a window that ends before `at`."""
        if self.same_minute:
            ends = np.arange(at % DAY_MINUTES, len(self.quiet), DAY_MINUTES)
        else:
            ends = np.arange(0, len(self.quiet), self.step)
        ends = ends[self.quiet[ends]]
        if self.block is not None:
            ends = ends[self.block[ends // DAY_MINUTES] == self.block[at // DAY_MINUTES]]
        return ends


def pair(at: np.ndarray, pool: Pool, rng: np.random.Generator, limit: int) -> np.ndarray:
    """Pairs (n, 2) of the number of a window before an earthquake and the end of a quiet one.

    The windows come in random order, and each draws one of the partners that are left; one for
    which none is left has no pair. No end is drawn twice.

    Parameters
    ----------
    at : ends of the windows before earthquakes, minutes since the first
    limit : most pairs
    """
    taken = np.empty(0, dtype=int)
    pairs = []
    for number in rng.permutation(len(at)):
        ends = pool.partners(int(at[number]))
        if len(taken):
            distance = np.abs(ends[:, None] - taken[None, :]).min(axis=1)
            ends = ends[distance >= max(pool.apart, 1)]
        if len(ends) and len(pairs) < limit:
            end = int(rng.choice(ends))
            pairs.append((number, end))
            taken = np.append(taken, end)
    return np.array(sorted(pairs), dtype=int).reshape(-1, 2)
