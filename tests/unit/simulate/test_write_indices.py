from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from laicflow.simulate import write_indices

# Bartels' ap of Kp in thirds, for tables made here.
AP = [0, 2, 3, 4, 5, 6, 7, 9, 12, 15, 18, 22, 27, 32, 39, 48, 56, 67, 80, 94, 111, 132, 154, 179]
AP += [207, 236, 300, 400]


def flux(days: int) -> pd.DataFrame:
    columns = ["f107", "f107_adjusted", "observed_centred", "observed_last"]
    columns += ["adjusted_centred", "adjusted_last"]
    values = [111.2, 107.65, 129.2, 135.8, 127.9, 132.1]
    table = pd.DataFrame([values] * days, columns=columns)
    return table.assign(time=pd.date_range("2000-01-01", periods=days, unit="us"))


def three_hourly(start: str, thirds: list[int]) -> pd.DataFrame:
    time = pd.date_range(start, periods=len(thirds), freq="3h", unit="us")
    ap = [float(AP[value]) for value in thirds]
    return pd.DataFrame({"time": time, "thirds": thirds, "ap": ap})


def real_days(path) -> list[str]:
    return [line for line in path.read_text().splitlines() if len(line) >= 62]


def daily_of(lines: list[str]) -> pd.DataFrame:
    """Our table of the Kp that stand in real lines."""
    year = int(lines[0][:2])
    start = f"{year + (1900 if year > 50 else 2000)}-{lines[0][2:4]}-{lines[0][4:6]}"
    kp = [round(int(line[at : at + 2]) * 0.3) for line in lines for at in range(12, 28, 2)]
    return write_indices.daily_kp(three_hourly(start.replace(" ", "0"), kp), flux(len(lines)))


def test_a_day_of_kp_to_the_letter():
    # Kp 3- 2+ 1o 0o 5o 9- 9o 4+ sum to 33; ap 12 9 4 0 48 300 400 32 to 805, mean 100.6; a sum
    # of 730 to 1119 gives Cp 1.9 and C9 8; 111.2 sfu are 61 spots (63.75 + 44.41 + 3.31 =
    # 111.47; 60 would be 110.63). Bartels' rotation 1 began on 8 February 1832, hence 1 January
    # 2014 is day 18 of rotation 2461.
    kp = three_hourly("2014-01-01", [8, 7, 3, 0, 15, 26, 27, 13])
    row = next(write_indices.daily_kp(kp, flux(1)).itertuples())
    assert write_indices.kp_line(row) == (
        "140101246118272310 050879043330 12  9  4  0 48300400 321011.98 61111.20\n"
    )


@pytest.mark.parametrize("name", ["kp1999", "kp2003", "kp2009"])
def test_kp_lines_are_those_of_gfz(real_data, name):
    real = real_days(real_data / "indices/gfz_kp_wdc" / name)
    ours = [write_indices.kp_line(row) for row in daily_of(real).itertuples()]
    # Sunspots and F10.7, the columns from 63 on, are not of Kp's making.
    assert [line[:62] for line in ours] == [line[:62] for line in real]
    assert {len(line.rstrip("\n")) for line in ours} == {len(line.rstrip("\r")) for line in real}


def test_f107_stands_where_gfz_has_it(real_data):
    line = real_days(real_data / "indices/gfz_kp_wdc/kp1999")[0]
    row = next(daily_of([line]).assign(f107=161.6, spots=64).itertuples())
    assert write_indices.kp_line(row) == line + "\n"


def test_dst_to_the_letter():
    values = np.array([-34, -44, -130] + [0] * 20 + [7], float)
    # The mean of the 24 values is -201 / 24 = -8.4.
    assert write_indices.dst_line(dt.date(2015, 3, 1), values) == (
        "DST1503*01  X220   0 -34 -44-130" + "   0" * 20 + "   7" + "  -8\n"
    )


def test_a_missing_hour_is_9999_and_so_is_the_mean():
    line = write_indices.dst_line(dt.date(1999, 3, 1), np.array([np.nan] + [1.0] * 23))
    assert line.startswith("DST9903*01  X219   09999   1")
    assert line.endswith("   19999\n")
    assert len(line) == 121


def test_dst_lines_are_those_of_kyoto(real_data):
    path = real_data / "indices/kyoto_dst_wdc/dst_wdc_200101-200404.txt"
    real = [line for line in path.read_text().splitlines() if line.startswith("DST0404")]
    assert len(real) == 30
    for line in real:
        values = [int(line[at : at + 4]) for at in range(20, 116, 4)]
        day = dt.date(2004, 4, int(line[8:10]))
        ours = write_indices.dst_line(day, np.array(values, float))
        # A mean that ends in one half may be rounded either way.
        assert ours[:116] == line[:116]
        assert abs(int(ours[116:]) - np.mean(values)) <= 0.5


def test_celestraks_columns_and_values(real_data, tmp_path):
    real = (real_data / "indices/celestrak/SW-All.csv").read_text().splitlines()
    wanted = "2015-03-12"
    line = next(row for row in real if row.startswith(wanted))
    kp = [round(int(value) * 0.3) for value in line.split(",")[3:11]]
    table = flux(1).assign(f107=126.7, f107_adjusted=125.1, adjusted_centred=127.7)
    daily = write_indices.daily_kp(three_hourly(wanted, kp), table).assign(spots=56)
    ours = write_indices.write_celestrak(daily, tmp_path / "SW-All.csv").read_text().splitlines()
    assert ours == [real[0], line]


def test_files_hold_whole_years_each(tmp_path):
    hours = pd.date_range("2013-12-31", "2014-01-01 23:00", freq="h", unit="us")
    paths = write_indices.write_dst(pd.DataFrame({"time": hours, "dst": 1.0}), tmp_path)
    assert [path.name for path in paths] == ["dst_wdc_2013.txt", "dst_wdc_2014.txt"]
    assert [len(path.read_text().splitlines()) for path in paths] == [1, 1]
    daily = write_indices.daily_kp(three_hourly("2013-12-31", [0] * 16), flux(2))
    assert [path.name for path in write_indices.write_kp(daily, tmp_path)] == ["kp2013", "kp2014"]


def test_cp_and_c9_are_those_of_every_day_since_1957(real_data):
    real = pd.read_csv(real_data / "indices/celestrak/SW-All.csv").dropna(subset=["AP8", "CP"])
    ap = real[[f"AP{n}" for n in range(1, 9)]].to_numpy().astype(int).ravel()
    kp = three_hourly("1957-10-01", [0] * ap.size).assign(ap=ap)
    ours = write_indices.daily_kp(kp, flux(len(real)))
    assert len(real) > 20_000
    assert np.array_equal(ours["cp"], real["CP"])
    assert np.array_equal(ours["c9"].astype(int), real["C9"].astype(int))


@pytest.mark.parametrize(
    ("total", "cp", "c9"),
    # Corners of Bartels' table.
    [(22, 0.0, "0"), (23, 0.1, "0"), (190, 1.1, "5"), (191, 1.2, "6"), (3200, 2.5, "9")],
)
def test_cp_follows_the_sum_of_ap(total, cp, c9):
    ap = [total // 8] * 7 + [total - 7 * (total // 8)]
    kp = three_hourly("2014-01-01", [0] * 8).assign(ap=ap)
    row = next(write_indices.daily_kp(kp, flux(1)).itertuples())
    assert (row.cp, row.c9) == (cp, c9)
