"""Windows of an evenly spaced series of several stations: what was, and what came after it.

A window is named by its issue time, the last epoch that it shows, and shows the VTEC of all
stations and the indices of activity at its steps (Xiong et al. 2022, doi
10.1109/JSTARS.2022.3175961, section II.B). An epoch stands for the step of time that ends with it,
so that two windows share an epoch where [start, end) of the one touches that of the other, and a
window ends at its issue time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.anomalies.bounds import CLEAN, PAPER, epochs_a_day
from laicflow.clean.series import gaps
from laicflow.errors import LaicflowError

HOUR = np.timedelta64(3_600_000_000, "us")
YEAR_DAYS = 365.2425
UNKNOWN = np.datetime64("NaT", "us")
# How far windows are apart: the horizon, as in the authors' code, or one epoch.
BY_HORIZON, BY_EPOCH = "horizon", "epoch"


@dataclass(frozen=True)
class Series:
    """An evenly spaced series of stations.

    Attributes
    ----------
    times : (epoch) UTC; values : (epoch, site), NaN where missing
    sites : names of the stations; latitude, longitude : of each, degrees
    filled : (epoch, site) bool, where a value was filled in and is no observation
    latency_hours : from an epoch until its values are there

    Raises
    ------
    LaicflowError : times that are not even, shapes that differ, a station that stands twice
    """

    times: np.ndarray
    values: np.ndarray
    sites: tuple[str, ...]
    latitude: tuple[float, ...]
    longitude: tuple[float, ...]
    filled: np.ndarray | None = None
    latency_hours: float = 0.0

    def __post_init__(self) -> None:
        times = np.asarray(self.times, dtype="datetime64[us]")
        epochs_a_day(times)
        values = np.asarray(self.values, dtype="float64")
        filled = np.zeros(values.shape, bool) if self.filled is None else np.asarray(self.filled)
        shape = (len(times), len(self.sites))
        if values.shape != shape or filled.shape != shape:
            raise LaicflowError(f"series: values {values.shape}, flags {filled.shape}, not {shape}")
        if not self.sites or len(set(self.sites)) < len(self.sites):
            raise LaicflowError(f"series: expected stations, each once, found {self.sites}")
        if {len(self.latitude), len(self.longitude)} != {len(self.sites)}:
            raise LaicflowError("series: each station has a latitude and a longitude")
        values = np.where(np.isfinite(values), values, np.nan)
        for name, made in (("times", times), ("values", values), ("filled", filled.astype(bool))):
            object.__setattr__(self, name, made)

    @property
    def step(self) -> np.timedelta64:
        """From one epoch to the next."""
        return self.times[1] - self.times[0]

    @property
    def observed(self) -> np.ndarray:
        """Values (epoch, site) without those that were filled in."""
        return np.where(self.filled, np.nan, self.values)

    def at(self, names: Sequence[str]) -> np.ndarray:
        """Epochs (n) of issue times by name.

        Raises
        ------
        LaicflowError : a time that is no epoch of the series
        """
        times = np.array(list(names), dtype="datetime64[us]")
        epoch = ((times - self.times[0]) // self.step).astype(int)
        inside = (epoch >= 0) & (epoch < len(self.times))
        lost = ~inside | (self.times[np.where(inside, epoch, 0)] != times)
        if lost.any():
            raise LaicflowError(f"series: no epoch {list(names)[int(lost.argmax())]}")
        return epoch


@dataclass(frozen=True)
class Index:
    """An index of activity, each value of which stands for a span of time.

    Attributes
    ----------
    times : (value) ascending, when the span of each begins
    stands_hours : length of the span: 3 for Kp and ap, 1 for Dst, 24 for F10.7
    latency_hours : from the end of a span until its value is published
    carried_hours : for how long the last value stands in where the next is missing
    """

    name: str
    times: np.ndarray
    values: np.ndarray
    stands_hours: float
    latency_hours: float
    carried_hours: float = 24.0

    def at(self, instants: np.ndarray, known: str) -> tuple[np.ndarray, np.ndarray]:
        """Values at instants (n), NaN where there is none, and when their spans begin (NaT).

        Parameters
        ----------
        known : `paper`, the value whose span holds the instant, of which nothing is known yet
            then; `clean`, the last that was published by then

        Raises
        ------
        LaicflowError : times that do not ascend, a negative length
        ValueError : an unknown `known`
        """
        if known not in (PAPER, CLEAN):
            raise ValueError(f"{known!r}: expected {PAPER} or {CLEAN}")
        times = np.asarray(self.times, dtype="datetime64[us]")
        values = np.asarray(self.values, dtype="float64")
        if len(times) != len(values) or (np.diff(times) <= np.timedelta64(0, "us")).any():
            raise LaicflowError(f"index {self.name}: times must ascend, one a value")
        if min(self.stands_hours, self.latency_hours, self.carried_hours) < 0:
            raise LaicflowError(f"index {self.name}: a length of time is negative")
        times, values = times[np.isfinite(values)], values[np.isfinite(values)]
        found, begin = np.full(len(instants), np.nan), np.full(len(instants), UNKNOWN)
        if not len(times):
            return found, begin
        delay = 0 if known == PAPER else self.stands_hours + self.latency_hours
        last = np.searchsorted(times + _span(delay), instants, side="right") - 1
        until = times + _span(delay + self.stands_hours + self.carried_hours)
        there = (last >= 0) & (instants < until[np.maximum(last, 0)])
        found[there], begin[there] = values[last[there]], times[last[there]]
        return found, begin


@dataclass(frozen=True)
class Shape:
    """What windows look like.

    Attributes
    ----------
    lag_hours, horizon_hours : rounded up to whole steps of the series
    known : `paper` or `clean`, of the indices (`Index.at`)
    every : how far windows are apart, `horizon` or `epoch`
    longest_gap_hours : a window shows no part of a longer run of epochs that are missing or filled
    hour, season : whether sine and cosine of the time of day (UTC) and of the year are shown
    filled_targets : whether a filled value counts as what came; it is no observation
    """

    lag_hours: float
    horizon_hours: float
    known: str = CLEAN
    every: str = BY_EPOCH
    longest_gap_hours: float = 3.0
    hour: bool = False
    season: bool = False
    filled_targets: bool = False


class LaggedWindows:
    """Windows of a series as `laicflow.training.forecast.Windows` asks for them.

    Parameters
    ----------
    to_come : whether windows have a name whose values lie beyond the end of the series

    Attributes
    ----------
    series, shape : as given; sites : of the series
    steps : epochs that a window shows; leads : hours from its issue time to each value
    features : names of the columns: VTEC of each station, indices, hour, season
    names : issue times (ISO) of all windows that may be learned from and forecast, ascending
    left_out : number of issue times without a window, by reason
    carried : number of epochs at which a value of an index stood in for a missing one, by index

    Raises
    ------
    LaicflowError : a series shorter than a window, lengths that are not positive
    ValueError : an unknown `known` or `every`
    """

    def __init__(
        self,
        series: Series,
        indices: Sequence[Index],
        shape: Shape,
        *,
        to_come: bool = False,
    ) -> None:
        if shape.every not in (BY_HORIZON, BY_EPOCH):
            raise ValueError(f"{shape.every!r}: expected {BY_HORIZON} or {BY_EPOCH}")
        self.series, self.shape, self.sites = series, shape, tuple(series.sites)
        self.steps = steps_of(shape.lag_hours, series.step)
        self._ahead = 1 + np.arange(steps_of(shape.horizon_hours, series.step))
        self.leads = tuple((self._ahead * (series.step / HOUR)).tolist())
        self._columns(indices)
        self._choose(to_come)

    def __call__(self, names: Sequence[str]) -> np.ndarray:
        """What windows show, (n, 1, step, feature) float32, NaN before the series begins."""
        epochs = self.series.at(names)[:, None] + np.arange(1 - self.steps, 1)
        shown = self._shown[np.maximum(epochs, 0)]
        return np.where((epochs >= 0)[..., None], shown, np.float32(np.nan))[:, None]

    def values(self, names: Sequence[str]) -> np.ndarray:
        """What followed, (n, lead, site); NaN where it is missing, filled or yet to come."""
        came = self.series.values if self.shape.filled_targets else self.series.observed
        epochs = self.series.at(names)[:, None] + self._ahead
        there = epochs < len(came)
        return np.where(there[..., None], came[np.where(there, epochs, 0)], np.nan)

    def facts(self, names: Sequence[str]) -> pd.DataFrame:
        """Start, end, support_start, available_at, issue_time and fill_share of windows.

        `support_start` is where the window begins, or the span of the first value of an index in
        it; `available_at` when the last of what it shows was published, after the issue time where
        current values of indices are shown. What filling has looked at is not in them.
        """
        epoch = self.series.at(names)
        issue = self.series.times[epoch]
        first = np.maximum(epoch - self.steps + 1, 0)
        start = self.series.times[first] - self.series.step
        there = issue + _span(self.series.latency_hours)
        return pd.DataFrame(
            {
                "start": start,
                "end": issue,
                "support_start": np.fmin(start, self._begun[first]),
                "available_at": np.fmax(there, self._published[epoch]),
                "issue_time": issue,
                "fill_share": self._share(self.series.filled.mean(axis=1))[epoch],
            }
        )

    def _columns(self, indices: Sequence[Index]) -> None:
        """What is shown at each epoch, and from when and until when that hangs on indices."""
        times = self.series.times
        columns, self._indices_known = [self.series.values], np.ones(len(times), bool)
        names = [f"vtec {site}" for site in self.sites]
        self._begun = np.full(len(times), UNKNOWN)
        self._published, self.carried = self._begun.copy(), {}
        for index in indices:
            found, begin = index.at(times, self.shape.known)
            delay = 0 if self.shape.known == PAPER else index.stands_hours + index.latency_hours
            late = times >= begin + _span(delay + index.stands_hours)
            self.carried[index.name] = int(late.sum())
            self._indices_known &= np.isfinite(found)
            self._begun = np.fmin(self._begun, begin)
            out = begin + _span(index.stands_hours + index.latency_hours)
            self._published = np.fmax(self._published, out)
            columns.append(found[:, None])
            names.append(index.name)
        day, year = (times.astype(f"datetime64[{unit}]") for unit in ("D", "Y"))
        phases = {"hour": (times - day) / HOUR / 24, "season": (times - year) / HOUR / 24}
        phases["season"] = phases["season"] / YEAR_DAYS
        for name, phase in phases.items():
            if getattr(self.shape, name):
                turn = 2 * np.pi * phase
                columns.append(np.stack([np.sin(turn), np.cos(turn)], axis=1))
                names += [f"{name}_sin", f"{name}_cos"]
        self._shown = np.concatenate(columns, axis=1).astype(np.float32)
        self.features = tuple(names)

    def _choose(self, to_come: bool) -> None:
        """The names of the windows, and why others are none."""
        last = len(self.series.times) - (0 if to_come else len(self._ahead))
        if self.steps > last:
            raise LaicflowError(f"a series of {len(self.series.times)} epochs holds no window")
        every = len(self._ahead) if self.shape.every == BY_HORIZON else 1
        issue = np.arange(self.steps - 1, last, every)
        longest = math.floor(round(self.shape.longest_gap_hours * (HOUR / self.series.step), 6))
        why = {
            "part of a gap that is too long": _in_long_gap(self.series, longest),
            "a value is missing": np.isnan(self.series.values).any(axis=1),
            "an index is not known": ~self._indices_known,
        }
        self.left_out = {}
        for reason, bad in why.items():
            lost = self._share(bad.astype(float))[issue] > 0
            self.left_out[reason] = int(lost.sum())
            issue = issue[~lost]
        self.names = names_of(self.series.times[issue])

    def _share(self, flag: np.ndarray) -> np.ndarray:
        """Mean of a number (epoch) over the epochs that the window ending at each one shows."""
        sums = np.r_[0, np.cumsum(flag)]
        first = np.maximum(np.arange(len(flag)) - self.steps + 1, 0)
        mean = (sums[1:] - sums[first]) / self.steps
        # Differences of long sums leave rounding where there is nothing.
        return np.where(mean < 1e-9, 0.0, mean)


def steps_of(hours: float, step: np.timedelta64) -> int:
    """Hours as whole steps of a series, rounded up: 24.25 h are 25 hourly ones, 97 of 15 min.

    Raises
    ------
    LaicflowError : hours that are not positive
    """
    steps = hours * (HOUR / step)
    if not (math.isfinite(steps) and steps > 0):
        raise LaicflowError(f"windows: expected a positive number of hours, found {hours}")
    return math.ceil(round(steps, 6))


def names_of(times: np.ndarray) -> list[str]:
    """Names of windows by their issue times, in ISO to the second."""
    return np.datetime_as_string(np.asarray(times, dtype="datetime64[s]")).tolist()


def on_grid(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A series (epoch, ...) with a row of NaN for every epoch that its commonest step leaves out.

    Raises
    ------
    LaicflowError : fewer than two times, times that do not ascend or lie off the grid
    """
    times = np.asarray(times, dtype="datetime64[us]")
    steps = np.diff(times)
    if not len(steps) or (steps <= np.timedelta64(0, "us")).any():
        raise LaicflowError("series: expected two times or more that ascend")
    sizes, counts = np.unique(steps, return_counts=True)
    step = sizes[counts.argmax()]
    if (steps % step != np.timedelta64(0, "us")).any():
        raise LaicflowError(f"series: a time lies off the grid of {pd.Timedelta(step)}")
    where = ((times - times[0]) // step).astype(int)
    made = np.full((where[-1] + 1, *np.shape(values)[1:]), np.nan)
    made[where] = values
    return times[0] + step * np.arange(len(made)), made


def _in_long_gap(series: Series, longest: int) -> np.ndarray:
    """Epochs (epoch) at which a station has a longer run of values missing or filled."""
    found = np.zeros(len(series.times), bool)
    for column in series.observed.T:
        for first, length in gaps(column):
            if length > longest:
                found[first : first + length] = True
    return found


def _span(hours: float) -> np.timedelta64:
    """Hours as a span of time."""
    return np.timedelta64(round(hours * 3_600_000_000), "us")
