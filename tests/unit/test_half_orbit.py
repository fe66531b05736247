"""Which of several files of a half-orbit stays; their heads tell which are compared."""

from __future__ import annotations

import datetime as dt

import h5py
import numpy as np
import pytest

from laicflow.half_orbit import shorter, shorter_of, usable
from laicflow.readers import cses_lap, demeter_isl, swarm_lp
from tests.unit import probe_files

T = dt.datetime(2004, 8, 11, 15, 57, 36)


def test_heads(tmp_path, real_data):
    path = tmp_path / "a.dat"
    path.write_bytes(probe_files.demeter(T, 3, orbit=77, upward=1, label=probe_files.BURST))
    assert demeter_isl.half_orbit(path) == (77, 1, 2)
    assert cses_lap.half_orbit(probe_files.cses(tmp_path / "a.h5")) == (9679, 1, 0)
    hpm = "satellite/CSES_01_HPM_5_L02_A2_096791_20191101_001933_20191101_005555_000.h5"
    # ORBITNUM and ORBITTYPE of the real file, as h5dump shows them: 009679 and 1.
    assert cses_lap.half_orbit(real_data / hpm) == (9679, 1, 0)


def test_without_a_direction_in_the_head_the_latitudes_tell(tmp_path):
    """Two files fly north, one of them does not say so; the third flies south."""
    nothing = h5py.Empty("S1")
    probe_files.cses(tmp_path / "a.h5", samples=40)
    probe_files.cses(tmp_path / "b.h5", samples=50, kind=nothing)
    probe_files.cses(tmp_path / "c.h5", samples=60, kind=nothing, latitude=(30.0, -0.2))
    assert shorter_of(["c.h5", "b.h5", "a.h5"], tmp_path, "cses_lap") == {
        "a.h5": "the same half-orbit as b.h5, which has more samples"
    }


def test_samples_that_cannot_be_taken_do_not_count(tmp_path):
    """Eight samples of which five have no place are shorter than four."""
    latitude = np.array([-30.0, -29.8, -29.6, *[-9999.0] * 5], dtype="float32")
    probe_files.cses(tmp_path / "a.h5", samples=8, more={"GEO_LAT": latitude})
    probe_files.cses(tmp_path / "b.h5", samples=4)
    assert shorter_of(["a.h5", "b.h5"], tmp_path, "cses_lap") == {
        "a.h5": "the same half-orbit as b.h5, which has more samples"
    }


def test_what_cannot_be_compared_all_stays(tmp_path):
    nothing = h5py.Empty("S1")
    for name, samples in (("a.h5", 4), ("b.h5", 5)):
        probe_files.cses(tmp_path / name, samples=samples, number=nothing)
    (tmp_path / "c.h5").write_bytes(b"<html>")
    assert shorter_of(["a.h5", "b.h5", "c.h5"], tmp_path, "cses_lap") == {}
    # The records of Swarm have no orbits, and its files no half-orbits.
    assert not hasattr(swarm_lp, "half_orbit")
    assert shorter_of(["a.h5", "b.h5"], tmp_path, "swarm_lp") == {}


def test_only_files_of_one_half_orbit_are_read(tmp_path, monkeypatch):
    bodies = {
        "a": probe_files.demeter(T, 3, orbit=1),
        "b": probe_files.demeter(T, 3, orbit=1, upward=1, latitude=(0.0, 0.05)),
        "c": probe_files.demeter(T, 3, orbit=2),
        "d": probe_files.demeter(T, 4, orbit=2),
        "e": probe_files.demeter(T, 4, orbit=2, label=probe_files.BURST),
    }
    for name, body in bodies.items():
        (tmp_path / name).write_bytes(body)
    seen, read = [], demeter_isl.read
    monkeypatch.setattr(demeter_isl, "read", lambda path: seen.append(path.name) or read(path))
    said = shorter_of(bodies, tmp_path, "demeter_isl")
    assert said == {"c": "the same half-orbit as d, which has more samples"}
    assert seen == ["c", "d"]
    # As if all of them had been read.
    tables = {name: usable(tmp_path / name, read)[0] for name in bodies}
    assert shorter(tables) == said


@pytest.mark.parametrize("order", [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]])
def test_the_order_of_files_does_not_matter(tmp_path, order):
    for name, samples in (("a", 3), ("b", 5), ("c", 5)):
        (tmp_path / name).write_bytes(probe_files.demeter(T, samples))
    assert shorter_of(order, tmp_path, "demeter_isl") == {
        "a": "the same half-orbit as b, which has more samples",
        "c": "the same half-orbit as b, which has as many samples",
    }


def test_times_that_run_backwards(tmp_path):
    body = probe_files.demeter(T, 3)
    (tmp_path / "a").write_bytes(body[:289] + body[578:] + body[289:578])
    table, why = usable(tmp_path / "a", demeter_isl.read)
    assert table is None
    assert why == (
        "its times run backwards: 2004-08-11T15:57:37.000000 after 2004-08-11T15:57:38.000000, "
        "sample 3"
    )
