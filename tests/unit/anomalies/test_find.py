"""Anomalies of a record: bounds by hand, which forecast is taken, what is judged and counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.anomalies import find
from laicflow.anomalies.tables import ANOMALIES
from laicflow.errors import LaicflowError

START, HOUR = np.datetime64("2020-01-01", "us"), np.timedelta64(1, "h")
# Six epochs a day, look-backs of two days: twelve errors behind a bound.
STEP, PER_DAY = np.timedelta64(4, "h"), 6
RULES = {
    "mode": "clean",
    "days": 2,
    "sigmas": 2.0,
    "least_days": 2,
    "iqr": {"days": 2, "k": 1.5, "least_days": 2},
    "use_filled": False,
    "undisturbed": {"kp_below": 3.0, "dst_above": -30.0},
}


def tensors(vtec: np.ndarray, cleaned: np.ndarray | None = None, filled: np.ndarray | None = None):
    """One station A at 0 degrees; a step of four hours."""
    cleaned = vtec if cleaned is None else cleaned
    filled = np.zeros(len(vtec)) if filled is None else filled
    return xr.Dataset(
        {
            "vtec": (("time", "station"), np.asarray(vtec, "f4")[:, None]),
            "cleaned": (("time", "station"), np.asarray(cleaned, "f4")[:, None]),
            "filled": (("time", "station"), np.asarray(filled, "i1")[:, None]),
        },
        coords={
            "time": START + np.arange(len(vtec)) * STEP,
            "station": ["A"],
            "latitude": ("station", [40.0]),
            "longitude": ("station", [10.0]),
        },
    )


def told(rows: list[tuple]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions and samples from (issue epoch, lead in epochs, output, split)."""
    issue = [START + row[0] * STEP for row in rows]
    ids = [str(one) for one in issue]
    predictions = pd.DataFrame(
        {
            "sample_id": ids,
            "seed": 0,
            "draw": 0,
            "split": [row[3] for row in rows],
            "lead": [4.0 * row[1] for row in rows],
            "output": [row[2] for row in rows],
        }
    )
    samples = pd.DataFrame({"sample_id": ids, "issue_time": issue, "site": "A"})
    return predictions, samples.drop_duplicates("sample_id")


def forecast(record: find.Record, rows: list[tuple], **options) -> find.Forecast:
    chosen = {"seed": 0, "splits": ("test", "validation"), **options}
    return find.forecast_of(record, *told(rows), **chosen)


def test_of_several_forecasts_the_shortest_or_longest_lead_is_taken():
    record = find.record_of(tensors(np.zeros(6)), "clean")
    rows = [(0, 1, 1.0, "test"), (0, 2, 2.0, "test"), (1, 1, 3.0, "test"), (1, 2, 4.0, "test")]
    short, long = (forecast(record, rows, lead=lead) for lead in ("shortest", "longest"))
    # Epoch 2 is forecast by the first window two steps ahead and by the second one step ahead.
    np.testing.assert_array_equal(short.predicted[0], [np.nan, 1, 3, 4, np.nan, np.nan])
    np.testing.assert_array_equal(long.predicted[0], [np.nan, 1, 2, 4, np.nan, np.nan])
    assert short.lead[0, 1:4].tolist() == [1, 1, 2] and long.lead[0, 1:4].tolist() == [1, 2, 2]


def test_the_test_is_preferred_to_the_validation_and_clean_takes_it_alone():
    record = find.record_of(tensors(np.zeros(4)), "clean")
    rows = [(0, 2, 7.0, "test"), (1, 1, 8.0, "validation"), (2, 1, 9.0, "validation")]
    both = forecast(record, rows)
    np.testing.assert_array_equal(both.predicted[0], [np.nan, np.nan, 7, 9])
    alone = forecast(record, rows, splits=find.SPLITS["clean"])
    np.testing.assert_array_equal(alone.predicted[0], [np.nan, np.nan, 7, np.nan])


