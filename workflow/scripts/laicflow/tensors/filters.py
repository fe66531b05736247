"""Butterworth filters of minute series: zero-phase, as published, and causal.

Petrescu and Moldovan 2022 filter "with a corner frequency of 0.02 Hz, applied twice (forward and
backward)" (caption of Figure 3). Minute data hold nothing above their Nyquist frequency of
1/120 Hz, so the literal corner cannot be; `from_settings` takes it in two other units.

A filter that runs backward too shows a minute what comes after it. The causal one runs forward
alone: no minute of its output, be it a value or none, hangs on a later one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import signal

from laicflow.errors import ConfigError

KINDS = ("highpass", "lowpass")
PASSES = {"zero-phase": True, "causal": False}
# The highest frequency that minute data hold: half a cycle a minute, 1/120 Hz.
NYQUIST_PER_MINUTE = 0.5
NYQUIST_HZ = 1 / 120
# Share of a unit step by which the response may still differ from its end once it has settled.
SETTLED = 0.01

# What of an impulse response may be left where its calculation ends.
_NOTHING = 1e-9


@dataclass(frozen=True)
class Filter:
    """A digital Butterworth filter of values a minute apart (bilinear transform).

    Attributes
    ----------
    kind : one of `KINDS`
    corner : cycles per minute, where one pass leaves 0.707 of an amplitude; two leave a half
    order : of one pass
    two_sided : forward and backward, without a shift of phase; else forward alone
    """

    kind: str
    corner: float
    order: int
    two_sided: bool

    @property
    def sos(self) -> np.ndarray:
        """Second-order sections of one pass, (section, 6)."""
        return signal.butter(self.order, self.corner, self.kind, output="sos", fs=1.0)

    @property
    def period_minutes(self) -> float:
        """The period of the corner."""
        return 1 / self.corner


def from_settings(settings: dict, where: str = "preparation") -> Filter | None:
    """The filter of a preparation, None where it has none.

    Parameters
    ----------
    settings : `filter` (none, highpass or lowpass); with a filter also `corner`, `unit`, `order`
        and `passes` (zero-phase or causal). Units: cycles_per_minute; nyquist, the corner as a
        share of half a cycle a minute; hertz
    where : name of the preparation, for messages

    Raises
    ------
    ConfigError : a word that is none of these, an order below 1, or a corner that is not between
        0 and the Nyquist frequency of minute data
    """
    kind = settings["filter"]
    if kind == "none":
        return None
    _one_of(kind, ("none", *KINDS), f"{where}: filter")
    _one_of(settings["passes"], tuple(PASSES), f"{where}: passes")
    order = settings["order"]
    if order != int(order) or order < 1:
        raise ConfigError(f"{where}: order: expected a whole number from 1, found {order}")
    corner = _per_minute(settings["corner"], settings["unit"], where)
    return Filter(kind, corner, int(order), PASSES[settings["passes"]])


def _per_minute(corner: float, unit: str, where: str) -> float:
    """A corner in cycles per minute."""
    _one_of(unit, ("cycles_per_minute", "nyquist", "hertz"), f"{where}: unit")
    if unit == "hertz" and corner >= NYQUIST_HZ:
        raise ConfigError(
            f"{where}: a corner of {corner:g} Hz cannot be: data of one value a minute hold "
            f"nothing above their Nyquist frequency of 1/120 Hz ({NYQUIST_HZ:.5f} Hz); "
            f"read it in another unit, cycles_per_minute or nyquist"
        )
    scale = {"cycles_per_minute": 1.0, "nyquist": NYQUIST_PER_MINUTE, "hertz": 60.0}[unit]
    if not 0 < corner * scale < NYQUIST_PER_MINUTE:
        raise ConfigError(
            f"{where}: corner: expected more than 0 and less than the Nyquist frequency of minute "
            f"data, {NYQUIST_PER_MINUTE / scale:g} {unit}, found {corner:g}"
        )
    return corner * scale


def _one_of(word: str, known: tuple[str, ...], where: str) -> None:
    """Refuse an unknown word."""
    if word not in known:
        raise ConfigError(f"{where}: expected one of {', '.join(known)}, found {word!r}")


def settle_minutes(own: Filter | dict, share: float = SETTLED) -> int:
    """Minutes until the response to a unit step stays within `share` of its end.

    From the running sum of the impulse response of the whole filter. That of a zero-phase filter
    is even in time: it takes as long before the step as after it.

    Parameters
    ----------
    own : a filter, or the settings of one; without a filter there is nothing to settle
    share : of the step

    Raises
    ------
    ConfigError : as `from_settings`
    """
    own = from_settings(own) if isinstance(own, dict) else own
    if own is None:
        return 0
    impulse = _impulse(own)
    zero = len(impulse) // 2 if own.two_sided else 0
    step = np.cumsum(impulse)[zero:]
    end = 0.0 if own.kind == "highpass" else 1.0
    far = np.flatnonzero(np.abs(step - end) > share)
    return int(far[-1]) + 1 if len(far) else 0


def _impulse(own: Filter) -> np.ndarray:
    """The impulse response until nothing is left of it; of a zero-phase filter on both sides."""
    poles = signal.butter(own.order, own.corner, own.kind, output="zpk", fs=1.0)[1]
    slowest = np.abs(poles).max()
    # Poles of order n fall off as r^t times a power of t: some room beyond r^t alone.
    length = 16 if slowest == 0 else math.ceil(2 * math.log(_NOTHING) / math.log(slowest)) + 16
    unit = np.zeros(length)
    unit[0] = 1
    response = signal.sosfilt(own.sos, unit)
    return signal.fftconvolve(response, response[::-1]) if own.two_sided else response


def apply(
    own: Filter, values: np.ndarray, *, max_gap_minutes: int, breaks: tuple[int, ...] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """A minute series filtered, and which minutes were filled ahead of that.

    Unbroken runs are filtered, each from a steady state at its first value, and lose the
    `settle_minutes` at their start (a zero-phase filter: at both ends). They end at a break and at
    a gap of `max_gap_minutes` or more. Shorter gaps are filled: linearly ahead of a zero-phase
    filter; ahead of a causal one with the last value, and so are the first minutes of any gap,
    since whether it will be long is not yet known in them.

    Parameters
    ----------
    values : (minute,), NaN where missing
    breaks : numbers of the minutes at which another level begins

    Returns
    -------
    filtered : (minute,) float64 in the unit of `values`, NaN where there is none
    filled : (minute,) bool
    """
    values = np.asarray(values)
    result = np.full(len(values), np.nan)
    filled = np.zeros(len(values), dtype=bool)
    settle, sos = settle_minutes(own), own.sos
    fill = _linear if own.two_sided else _held
    inside = {int(at) for at in breaks if 0 < at < len(values)}
    edges = [0, *sorted(inside), len(values)]
    for begin, end in zip(edges, edges[1:], strict=False):
        part = values[begin:end].astype("float64")
        filled[begin:end] = fill(part, max_gap_minutes)
        for first, last in runs(~np.isnan(part)):
            result[begin + first : begin + last] = _filtered(own, sos, settle, part[first:last])
    return result, filled


def runs(mask: np.ndarray) -> np.ndarray:
    """First minute and end (exclusive) of every unbroken run of True, (run, 2)."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return edges.reshape(-1, 2)


