"""Orbits: SP3 against circles and its own neighbours, broadcast against its own."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.gnss import gps_time, navigation, observations, orbits, position
from tests.unit.gnss import small_world

DAY = gps_time.from_calendar(2020, 1, 1, 0, 0, 0.0)
# WUHN as the IGS gives it, in metres.
WUHN = (-2267749.0, 5009154.0, 3221294.0)


def test_interpolation_finds_the_circle(tmp_path):
    path = tmp_path / "orbits.sp3"
    path.write_text(small_world.sp3(count=96))
    orbit = orbits.read(path)
    seconds = np.array([0.0, 100.0, 3600.5, 43210.0, 85500.0])
    found, clock = orbit.states(DAY + seconds, ["G03", "G77"])
    assert np.abs(found[:, 0] - small_world.place(2, seconds)).max() < 0.01
    assert np.isnan(found[:, 1]).all() and np.isnan(clock[:, 1]).all()
    # Fifteen minutes behind the last epoch it still holds, an hour behind it does not.
    late = np.array([86399.0, 90000.0])
    found, _ = orbit.states(DAY + late, ["G03"])
    assert np.abs(found[0, 0] - small_world.place(2, late[0])).max() < 100.0
    assert np.isnan(found[1]).all()


def test_a_gap_is_not_bridged(tmp_path):
    path = tmp_path / "orbits.sp3"
    parts = small_world.sp3().split("*")
    path.write_text("*".join(parts[:31] + parts[51:]))
    found, _ = orbits.read(path).states(DAY + np.array([3 * 3600.0, 10 * 3600.0]), ["G03"])
    assert np.isfinite(found[0]).all() and np.isnan(found[1]).all()


def test_a_gap_takes_nothing_from_its_sides(tmp_path):
    path = tmp_path / "orbits.sp3"
    parts = small_world.sp3().split("*")
    path.write_text("*".join(parts[:31] + parts[51:]))
    # Epochs 0..29 and 50..96 are there: 7:00 and 13:00 lie within, near the ends of a run.
    seconds = np.array([7.0, 13.0]) * 3600.0
    found, _ = orbits.read(path).states(DAY + seconds, ["G03"])
    assert np.abs(found[:, 0] - small_world.place(2, seconds)).max() < 0.1


def test_files_of_two_spacings(tmp_path):
    """Two days every 15 min, then two every 5 min: most epochs are of the denser files."""
    paths = []
    for number, step in enumerate((900, 900, 300, 300)):
        start = small_world.START + dt.timedelta(days=number)
        paths.append(tmp_path / f"{number}.sp3")
        paths[-1].write_text(small_world.sp3(start, 86400 // step, step))
    seconds = np.arange(0.0, 4 * 86400, 60.0)
    found, _ = orbits.read(paths).states(DAY + seconds, ["G03"])
    off = np.linalg.norm(found[:, 0] - small_world.place(2, seconds), axis=-1)
    # The last minutes lie behind the last epoch.
    assert off[:-15].max() < 0.1 and np.isfinite(off[:-1]).all()
    # The first dense day is not there: nothing is made up across it.
    found, _ = orbits.read([*paths[:2], paths[3]]).states(DAY + seconds, ["G03"])
    known = np.isfinite(found[:, 0]).all(axis=-1)
    days = known.reshape(4, -1).mean(axis=1)
    assert (days[[0, 1, 3]] > 0.99).all() and days[2] < 0.02


def test_one_day_reaches_the_next(real_data):
    folder = real_data / "gnss" / "2020-01"
    one = orbits.read(folder / "COD20863.EPH.Z")
    two = orbits.read([folder / "COD20863.EPH.Z", folder / "COD20864.EPH.Z"])
    midnight = np.array([DAY + 86400.0])
    names = ["G01", "G15", "R07"]
    beyond, known = one.states(midnight, names)[0], two.states(midnight, names)[0]
    assert np.linalg.norm(beyond - known, axis=-1).max() < 1000.0
    # COD20863.EPH at 00:00: "PG01   9888.347630 -19617.637165 -14892.695448   -247.902361".
    state, clock = one.states(np.array([DAY]), ["G01"])
    assert state[0, 0] == pytest.approx([9888347.630, -19617637.165, -14892695.448], abs=1e-3)
    assert clock[0, 0] == pytest.approx(-247.902361e-6)


def test_broadcast_ephemerides_meet_their_neighbours(real_data):
    """Two fits to the same orbit, two hours apart, give one place in between."""
    known = orbits.read(real_data / "gnss" / "2001-09-04_wuhn" / "brdc2470.01n").ephemerides
    off = []
    for name, found in known.items():
        for one, two in zip(found, found[1:], strict=False):
            if 0 < two.time - one.time <= 7200:
                middle = np.array([(one.time + two.time) / 2])
                pair = [
                    navigation.Navigation({name: [eph]}).states(middle, [name])[0][0, 0]
                    for eph in (one, two)
                ]
                off.append(np.linalg.norm(pair[0] - pair[1]))
                assert np.linalg.norm(pair[0]) == pytest.approx(26.56e6, rel=0.025)
    assert len(off) > 200
    assert np.median(off) < 5.0 and np.max(off) < 100.0


def test_rinex_3_navigation_is_rinex_2(real_data, tmp_path):
    old = real_data / "gnss" / "2001-09-04_wuhn" / "brdc2470.01n"
    lines = old.read_text("latin-1").split("\n")
    start = next(n for n, line in enumerate(lines) if "END OF HEADER" in line) + 1
    head = f"{'     3.04           N: GNSS NAV DATA    M':60}RINEX VERSION / TYPE"
    made = [head, f"{'':60}END OF HEADER"]
    for number, line in enumerate(lines[start : start + 8]):
        if number == 0:
            made.append("G01 2001 09 04 00 00 00" + line[22:79])
        else:
            made.append(" " + line[:79])
    path = tmp_path / "x.rnx"
    path.write_text("\n".join([*made, "R01 2001 09 04 00 00 00", "", "", "", ""]))
    time = np.array([gps_time.from_calendar(2001, 9, 4, 0, 30, 0.0)])
    for two, three in zip(
        orbits.read(old).states(time, ["G01"]), orbits.read(path).states(time, ["G01"]), strict=True
    ):
        assert np.array_equal(two, three) and np.isfinite(two).all()
    assert np.isnan(orbits.read(path).states(time + 4 * 3600, ["G01"])[0]).all()


def test_position_from_codes(real_data):
    folder = real_data / "gnss" / "2001-09-04_wuhn"
    one = observations.read(folder / "wuhn2470.01o")
    assert one.header.position == (0.0, 0.0, 0.0)
    found = position.solve(one, orbits.read(folder / "brdc2470.01n"))
    assert np.linalg.norm(found - WUHN) < 100.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (small_world.sp3().replace("EOF", ""), "expected EOF"),
        (small_world.sp3().replace("*  2020 01 01 01", "*  2020 x1 01 01", 1), "line 103: .*SP3"),
        (small_world.sp3(count=5), "10 epochs"),
        ("something\n", "line 1: expected SP3"),
        (
            "     2.11           N: GPS NAV DATA".ljust(60) + "RINEX VERSION / TYPE\n",
            "END OF HEADER",
        ),
    ],
)
def test_broken_orbits(tmp_path, text, message):
    path = tmp_path / "orbits"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        orbits.read(path)


def test_both_kinds_at_once(tmp_path, real_data):
    path = tmp_path / "orbits.sp3"
    path.write_text(small_world.sp3(dt.datetime(2001, 9, 4)))
    with pytest.raises(FormatError, match="found navigation"):
        orbits.read([path, real_data / "gnss" / "2001-09-04_wuhn" / "brdc2470.01n"])
