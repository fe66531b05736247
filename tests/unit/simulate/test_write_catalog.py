from __future__ import annotations

import csv

import pandas as pd

from laicflow.simulate.write_catalog import catalog_text, write_catalog


def events() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": [1, 2],
            "time": pd.to_datetime(["2014-02-03T04:05:06.789", "2015-01-01T00:00:00.000"]),
            "latitude": [38.1234, -7.5],
            "longitude": [142.3711, -179.0],
            "depth_km": [10.0, 33.25],
            "magnitude": [5.0, 6.1],
        }
    )


def test_rows_to_the_letter():
    # The service's columns; a place with a comma is quoted, a missing value is empty.
    assert catalog_text(events()).splitlines()[1:] == [
        "2015-01-01T00:00:00.000Z,-7.5,-179,33.25,6.1,mww,,,,,sim,sim00000002,"
        '2015-03-02T00:00:00.000Z,"simulated event, near 8S 179W",earthquake,,,,,'
        "reviewed,sim,sim",
        "2014-02-03T04:05:06.789Z,38.1234,142.3711,10,5,mb,,,,,sim,sim00000001,"
        '2014-04-04T04:05:06.789Z,"simulated event, near 38N 142E",earthquake,,,,,'
        "reviewed,sim,sim",
    ]


def test_the_header_is_that_of_the_service(real_data):
    path = real_data / "catalogs/global_M5_2015-2025/usgs_M5_201510-202510.csv"
    with open(path, encoding="utf-8") as handle:
        header, first = handle.readline(), handle.readline()
    ours = catalog_text(events()).splitlines()
    assert ours[0] == header.rstrip("\n")
    assert len(next(csv.reader([ours[1]]))) == len(next(csv.reader([first]))) == 22


def test_a_year_without_events_has_a_file_with_its_header(tmp_path):
    paths = write_catalog(events(), [2013, 2014, 2015], tmp_path)
    assert [path.name for path in paths] == [f"usgs_{year}.csv" for year in (2013, 2014, 2015)]
    assert [len(path.read_text().splitlines()) for path in paths] == [1, 2, 2]
