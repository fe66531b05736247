"""One earthquake of several sources is found once, and two earthquakes stay two."""

from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest

from laicflow import seeds
from laicflow.catalogs.duplicates import Tolerance, groups
from laicflow.errors import ConfigError

TOLERANCE = Tolerance(16.0, 100.0, 0.7, 1.5)
# A degree of latitude, 2 pi 6371.0088 / 360 km.
DEGREE_KM = 111.195


def _rows(*rows: tuple) -> tuple[pd.DataFrame, np.ndarray]:
    """Rank, id, seconds, latitude, longitude, magnitude and, if not Mw, its type of each row."""
    full = [(*row, "mw")[:7] for row in rows]
    rank, ids, seconds, latitude, longitude, magnitude, kinds = zip(*full, strict=True)
    start = pd.Timestamp("2001-01-13T17:33:32")
    times = (start + pd.to_timedelta(np.array(seconds, dtype=float), unit="s")).as_unit("us")
    table = {"event_id": ids, "time": times, "latitude": latitude, "longitude": longitude}
    table |= {"magnitude": magnitude, "magnitude_type": pd.Series(kinds, dtype="str")}
    return pd.DataFrame(table), np.array(rank)


def _found(*rows, tolerance: Tolerance = TOLERANCE) -> list[int]:
    return groups(*_rows(*rows), tolerance).tolist()


@pytest.mark.parametrize(
    ("seconds", "latitude", "magnitude", "same"),
    [
        (16.0, 0.0, 7.7, True),
        (16.001, 0.0, 7.7, False),
        (-16.0, 0.0, 7.7, True),
        (0.0, 99.9 / DEGREE_KM, 7.7, True),
        (0.0, 100.1 / DEGREE_KM, 7.7, False),
        # 7.7 - 7.0 is 0.7000000000000002 in floating point.
        (0.0, 0.0, 7.0, True),
        (0.0, 0.0, 6.99, False),
        # Without a magnitude time and place decide.
        (16.0, 0.0, math.nan, True),
        (17.0, 0.0, math.nan, False),
    ],
)
def test_all_three_limits_must_hold(seconds, latitude, magnitude, same):
    found = _found((0, "a", 0, 0, 10, 7.7), (1, "b", seconds, latitude, 10, magnitude))
    assert found == [0, 0 if same else 1]


@pytest.mark.parametrize(
    ("one", "other", "most"),
    [
        ("mw", "mwc", 0.7),
        ("mb", "mb", 0.7),
        ("mw", "mb", 1.5),
        ("ms_20", "ml", 1.5),
        # Broadband body waves are a family of their own, and what is not known is unlike all.
        ("mb", "mB", 1.5),
        ("mw", None, 1.5),
        (None, None, 1.5),
        ("md", "md", 1.5),
    ],
)
def test_magnitudes_of_one_family_have_a_closer_limit(one, other, most):
    left = (0, "a", 0, 0, 0, 6.0, one)
    assert _found(left, (1, "b", 0, 0, 0, 6.0 + most, other)) == [0, 0]
    assert _found(left, (1, "b", 0, 0, 0, 6.0 - most - 0.01, other)) == [0, 1]


# The first source's main shock; the second's, and an aftershock or foreshock in mb.
MAIN, LATE = (0, "a", 0, 10, 20, 6.0), (1, "b1", 20, 10, 20, 6.0)
SMALL = (1, "b2", 12, 10.3, 20, 5.2, "mb")


def test_an_aftershock_is_not_taken_for_a_main_shock_out_of_reach():
    assert _found(MAIN, SMALL) == [0, 0]
    assert _found(MAIN, LATE, SMALL) == [0, 1, 2]
    # The same with the sources changed about.
    swapped = [(1 - row[0], *row[1:]) for row in (MAIN, LATE, SMALL)]
    assert _found(*swapped) == [0, 1, 2]
    # Beyond twice the time, the main shock is another earthquake.
    assert _found(MAIN, (1, "b1", 32.1, 10, 20, 6.0), SMALL) == [0, 1, 0]
    # More than twice as far as the pair it is no rival: 20 s against 5 s and no distance.
    assert _found(MAIN, LATE, (1, "b2", 5, 10, 20, 5.2, "mb")) == [0, 1, 0]
    # Not clearly better: 0.5 and 0.8 off.
    assert _found(MAIN, (1, "b1", 20, 10, 20, 6.5), SMALL) == [0, 1, 0]
    # An mb can be no rival to an mb where the earthquake is an Mw.
    assert _found(MAIN, (*LATE, "mb"), SMALL) == [0, 1, 0]
    # The rival has an earthquake of its own.
    assert _found(MAIN, (0, "a2", 21, 10, 20, 6.0), LATE, SMALL) == [0, 1, 1, 0]


