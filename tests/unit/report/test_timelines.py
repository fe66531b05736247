from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.report.quality_tables import availability, gaps
from laicflow.report.timelines import read
from laicflow.store import write_netcdf, write_parquet

ABSENT = "absent upstream, listed in allow_missing"
INSIDE = "missing values inside files"


def receipt(source: str, partition: str, start: str, end: str, missing=(), files: int = 1) -> dict:
    """What fetching left of a partition; `missing` are pairs of day (or None) and reason."""
    lost = [{"name": "x", "day": day, "why": why} for day, why in missing]
    return {
        "source": source,
        "partition": partition,
        "start": start,
        "end": end,
        "files": [{"name": "x", "size": 1000}] * files,
        "missing": lost,
        "licence": "cite",
        "citation": f"Author of {source}",
    }


def maps(
    path: Path, times: pd.DatetimeIndex, spacing: object, tec: np.ndarray | None = None
) -> Path:
    """A month of maps on 2 by 2 points, 10 TECU everywhere or as `tec` says."""
    values = np.full((len(times), 2, 2), 10.0) if tec is None else tec
    seconds = np.broadcast_to(np.asarray(spacing, dtype="int32"), len(times))
    dataset = xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), values), "interval_s": ("time", seconds)},
        coords={"time": times, "latitude": [0.0, 10.0], "longitude": [0.0, 10.0]},
    )
    write_netcdf(dataset, path)
    return path


def table(path: Path, **columns: object) -> Path:
    write_parquet(pd.DataFrame(columns), path)
    return path


def kind(name: str, revision: str = "") -> dict:
    return {"kind": name, "revision": revision}


def without(times: pd.DatetimeIndex, *days: str) -> pd.DatetimeIndex:
    return times[~times.strftime("%Y-%m-%d").isin(days)]


@pytest.fixture
def january(tmp_path: Path) -> list:
    """January 2001, 12 maps a day at odd hours, the 10th, 11th and 20th without a file."""
    lost = ["2001-01-10", "2001-01-11", "2001-01-20"]
    odd = without(pd.date_range("2001-01-01 01:00", "2001-01-31 23:00", freq="2h"), *lost)
    why = [(day, ABSENT) for day in lost[:2]] + [(lost[2], "not yet")]
    receipts = [receipt("jpl", "2001-01", "2001-01-01", "2001-01-31", why)]
    stores = {("jpl", "2001-01"): maps(tmp_path / "2001-01.nc", odd, 7200)}
    return read(receipts, stores, {"jpl": kind("maps", "final")})


def test_a_month_with_three_missing_days(january: list) -> None:
    (row,) = availability(january).to_dict("records")
    # 31 days of 12 maps; 3 of them missing.
    assert (row["expected"], row["present"], row["missing"]) == (372, 336, 36)
    assert row["share"] == pytest.approx(28 / 31)
    assert row["unit"] == "maps" and row["provisional_share"] == 0
    assert row["latest"] == pd.Timestamp("2001-01-31 23:00")
    assert row["note"] == "days without a file: 3"


def test_missing_days_that_follow_each_other_are_one_gap(january: list) -> None:
    first, second = gaps(january).to_dict("records")
    assert (first["start"], first["end"]) == (
        pd.Timestamp("2001-01-10"),
        pd.Timestamp("2001-01-12"),
    )
    assert (first["length"], first["unit"], first["why"]) == (24, "maps", ABSENT)
    assert (second["start"], second["length"]) == (pd.Timestamp("2001-01-20"), 12)
    assert second["why"] == "not yet"


