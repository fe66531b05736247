"""A merged catalog as a file: what comes after its period does not make it another one."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.catalogs.merged_files import join
from laicflow.schema import conform
from laicflow.store import read_attributes, read_parquet, write_parquet

RULES = {"sources": ["usgs"]}
TIMES = ["2014-06-30", "2014-12-31T23:59", "2015-01-01T12:00", "2015-01-03T00:00", "2015-04-01"]


def stored(path, count, magnitude=5.0):
    """A file of the store with so many events."""
    table = pd.DataFrame(
        {
            "event_id": [f"e{number}" for number in range(count)],
            "time": pd.to_datetime(TIMES[:count], format="ISO8601"),
            "latitude": [10.0 * number for number in range(count)],
            "longitude": 0.0,
            "depth_km": 10.0,
            "magnitude": [magnitude, *[5.0] * (count - 1)],
            "event_type": "earthquake",
            "source": "usgs",
        }
    )
    write_parquet(conform(table, "events"), path, attributes={"licence": "public domain"})
    return str(path)


def joined(folder, path):
    """The bytes of the catalog of 2014 and of what was left out of it."""
    outputs = {name: str(folder / f"{name}.parquet") for name in ("catalog", "removed")}
    join([path], outputs, rules=RULES, first="2014-01-01", last="2014-12-31")
    return [(folder / f"{name}.parquet").read_bytes() for name in outputs]


def test_what_comes_after_the_period_changes_nothing(tmp_path):
    path = tmp_path / "2014.parquet"
    less = joined(tmp_path, stored(path, 1))
    before = joined(tmp_path, stored(path, 2))
    assert less != before
    # The others lie on the day after the period, and later.
    for count in (3, 4, 5):
        assert joined(tmp_path, stored(path, count)) == before
    catalog = read_parquet(tmp_path / "catalog.parquet")
    assert catalog["event_id"].tolist() == ["e0", "e1"]
    assert read_parquet(tmp_path / "removed.parquet").empty


def test_what_changes_within_the_period_shows_in_the_digest_of_the_rows(tmp_path):
    path = tmp_path / "2014.parquet"
    joined(tmp_path, stored(path, 3))
    before = read_attributes(tmp_path / "catalog.parquet")
    joined(tmp_path, stored(path, 3, magnitude=5.1))
    after = read_attributes(tmp_path / "catalog.parquet")
    assert before["licence"] == after["licence"] == "public domain"
    old, new = (json.loads(told["inputs_sha256"]) for told in (before, after))
    assert list(old) == list(new) == [str(path)] and old != new
    assert [len(told[str(path)]) for told in (old, new)] == [64, 64]
    counts = json.loads(after["counts"])
    assert counts["read"] == counts["events"] == {"usgs": 2}
