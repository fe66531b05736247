"""When an alarm stands: looks back by hand, shares of time, what never announces itself."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit.alarms.standing import (
    Standing,
    above,
    days_since,
    looked_back,
    moved,
    since_last,
    standing,
    window_epochs,
)

START, HOUR = np.datetime64("2020-01-01", "us"), np.timedelta64(1, "h")
NAN = np.nan


def test_a_look_back_ends_before_its_epoch_and_begins_after_the_record_does():
    values = np.array([[1.0, 0, 0, 1, 1, 0]])
    # Means of the three values before each epoch; of the first two less than half is there.
    assert looked_back(values, 3)[0, 3:].tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert np.isnan(looked_back(values, 3)[0, :2]).all()


def test_what_is_not_judged_is_left_out_until_half_is_lost():
    values = np.array([[1.0, NAN, 0, 0, NAN, NAN, NAN, 0]])
    found = looked_back(values, 4)[0]
    assert found[4] == pytest.approx(1 / 3)
    assert found[6] == 0.0
    assert np.isnan(found[7])


def test_any_anomaly_is_an_alarm_unless_a_share_is_asked_for():
    level = np.array([[0.0, 0.1, 0.3, 0.2, NAN]])
    assert above(level, None)[0, :4].tolist() == [0, 1, 1, 1]
    assert np.isnan(above(level, None)[0, 4])
    assert above(level, 0.25)[0, :4].tolist() == [0, 0, 1, 0]


def test_a_share_is_that_of_each_site_and_as_near_as_ties_allow():
    rng = np.random.default_rng(1)
    level = np.stack([rng.random(1000), 5 + rng.random(1000)])
    assert above(level, 0.2).mean(axis=1).tolist() == [0.2, 0.2]
    assert above(level, np.array([0.1, 0.4])).mean(axis=1).tolist() == [0.1, 0.4]
    tied = np.array([[0.0] * 6 + [1.0] * 4])
    assert above(tied, 0.3).mean() == 0.4
    assert above(tied, 0.0).sum() == 0
    assert above(tied, 0.1).sum() == 0


def test_the_share_of_time_counts_what_can_be_told():
    found = standing(np.array([[0, 1.0, 0, 0, 0, 0]]), 2, None)
    # One value is half of a look-back of two: the second epoch can be told.
    assert found.on[0, 1:].tolist() == [0, 1, 1, 0, 0]
    assert found.share.tolist() == [pytest.approx(2 / 5)]


def test_an_automatic_alarm_knows_what_came_before():
    times = START + np.arange(6) * HOUR
    decided = np.ones((1, 6), dtype=bool)
    found = -24 * since_last(times, [np.array([START + np.timedelta64(90, "m")])], decided)[0]
    assert np.isinf(found[:2]).all()
    assert found[2:].tolist() == pytest.approx([0.5, 1.5, 2.5, 3.5])


def test_no_earthquake_announces_itself_and_one_of_the_same_hour_does():
    at = START + np.array([90, 110, 110]) * np.timedelta64(1, "m")
    found = 24 * 60 * days_since(at, at[::-1])
    # 20 minutes after the first; not those at one and the same time.
    assert np.isinf(found[0])
    assert found[1:].tolist() == pytest.approx([20, 20])


def test_targets_may_know_more_than_epochs():
    on = np.array([[0.0, 0, NAN]])
    own = Standing(on, on, np.array([1.0, 0, 1]))
    found = own.at(np.zeros(3, dtype=int), np.array([0, 1, 2]))
    assert found[:2].tolist() == [1, 0]
    assert np.isnan(found[2])


def test_a_level_moves_later():
    assert moved(np.array([[1.0, 2, 3]]), 1)[0, 1:].tolist() == [1, 2]
    assert np.isnan(moved(np.array([[1.0, 2, 3]]), 5)).all()


def test_a_look_back_in_epochs():
    assert window_epochs(1.5, HOUR) == 36
    assert window_epochs(8, np.timedelta64(15, "m")) == 768
