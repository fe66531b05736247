"""Satellites of a simulated world: files as they are published, and a truth that is in them."""

from __future__ import annotations

import hashlib
import json
import zipfile

import cdflib
import h5py
import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.geo import great_circle_km
from laicflow.simulate import world

# Two earthquakes of the background a day, over the globe.
GLOBE = {"latitude": [-60, 60], "longitude": [-180, 180], "trench_share": 0.0, "mu": 2.0}
MISSIONS = [
    {"mission": "cses", "start": "2008-08-16", "end": "2008-08-17"},
    {"mission": "demeter", "start": "2008-08-16", "end": "2008-08-16", "every_orbits": 3},
    {"mission": "swarm-a", "start": "2008-08-16", "end": "2008-08-16"},
]


def options(missions, maps=False, **probes) -> dict:
    """A world of four days in 2008, when CSES had not been launched."""
    return {
        "start": "2008-08-15",
        "end": "2008-08-18",
        "maps": maps,
        "grid": {"latitude": [45, 35, -2.5], "longitude": [130, 150, 5]},
        "ionosphere": {"f107_levels": [70.0, 150.0]},
        "catalog": GLOBE,
        "probes": {"missions": missions} | probes,
    }


def digests(folder) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flown")
    given = options(MISSIONS[1:], precursor={"amplitude": 0.5, "radius": 800.0})
    return folder, world.write_world(given, folder), given


def test_files_lie_by_mission_and_year(flown):
    folder, summary, _ = flown
    found = digests(folder)
    own = {name for name in found if name.startswith(("cses", "demeter", "swarm"))}
    swarm = "swarm/2008/SW_OPER_EFIA_LP_1B_20080816T000000_20080816T235959_0701.CDF.ZIP"
    assert swarm in own
    demeter = sorted(own - {swarm})
    assert all(name.startswith("demeter/2008/DMT_N1_114") for name in demeter)
    assert summary["probes"]["demeter"]["files"] == len(demeter)
    assert summary["probes"]["swarm-a"]["files"] == 1
    assert json.loads((folder / "world.json").read_text()) == summary


def test_the_summary_counts_what_was_written(flown, tmp_path):
    folder, summary, _ = flown
    sizes = {apid: 0 for apid in ("1143", "1144")}
    orbits = set()
    for path in (folder / "demeter" / "2008").iterdir():
        sizes[path.name.split("_")[2]] += path.stat().st_size
        orbits.add(int(path.name.split("_")[3][:5]))
    own = summary["probes"]["demeter"]
    assert own["samples"] * 289 == sizes["1144"]
    assert own["burst_samples"] * 289 == sizes["1143"] > 0
    assert own["bytes"] == sum(sizes.values())
    # One orbit in three of 14.7 a day.
    assert {orbit % 3 for orbit in orbits} == {0} and len(orbits) in (5, 6)
    with zipfile.ZipFile(next((folder / "swarm" / "2008").iterdir())) as archive:
        cdf = cdflib.CDF(archive.extract(archive.namelist()[0], tmp_path))
    assert summary["probes"]["swarm-a"]["samples"] == cdf.varget("N_ion").size


def test_the_truth_is_in_the_files(flown, tmp_path):
    folder, summary, given = flown
    plain = world.write_world(options(MISSIONS[1:2]), tmp_path)
    assert plain["truth"]["probes"] == {"precursor": None}
    record = np.dtype(
        {
            "names": ["days", "ms", "latitude", "longitude", "ne"],
            "formats": [">u4", ">u4", ">f4", ">f4", ">f4"],
            "offsets": [0, 4, 38, 42, 265],
            "itemsize": 289,
        }
    )
    zones = summary["truth"]["probes"]["precursor"]["zones"]
    changed = 0
    for path in sorted((folder / "demeter" / "2008").glob("*_1144_*")):
        one, two = (
            np.fromfile(root / "demeter" / "2008" / path.name, record)
            for root in (folder, tmp_path)
        )
        ratio = one["ne"] / two["ne"]
        days = (one["days"] & 0xFFFFFF).astype("int64")
        times = np.datetime64("1950-01-01", "ms") + days * 86400000 + one["ms"].astype("int64")
        inside = np.zeros(one.size, bool)
        for zone in zones:
            event = zone["event"]
            far = great_circle_km(
                one["latitude"], one["longitude"], event["latitude"], event["longitude"]
            )
            when = (times >= np.datetime64(zone["start"])) & (times < np.datetime64(zone["end"]))
            inside |= when & (far < 800.0)
        assert np.nanmax(np.abs(ratio[~inside] - 1)) < 1e-6
        assert np.nanmin(ratio) > 1 - 1e-6 and np.nanmax(ratio) < 1.5 + 1e-5
        changed += int(inside.sum())
    assert changed == sum(zone["samples"].get("demeter", 0) for zone in zones) > 500


