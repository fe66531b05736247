"""Disturbed hours, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.studies.petrescu2022.quiet import Disturbed

RULE = {"kp_below": 4, "dst_above": -30}
FIRST, LAST = np.datetime64("2003-01-01T00:00"), np.datetime64("2003-01-01T23:59")


def kp(*values):
    """Kp of the eight intervals of the first day."""
    times = pd.date_range("2003-01-01", periods=len(values), freq="3h").astype("datetime64[us]")
    return pd.DataFrame({"time": times, "kp": values})


def dst(**of):
    """Dst of -10 nT in every hour of the day, but for those given (`h05=-40`)."""
    values = np.full(24, -10.0)
    for name, value in of.items():
        values[int(name[1:])] = value
    times = pd.date_range("2003-01-01", periods=24, freq="h").astype("datetime64[us]")
    return pd.DataFrame({"time": times, "dst": values})


def counted(hours, start, end):
    share, unknown = hours.count(
        np.array([np.datetime64(f"2003-01-01T{start}")]),
        np.array([np.datetime64(f"2003-01-01T{end}")]),
    )
    return float(share[0]), int(unknown[0])


QUIET = kp(1, 1, 1, 1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("start", "end", "share"),
    [
        ("00:00", "06:00", 0.0),  # hours 0 to 5
        ("00:00", "06:01", 1 / 7),  # a minute of hour 6 counts
        ("06:00", "09:00", 1.0),
        ("05:30", "07:00", 0.5),  # hours 5 and 6
        ("00:00", "23:00", 3 / 23),
    ],
)
def test_kp_of_three_hours_disturbs_each_of_them(start, end, share):
    hours = Disturbed.of(kp(1, 1, 4, 1, 1, 1, 1, 3.667), None, RULE, FIRST, LAST)
    assert counted(hours, start, end) == (pytest.approx(share), 0)


def test_dst_disturbs_its_hour_alone_and_the_threshold_itself_counts():
    hours = Disturbed.of(QUIET, dst(h05=-30, h07=-29.9), RULE, FIRST, LAST)
    assert counted(hours, "00:00", "10:00") == (pytest.approx(0.1), 0)
    assert counted(hours, "06:00", "10:00") == (0.0, 0)


def test_what_is_not_known_is_unknown_unless_the_other_index_tells():
    gap = kp(1, np.nan, 1, 1, 1, 1, 1, 1)  # hours 3, 4, 5
    hours = Disturbed.of(gap, dst(h04=-100, h20=np.nan), RULE, FIRST, LAST)
    assert counted(hours, "00:00", "12:00") == (pytest.approx(1 / 12), 2)
    assert counted(hours, "20:00", "21:00") == (0.0, 1)


def test_hours_outside_the_period_are_unknown():
    hours = Disturbed.of(QUIET, dst(), RULE, FIRST, LAST)
    share, unknown = hours.count(
        np.array([np.datetime64("2002-12-31T22:00")]), np.array([np.datetime64("2003-01-01T01:00")])
    )
    assert (share[0], unknown[0]) == (0.0, 2)
