"""Extremes of an index over windows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.samples.activity import extreme


def test_window_is_half_open_and_gaps_are_missing():
    times = pd.date_range("2001-01-01", periods=6, freq="3h")
    kp = pd.DataFrame({"time": times, "kp": [1.0, 5.0, np.nan, 2.0, 9.0, 0.0]})
    start = pd.Series(
        pd.to_datetime(["2001-01-01T00", "2001-01-01T06", "2001-02-01"], format="ISO8601")
    )
    end = pd.Series(
        pd.to_datetime(["2001-01-01T12", "2001-01-01T09", "2001-02-02"], format="ISO8601")
    )
    assert extreme(kp, "kp", start, end, "max").tolist()[:1] == [5.0]
    assert np.isnan(extreme(kp, "kp", start, end, "max")[1:]).all()
    assert extreme(kp[::-1], "kp", start, end, "min")[0] == 1.0
    assert extreme(kp, "kp", start, end, "mean")[0] == (1 + 5 + 2) / 3


def test_a_value_counts_for_as_long_as_it_stands():
    times = pd.date_range("2001-01-01", periods=4, freq="3h")
    kp = pd.DataFrame({"time": times, "kp": [1.0, 5.0, 2.0, 3.0]})
    start = pd.Series(pd.to_datetime(["2001-01-01 05:30", "2001-01-01 06:00", "2001-01-01 02:59"]))
    end = start + pd.Timedelta(minutes=60)
    # 05:30 to 06:30 lies in the second and the third interval, 06:00 to 07:00 in the third alone,
    # 02:59 to 03:59 in the first two.
    assert extreme(kp, "kp", start, end, "max").tolist() == [5.0, 2.0, 5.0]
    assert extreme(kp, "kp", start, end, "min").tolist() == [2.0, 2.0, 1.0]
    day = pd.DataFrame({"time": pd.to_datetime(["2001-01-01"]), "f107": [120.0]})
    late = pd.Series(pd.to_datetime(["2001-01-01 23:00", "2001-01-02 00:00"]))
    found = extreme(day, "f107", late, late + pd.Timedelta(hours=1), "mean")
    assert found[0] == 120.0 and np.isnan(found[1])