def test_the_wider_limit_is_a_last_resort():
    # Hindu Kush, 3 March 2002: ISC-GEM has one, the USGS two within 12 s.
    one = (0, "3183177", 9.1, 36.369, 70.593, 7.34)
    small, great = (
        (1, "azhb", 7.81, 36.429, 70.438, 6.3, "mb"),
        (1, "azhc", 19.74, 36.502, 70.482, 7.4, "mwc"),
    )
    assert _found(one, small, great) == [0, 1, 0]
    assert _found(one, small) == [0, 0]
    # With 0.6 between them, mb and Mw are no surprise: time and place decide.
    assert _found(one, (*small[:5], 6.74, "mb"), great) == [0, 0, 2]


def test_over_the_date_line_and_at_the_pole():
    # 0.4 degrees of longitude on the equator are 44 km; at 89.9 N, 180 degrees are 22 km.
    assert _found((0, "a", 0, 0, 179.8, 6), (1, "b", 0, 0, -179.8, 6)) == [0, 0]
    assert _found((0, "a", 0, 89.9, 0, 6), (1, "b", 0, 89.9, 180, 6)) == [0, 0]


def test_an_earthquake_takes_up_one_of_another_source_and_the_nearest():
    # A main shock and its aftershock 9 s later, told apart by both sources: two earthquakes.
    two = [
        (0, "a1", 0, 0, 0, 6),
        (0, "a2", 9, 0, 0, 6),
        (1, "b1", 1, 0, 0, 6),
        (1, "b2", 8, 0, 0, 6),
    ]
    assert _found(*two) == [0, 1, 0, 1]
    # The first source knows the main shock alone: the aftershock stays.
    assert _found(two[0], two[2], two[3]) == [0, 0, 2]
    # The second source knows one alone, nearer the aftershock.
    assert _found(two[0], two[1], two[3]) == [0, 1, 1]


def test_a_source_is_never_merged_with_itself():
    assert _found((0, "a", 0, 0, 0, 6), (0, "b", 0, 0, 0, 6)) == [0, 1]


def test_a_third_source_may_lie_near_any_solution_of_the_group():
    # c lies 20 s from a and 10 s from b, which is a's.
    rows = [(0, "a", 0, 0, 0, 6), (1, "b", 10, 0, 0, 6), (2, "c", 20, 0, 0, 6)]
    assert _found(*rows) == [0, 0, 0]
    assert _found(rows[0], rows[2]) == [0, 1]
    # ... but a second event of b's source is not taken into that group.
    assert _found(*rows[:2], (1, "b2", 15, 0, 0, 6)) == [0, 0, 2]


def test_a_shared_id_reaches_further_but_not_to_anywhere():
    one = (0, "602065113", 0, 0, 0, 6)
    assert _found(one, (1, "602065113", 60, 3, 0, 7.5)) == [0, 0]
    assert _found(one, (1, "602065114", 60, 3, 0, 7.5)) == [0, 1]
    # Ten times 16 s and 100 km are the end: two issuers may use one number.
    assert _found(one, (1, "602065113", 161, 0, 0, 6)) == [0, 1]
    assert _found(one, (1, "602065113", 0, 9.1, 0, 6)) == [0, 1]
    # The id wins over a nearer solution with another.
    assert _found(one, (1, "x", 0, 0, 0, 6), (1, "602065113", 5, 0, 0, 6)) == [0, 1, 0]


