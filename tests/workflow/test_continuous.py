"""Rounds of `laicflow continuous` while the upstream's clock moves, each with the jobs it ran.

A study of the second half of 2014 is published. It goes on from April 2015, at two observatories
of which one is late. Days come, nothing comes, final indices take the place of rapid ones.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
import yaml

from laicflow import fetch_manifest, ledger
from laicflow.cli.continuous import STEPS
from laicflow.replica.server import serve
from laicflow.simulate.world import write_world
from tests.workflow.moving_upstream import Upstream
from tests.workflow.running import ROOT, snakemake

pytestmark = pytest.mark.timeout(1500)
OVERLAY = ROOT / "tests/workflow/continuous.yaml"
SOURCES = ("usgs", "gfz_kp", "gfz_kp_json", "kyoto_dst", "celestrak", "intermagnet")
STUDY = "results/continuous/petrescu2022"
CATALOG = "results/continuous/catalog/usgs.parquet"
LEDGER = "ledger/petrescu2022/forecasts.parquet"
OBSERVATORIES = [
    {"iaga": "AAA", "latitude": 38.5, "longitude": 141.5, "elevation_m": 100},
    {"iaga": "BBB", "latitude": 36.0, "longitude": 140.0, "elevation_m": 100},
]
WORLD = {
    "seed": 5,
    "start": "2014-07-01",
    "end": "2015-06-30",
    "maps": False,
    "catalog": {"mu": 0.3, "K": 0.002},
    "geomagnetic": {"observatories": OBSERVATORIES},
}
JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", re.MULTILINE)
STEP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (\w+)$", re.MULTILINE)
# Targets, which are listed as jobs where anything was done for them.
NAMES = {"all", *STEPS} - {"refresh"}


@dataclass
class Round:
    """What a round ran and left: jobs by step, the ledger, the study's files."""

    rows: pd.DataFrame
    study: dict[str, bytes]
    jobs: dict[str, set[str]] = field(default_factory=dict)


class Place:
    """A folder, its upstream, and the calls that a user makes there."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "run"
        self.folder.mkdir()
        write_world(WORLD, root / "world")
        self.archive = root / "archive"
        late = {"bbb": ("201502", dt.date(2015, 4, 20))}
        final = {"201411": dt.date(2015, 4, 1), "201412": dt.date(2015, 5, 10)}
        self.upstream = Upstream(root / "world", self.archive, late=late, not_final=final)
        self.port, self.goes_on = 0, False

    def served(self, now: dt.datetime):
        """The upstream as it is now, under the same address as before."""
        catalogs = ["catalogs/**/*.csv"]
        return serve(self.archive, catalogs=catalogs, now=now, port=self.port)

    def words(self, replica) -> list[str]:
        """What every call of Snakemake gets; at first nothing tells that the study will go on."""
        self.port = replica.port
        overlay = yaml.safe_load(OVERLAY.read_text())
        if not self.goes_on:
            del overlay["petrescu2022"]["prospective"]
        overlay["bases"] = {source: [replica.base(source)] for source in SOURCES}
        file = self.folder / "my.yaml"
        file.write_text(yaml.safe_dump(overlay))
        return ["--cores", "2", "--snakefile", str(ROOT / "Snakefile"), "--configfile", str(file)]

    def start(self, words: list[str], now: dt.datetime) -> subprocess.Popen:
        """A round that begins."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LAICFLOW_", "SLURM_"))}
        kept |= {"HOME": str(self.folder / "home"), "OMP_NUM_THREADS": "1"}
        kept |= {"LAICFLOW_NOW": now.isoformat(), "PYTHONPATH": str(ROOT / "workflow/scripts")}
        return subprocess.Popen(
            [sys.executable, "-m", "laicflow.cli.main", "continuous", "--", *words],
            cwd=self.folder,
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, now: dt.datetime, *words: str) -> str:
        """Snakemake itself, for the study's report; what it said."""
        with self.served(now) as replica:
            _, _, *own = self.words(replica)[2:]
            moment = {"LAICFLOW_NOW": now.isoformat()}
            done = snakemake(*own, *words, "--", "all", folder=self.folder, **moment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def round(self, *moment: int, publish: bool = True) -> Round:
        """A whole round at a moment."""
        now = dt.datetime(*moment)
        if publish:
            self.upstream.publish(now.date())
        with self.served(now) as replica:
            process = self.start(self.words(replica), now)
            said = process.communicate(timeout=400)[0]
        assert process.returncode == 0, said
        return self.looked_at(said)

    def looked_at(self, said: str) -> Round:
        """What a round has left, and what it ran by what it said."""
        found = Round(ledger.read(self.folder / LEDGER), files(self.folder / STUDY))
        parts = STEP.split(said)
        assert parts[-2] == "done"
        found.jobs = dict(zip(parts[1:-2:2], map(jobs, parts[2:-2:2]), strict=True))
        return found


def jobs(said: str) -> set[str]:
    """The jobs of which a Snakemake speaks, as rule and wildcards."""
    found = set()
    for rule, text in JOB.findall(said):
        if rule not in NAMES:
            wildcards = re.search(r"wildcards: (.*)", text)
            values = re.findall(r"=([^,\n]*)", wildcards[1]) if wildcards else []
            found.add(
                " ".join([rule, *(v for v in values if v not in ("observed", "petrescu2022"))])
            )
    return found


def files(study: Path) -> dict[str, bytes]:
    """All files of a published study; what goes on beside it lies in `prospective`."""
    found = [path for path in sorted(study.rglob("*")) if path.is_file()]
    return {
        name: path.read_bytes()
        for path in found
        if not (name := path.relative_to(study).as_posix()).startswith("prospective")
    }


def of_months(rule: str, *months: str) -> set[str]:
    """A rule for months of minutes of 2015."""
    return {f"{rule} intermagnet 2015-{month}" for month in months}


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
    """From the study's own report to the end of May."""
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
    told.goes_on("late again", 2015, 4, 20, 7, publish=False)
    told.goes_on("final", 2015, 5, 20, 6)
    told.asked = jobs(place.call(dt.datetime(2015, 5, 20, 7), "-n"))
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
    assert story.rounds["late again"].jobs == nothing


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
    place, now = story.place, dt.datetime(2015, 5, 21, 6)
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
