"""The text files of GFZ: Kp and F10.7 in lines written here and in the real files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import gfz_f107, gfz_text, kp_text

COMMENTS = "# PURPOSE: Kp\n#YYY MM DD\n"
# 1932-01-01 is day 0, so 2007-01-01 is day 75 * 365 + 19 leap days = 27394.
LINE = (
    "2007 01 01 27394 27394.5 2366 26  1.333  0.667  1.000  2.667  3.667  2.667  2.000  2.333"
    "    5    3    4   12   22   12    7    9     9  38     88.4     85.5 2"
)
NEXT = (
    "2007 01 02 27395 27395.5 2366 27  0.000  9.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000"
    "    0  400   -1   -1   -1   -1   -1   -1    -1  -1     -1.0     -1.0 0"
)
KP = [4 / 3, 2 / 3, 1, 8 / 3, 11 / 3, 8 / 3, 2, 7 / 3, 0, 9] + [np.nan] * 6
AP = [5, 3, 4, 12, 22, 12, 7, 9, 0, 400] + [np.nan] * 6


def refused(path, read=kp_text.read) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read(path)
    return caught.value


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_kp(put, end):
    table = kp_text.read(put((COMMENTS + LINE + "\n" + NEXT + "\n").replace("\n", end)))
    np.testing.assert_allclose(table["kp"], KP, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(table["ap"], AP)
    assert table["time"].tolist() == pd.date_range("2007-01-01", periods=16, freq="3h").tolist()
    assert table["status"].tolist() == ["definitive"] * 8 + ["preliminary"] * 8
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "float64", "str"]


@pytest.mark.parametrize(
    ("mark", "status"), [("0", "preliminary"), ("1", "definitive"), ("2", "definitive")]
)
def test_the_mark_says_what_is_definitive(put, mark, status):
    assert set(kp_text.read(put(LINE[:-1] + mark + "\n"))["status"]) == {status}


def test_flux(put):
    zero = NEXT.replace("2007 01 02 27395 27395.5", "2007 01 03 27396 27396.5")
    zero = zero.replace("    -1.0     -1.0", "     0.0      0.0")
    table = gfz_f107.read(put(f"{LINE}\n{NEXT}\n{zero}\n"))
    np.testing.assert_array_equal(table["f107"], [88.4, np.nan, np.nan])
    np.testing.assert_array_equal(table["f107_adjusted"], [85.5, np.nan, np.nan])
    # -1 is missing; 0 is a value that the sun cannot have.
    assert table["status"].tolist() == ["observed", "", "suspect"]
    assert table["time"].tolist() == pd.date_range("2007-01-01", periods=3).tolist()
    types = ["datetime64[us]", "float64", "float64", "str"]
    assert table.dtypes.astype(str).tolist() == types


@pytest.mark.parametrize("read", [kp_text.read, gfz_f107.read])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (" 85.5 2", " 85.5", "28 columns"),
        (" 85.5 2", " 85.5 2 2", "28 columns"),
        ("  38 ", " ", "28 columns"),
        ("2007 01 01", "2007 13 01", "a date"),
        ("2007 01 01", "2007 01 x1", "the day"),
        ("2007 01 01", "2007 01 04", "27397 and 27397.5 days"),
        ("27394 27394.5", "27394 27394.0", "27394 and 27394.5 days"),
        ("27394 27394.5", "27394 nan", "the count of days"),
    ],
)
def test_faults_of_a_line_are_refused_with_its_number(put, read, before, after, expected):
    assert before in LINE
    error = refused(put(COMMENTS + LINE.replace(before, after) + "\n"), read)
    assert error.line == 3
    assert expected in error.expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("1.333", "1.330", "a Kp of 0, 0.333"),
        ("1.333", "9.333", "a Kp of 0, 0.333"),
        ("1.333", "-2.00", "a Kp of 0, 0.333"),
        ("1.333", "1,333", "a number for Kp"),
        ("    5    3", "    6    3", "ap 5 in the interval 1, which has Kp 1.33"),
        ("    5    3", "  5.0    3", "an integer for ap"),
        (" 85.5 2", " 85.5 3", "a mark 0, 1 or 2"),
    ],
)
def test_faults_of_kp_are_refused_with_their_line(put, before, after, expected):
    assert LINE.count(before) == 1
    error = refused(put(COMMENTS + LINE.replace(before, after) + "\n"))
    assert error.line == 3
    assert expected in error.expected


@pytest.mark.parametrize("flux", ["-2.0", "-0.5", "x", "inf"])
def test_faults_of_the_flux_are_refused_with_their_line(put, flux):
    error = refused(put(f"{LINE.replace('88.4', flux)}\n"), gfz_f107.read)
    assert error.line == 1
    assert "F10.7" in error.expected


def test_days_out_of_order_and_files_without_days(put):
    assert refused(put(f"{NEXT}\n{LINE}\n")).line == 2
    assert refused(put(f"{LINE}\n{LINE}\n")).expected == "a date after 2007-01-01"
    assert refused(put(COMMENTS)).expected == "days of Kp and F10.7"


@pytest.mark.parametrize(("year", "days"), [(2007, 365), (2020, 366)])
def test_real_files_of_kp(real_data, year, days):
    path = real_data / f"indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_{year}.txt"
    table = kp_text.read(path)
    assert len(table) == 8 * days
    assert table["kp"].notna().all()
    assert set(table["status"]) == {"definitive"}
    # Ap, in the file, is the rounded mean of the eight ap.
    daily = [int(cells[23]) for _, _, cells in gfz_text.days(path)]
    mean = table["ap"].to_numpy().reshape(-1, 8).mean(axis=1)
    assert np.abs(mean - daily).max() <= 0.5


def test_the_first_day_of_2020_as_it_stands_in_the_file(real_data):
    table = kp_text.read(real_data / "indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_2020.txt")
    assert (table["kp"][:8] * 3).round().tolist() == [1, 0, 0, 2, 2, 4, 3, 2]
    assert table["ap"][:8].tolist() == [2, 0, 0, 3, 3, 5, 4, 3]


def test_real_flux_with_the_days_that_have_none(real_data):
    folder = real_data / "indices/gfz_kp_ap"
    table = gfz_f107.read(folder / "Kp_ap_Ap_SN_F107_2007.txt").set_index("time")
    assert table.loc["2007-01-01", "f107"] == 88.4
    assert table.index[table["status"] == "suspect"].tolist() == [pd.Timestamp("2007-06-06")]
    table = gfz_f107.read(folder / "Kp_ap_Ap_SN_F107_2020.txt").set_index("time")
    missing = ["2020-10-23", "2020-12-17", "2020-12-18"]
    assert table.index[table["f107"].isna()].tolist() == [pd.Timestamp(day) for day in missing]
    assert set(table.loc[missing, "status"]) == {""}
