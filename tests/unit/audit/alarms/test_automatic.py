"""R28: alarms that every earthquake sets by itself."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit.alarms import automatic
from tests.unit.audit.alarms import worlds

DAYS = 600
EPOCHS = 24 * DAYS


def context(at, anomaly, **changed):
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    return worlds.context(table, worlds.quakes(worlds.times(DAYS)[at]), **changed)


def test_aftershocks_are_foreseen_by_what_they_follow():
    rng = np.random.default_rng(1)
    mothers = rng.integers(200, EPOCHS - 200, 15)
    at = np.unique((mothers[:, None] + rng.integers(1, 48, (15, 6))).ravel())
    row = automatic.check(context(at, worlds.runs(rng, EPOCHS)))[0]
    assert row["status"] == "fail"
    assert row["statistic"] < -0.3
    assert row["evidence"].startswith("not better than automatic alarms")


def test_an_alarm_stands_as_often_and_for_days_after_an_earthquake():
    rng = np.random.default_rng(2)
    own = context(rng.integers(200, EPOCHS - 200, 12), worlds.runs(rng, EPOCHS))
    case = own.cases[0]
    found = automatic.automatic(own, case)
    assert found.share == pytest.approx(case.standing.share, abs=0.01)
    on = found.on[0] == 1
    events = np.sort(own.events["time"].to_numpy())
    since = [
        (one - events[events < one]).min() / np.timedelta64(1, "D") for one in case.record.times[on]
    ]
    # Each within one and the same time after an earthquake.
    assert max(since) == pytest.approx(-found.level[0][on].min())
    assert 0 < max(since) < 20


def test_earthquakes_far_away_and_those_before_the_record_set_alarms_by_their_zone():
    rng = np.random.default_rng(3)
    own = context(rng.integers(200, EPOCHS - 200, 12), worlds.runs(rng, EPOCHS))
    before = worlds.quakes([worlds.START - np.timedelta64(1, "D")])
    far = worlds.quakes(worlds.times(DAYS)[[4000]], longitude=160.0)
    for extra, known in ((before, True), (far, False)):
        alarms = automatic.automatic(
            worlds.context(own.anomalies, extra), worlds.context(own.anomalies, own.events).cases[0]
        )
        assert np.isfinite(alarms.level[0, 200:]).all() == known


def test_the_second_earthquake_of_an_epoch_follows_the_first():
    rng = np.random.default_rng(4)
    epoch = 300 + np.arange(20) * 660
    at = worlds.times(DAYS)[epoch]
    minutes = np.timedelta64(1, "m")
    # 40 and 20 minutes before an epoch: the same one is the first after both.
    events = worlds.quakes(np.sort(np.concatenate([at - 40 * minutes, at - 20 * minutes])))
    anomaly = worlds.runs(rng, EPOCHS)
    table = worlds.table({"residual": anomaly, "iqr": anomaly})
    own = worlds.context(table, events)
    case = own.cases[0]
    found = automatic.automatic(own, case)
    assert case.all_targets.epoch.tolist() == np.repeat(epoch, 2).tolist()
    # An alarm stands for a fifth of the time, some 6 days after each pair: they are 27.5 apart.
    assert found.at(case.all_targets.site, case.all_targets.epoch).tolist() == [0, 1] * 20
    row = automatic.check(own)[0]
    assert f"of 40 earthquakes at an alarm share of {100 * case.hits.tau:.1f} %" in row["evidence"]
    share = 100 * found.share[0]
    assert f"against 20 at one of {share:.1f} %" in row["evidence"]