def test_forecasts_that_do_not_fit_the_record_are_refused():
    record = find.record_of(tensors(np.zeros(4)), "clean")
    with pytest.raises(LaicflowError, match="no epoch of the series"):
        forecast(record, [(3, 1, 1.0, "test")])
    with pytest.raises(LaicflowError, match="no epoch of the series"):
        forecast(record, [(0, 0.5, 1.0, "test")])
    with pytest.raises(LaicflowError, match="two forecasts of 2020-01-01T04"):
        forecast(record, [(0, 1, 1.0, "test"), (0, 1, 1.0, "test")])
    with pytest.raises(ValueError, match="nearest"):
        forecast(record, [(0, 1, 1.0, "test")], lead="nearest")
    predictions, samples = told([(0, 1, 1.0, "test")])
    with pytest.raises(LaicflowError, match="station 'B'"):
        find.forecast_of(record, predictions, samples.assign(site="B"), seed=0, splits=("test",))
    with pytest.raises(LaicflowError, match="is not in the samples"):
        find.forecast_of(record, predictions, samples.iloc[:0], seed=0, splits=("test",))


def test_clean_judges_what_cleaning_took_out_and_paper_what_it_put_there():
    vtec = np.array([10, 99, np.nan, 12.0])
    cleaned, filled = np.array([10, 11, 11.5, 12.0]), np.array([0, 1, 1, 0])
    paper = find.record_of(tensors(vtec, cleaned, filled), "paper")
    np.testing.assert_array_equal(paper.observed[0], cleaned)
    assert paper.filled[0].tolist() == [False, True, True, False] and paper.outliers == 0
    clean = find.record_of(tensors(vtec, cleaned, filled), "clean")
    np.testing.assert_array_equal(clean.observed[0], [10, 99, 11.5, 12])
    assert clean.filled[0].tolist() == [False, False, True, False] and clean.outliers == 1


def test_interpolated_epochs_stay_filled():
    made = tensors(np.array([10, 11, 12.0]), None, np.array([0, 1, 0]))
    made.attrs["interpolated"] = 1
    record = find.record_of(made, "clean")
    assert record.filled[0].tolist() == [False, True, False] and record.outliers == 0


def found(vtec: np.ndarray, predicted: float, mode: str = "clean", **rules) -> pd.DataFrame:
    """Each epoch is forecast one step ahead as `predicted`; Kp is 2, then 5 from day four on."""
    record = find.record_of(tensors(vtec), mode)
    rows = [(epoch, 1, predicted, "test") for epoch in range(len(vtec) - 1)]
    kp = pd.DataFrame({"time": [START + k * 3 * HOUR for k in range(40)]})
    kp["kp"] = np.where(kp["time"] < START + 72 * HOUR, 2.0, 5.0)
    dst = pd.DataFrame({"time": [START + k * HOUR for k in range(120)], "dst": -10.0})
    indices = {"kp": kp, "dst": dst} | rules.pop("indices", {})
    return find.find(record, forecast(record, rows), indices, {**RULES, "mode": mode, **rules})


def errors_of_one(epochs: int) -> np.ndarray:
    """Values 9, 11, 9, 11 ... about a forecast of 10: errors of mean 0, one unit each."""
    return 10 + np.where(np.arange(epochs) % 2, 1.0, -1.0)


def test_residual_bounds_by_hand():
    vtec = errors_of_one(20)
    vtec[15] = 20.0
    table = found(vtec, 10.0).set_index(["method", "time"]).loc["residual"]
    row = table.loc[pd.Timestamp(START + 15 * STEP)]
    # Twelve errors, six of +1 and six of -1: mean 0, variance 12 / 11.
    sigma = np.sqrt(12 / 11)
    assert (row["centre"], row["high"]) == pytest.approx((10.0, 10 + 2 * sigma))
    assert row["dtec"] == pytest.approx(10 - 2 * sigma) and row["low"] == pytest.approx(
        10 - 2 * sigma
    )
    # The twelve errors of the epoch after it hold the anomaly: mean 11 / 12 with eleven others
    # that cancel but for one.
    after = table.loc[pd.Timestamp(START + 16 * STEP)]
    errors = np.r_[[-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1], 10.0]
    assert after["centre"] == pytest.approx(10 + errors.mean())
    assert after["high"] == pytest.approx(10 + errors.mean() + 2 * errors.std(ddof=1))


