"""A ready VTEC series: rows written here and the real table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import tec_series

HEADER = (
    "Date-time,Day of year,Hour of day,F10.7 index (sfu),Solar wind speed (km/s),"
    "Bz index (nT),Dst index (nT),VTEC 10E 40N (TECU)\n"
)
ROWS = [
    "2017-03-01 22:00:00,60,22,70.1,552,-2.5,-13,7.6\n",
    "2017-03-01 23:00:00,60,23,70.1,9999.0,999.9,-14,\n",
    "2017-03-02 00:00:00,61,0,70.4,548,,-16,6.7\n",
    "2017-03-02 03:00:00,61,3,70.4,558,-0.4,-18,6.6\n",
]


def refused(path) -> str:
    with pytest.raises(FormatError) as caught:
        tec_series.read(path)
    return str(caught.value).removeprefix(str(path))


def test_rows(put):
    table = tec_series.read(put(HEADER + "".join(ROWS)))
    assert table["time"].tolist()[0] == pd.Timestamp("2017-03-01 22:00")
    np.testing.assert_array_equal(table["vtec"], [7.6, np.nan, 6.7, 6.6])
    np.testing.assert_array_equal(table["f107"], [70.1, 70.1, 70.4, 70.4])
    np.testing.assert_array_equal(table["wind_speed"], [552, np.nan, 548, 558])
    np.testing.assert_array_equal(table["bz"], [-2.5, np.nan, np.nan, -0.4])
    np.testing.assert_array_equal(table["dst"], [-13, -14, -16, -18])
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]"] + ["float64"] * 5
    assert (table.attrs["latitude"], table.attrs["longitude"]) == (40, 10)
    assert table.attrs["units"]["vtec"] == "TECU" and table.attrs["units"]["f107"] == "sfu"
    assert (table.attrs["step_s"], table.attrs["gaps"], table.attrs["missing_epochs"]) == (
        3600,
        1,
        2,
    )
    assert table.attrs["missing"] == {"vtec": 1, "f107": 0, "wind_speed": 1, "bz": 2, "dst": 0}
    assert table.attrs["fill_values"] == {"f107": 0, "wind_speed": 1, "bz": 1, "dst": 0}


def test_south_and_west(put):
    text = HEADER.replace("10E 40N", "88.7W 13.5S") + "".join(ROWS)
    attrs = tec_series.read(put(text)).attrs
    assert (attrs["latitude"], attrs["longitude"]) == (-13.5, -88.7)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROWS[0], ROWS[0]], ", line 3: expected a time after 2017-03-01 22:00:00, found the same"),
        (
            [ROWS[2], ROWS[0]],
            ", line 3: expected a time after 2017-03-02 00:00:00, found 2017-03-01",
        ),
        ([ROWS[0].replace(",60,", ",61,")], ", line 2: expected Day of year 60"),
        ([ROWS[0].replace(",22,", ",21,")], ", line 2: expected Hour of day 22"),
        ([ROWS[0].replace("7.6", "-7.6")], ", line 2: expected a VTEC that is not negative"),
        ([ROWS[0].replace("7.6", "nan")], ", line 2: expected a number for VTEC 10E 40N"),
        ([ROWS[0].replace("552,", "")], ", line 2: expected 8 cells, found 7"),
        ([ROWS[0].replace("2017-03-01", "2017-02-31")], ", line 2: expected a time"),
        ([ROWS[0]], ": expected two rows"),
        ([*ROWS[:3], ROWS[3].replace("03:00:00", "03:30:00")], ", line 5: expected a multiple of"),
        ([*ROWS[:3], ROWS[3].rstrip("6\n")], ", line 5: expected a line end"),
    ],
)
def test_what_is_no_series(put, rows, said):
    assert refused(put(HEADER + "".join(rows))).startswith(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("VTEC (TECU)", "0 in"),
        ("VTEC 10E 40N (TECU),VTEC 10E 50N (TECU)", "2 in"),
        ("VTEC 10E 95N (TECU)", "a place on the globe"),
        ("VTEC 10..5E 40N (TECU)", "a number for the longitude"),
    ],
)
def test_the_place_stands_in_the_name(put, name, said):
    assert said in refused(put(HEADER.replace("VTEC 10E 40N (TECU)", name) + ROWS[0]))


def test_a_missing_column(put):
    text = HEADER.replace("Dst index (nT)", "Dst") + "".join(ROWS)
    assert "a column 'Dst index (nT)'" in refused(put(text))


def test_the_real_series(real_data):
    table = tec_series.read(real_data / "tec_series" / "vtec_10E_40N_2017-2019_hourly.csv")
    assert len(table) == 26280
    assert table["time"].iloc[-1] == pd.Timestamp("2019-12-31 23:00")
    assert table.iloc[0, 1:].tolist() == [7.6, 70.1, 552, -2.5, -13]
    assert (table.attrs["gaps"], table.attrs["step_s"]) == (0, 3600)
    # The solar wind of some hours is OMNI's 9999 and 999.9.
    assert table.attrs["fill_values"] == {"f107": 0, "wind_speed": 6, "bz": 32, "dst": 0}
    assert table["wind_speed"].max() < 1000 and table["bz"].abs().max() < 100
