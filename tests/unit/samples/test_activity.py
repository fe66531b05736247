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
