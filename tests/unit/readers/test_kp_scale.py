"""The scale of Kp and its ap."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import kp_scale

# Every Kp as files write it, with its ap: the published table of Bartels, typed in here by rows
# (0o 0+ 1- 1o 1+ ... 9- 9o).
SCALE = """
00 0  03 2  07 3  10 4  13 5  17 6  20 7  23 9  27 12  30 15  33 18  37 22  40 27  43 32
47 39  50 48  53 56  57 67  60 80  63 94  67 111  70 132  73 154  77 179  80 207  83 236
87 300  90 400
""".split()


def test_every_value_of_the_scale():
    tenths, ap = SCALE[::2], [int(text) for text in SCALE[1::2]]
    thirds = [kp_scale.thirds(int(text), "f", 1) for text in tenths]
    assert thirds == list(range(28))
    kp_scale.check_ap(thirds, ap, "f", 1)
    assert list(kp_scale.AP) == ap


@pytest.mark.parametrize("tenths", [1, 2, 4, 9, 11, 22, 34, 91, 93, 99, -3])
def test_what_is_not_on_the_scale(tenths):
    with pytest.raises(FormatError, match="line 4"):
        kp_scale.thirds(tenths, "f", 4)


def test_every_value_in_decimals():
    # Thirds as the services write them: 0.333, 0.667, 1, 1.333, ...
    decimals = [float(f"{number // 3}.{('000', '333', '667')[number % 3]}") for number in range(28)]
    assert [kp_scale.thirds_of(value, "f", 1) for value in decimals] == list(range(28))


@pytest.mark.parametrize("value", [0.3, 0.33, 0.3333, 0.334, 0.666, -0.333, 9.333, 99.0])
def test_decimals_that_are_not_on_the_scale(value):
    with pytest.raises(FormatError, match="line 4: .* in entry 7"):
        kp_scale.thirds_of(value, "f", 4, " in entry 7")


def test_an_ap_of_another_kp_is_refused():
    with pytest.raises(FormatError) as caught:
        kp_scale.check_ap([0, 6, None], [0, 8, 400], "f", 2)
    assert caught.value.line == 2
    assert caught.value.expected == "ap 7 in the interval 2, which has Kp 2.00"
    kp_scale.check_ap([0, None, 3], [None, 5, 4], "f", 2)


def test_table():
    table = kp_scale.table([dt.date(2000, 2, 29)], [[0, 1, 2, 3, 4, 5, 27, None]], [[0] * 8])
    assert table["time"].tolist() == [pd.Timestamp(2000, 2, 29, hour) for hour in range(0, 24, 3)]
    expected = [0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 9, np.nan]
    np.testing.assert_array_equal(table["kp"], expected)
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "float64", "str"]
    assert kp_scale.table([], [], []).dtypes.equals(table.dtypes)
    told = kp_scale.table(
        [dt.date(2000, 1, 1), dt.date(2000, 1, 2)], [[0] * 8] * 2, [[0] * 8] * 2, ["a", "b"]
    )
    assert told["status"].tolist() == ["a"] * 8 + ["b"] * 8
