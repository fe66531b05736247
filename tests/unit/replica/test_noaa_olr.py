"""The archives of radiation, and what fetching and cleaning make of their answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.clean.olr import partition_of_olr
from laicflow.errors import FetchError
from laicflow.fetch import Client, fetch_partition, list_partition
from laicflow.replica.server import serve
from laicflow.sources import registry
from tests.unit.olr_files import put

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date
LAST = D(2016, 1, 20)
NOW = dt.datetime(2020, 1, 1)
BOX = {"latitude": [37, 43], "longitude": [77, 86]}
RECORD = "olr-daily_v01r02_20160101_20161231.nc"


@pytest.fixture
def archive(tmp_path) -> Path:
    """A record of 2016, and three products under the name that PSL gives two of them."""
    root = tmp_path / "real"
    put(root / "olr" / RECORD, D(2016, 1, 1), 366)
    put(root / "olr/interp_OLR/olr.day.mean.nc", D(2015, 12, 1), 60, "interpolated")
    put(root / "olr/uninterp_OLR/olr.day.mean.nc", D(2015, 12, 1), 60, "uninterpolated")
    return root


def fetch(source: str, folder: Path, raw: Path, partition: str, end: dt.date = LAST) -> dict:
    with serve(folder, now=NOW) as replica:
        return fetch_partition(
            source,
            partition,
            settings=registry.settings(source, CONFIG),
            options=dict(BOX),
            bases=[replica.base(source)],
            raw=raw,
            start=D(2016, 1, 1),
            end=end,
            now=NOW,
            client=Client(sleep=lambda seconds: None, read=5),
        )


@pytest.mark.parametrize(
    ("source", "partition", "product"),
    [
        ("noaa_olr", "2016", "cdr"),
        ("noaa_olr_interpolated", "all", "interpolated"),
        ("noaa_olr_uninterpolated", "all", "uninterpolated"),
    ],
)
def test_each_source_gets_its_product(archive, tmp_path, source, partition, product):
    receipt = fetch(source, archive, tmp_path / "raw", partition)
    (file,) = receipt["files"]
    assert file["path"].startswith(f"{source}/")
    made = partition_of_olr(receipt, tmp_path / "raw", "noaa_olr", BOX)
    assert made.attrs["product"] == product and made.sizes["time"] == 20


def test_another_product_under_the_right_name_is_refused(archive, tmp_path):
    wrong = archive / "olr/uninterp_OLR/olr.day.mean.nc"
    wrong.write_bytes((archive / "olr/interp_OLR/olr.day.mean.nc").read_bytes())
    with pytest.raises(FetchError, match="product uninterpolated, found interpolated"):
        fetch("noaa_olr_uninterpolated", archive, tmp_path / "raw", "all")


def test_a_record_that_ends_early_is_refused_where_it_must_be_whole(archive, tmp_path):
    put(archive / "olr" / RECORD, D(2016, 1, 1), 100)
    with pytest.raises(FetchError, match="truncated: expected days until 2016-12-31"):
        fetch("noaa_olr", archive, tmp_path / "raw", "2016", end=D(2016, 12, 31))


def test_a_year_that_is_not_there(archive, get):
    with serve(archive, now=NOW) as replica:
        name = RECORD.replace("2016", "2017")
        assert get(replica.base("noaa_olr"), name).status_code == 404
        # Of a product that the folder has not, no other's file of the same name is given.
        (archive / "olr/interp_OLR/olr.day.mean.nc").unlink()
        base = replica.base("noaa_olr_interpolated")
        assert get(base, "olr.day.mean.nc").status_code == 404


def test_a_listing_knows_a_replaced_file(archive):
    """What `refresh` writes: it is there, and another one is told by its fingerprint."""
    with serve(archive, now=NOW) as replica:

        def listed() -> dict:
            return list_partition(
                "noaa_olr",
                "2016",
                settings=registry.settings("noaa_olr", CONFIG),
                options=dict(BOX),
                bases=[replica.base("noaa_olr")],
                start=D(2016, 1, 1),
                end=LAST,
                now=NOW,
            )

        first = listed()
        (file,) = first["files"]
        assert file["exists"] and listed()["fingerprint"] == first["fingerprint"]
        put(archive / "olr" / RECORD, D(2016, 1, 1), 366, fill=-1.0)
        assert listed()["fingerprint"] != first["fingerprint"]