def test_a_gap_ends_where_the_reason_changes(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01 01:00", "2001-01-02 23:00", freq="2h")
    why = [("2001-01-03", ABSENT), ("2001-01-04", "not yet")]
    receipts = [receipt("jpl", "2001-01", "2001-01-01", "2001-01-04", why)]
    stores = {("jpl", "2001-01"): maps(tmp_path / "a.nc", times, 7200)}
    found = gaps(read(receipts, stores, {"jpl": kind("maps", "final")}))
    assert list(found["why"]) == [ABSENT, "not yet"] and list(found["length"]) == [12, 12]


def test_an_epoch_that_two_months_give_counts_once(tmp_path: Path) -> None:
    """Files with maps from 00 to 24: the last map of January is the first of February."""
    january = pd.date_range("2004-01-31", "2004-02-01", freq="2h")
    february = without(pd.date_range("2004-02-01", "2004-03-01", freq="2h"), "2004-02-10")
    midnight = pd.DatetimeIndex(["2004-02-10"])
    stores = {
        ("code", "2004-01"): maps(tmp_path / "1.nc", january, 7200),
        ("code", "2004-02"): maps(tmp_path / "2.nc", february.union(midnight), 7200),
    }
    receipts = [
        receipt("code", "2004-01", "2004-01-31", "2004-01-31"),
        receipt("code", "2004-02", "2004-02-01", "2004-02-29", [("2004-02-10", "not yet")]),
    ]
    lines = read(receipts, stores, {"code": kind("maps", "final")})
    first, second = availability(lines).to_dict("records")
    # The one day of January that the run asks for, and 29 days of February.
    assert (first["expected"], first["present"]) == (12, 12)
    # Of the day without a file the map at 00 UT is in the file of the day before.
    assert (second["expected"], second["present"], second["missing"]) == (348, 337, 11)
    # The map at 00 UT of 1 March is another month's, and not asked for.
    assert second["latest"] == pd.Timestamp("2004-02-29 22:00")
    (gap,) = gaps(lines).to_dict("records")
    assert gap["start"] == pd.Timestamp("2004-02-10 02:00")
    assert gap["end"] == pd.Timestamp("2004-02-11") and gap["length"] == 11


def test_more_maps_asked_for_where_the_spacing_changes(tmp_path: Path) -> None:
    """CODE, October 2014: 18 days of 12 maps, then 13 days of 24, which makes 528."""
    before = pd.date_range("2014-10-01", "2014-10-18 22:00", freq="2h")
    after = pd.date_range("2014-10-19", "2014-11-01", freq="1h")
    lost = without(after, "2014-10-25")
    spacing = np.r_[np.full(len(before), 7200), np.full(len(lost), 3600)]
    path = maps(tmp_path / "a.nc", before.append(lost), spacing)
    receipts = [receipt("code", "2014-10", "2014-10-01", "2014-10-31", [("2014-10-25", "not yet")])]
    stores = {("code", "2014-10"): path}
    (row,) = availability(read(receipts, stores, {"code": kind("maps", "final")})).to_dict(
        "records"
    )
    assert (row["expected"], row["missing"]) == (528, 24)
    assert "spacing 2 h until then, 1 h from 2014-10-19" in row["note"]


def test_an_extra_map_makes_up_for_no_missing_one(tmp_path: Path) -> None:
    times = pd.DatetimeIndex(["2001-01-01 00:00", "2001-01-01 01:00"]).append(
        pd.date_range("2001-01-01 05:00", "2001-01-01 23:00", freq="2h")
    )
    receipts = [receipt("jpl", "2001-01", "2001-01-01", "2001-01-01")]
    stores = {("jpl", "2001-01"): maps(tmp_path / "a.nc", times, 7200)}
    lines = read(receipts, stores, {"jpl": kind("maps", "final")})
    (row,) = availability(lines).to_dict("records")
    assert (row["expected"], row["present"]) == (12, 11)
    (gap,) = gaps(lines).to_dict("records")
    assert gap["start"] == pd.Timestamp("2001-01-01 02:00") and gap["why"] == INSIDE


def test_maps_without_values_are_missing_and_wild_ones_suspect(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01 01:00", "2001-01-01 23:00", freq="2h")
    tec = np.full((12, 2, 2), 10.0)
    tec[3] = np.nan
    tec[4, 0, 0] = np.nan
    tec[5, 1, 1] = 999.9
    tec[6, 0, 1] = -3.0
    receipts = [receipt("jpl", "2001-01", "2001-01-01", "2001-01-01")]
    stores = {("jpl", "2001-01"): maps(tmp_path / "a.nc", times, 7200, tec)}
    lines = read(receipts, stores, {"jpl": kind("maps", "final")})
    (row,) = availability(lines).to_dict("records")
    assert (row["present"], row["missing"], row["suspect"]) == (11, 1, 2)
    assert row["note"] == "maps with nodes without a value: 1"
    (gap,) = gaps(lines).to_dict("records")
    assert (gap["start"], gap["why"]) == (pd.Timestamp("2001-01-01 06:00"), INSIDE)


@pytest.mark.parametrize(
    ("revision", "share"),
    [
        ("final", 0.0),
        ("rapid, replaced by the final product", 1.0),
        ("predicted one day ahead", 1.0),
        ("whatever", np.nan),
    ],
)
def test_map_products_by_their_revision(tmp_path: Path, revision: str, share: float) -> None:
    times = pd.date_range("2001-01-01", "2001-01-02", freq="2h")
    stores = {("code", "2001-01"): maps(tmp_path / "a.nc", times, 7200)}
    lines = read(
        [receipt("code", "2001-01", "2001-01-01", "2001-01-01")],
        stores,
        {"code": kind("maps", revision)},
    )
    assert availability(lines)["provisional_share"].tolist() == pytest.approx([share], nan_ok=True)


def test_maps_of_which_nothing_came_are_counted_in_days() -> None:
    why = [(f"2001-02-{day:02d}", "not yet") for day in range(1, 29)]
    receipts = [receipt("jpl", "2001-02", "2001-02-01", "2001-02-28", why, files=0)]
    lines = read(receipts, {}, {"jpl": kind("maps", "final")})
    (row,) = availability(lines).to_dict("records")
    assert (row["unit"], row["expected"], row["present"], row["share"]) == ("days", 28, 0, 0.0)
    assert pd.isna(row["latest"]) and np.isnan(row["provisional_share"])
    (gap,) = gaps(lines).to_dict("records")
    assert (gap["length"], gap["unit"], gap["end"]) == (28, "days", pd.Timestamp("2001-03-01"))


@pytest.fixture
def dst(tmp_path: Path) -> list:
    """A year's partition of three months: an open tail, fill values, versions that change."""
    times = pd.date_range("2001-01-01", "2001-03-20 23:00", freq="h")
    values = np.full(len(times), -20.0)
    values[(times >= "2001-02-20 04:00") & (times < "2001-02-20 07:00")] = np.nan
    version = np.where(times < "2001-02-15", "final", "provisional")
    version = np.where(times < "2001-03-01", version, "quicklook")
    path = table(tmp_path / "2001.parquet", time=times, dst=values, version=version)
    receipts = [receipt("dst", "2001", "2001-01-01", "2001-03-31", [(None, "not yet")])]
    return read(receipts, {("dst", "2001"): path}, {"dst": kind("dst", "the best there is")})


def test_a_year_over_several_months_by_hours(dst: list) -> None:
    found = availability(dst)
    # Days of January, February and March times 24; 3 fill values; 11 days still to come.
    assert found["expected"].tolist() == [744, 672, 744]
    assert found["missing"].tolist() == [0, 3, 264]
    assert found["month"].dt.strftime("%Y-%m").tolist() == ["2001-01", "2001-02", "2001-03"]
    assert found["latest"].iloc[2] == pd.Timestamp("2001-03-20 23:00")


def test_the_provisional_tail(dst: list) -> None:
    # From 15 February on: 14 days of 24 h less the 3 fill values, of 669 hours present.
    assert availability(dst)["provisional_share"].tolist() == pytest.approx([0, 333 / 669, 1])


def test_fill_values_and_what_is_still_to_come_are_gaps_of_their_own(dst: list) -> None:
    fill, tail = gaps(dst).to_dict("records")
    assert (fill["start"], fill["length"], fill["why"]) == (
        pd.Timestamp("2001-02-20 04:00"),
        3,
        INSIDE,
    )
    assert fill["unit"] == "hours"
    assert (tail["start"], tail["end"]) == (pd.Timestamp("2001-03-21"), pd.Timestamp("2001-04-01"))
    assert (tail["length"], tail["why"]) == (264, "not yet")


def test_a_file_that_ends_early_without_a_word(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", "2001-01-05", freq="D")
    path = table(tmp_path / "all.parquet", time=times, f107=150.0, status="observed")
    receipts = [receipt("celestrak", "all", "2001-01-01", "2001-01-10")]
    settings = {"celestrak": kind("f107", "observed")}
    (gap,) = gaps(read(receipts, {("celestrak", "all"): path}, settings)).to_dict("records")
    assert (gap["start"], gap["length"], gap["unit"]) == (pd.Timestamp("2001-01-06"), 5, "days")
    assert gap["why"] == "after the last value in the files"


def test_a_leap_february_cut_by_the_period(tmp_path: Path) -> None:
    times = pd.date_range("2004-01-01", "2004-12-31 21:00", freq="3h")
    path = table(tmp_path / "2004.parquet", time=times, kp=2.0, ap=7.0, status="")
    receipts = [receipt("kp", "2004", "2004-02-10", "2004-03-01")]
    found = availability(read(receipts, {("kp", "2004"): path}, {"kp": kind("kp", "definitive")}))
    # 20 days of February and one of March, 8 values a day, whatever else the file holds.
    assert found["expected"].tolist() == [160, 8] == found["present"].tolist()
    # Rows do not say what they are; the source as a whole is definitive.
    assert found["provisional_share"].tolist() == [0, 0] and (found["note"] == "").all()


def test_values_that_do_not_say_their_version_are_told(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", "2001-01-01 21:00", freq="3h")
    status = ["definitive"] * 3 + ["preliminary"] + [""] * 4
    counts = ["present", "stated", "provisional"]
    path = table(tmp_path / "a.parquet", time=times, kp=2.0, status=status)
    receipts = [receipt("kp", "2001", "2001-01-01", "2001-01-01")]
    found = availability(read(receipts, {("kp", "2001"): path}, {"kp": kind("kp", "each row")}))
    # 4 of the 8 values say what they are, one of these that it may still change.
    assert found[counts].to_numpy().tolist() == [[8, 4, 1]]
    assert found["provisional_share"].tolist() == [0.25]
    assert found["note"].tolist() == ["values whose version is not stated: 4"]


def test_partitions_that_overlap_count_a_value_once(tmp_path: Path) -> None:
    year = pd.date_range("2000-12-01", "2000-12-31 23:00", freq="h")
    stores = {
        ("dst", part): table(tmp_path / f"{part}.parquet", time=year, dst=-5.0, version="final")
        for part in ("2000", "2000-12")
    }
    receipts = [receipt("dst", part, "2000-12-01", "2000-12-31") for part in ("2000", "2000-12")]
    found = availability(read(receipts, stores, {"dst": kind("dst")}))
    assert (found["expected"].tolist(), found["present"].tolist()) == ([744], [744])


def test_a_value_that_only_one_of_two_files_calls_final_is_provisional(tmp_path: Path) -> None:
    hours = pd.date_range("2000-12-01", "2000-12-01 23:00", freq="h")
    stores = {
        ("dst", part): table(tmp_path / f"{part}.parquet", time=hours, dst=-5.0, version=version)
        for part, version in (("2000", "final"), ("2000-12", ["provisional"] * 6 + ["final"] * 18))
    }
    receipts = [receipt("dst", part, "2000-12-01", "2000-12-01") for part in ("2000", "2000-12")]
    (row,) = availability(read(receipts, stores, {"dst": kind("dst")})).to_dict("records")
    assert (row["present"], row["stated"], row["provisional"]) == (24, 24, 6)


def test_values_taken_out_as_suspect_and_impossible_ones(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", periods=4, freq="D")
    flux = [150.0, np.nan, 160.0, np.nan]
    status = ["observed", "suspect", "interpolated", ""]
    path = table(tmp_path / "a.parquet", time=times, f107=flux, status=status)
    kp = table(
        tmp_path / "b.parquet",
        time=pd.date_range("2001-01-01", periods=8, freq="3h"),
        kp=[9.0, 9.3333, *[0.0] * 6],
        status="definitive",
    )
    receipts = [
        receipt("celestrak", "all", "2001-01-01", "2001-01-04"),
        receipt("kp", "2001", "2001-01-01", "2001-01-01"),
    ]
    stores = {("celestrak", "all"): path, ("kp", "2001"): kp}
    lines = read(receipts, stores, {"celestrak": kind("f107"), "kp": kind("kp")})
    found = availability(lines).set_index("source")
    assert found["suspect"].to_dict() == {"kp": 1, "celestrak": 1}
    assert (found.loc["celestrak", "present"], found.loc["celestrak", "missing"]) == (2, 2)
    assert found.loc["celestrak", "provisional_share"] == 0.5
    assert found.loc["kp", "present"] == 8
    assert gaps(lines)["why"].tolist() == ["suspect values, left out", INSIDE]


def test_a_catalog_owes_no_number_of_events(tmp_path: Path) -> None:
    when = ["2001-01-03", "2001-01-20", "2001-01-20", "2001-03-05", "2001-04-02"]
    path = table(
        tmp_path / "a.parquet",
        event_id=["a", "b", "B", "c", "d"],
        time=pd.to_datetime(when),
        magnitude=[5.0, 6.0, 6.0, np.nan, 5.0],
        status=["reviewed", "automatic", "automatic", "", "reviewed"],
    )
    receipts = [receipt("usgs", "2001", "2001-01-01", "2001-03-31")]
    lines = read(receipts, {("usgs", "2001"): path}, {"usgs": kind("events")})
    found = availability(lines)
    # `B` is `b` again, `d` lies beyond the period, February has none.
    assert found["present"].tolist() == [2, 0, 1]
    assert found["expected"].isna().all() and found["share"].isna().all()
    assert found["provisional_share"].tolist() == pytest.approx([0.5, np.nan, np.nan], nan_ok=True)
    assert found["note"].tolist() == ["", "", "earthquakes without a magnitude: 1"]
    assert gaps(lines).empty


def test_earthquakes_are_counted_within_the_days_asked_for_and_nothing_else(tmp_path: Path) -> None:
    kinds = ["earthquake", "Earthquake", "", "explosion", "quarry blast", "earthquake", "explosion"]
    days = [5, 6, 7, 8, 9, 4, 21]
    path = table(
        tmp_path / "a.parquet",
        event_id=list("abcdefg"),
        time=pd.to_datetime([f"2001-01-{day:02d}" for day in days]),
        magnitude=5.0,
        status=["reviewed", "automatic", "", "automatic", "automatic", "reviewed", "reviewed"],
        event_type=kinds,
    )
    # `f` and `g` are events of the same month, a day before and after what was asked for.
    receipts = [receipt("usgs", "2001", "2001-01-05", "2001-01-20")]
    lines = read(receipts, {("usgs", "2001"): path}, {"usgs": kind("events")})
    (row,) = availability(lines).to_dict("records")
    assert (row["present"], row["stated"], row["provisional"]) == (3, 2, 1)
    assert (row["unit"], row["provisional_share"]) == ("earthquakes", 0.5)
    assert row["note"] == "events of another type, not counted: 2"
    assert row["latest"] == pd.Timestamp("2001-01-07")


def test_a_catalog_in_the_older_columns_can_be_counted(tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.parquet", event_id=["a"], time=pd.to_datetime(["2001-01-03"]), magnitude=[5.0]
    )
    receipts = [receipt("usgs", "2001", "2001-01-01", "2001-01-31")]
    found = availability(read(receipts, {("usgs", "2001"): path}, {"usgs": kind("events")}))
    assert found["present"].tolist() == [1]


def test_a_catalog_that_is_not_there_yet(tmp_path: Path) -> None:
    receipts = [
        receipt("usgs", "2001", "2001-12-01", "2001-12-31", [(None, "not yet")], files=0),
    ]
    (gap,) = gaps(read(receipts, {}, {"usgs": kind("events")})).to_dict("records")
    assert (gap["start"], gap["end"]) == (pd.Timestamp("2001-12-01"), pd.Timestamp("2002-01-01"))
    assert (gap["length"], gap["unit"], gap["why"]) == (31, "days", "not yet")


def test_sources_come_by_kind_and_name(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", "2001-01-02", freq="2h")
    stores = {
        (name, "2001-01"): maps(tmp_path / f"{name}.nc", times, 7200) for name in ("jpl", "code")
    }
    stores["kp", "2001"] = table(tmp_path / "kp.parquet", time=times[:1], kp=[1.0], status=[""])
    receipts = [receipt(name, part, "2001-01-01", "2001-01-01") for name, part in reversed(stores)]
    settings = {"jpl": kind("maps"), "code": kind("maps"), "kp": kind("kp")}
    assert [line.source for line in read(receipts, stores, settings)] == ["code", "jpl", "kp"]


def test_a_receipt_without_its_file_of_the_store_is_refused() -> None:
    receipts = [receipt("jpl", "2001-01", "2001-01-01", "2001-01-31")]
    with pytest.raises(LaicflowError, match="jpl 2001-01: its files arrived, but the store"):
        read(receipts, {}, {"jpl": kind("maps")})
    with pytest.raises(LaicflowError, match="no settings of the source jpl"):
        read(receipts, {}, {})
