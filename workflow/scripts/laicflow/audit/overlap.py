"""R11: do test samples share data with training samples?

A sample's support is [support_start, end). Two samples share the hours that lie in both supports
if they are of the same site or within `r_corr_km` of each other (great circle), since the
ionosphere is correlated over such distances; a place that is not known counts as the same. Overlap
in time alone, wherever the samples are, is told beside it. Two samples of one event share what
their labels were read from, however short their windows are and however far apart in time, so that
an event on both sides fails too. Source: Roberts et al. 2017, Ecography 40, 913.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.audit.context import Context, row
from laicflow.audit.registry import NAMES
from laicflow.errors import LaicflowError
from laicflow.evaluation.pairs import pieces, places
from laicflow.geo import great_circle_km

CHECK = "R11"
SOURCE = "Roberts et al. 2017"
# Pairs of samples, or of places, that are held in memory at once.
PAIRS_AT_ONCE = 2_000_000
# Supports shorter than this are told in seconds, hours.
SECONDS_BELOW = 0.1


@dataclass(frozen=True)
class Found:
    """What one fold's test samples share with its training samples, one value a test sample.

    `near` and `in_time` are the greatest shares of the support shared with a training sample,
    with regard to place and without; `same_window` is a boolean; `event` is the sample's event
    where training has samples of it too, else empty; `days` is the length of the support.
    """

    near: np.ndarray
    in_time: np.ndarray
    same_window: np.ndarray
    event: np.ndarray
    days: np.ndarray


def check(context: Context) -> list[dict]:
    """One row: the greatest share over all draws and folds must be 0, and no event on two sides."""
    named = {"threshold": "0", "source": SOURCE}
    folds = list(_folds(context))
    if not folds:
        why = context.why_untested(context.experiment)
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    radius = context.gates["r_corr_km"]
    training = _joined([compare(test, train, radius) for _, test, train, _ in folds])
    validation = [compare(test, other, radius) for _, test, _, other in folds if len(other)]
    greatest = float(training.near.max())
    data = greatest > 0 or training.same_window.any()
    events = bool((training.event != "").any())
    named_site = context.samples["site"].notna().any()
    text = _text(training, [key for key, *_ in folds], radius, sites=named_site)
    if validation:
        most = _percent(_joined(validation).near.max())
        text += f" With a validation sample, there too: {most} at most."
        text += f" Of an event of the validation: {_of_events(_joined(validation).event)}."
    without = context.splits.groupby(["draw", "fold"]).ngroups - len(folds)
    if without:
        text += f" Left out, without a test or a training sample: {_many(without, 'fold')}."
    if data or events:
        text = f"test and training share {'data' if data else 'events'}: {text}"
    status = "fail" if data or events else "pass"
    return [row(CHECK, NAMES[CHECK], status, statistic=greatest, evidence=text, **named)]


def compare(test: pd.DataFrame, train: pd.DataFrame, r_corr_km: float) -> Found:
    """Compare every test sample with all training samples.

    Parameters
    ----------
    test, train : rows of the table `samples`
    r_corr_km : distance in km within which places count as one

    Raises
    ------
    LaicflowError : a support (support_start to end) has no length
    """
    zero = test["support_start"].min()
    start, end = _hours(test, zero)
    other_start, other_end = _hours(train, zero)
    close = _Close(test, train, r_corr_km)
    near, in_time = np.zeros(len(test)), np.zeros(len(test))
    for mine, theirs in _in_time(start, end, other_start, other_end):
        first = np.maximum(start[mine], other_start[theirs])
        last = np.minimum(end[mine], other_end[theirs])
        share = np.clip(last - first, 0, None) / (end - start)[mine]
        np.maximum.at(in_time, mine, share)
        # Places of those alone that share more than what is known to be near by now.
        more = share > near[mine]
        mine, theirs, share = mine[more], theirs[more], share[more]
        here = close(mine, theirs)
        np.maximum.at(near, mine[here], share[here])
    shared = places(test["event_id"], train["event_id"].dropna()) >= 0
    return Found(
        near,
        in_time,
        places(test["window_id"], train["window_id"].dropna()) >= 0,
        np.where(shared, test["event_id"].fillna("").to_numpy(dtype=object), ""),
        (end - start) / 24,
    )


def _folds(
    context: Context,
) -> Iterator[tuple[tuple[int, int], pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
    """(draw, fold) with test, training and validation samples, where it has the first two."""
    samples = context.samples.set_index("sample_id")
    if context.kind == "forecast":
        # What a sample has to tell is learned from, too.
        days = pd.to_timedelta((samples["horizon"] * 86_400).round(), unit="s")
        samples = samples.assign(end=samples["end"] + days)
    lost = places(context.splits["sample_id"], samples.index) < 0
    if lost.any():
        name = context.splits.loc[lost, "sample_id"].iloc[0]
        raise LaicflowError(f"splits: sample {name!r} is not in the samples")
    for key, part in context.splits.groupby(["draw", "fold"]):
        test, train, validation = (
            samples.loc[part.loc[part["split"] == name, "sample_id"]]
            for name in ("test", "train", "validation")
        )
        if len(test) and len(train):
            yield key, test, train, validation


def _hours(samples: pd.DataFrame, zero: pd.Timestamp) -> tuple[np.ndarray, np.ndarray]:
    """Begin and end of the supports, hours since `zero`."""
    hour = pd.Timedelta(hours=1)
    start = ((samples["support_start"] - zero) / hour).to_numpy(dtype="float64")
    end = ((samples["end"] - zero) / hour).to_numpy(dtype="float64")
    if not (end > start).all():
        raise LaicflowError("samples: a support (support_start to end) has no length")
    return start, end


def _in_time(
    start: np.ndarray, end: np.ndarray, other_start: np.ndarray, other_end: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of a [start, end) and one of the others that may share time, in pieces.

    The others are taken by their length, each group at most twice as long as its shortest: what
    overlaps begins no earlier than the longest of the group before mine.
    """
    length = other_end - other_start
    group = np.floor(np.log2(length)).astype(int)
    for one in np.unique(group):
        own = np.flatnonzero(group == one)
        own = own[np.argsort(other_start[own], kind="stable")]
        first = np.searchsorted(other_start[own], start - length[own].max(), side="left")
        last = np.searchsorted(other_start[own], end, side="left")
        for mine, place in pieces(first, last - first, PAIRS_AT_ONCE):
            yield mine, own[place]


