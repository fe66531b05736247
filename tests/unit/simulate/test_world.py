from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest

from laicflow.errors import ConfigError
from laicflow.simulate import world

SMALL = {
    "start": "2014-10-17",
    "end": "2014-10-20",
    "grid": {"latitude": [45, 35, -2.5], "longitude": [130, 150, 5]},
}


def digests(folder) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return folder, world.write_world(SMALL, folder)


def test_the_folder_has_the_upstreams_layout(small):
    folder, _ = small
    assert list(digests(folder)) == [
        "catalogs/usgs/usgs_2014.csv",
        "indices/celestrak/SW-All.csv",
        "indices/gfz_kp_wdc/kp2014",
        "indices/kyoto_dst_wdc/dst_wdc_2014.txt",
        "ionex/code/CODG2900.14I.Z",
        "ionex/code/CODG2910.14I.Z",
        "ionex/code/CODG2920.14I.Z",
        "ionex/code/CODG2930.14I.Z",
        "world.json",
    ]
    for name in ("indices/gfz_kp_wdc/kp2014", "indices/kyoto_dst_wdc/dst_wdc_2014.txt"):
        assert len((folder / name).read_text().splitlines()) == 365
    assert len((folder / "indices/celestrak/SW-All.csv").read_text().splitlines()) == 366


def test_the_same_options_give_the_same_bytes(small, tmp_path):
    folder, _ = small
    world.write_world(SMALL, tmp_path)
    assert digests(tmp_path) == digests(folder)


def test_earthquakes_leave_no_trace_in_the_ionosphere(small, tmp_path):
    folder, _ = small
    world.write_world({**SMALL, "catalog": {"mu": 1.0}}, tmp_path)
    before, after = digests(folder), digests(tmp_path)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"catalogs/usgs/usgs_2014.csv", "world.json"}


def test_another_seed_is_another_world(small, tmp_path):
    folder, _ = small
    world.write_world({**SMALL, "seed": 2}, tmp_path)
    before, after = digests(folder), digests(tmp_path)
    assert all(before[name] != after[name] for name in before)


def test_the_summary_counts_what_was_written(small):
    folder, summary = small
    assert json.loads((folder / "world.json").read_text()) == summary
    assert summary["maps"] == {"days": 4, "first": "CODG2900.14I.Z", "last": "CODG2930.14I.Z"}
    rows = (folder / "catalogs/usgs/usgs_2014.csv").read_text().splitlines()[1:]
    assert summary["earthquakes"]["events"] == len(rows)
    shown = [row for row in rows if "2014-10-17" <= row[:10] <= "2014-10-20"]
    assert summary["earthquakes"]["events_with_maps"] == len(shown)
    lines = (folder / "indices/kyoto_dst_wdc/dst_wdc_2014.txt").read_text().splitlines()
    dst = [
        int(line[at : at + 4])
        for line in lines
        if line[:10] in {f"DST1410*{day}" for day in (17, 18, 19, 20)}
        for at in range(20, 116, 4)
    ]
    assert len(dst) == 96
    assert summary["indices"]["least_dst"] == min(dst)
    assert summary["truth"]["precursor"] is None


def test_indices_and_catalog_reach_beyond_the_maps():
    years = world.covered_years(dt.date(2014, 2, 1), dt.date(2014, 11, 15))
    assert years == (dt.date(2013, 1, 1), dt.date(2015, 12, 31))
    years = world.covered_years(dt.date(2014, 6, 1), dt.date(2014, 6, 30))
    assert years == (dt.date(2014, 1, 1), dt.date(2014, 12, 31))


def test_defaults_are_a_world_of_two_years():
    options = world.complete(None)
    assert options == world.DEFAULTS
    assert options is not world.DEFAULTS
    assert (options["start"], options["end"]) == ("2013-07-01", "2015-06-30")


def test_options_lie_over_the_defaults_level_by_level():
    options = world.complete({"ionosphere": {"hourly_sd": 0.1}, "grid": {"latitude": [1, 2, 1]}})
    assert options["ionosphere"]["hourly_sd"] == 0.1
    assert options["ionosphere"]["day_to_day_sd"] == world.DEFAULTS["ionosphere"]["day_to_day_sd"]
    assert options["grid"]["latitude"] == [1, 2, 1]
    assert world.DEFAULTS["grid"]["latitude"] == [50, 20, -2.5]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sed": 1}, "no option 'sed'"),
        ({"catalog": {"nu": 1}}, "simulate.catalog has no option 'nu'"),
        ({"catalog": 3}, "must be a mapping"),
        ({"steps": "3h"}, "simulate.steps"),
        ({"start": "yesterday"}, "not a date"),
        ({"start": "2014-02-01", "end": "2014-01-01"}, "lies before start"),
        ({"grid": {"latitude": [50, 20, 2.5]}}, "does not lead"),
        ({"ionosphere": {"f107_levels": [150, 70]}}, "must ascend"),
        ({"catalog": {"K": 1.0}}, "branching ratio"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_written(options, words, tmp_path):
    with pytest.raises(ConfigError, match=words):
        world.write_world(options, tmp_path / "out")
    assert not (tmp_path / "out").exists()
