"""Arcs of unbroken phase, and slant TEC levelled to the code of its arc.

An arc ends at a gap, where the receiver says that it lost the phase, where the Melbourne-
Wuebbena combination changes its level, or where the geometry-free combination jumps (Blewitt
1990). In each arc the geometry-free phase, which is precise, is shifted to the geometry-free
code, which has no unknown level, by a mean with the weights sin^2 of the elevation (Ma and
Maruyama 2003, equation 6): at low elevation the code is worst.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from laicflow.gnss import signals
from laicflow.gnss.observations import Observations

GAP_S = 300.0  # a longer gap ends an arc
_WINDOW = 10  # epochs on each side of a possible slip
_WIDE_LANE_CYCLES = 2.5
_WIDE_LANE_SIGMAS = 5.0
# The smallest jump of the geometry-free phase that counts: about one TECU in 30 s, and twelve
# times the scatter of such steps in the arc, which is greater under scintillation.
_JUMP_M = 0.10
_JUMP_SCATTERS = 12.0
_OUTLIER_SIGMAS = 4.0
_INDEPENDENT_S = 300.0  # multipath keeps its sign for about so long
_MAD_TO_SIGMA = 1.4826


@dataclasses.dataclass
class Slants:
    """Slant TEC by row of the observations.

    Parameters
    ----------
    rows : rows of the observations that lie in an arc
    arc : number of the arc of each
    stec : TECU, satellite and receiver biases still inside
    level_error : TECU, standard error of the arc's level
    slips : breaks of the phase that were found within passes
    left_out : what was left out, by reason
    """

    rows: np.ndarray
    arc: np.ndarray
    stec: np.ndarray
    level_error: np.ndarray
    slips: int
    left_out: dict[str, int]


def slants(
    observations: Observations, elevation: np.ndarray, *, shortest_s: float = 1200.0
) -> Slants:
    """Levelled slant TEC.

    Parameters
    ----------
    observations : sorted by satellite and time
    elevation : degrees, by row; rows where it is NaN or under the cut must not be there
    shortest_s : shorter arcs are left out, since their level is not known well
    """
    starts = _starts(observations)
    gaps = int(_passes(observations).sum())
    arc = np.cumsum(starts) - 1
    per_tecu = signals.metres_per_tecu(observations.frequency1, observations.frequency2)
    phase = (observations.phase1 - observations.phase2) / per_tecu
    code = (observations.code2 - observations.code1) / per_tecu
    seconds = np.diff(observations.time)[~starts[1:]]
    alike = max(_INDEPENDENT_S / float(np.median(seconds)), 1.0) if seconds.size else 1.0
    weight = np.square(np.sin(np.radians(elevation)))
    level, error, used = _levels(code - phase, weight, arc, alike)
    first, last = _spans(observations.time, arc)
    long = (last - first >= shortest_s) & np.isfinite(level) & (used >= 2)
    keep = np.flatnonzero(long[arc])
    left_out = {}
    if not long.all():
        left_out["arcs that are too short"] = int((~long).sum())
    numbers = np.cumsum(long) - 1
    return Slants(
        rows=keep,
        arc=numbers[arc[keep]],
        stec=phase[keep] + level[arc[keep]],
        level_error=error[arc[keep]],
        slips=int(starts.sum()) - gaps,
        left_out=left_out,
    )


def _passes(one: Observations) -> np.ndarray:
    """Where another satellite, another pair of codes or a gap begins."""
    begins = np.ones(one.time.size, dtype=bool)
    begins[1:] = (
        (one.satellite[1:] != one.satellite[:-1])
        | (one.pair[1:] != one.pair[:-1])
        | (np.diff(one.time) > GAP_S)
    )
    return begins


def _starts(one: Observations) -> np.ndarray:
    """Where arcs begin."""
    begins = _passes(one) | one.lost
    for find in (_geometry_free_jumps, _wide_lane_jumps):
        begins |= find(one, begins)
    return begins


def _geometry_free_jumps(one: Observations, begins: np.ndarray) -> np.ndarray:
    """Where the geometry-free phase leaves the line through the rows on both sides.

    The step to a row is held to the median step of its neighbours, which one slip among them
    does not move.
    """
    phase = one.phase1 - one.phase2
    step = np.full(phase.size, np.nan)
    seconds = np.diff(one.time)
    inside = ~begins[1:]
    step[1:][inside] = np.diff(phase)[inside] / seconds[inside]
    part = np.cumsum(begins)
    around = np.full((9, phase.size), np.nan)
    for place, shift in enumerate(range(-4, 5)):
        of = np.clip(np.arange(phase.size) + shift, 0, phase.size - 1)
        around[place] = np.where(part[of] == part, step[of], np.nan)
    known = np.isfinite(around).sum(axis=0) >= 4
    usual = np.full(phase.size, np.nan)
    usual[known] = np.nanmedian(around[:, known], axis=0)
    excess = np.zeros(phase.size)
    excess[1:] = np.abs(step[1:] - usual[1:]) * seconds
    excess = np.nan_to_num(excess)
    scatter = _medians(excess, part - 1)[part - 1]
    return excess > np.maximum(_JUMP_M, _JUMP_SCATTERS * scatter)


def _wide_lane_jumps(one: Observations, begins: np.ndarray) -> np.ndarray:
    """Where the Melbourne-Wuebbena combination has another level before than after.

    Its mean over some rows before is held to that over as many from the row on; only the
    greatest difference within such a window can be a slip.
    """
    f1, f2 = one.frequency1, one.frequency2
    wide = (f1 * one.phase1 - f2 * one.phase2) / (f1 - f2)
    narrow = (f1 * one.code1 + f2 * one.code2) / (f1 + f2)
    lane = (wide - narrow) * (f1 - f2) / signals.SPEED_OF_LIGHT
    part = np.cumsum(begins) - 1
    start = np.flatnonzero(begins)
    lane = lane - lane[start][part]  # small numbers keep the sums exact
    first, last = start[part], np.append(start[1:], lane.size)[part]
    at = np.arange(lane.size)
    low, high = np.maximum(first, at - _WINDOW), np.minimum(last, at + _WINDOW)
    before, spread_before = _mean_and_spread(lane, low, at)
    after, spread_after = _mean_and_spread(lane, at, high)
    enough = (at - low >= 5) & (high - at >= 5)
    spread = np.sqrt((spread_before**2 + spread_after**2) / 2.0)
    limit = np.maximum(_WIDE_LANE_CYCLES, _WIDE_LANE_SIGMAS * spread * np.sqrt(2.0 / _WINDOW))
    size = np.where(enough, np.abs(after - before), 0.0)
    greatest = size.copy()
    for shift in range(1, _WINDOW + 1):
        greatest[shift:] = np.maximum(greatest[shift:], size[:-shift])
        greatest[:-shift] = np.maximum(greatest[:-shift], size[shift:])
    return (size > limit) & (size >= greatest)


def _mean_and_spread(
    values: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of values[low:high] for each row."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    squares = np.concatenate([[0.0], np.cumsum(values**2)])
    count = np.maximum(high - low, 1)
    mean = (sums[high] - sums[low]) / count
    variance = (squares[high] - squares[low]) / count - mean**2
    return mean, np.sqrt(np.maximum(variance, 0.0))


def _levels(
    difference: np.ndarray, weight: np.ndarray, arc: np.ndarray, alike: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted mean of the differences of each arc, its standard error and the rows used.

    Rows beyond four sigmas (by the median) of their arc are left out. Multipath keeps its sign
    for minutes, so the error counts one independent value in `alike` rows, not each.
    """
    count = int(arc[-1]) + 1 if arc.size else 0
    middle = _medians(difference, arc)
    off = np.abs(difference - middle[arc])
    sigma = _MAD_TO_SIGMA * _medians(off, arc)
    good = off <= np.maximum(_OUTLIER_SIGMAS * sigma[arc], 1e-6)
    weight = np.where(good, weight, 0.0)
    total = np.bincount(arc, weight, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.bincount(arc, weight * difference, count) / total
        variance = np.bincount(arc, weight * (difference - level[arc]) ** 2, count) / total
        squared = np.bincount(arc, weight**2, count)
        error = np.sqrt(variance * np.minimum(squared / total**2 * alike, 1.0))
    return level, error, np.bincount(arc, good, count)


def _medians(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Median of the values of each group (numbers from 0, each present)."""
    order = np.lexsort((values, group))
    start = np.flatnonzero(np.diff(group[order], prepend=-1))
    size = np.diff(np.append(start, group.size))
    low, high = order[start + (size - 1) // 2], order[start + size // 2]
    return (values[low] + values[high]) / 2.0


def _spans(time: np.ndarray, arc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last time of each arc, whose rows stand together."""
    start = np.flatnonzero(np.diff(arc, prepend=-1))
    return time[start], time[np.append(start[1:], time.size) - 1]
