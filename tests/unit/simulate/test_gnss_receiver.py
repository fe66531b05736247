"""Observations of a receiver: what is true is in them, with its sign and size."""

from __future__ import annotations

import copy
import datetime as dt

import numpy as np
import pytest

from laicflow.errors import ConfigError
from laicflow.simulate import gnss_orbits as orbits
from laicflow.simulate import gnss_receiver as receiver

DAY = dt.date(2014, 3, 11)
L1, L2 = 299792458.0 / 1575.42e6, 299792458.0 / 1227.60e6
# Metres of P2 - P1 per TECU, 40.3082e16 (6.635691e-19 - 4.029093e-19), and of light per ns.
METRE, NS = 0.105067, 0.299792458
QUIET = {"code_m": 0.0, "phase_m": 0.0, "multipath_m": 0.0, "slips_per_pass": 0.0,
         "gaps_per_day": 0.0}  # fmt: skip
STATION = receiver.Station("SIMA00XXX", 36.0, 140.0, 70.0, p1p2_ns=-14.9, p1c1_ns=0.0, p1=True)


def fields(times, latitude, longitude):
    """A layer that grows southward and by the hour."""
    hours = (np.asarray(times) - np.datetime64("2014-03-11")).astype("timedelta64[us]").astype(
        float
    ) / 3.6e9  # fmt: skip
    hours = hours.reshape((-1,) + (1,) * (np.ndim(latitude) - 1))
    vtec = (20 + hours + 0 * longitude) * np.exp(-0.03 * (latitude - 36))
    return vtec, np.full(vtec.shape, 300.0), np.full(vtec.shape, 50.0)


@pytest.fixture(scope="module")
def sky() -> receiver.Sky:
    random = np.random.default_rng(5)
    p1p2, p1c1 = random.normal(0, 4, 32), random.normal(0, 1, 32)
    return receiver.Sky(orbits.constellation(5), p1p2, p1c1, fields, seed=5)


def observe(sky, day=DAY, interval_s=120, elevation_min=10.0, station=STATION, **changed):
    options = copy.deepcopy(receiver.DEFAULTS) | QUIET | changed
    return receiver.observe(
        station, day, sky, options, interval_s=interval_s, elevation_min=elevation_min
    )


def free(one) -> np.ndarray:
    """Geometry-free phase, m."""
    return L1 * one.values["L1C"] - L2 * one.values["L2W"]


@pytest.fixture(scope="module")
def quiet(sky):
    return observe(sky)


def runs(seen: np.ndarray):
    """First and last epoch of each stretch of True."""
    edges = np.diff(seen.astype(int), prepend=0, append=0)
    return zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0) - 1, strict=True)


def test_phases_follow_slant_tec_within_a_pass(quiet):
    passes = 0
    for number in range(32):
        for first, last in runs(np.isfinite(quiet.slant[:, number])):
            own = slice(first, last + 1)
            phase, tec = free(quiet)[own, number], quiet.slant[own, number]
            assert phase - phase[0] == pytest.approx(METRE * (tec - tec[0]), abs=2e-4)
            passes += 1
    # Each satellite rises once or twice a day.
    assert 40 < passes < 80


def test_codes_hold_tec_and_biases_of_codes_sign(quiet, sky):
    seen = np.nonzero(np.isfinite(quiet.slant))
    found = (quiet.values["C2W"] - quiet.values["C1W"])[seen]
    biases = NS * (sky.p1p2_ns[seen[1]] + STATION.p1p2_ns)
    assert found == pytest.approx(METRE * quiet.slant[seen] - biases, abs=1e-3)
    # One ns of P1-P2 is 2.85 TECU.
    assert NS / METRE == pytest.approx(2.853, abs=2e-3)
    c1 = (quiet.values["C1W"] - quiet.values["C1C"])[seen]
    assert c1 == pytest.approx(NS * sky.p1c1_ns[seen[1]], abs=1e-6)


def test_the_ionosphere_free_combination_is_range_and_clocks_of_sp3(quiet, sky):
    f1, f2 = 1575.42**2, 1227.60**2
    free_of_it = (f1 * quiet.values["C1W"] - f2 * quiet.values["C2W"]) / (f1 - f2)
    place = orbits.on_ground(36.0, 140.0, 70.0)
    at = orbits.seconds(quiet.times)
    own = np.flatnonzero(np.isfinite(quiet.slant[:, 7]))
    distance, _, sent = orbits.received(sky.satellites, 7, at[own], place)
    clock = orbits.clocks(sky.satellites, 7, sent) + orbits.relativity(sky.satellites, 7, sent)
    rest = free_of_it[own, 7] - distance * 1e3 + 299792458.0 * clock
    # What is left: the receiver's clock (at most 0.4 microseconds) and the troposphere.
    late = 299792458.0 * receiver.receiver_clock(STATION, 5, at[own])
    air = rest - late
    sine = np.sin(np.radians(quiet.elevation[own, 7]))
    assert 2.2 < air.min() and air.max() < 15
    assert air * sine == pytest.approx(2.28, abs=0.1)


def test_another_shape_of_the_sky(quiet, sky):
    assert (quiet.elevation[np.isfinite(quiet.slant)] >= 10).all()
    assert np.isfinite(quiet.slant).sum(axis=1).min() >= 4
    assert quiet.times.size == 720 and quiet.times[0] == np.datetime64(DAY)
    # Low rays are longer: at 10 degrees less than three times, high up hardly more than VTEC.
    vtec = fields(quiet.times, np.full(720, 36.0), np.full(720, 140.0))[0]
    ratio = quiet.slant / vtec[:, None]
    high = quiet.elevation > 80
    assert ratio[high] == pytest.approx(1.0, abs=0.06)
    assert 1.5 < np.nanmin(ratio[quiet.elevation < 12]) < np.nanmax(ratio) < 4