class _Close:
    """Which pairs of a test and a training sample are of one site or near each other.

    Of few places all distances are known beforehand, of many (satellites) each pair's is taken
    when it is asked for.
    """

    def __init__(self, test: pd.DataFrame, train: pd.DataFrame, r_corr_km: float) -> None:
        columns = ["site", "latitude", "longitude"]
        both = pd.concat([test[columns], train[columns]])
        number = both.groupby(columns, dropna=False, sort=False).ngroup().to_numpy()
        places = both.assign(number=number).drop_duplicates("number").sort_values("number")
        self.radius = r_corr_km
        self.a, self.b = number[: len(test)], number[len(test) :]
        self.latitude = places["latitude"].to_numpy(dtype="float64")
        self.longitude = places["longitude"].to_numpy(dtype="float64")
        # Without a name -1.
        self.site = pd.factorize(places["site"])[0]
        self.table = None
        if len(places) ** 2 <= PAIRS_AT_ONCE:
            every = np.arange(len(places))
            self.table = self._near(every[:, None], every)

    def __call__(self, mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        """(pairs,) bool, of pairs of a test and a training sample by their places in the tables."""
        a, b = self.a[mine], self.b[theirs]
        return self._near(a, b) if self.table is None else self.table[a, b]

    def _near(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Whether the places with these numbers are one or near each other."""
        far = (
            great_circle_km(
                self.latitude[a], self.longitude[a], self.latitude[b], self.longitude[b]
            )
            > self.radius
        )
        # A distance that is not known (NaN) is not far.
        return ((self.site[a] == self.site[b]) & (self.site[a] >= 0)) | ~far


def _joined(found: list[Found]) -> Found:
    """All folds in one."""
    names = ("near", "in_time", "same_window", "event", "days")
    return Found(*(np.concatenate([getattr(one, name) for one in found]) for name in names))


def _text(found: Found, keys: list[tuple[int, int]], radius: float, *, sites: bool) -> str:
    """What was found, for a reader; `keys` are the (draw, fold) that were compared."""
    tested = len(found.near)
    # Windows of minutes are shorter than a day, those of a satellite than a minute.
    unit, factor = ("days", 1) if found.days.max() > 1 else ("hours", 24)
    if 24 * found.days.max() < SECONDS_BELOW:
        unit, factor = "seconds", 86400
    shortest, longest = (f"{factor * end:.4g}" for end in (found.days.min(), found.days.max()))
    unit = unit.removesuffix("s") if longest == "1" else unit
    span = shortest if shortest == longest else f"{shortest} to {longest}"
    draws, folds = len({draw for draw, _ in keys}), len({fold for _, fold in keys})
    where = f"{_many(folds, 'fold')}, {_many(draws, 'draw')}"
    if len(keys) > 1:
        # A sample that is tested in several draws counts in each.
        where += ", counted in each"
    at, wherever = ("at its site or ", "the site") if sites else ("", "it is")
    return (
        f"of the {span} {unit} behind a test sample, the training sample {at}within {radius:g} km "
        f"that shares most has {_percent(found.near.mean())} in the mean and "
        f"{_percent(found.near.max())} at most; {_percent(np.mean(found.near > 0))} of the "
        f"{_many(tested, 'test sample')} ({where}) share some. In time alone, wherever {wherever}: "
        f"{_percent(found.in_time.mean())} in the mean, {_percent(found.in_time.max())} at most, "
        f"{_percent(np.mean(found.in_time > 0))} of the samples. Windows that training shows too: "
        f"{int(found.same_window.sum())}. Test samples of an event that training has samples of: "
        f"{_of_events(found.event)}."
    )


def _of_events(event: np.ndarray) -> str:
    """How many samples are of events on both sides, and of how many."""
    shared = event[event != ""]
    return f"{len(shared):,}" + (f" (of {_many(len(set(shared)), 'event')})" if len(shared) else "")


def _many(count: int, name: str) -> str:
    """A count with its noun."""
    return f"{count:,} {name}{'s' * (count != 1)}"


def _percent(share: float) -> str:
    """A share in percent; 0 % and 100 % only where it is that."""
    if abs(share - 1) < 1e-12 or share == 0:
        return f"{share:.0%}".replace("%", " %")
    if share < 0.0005 or share >= 0.9995:
        return "< 0.1 %" if share < 0.5 else "> 99.9 %"
    return f"{100 * share:.1f} %"
