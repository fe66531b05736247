"""Slips that were planted, and levels that are known."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.gnss import arcs, geometry, observations, orbits
from tests.unit.gnss import small_world


def levelled(folder, world, every_s=30.0):
    path, sp3, _ = small_world.files(folder, world)
    one = observations.read(path, every_s=every_s)
    names = sorted(set(one.satellite))
    times, row = np.unique(one.time, return_inverse=True)
    states, _ = orbits.read(sp3).states(times, names)
    elevation, _ = geometry.directions(
        states[row, np.searchsorted(names, one.satellite)], small_world.SITE
    )
    return one, elevation, arcs.slants(one, elevation, shortest_s=600.0)


@pytest.mark.parametrize(
    "slip",
    # On L1 alone, on both alike (not seen by Melbourne-Wuebbena), and 9 with 7, which moves the
    # geometry-free phase by 3 mm only, too little to matter, and the wide lane by 2 cycles.
    [(1, 0), (5, 5), (0, -1), (77, 60)],
)
def test_a_slip_ends_the_arc(tmp_path, slip):
    world = small_world.World(hours=2.0, noise_m=0.3)
    world.slips = {"G05": (120, *slip)}
    one, _, found = levelled(tmp_path, world)
    assert found.slips == 1
    of = one.satellite[found.rows] == "G05"
    starts = one.time[found.rows][of][np.flatnonzero(np.diff(found.arc[of])) + 1]
    assert list(starts - one.time.min()) == [3600.0]


def test_noise_is_no_slip(tmp_path):
    _, _, found = levelled(tmp_path, small_world.World(hours=2.0, noise_m=0.6))
    assert found.slips == 0


def test_levels_and_their_errors(tmp_path):
    one, elevation, found = levelled(tmp_path, small_world.World(hours=3.0, noise_m=0.3))
    names = one.satellite[found.rows]
    ns = 0.299792458 / small_world.METRES_PER_TECU
    bias = np.array([small_world.BIAS_NS[name] + small_world.RECEIVER_NS for name in names]) * ns
    factor = np.array(
        [small_world.slant_factor(np.sin(np.radians(e))) for e in elevation[found.rows]]
    )
    # What remains is the error of each arc's level: code noise of 0.3 m on both frequencies is
    # 4 TECU a row, over some hundred rows 0.4.
    off = found.stec + bias - 20.0 * factor
    for number in np.unique(found.arc):
        of = found.arc == number
        # 0.03: a sphere's elevation is not quite the ellipsoid's.
        assert np.abs(off[of].mean()) < 4.0 * found.level_error[of][0] + 0.03
        assert np.ptp(off[of]) < 0.3


def test_the_error_of_a_level_counts_time_and_not_rows(tmp_path):
    # Independent values are five minutes apart, however many rows stand between.
    errors = []
    for step in (15, 60):
        folder = tmp_path / str(step)
        folder.mkdir()
        world = small_world.World(hours=1.0, step=step, noise_m=0.3)
        one, _, found = levelled(folder, world, every_s=0.0)
        errors.append(np.median(found.level_error))
    assert errors[0] == pytest.approx(errors[1], rel=0.25)


def test_code_outliers_do_not_move_the_level(tmp_path):
    one, elevation, plain = levelled(tmp_path, small_world.World(hours=3.0, noise_m=0.3))
    one.code1[::50] += 80.0
    again = arcs.slants(one, elevation, shortest_s=600.0)
    assert np.abs(again.stec - plain.stec).max() < 0.6


def test_short_arcs_are_left_out(tmp_path):
    world = small_world.World(hours=1.0)
    world.slips = {"G05": (10, 9, 0)}
    one, elevation, found = levelled(tmp_path, world)
    assert found.left_out["arcs that are too short"] >= 1
    assert one.time[found.rows][one.satellite[found.rows] == "G05"].min() - one.time.min() == 300.0