def test_slips_are_whole_cycles_at_their_epochs(quiet, sky):
    slipped = observe(sky, slips_per_pass=2.0, slips_flagged=0.5)
    table = slipped.slips
    assert 60 < len(table) < 180 and 0.3 < table["flagged"].mean() < 0.7
    assert table["time"].dtype == "datetime64[us]"
    expected = {"L1C": np.zeros((720, 32)), "L2W": np.zeros((720, 32))}
    for row in table.itertuples():
        number = int(row.satellite[1:]) - 1
        at = int(np.flatnonzero(slipped.times == row.time.to_datetime64())[0])
        ends = [
            last for first, last in runs(np.isfinite(quiet.slant[:, number])) if first < at <= last
        ]
        expected["L1C"][at : ends[0] + 1, number] += row.l1_cycles
        expected["L2W"][at : ends[0] + 1, number] += row.l2_cycles
        assert slipped.lost[at, number] == row.flagged
        assert (row.l1_cycles, row.l2_cycles) != (0, 0)
        assert max(abs(row.l1_cycles), abs(row.l2_cycles)) <= 20
    seen = np.isfinite(quiet.slant)
    for name, cycles in expected.items():
        change = slipped.values[name] - quiet.values[name]
        for number in range(32):
            for first, last in runs(seen[:, number]):
                # A pass from the day before brings its slips along.
                own = change[first : last + 1, number] - (change[0, number] if first == 0 else 0.0)
                assert own == pytest.approx(cycles[first : last + 1, number], abs=1e-6)
    assert slipped.lost.sum() == table["flagged"].sum()
    assert (slipped.values["C2W"][seen] == quiet.values["C2W"][seen]).all()


def test_a_pass_over_midnight_keeps_its_cycles(sky, quiet):
    before = observe(sky, DAY - dt.timedelta(days=1), slips_per_pass=2.0)
    after = observe(sky, slips_per_pass=2.0)
    both = np.flatnonzero(np.isfinite(before.slant[-1]) & np.isfinite(after.slant[0]))
    assert both.size >= 5
    slipped = set(after.slips[after.slips["time"] == after.times[0]]["satellite"])
    for number in both:
        if f"G{number + 1:02d}" not in slipped:
            step = free(after)[0, number] - free(before)[-1, number]
            tec = after.slant[0, number] - before.slant[-1, number]
            assert step == pytest.approx(METRE * tec, abs=1e-4)


def test_gaps_are_left_out_and_told(sky):
    one = observe(sky, gaps_per_day=5.0, gap_minutes=[10, 20], slips_per_pass=3.0)
    assert one.gaps and one.times.size < 720
    for start, end in one.gaps:
        assert 10 <= (end - start) / np.timedelta64(1, "m") <= 20
        assert not ((one.times >= start) & (one.times < end)).any()
    steps = np.diff(one.times) / np.timedelta64(120, "s")
    assert (steps > 1).sum() <= len(one.gaps)
    # A slip in a gap shows at the epoch after it.
    assert np.isin(one.slips["time"].to_numpy(), one.times).all()


def test_noise_has_its_size_and_grows_towards_the_horizon(sky, quiet):
    noisy = observe(sky, code_m=0.2, phase_m=0.002)
    seen = np.isfinite(quiet.slant)
    sine = np.sin(np.radians(quiet.elevation[seen]))
    for name, size, unit in [("C1W", 0.2, 1.0), ("C2W", 0.2, 1.0), ("L1C", 0.002, L1)]:
        change = unit * (noisy.values[name] - quiet.values[name])[seen]
        assert np.std(change * sine) == pytest.approx(size, rel=0.05)
    slow = observe(sky, multipath_m=0.4, multipath_s=600.0)
    change = (slow.values["C2W"] - quiet.values["C2W"])[:, 7] * np.sin(
        np.radians(quiet.elevation[:, 7])
    )
    change = change[np.isfinite(change)]
    # exp(-120 / 600)
    assert np.corrcoef(change[:-1], change[1:])[0, 1] == pytest.approx(0.82, abs=0.12)


def test_a_receiver_without_p1(sky):
    bare = receiver.Station("SIMB00XXX", 36.0, 140.0, 70.0, p1p2_ns=3.0, p1c1_ns=0.0, p1=False)
    one = observe(sky, station=bare, interval_s=900)
    assert set(one.values) == {"C1C", "C2W", "L1C", "L2W", "S1C", "S2W"}
    seen = np.nonzero(np.isfinite(one.slant))
    found = (one.values["C2W"] - one.values["C1C"])[seen]
    biases = NS * (sky.p1p2_ns[seen[1]] + 3.0 - sky.p1c1_ns[seen[1]])
    assert found == pytest.approx(METRE * one.slant[seen] - biases, abs=1e-3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"code_m": -1}, "code_m is -1, below 0"),
        ({"multipath_s": 0}, "multipath_s is 0, not above 0"),
        ({"slips_flagged": 1.5}, "slips_flagged is 1.5"),
        ({"slip_cycles": 0}, "slip_cycles is 0"),
        ({"gap_minutes": [5, 2]}, r"gap_minutes is \[5, 2\]"),
    ],
)
def test_what_no_receiver_does_is_refused(changed, message):
    with pytest.raises(ConfigError, match=f"here.{message}"):
        receiver.check(receiver.DEFAULTS | changed, "here")
