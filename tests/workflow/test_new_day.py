"""A new day in an open month: that month is made again, and what depends on it; nothing else."""

from __future__ import annotations

import datetime as dt
import re
import shutil

import ncompress
import pytest
import yaml

from laicflow import fetch_manifest
from laicflow.replica.server import serve
from laicflow.simulate.world import write_world
from tests.workflow.running import snakemake

SOURCES = ("code", "usgs", "gfz_kp", "kyoto_dst", "celestrak")
# Two months of maps, read on a day when the second is not over.
START, END = "2014-07-01", "2014-08-31"
TODAY, TOMORROW = dt.datetime(2014, 8, 12, 9), dt.datetime(2014, 8, 13, 9)
LATER = dt.datetime(2016, 6, 1)
TENSORS = "results/newday/pham2023/tensors/observed-plain.nc"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A simulated upstream, whole."""
    folder = tmp_path_factory.mktemp("world")
    write_world({"seed": 5, "start": START, "end": END, "steps": "2h"}, folder)
    return folder


def publish(world, archive, until):
    """What an upstream has on a day: all but the maps after it."""
    for path in sorted(world.rglob("*")):
        kept = archive / path.relative_to(world)
        if path.is_dir() or kept.exists():
            continue
        day = re.match(r"codg(\d{3})0", path.name.lower())
        if day and dt.date(2014, 1, 1) + dt.timedelta(days=int(day[1]) - 1) >= until.date():
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        if "catalogs" in path.parts:
            kept.write_text("".join(_known(path.read_text().splitlines(keepends=True))))
        else:
            shutil.copy2(path, kept)


def _known(lines):
    """The header, and the events before the first day, none of them updated since."""
    yield lines[0]
    for line in lines[1:]:
        cells = line.split(",")
        if cells[0] < TODAY.isoformat():
            cells[12] = cells[0]
            yield ",".join(cells)


def jobs(done):
    """Jobs of a run by rule, from Snakemake's own table."""
    assert done.returncode == 0, done.stdout + done.stderr
    table = re.search(r"Job stats:\n(.*?)\n\n", done.stdout + done.stderr, re.DOTALL)
    if table is None:
        return {}
    found = dict(line.split()[:2] for line in table[1].splitlines()[2:])
    return {rule: int(count) for rule, count in found.items() if rule != "total"}


@pytest.fixture
def at(tmp_path, world):
    """A function that runs snakemake on a day, with an upstream that then has so many maps."""
    archive, folder = tmp_path / "archive", tmp_path / "run"
    folder.mkdir()
    ports = [0]

    def run(now, maps_until, *calls, **changes):
        publish(world, archive, maps_until)
        options = {"catalogs": ["catalogs/**/*.csv"], "now": now, "port": ports[0]}
        with serve(archive, **options) as replica:
            ports[0] = replica.port
            overlay = {
                "run": "newday",
                "bases": {source: [replica.base(source)] for source in SOURCES},
                "pham2023": {"period": {"start": START, "end": END}},
                **changes,
            }
            file = folder / "newday.yaml"
            file.write_text(yaml.safe_dump(overlay))
            words = ("--configfile", file, "--")
            moment = {"LAICFLOW_NOW": now.isoformat()}
            return [jobs(snakemake(*words, *call, folder=folder, **moment)) for call in calls]

    run.archive, run.folder = archive, folder
    return run


@pytest.mark.timeout(280)
def test_a_new_day_makes_its_month_again_and_nothing_else(at):
    refresh, ingest = ("refresh",), ("ingest", TENSORS)
    listed, first, second = at(TODAY, TODAY, refresh, ingest, ingest)
    assert listed == {"refresh": 1}
    assert first["fetch_partition"] == 2 + 3 + 1  # months, years, one file
    assert second == {}

    # The day changes and nothing is new upstream.
    assert at(TOMORROW, TODAY, refresh, ingest) == [{"refresh": 1}, {}]

    chain = {"ingest": 1, "fetch_partition": 1, "clean_maps": 1, "build_tensors": 1}
    again, then = at(TOMORROW, TOMORROW, refresh, ingest, ingest)[1:]
    assert again == chain
    assert then == {}


@pytest.mark.timeout(280)
def test_a_file_replaced_upstream_is_found_fetched_and_both_versions_are_on_record(at):
    refresh, ingest = ("refresh",), ("ingest", TENSORS)
    (first,) = at(LATER, LATER, ingest)
    assert first["fetch_partition"] == 2 + 3 + 1
    _replace(next((at.archive / "ionex").rglob("*1900*")))
    # The month is closed: it is looked at only where all are.
    next_day = LATER + dt.timedelta(days=1)
    assert at(next_day, next_day, refresh, ingest)[1] == {}
    every = {"also": [], "recheck": "all", "period": {"start": START, "end": END}}
    again, then = at(next_day, next_day, refresh, ingest, ingest, ingest=every)[1:]
    assert again["fetch_partition"] == 2  # the month, and the query of events: it has no tag
    assert again["clean_maps"] == 1
    assert again["build_tensors"] == 1
    assert then == {}
    rows = fetch_manifest.frame(at.folder / "data/raw/upstream")
    rows = rows[rows["path"].str.contains("1900.14I")]
    assert len(rows) == rows["sha256"].nunique() == 2
    assert len(list((at.folder / "data/raw/upstream/code/2014").glob("*1900.14I*"))) == 2


def _replace(path):
    """The same maps with another comment, so another file under the same name."""
    lines = ncompress.decompress(path.read_bytes()).splitlines(keepends=True)
    lines.insert(2, b"revised".ljust(60) + b"COMMENT\n")
    path.write_bytes(ncompress.compress(b"".join(lines)))