def test_zones_are_of_the_catalogs_earthquakes(flown):
    folder, summary, _ = flown
    catalog = pd.read_csv(folder / "catalogs" / "usgs" / "usgs_2008.csv")
    places = set(zip(catalog["latitude"], catalog["longitude"], catalog["mag"], strict=True))
    zones = summary["truth"]["probes"]["precursor"]["zones"]
    assert zones
    for zone in zones:
        event = zone["event"]
        assert (event["latitude"], event["longitude"], event["magnitude"]) in places
        assert pd.Timestamp(zone["end"]) == pd.Timestamp(event["time"])
        assert pd.Timestamp(zone["start"]) == pd.Timestamp(event["time"]) - pd.Timedelta(days=5)


def test_the_same_options_give_the_same_bytes_and_the_rest_stays(flown, tmp_path):
    folder, _, given = flown
    world.write_world(given, tmp_path / "again")
    world.write_world(options([]), tmp_path / "none")
    first, again, none = (digests(p) for p in (folder, tmp_path / "again", tmp_path / "none"))
    first = {name: value for name, value in first.items() if not name.endswith(".cdf")}
    assert first == again
    assert {name: first[name] for name in none if name != "world.json"} == {
        name: value for name, value in none.items() if name != "world.json"
    }
    told = json.loads((tmp_path / "none" / "world.json").read_text())
    assert "probes" not in told["options"] and "probes" not in told


def test_cses_flies_beside_maps(tmp_path):
    given = {
        **options([{"mission": "cses", "start": "2018-08-16", "end": "2018-08-16"}], maps=True),
        "start": "2018-08-16",
        "end": "2018-08-16",
    }
    summary = world.write_world(given, tmp_path)
    files = sorted((tmp_path / "cses" / "2018").iterdir())
    # 15.2 orbits of two halves, some missing.
    assert summary["probes"]["cses"]["files"] == len(files)
    assert len(files) + summary["probes"]["cses"]["missing"] in (30, 31)
    with h5py.File(files[0]) as file:
        ne = file["A311"][:, 0]
        assert 1e8 < np.median(ne[ne > 0]) < 1e13
        assert np.abs(file["GEO_LAT"][:]).max() <= 65.0
    assert summary["maps"]["days"] == 1


def test_what_cannot_be_is_refused(tmp_path):
    for probes, message in [
        (options(MISSIONS[:1]), "its files hold 0 to 99999"),
        (options([{"mission": "demeter", "end": "2008-09-01"}]), "lie within the world"),
        (options(["demeter", "demeter"]), "there twice"),
        (options(["swarm"]), "no mission 'swarm'"),
        (options([{"start": "2008-08-16"}]), "neither a mission nor"),
        (options([{"mission": "demeter", "every": 2}]), "no option 'every'"),
        (options(["demeter"], every_days=0), "every_days is 0"),
        (options(["demeter"], latitude_max=91), "latitude_max is 91"),
        (options(["demeter"], swarm_baseline="05"), "swarm_baseline is '05'"),
        (options([], precursor={"amplitude": 0.3}), "there are no missions"),
        (options(["demeter"], start="yesterday"), "start is 'yesterday'"),
    ]:
        with pytest.raises(ConfigError, match=message):
            world.write_world(probes, tmp_path)
    assert not list(tmp_path.iterdir())
