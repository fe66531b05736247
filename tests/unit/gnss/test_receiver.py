"""Receiver biases of slants that are made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.gnss import receiver


def table(bias_ns: float, count: int = 40) -> pd.DataFrame:
    """Slants of 12 TECU of vertical at a mapping of 1.5, the bias still inside."""
    return pd.DataFrame(
        {
            "unit": "G C1W-C2W",
            "elevation": 40.0,
            "mapping": 1.5,
            "tecu_per_ns": 2.85,
            "stec": 12.0 * 1.5 - 2.85 * bias_ns + 0.01 * np.resize([1.0, -1.0], count),
        },
        index=range(count),
    )


def test_by_map():
    slants = table(-7.0)
    field = np.full(len(slants), 12.0)
    slants.loc[3, "stec"] += 500.0  # an outlier does not count
    field[5] = np.nan
    slants.loc[5, "stec"] = -900.0  # nor does what lies outside the map
    found = receiver.by_map(slants, field, 20.0)
    assert found == {"G C1W-C2W": pytest.approx(-7.0, abs=0.01)}
    assert receiver.by_map(slants, field * np.nan, 20.0) == {}
    # 1 TECU more on the map is 1.5 / 2.85 ns.
    more = receiver.by_map(slants, field + 1.0, 20.0)["G C1W-C2W"]
    assert more == pytest.approx(-7.0 + 1.5 / 2.85, abs=0.01)
    assert receiver.by_map(slants, field, 50.0) == {}
