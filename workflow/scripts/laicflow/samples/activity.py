"""What the Sun and the magnetosphere did while a window was open."""

from __future__ import annotations

import numpy as np
import pandas as pd

# For how long a value of an index stands.
STEPS = {
    "kp": np.timedelta64(3, "h"),
    "dst": np.timedelta64(1, "h"),
    "f107": np.timedelta64(1, "D"),
}


def extreme(
    table: pd.DataFrame, column: str, start: pd.Series, end: pd.Series, how: str
) -> np.ndarray:
    """Maximum, minimum or mean of an index over [start, end) of each window.

    A value counts where the time for which it stands (`STEPS`) shares an instant with the window.
    NaN where the index has no value there.

    Parameters
    ----------
    table : `time` (ascending) and `column`
    how : max, min or mean
    """
    table = table.sort_values("time")
    values = table[column].to_numpy(dtype="float64")
    times = table["time"].to_numpy()
    begin = start.to_numpy().astype(times.dtype)
    first = np.searchsorted(times + STEPS[column], begin, side="right")
    last = np.searchsorted(times, end.to_numpy().astype(times.dtype), side="left")
    reduce = {"max": np.nanmax, "min": np.nanmin, "mean": np.nanmean}[how]
    result = np.full(len(start), np.nan)
    known: dict[tuple[int, int], float] = {}
    for row, span in enumerate(zip(first, last, strict=True)):
        if span not in known:
            part = values[span[0] : span[1]]
            known[span] = reduce(part) if np.isfinite(part).any() else np.nan
        result[row] = known[span]
    return result
