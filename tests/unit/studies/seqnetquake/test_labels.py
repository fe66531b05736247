from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.samples.space_time import Points
from laicflow.studies.seqnetquake import labels
from tests.unit.studies.seqnetquake import made
from tests.unit.studies.seqnetquake.made import KM_A_DEGREE, START, events, tensors


def _near(windows, quakes: pd.DataFrame, **changed) -> labels.Near:
    return labels.near(windows, _points(windows), quakes, made.labels(**changed))


def _points(windows) -> Points:
    return Points(*(windows[name].values for name in ("start", "latitude", "longitude")))


def test_a_window_belongs_to_an_earthquake_that_follows_within_the_days_and_the_radius() -> None:
    places = [(0.0, 2.8), (0.0, 3.2), (0.0, 0.0), (0.0, 0.0)]
    windows = tensors(places, [0, 0, -1, 15 * 24 + 1])
    found = _near(windows, events([(15 * 24 - 0.5, 0, 0, 5)]))
    # 2.8 degrees away; too far; an hour too early; after it.
    assert found.event.tolist() == [0, -1, -1, -1]
    assert found.distance_km[0] == pytest.approx(2.8 * KM_A_DEGREE, rel=1e-3)


def test_a_window_that_ends_after_the_earthquake_is_not_before_it() -> None:
    windows = tensors([(0.0, 0.0)] * 2, [0, 0.1])
    # The first window ends 20 s after its start; the earthquake comes after 15 s.
    assert _near(windows, events([(15 / 3600, 0, 0, 5)])).event.tolist() == [-1, -1]
    assert _near(windows, events([(20 / 3600, 0, 0, 5)])).event.tolist() == [0, -1]


def test_every_sample_must_lie_inside_or_the_middle_alone() -> None:
    # The northern end is 2.95 + 0.1 degrees away.
    windows = tensors([(2.95, 0.0), (2.85, 0.0)], [0, 1])
    quakes = events([(24, 0, 0, 5)])
    assert _near(windows, quakes).event.tolist() == [-1, 0]
    assert _near(windows, quakes, inside="middle").event.tolist() == [0, 0]


def test_the_radius_of_dobrovolsky_grows_with_the_magnitude() -> None:
    # 10^(0.43 * 5) = 141 km = 1.27 degrees; 10^(0.43 * 7) = 1023 km = 9.2 degrees.
    windows = tensors([(0.0, 1.2), (0.0, 1.4), (0.0, 9.0)], [0, 1, 2])
    for size, told in ((5, [0, -1, -1]), (7, [0, 0, 0])):
        found = _near(windows, events([(24, 0, 0, size)]), radius="dobrovolsky")
        assert found.event.tolist() == told


def test_of_several_earthquakes_the_nearest_has_the_window() -> None:
    windows = tensors([(0.0, 0.0)], [0])
    quakes = events([(24, 0, 2, 7), (30, 0, 1, 5), (36, 0, -2.5, 6)])
    found = _near(windows, quakes)
    assert found.event.tolist() == [1] and found.pairs == 3


def test_windows_of_removed_aftershocks_go_unless_an_earthquake_that_stays_has_them() -> None:
    windows = tensors([(0.0, 0.0), (0.0, 20.0)], [0, 0])
    removed, kept = events([(24, 0, 0, 5), (24, 0, 20, 5)]), events([(20, 0, 0, 6)])
    points = _points(windows)
    told = {
        choice: labels.spoiled(points, removed, kept, made.labels(removed=choice))
        for choice in ("alone", "all", "keep")
    }
    assert told["alone"][0].tolist() == [False, True] and told["alone"][1] == 1
    assert told["all"][0].tolist() == [True, True]
    assert told["keep"][1] == 0
    with pytest.raises(ConfigError, match="alone, all or keep"):
        labels.spoiled(points, removed, kept, made.labels(removed="some"))


def test_an_index_stands_for_its_three_hours_and_no_longer() -> None:
    table = pd.DataFrame({"time": START + np.array([0, 3], "m8[h]"), "kp": [1.0, 4.0]})
    hours = np.array([0, 2.99, 3, 5.99, 6.01, -1])
    times = START + (hours * 3600e6).astype("int64").astype("m8[us]")
    found = labels.index_at(table, "kp", times)
    np.testing.assert_array_equal(found, [1, 1, 4, 4, np.nan, np.nan])


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("inside", [1, 0, 1, 2, 2, -1, -1, -1]),
        ("all", [1, 0, 1, 2, 2, 2, -1, -1]),
        ("none", [1, 0, 1, -1, -1, -1, -1, -1]),
    ],
)
def test_storms_take_windows_whatever_else_they_are(scope: str, told: list[int]) -> None:
    seismic = np.array([1, 0, 1, 1, 0, 0, 0, 1], dtype=bool)
    artificial = np.array([0, 1, 1, 0, 1, 0, 0, 0], dtype=bool)
    # Kp of 3 is not above 3; of the last nothing is known.
    kp = np.array([1, 3, 2, 3.3, 5, 4, 1, np.nan])
    label, counts = labels.classes(seismic, artificial, kp, {"kp_above": 3, "scope": scope})
    assert label.tolist() == told
    assert counts == {"both": 1, "kp_unknown": 1, "storm_inside": 2}


@pytest.mark.parametrize("inside", ["every", "middle"])
def test_a_window_touches_what_any_part_of_it_lies_in(inside: str) -> None:
    # The circle has 3 degrees; windows reach 0.1 degrees north and south of their middles.
    places = [
        (3.05, 0.0),
        (3.15, 0.0),
        (-3.05, 0.0),
        (0.0, 2.9),
        (0.0, 3.2),
        (0.0, 0.0),
        (0.0, 0.0),
    ]
    hours = [0, 0, 0, 0, 0, 24 - 10 / 3600, 24]
    windows = tensors(places, hours)
    found = labels.touching(
        windows, _points(windows), events([(24, 0, 0, 5)]), made.labels(inside=inside)
    )
    # The sixth ends ten seconds after the event, the last begins with it.
    assert found.tolist() == [True, False, True, True, False, True, False]


def test_a_track_that_crosses_a_zone_between_its_samples_touches_it() -> None:
    # From 2 degrees south over the equator to 2 degrees north: the first circle of 0.9 degrees lies
    # beside the track, between its middle and its northern end, the second beyond that end.
    windows = tensors([(0.0, 0.0)], [0])
    windows["latitude_first"][:], windows["latitude_last"][:] = -2.0, 2.0
    for latitude, longitude, touched in ((1.0, 0.8, True), (1.0, 1.0, False), (3.0, 0.0, False)):
        quake = events([(24, latitude, longitude, 5)])
        own = made.labels(degrees=0.9)
        assert labels.touching(windows, _points(windows), quake, own).tolist() == [touched]


def test_a_window_touches_the_days_with_its_end() -> None:
    windows = tensors([(0.0, 0.0)] * 2, [0, 0.01])
    quakes = events([(15 * 24 + 25 / 3600, 0, 0, 5), (15 * 24 + 15 / 3600, 40, 0, 5)])
    own = made.labels()
    # The fifteen days begin 25 s after the first start, 5 s after its end.
    assert labels.touching(windows, _points(windows), quakes, own).tolist() == [False, True]
    sooner = events([(15 * 24 + 15 / 3600, 0, 0, 5)])
    assert labels.touching(windows, _points(windows), sooner, own).tolist() == [True, True]
    assert not labels.touching(windows, _points(windows), sooner.iloc[:0], own).any()
