"""F10.7 readings of Penticton: rows written here and the real table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import penticton

HEADER = (
    "fluxdate    fluxtime    fluxjulian    fluxcarrington  fluxobsflux  fluxadjflux  fluxursi  \n"
    "----------  ----------  ------------  --------------  -----------  -----------  ----------\n"
)


def row(date: str, clock: str, observed: str = "000132.7", adjusted: str = "000130.9") -> str:
    place = "02453307.229  002022.605"
    return f"{date}    {clock}      {place}      {observed}     {adjusted}     1.0  \n"


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        penticton.read(path)
    return caught.value


def test_the_reading_of_noon_is_the_day(put):
    text = HEADER + row("20041028", "170000", "1", "1") + row("20041028", "200000")
    text += row("20041028", "230000", "2", "2") + row("20041029", "200000", "0136.4", "0134.4")
    table = penticton.read(put(text))
    assert table["time"].tolist() == [pd.Timestamp("2004-10-28"), pd.Timestamp("2004-10-29")]
    assert table["f107"].tolist() == [132.7, 136.4]
    assert table["f107_adjusted"].tolist() == [130.9, 134.4]
    assert table["status"].tolist() == ["observed"] * 2
    assert table.attrs["left_out"] == {}
    types = ["datetime64[us]", "float64", "float64", "str"]
    assert table.dtypes.astype(str).tolist() == types


@pytest.mark.parametrize(
    ("clock", "is_noon"),
    [
        ("194420", True),  # 2007-06-06, in the real table
        ("193000", True),
        ("203000", True),
        ("192959", False),
        ("203001", False),
        ("170000", False),
        ("180619", False),
        ("230000", False),
    ],
)
def test_how_far_from_noon(put, clock, is_noon):
    table = penticton.read(put(HEADER + row("20070606", clock)))
    assert table["f107"].notna().tolist() == [is_noon]
    assert table["status"].tolist() == ["observed" if is_noon else ""]


def test_a_day_without_noon_is_not_filled(put):
    table = penticton.read(put(HEADER + row("20060418", "170000") + row("20060418", "230000")))
    assert len(table) == 1
    assert table[["f107", "f107_adjusted"]].isna().all(axis=None)


def test_of_a_repeated_noon_the_later_counts(put):
    text = HEADER + row("20180220", "200000", "67.8", "66.3")
    text += row("20180220", "200000", "70.5", "68.9")
    table = penticton.read(put(text))
    assert (table["f107"].tolist(), table["f107_adjusted"].tolist()) == ([70.5], [68.9])
    assert table.attrs["left_out"] == {"repeated": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (row("20041029", "200000")[:60] + "\n", "7 columns"),
        (row("20041029", "20000"), "YYYYMMDD HHMMSS"),
        (row("2004102", "2000000"), "YYYYMMDD HHMMSS"),
        (row("2004-10-", "200000"), "YYYYMMDD HHMMSS"),
        (row("20041329", "200000"), "a date and a time"),
        (row("20041029", "250000"), "a date and a time"),
        (row("20041029", "200000", "x"), "a number for the flux"),
        (row("20041029", "200000", "nan"), "a number for the flux"),
        (row("20041029", "200000", "0000.0"), "a flux above 0"),
        (row("20041029", "200000", "1", "-1"), "a flux above 0"),
        (row("20041028", "170000"), "a reading at 2004-10-28 20:00:00 or later"),
    ],
)
def test_faults_are_refused_with_their_line(put, text, expected):
    error = refused(put(HEADER + row("20041028", "200000") + text + row("20041030", "200000")))
    assert error.line == 4
    assert expected in error.expected


def test_other_files_are_refused(put):
    assert refused(put("fluxdate fluxtime\n---\n")).line == 1
    first, second = HEADER.splitlines()
    assert refused(put(f"{first}\n{row('20041028', '200000')}")).line == 2
    assert refused(put(HEADER)).expected == "readings of F10.7"


def test_the_real_table(real_data):
    table = penticton.read(real_data / "indices/penticton/fluxtable.txt").set_index("time")
    # Lines 4, 23,870 and that of the flare of 7 March 2011 as they stand in the file.
    assert table.loc["2004-10-28", ["f107", "f107_adjusted"]].tolist() == [135.8, 134.0]
    assert table.loc["2026-08-21", ["f107", "f107_adjusted"]].tolist() == [125.6, 128.5]
    assert table.loc["2011-03-07", "f107"] == 938.6
    # Days that have readings, but none at noon.
    missing = table.index[table["f107"].isna()].strftime("%Y-%m-%d").tolist()
    assert missing == [
        *("2005-07-13", "2006-04-18", "2006-12-03", "2006-12-04", "2020-10-23", "2020-12-17"),
        *("2020-12-18", "2021-06-16", "2024-08-26", "2025-02-12", "2025-02-17", "2026-05-09"),
    ]
    assert np.isfinite(table["f107"].dropna()).all()
