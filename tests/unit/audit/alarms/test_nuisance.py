"""R18: alarms that follow the clock or the Sun are told by it, others are not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from laicflow.audit.alarms import nuisance
from tests.unit.audit.alarms import worlds

DAYS = 400
EPOCHS = 24 * DAYS


def rows(anomaly, at, **changed):
    context = worlds.context(
        worlds.table({"residual": anomaly, "iqr": anomaly}),
        worlds.quakes(worlds.times(DAYS)[at]),
        **changed,
    )
    return nuisance.check(context)


def test_the_model_is_a_logistic_one():
    rng = np.random.default_rng(1)
    seen = np.column_stack([np.ones(4000), rng.normal(size=(4000, 3))])
    told = (rng.random(4000) < 1 / (1 + np.exp(-(seen @ [-1, 0.8, -0.5, 0])))).astype(float)
    found = nuisance.fitted(seen, told)
    ridge = nuisance.RIDGE * 4000 / 4
    other = LogisticRegression(C=1 / ridge, tol=1e-8).fit(seen[:, 1:], told)
    assert found[0] == pytest.approx(other.intercept_[0], abs=1e-4)
    assert found[1:] == pytest.approx(other.coef_[0], abs=1e-4)


def test_the_area_is_that_of_pairs():
    assert nuisance.auc(np.array([1.0, 2, 2, 3]), np.array([0.0, 0, 1, 1])) == 3.5 / 4
    assert np.isnan(nuisance.auc(np.array([1.0]), np.array([1.0])))


def test_alarms_that_follow_the_season_are_told_by_it():
    rng = np.random.default_rng(2)
    day = np.arange(EPOCHS) / 24
    anomaly = (rng.random(EPOCHS) < 0.25 * (1 + np.cos(2 * np.pi * day / 365.25)) ** 2).astype(
        float
    )
    at = np.flatnonzero(np.cos(2 * np.pi * day / 365.25) > 0.6)[200::500]
    (row, _) = rows(anomaly, at)
    assert row["status"] == "fail"
    assert row["evidence"].startswith("not better than the circumstances alone")
    area = float(row["evidence"].rsplit(" ", 1)[1])
    assert area > 0.7


def test_alarms_before_earthquakes_are_not_told_by_the_circumstances():
    rng = np.random.default_rng(3)
    anomaly = worlds.runs(rng, EPOCHS, share=0.02)
    at = np.sort(rng.choice(np.arange(400, EPOCHS, 240), 30, replace=False))
    for one in at:
        anomaly[one - 60 : one - 20] = 1
    (row, _) = rows(anomaly, at)
    assert row["status"] == "pass"
    assert row["statistic"] > 0.3


def test_what_is_told_is_told_out_of_sample():
    # Pure chance cannot be told by anything that has not seen it.
    rng = np.random.default_rng(4)
    anomaly = (rng.random(EPOCHS) < 0.1).astype(float)
    (row, _) = rows(anomaly, np.arange(500, EPOCHS, 300))
    assert float(row["evidence"].rsplit(" ", 1)[1]) == pytest.approx(0.5, abs=0.04)
