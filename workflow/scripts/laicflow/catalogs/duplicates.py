"""Which rows of several sources are the same earthquake.

Two solutions are taken for one earthquake where they differ by no more than a time, a distance
and a magnitude. Time and distance follow the associator of the service that keeps the global
composite catalog (USGS Product Distribution Layer: 16 s and 100 km). It has no magnitude rule;
ours keeps a great earthquake from taking up one of its own aftershocks. It has two limits, as
two magnitudes of one family (see `laicflow.catalogs.magnitudes.family`) tell more than two of
different ones: body-wave and local magnitudes saturate, so that an mb of 6.8 and an Mw of 8.0 can
be one earthquake (Tonga, 22 June 1977), while an Mw of 6.8 and an Mw of 8.0 cannot.

A pair within these limits is doubtful where one of the two has a rival for the other: a row of the
same source that fits the magnitude clearly better (same family, and nearer by half the limit of
like magnitudes or more), within twice the time and the distance, and at most twice as far as the
pair. To a pair beyond the limit of like magnitudes such a row is a rival too where it keeps all
limits, however far it is. A doubtful pair holds only where its rivals have turned out to be other
earthquakes. So an aftershock is not taken for its main shock where the other source has the main
shock a little too late (then neither is merged), nor a foreshock of mb 6.3 for an Mw of 7.3 that
both sources have (Hindu Kush, 3 March 2002).

Tried on USGS M >= 6 of 1960-2019 against ISC-GEM of 1960-2012 (8,213 and 18,586 earthquakes):
7,063 pairs, as many as with any magnitude, of which 99 % differ by less than 5.2 s, 39 km and
0.53; magnitudes of one family by 0.72 at most, others by up to 1.49. With 60 s and 300 km they
are 2 more, with 1.0 for unlike magnitudes too 9 fewer. With one of the catalogs moved by one or
two days there is none, with 60 s and 300 km there are 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.catalogs.magnitudes import families
from laicflow.errors import ConfigError
from laicflow.geo import great_circle_km

DEFAULTS = {"seconds": 16.0, "km": 100.0, "magnitude": 1.0, "unlike": 2.0}
# Ids are unique within an issuer alone, so that one id in two sources is strong evidence and no
# proof: such rows may differ by this many times the time and distance, and by any magnitude.
SAME_ID_SLACK = 10
# A rival may be this many times as far in time and in place.
_REACH = 2
# Magnitudes have few decimals: 5.7 - 5.0 is a little more than 0.7 in floating point.
_ROUNDING = 1e-9
# Pairs that are compared at once.
_CHUNK = 4_000_000


@dataclass(frozen=True)
class Tolerance:
    """The largest differences of two solutions for one earthquake; all must hold.

    `magnitude` is the limit of two magnitudes of one family, `unlike` that of two families or
    where a type is unknown.
    """

    seconds: float
    km: float
    magnitude: float
    unlike: float

    @classmethod
    def of(cls, rules: dict | None) -> Tolerance:
        """From the rules of a config; what they do not name takes DEFAULTS.

        Raises
        ------
        ConfigError : a name that is none of these, a value that is not above 0, or a limit for
            unlike magnitudes below that of like ones
        """
        chosen = {**DEFAULTS, **(rules or {})}
        for name, value in chosen.items():
            if name not in DEFAULTS:
                raise ConfigError(f"duplicates.{name}: expected one of {', '.join(DEFAULTS)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ConfigError(f"duplicates.{name}: expected a number above 0, found {value!r}")
        if chosen["unlike"] < chosen["magnitude"]:
            raise ConfigError(
                f"duplicates.unlike: expected at least duplicates.magnitude, "
                f"{chosen['magnitude']:g}, found {chosen['unlike']:g}"
            )
        return cls(**{name: float(value) for name, value in chosen.items()})


def groups(events: pd.DataFrame, rank: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """Rows of one earthquake share a number.

    Sources are taken up one after the other, in the order of `rank`. A row of the next source
    joins the group that holds the nearest solution, nearest pairs first over the whole source,
    doubtful pairs after all others; a group takes up one row of a source at most, so that two
    earthquakes which one source tells apart stay two, be they seconds apart. The order of the
    rows makes no difference.

    Parameters
    ----------
    events : columns `event_id`, `time`, `latitude`, `longitude`, `magnitude` (NaN: unknown, then
        time and distance alone decide), `magnitude_type` (may be missing), all other values
        present
    rank : (n,) number of each row's source, 0 for the first
    tolerance : the largest differences

    Returns
    -------
    (n,) number of the row that founded the group
    """
    ids = events["event_id"].to_numpy(dtype=object)
    rank = np.asarray(rank)
    group = np.arange(len(events))
    for number in np.unique(rank)[1:]:
        known, new = np.flatnonzero(rank < number), np.flatnonzero(rank == number)
        near = _near(events, known, new, tolerance)
        pairs = _candidates(events, near, known, new, tolerance)
        rivals = _rivals(pairs, near, rank, group, tolerance)
        left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
        # Names settle ties, so that the order of the rows cannot.
        order = np.lexsort((_codes(ids[left]), _codes(ids[right]), pairs["apart"], ~pairs["same"]))
        _join(group, list(zip(group[left[order]], right[order], strict=True)), rivals)
    return group


def apart(
    events: pd.DataFrame, left: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds, km and magnitudes (NaN where one is unknown) between pairs of rows."""
    times = _clock(events)
    place = events[["latitude", "longitude"]].to_numpy()
    size = events["magnitude"].to_numpy()
    seconds = np.abs(times[left] - times[right]) / 1e6
    return (
        seconds,
        great_circle_km(*place[left].T, *place[right].T),
        np.abs(size[left] - size[right]),
    )


