"""Partitions of indices and catalogs."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from laicflow import store
from laicflow.clean.tables import partition_of_table
from laicflow.errors import LaicflowError
from laicflow.simulate.write_indices import dst_line

DAY = dt.date(2001, 1, 13)


def receipt(names, source="kyoto_dst", partition="2001-01"):
    files = [{"path": name} for name in names]
    return {"source": source, "partition": partition, "files": files}


def put_dst(folder, name: str, values, version="2", day=DAY) -> None:
    line = dst_line(day, np.asarray(values)).rstrip("\n")
    (folder / name).write_text(line[:13] + version + line[14:] + "\n")


def dst(folder, *names: str) -> pd.DataFrame:
    return partition_of_table(receipt(names), folder, "dst_wdc")


def test_files_that_contradict_each_other_stop(tmp_path):
    for name, shift in (("a", 0), ("b", 0), ("c", 1)):
        put_dst(tmp_path, name, np.arange(24) + shift)
    table = dst(tmp_path, "a", "b")
    assert table["dst"].tolist() == list(range(24))
    assert table.attrs["counts"]["superseded"] == 0
    with pytest.raises(LaicflowError, match="two different values for 2001-01-13"):
        dst(tmp_path, "a", "c")
    with pytest.raises(LaicflowError, match="no file has arrived"):
        dst(tmp_path)


@pytest.mark.parametrize(("low", "high"), [("0", "1"), ("0", "2"), ("1", "2"), (" ", "0")])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_the_higher_version_of_dst_stays(tmp_path, low, high, order):
    put_dst(tmp_path, "a", np.arange(24), low)
    put_dst(tmp_path, "b", np.arange(24) + 5, high)
    table = dst(tmp_path, *order)
    assert table["dst"].tolist() == list(range(5, 29))
    names = {"0": "quicklook", "1": "provisional", "2": "final"}
    assert set(table["version"]) == {names[high]}
    assert table.attrs["counts"] == {
        "rows": 24,
        "missing": 0,
        "status": {names[high]: 24},
        "suspect": 0,
        "superseded": 24,
        "outside": 0,
        "left_out": {},
    }


def test_a_value_goes_before_none(tmp_path):
    holes = np.arange(24)
    holes[3] = 9999
    put_dst(tmp_path, "final", holes, "2")
    put_dst(tmp_path, "provisional", np.arange(24), "1")
    table = dst(tmp_path, "final", "provisional")
    assert table["dst"].tolist() == list(range(24))
    assert table.attrs["counts"]["status"] == {"final": 23, "provisional": 1}
    alone = dst(tmp_path, "final")
    assert alone["dst"].isna().sum() == alone.attrs["counts"]["missing"] == 1


def test_rows_of_other_times_are_left_out_and_counted(tmp_path):
    put_dst(tmp_path, "a", np.arange(24))
    for number, day in enumerate((dt.date(2000, 12, 31), dt.date(2001, 2, 1))):
        put_dst(tmp_path, f"other{number}", np.arange(24), day=day)
    table = dst(tmp_path, "a", "other0", "other1")
    assert set(table["time"].dt.date) == {DAY}
    assert table.attrs["counts"]["outside"] == 48
    everything = partition_of_table(receipt(["a", "other0"], partition="all"), tmp_path, "dst_wdc")
    assert len(everything) == 48


def put_kp(folder, name: str, kp: list, status: list) -> None:
    times = [f"2001-01-13T{3 * hour:02d}:00:00Z" for hour in range(len(kp))]
    content = {"Kp": kp, "datetime": times, "status": status}
    (folder / name).write_text(json.dumps(content))


def test_definitive_kp_goes_before_preliminary(tmp_path):
    put_kp(tmp_path, "early", [1.0, 2.0, 3.0], ["pre", "pre", "now"])
    put_kp(tmp_path, "late", [1.333, None], ["def", "def"])
    table = partition_of_table(
        receipt(["early", "late"], "gfz_kp_json", "2001"), tmp_path, "kp_json"
    )
    np.testing.assert_allclose(table["kp"], [4 / 3, 2, 3], rtol=0, atol=1e-12)
    assert table["status"].tolist() == ["definitive", "preliminary", "preliminary"]
    assert table.attrs["counts"]["superseded"] == 2


HEADER = (
    "fluxdate    fluxtime    fluxjulian    fluxcarrington  fluxobsflux  fluxadjflux  fluxursi\n"
    "----------  ----------  ------------  --------------  -----------  -----------  ----------\n"
)


@pytest.mark.parametrize(
    ("flux", "is_kept"),
    # 383.4 of 1957-12-23 and 62.6 of 1954-11-03 are the highest and the lowest of quiet days;
    # 938.6, 400.7 and 53.5 are real entries of flares and of a fault.
    [(383.4, True), (400.0, True), (62.6, True), (60.0, True)]
    + [(938.6, False), (400.7, False), (53.5, False), (59.9, False)],
)
def test_flux_that_cannot_be_the_suns_own(tmp_path, flux, is_kept):
    rows = f"20110307 200000 1 1 {flux} 150.0 1\n20110308 200000 1 1 166.7 164.3 1\n"
    (tmp_path / "a").write_text(HEADER + rows)
    table = partition_of_table(receipt(["a"], "penticton", "all"), tmp_path, "penticton")
    kept = [flux, 166.7] if is_kept else [np.nan, 166.7]
    np.testing.assert_array_equal(table["f107"], kept)
    assert table["f107_adjusted"].isna().tolist() == [not is_kept, False]
    assert table["status"].tolist() == ["observed" if is_kept else "suspect", "observed"]
    assert table.attrs["counts"]["suspect"] == (0 if is_kept else 1)
    assert table.attrs["counts"]["missing"] == (0 if is_kept else 1)


def test_what_a_reader_passed_over_is_counted_over_all_files(tmp_path):
    for name, day in (("a", "20110307"), ("b", "20110308")):
        row = f"{day} 200000 1 1 150.0 150.0 1\n"
        (tmp_path / name).write_text(HEADER + row + row.replace("150.0 1\n", "151.0 1\n"))
    table = partition_of_table(receipt(["a", "b"], "penticton", "all"), tmp_path, "penticton")
    assert table.attrs["counts"]["left_out"] == {"repeated": 2}


def test_the_counts_are_plain(tmp_path):
    """They go into the attributes of a Parquet file as JSON, and the table without harm."""
    put_dst(tmp_path, "a", np.arange(24))
    table = dst(tmp_path, "a")
    counts = table.attrs["counts"]
    assert json.loads(json.dumps(counts)) == counts
    store.write_parquet(table, tmp_path / "t.parquet", attributes={"counts": json.dumps(counts)})
    kept = store.read_parquet(tmp_path / "t.parquet")
    assert json.loads(kept.attrs["counts"]) == counts
    pd.testing.assert_frame_equal(kept, table, check_like=True)


def test_celestrak_without_predictions_and_bursts(real_data):
    name = "indices/celestrak/SW-All.csv"
    table = partition_of_table(receipt([name], "celestrak", "all"), real_data, "celestrak_sw")
    counts = table.attrs["counts"]
    # Rows by type as `cut -d, -f27 | sort | uniq -c` counts them; of them nine cannot be.
    assert counts["left_out"] == {"predicted": 43 + 181}
    assert counts["status"] == {"interpolated": 60, "observed": 25087 - 9, "suspect": 9}
    days = table.loc[table["status"] == "suspect", "time"].dt.strftime("%Y-%m-%d").tolist()
    assert days == [
        *("1997-03-01", "1998-03-02", "2001-04-06", "2001-12-28", "2003-11-04"),
        *("2005-09-09", "2006-12-06", "2011-03-07", "2024-07-30"),
    ]
    assert table["time"].iloc[-1] == pd.Timestamp("2026-08-06")


def test_the_year_alone_is_taken_from_a_longer_file(real_data):
    names = [f"indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_{year}.txt" for year in (2007, 2020)]
    table = partition_of_table(receipt(names, "gfz_kp_text", "2020"), real_data, "kp_text")
    assert len(table) == 366 * 8
    assert table.attrs["counts"]["outside"] == 365 * 8


HEADER_OF_EVENTS = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName|EventType\n"
)


def put_events(folder, name: str, *times: str) -> None:
    rows = [f"{time}|{time}|1|2|10|a|b|c|d|mb|5.0|e|p|earthquake\n" for time in times]
    (folder / name).write_text(HEADER_OF_EVENTS + "".join(rows))


def test_events_of_other_years_are_left_out_and_those_of_two_files_stand_once(tmp_path):
    """Two answers of a service of whole seconds: both have the event at midnight between them."""
    middle = "2001-07-02T00:00:00"
    put_events(tmp_path, "one", "2000-12-31T23:59:59.9", "2001-01-01T00:00:00", middle)
    put_events(tmp_path, "two", middle, "2001-12-31T23:59:59.999", "2002-01-01T00:00:00")
    table = partition_of_table(receipt(["one", "two"], "isc", "2001"), tmp_path, "fdsn_text")
    days = [f"{time:%Y-%m-%d}" for time in table["time"]]
    assert days == ["2001-01-01", "2001-07-02", "2001-12-31"]
    counts = table.attrs["counts"]
    assert (counts["rows"], counts["outside"], counts["repeated"]) == (3, 2, 1)
    whole = partition_of_table(receipt(["one", "two"], "isc", "all"), tmp_path, "fdsn_text")
    assert (len(whole), whole.attrs["counts"]["outside"]) == (5, 0)
