"""The plan of an update: the days of a study's sites go on after its period."""

from __future__ import annotations

import copy
import datetime as dt
import os

import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.fetch_manifest import Manifest
from laicflow.files import write_json
from laicflow.prospective_inputs import arrived, known_until, plan_of, until
from laicflow.studies.petrescu2022 import prospective as hooks
from tests.unit.prospective_year import FIRST, QUAKE_DAYS, STUDY, indices, quakes, tensors_of

POINTS = [
    {
        "site": "AAA",
        "latitude": 10.0,
        "longitude": 10.0,
        "start": "2003-01-10",
        "end": "2003-02-28",
    },
    {"site": "BBB", "latitude": 40.0, "longitude": 60.0, "end": "2003-03-31"},
]
SETTINGS = {**STUDY, "sites": {"mode": "points", "points": POINTS}}
OPTIONS = {
    "run": "test",
    "variant": "paper",
    "experiment": "adam",
    "seed": 0,
    "study": SETTINGS,
    "model": "vgg_magnetic",
    "model_options": {},
    "training": {"epochs": 1, "keep_weights": "none"},
    "preparation": {"window": {"preparation": "raw"}},
    "registered": {"seed": 0},
}


def test_sites_have_no_last_day_and_the_study_keeps_its_period():
    before = copy.deepcopy(OPTIONS)
    own = plan_of("petrescu2022", OPTIONS, "c0de").settings
    assert own["sites"]["points"] == [
        {"site": "AAA", "latitude": 10.0, "longitude": 10.0, "start": "2003-01-10"},
        {"site": "BBB", "latitude": 40.0, "longitude": 60.0},
    ]
    assert own["period"] == {"start": "2003-01-01", "end": "2003-03-31"}
    assert own | {"sites": None} == SETTINGS | {"sites": None}
    now = until(OPTIONS, pd.Timestamp("2003-12-01T07:30"))
    assert now["sites"] == own["sites"]
    assert now["period"] == {"start": "2003-01-01", "end": "2003-12-01"}
    assert before == OPTIONS


def test_windows_after_the_last_day_of_a_site_have_labels():
    own = plan_of("petrescu2022", OPTIONS, "c0de").settings
    since, end = (pd.Timestamp(text) for text in ("2003-05-01", "2003-06-01"))
    found = hooks.labelled(
        tensors_of(), quakes(), indices(), own, since, end, ("test", "petrescu2022", "paper", "0")
    )
    # Days 120 to 150 of the year: every earthquake at AAA, every other one at BBB.
    first, stop = ((instant - FIRST).days for instant in (since, end))
    expected = {f"a{day}" for day in QUAKE_DAYS if first <= day < stop}
    expected |= {f"b{day}" for day in QUAKE_DAYS[::2] if first <= day < stop}
    assert len(expected) == 6
    assert set(found.loc[found["label"] == 1, "event_id"]) == expected
    assert (found["label"] == 0).sum() == 6


NOW = pd.Timestamp("2015-03-25T06:00")
FETCHED = "2015-03-02T06:00:00"


def catalogs(folder, *, listed=None, since=FETCHED, tag="count-3", url="http://a/q"):
    """A year of a catalog that was fetched on the second of March, and perhaps listed later."""
    row = dict.fromkeys(("path", "etag", "last_modified", "licence", "origin"), "")
    row |= {"source": "usgs", "file": "usgs/2015/q.csv", "size": 1, "sha256": "a", "url": url}
    (folder / "raw").mkdir(parents=True)
    manifest = Manifest(folder / "raw")
    manifest.append({**row, "fetched": pd.Timestamp(FETCHED).to_pydatetime()})
    files = [{"path": "usgs/2015/q.csv", "sha256": "a"}]
    write_json({"files": files}, folder / "receipt.json")
    if listed:
        told = {"as_of": listed, "since": since, "files": [{"etag": tag}]}
        write_json(told, folder / "listing.json")
    own = {"receipt": str(folder / "receipt.json"), "listing": str(folder / "listing.json")}
    known = {"today": "2015-03-25", "latency_days": 1}
    return {"open_catalogs": [own], "raw": str(folder / "raw"), **known}


