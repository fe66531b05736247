"""Rounds of `laicflow continuous` while the upstream's clock moves, each with the jobs it ran.

A study of the second half of 2014 is published. It goes on from April 2015, at two observatories
of which one is late. Days come, nothing comes, final indices take the place of rapid ones, a year
turns.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from dataclasses import dataclass, field

import pandas as pd
import pytest

from laicflow import fetch_manifest, ledger
from laicflow.cli import main as cli
from laicflow.cli.continuous import STEPS
from tests.workflow.rounds import LEDGER, STEP, STUDY, Place, Round, files, jobs

pytestmark = [pytest.mark.timeout(1500), pytest.mark.xdist_group("continuous")]
CATALOG = "results/continuous/catalog/usgs.parquet"


def of_months(rule: str, *months: str, year: int = 2015) -> set[str]:
    """A rule for months of minutes of a year."""
    return {f"{rule} intermagnet {year}-{month}" for month in months}


def of_year(rule: str, year: int, *sources: str) -> set[str]:
    """A rule for a year of tables."""
    return {f"{rule} {source} {year}" for source in sources}


@dataclass
class Story:
    """All rounds, and what a call for the study itself would do after them."""

    place: Place
    published: dict[str, bytes]
    rounds: dict[str, Round] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    catalogs: dict[str, bytes] = field(default_factory=dict)

    def goes_on(self, name: str, *moment: int, publish: bool = True) -> None:
        """A round."""
        self.rounds[name] = self.place.round(*moment, publish=publish)
        self.catalogs[name] = (self.place.folder / CATALOG).read_bytes()


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """From the study's own report to the second week of the next year."""
    place = Place(tmp_path_factory.mktemp("continuous"))
    first = dt.datetime(2015, 3, 20, 6)
    place.upstream.publish(first.date())
    place.call(first)
    told = Story(place, files(place.folder / STUDY))
    told.catalogs["published"] = (place.folder / CATALOG).read_bytes()
    # Before it goes on, the Dst of its November becomes final.
    place.goes_on = True
    told.goes_on("begin", 2015, 4, 2, 6)
    told.goes_on("again", 2015, 4, 2, 18, publish=False)
    told.goes_on("day", 2015, 4, 3, 6)
    told.goes_on("quiet", 2015, 4, 4, 6, publish=False)
    told.goes_on("late", 2015, 4, 20, 6)
    told.goes_on("final", 2015, 5, 20, 6)
    told.asked = jobs(place.call(dt.datetime(2015, 5, 20, 7), "-n"))
    told.goes_on("new year", 2016, 1, 1, 6)
    told.goes_on("first day", 2016, 1, 2, 6)
    told.goes_on("week", 2016, 1, 9, 6)
    return told


def test_the_first_round_brings_what_has_come_since_the_period(story):
    ran = dict(story.rounds["begin"].jobs)
    assert list(ran) == list(STEPS)
    months, indices = ("01", "02", "03", "04"), {"kyoto_dst 2015", "gfz_kp_json 2015"}
    # The study had fetched January of the catalog, and a Dst of which November was not final.
    asked = {f"fetch_partition {one}" for one in {*indices, "usgs 2015", "kyoto_dst 2014"}}
    cleaned = {f"clean_table {one}" for one in {*indices, "usgs 2015", "kyoto_dst 2014"}}
    (kept,) = {job for job in ran["prospective"] if job.startswith("keep_beginning ")}
    assert ran == {
        "refresh": {"refresh"},
        "fetch": of_months("fetch_partition", *months) | asked,
        "ingest": of_months("clean_minutes", *months) | cleaned | {"merge_catalog usgs"},
        "prospective": {"merge_catalog_now", "update_study", kept},
    }


def test_a_second_round_on_the_same_day_does_nothing(story):
    nothing = {"refresh": {"refresh"}, "fetch": set(), "ingest": set(), "prospective": set()}
    assert story.rounds["again"].jobs == nothing