def _join(group: np.ndarray, pairs: list[tuple[int, int]], rivals: dict) -> None:
    """Enter into `group` the rows that join one, given pairs (group, row), the nearest first."""
    taken, placed = set(), set()
    doubtful = [pair for pair in pairs if pair in rivals]
    for old, row in [pair for pair in pairs if pair not in rivals] + doubtful:
        groups_, rows = rivals.get((old, row), ((), ()))
        # A rival that has found another earthquake is none.
        if not (taken.issuperset(groups_) and placed.issuperset(rows)):
            continue
        if old not in taken and row not in placed:
            taken.add(old)
            placed.add(row)
            group[row] = old


def _near(
    events: pd.DataFrame, known: np.ndarray, new: np.ndarray, tolerance: Tolerance
) -> pd.DataFrame:
    """Pairs of rows (known, new) within reach of a rival, as `_measured` gives them."""
    times, kinds = _clock(events), families(events["magnitude_type"])
    found = [_measured(events, kinds, np.empty(0, dtype=int), np.empty(0, dtype=int), tolerance)]
    for left, right in _near_in_time(times, known, new, round(_REACH * tolerance.seconds * 1e6)):
        pairs = _measured(events, kinds, left, right, tolerance)
        found.append(pairs[pairs["km"] <= _REACH * tolerance.km])
    return pd.concat(found, ignore_index=True)


def _candidates(
    events: pd.DataFrame,
    near: pd.DataFrame,
    known: np.ndarray,
    new: np.ndarray,
    tolerance: Tolerance,
) -> pd.DataFrame:
    """The pairs that may be one earthquake: near in all, or of one id; `same` marks the latter."""
    fits = near[near["fits"]]
    left, right = _same_id(events["event_id"], known, new)
    kinds = families(events["magnitude_type"])
    named = _measured(events, kinds, left, right, tolerance)
    named = named[
        (named["seconds"] <= SAME_ID_SLACK * tolerance.seconds)
        & (named["km"] <= SAME_ID_SLACK * tolerance.km)
    ]
    pairs = pd.concat([named.assign(same=True), fits.assign(same=False)], ignore_index=True)
    return pairs.drop_duplicates(["left", "right"], ignore_index=True)


