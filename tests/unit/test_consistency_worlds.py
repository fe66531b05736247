"""Options of a world that are refused when the configuration is read, by the key as written."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from laicflow import consistency_worlds, digest

DUR = {"iaga": "DUR", "latitude": 41.39, "longitude": 14.28, "elevation_m": 910}
AIRA = {"code": "AIRA00JPN", "latitude": 31.8, "longitude": 130.6}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"maps": "no"}, "simulate.maps is 'no'; it must be like True"),
        ({"maps": 0}, "simulate.maps is 0; it must be like True"),
        ({"maps": False, "precursor": {"amplitude_sd": 1.0}}, "simulate.precursor.amplitude_sd is"),
        ({"geomagnetic": {"state": "final"}}, "simulate.geomagnetic.state is 'final', none of"),
        ({"geomagnetic": {"state": 1}}, "simulate.geomagnetic.state is 1; it must be like 'defi"),
        ({"geomagnetic": {"observatories": "DUR"}}, "simulate.geomagnetic.observatories is 'DUR'"),
        (
            {"geomagnetic": {"observatories": [{"iaga": "DUR"}]}},
            "simulate.geomagnetic.observatories: observatory: expected iaga, latitude",
        ),
        (
            {"start": "2030-01-01", "end": "2030-01-02", "geomagnetic": {"observatories": [DUR]}},
            "simulate.geomagnetic.observatories: expected days of 1900 to 2029",
        ),
        (
            {"geomagnetic": {"options": {"sq": {"amplitude_nt": "much"}}}},
            "simulate.geomagnetic.options.sq.amplitude_nt is 'much'; it must be like 40.0",
        ),
        (
            {"geomagnetic": {"options": {"gaps": {"per_day": float("inf")}}}},
            "simulate.geomagnetic.options.gaps.per_day is inf; it must be like 0.02",
        ),
        (
            {"geomagnetic": {"options": {"precursor": {"band_hz": [0.001, 0.1]}}}},
            "simulate.geomagnetic.options.precursor.band_hz is [0.001, 0.1]; it must ascend",
        ),
        (
            {"gnss": {"stations": [{"code": "AIRA00JPN", "latitude": -60, "longitude": 10}]}},
            "simulate.gnss.stations: AIRA00JPN at -60 N, 10 E lies outside the grid",
        ),
        (
            {"gnss": {"start": "1990-01-01", "stations": [AIRA]}},
            "simulate.gnss: observations from 1990-01-01 to",
        ),
        ({"gnss": {"interval_s": 7}}, "simulate.gnss.interval_s is 7, not a whole number"),
        (
            {"geomagnetic": {"options": {"precursor": {"amplitude": 1}}}},
            "simulate.geomagnetic.options.precursor has no option 'amplitude'",
        ),
    ],
)
def test_a_world_that_cannot_be_is_refused(options, told):
    assert consistency_worlds.fault(options, "simulate").startswith(told)
    theirs = consistency_worlds.fault(options, "study.worlds.simulate")
    assert theirs.startswith("study.worlds." + told)


def test_what_a_world_can_be_is_not_refused():
    jump = {"time": "2014-01-01 12:00", "x": 1.0, "y": 0, "z": -2}
    own = {"observatories": [DUR], "per": "day", "options": {"jumps": [jump]}}
    assert consistency_worlds.fault({"maps": False, "geomagnetic": own}, "simulate") == ""
    # Without observatories no day lacks a main field.
    late = {"start": "2030-01-01", "end": "2030-01-02"}
    assert consistency_worlds.fault(late, "simulate") == ""


def test_a_trial_needs_maps():
    own = {"precursor": {"amplitude_sd": 1.0}, "simulate": {"maps": False}, "experiment": "one"}
    study = {
        "sites": {"mode": "points"},
        "experiments": {"one": {}},
        "models": {"pretrained": "none"},
    }
    told = ["worlds.simulate.maps is false; a trial needs maps"]
    assert consistency_worlds.of_trials(own, study) == told
    assert consistency_worlds.of_trials({**own, "simulate": {}}, study) == []


def test_observations_that_the_world_does_not_write():
    gnss = {"stations": [AIRA, {"code": "BIK0", "latitude": 42.9, "longitude": 74.5}]}
    config = {
        "upstream": "replica:world",
        "studies": ["one"],
        "one": {"data": {"tec": "rinex"}},
        "ingest": {"also": []},
        "sources": {"rinex": {"stations": ["AIRA00JPN", "BIK000XXX"]}},
        "simulate": {"gnss": gnss},
    }
    assert consistency_worlds.of_stations(config) == ""
    config["sources"]["rinex"]["stations"] = ["AIRA00JPN", "BIK000KGZ"]
    assert consistency_worlds.of_stations(config) == (
        "sources.rinex.stations: the simulated world has no BIK000KGZ; simulate.gnss.stations has "
        "AIRA00JPN, BIK000XXX"
    )
    config["one"]["data"]["tec"] = "own_tec"
    assert consistency_worlds.of_stations(config) == ""
    config["ingest"]["also"] = ["rinex"]
    assert "BIK000KGZ" in consistency_worlds.of_stations(config)
    config["sources"]["rinex"]["stations"] = ["AIRA00JPN"]
    gnss["interval_s"] = 60
    assert consistency_worlds.of_stations(config).startswith("simulate.gnss.interval_s is 60")
    config["upstream"] = "internet"
    assert consistency_worlds.of_stations(config) == ""


def test_what_planning_looks_at_loads_no_signal_processing():
    """It is loaded by every job on a cluster, twice."""
    kept = os.environ | {"PYTHONPATH": str(digest.PACKAGE.parent)}
    script = "import laicflow.simulate.world, sys; sys.exit('scipy.signal' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], env=kept).returncode == 0
