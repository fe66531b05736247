"""R20: rates of anomalies in parts of the record, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit.alarms.context import Record
from laicflow.audit.alarms.rates import strata
from tests.unit.audit.alarms import worlds


def test_epochs_of_unknown_activity_are_of_no_stratum_of_it():
    anomaly, kp = np.zeros(240), np.ones(240)
    # Ten days of January: 100 quiet hours with 10 anomalies, 60 disturbed with 15, 20 stormy with
    # 10, 60 unknown that are all anomalous.
    kp[100:160], kp[160:180], kp[180:] = 4, 6, np.nan
    for start, number in ((0, 10), (100, 15), (160, 10), (180, 60)):
        anomaly[start : start + number] = 1
    record = Record(worlds.table({"residual": anomaly, "iqr": anomaly}, kp), "residual")
    found = strata(record, np.array([0.0]))
    assert found["quiet"] == pytest.approx(0.1)
    assert found["disturbed"] == pytest.approx(0.25)
    assert found["stormy"] == pytest.approx(0.5)
    assert found["Dec-Feb"] == pytest.approx(95 / 240)