def _rivals(
    pairs: pd.DataFrame,
    near: pd.DataFrame,
    rank: np.ndarray,
    group: np.ndarray,
    tolerance: Tolerance,
) -> dict[tuple[int, int], tuple[set[int], set[int]]]:
    """Of each doubtful pair (group, row) the rivals: groups for the row, rows for the group."""
    half = tolerance.magnitude / 2
    unsure = pairs[~pairs["same"] & (pairs["size"] >= half - _ROUNDING)]
    better = near[near["like"] & (near["size"] <= half + _ROUNDING)]
    found: dict[tuple[int, int], tuple[set[int], set[int]]] = {}
    for number, (side, other) in enumerate((("right", "left"), ("left", "right"))):
        both = unsure.merge(better, on=side, suffixes=("", "_rival"))
        own, rival = both[other].to_numpy(), both[f"{other}_rival"].to_numpy()
        clear = (own != rival) & (rank[own] == rank[rival])
        clear &= (both["size"] - both["size_rival"] >= half - _ROUNDING).to_numpy()
        last_resort = both["fits_rival"] & (both["size"] > tolerance.magnitude + _ROUNDING)
        clear &= (last_resort | (both["far_rival"] <= _REACH * both["far"])).to_numpy()
        old, row = group[both["left"].to_numpy()], both["right"].to_numpy()
        # group[row] of a new row is still the row itself.
        for place in np.flatnonzero(clear):
            key = int(old[place]), int(row[place])
            found.setdefault(key, (set(), set()))[number].add(int(group[rival[place]]))
    return found


def _near_in_time(
    times: np.ndarray, known: np.ndarray, new: np.ndarray, most: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All pairs (known, new) no more than `most` microseconds apart, in portions."""
    known = known[np.argsort(times[known], kind="stable")]
    clock = times[known]
    first = np.searchsorted(clock, times[new] - most, side="left")
    count = np.searchsorted(clock, times[new] + most, side="right") - first
    portion = np.cumsum(count) // _CHUNK
    for number in np.unique(portion[count > 0]):
        rows = np.flatnonzero((portion == number) & (count > 0))
        many = count[rows]
        starts = np.repeat(first[rows] - (np.cumsum(many) - many), many)
        yield known[starts + np.arange(many.sum())], np.repeat(new[rows], many)


def _measured(
    events: pd.DataFrame, kinds: np.ndarray, left: np.ndarray, right: np.ndarray, unit: Tolerance
) -> pd.DataFrame:
    """The pairs `left`, `right` with what sets them apart.

    `seconds`, `km`, `size` (magnitudes, NaN: unknown); `like`, whether the magnitudes are of one
    family; `fits`, whether no difference is beyond its limit; `apart`, the root mean square of the
    three, each in units of its limit; `far`, the same of time and distance alone.
    """
    seconds, km, size = apart(events, left, right)
    like = (kinds[left] == kinds[right]) & (kinds[left] != "")
    limit = np.where(like, unit.magnitude, unit.unlike)
    parts = np.stack([seconds / unit.seconds, km / unit.km, size / limit])
    columns = {"left": left, "right": right, "seconds": seconds, "km": km, "size": size}
    columns |= {"like": like, "far": np.sqrt(np.mean(parts[:2] ** 2, axis=0))}
    columns["fits"] = (seconds <= unit.seconds) & (km <= unit.km) & ~(size > limit + _ROUNDING)
    return pd.DataFrame({**columns, "apart": np.sqrt(np.nanmean(parts**2, axis=0))})


def _same_id(ids: pd.Series, known: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows (known, new) with one id."""
    left = pd.DataFrame({"id": ids.to_numpy()[known], "left": known})
    right = pd.DataFrame({"id": ids.to_numpy()[new], "right": new})
    both = left.merge(right, on="id")
    return both["left"].to_numpy(), both["right"].to_numpy()


def _codes(ids: np.ndarray) -> np.ndarray:
    """Numbers in the alphabetical order of the ids."""
    return np.unique(ids.astype(str), return_inverse=True)[1] if len(ids) else np.empty(0, int)


def _clock(events: pd.DataFrame) -> np.ndarray:
    """Times in microseconds."""
    return events["time"].to_numpy().astype("datetime64[us]").astype("int64")
