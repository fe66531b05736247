"""Baseline jumps by delta F: found to the minute, and nothing else taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.clean.baselines import delta_f, ends, jumps, unseen
from laicflow.readers import iaga2002
from tests.unit.simulate.magnetic import simulate

DAYS = 8
MINUTES = DAYS * 1440
NOISE = 0.2  # nT


@pytest.fixture
def quiet():
    """Delta F with noise and a daily course of 1.5 nT."""
    minute = np.arange(MINUTES)
    noise = np.random.default_rng(5).normal(0, NOISE, MINUTES)
    return noise + 1.5 * np.sin(2 * np.pi * minute / 1440)


def of(dataset) -> np.ndarray:
    return delta_f(*(dataset[name].values for name in "XYZF"))


def test_delta_f_by_hand():
    assert delta_f(*map(np.array, ([3.0], [4.0], [12.0], [12.5]))).tolist() == [0.5]


@pytest.mark.parametrize("at", [300, 1000, 5761, MINUTES - 300])
@pytest.mark.parametrize("size", [8.0, -8.0])
def test_a_step_is_found_at_its_minute(at, size):
    delta = np.random.default_rng(at).normal(0, NOISE, MINUTES)
    delta[at:] += size
    ((found, told),) = jumps(delta)
    assert abs(found - at) <= 1
    assert told == pytest.approx(size, abs=0.3)


def test_several_steps_and_one_of_a_spread_too_large(quiet):
    quiet[3000:] += 9.0
    quiet[4500:] -= 12.0
    quiet[9000:] += 4.0  # less than 6 spreads of the daily course
    assert [at for at, _ in jumps(quiet)] == pytest.approx([3000, 4500], abs=1)


def test_what_is_no_step(quiet):
    assert jumps(quiet) == []
    drift = quiet + np.arange(MINUTES) / 1440 * 20
    assert jumps(drift) == []
    quiet[4000:4200] += 30.0  # comes back after three hours
    quiet[7000:7003] -= 500.0  # spikes
    quiet[2000:2700] = np.nan
    assert jumps(quiet) == []
    assert jumps(np.full(MINUTES, np.nan)) == []
    assert jumps(np.array([])) == []


def test_a_step_within_a_gap_is_given_at_its_end():
    delta = np.zeros(MINUTES)
    delta[4000:] = 5.0
    delta[3900:4100] = np.nan
    assert jumps(delta) == [(4100, 5.0)]


def test_the_levels_at_the_ends():
    delta = np.zeros(MINUTES)
    delta[5000:] = 5.0
    assert ends(delta) == (0.0, 5.0)
    assert np.isnan(ends(np.full(MINUTES, np.nan))).all()


@pytest.mark.parametrize("size", [8.0, -8.0])
def test_a_planted_jump_of_a_simulated_station(size):
    jump = {"time": "2003-03-17T10:23", "x": 0.0, "y": 0.0, "z": size}
    month = simulate("2003-03-10", 15, options={"jumps": [jump]})
    values = [month[name].values for name in "XYZF"]
    assert unseen(delta_f(*values), values[3]) == ""
    ((at, told),) = jumps(of(month))
    assert abs(at - (7 * 1440 + 10 * 60 + 23)) <= 2
    # Its part along the field, which dips by some 70 degrees there.
    along = size * np.nanmean(values[2]) / np.nanmean(values[3])
    assert told == pytest.approx(along, abs=0.1)
    assert jumps(of(simulate("2003-03-10", 15))) == []


def test_why_jumps_cannot_be_seen():
    f = np.full(MINUTES, 49367.5)
    assert unseen(np.full(MINUTES, np.nan), np.full(MINUTES, np.nan)) == "no F beside the vector"
    rounding = np.random.default_rng(1).uniform(-0.08, 0.08, MINUTES)
    assert unseen(rounding, f) == "F is the length of the vector"
    # The same spread beside values in hundredths is a measurement.
    assert unseen(rounding, f + 0.03) == ""
    assert unseen(rounding + 0.7, f) == ""


def test_real_stations(real_data):
    folder = real_data / "geomag"
    for name in ("cbi_march_2011.txt", "mmb_2011_march.txt"):
        month = iaga2002.read(folder / "cbi_mmb_2011-03" / name)
        assert unseen(of(month), month["F"].values) == ""
        assert jumps(of(month)) == []
    # The provisional day of EYR has one: at 07:30 |XYZ| falls by 10 nT, F by 0.1.
    day = iaga2002.read(folder / "gaps/eyr20160101pmin.min")
    ((at, size),) = jumps(of(day))
    assert at == 7 * 60 + 30
    assert size < -9
