"""Space weather of CelesTrak: rows written here and the real file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import celestrak_sw

HEADER = (
    "DATE,BSRN,ND,KP1,KP2,KP3,KP4,KP5,KP6,KP7,KP8,KP_SUM,AP1,AP2,AP3,AP4,AP5,AP6,AP7,AP8,AP_AVG,"
    "CP,C9,ISN,F10.7_OBS,F10.7_ADJ,F10.7_DATA_TYPE,F10.7_OBS_CENTER81,F10.7_OBS_LAST81,"
    "F10.7_ADJ_CENTER81,F10.7_ADJ_LAST81"
)
OBS = (
    "2001-01-01,2284,1,0,3,7,10,13,17,20,90,160,0,2,3,4,5,6,7,400,53,1.4,7,99,"
    "170.5,165.25,OBS,1,1,1,1"
)
INT = "2001-01-02,2284,2,,,,,,,,,,,,,,,,,,,,,,171.0,,INT,1,1,1,1"
PRD = "2001-01-03,2284,3,22,22,22,22,22,22,22,22,176,8,8,8,8,8,8,8,8,8,.4,2,9,172.0,166,PRD,1,1,1,1"
PRM = "2001-02-01,2285,4,,,,,,,,,,,,,,,,,,,,,9,150.0,145.0,PRM,1,1,1,1"


def text(*rows: str) -> str:
    return "\r\n".join((HEADER, *rows)) + "\r\n"


def refused(path, read=celestrak_sw.read) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read(path)
    return caught.value


def test_flux_without_predictions(put):
    table = celestrak_sw.read(put(text(OBS, INT, PRD, PRM)))
    assert table["time"].tolist() == [pd.Timestamp("2001-01-01"), pd.Timestamp("2001-01-02")]
    assert table["f107"].tolist() == [170.5, 171.0]
    np.testing.assert_array_equal(table["f107_adjusted"], [165.25, np.nan])
    assert table["status"].tolist() == ["observed", "interpolated"]
    assert table.attrs["left_out"] == {"predicted": 2}
    types = ["datetime64[us]", "float64", "float64", "str"]
    assert table.dtypes.astype(str).tolist() == types
    empty = celestrak_sw.read(put(text()))
    assert (len(empty), empty.dtypes.astype(str).tolist()) == (0, types)


def test_flux_with_predictions(put):
    table = celestrak_sw.read(put(text(OBS, INT, PRD, PRM)), predictions=True)
    assert table["f107"].tolist() == [170.5, 171.0, 172.0, 150.0]
    assert table["status"].tolist()[2:] == ["predicted-daily", "predicted-monthly"]
    assert table["time"].iloc[-1] == pd.Timestamp("2001-02-01")


def test_kp_in_thirds_without_predictions(put):
    table = celestrak_sw.read_kp(put(text(OBS, INT, PRD, PRM)))
    thirds = [0, 1, 2, 3, 4, 5, 6, 27] + [np.nan] * 8
    np.testing.assert_array_equal(table["kp"], np.array(thirds) / 3)
    np.testing.assert_array_equal(table["ap"], [0, 2, 3, 4, 5, 6, 7, 400] + [np.nan] * 8)
    times = pd.date_range("2001-01-01", periods=16, freq="3h")
    assert table["time"].tolist() == times.tolist()


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        (",OBS,", ",XYZ,", "data type"),
        (",OBS,", ",,", "data type"),
        ("2001-01-01", "2001-13-01", "a date"),
        ("2001-01-01", "01/01/2001", "a date YYYY-MM-DD"),
        ("2001-01-01", "2000-12-30", "a date after 2000-12-31"),
        ("170.5", "170.5x", "F10.7_OBS"),
        ("170.5", "-1.0", "flux above 0"),
        ("165.25", "nan", "F10.7_ADJ"),
        (",OBS,1", ",OBS", "31 cells"),
    ],
)
def test_faults_of_the_flux_are_refused_with_their_line(put, before, after, part):
    assert OBS.count(before) == 1
    earlier = OBS.replace("2001-01-01", "2000-12-31")
    error = refused(put(text(earlier, OBS.replace(before, after))))
    assert error.line == 3
    assert part in error.expected


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        (",0,3,7,10,", ",0,3,7,12,", "a Kp of 00, 03"),
        (",0,3,7,10,", ",0,3,7,1.0,", "an integer for KP4"),
        (",0,3,7,10,", ",0,3,7,13,", "ap 5 in the interval 4"),
    ],
)
def test_faults_of_kp_are_refused_with_their_line(put, before, after, part):
    error = refused(put(text(OBS.replace(before, after))), celestrak_sw.read_kp)
    assert error.line == 2
    assert part in error.expected


@pytest.mark.parametrize("column", ["DATE", "F10.7_OBS", "F10.7_DATA_TYPE"])
def test_missing_columns_are_named(put, column):
    header = ",".join("other" if name == column else name for name in HEADER.split(","))
    assert refused(put(f"{header}\n{OBS}\n")).expected == f"a column {column!r}"


def test_a_cut_row_is_refused(put):
    whole = text(OBS, INT).rstrip()
    for length in range(whole.index("2001-01-02") + 1, whole.rindex(",")):
        assert refused(put(whole[:length])).line == 3


def test_the_real_file_against_that_of_gfz(real_data):
    path = real_data / "indices/celestrak/SW-All.csv"
    flux = celestrak_sw.read(path).set_index("time")
    kp = celestrak_sw.read_kp(path).set_index("time")
    for year in (2007, 2020):
        name = f"indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_{year}.txt"
        lines = (real_data / name).read_text().splitlines()
        words = [line.split() for line in lines if not line.startswith("#")]
        theirs = [float(word) for row in words for word in row[7:15]]
        np.testing.assert_allclose(kp.loc[str(year), "kp"], theirs, atol=0.0006)
        observed = np.array([float(row[25]) for row in words])
        ours = flux.loc[str(year), "f107"].to_numpy()
        # Three days of 2020 have no flux there, one of 2007 has 0; four more were revised.
        there = observed > 0
        assert np.count_nonzero(~there) == {2007: 1, 2020: 3}[year]
        np.testing.assert_allclose(ours[there], observed[there], atol=0.45)
        assert np.mean(ours == observed) > 0.98


def test_days_and_states_of_the_real_file(real_data):
    path = real_data / "indices/celestrak/SW-All.csv"
    kinds = [line.split(",")[26] for line in path.read_text().splitlines()[1:]]
    table = celestrak_sw.read(path)
    assert table["status"].value_counts().to_dict() == {
        "observed": kinds.count("OBS"),
        "interpolated": kinds.count("INT"),
    }
    assert len(celestrak_sw.read(path, predictions=True)) == len(kinds)
    days = table["time"].diff().dropna().dt.days
    assert set(days) == {1}
    assert table["time"].iloc[0] == pd.Timestamp("1957-10-01")
    assert table["f107"].iloc[0] == 269.3
