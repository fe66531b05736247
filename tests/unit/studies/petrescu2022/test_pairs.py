"""Partners of windows before earthquakes."""

from __future__ import annotations

import numpy as np

from laicflow.studies.petrescu2022.pairs import Pool, pair

DAY = 1440


def pool(quiet, **changes):
    own = {"step": 60, "same_minute": False, "block": None, "apart": 0} | changes
    return Pool(quiet, **own)


def at(*ends, size=10 * DAY):
    """Quiet at these ends alone."""
    quiet = np.zeros(size + 1, dtype=bool)
    quiet[list(ends)] = True
    return quiet


def test_partners_end_on_the_step_or_at_the_same_minute_of_the_day():
    quiet = at(60, 90, 120, 90 + DAY, 90 + 3 * DAY)
    assert pool(quiet).partners(5000).tolist() == [60, 120]
    same = pool(quiet, same_minute=True)
    assert same.partners(90 + 2 * DAY).tolist() == [90, 90 + DAY, 90 + 3 * DAY]
    assert same.partners(91 + 2 * DAY).tolist() == []


def test_partners_are_of_the_same_block_of_days():
    block = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2])
    quiet = at(60, 2 * DAY + 60, 4 * DAY, 9 * DAY)
    assert pool(quiet, block=block).partners(DAY + 7).tolist() == [60, 2 * DAY + 60]
    assert pool(quiet, block=block).partners(10 * DAY).tolist() == [9 * DAY]


def test_every_partner_is_drawn_once_and_keeps_off_the_others():
    quiet = at(60, 120, 180, 240)
    rng = np.random.default_rng(0)
    pairs = pair(np.array([5000, 6000, 7000, 8000, 9000]), pool(quiet), rng, 100)
    assert sorted(pairs[:, 1].tolist()) == [60, 120, 180, 240]
    assert len(set(pairs[:, 0].tolist())) == 4
    for seed in range(20):
        rng = np.random.default_rng(seed)
        own = pair(np.array([5000, 6000, 7000]), pool(quiet, apart=120), rng, 100)
        ends = np.sort(own[:, 1])
        # Two of four hours two hours apart, or 60 and 240, or 120 alone with 240: never three.
        assert len(own) == 2 and (np.diff(ends) >= 120).all()


def test_no_more_pairs_than_asked_for():
    quiet = at(*range(0, 600, 60))
    assert len(pair(np.arange(5000, 5009), pool(quiet), np.random.default_rng(1), 3)) == 3


def test_nothing_quiet_gives_no_pair():
    none = pool(at())
    assert pair(np.array([100]), none, np.random.default_rng(0), 9).shape == (0, 2)
    assert none.share() == 0.0


def test_share_is_that_of_whole_hours():
    assert pool(at(0, 60, 90, size=240)).share() == 2 / 5
