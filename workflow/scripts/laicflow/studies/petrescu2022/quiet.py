"""Which hours are disturbed by the Sun, and how many of them a window holds.

The paper leaves out "periods contaminated by solar storm signals" and gives no threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

HOUR = np.timedelta64(1, "h")
# Hours for which one value of an index stands.
KP_HOURS = 3


@dataclass(frozen=True)
class Disturbed:
    """Disturbed and unknown hours of a period, summed up.

    Attributes
    ----------
    first : start of the first hour, datetime64[h]
    disturbed, unknown : (hours + 1,) how many of the hours before each are so
    """

    first: np.datetime64
    disturbed: np.ndarray
    unknown: np.ndarray

    @classmethod
    def of(
        cls,
        kp: pd.DataFrame,
        dst: pd.DataFrame | None,
        rule: dict,
        first: np.datetime64,
        last: np.datetime64,
    ) -> Disturbed:
        """The hours from `first` to `last`.

        Parameters
        ----------
        kp : `time` (start of three hours), `kp`
        dst : `time` (start of the hour), `dst` (nT); None where there is no Dst
        rule : `kp_below`, `dst_above`: an hour is disturbed where Kp is not below the one or Dst
            not above the other, and unknown where an index has no value and the other does not
            tell that it is disturbed
        """
        begin, end = (np.datetime64(edge, "h") for edge in (first, last))
        hours = int((end - begin) // HOUR) + 1
        of_kp = _hourly(kp, "kp", begin, hours, KP_HOURS)
        bad = of_kp >= rule["kp_below"]
        lost = np.isnan(of_kp)
        if dst is not None:
            of_dst = _hourly(dst, "dst", begin, hours, 1)
            bad |= of_dst <= rule["dst_above"]
            lost |= np.isnan(of_dst)
        return cls(begin, _summed(bad), _summed(lost & ~bad))

    def count(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share of disturbed hours, and number of unknown ones, of windows [start, end).

        An hour counts where the window holds a minute of it; hours outside the period are unknown.
        """
        size = len(self.disturbed) - 1
        low = (start.astype("datetime64[h]") - self.first) // HOUR
        high = -((self.first - end.astype("datetime64[m]")) // HOUR)
        a, b = (np.clip(edge, 0, size).astype(int) for edge in (low, high))
        outside = (high - low) - (b - a)
        share = (self.disturbed[b] - self.disturbed[a]) / np.maximum(high - low, 1)
        return share, self.unknown[b] - self.unknown[a] + outside


def _hourly(
    table: pd.DataFrame, column: str, begin: np.datetime64, hours: int, each: int
) -> np.ndarray:
    """An index hour by hour, NaN where it has no value."""
    found = np.full(hours, np.nan)
    at = ((table["time"].to_numpy().astype("datetime64[h]") - begin) // HOUR).astype(int)
    values = table[column].to_numpy(dtype="float64")
    for step in range(each):
        inside = (at + step >= 0) & (at + step < hours)
        found[at[inside] + step] = values[inside]
    return found


def _summed(flags: np.ndarray) -> np.ndarray:
    """How many flags are set before each place."""
    return np.concatenate([[0], np.cumsum(flags)])