def test_in_paper_an_anomaly_widens_its_own_bounds():
    vtec = errors_of_one(20)
    vtec[15] = 20.0
    clean, paper = (
        found(vtec, 10.0, mode).query("method == 'residual' and dtec > 0")
        for mode in ("clean", "paper")
    )
    assert len(clean) == len(paper) == 1
    errors = np.r_[[-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1], 10.0]
    beyond = 10 - errors.mean() - 2 * errors.std(ddof=1)
    assert paper["dtec"].iloc[0] == pytest.approx(beyond) and beyond < clean["dtec"].iloc[0]


def test_iqr_bounds_by_hand():
    vtec = 10 + np.repeat([0.0, 4.0, 1.0], PER_DAY)
    table = found(vtec, 10.0).query("method == 'iqr' and low == low")
    # Two days of 10 and 14: median 12, quartiles 11 and 13.
    assert len(table) == PER_DAY
    assert set(zip(table["centre"], table["low"], table["high"], strict=True)) == {(12, 9, 15)}
    assert (table["dtec"] == 0).all()


def test_table_is_typed_and_begins_with_the_first_bounds():
    table = found(errors_of_one(20), 10.0)
    assert table.dtypes.astype("str").to_dict() == ANOMALIES
    # Both methods look two days back; the forecasts begin one epoch late.
    assert table["time"].min() == pd.Timestamp(START + 12 * STEP)
    assert len(table) == 2 * (20 - 12)
    without = found(errors_of_one(8), 10.0)
    assert len(without) == 16 and without["low"].isna().all() and not without["usable"].any()


def test_filled_values_are_drawn_but_neither_judged_nor_counted():
    vtec = errors_of_one(20)
    filled = np.zeros(20)
    filled[15] = 1
    record = find.record_of(tensors(vtec, vtec, filled), "clean")
    rows = [(epoch, 1, 10.0, "test") for epoch in range(19)]
    for use, judged in ((False, False), (True, True)):
        rules = {
            **RULES,
            "use_filled": use,
            "least_days": 1.5,
            "iqr": {**RULES["iqr"], "least_days": 1},
        }
        table = find.find(record, forecast(record, rows), {}, rules)
        own = table[table["time"] == START + 15 * STEP]
        assert own["observed"].tolist() == [11, 11] and own["filled"].all()
        assert own["dtec"].notna().tolist() == [judged, judged] and not own["usable"].any()


def test_undisturbed_needs_both_indices_or_the_one_that_has_a_source():
    vtec = errors_of_one(24)
    quiet = found(vtec, 10.0).query("method == 'residual'").set_index("time")["undisturbed"]
    # Kp is 5 from the fourth day on, Dst -10 nT throughout.
    assert quiet[quiet].index.max() == pd.Timestamp(START + 17 * STEP)
    alone = found(vtec, 10.0, indices={"kp": None}).query("method == 'residual'")
    assert alone["undisturbed"].all() and alone["kp"].isna().all()
    neither = found(vtec, 10.0, indices={"kp": None, "dst": None})
    assert not neither["undisturbed"].any()


def test_an_index_is_held_against_epochs_by_its_source_and_not_by_its_values():
    vtec = errors_of_one(24)
    both = found(vtec, 10.0)
    assert both["known"].all()
    # Dst alone, where Kp has no source; neither, where Kp has one that says nothing of the record.
    assert found(vtec, 10.0, indices={"kp": None})["known"].all()
    silent = pd.DataFrame({"time": np.empty(0, "datetime64[us]"), "kp": np.empty(0)})
    lost = found(vtec, 10.0, indices={"kp": silent})
    assert not lost["known"].any() and not lost["undisturbed"].any()
    assert not found(vtec, 10.0, indices={"kp": None, "dst": None})["known"].any()
