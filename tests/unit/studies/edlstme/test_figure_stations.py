from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.studies.edlstme.figure_stations import disturbed

RULES = {"kp_from": 3, "dst_to": -30}
HOURS = pd.date_range("2020-01-01", periods=6, freq="h")


def tensors(kp: list[float], dst: list[float] | None) -> xr.Dataset:
    made = {"kp": ("time_kp", np.array(kp)), "time_kp": pd.DatetimeIndex(HOURS[::3])}
    if dst is not None:
        made |= {"dst": ("time_dst", np.array(dst)), "time_dst": HOURS}
    return xr.Dataset(made)


def test_quiet_needs_every_index_that_has_a_source() -> None:
    nan = np.nan
    found = disturbed(tensors([2, nan], [-5, -40, nan, -5, -40, nan]), HOURS, RULES)
    # Quiet; Dst says so; Dst unknown; Kp unknown; Dst says so all the same; both unknown.
    assert np.array_equal(found, [0, 1, nan, nan, 1, nan], equal_nan=True)


def test_an_index_without_a_source_does_not_judge() -> None:
    expected = [0, 0, 0, 1, 1, 1]
    assert disturbed(tensors([2, 5], None), HOURS, RULES).tolist() == expected
    unknown = [np.nan] * 6
    assert disturbed(tensors([2, 5], unknown), HOURS, RULES).tolist() == expected
