"""Hours of series over stations, and days of what is only fetched."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from laicflow.report import timeline_stations, timelines
from laicflow.store import write_netcdf
from tests.unit.report.station_months import month

NAN = math.nan


def test_an_hour_is_there_where_a_station_has_a_value(tmp_path):
    path = tmp_path / "2020-01.nc"
    made = month({"AAAA": [1.0, NAN, 2.0, 3.0, NAN, NAN], "BBBB": [1.0, 1.0, NAN, NAN, NAN, NAN]})
    write_netcdf(made, path)
    hours, notes = timeline_stations.hours(path)
    assert hours["slot"].dt.hour.tolist() == [0, 1, 2]
    assert hours["present"].tolist() == [True, True, False]
    assert hours["time"].dt.minute.tolist() == [30] * 3
    assert np.isnan(hours["provisional"]).all()
    first = pd.Timestamp("2020-01-01")
    assert notes == [
        (first, "AAAA: hours without a value: 1 of 3"),
        (first, "BBBB: hours without a value: 2 of 3"),
        (first, "AAAA: days without a file: 1"),
        (first, "BBBB: days without a file: 1"),
        (first, "biases of receivers by file: AAAA, BBBB"),
    ]


def test_the_hour_of_a_value_by_its_end(tmp_path):
    """00:00 is of the hour before the month, 01:00 of the first."""
    path = tmp_path / "2020-01.nc"
    made = month({"AAAA": [1.0, NAN, 2.0, NAN, NAN]})
    made.attrs["label"] = "end"
    write_netcdf(made, path)
    hours, _ = timeline_stations.hours(path)
    assert hours["slot"].dt.hour.tolist() == [23, 0, 1]
    assert hours["present"].tolist() == [True, True, False]


def test_a_day_without_a_file_is_absent_and_not_lost_inside(tmp_path):
    path = tmp_path / "2020-01.nc"
    write_netcdf(month({"AAAA": [1.0] * 47 + [NAN] * 97}), path)
    told = [receipt(["2020-01-01", "2020-01-03"], ["2020-01-02"], source="rinex")]
    kinds = {"rinex": {"kind": "tec"}}
    (series,) = timelines.read(told, {("rinex", "2020-01"): path}, kinds)
    why = series.slots["why"].tolist()
    assert why[:24] == [""] * 24 and why[24:48] == ["not yet"] * 24
    assert why[48:] == [timelines.INSIDE] * 24


def test_a_station_without_any_series_is_told(tmp_path):
    path = tmp_path / "2020-01.nc"
    write_netcdf(month({"AAAA": [1.0, 1.0]}, {"BBBB": "no day"}), path)
    hours, notes = timeline_stations.hours(path)
    assert hours["present"].all()
    assert notes[0] == (pd.Timestamp("2020-01-01"), "BBBB: no series: no day")


def receipt(files, missing=(), source="sp3"):
    return {
        "source": source,
        "partition": "2020-01",
        "start": "2020-01-01",
        "end": "2020-01-03",
        "files": [{"day": day} for day in files],
        "missing": [{"day": day, "why": "not yet"} for day in missing],
    }


def test_days_of_files():
    days, notes = timeline_stations.days(
        receipt(["2019-12-31", "2020-01-01", "2020-01-03"], ["2020-01-02", "2020-01-04"])
    )
    assert days["slot"].dt.day.tolist() == [1, 3] and notes == []
    assert days["present"].all()
    assert len(timeline_stations.days(receipt([None, None]))[0]) == 3
    # Of two files of a month one is not there.
    assert timeline_stations.days(receipt([None], [None]))[0].empty
    assert timeline_stations.days(receipt([]))[0].empty


def test_in_the_timelines(tmp_path):
    path = tmp_path / "2020-01.nc"
    write_netcdf(month({"AAAA": [1.0] * 48}), path)
    told = [receipt(["2020-01-01"], source="rinex"), receipt(["2020-01-01"], ["2020-01-02"])]
    stores = {("rinex", "2020-01"): path, ("sp3", "2020-01"): tmp_path / "sp3.json"}
    kinds = {"rinex": {"kind": "tec"}, "sp3": {"kind": "orbits", "revision": "final"}}
    series, orbits = timelines.read(told, stores, kinds)
    assert (series.source, series.unit, len(series.slots)) == ("rinex", "hours", 72)
    assert series.slots["present"].sum() == 24
    assert (orbits.unit, orbits.slots["present"].tolist()) == ("days", [True, False, False])
    assert orbits.slots["why"].tolist()[1] == "not yet"