def _twin(table: pd.DataFrame, rank: np.ndarray, tolerance: Tolerance) -> list[int]:
    """The same by loops over all pairs, with a spherical law of cosines in place of haversine."""
    seconds = table["time"].astype("int64").to_numpy() / 1e6
    group = list(range(len(table)))
    lat, lon = np.radians(table["latitude"]), np.radians(table["longitude"])
    size, kind = table["magnitude"], table["magnitude_type"]
    half = tolerance.magnitude / 2

    def off(i: int, j: int) -> tuple[float, float, float]:
        """Time, distance in units of the tolerance; magnitude as it is."""
        angle = math.sin(lat[i]) * math.sin(lat[j])
        angle += math.cos(lat[i]) * math.cos(lat[j]) * math.cos(lon[i] - lon[j])
        km = 6371.0088 * math.acos(min(1.0, angle))
        late = abs(seconds[i] - seconds[j]) / tolerance.seconds
        return late, km / tolerance.km, abs(size[i] - size[j])

    def distance(i: int, j: int) -> float | None:
        *parts, delta = off(i, j)
        if not math.isnan(delta):
            parts.append(delta / (tolerance.magnitude if kind[i] == kind[j] else tolerance.unlike))
        return None if max(parts) > 1 + 1e-9 else math.sqrt(sum(p * p for p in parts) / len(parts))

    def rivals(i: int, j: int) -> bool:
        """Whether a rival of the pair is without another earthquake."""
        late, far, delta = off(i, j)
        others = [(i, r, r in placed) for r in range(len(table)) if rank[r] == rank[j]]
        others += [(r, j, before[r] in used) for r in range(len(table)) if rank[r] == rank[i]]
        for x, y, gone in others:
            late2, far2, delta2 = off(x, y)
            if (x, y) == (i, j) or kind[x] != kind[y] or max(late2, far2) > 2:
                continue
            near = math.hypot(late2, far2) <= 2 * math.hypot(late, far)
            near |= delta > tolerance.magnitude and distance(x, y) is not None
            if near and delta2 <= half and delta - delta2 >= half and not gone:
                return True
        return False

    for number in sorted(set(rank)):
        pairs = []
        for i in range(len(table)):
            for j in range(len(table)):
                if rank[i] < number and rank[j] == number:
                    apart = distance(i, j)
                    if apart is not None:
                        pairs.append((apart, i, j))
        before, used, placed = list(group), set(), set()
        # A group is doubtful for a row where any of its rows is.
        doubtful = {(before[i], j) for _, i, j in pairs if rivals(i, j)}
        for late in (False, True):
            for _, i, j in sorted(pairs):
                if ((before[i], j) in doubtful) != late or before[i] in used or j in placed:
                    continue
                of_group = [x for _, x, y in pairs if (before[x], y) == (before[i], j)]
                if any(rivals(x, j) for x in of_group):
                    continue
                used.add(before[i])
                placed.add(j)
                group[j] = before[i]
    return group


@pytest.mark.parametrize("seed", range(12))
def test_against_all_pairs_by_hand(seed):
    random = seeds.generator("duplicates", seed)
    count = 60
    rank = random.integers(0, 4, count)
    # Dense: about twenty rows within reach of each other.
    table, _ = _rows(
        *zip(
            rank,
            [f"e{n}" for n in range(count)],
            random.uniform(0, 60, count),
            random.uniform(-1, 1, count),
            random.uniform(179, 181, count) - 360 * (random.random(count) < 0.5),
            np.where(random.random(count) < 0.1, np.nan, random.uniform(5, 6.5, count)),
            random.choice(["mw", "mb", "ms"], count),
            strict=True,
        )
    )
    found = groups(table, rank, TOLERANCE)
    assert found.tolist() == _twin(table, rank, TOLERANCE)
    # Something was merged, and no group holds two rows of a source.
    assert 10 < len(set(found)) < count
    assert not pd.DataFrame({"group": found, "rank": rank}).duplicated().any()
    # Another order of the rows, the same groups.
    order = random.permutation(count)
    again = groups(table.iloc[order], rank[order], TOLERANCE)
    ids = table["event_id"].to_numpy()
    assert dict(zip(ids[order], ids[order][again], strict=True)) == dict(
        zip(ids, ids[found], strict=True)
    )


def test_two_hundred_thousand_events_in_seconds():
    random = seeds.generator("duplicates", "many")
    half = 100_000
    seconds = np.sort(random.uniform(0, 20 * 365 * 86400, half))
    place = np.degrees(np.arcsin(random.uniform(-1, 1, half))), random.uniform(-180, 180, half)
    size = 5 + random.exponential(0.43, half)
    start = np.datetime64("2000-01-01", "us")
    shift = random.uniform(-5, 5, half)
    both = np.concatenate([seconds, seconds + shift])
    table = pd.DataFrame(
        {
            "event_id": [f"{name}{n}" for name in "ab" for n in range(half)],
            "time": start + (both * 1e6).astype("timedelta64[us]"),
            "latitude": np.tile(place[0], 2),
            "longitude": np.tile(place[1], 2),
            "magnitude": np.tile(size, 2),
            "magnitude_type": random.choice(["mw", "mb", "ml"], 2 * half),
        }
    )
    began = time.perf_counter()
    found = groups(table, np.repeat([0, 1], half), Tolerance.of({}))
    assert time.perf_counter() - began < 10
    # The second half is the first again; by chance a few others are nearer.
    assert (found[half:] == np.arange(half)).mean() > 0.999


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"second": 16}, "duplicates.second: expected one of seconds, km, magnitude, unlike"),
        ({"km": 0}, "duplicates.km: expected a number above 0, found 0"),
        ({"km": "far"}, "duplicates.km: expected a number above 0, found 'far'"),
        ({"magnitude": math.nan}, "duplicates.magnitude: .* found nan"),
        ({"magnitude": 2.5}, "unlike: expected at least duplicates.magnitude, 2.5, found 2"),
    ],
)
def test_rules_that_make_no_sense(rules, message):
    with pytest.raises(ConfigError, match=message):
        Tolerance.of(rules)
