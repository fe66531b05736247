"""Placebo catalogs: p is uniform where alarms know nothing, and small where they do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest

from laicflow.audit.alarms import placebo, placebos
from laicflow.audit.alarms.standing import Standing, standing
from laicflow.audit.alarms.targets import Targets, linked
from tests.unit.audit.alarms import worlds

DAYS, WINDOW = 400, 120


def some(epoch) -> Targets:
    epoch = np.sort(np.asarray(epoch))
    return Targets(np.zeros(len(epoch), dtype=int), epoch, worlds.times(DAYS)[epoch], len(epoch))


def world(seed: int, clustered: bool) -> tuple[Standing, Targets, np.random.Generator]:
    """Alarms in runs, and 25 earthquakes that know nothing of them, alone or in clusters."""
    rng = np.random.default_rng(seed)
    alarms = standing(worlds.runs(rng, 24 * DAYS)[None], WINDOW, 0.2)
    at = rng.integers(0, 24 * DAYS, 25)
    if clustered:
        at = (rng.integers(0, 24 * DAYS, 5)[:, None] + rng.integers(0, 240, 5)).ravel()
    return alarms, some(at % (24 * DAYS)), rng


def test_p_by_hand():
    assert placebo.Placebo(1.0, np.array([0.5, 1.0, 2.0, np.nan])).p == pytest.approx(4 / 5)
    assert placebo.Placebo(3.0, np.array([0.5, 1.0, 2.0])).p == pytest.approx(1 / 4)
    assert math.isnan(placebo.Placebo(math.nan, np.array([0.5])).p)


@pytest.mark.parametrize("clustered", [False, True])
def test_p_is_uniform_where_alarms_know_nothing(clustered):
    found = []
    for seed in range(200):
        alarms, targets, rng = world(seed, clustered)
        found.append(placebo.circular(alarms, targets, 99, WINDOW, rng).p)
    found = np.array(found)
    # Hits are whole numbers, so that p is conservative: never more small ones than there should be.
    for level in (0.05, 0.1, 0.25, 0.5):
        assert (found <= level).mean() <= level + 3 * math.sqrt(level * (1 - level) / 200)
    assert kstest(found, "uniform", alternative="greater").pvalue > 0.001
    assert 0.45 < found.mean() < 0.62


def test_p_is_small_where_alarms_come_before():
    rng = np.random.default_rng(5)
    # Not evenly spaced: shifts by the spacing would be the same catalog.
    at = np.arange(300, 24 * DAYS - 300, 480) + rng.integers(0, 200, 19)
    alarm = worlds.runs(rng, 24 * DAYS, share=0.02)
    for one in at:
        alarm[one - 60 : one - 20] = 1
    alarms = standing(alarm[None], WINDOW, 0.25)
    assert placebo.circular(alarms, some(at), 199, WINDOW, rng).p == pytest.approx(1 / 200)
    assert placebo.score_of(alarms, some(at)) > 5
    # After earthquakes is not before them.
    late = placebo.circular(alarms, some(at + 150), 199, WINDOW, rng).p
    assert late > 0.1


def test_shifts_keep_stations_and_distances():
    on = np.arange(12.0).reshape(2, 6) % 2
    both = Targets(np.array([0, 1]), np.array([0, 3]), worlds.times(1)[:2], 2)
    found = placebo.at_offsets(Standing(on, on), both, np.array([0, 1, 3]))
    # Site 0 alternates 0 1, site 1 likewise: at 0 and 3, 1 and 4, 3 and 0 one of two is hit.
    assert found.tolist() == pytest.approx([0, 0, 0])


def test_catalogs_of_their_own():
    on = np.array([[1.0, 0, 1, 0]])
    alarms, true = Standing(on, on), Targets(np.array([0]), np.array([0]), worlds.times(1)[:1], 1)
    found = placebo.of_catalogs(
        alarms, true, np.array([0, 0, 2]), np.zeros(3, int), np.array([0, 2, 1]), 3
    )
    # Two hits, none at all, one miss, at an alarm share of one half.
    assert found.scores[0] == pytest.approx(math.sqrt(2))
    assert math.isnan(found.scores[1])
    assert found.scores[2] == pytest.approx(-1)
    assert found.score == pytest.approx(1)
    assert found.p == pytest.approx(3 / 4)


def test_a_record_without_room_has_no_shifts():
    on = np.ones((1, 100))
    one = Targets(np.array([0]), np.array([50]), worlds.times(10)[:1], 1)
    found = placebo.circular(Standing(on, on), one, 99, 50, np.random.default_rng(1))
    assert math.isnan(found.p)


def test_chains_of_many_catalogs_are_told_at_once():
    rng = np.random.default_rng(2)
    catalog = np.repeat(np.arange(30), 40)
    at = worlds.START + rng.integers(0, 86400 * 300, 1200).astype("timedelta64[s]")
    magnitude = rng.choice([5.0, 5.5, 6.0], 1200)
    together = set(linked(catalog, at, magnitude, 5.0).tolist())
    alone = set()
    for one in range(30):
        own = np.flatnonzero(catalog == one)
        alone |= set(own[linked(np.zeros(40), at[own], magnitude[own], 5.0)].tolist())
    assert together == alone


def test_a_catalog_moved_on_loses_what_leaves_the_record():
    on = np.array([[1.0, 0, 0, 0, 1, 1]])
    own = Targets(np.zeros(3, dtype=int), np.array([0, 2, 4]), worlds.times(1)[:3], 3)
    found = placebo.moved_inside(Standing(on, on), own, np.array([2, -2, 5, 6]))
    # At 2, 4: one of two hit at an alarm share of a half. At 0, 2: one of two. At 5: one of one.
    assert found[:3].tolist() == pytest.approx([0, 0, 1])
    assert math.isnan(found[3])


def test_other_years_are_whole_ones():
    days = 800
    anomaly = np.zeros(24 * days)
    # Each begins ten days after the record does, in its first and its second year.
    for day in (10, 375):
        anomaly[24 * day : 24 * (day + 3)] = 1
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    times = worlds.times(days)
    events = worlds.quakes(times[[24 * 13, 24 * 300, 24 * 700]])
    case = worlds.context(table, events, rules={"alarmed_share": None}).cases[0]
    found = placebos.other_years(case, 20)
    # Alarms stand on 2 * 8 of the 800 days less the first look-back's half.
    tau = float(case.standing.share[0])
    assert tau == pytest.approx(16 / 797.5, rel=0.02)
    # A year on: 378 (hit), 665; 1065 leaves. Back: 335 alone. Two years on: 743; back: none.
    spread = [math.sqrt(number * tau * (1 - tau)) for number in (2, 1, 1)]
    hits = [1 - 2 * tau, -tau, -tau]
    assert found.scores.tolist() == pytest.approx(np.divide(hits, spread).tolist())


def test_simulated_earthquakes_outside_the_study_do_not_count():
    days = 400
    anomaly = worlds.runs(np.random.default_rng(3), 24 * days)
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    events = worlds.quakes(worlds.times(days)[300::400])
    found = {}
    for name, region in (("all", None), ("none", ([-10, 0], [0, 10]))):
        context = worlds.context(table, events, region=region)
        one = placebos.simulated(context, context.cases[0], 20)
        found[name] = np.isfinite(one.scores).sum()
    assert found["all"] > 10
    assert found["none"] == 0


def test_what_simulated_catalogs_are_not_is_told():
    days = 400
    anomaly = worlds.runs(np.random.default_rng(3), 24 * days)
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    row = placebos.check(worlds.context(table, worlds.quakes(worlds.times(days)[300::400])))[0]
    assert "parameters are not fitted to the catalog" in row["evidence"]
    assert "magnitudes are drawn after the branching" in row["evidence"]