def test_a_new_day_is_fetched_cleaned_and_scored(story):
    others = {"gfz_kp_json 2015", "kyoto_dst 2015"}
    asked = of_months("fetch_partition", "02", "03", "04") | {
        f"fetch_partition {o}" for o in others
    }
    assert story.rounds["day"].jobs == {
        "refresh": {"refresh"},
        # January has closed over night: it is asked for a last time.
        "fetch": asked | of_months("fetch_partition", "01"),
        "ingest": of_months("clean_minutes", "04") | {f"clean_table {o}" for o in others},
        "prospective": {"update_study"},
    }


def test_a_day_without_news_asks_again_where_nothing_can_be_listed(story):
    kp = "gfz_kp_json 2015"  # this stand-in has new values with the clock
    assert story.rounds["quiet"].jobs == {
        "refresh": {"refresh"},
        "fetch": of_months("fetch_partition", "02", "03", "04") | {f"fetch_partition {kp}"},
        "ingest": {f"clean_table {kp}"},
        "prospective": {"update_study"},
    }


def test_a_late_station_and_better_versions_make_their_months_anew(story):
    months, others = ("02", "03", "04"), {"gfz_kp_json 2015", "kyoto_dst 2015", "usgs 2015"}
    merged = {"merge_catalog usgs"}
    assert story.rounds["late"].jobs == {
        "refresh": {"refresh"},
        "fetch": of_months("fetch_partition", *months) | {f"fetch_partition {o}" for o in others},
        "ingest": of_months("clean_minutes", *months)
        | {f"clean_table {o}" for o in others}
        | merged,
        "prospective": {"merge_catalog_now", "update_study"},
    }
    # The Dst of March is final now; what was there before is still on record.
    rows = fetch_manifest.frame(story.place.folder / "data/raw/upstream")
    dst = rows[rows["file"].str.endswith("dst1503.for.request")]
    assert [path.split("/")[0] for path in dst["path"]] == ["dst_realtime", "dst_final"]


def test_final_values_within_the_period_wait_for_the_word_of_the_user(story):
    ran = story.rounds["final"].jobs
    assert "fetch_partition kyoto_dst 2014" in ran["fetch"]
    assert "clean_table kyoto_dst 2014" in ran["ingest"]
    assert ran["prospective"] == {"merge_catalog_now", "update_study"}
    assert {"select_samples clean", "write_report"} <= story.asked


def test_a_year_turns_without_and_with_earthquakes(story):
    ran = {name: story.rounds[name].jobs for name in ("new year", "first day", "week")}
    kp, dst, events = "gfz_kp_json", "kyoto_dst", "usgs"
    months = [f"{month:02d}" for month in range(1, 13)]
    # On 1 January: what was open in May, and what has come since, no day of the new year yet.
    first = of_months("fetch_partition", "01", year=2016)
    asked = of_months("fetch_partition", *months[2:]) | first
    assert ran["new year"]["fetch"] == asked | of_year("fetch_partition", 2015, kp, dst, events)
    cleaned = of_months("clean_minutes", *months[4:]) | of_months("clean_minutes", "01", year=2016)
    cleaned |= of_year("clean_table", 2015, kp, dst, events)
    assert ran["new year"]["ingest"] == cleaned | {"merge_catalog usgs"}
    # Then a day without an earthquake, and a week with one: an empty year is no hindrance.
    for name in ("first day", "week"):
        asked = of_months("fetch_partition", "11", "12") | of_year("fetch_partition", 2015, kp)
        asked |= first | of_year("fetch_partition", 2016, kp, dst, events)
        assert ran[name]["fetch"] == asked, name
        cleaned = of_months("clean_minutes", "01", year=2016)
        assert ran[name]["ingest"] == cleaned | of_year("clean_table", 2016, kp, dst, events), name
    for name, jobs_of in ran.items():
        assert jobs_of["prospective"] == {"merge_catalog_now", "update_study"}, name
    store = story.place.folder / "results/continuous/store/observed/usgs/2016.parquet"
    assert len(pd.read_parquet(store)) > 0


