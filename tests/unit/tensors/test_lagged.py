"""Windows of a series worked out by hand: what they show, when it was known, where none is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.tensors.lagged import (
    BY_HORIZON,
    Index,
    LaggedWindows,
    Series,
    Shape,
    names_of,
    on_grid,
    steps_of,
)

START = np.datetime64("2020-03-01T00:00:00", "us")
HOUR = np.timedelta64(3_600_000_000, "us")


def hourly(epochs: int = 24, missing: tuple = (), filled: tuple = (), **options) -> Series:
    """Two stations: the number of the epoch, and a hundred more."""
    values = np.arange(epochs)[:, None] + np.array([0.0, 100.0])
    flags = np.zeros(values.shape, bool)
    for epoch, site in missing:
        values[epoch, site] = np.nan
    for epoch, site in filled:
        flags[epoch, site] = True
    times = START + HOUR * np.arange(epochs)
    return Series(times, values, ("aaaa", "bbbb"), (40.0, 41.0), (10.0, 30.0), flags, **options)


@pytest.mark.parametrize(
    ("minutes", "hours", "steps"),
    [
        (60, 24.25, 25),
        (60, 48.5, 49),
        (60, 72.75, 73),
        (15, 24.25, 97),
        (15, 48.5, 194),
        (15, 72.75, 291),
        (60, 4, 4),
        # 0.1 h are 6 min: 3 * 0.1 is a little more than 0.3, and still three steps.
        (6, 3 * 0.1, 3),
    ],
)
def test_hours_become_whole_steps(minutes: int, hours: float, steps: int):
    assert steps_of(hours, np.timedelta64(minutes, "m")) == steps


def test_no_hours_are_no_steps():
    with pytest.raises(LaicflowError, match="found 0"):
        steps_of(0, HOUR)


def test_a_window_shows_what_was_and_tells_what_came():
    windows = LaggedWindows(hourly(), [], Shape(3, 2))
    assert windows.sites == ("aaaa", "bbbb") and windows.leads == (1.0, 2.0)
    # Hours 2 to 21: the first with three epochs, the last with two to come before hour 24.
    assert windows.names[0] == "2020-03-01T02:00:00"
    assert windows.names[-1] == "2020-03-01T21:00:00" and len(windows.names) == 20
    name = ["2020-03-01T05:00:00"]
    assert windows(name).dtype == np.float32
    assert windows(name).tolist() == [[[[3, 103], [4, 104], [5, 105]]]]
    assert windows.values(name).tolist() == [[[6, 106], [7, 107]]]
    assert windows.features == ("vtec aaaa", "vtec bbbb")


def test_windows_a_horizon_apart_and_to_come():
    windows = LaggedWindows(hourly(12), [], Shape(3, 4, every=BY_HORIZON))
    # Epochs 2 and 6; the next, 10, would tell of epochs that are not there.
    assert [name[11:13] for name in windows.names] == ["02", "06"]
    windows = LaggedWindows(hourly(12), [], Shape(3, 4, every=BY_HORIZON), to_come=True)
    assert [name[11:13] for name in windows.names] == ["02", "06", "10"]
    came = windows.values(windows.names[-1:])[0, :, 0]
    assert came[0] == 11 and np.isnan(came[1:]).all()


def test_hour_and_season_are_turns():
    windows = LaggedWindows(hourly(), [], Shape(1, 1, hour=True, season=True))
    assert windows.features[2:] == ("hour_sin", "hour_cos", "season_sin", "season_cos")
    # Six hours are a quarter of a turn; 1 March 2020 06:00 is 60.25 days into the year.
    shown = windows(["2020-03-01T06:00:00"])[0, 0, 0]
    turn = 2 * np.pi * 60.25 / 365.2425
    expected = [6, 106, 1, 0, np.sin(turn), np.cos(turn)]
    assert shown == pytest.approx(expected, abs=1e-6)


def kp(**options) -> Index:
    """A value every three hours from midnight: 0, 1, 2, ..."""
    times = START + 3 * HOUR * np.arange(8)
    return Index("kp", times, np.arange(8.0), 3, options.pop("latency", 1.0), **options)


def test_paper_shows_the_current_value_and_clean_the_last_published():
    at = START + HOUR * np.array([0, 2, 3, 6, 7, 9, 10])
    current, begin = kp().at(at, "paper")
    assert current.tolist() == [0, 0, 1, 2, 2, 3, 3]
    assert begin[3] == START + 6 * HOUR
    # The first span ends at 3 h and is published at 4 h, the second at 7 h, the third at 10 h.
    known, begin = kp().at(at, "clean")
    assert np.isnan(known[:3]).all() and np.isnat(begin[:3]).all()
    assert known[3:].tolist() == [0, 1, 1, 2]


def test_a_missing_value_is_carried_for_so_long_and_no_longer():
    index = kp(carried_hours=2.0)
    index.values[2] = np.nan
    at = START + HOUR * np.array([5, 6, 7, 8, 9])
    # The value of 3 h stands until 6 h, and for two more.
    assert np.isnan(index.at(at, "paper")[0]).tolist() == [False, False, False, True, False]
    windows = LaggedWindows(hourly(), [index], Shape(2, 1, known="paper"))
    # Hour 8 is shown by the windows of 8 and 9.
    assert windows.left_out["an index is not known"] == 2
    assert not {"2020-03-01T08:00:00", "2020-03-01T09:00:00"} & set(windows.names)
    assert windows.carried == {"kp": 2}


def test_an_index_that_cannot_be():
    backwards = Index("kp", START + HOUR * np.array([1, 0]), np.zeros(2), 3, 0)
    with pytest.raises(LaicflowError, match="must ascend"):
        backwards.at(np.array([START]), "paper")
    with pytest.raises(ValueError, match="expected paper or clean"):
        kp().at(np.array([START]), "later")


def test_times_of_a_window_by_hand():
    name = ["2020-03-01T15:00:00"]
    series = hourly(latency_hours=0.5)
    paper = LaggedWindows(series, [kp()], Shape(4, 2, known="paper")).facts(name).iloc[0]
    # Shows hours 12 to 15, which stand for 11 to 15.
    assert paper["start"] == pd.Timestamp("2020-03-01 11:00")
    assert paper["end"] == paper["issue_time"] == pd.Timestamp("2020-03-01 15:00")
    # Kp of 12 h at the first step begins within it; that of 15 h is known at 18 h and one.
    assert paper["support_start"] == pd.Timestamp("2020-03-01 11:00")
    assert paper["available_at"] == pd.Timestamp("2020-03-01 19:00")
    clean = LaggedWindows(series, [kp()], Shape(4, 2)).facts(name).iloc[0]
    # At 12 h the last published is that of 6 to 9 h, published at 10 h; VTEC comes at 15:30.
    assert clean["support_start"] == pd.Timestamp("2020-03-01 06:00")
    assert clean["available_at"] == pd.Timestamp("2020-03-01 15:30")


def test_no_window_over_a_long_gap_or_a_missing_value():
    # Epochs 5 to 8 of one station were filled, epoch 15 of the other is missing.
    series = hourly(missing=((15, 1),), filled=((5, 0), (6, 0), (7, 0), (8, 0)))
    windows = LaggedWindows(series, [], Shape(3, 1, longest_gap_hours=3))
    # Windows of 5 to 10 show a part of the gap of four, those of 15 to 17 the missing value.
    assert [int(name[11:13]) for name in windows.names] == [
        2,
        3,
        4,
        11,
        12,
        13,
        14,
        18,
        19,
        *(20, 21, 22),
    ]
    assert windows.left_out["part of a gap that is too long"] == 6
    assert windows.left_out["a value is missing"] == 3
    longer = LaggedWindows(series, [], Shape(3, 1, longest_gap_hours=4))
    assert longer.left_out["part of a gap that is too long"] == 0
    # Epochs 4, 5, 6 of two stations: two of six values were filled.
    share = longer.facts(["2020-03-01T06:00:00", "2020-03-01T04:00:00"])["fill_share"]
    assert share.tolist() == pytest.approx([2 / 6, 0])


def test_a_filled_value_is_no_target_but_where_asked():
    series = hourly(filled=((6, 0),))
    name = ["2020-03-01T05:00:00"]
    came = LaggedWindows(series, [], Shape(3, 1)).values(name)[0, 0]
    assert np.isnan(came[0]) and came[1] == 106
    filled = LaggedWindows(series, [], Shape(3, 1, filled_targets=True))
    assert filled.values(name)[0, 0].tolist() == [6, 106]


def test_a_time_that_is_no_epoch():
    windows = LaggedWindows(hourly(), [], Shape(3, 1))
    for name in ("2020-03-01T05:30:00", "2020-02-29T23:00:00", "2020-03-02T00:00:00"):
        with pytest.raises(LaicflowError, match=f"no epoch {name}"):
            windows([name])


def test_a_series_that_cannot_be():
    with pytest.raises(LaicflowError, match="holds no window"):
        LaggedWindows(hourly(5), [], Shape(4, 2))
    times = START + HOUR * np.array([0, 1, 3])
    with pytest.raises(LaicflowError, match="expected one step"):
        Series(times, np.zeros((3, 1)), ("aaaa",), (0.0,), (0.0,))
    with pytest.raises(LaicflowError, match="each once"):
        Series(times[:2], np.zeros((2, 2)), ("a", "a"), (0.0, 0.0), (0.0, 0.0))
    with pytest.raises(LaicflowError, match=r"values \(2, 1\)"):
        Series(times[:2], np.zeros((2, 1)), ("a", "b"), (0.0, 0.0), (0.0, 0.0))


def test_epochs_that_are_left_out_become_rows_of_nan():
    times, values = on_grid(START + HOUR * np.array([0, 1, 4]), np.array([[1.0], [2.0], [5.0]]))
    assert names_of(times)[-1] == "2020-03-01T04:00:00" and len(times) == 5
    assert values[:, 0].tolist() == pytest.approx([1, 2, np.nan, np.nan, 5], nan_ok=True)
    with pytest.raises(LaicflowError, match="off the grid"):
        on_grid(START + HOUR * np.array([0, 2, 4, 5]), np.zeros(4))
