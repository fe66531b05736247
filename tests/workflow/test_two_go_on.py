"""Two studies that go on in the same rounds: one of maps, one of minutes, a ledger for each."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow import ledger
from tests.workflow.rounds import ROOT, Place, files

pytestmark = [pytest.mark.timeout(1500), pytest.mark.xdist_group("two_go_on")]
STUDIES = ("pham2023", "petrescu2022")
# Jobs are named by their wildcards; that of petrescu2022 is left out (`rounds.jobs`).
OWN = ("", " pham2023")
GRID = {"latitude": [40, 32.5, -2.5], "longitude": [135, 150, 5]}
MAPS = "results/continuous/store/observed/code_rapid/2015.nc"


@dataclass
class Left:
    """What a round ran, and what it left: published files and ledgers by study, days with maps."""

    jobs: dict[str, set[str]]
    studies: dict[str, dict[str, bytes]]
    ledgers: dict[str, pd.DataFrame]
    receipts: dict[str, dict]
    days: set[str]


@dataclass
class Story:
    """All rounds, by name."""

    published: dict[str, dict[str, bytes]]
    rounds: dict[str, Left] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """From the reports of both to the third week in which they go on."""
    place = Place(
        tmp_path_factory.mktemp("two"),
        ROOT / "tests/workflow/two_go_on.yaml",
        maps=True,
        grid=GRID,
        end="2015-04-30",
    )
    results = place.folder / "results/continuous"
    first = dt.datetime(2015, 3, 20, 6)
    place.upstream.publish(first.date())
    place.call(first)
    told = Story({study: files(results / study) for study in STUDIES})
    place.goes_on = True
    for name, *moment in (("begin", 4, 2, 6), ("day", 4, 3, 6), ("later", 4, 20, 6)):
        ran = place.round(2015, *moment).jobs
        with xr.open_dataset(place.folder / MAPS) as maps:
            there = maps["time"].values[
                np.isfinite(maps["tec"]).all(("latitude", "longitude")).values
            ]
        told.rounds[name] = Left(
            ran,
            {study: files(results / study) for study in STUDIES},
            {s: ledger.read(place.folder / f"ledger/{s}/forecasts.parquet") for s in STUDIES},
            {s: json.loads((results / s / "prospective.json").read_text()) for s in STUDIES},
            {f"{day:%m-%d}" for day in pd.DatetimeIndex(there)},
        )
    return told


def test_what_both_need_is_made_once_and_what_each_needs_for_it_alone(story):
    months = {f"intermagnet 2015-{month}" for month in ("01", "02", "03", "04")}
    rapid, indices = "code_rapid 2015", {"gfz_kp_json 2015", "kyoto_dst 2015"}
    ran = story.rounds["begin"].jobs
    asked = months | indices | {rapid, "usgs 2015", "kyoto_dst 2014"}
    assert ran["fetch"] == {f"fetch_partition {one}" for one in asked}
    tables = {f"clean_table {one}" for one in indices | {"usgs 2015", "kyoto_dst 2014"}}
    minutes = {f"clean_minutes {one}" for one in months}
    assert ran["ingest"] == tables | minutes | {f"clean_maps {rapid}", "merge_catalog usgs"}
    kept = {job for job in ran["prospective"] if job.startswith("keep_beginning ")}
    assert len(kept) == 2
    both = {f"{rule}{of}" for rule in ("merge_catalog_now", "update_study") for of in OWN}
    assert ran["prospective"] == both | kept


def test_a_new_day_is_one_for_both(story):
    ran = story.rounds["day"].jobs
    assert {job for job in ran["ingest"] if "maps" in job} == {"clean_maps code_rapid 2015"}
    assert {job for job in ran["ingest"] if "minutes" in job} == {
        "clean_minutes intermagnet 2015-04"
    }
    assert ran["prospective"] == {f"update_study{of}" for of in OWN}


@pytest.mark.parametrize("study", STUDIES)
def test_published_files_stay_byte_by_byte(story, study):
    assert len(story.published[study]) > 20
    for left in story.rounds.values():
        assert left.studies[study] == story.published[study]


def test_each_ledger_has_its_own_forecasts_and_then_their_outcomes(story):
    rows = {
        name: {s: table["kind"].str[0].str.cat() for s, table in left.ledgers.items()}
        for name, left in story.rounds.items()
    }
    # On 20 April the horizons of both (a day, ten days) are over; BBB has begun to send.
    assert rows == {
        "begin": {"pham2023": "f", "petrescu2022": "f"},
        "day": {"pham2023": "ff", "petrescu2022": "ff"},
        "later": {"pham2023": "ffoof", "petrescu2022": "ffooff"},
    }
    last = story.rounds["later"]
    ends = {s: table["window_end"].dt.strftime("%m-%d") for s, table in last.ledgers.items()}
    assert ends["pham2023"].tolist() == ["04-02", "04-03", "04-02", "04-03", "04-20"]
    assert last.ledgers["petrescu2022"]["site"].tolist() == [*["AAA"] * 5, "BBB"]
    heads = {s: table["sha256"].iloc[-1] for s, table in last.ledgers.items()}
    assert heads == {s: receipt["ledger"]["head"] for s, receipt in last.receipts.items()}
    registered = {table["registration"].unique().item() for table in last.ledgers.values()}
    assert len(registered) == 2


def test_a_network_that_goes_on_says_what_it_started_from(story):
    """pham2023 asks for published weights as its own networks do; no hub answers here."""
    step, *_ = story.rounds["begin"].receipts["pham2023"]["training"]["steps"]
    assert step["trained"] and step["weights_sha256"] == ""
    assert any("HF_HUB_OFFLINE is set" in note for note in step["notes"])
    later = story.rounds["later"].receipts["pham2023"]["training"]["steps"]
    assert all("notes" not in one for one in later)


def test_rapid_maps_that_are_gone_upstream_are_kept(story):
    """A rapid map is there for 45 days: on 2 April those from 16 February on, later ones then."""
    days = {f"{day:%m-%d}" for day in pd.date_range("2015-02-16", "2015-04-19")}
    assert story.rounds["begin"].days - {"04-02"} == {day for day in days if day < "04-02"}
    assert story.rounds["later"].days - {"04-20"} == days