def test_the_published_study_does_not_change_by_one_byte(story):
    assert {"report.html", "clean/samples.parquet", "sites.parquet"} <= set(story.published)
    for name, told in story.rounds.items():
        assert told.study == story.published, name
    assert len(set(story.catalogs.values())) == 1


def test_the_ledger_grows_by_exactly_the_new_forecasts_and_outcomes(story):
    expected, told = [], {}
    told["begin"] = [("forecast", "AAA/2015-04-02T00:00")]
    told["day"] = [("forecast", "AAA/2015-04-03T00:00")]
    told["late"] = [
        ("outcome", "AAA/2015-04-02T00:00"),
        ("outcome", "AAA/2015-04-03T00:00"),
        ("forecast", "AAA/2015-04-20T00:00"),
        ("forecast", "BBB/2015-04-20T00:00"),
    ]
    # 1 January is fetched and scored as any day.
    for name, day in (("new year", "01"), ("first day", "02"), ("week", "09")):
        told[name] = [("forecast", f"{site}/2016-01-{day}T00:00") for site in ("AAA", "BBB")]
    told["new year"][:0] = [("outcome", f"{site}/2015-05-20T00:00") for site in ("AAA", "BBB")]
    told["final"] = [
        ("outcome", "AAA/2015-04-20T00:00"),
        ("outcome", "BBB/2015-04-20T00:00"),
        ("forecast", "AAA/2015-05-20T00:00"),
        ("forecast", "BBB/2015-05-20T00:00"),
    ]
    before = pd.DataFrame()
    for name, own in story.rounds.items():
        expected += told.get(name, [])
        found = list(zip(own.rows["kind"], own.rows["window_id"], strict=True))
        assert found == expected, name
        if len(before):
            pd.testing.assert_frame_equal(own.rows.head(len(before)), before)
        before = own.rows


def test_of_two_rounds_at_once_one_leaves_and_says_so(story):
    place, now = story.place, dt.datetime(2016, 1, 10, 6)
    record = place.folder / ".snakemake/laicflow-continuous.json"
    record.unlink()
    with place.served(now) as replica:
        words = place.words(replica)
        first = place.start(words, now)
        end = time.monotonic() + 60
        while not record.exists() and time.monotonic() < end:
            time.sleep(0.1)
        assert json.loads(record.read_text())["process"] == first.pid
        second = place.start(words, now)
        said = second.communicate(timeout=60)[0]
        assert second.returncode == 0
        assert re.search(f"another round runs here .process {first.pid} on .*nothing done", said)
        whole = first.communicate(timeout=400)[0]
    assert first.returncode == 0, whole
    assert list(place.looked_at(whole).jobs) == list(STEPS)


def test_other_settings_wait_for_an_amendment(story):
    # The last of this file: what changes here stays so.
    place, now = story.place, dt.datetime(2016, 1, 12, 6)
    before = (place.folder / LEDGER).read_bytes()
    place.changes = {"threshold": 0.25}
    status, said = place.tried(now)
    # Nothing was called: neither an upstream nor Snakemake.
    assert (status, STEP.findall(said)) == (1, [])
    assert "settings.prospective.threshold was 0.5, is 0.25" in said
    refused = place.call(now, "-n", target="prospective", status=1)
    assert "settings.prospective.threshold was 0.5, is 0.25" in refused
    assert (place.folder / LEDGER).read_bytes() == before
    place.changes["amendment"] = "a lower bar"
    ran = place.round(2016, 1, 12, 7).jobs["prospective"]
    assert ran == {"merge_catalog_now", "update_study"}
    rows = ledger.read(place.folder / LEDGER)
    made = rows[rows["kind"] == "forecast"]
    assert made["threshold"].tolist() == [0.5] * (len(made) - 2) + [0.25] * 2
    assert made["registration"].nunique() == 2
    assert cli.main(["verify-ledger", str(place.folder / LEDGER)]) == 0