def test_a_catalog_is_complete_until_a_day_before_it_was_last_asked_for(tmp_path):
    # Nobody has asked since the second: what the days since have brought is not known.
    assert known_until(catalogs(tmp_path), NOW) == pd.Timestamp("2015-03-01T06:00")


def test_a_listing_without_news_confirms_what_is_here(tmp_path):
    options = catalogs(tmp_path, listed="2015-03-20T06:00:00")
    assert known_until(options, NOW) == pd.Timestamp("2015-03-19T06:00")
    # An instant that has not come yet confirms nothing.
    options = catalogs(tmp_path / "ahead", listed="2015-03-27T06:00:00")
    assert known_until(options, NOW) == pd.Timestamp("2015-03-24T06:00")


@pytest.mark.parametrize(
    "told",
    [
        {"since": "2015-03-10T06:00:00"},  # what came up then has not been fetched
        {"tag": "asked on 2015-03-20"},  # where nothing can be counted
    ],
)
def test_a_listing_proves_nothing_without_the_fetch_after_it(tmp_path, told):
    options = catalogs(tmp_path, listed="2015-03-20T06:00:00", **told)
    assert known_until(options, NOW) == pd.Timestamp("2015-03-01T06:00")


@pytest.mark.parametrize("listed", [None, "2015-03-21T06:00:00"])
def test_of_a_version_that_another_run_has_fetched_this_one_is_not_told(tmp_path, listed):
    options = catalogs(tmp_path, listed=listed)
    manifest = Manifest(tmp_path / "raw")
    manifest.confirm("usgs/2015/q.csv", pd.Timestamp("2015-03-05T06:00").to_pydatetime())
    newer = {**manifest.latest("usgs/2015/q.csv"), "sha256": "b"}
    manifest.append({**newer, "fetched": pd.Timestamp("2015-03-20T06:00").to_pydatetime()})
    assert known_until(options, NOW) == pd.Timestamp("2015-03-04T06:00")


def test_files_of_other_studies_have_no_say_in_when_the_inputs_came(tmp_path):
    row = dict.fromkeys(("path", "etag", "last_modified", "licence", "origin", "url"), "")
    manifest = Manifest(tmp_path)
    for source, day in (("usgs", 2), ("intermagnet", 5), ("demeter_isl", 9)):
        own = {"source": source, "file": f"{source}/a", "size": 1, "sha256": "a"}
        manifest.append({**row, **own, "fetched": dt.datetime(2015, 3, day)})
    assert arrived(tmp_path, ["usgs", "intermagnet"], NOW) == pd.Timestamp("2015-03-05")
    assert arrived(tmp_path, ["code"], NOW) == NOW


def test_a_file_of_ones_own_says_nothing_of_the_days_after_its_last_change(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text("time\n")
    changed = pd.Timestamp("2015-01-05T12:00")
    os.utime(file, (changed.timestamp(), changed.timestamp()))
    options = catalogs(tmp_path, listed="2015-03-20T06:00:00", url=file.as_uri())
    assert known_until(options, NOW) == pd.Timestamp("2015-01-04T12:00")


def test_of_days_after_the_one_that_was_planned_for_nothing_is_known(tmp_path):
    # A job that began days later, or another run meanwhile: the files of a new year are not there.
    options = {**catalogs(tmp_path, listed="2015-03-20T06:00:00"), "today": "2015-03-10"}
    assert known_until(options, NOW) == pd.Timestamp("2015-03-10T00:00")


def test_a_closed_catalog_is_complete(tmp_path):
    options = {**catalogs(tmp_path), "open_catalogs": []}
    assert known_until(options, NOW) == pd.Timestamp("2015-03-24T06:00")


def test_a_catalog_of_which_nothing_tells_is_refused(tmp_path):
    options = catalogs(tmp_path)
    write_json({"files": []}, tmp_path / "receipt.json")
    with pytest.raises(LaicflowError, match="nothing tells when its files were last asked for"):
        known_until(options, NOW)
