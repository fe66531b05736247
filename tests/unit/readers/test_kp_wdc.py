"""WDC tables of Kp: lines written here and the files of GFZ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import celestrak_sw, kp_wdc

# Columns: date, Bartels rotation and day, Kp (8I2), their sum, ap (8I3), Ap, Cp and C9.
# 2- 1o 1- 0+ 0o 1+ 2o 9o; the thirds are 5 3 2 1 0 4 6 27, together 48, or 16.0.
FIRST = "12 228" + "243618" + "1710 7 3 0132090" + "160" + "  6  4  3  2  0  5  7400" + " 531.47"
ZEROS = "120228" + "243618" + "1710070300132090" + "160" + "006004003002000005007400" + "0531.47"
# 3+ 0o 0o (missing) 1- 1o 1+ 2+.
SECOND = (
    "12 229" + "243619" + "33 0 099 7101323" + "999" + " 18  0  0999  3  4  5  9" + "   0.31 44"
)
THIRDS = [5, 3, 2, 1, 0, 4, 6, 27, 10, 0, 0, np.nan, 2, 3, 4, 7]
AP = [6, 4, 3, 2, 0, 5, 7, 400, 18, 0, 0, np.nan, 3, 4, 5, 9]


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        kp_wdc.read(path)
    return caught.value


@pytest.mark.parametrize("first", [FIRST, ZEROS])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_values(put, first, end):
    table = kp_wdc.read(put(first + end + SECOND + end))
    np.testing.assert_array_equal(table["kp"], np.array(THIRDS) / 3)
    np.testing.assert_array_equal(table["ap"], AP)
    times = pd.date_range("2012-02-28", periods=16, freq="3h")
    assert table["time"].tolist() == times.tolist()
    assert set(table["status"]) == {""}
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "float64", "str"]


@pytest.mark.parametrize(("year", "full"), [("32", 1932), ("99", 1999), (" 0", 2000), ("31", 2031)])
def test_centuries(put, year, full):
    assert kp_wdc.read(put(year + FIRST[2:] + "\n"))["time"][0].year == full


def test_the_sum_is_checked_only_where_there_is_one(put):
    line = FIRST[:28] + "   " + FIRST[31:]
    assert len(kp_wdc.read(put(line + "\n"))) == 8


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("1710 7", "1711 7", "a Kp of 00, 03"),
        ("1710 7", "17   7", "Kp"),
        ("1710 7", "17107 ", "Kp"),
        ("1710 7", "17-3 7", "a Kp of 00, 03"),
        ("1710 7", "1713 7", "sum of Kp of 163"),
        ("2090160", "2090161", "sum of Kp of 160"),
        ("2090160", "20901x0", "the sum of Kp"),
        ("  3  2  0", "  3  3  0", "ap 2 in the interval 4"),
        ("  3  2  0", "  3     0", "ap"),
        ("12 228", "12 230", "a date"),
        ("12 228", "12 2 x", "the day"),
        ("12 228", "12 227", "a date after 2012-02-27"),
        ("531.47", "53", "62 columns"),
    ],
)
def test_faults_are_refused_with_their_line(put, before, after, part):
    assert FIRST.count(before) == 1
    earlier = "12 227" + FIRST[6:]
    error = refused(put(f"{earlier}\n{FIRST.replace(before, after)}\n"))
    assert error.line == 2
    assert part in error.expected


def test_every_cut_into_what_is_read_is_refused(put):
    for length in range(len(FIRST) + 2, len(FIRST) + 1 + 62):
        assert refused(put(f"{FIRST}\n{SECOND}"[:length])).line == 2


def test_other_files_are_refused(put):
    assert refused(put("# PURPOSE: This file distributes the geomagnetic index Kp\n")).line == 1
    assert "days of Kp" in refused(put("\n\n")).expected


def test_all_years_of_gfz_against_celestrak(real_data):
    folder = real_data / "indices"
    other = celestrak_sw.read_kp(folder / "celestrak/SW-All.csv").set_index("time")
    paths = sorted((folder / "gfz_kp_wdc").iterdir())
    assert len(paths) == 20
    for path in paths:
        ours = kp_wdc.read(path).set_index("time")
        assert len(ours) in (365 * 8, 366 * 8)
        theirs = other.loc[ours.index]
        apart = ours.index[ours["kp"].to_numpy() != theirs["kp"].to_numpy()]
        if path.name == "kp2006":
            # The two disagree by one third in 50 of the 240 intervals of June 2006.
            assert len(apart) == 50
            assert set(apart.strftime("%Y-%m")) == {"2006-06"}
            ours, theirs = ours.drop(apart), theirs.drop(apart)
        np.testing.assert_array_equal(ours["kp"], theirs["kp"], err_msg=path.name)
        np.testing.assert_array_equal(ours["ap"], theirs["ap"], err_msg=path.name)


def test_a_year_agrees_with_the_other_format_of_gfz(real_data):
    ours = kp_wdc.read(real_data / "indices/gfz_kp_wdc/kp2007")
    lines = (real_data / "indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_2007.txt").read_text().splitlines()
    words = [line.split() for line in lines if not line.startswith("#")]
    theirs = [float(word) for row in words for word in row[7:15]]
    np.testing.assert_allclose(ours["kp"], theirs, atol=0.0006)
    assert ours["ap"].tolist() == [float(word) for row in words for word in row[15:23]]
