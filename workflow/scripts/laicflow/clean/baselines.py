"""Jumps of the baseline of an observatory's vector, by the scalar F that is measured beside it.

F comes from another instrument on another pier. What the two differ by,

    delta F = |(X, Y, Z)| - F,

is therefore constant within a fraction of a nT while the baselines are right, whatever the field
does, and steps where one of them jumps (INTERMAGNET Technical Manual, quality control of definitive
data: F(v) - F(s)). A step is seen by its part along the field alone: a jump square to it leaves
delta F as it was.
"""

from __future__ import annotations

import numpy as np

HOUR = 60
# Least step (nT), and least multiple of the spread of delta F about its level on both sides.
LEAST_NT = 3.0
SPREADS = 6.0
# A step lasts: levels are medians of so many hours on either side, of which so many need values,
# each with values in so many minutes.
SIDE_HOURS = 12
LEAST_HOURS = 4
LEAST_MINUTES = 20
# A drift is no step: so many minutes with values right beside it must differ by half of it.
BESIDE = 60
# An interval of the normal distribution by the median of deviations.
_SIGMA = 1.4826
# Share of the minutes at which F may be off the vector by more than its rounding and still be
# what was reckoned from it.
_RECKONED = 0.95


def delta_f(x: np.ndarray, y: np.ndarray, z: np.ndarray, f: np.ndarray) -> np.ndarray:
    """|(X, Y, Z)| - F in nT, NaN where a component is missing."""
    return np.sqrt(x**2 + y**2 + z**2) - f


def unseen(delta: np.ndarray, f: np.ndarray) -> str:
    """Why jumps cannot be seen by delta F, "" where they can.

    Parameters
    ----------
    delta : delta F by minute, nT
    f : F by minute, nT
    """
    there = delta[np.isfinite(delta)]
    if there.size < LEAST_HOURS * HOUR:
        return "no F beside the vector"
    tenths = f[np.isfinite(f)] * 10.0
    unit = 0.1 if np.abs(tenths - np.rint(tenths)).max() < 1e-3 else 0.01
    if np.quantile(np.abs(there), _RECKONED) <= unit:
        return "F is the length of the vector"
    return ""


def jumps(delta: np.ndarray) -> list[tuple[int, float]]:
    """The steps of delta F: the first minute after each, and its size in nT, in order of time.

    What comes back within some six hours is an excursion, not a step. One that falls into a gap is
    given at the first minute with a value after it. None is found in the first and the last
    `LEAST_HOURS` hours (`ends` serves to compare what goes before and after). A size is that
    between the hours with values right beside the step.

    Parameters
    ----------
    delta : delta F by minute, nT, NaN where missing
    """
    found: list[tuple[int, float]] = []
    waiting = [(0, delta.size)]
    while waiting:
        start, stop = waiting.pop()
        one = _largest(delta[start:stop])
        if one is not None:
            at = start + one[0]
            found.append((at, one[1]))
            waiting += [(start, at), (at, stop)]
    return sorted(found)


def ends(delta: np.ndarray) -> tuple[float, float]:
    """Medians of delta F (nT) in the first and the last `SIDE_HOURS` hours, NaN where it lacks.

    Between two months that follow each other a jump shows in the last of one and the first of the
    other.
    """
    _, after = _sides(_hourly(delta))
    last = max(0, after.size - SIDE_HOURS)
    return float(after[0]), float(after[last])


def _largest(delta: np.ndarray) -> tuple[int, float] | None:
    """The largest step of a stretch without others, None where there is none."""
    hours = _hourly(delta)
    if hours.size < 2 * LEAST_HOURS:
        return None
    before, after = _sides(hours)
    size = np.abs(after - before)
    # Several, since one that is too little for its own spread must not hide another.
    for _ in range(10):
        if not np.isfinite(size).any() or np.nanmax(size) < LEAST_NT / 2:
            return None
        hour = int(np.nanargmax(size))
        at = _located(delta, hour, before[hour], after[hour])
        step = _step(delta, at)
        if step is not None:
            return at, step
        size[max(0, hour - SIDE_HOURS) : hour + SIDE_HOURS] = np.nan
    return None


def _hourly(delta: np.ndarray) -> np.ndarray:
    """Medians by 60 minutes from the first on, NaN where too few have values."""
    count = -(-delta.size // HOUR)
    padded = np.full(count * HOUR, np.nan)
    padded[: delta.size] = delta
    blocks = padded.reshape(count, HOUR)
    enough = np.isfinite(blocks).sum(axis=1) >= LEAST_MINUTES
    medians = np.full(count, np.nan)
    medians[enough] = np.nanmedian(blocks[enough], axis=1)
    return medians


def _sides(hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Medians of the hours before the beginning of each, and of those from it on."""
    edge = np.full(SIDE_HOURS, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([edge, hours, edge]), SIDE_HOURS
    )
    enough = np.isfinite(windows).sum(axis=1) >= LEAST_HOURS
    medians = np.full(len(windows), np.nan)
    medians[enough] = np.nanmedian(windows[enough], axis=1)
    return medians[: hours.size], medians[SIDE_HOURS : SIDE_HOURS + hours.size]


def _located(delta: np.ndarray, hour: int, before: float, after: float) -> int:
    """The minute from which on the level after fits better than that before (least deviations)."""
    start = max(0, (hour - SIDE_HOURS - 1) * HOUR)
    part = delta[start : (hour + SIDE_HOURS + 1) * HOUR]
    gain = np.nan_to_num(np.abs(part - before) - np.abs(part - after))
    at = start + int(np.argmin(np.concatenate([[0.0], np.cumsum(gain)])))
    later = np.flatnonzero(np.isfinite(delta[at:]))
    return at + int(later[0]) if later.size else at


def _step(delta: np.ndarray, at: int) -> float | None:
    """Size of the step at a minute, None where it is none."""
    reach = SIDE_HOURS * HOUR
    sides = []
    for side in (delta[max(0, at - reach) : at], delta[at : at + reach]):
        values = side[np.isfinite(side)]
        if values.size < LEAST_HOURS * LEAST_MINUTES or side.size < LEAST_HOURS * HOUR:
            return None
        sides.append(values)
    levels = [float(np.median(values)) for values in sides]
    about = np.concatenate([values - level for values, level in zip(sides, levels, strict=True)])
    step = levels[1] - levels[0]
    if abs(step) < max(LEAST_NT, SPREADS * _SIGMA * float(np.median(np.abs(about)))):
        return None
    near = float(np.median(sides[1][:BESIDE]) - np.median(sides[0][-BESIDE:]))
    return near if near * np.sign(step) >= abs(step) / 2 else None
