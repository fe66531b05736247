"""A new day in an open month: that month is made again, and what depends on it; nothing else."""

from __future__ import annotations

import datetime as dt
import re
import shutil

import pytest
import yaml

from laicflow.replica.server import serve
from laicflow.simulate.world import write_world
from tests.workflow.running import snakemake

SOURCES = ("code", "usgs", "gfz_kp", "kyoto_dst", "celestrak")
# Two months of maps, read on a day when the second is not over.
START, END = "2014-07-01", "2014-08-31"
TODAY, TOMORROW = dt.datetime(2014, 8, 12, 9), dt.datetime(2014, 8, 13, 9)
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
        shutil.copy2(path, kept)


def jobs(done):
    """Jobs of a run by rule, from Snakemake's own table."""
    assert done.returncode == 0, done.stdout + done.stderr
    table = re.search(r"Job stats:\n(.*?)\n\n", done.stdout + done.stderr, re.DOTALL)
    if table is None:
        return {}
    found = dict(line.split()[:2] for line in table[1].splitlines()[2:])
    return {rule: int(count) for rule, count in found.items() if rule != "total"}


@pytest.mark.timeout(280)
def test_a_new_day_makes_its_month_again_and_nothing_else(world, tmp_path):
    archive, folder = tmp_path / "archive", tmp_path / "run"
    folder.mkdir()
    publish(world, archive, TODAY)
    with serve(archive, catalogs=["catalogs/**/*.csv"], now=TODAY) as replica:
        overlay = {
            "run": "newday",
            "bases": {source: [replica.base(source)] for source in SOURCES},
            "pham2023": {"period": {"start": START, "end": END}},
        }
        file = folder / "newday.yaml"
        file.write_text(yaml.safe_dump(overlay))

        def run(now, *targets):
            words = ("--configfile", file, "--", *targets)
            return snakemake(*words, folder=folder, LAICFLOW_NOW=now.isoformat())

        assert jobs(run(TODAY, "refresh")) == {"refresh": 1}
        first = jobs(run(TODAY, "ingest", TENSORS))
        assert first["fetch_partition"] == 2 + 3 + 3 + 3 - 2  # months, years and the one file
        assert jobs(run(TODAY, "ingest", TENSORS)) == {}

        # The day changes and nothing is new upstream.
        assert jobs(run(TOMORROW, "refresh")) == {"refresh": 1}
        assert jobs(run(TOMORROW, "ingest", TENSORS)) == {}

        publish(world, archive, TOMORROW)
        assert jobs(run(TOMORROW, "refresh")) == {"refresh": 1}
        again = jobs(run(TOMORROW, "ingest", TENSORS))
        assert again == {"ingest": 1, "fetch_partition": 1, "clean_maps": 1, "build_tensors": 1}
        assert (folder / "data/raw/upstream/code/2014").is_dir()
        assert jobs(run(TOMORROW, "ingest", TENSORS)) == {}