def _held(values: np.ndarray, max_gap: int) -> np.ndarray:
    """Fill `values` with the last one for less than `max_gap` minutes; where that was done."""
    number = np.arange(len(values))
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, number))
    own = (last >= 0) & (last < number) & (number - last < max_gap)
    values[own] = values[last[own]]
    return own


def _linear(values: np.ndarray, max_gap: int) -> np.ndarray:
    """Fill `values` in gaps below `max_gap` minutes along a line; where that was done."""
    own = np.zeros(len(values), dtype=bool)
    for begin, end in runs(np.isnan(values)):
        if begin > 0 and end < len(values) and end - begin < max_gap:
            before, after = values[begin - 1], values[end]
            steps = np.arange(1, end - begin + 1) / (end - begin + 1)
            values[begin:end] = before + steps * (after - before)
            own[begin:end] = True
    return own


def _filtered(own: Filter, sos: np.ndarray, settle: int, run: np.ndarray) -> np.ndarray:
    """An unbroken run filtered, NaN where it has not settled."""
    lost = settle * (2 if own.two_sided else 1)
    if len(run) <= lost:
        return np.full(len(run), np.nan)
    # From its first value a run begins in the steady state of that value, which is zero here; the
    # level of tens of thousands of nT would cost digits.
    level = run[0]
    if own.two_sided:
        padding = min(3 * (2 * len(sos) + 1), len(run) - 1)
        made = signal.sosfiltfilt(sos, run - level, padlen=padding)
        made[len(made) - settle :] = np.nan
    else:
        made = signal.sosfilt(sos, run - level)
    made[:settle] = np.nan
    return made + level if own.kind == "lowpass" else made
