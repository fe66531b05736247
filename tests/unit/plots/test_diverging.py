from __future__ import annotations

import numpy as np
import pytest

from laicflow.plots import diverging


def test_zero_is_the_middle_whatever_the_values() -> None:
    scale = diverging.centred([np.array([1.0, np.nan]), np.array([-4.0, 2.0])])
    assert (scale.vmin, scale.vmax, float(scale(0.0))) == (-4.0, 4.0, 0.5)
    assert diverging.centred([np.zeros(3), np.array([np.nan])]).vmax == 1.0


@pytest.mark.parametrize(
    ("values", "ends"),
    [([-1.0, 1.0], "neither"), ([-3.0], "min"), ([np.nan, 3.0], "max"), ([-3.0, 3.0], "both")],
)
def test_a_bar_is_open_where_values_lie_beyond(values: list[float], ends: str) -> None:
    assert diverging.beyond([np.array(values)], diverging.centred([], 2.0)) == ends
