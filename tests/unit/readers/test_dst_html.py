"""Web pages of Dst: pages written here in the layout of Kyoto's, and its own of January 1957."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import dst_html

HOURS = "      1   2   3   4   5   6   7   8    9  10  11  12  13  14  15  16"
HOURS += "   17  18  19  20  21  22  23  24"
# A day as Kyoto writes it: the main phase of January 1957, values that touch.
STORM = "21   34  34  29  26  19  13  16   9   -3  -3  -3  -4   9  18   6 -16"
STORM += "  -56 -76-106-131-153-233-250-247"
STORM_VALUES = [34, 34, 29, 26, 19, 13, 16, 9, -3, -3, -3, -4, 9, 18, 6, -16]
STORM_VALUES += [-56, -76, -106, -131, -153, -233, -250, -247]
LINE_OF_DAY_1 = 13


def day(number: int, values: str = "   1" * 8) -> str:
    return f"{number:2d} {values} {values} {values}"


def page(days: list[str], version="FINAL", month="FEBRUARY", year=2001, **said) -> str:
    lines = [
        "<html>",
        '<head><meta http-equiv="Content-Type" content="text/html; charset=euc-jp">',
        "<title>Dst Index Monthly Plot and Table</title></head><body>",
        said.get("pre", '<pre class="data">'),
        "<!-- ^^^^^ E yyyymm_part2.html ^^^^^ -->",
        "                                      WDC for Geomagnetism, Kyoto",
        said.get("title", f"          Hourly Equatorial Dst Values ({version})      "),
        said.get("month", f"                    {month}   {year}"),
        said.get("unit", "      unit=nT                                              UT"),
        said.get("hours", HOURS),
        said.get("start", "DAY"),
        "",
        *days,
        "<!-- vvvvv S yyyymm_part3.html vvvvv -->",
        said.get("end", "</pre>"),
        "</body></html>",
    ]
    return "\n".join(lines) + "\n"


def whole(**changes: str) -> list[str]:
    """28 days; `d5="..."` replaces the fifth."""
    return [changes.get(f"d{number}", day(number)) for number in range(1, 29)]


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        dst_html.read(path)
    return caught.value


def test_values(put):
    days = whole(d21=STORM)
    for gap in (25, 20, 15, 10, 5):
        days.insert(gap, "")
    table = dst_html.read(put(page(days)))
    assert len(table) == 28 * 24
    assert table["time"].tolist() == pd.date_range("2001-02-01", periods=672, freq="h").tolist()
    # Hour 1 is 00-01 UT.
    storm = table[table["time"].dt.day == 21]
    assert storm["dst"].tolist() == STORM_VALUES
    assert storm["time"].iloc[0] == pd.Timestamp("2001-02-21 00:00")
    assert set(table.loc[table["time"].dt.day != 21, "dst"]) == {1.0}
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "str"]


@pytest.mark.parametrize(
    ("title", "version"),
    [("FINAL", "final"), ("PROVISIONAL", "provisional"), ("REAL-TIME", "quicklook")],
)
def test_the_version_stands_in_the_title(put, title, version):
    assert set(dst_html.read(put(page(whole(), version=title)))["version"]) == {version}


def test_missing_hours_that_touch(put):
    # -15 and 9999 glued, 9999 six times in a row, then a positive value beside 9999.
    glued = "  -3 -159999999999999999   7"
    line = f"{'':0}22 {glued}9999 {'9999' * 8} {'   5' * 8}"
    assert len(line) == 101
    table = dst_html.read(put(page(whole(d22=line), version="REAL-TIME")))
    found = table.loc[table["time"].dt.day == 22, "dst"].to_numpy()
    expected = [-3, -15, *[np.nan] * 4, 7, np.nan, *[np.nan] * 8, *[5] * 8]
    np.testing.assert_array_equal(found, expected)


def test_a_real_time_table_may_end_early(put):
    days = whole()[:11] + ["12    1   2"]
    table = dst_html.read(put(page(days, version="REAL-TIME")))
    assert len(table) == 12 * 24
    np.testing.assert_array_equal(table["dst"][-24:], [1, 2, *[np.nan] * 22])
    error = refused(put(page(whole()[:11])))
    assert (error.expected, error.found) == ("28 days", "11")
    assert refused(put(page([], version="REAL-TIME"))).found == "0"


def test_a_line_without_any_hour_yet(put):
    table = dst_html.read(put(page([*whole()[:3], " 4"], version="REAL-TIME")))
    assert table["dst"].isna().tolist() == [False] * 72 + [True] * 24


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (day(2)[:-1], "101 columns"),
        (day(2) + "1", "101 columns"),
        (day(2)[:70], "101 columns"),
        (day(3), "day 2"),
        (day(1), "day 2"),
        ("xx" + day(2)[2:], "the day"),
        (" 2-" + day(2)[3:], "a blank in column 3"),
        (day(2)[:35] + "1" + day(2)[36:], "a blank in column 36"),
        (day(2)[:68] + "-" + day(2)[69:], "a blank in column 69"),
        (" 2 " + "  1 " + day(2)[7:], "Dst"),  # shifted by a column
        (" 2 " + "1  1" + day(2)[7:], "Dst"),
        (" 2 " + " 1.5" + day(2)[7:], "Dst"),
        (" 2 " + "    " + day(2)[7:], "Dst"),
        # Blanks put between touching values: the row is longer, or its groups are shifted.
        (STORM.replace("21 ", " 2 ").replace("-", " -"), "101 columns"),
        (" 2   -1 -106 -131   1   1   1   1" + day(2)[33:], "an integer for Dst"),
    ],
)
def test_lines_that_cannot_be_split_surely(put, line, expected):
    error = refused(put(page(whole(d2=line))))
    assert error.line == LINE_OF_DAY_1 + 1
    assert expected in error.expected


def test_a_real_time_line_cut_inside_a_number(put):
    error = refused(put(page(whole(d2=" 2  -12 -1"), version="REAL-TIME")))
    assert error.line == LINE_OF_DAY_1 + 1
    assert "' -1 '" in error.found
    # A hole among hours that are there is no missing value of this format.
    error = refused(put(page(whole(d2=" 2  -12     -13"), version="REAL-TIME")))
    assert error.line == LINE_OF_DAY_1 + 1


@pytest.mark.parametrize(
    ("said", "expected", "line"),
    [
        ({"pre": "<pre>"}, 'one table <pre class="data">', None),
        ({"end": ""}, "the end of the table, </pre>", 44),
        ({"title": "Hourly AE Values (FINAL)"}, "the title of a table of Dst", 11),
        ({"title": "Hourly Equatorial Dst Values (DRAFT)"}, "the title of a table", 11),
        ({"month": "FEBRUAR 2001"}, "the month of a table", 11),
        ({"unit": ""}, "the unit of a table", 11),
        ({"unit": "unit=pT UT"}, "unit=nT", 11),
        ({"hours": HOURS.replace(" 24", " 25")}, "the hours of a table", 11),
        ({"start": ""}, "its line DAY", 5),
    ],
)
def test_other_pages_are_refused(put, said, expected, line):
    error = refused(put(page(whole(), **said)))
    assert expected in error.expected
    assert error.line == line


def test_more_days_than_the_month_has(put):
    error = refused(put(page([*whole(), day(29)])))
    assert error.line == LINE_OF_DAY_1 + 28
    assert error.expected == "the end of the table after day 28"
    assert len(dst_html.read(put(page([*whole(), day(29)], year=2004)))) == 29 * 24


def test_the_final_page_of_january_1957(real_data):
    folder = real_data / "indices/kyoto_dst_web"
    table = dst_html.read(folder / "dst_final_195701_index.html")
    assert len(table) == 744
    assert set(table["version"]) == {"final"}
    # The same table as text, without title and days, and without the first group of the 22nd.
    text = (folder / "dst_final_195701_pre.txt").read_text().replace("-", " -")
    others = [int(word) for word in text.split()]
    start = 21 * 24
    assert table["dst"].drop(range(start, start + 8)).tolist() == others
    first = [-235, -217, -225, -190, -190, -177, -169, -165]
    assert table["dst"][start : start + 8].tolist() == first
    assert table["dst"].min() == -250
    assert table["time"][table["dst"].idxmin()] == pd.Timestamp("1957-01-21 22:00")


def test_the_list_of_months_is_no_table(real_data):
    folder = real_data / "indices/kyoto_dst_web"
    for name in ("NunoSempere_tmp_index.html", "dst_final_195701_pre.txt"):
        assert "one table" in refused(folder / name).expected
