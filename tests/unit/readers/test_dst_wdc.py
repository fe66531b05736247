"""Records of Dst: written here and those of Kyoto."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import dst_wdc

HOURS = [-4, -5, 6, 70, -128, *range(1, 20)]  # their sum is 129, the mean 5.4


def record(
    date: str = "0311*20", flags: str = "  X220", base: str = "   0", hours=tuple(HOURS), mean=5
) -> str:
    return f"DST{date}{flags}{base}" + "".join(f"{hour:4d}" for hour in [*hours, mean])


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        dst_wdc.read(path)
    return caught.value


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_values(put, end):
    assert len(record()) == 120
    table = dst_wdc.read(put(record() + end))
    assert table["dst"].tolist() == HOURS
    times = pd.date_range("2003-11-20", periods=24, freq="h")
    assert table["time"].tolist() == times.tolist()
    assert set(table["version"]) == {"final"}
    assert table.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "str"]


def test_zero_padded_records_are_the_same(put):
    padded = "DST0311*20       000" + "".join(
        f"{'-' if hour < 0 else ' '}{abs(hour):03d}" for hour in [*HOURS, 5]
    )
    assert len(padded) == 120
    table = dst_wdc.read(put(padded + "\n"))
    assert table["dst"].tolist() == HOURS
    assert table["time"][0] == pd.Timestamp("2003-11-20")
    assert set(table["version"]) == {""}


@pytest.mark.parametrize(
    ("date", "flags", "year"),
    [
        ("5701*01", "      ", 1957),
        ("9901*01", "      ", 1999),
        ("0001*01", "      ", 2000),
        ("5601*01", "  X219", 1956),
        ("6001*01", "  X220", 2060),
        (" 501*01", "RRX020", 2005),
    ],
)
def test_centuries(put, date, flags, year):
    assert dst_wdc.read(put(record(date, flags) + "\n"))["time"][0].year == year


@pytest.mark.parametrize(
    ("flags", "version"),
    [("RRX020", "quicklook"), ("PPX120", "provisional"), ("  X220", "final"), ("      ", "")],
)
def test_versions(put, flags, version):
    assert set(dst_wdc.read(put(record(flags=flags)))["version"]) == {version}


def test_the_base_value_is_in_hundreds(put):
    table = dst_wdc.read(put(record(base="  -3")))
    assert table["dst"].tolist() == [hour - 300 for hour in HOURS]


def test_missing_hours_are_nan_and_their_mean_is_not_checked(put):
    hours = [9999, *HOURS[1:]]
    table = dst_wdc.read(put(record(hours=hours, mean=9999)))
    assert np.isnan(table["dst"][0])
    assert table["dst"][1:].tolist() == HOURS[1:]


@pytest.mark.parametrize(("hours", "means"), [([1] * 12 + [2] * 12, (1, 2)), (HOURS, (5,))])
def test_a_mean_may_be_rounded_either_way(put, hours, means):
    for mean in means:
        assert len(dst_wdc.read(put(record(hours=hours, mean=mean)))) == 24
    for mean in (min(means) - 1, max(means) + 1):
        assert "daily mean" in refused(put(record(hours=hours, mean=mean))).expected


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (record()[:-1], "120 characters"),
        (record()[:80], "120 characters"),
        (record() + "1", "120 characters"),
        ("ABC" + record()[3:], "DSTyymm"),
        (record("0311 21"), "DSTyymm"),
        (record("0313*01"), "a date"),
        (record("0311*31"), "a date"),
        (record(flags="  X320"), "version"),
        (record(flags="  X218"), "century"),
        (record(base="  x "), "base"),
        (record().replace(" 6  70", " 6 7 0"), "Dst"),
        (record().replace(" 6  70", " 6 70 "), "Dst"),
        (record().replace("  70", "    "), "Dst"),
        (record("0311*19"), "a date after 2003-11-19"),
        (record("0310*31"), "a date after 2003-11-19"),
    ],
)
def test_faults_are_refused_with_their_line(put, line, part):
    error = refused(put(f"{record('0311*19')}\n{line}\n{record('0312*21')}\n"))
    assert error.line == 2
    assert part in error.expected


def test_damaged_lines_are_named_and_counted(put):
    lines = [record(f"0311*{day:02d}") for day in range(1, 31)]
    lines[3] += " "  # a blank at the end harms nobody
    lines[4] = lines[4][:52]
    lines[9] = lines[9].replace("  70", "  71 ")
    lines[20] = record("0311*21", mean=7)
    error = refused(put("\n".join(lines) + "\n"))
    assert error.line == 5
    assert error.expected == "a record of 120 characters"
    assert "5 (52 characters), 10 (121 characters), 21 (7 in place of" in error.found
    many = refused(put("\n".join(line[:60] for line in lines))).found
    numbers = re.findall(r"(?<= )\d+", re.sub(r"\([^)]*\)", "", many))
    assert numbers == [str(number) for number in range(1, 11)] + ["20"]
    assert many.endswith("10 (57 characters), and 20 more")
    ten = refused(put("\n".join(line[:60] for line in lines[:10]))).found
    assert ten.endswith(", 10 (57 characters)")
    assert refused(put("nothing\n" * 1310)).found.endswith(", and 1,300 more")


def test_other_files_are_refused(put):
    assert refused(put("  05 11 01    220   0 -51 -46\n")).line == 1
    assert "records" in refused(put("\n")).expected


# A copy of an export without DST, * and X, with a blank after year and month.
SPREAD = "  03 11 20    220   0" + "".join(f"{hour:4d}" for hour in [*HOURS, 5])


@pytest.mark.parametrize(
    ("line", "version"),
    [
        (SPREAD, "final"),
        (SPREAD.replace("    220", "    120"), "provisional"),
        ("  03 11 20    220   0 " + " ".join(f"{hour}  " for hour in [*HOURS, 5]), "final"),
    ],
)
def test_copies_with_blanks_between_the_fields(put, line, version):
    table = dst_wdc.read(put(line + "\n"))
    assert table["dst"].tolist() == HOURS
    assert table["time"][0] == pd.Timestamp("2003-11-20")
    assert set(table["version"]) == {version}


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("  70-128", "   70-128", "26 values of up to 4 characters after the date"),
        ("  -4  -5", "  -5", "26 values"),
        ("  -5   6", " -5   6 ", "an integer for Dst"),
        ("  19", "  79", "daily mean"),
        ("    220", "    221", "120 characters"),
        ("    220", "    320", "120 characters"),
    ],
)
def test_copies_that_cannot_be_split_surely(put, before, after, part):
    assert SPREAD.count(before) == 1
    error = refused(put(SPREAD.replace(before, after) + "\n"))
    assert error.line == 1
    assert part in error.expected


@pytest.mark.parametrize(
    ("name", "first", "last", "values"),
    [
        # First and last day of each export, and hours as they stand there.
        ("WWW_dstae00027263.dat", "2005-11-01", "2006-11-30", [-51, -46, -45]),
        ("WWW_dstae00027292.dat", "2006-06-01", "2007-06-30", [7, 1, -1]),
    ],
)
def test_real_copies_of_exports(real_data, name, first, last, values):
    table = dst_wdc.read(real_data / "indices/kyoto_dst_web" / name)
    assert len(table) == 395 * 24
    assert table["dst"][:3].tolist() == values
    assert table["time"].iloc[0] == pd.Timestamp(first)
    assert table["time"].iloc[-1] == pd.Timestamp(f"{last} 23:00")
    assert set(table["version"]) == {"final"}


def test_real_copies_agree_where_they_overlap(real_data):
    folder = real_data / "indices/kyoto_dst_web"
    one, other = (
        dst_wdc.read(folder / f"WWW_dstae000{number}.dat").set_index("time")["dst"]
        for number in ("27263", "27292")
    )
    shared = one.index.intersection(other.index)
    assert len(shared) == 183 * 24  # June to November 2006
    assert one[shared].tolist() == other[shared].tolist()


def test_the_storm_of_november_2003(real_data):
    # The final minimum of this storm, the deepest of solar cycle 23, is -422 nT.
    table = dst_wdc.read(real_data / "indices/kyoto_dst_wdc/dst_wdc_200101-200404.txt")
    assert table["dst"].min() == -422
    lowest = table.loc[table["dst"] == -422, "time"]
    assert lowest.tolist() == [pd.Timestamp("2003-11-20 20:00"), pd.Timestamp("2003-11-20 21:00")]
    assert len(table) == 24 * 1216
    assert table["time"].iloc[-1] == pd.Timestamp("2004-04-30 23:00")
    assert set(table["version"]) == {"final"}


def test_an_old_export_with_zeros(real_data):
    table = dst_wdc.read(real_data / "indices/kyoto_dst_wdc/dst_wdc_2000.txt").set_index("time")
    assert len(table) == 24 * 366
    assert table["dst"].notna().all()
    # Storms of 2000: 6-7 April (-288 nT) and 15-16 July (-301 nT), final values.
    assert table.loc["2000-04-07", "dst"].min() == -288
    assert table.loc["2000-07-16", "dst"].min() == -301


def test_a_damaged_file_names_both_lines(real_data):
    error = refused(real_data / "indices/kyoto_dst_wdc/dst_wdc_201503.txt")
    assert error.line == 17
    assert "17 (129 characters), 18 (132 characters)" in error.found
    assert "120 characters" in error.expected
