"""Rates of alarms by part of a record and in chosen periods, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.anomalies import rates
from laicflow.anomalies.tables import ALARMS, ANOMALIES, typed

START, HOUR, DAY = np.datetime64("2020-01-01", "us"), np.timedelta64(1, "h"), np.timedelta64(1, "D")
DAYS = 30
TIMES = START + np.arange(24 * DAYS) * HOUR
RULES = {"days": 3, "sigmas": 2.0, "iqr": {"days": 3, "k": 1.5}}
LONGITUDE = {"A": 0.0, "B": 90.0}


def made() -> pd.DataFrame:
    """Site A alarms at 12 h of every day, B at 12 h of even days; residual from day 10 on.

    Day 20 is disturbed; at A day 15 is filled. The IQR method alarms never.
    """
    day = (TIMES - START) // DAY
    hour = ((TIMES - START) // HOUR) % 24
    parts = []
    for method in ("residual", "iqr"):
        for site in LONGITUDE:
            own = (hour == 12) & ((day % 2 == 0) | (site == "A")) & (method == "residual")
            dtec = own.astype(float)
            if method == "residual":
                dtec[day < 10] = np.nan
            rows = {"site": site, "time": TIMES, "method": method, "dtec": dtec, "dst": 0.0}
            rows["kp"] = np.where(day == 20, 5.0, 1.0)
            rows["known"], rows["undisturbed"] = True, day != 20
            rows["filled"] = (day == 15) & (site == "A")
            rows["usable"] = np.isfinite(dtec) & ~rows["filled"]
            parts.append(pd.DataFrame(rows))
    return typed(pd.concat(parts), ANOMALIES)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return made()


@pytest.fixture(scope="module")
def found(table: pd.DataFrame) -> pd.DataFrame:
    return rates.rates(table, RULES, LONGITUDE, seed=7, names=("test",))


def row(found: pd.DataFrame, method: str, part: str, site: str = "all") -> pd.Series:
    own = found[(found["method"] == method) & (found["part"] == part) & (found["site"] == site)]
    assert len(own) == 1
    return own.iloc[0]


def test_record_counts_what_is_judged_and_not_filled(found: pd.DataFrame):
    one = row(found, "residual", "record")
    # A 20 days less the filled one, B 20 days; A alarms on 19 of them, B on 10.
    assert (one["epochs"], one["alarms"]) == (39 * 24, 29)
    assert one["rate"] == pytest.approx(29 / 936)
    assert one["rate_filled"] == pytest.approx(30 / 960)
    assert one["start"] == START + 10 * DAY and one["end"] == TIMES[-1]
    assert one["expected"] == pytest.approx(0.0455 * 936, abs=0.01)
    assert one["seed"] == 7 and one["blocks"] == 7 and one["low"] < one["rate"] < one["high"]
    assert row(found, "residual", "shared", "B")["alarms"] == 10
    assert found.dtypes.astype("str").to_dict() == ALARMS


def test_both_methods_over_the_same_epochs(found: pd.DataFrame):
    assert row(found, "iqr", "record")["epochs"] == 59 * 24
    assert (
        row(found, "iqr", "shared")["epochs"] == row(found, "residual", "shared")["epochs"] == 936
    )
    assert row(found, "iqr", "shared")["alarms"] == 0
    # Parts are of days 10 to 29 for both, of which day 20 is disturbed: 39 site days less 2.
    for method in ("iqr", "residual"):
        assert row(found, method, "undisturbed")["epochs"] == 37 * 24
        assert row(found, method, "shared", "A")["epochs"] == 19 * 24
        assert row(found, method, "undisturbed")["start"] == START + 10 * DAY


def test_periods_of_both_methods_are_the_same(table: pd.DataFrame):
    found = rates.periods(table, RULES, {"x": (START + 18 * DAY, START + 22 * DAY)}, seed=7)
    # Of the 30 days of the IQR method 20 are those of the residuals: 17 periods of four days.
    assert found.loc[found["counted"] == "any", "periods"].tolist() == [17, 17]
    # Of undisturbed epochs too: the four periods with day 20 in them have three quarters, too few.
    assert found.loc[found["counted"] == "undisturbed", "periods"].tolist() == [13, 13]


def test_by_activity_and_local_time(found: pd.DataFrame):
    assert row(found, "residual", "disturbed")[["epochs", "alarms"]].tolist() == [48, 2]
    assert row(found, "residual", "undisturbed")["alarms"] == 27
    # 12 UTC is noon at A and 18 h at B, 90 degrees further east.
    assert row(found, "residual", "local time 12 to 18 h")["alarms"] == 19
    assert row(found, "residual", "local time 18 to 24 h")["alarms"] == 10
    assert row(found, "residual", "local time 00 to 06 h")["alarms"] == 0


def test_a_period_among_all_of_its_length(table: pd.DataFrame):
    span = (START + 18 * DAY, START + 22 * DAY)
    found = rates.periods(table, RULES, {"quiet period": span, "none": None}, seed=7)
    own = found[(found["method"] == "residual") & (found["counted"] == "any")].iloc[0]
    # Four days: A alarms four times, B on two even ones.
    assert (own["alarms"], own["epochs"], own["part"]) == (6, 192, "quiet period")
    # The record of 20 days holds 17 such periods, 5 of them one after another.
    assert (own["periods"], own["disjoint"]) == (17, 5)
    quiet = found[(found["method"] == "residual") & (found["counted"] == "undisturbed")].iloc[0]
    assert (quiet["alarms"], quiet["epochs"]) == (4, 144)
    assert set(found["part"]) == {"quiet period"} and len(found) == 4


def test_a_period_outside_the_record_is_left_out(table: pd.DataFrame):
    found = rates.periods(table, RULES, {"event": (START, START + 4 * DAY)}, seed=7)
    # Residuals begin on day 10: before it the methods cannot be compared.
    assert found.empty
    # Without any residual bounds the other method stands alone.
    blank = table["method"] == "residual"
    alone = table.assign(dtec=table["dtec"].where(~blank))
    found = rates.periods(alone, RULES, {"event": (START, START + 4 * DAY)}, seed=7)
    assert found["method"].unique().tolist() == ["iqr"]


def test_all_periods_of_a_length(table: pd.DataFrame):
    judged = rates.Judged(table, "residual")
    found = rates.by_period(judged, 4)
    assert len(found) == 17 and found["start"].iloc[0] == pd.Timestamp(START + 10 * DAY)
    # Four days of both sites alarm six times, those with the filled day less.
    share = found.set_index("start")["rate"]
    assert share[pd.Timestamp(START + 18 * DAY)] == pytest.approx(6 / 192)
    assert share[pd.Timestamp(START + 12 * DAY)] == pytest.approx(5 / 168)
    assert rates.by_period(judged, 40).empty


def test_without_any_bounds_there_are_rows_without_rates(table: pd.DataFrame):
    blank = table.assign(dtec=np.nan, usable=False)
    found = rates.rates(blank, RULES, LONGITUDE, seed=0, names=("test",))
    assert (found["epochs"] == 0).all() and found["rate"].isna().all()
    assert rates.periods(blank, RULES, {"x": (START, START + DAY)}, seed=0).empty
    assert rates.by_period(rates.Judged(blank, "iqr"), 4).empty


def test_expected_shares():
    rules = {"sigmas": 2.0, "iqr": {"k": 1.5, "days": 15}}
    assert rates.expected_share("residual", rules) == pytest.approx(0.0455, abs=5e-5)
    assert rates.expected_share("iqr", rules) == pytest.approx(0.114, abs=1e-3)
