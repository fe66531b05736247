"""Scores by hand, alpha by the sum of its terms, intervals that hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from laicflow.audit.alarms.hits import Blocks, Hits, beyond_chance, hits_of
from laicflow.audit.alarms.standing import Standing, standing
from laicflow.audit.alarms.targets import Targets
from tests.unit.audit.alarms import worlds

OPTIONS = {"bootstrap": 300, "min_blocks": 5}


def some(epoch, site=None) -> Targets:
    epoch = np.asarray(epoch)
    site = np.zeros(len(epoch), dtype=int) if site is None else np.asarray(site)
    return Targets(site, epoch, np.empty(len(epoch), dtype="datetime64[us]"), len(epoch))


def test_scores_by_hand():
    own = Hits(np.array([1.0, 0, 1, np.nan]), np.array([0.2, 0.2, 0.5, 0.9]))
    assert (own.number, own.hits) == (3, 2)
    assert own.tau == pytest.approx(0.3)
    assert own.score == pytest.approx(2 / 3 - 0.3)
    assert own.lift == pytest.approx(2 / 0.9)
    # Sum of C(3, n) 0.3^n 0.7^(3 - n) for n = 2, 3.
    assert own.alpha == pytest.approx(3 * 0.09 * 0.7 + 0.027)
    assert math.isnan(Hits(np.array([np.nan]), np.array([0.2])).score)


def test_hits_beyond_chance_in_standard_deviations():
    on, chance = np.array([1.0, 1, 0, np.nan]), np.array([0.5, 0.5, 0.2, 0.1])
    spread = math.sqrt(0.25 + 0.25 + 0.16)
    assert float(beyond_chance(on, chance)) == pytest.approx((2 - 1.2) / spread)
    assert float(beyond_chance(np.array([1.0]), np.array([1.0]))) == 0.0
    assert math.isnan(float(beyond_chance(np.array([np.nan]), np.array([0.5]))))


def test_each_earthquake_has_the_alarm_share_of_its_station():
    on = np.array([[1.0, 0, 0, 0], [1, 1, 1, 0]])
    found = hits_of(Standing(on, on), some([0, 3], [0, 1]))
    assert found.on.tolist() == [1, 0]
    assert found.chance.tolist() == [0.25, 0.75]


def test_intervals_hold_nothing_where_there_is_nothing():
    held, widths = 0, []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        alarm = worlds.runs(rng, 24 * 600)
        alarms = standing(alarm[None], 120, 0.2)
        found = Blocks(worlds.times(600), 15, OPTIONS, ("test", seed)).score(
            alarms, some(rng.integers(120, 24 * 600, 60))
        )
        held += found.low <= 0 <= found.high
        widths.append(found.width)
    # 95 % nominal; of 60 draws fewer than 51 would be rare at 92 %.
    assert held >= 51
    # Of 60 independent draws of one in five: 4 sqrt(0.16 / 60) = 0.21.
    assert np.median(widths) == pytest.approx(0.21, abs=0.06)


def test_hits_that_are_all_alike_have_no_narrow_interval():
    on = np.zeros((1, 24 * 300))
    on[0, ::5] = 1
    alarms, blocks = Standing(on, on), Blocks(worlds.times(300), 15, OPTIONS, ("test",))
    epochs = np.arange(4) * 24 * 60 + 240
    every = blocks.score(alarms, some(epochs))
    assert every.high == pytest.approx(0.8, abs=0.01)
    # Wilson: none of four is up to 0.49 of all.
    assert every.low == pytest.approx(0.8 - 0.49, abs=0.02)
    # No more than all of them can be hit.
    assert every.high <= 1 - alarms.share[0]
    lift = blocks.lift(alarms, some(epochs))
    assert lift.high == pytest.approx(1 / 0.2, abs=0.01) and lift.high <= 1 / alarms.share[0]
    same = blocks.difference(alarms, alarms, some(epochs))
    assert same.low == pytest.approx(-0.49, abs=0.01)
    assert same.high == pytest.approx(0.49, abs=0.01)


def test_few_blocks_or_earthquakes_have_none():
    on = np.ones((1, 24 * 60))
    blocks = Blocks(worlds.times(60), 15, OPTIONS, ("test",))
    assert (
        blocks.score(Standing(on, on), some([100, 900])).note == "4 blocks of 15 days, fewer than 5"
    )
    blocks = Blocks(worlds.times(300), 15, OPTIONS, ("test",))
    nothing = np.full((1, 24 * 300), np.nan)
    assert "no earthquake" in blocks.score(Standing(nothing, nothing), some([100])).note
