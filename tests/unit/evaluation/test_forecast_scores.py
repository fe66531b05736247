"""Scores of forecasts by hand and by scikit-learn; who is left out; who is better."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from laicflow.errors import LaicflowError
from laicflow.evaluation.forecast_scores import (
    ALL,
    METRICS,
    SCORES,
    UNDECIDED,
    common,
    forecast_differences,
    forecast_scores,
)
from laicflow.evaluation.intervals import Resampling, expanded_levels

NAMES = ("run", "edlstme", "clean")


def samples_of(epochs: int, sites=("aaaa",), hours: float = 1.0) -> pd.DataFrame:
    """Samples issued every `hours`, which show a day and tell of six hours."""
    issue = pd.Timestamp("2019-01-01") + pd.to_timedelta(hours * np.arange(epochs), "h")
    parts = []
    for site in sites:
        own = pd.DataFrame({"issue_time": issue, "end": issue, "site": site, "horizon": 0.25})
        own["support_start"] = issue - pd.Timedelta(days=1)
        own["sample_id"] = [f"{one:%Y%m%d%H}/{site}" for one in issue]
        parts.append(own)
    return pd.concat(parts, ignore_index=True)


def told(samples: pd.DataFrame, target, output, experiment="net", seed=0, lead=1.0):
    table = pd.DataFrame({"sample_id": samples["sample_id"].to_numpy()})
    who = {"experiment": experiment, "seed": seed, "lead": lead, "split": "test"}
    return table.assign(draw=0, fold=0, target=target, output=output, **who)


def value(table: pd.DataFrame, metric: str, column: str = "value", **which) -> float:
    own = table[table["metric"] == metric]
    for name, one in which.items():
        own = own[own[name].isna() if one is None else (own[name] == one).fillna(False)]
    assert len(own) == 1
    return own[column].iloc[0]


def test_metrics_by_hand():
    samples = samples_of(4)
    found = common(told(samples, [1.0, 2, 3, 4], [2.0, 2, 4, 4]), samples)
    table = forecast_scores(found, {}, NAMES)
    # Errors 1, 0, 1, 0; around the means of 2.5 and 3 squares are 5 and 4, products 4.
    expected = {"rmse": math.sqrt(0.5), "mae": 0.5, "bias": 0.5}
    expected |= {"rho": 4 / math.sqrt(20), "r2_paper": 0.8, "r2": 1 - 2 / 5}
    assert {name: value(table, name) for name in METRICS} == pytest.approx(expected)
    assert list(table.columns) == list(SCORES)
    assert table["low"].isna().all() and table["n"].eq(4).all()
    assert table["note"].str.contains("1 block of 7 days, fewer than 5").all()


def test_what_the_paper_calls_r2_sees_no_bias():
    samples = samples_of(4)
    table = forecast_scores(
        common(told(samples, [1, 2, 3, 4.0], [11, 21, 31, 41.0]), samples), {}, NAMES
    )
    assert value(table, "r2_paper") == pytest.approx(1) and value(table, "rho") == pytest.approx(1)
    # Errors 10, 19, 28, 37 and squares around the mean of 5.
    assert value(table, "r2") == pytest.approx(1 - (100 + 361 + 784 + 1369) / 5)


def test_a_constant_forecast_has_no_correlation():
    samples = samples_of(3)
    table = forecast_scores(common(told(samples, [1.0, 2, 3], [2.1] * 3), samples), {}, NAMES)
    assert math.isnan(value(table, "rho")) and value(table, "rho", "note") == "not defined"
    # Squares of errors 1.21, 0.01, 0.81; of what came 2.
    assert value(table, "r2") == pytest.approx(1 - 2.03 / 2)


def test_cells_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    samples = samples_of(500, ("aaaa", "bbbb"))
    parts = []
    for lead in (1.0, 2.0):
        target = rng.normal(20, 5, len(samples))
        parts.append(told(samples, target, target + rng.normal(1, lead, len(samples)), lead=lead))
    rows = pd.concat(parts)
    table = forecast_scores(common(rows, samples), {}, NAMES)
    # All and two stations by all and two leads, six metrics.
    assert len(table) == 9 * 6
    for site in (None, "bbbb"):
        for lead in (None, 2.0):
            own = rows[rows["lead"].eq(lead) | (lead is None)]
            own = own[own["sample_id"].str.endswith(site or "")]
            which = {"site": site or ALL, "lead": lead}
            for name, theirs in (
                ("rmse", root_mean_squared_error),
                ("mae", mean_absolute_error),
                ("r2", r2_score),
                ("rho", lambda a, b: np.corrcoef(a, b)[0, 1]),
            ):
                expected = theirs(own["target"], own["output"])
                assert value(table, name, **which) == pytest.approx(expected, rel=1e-9)
            assert value(table, "rmse", "n", **which) == len(own)


def test_what_one_cannot_tell_is_left_out_for_all():
    samples = samples_of(6)
    target = np.array([1.0, 2, 3, 4, 5, np.nan])
    net = told(samples, target, [1.0, 2, 3, 4, 105, 6])
    rival = told(samples, target, [1.0, np.nan, 3, 5, 5, 6], "rival").drop(index=4)
    found = common(pd.concat([net, rival]), samples)
    # Left are the first, third and fourth; the net's error of 100 goes with the rival's absence.
    assert found.target.tolist() == [1, 3, 4]
    assert found.outputs["net", 0].tolist() == [1, 3, 4]
    assert found.outputs["rival", 0].tolist() == [1, 3, 5]
    assert found.note == (
        "3 of 6 left out for all: 1 without a target, 2 not forecast by rival, seed 0"
    )
    table = forecast_scores(found, {}, NAMES)
    assert table["note"].str.endswith(found.note).all() and table["n"].eq(3).all()
    assert value(table, "mae", experiment="net") == 0


def test_other_splits_and_draws_take_no_part():
    samples = samples_of(4)
    rows = told(samples, [1.0, 2, 3, 4], [1.0, 2, 3, 4])
    rows.loc[0, "split"], rows.loc[1, "draw"] = "validation", 1
    assert common(rows, samples).target.tolist() == [3, 4]
    empty = common(rows.iloc[:0], samples)
    assert forecast_scores(empty, {}, NAMES).empty


def test_bad_tables_are_refused():
    samples = samples_of(2)
    rows = told(samples, [1.0, 2], [1.0, 2])
    with pytest.raises(LaicflowError, match="net, seed 0, forecasts a pair twice"):
        common(pd.concat([rows, rows]), samples)
    with pytest.raises(LaicflowError, match="two targets"):
        common(pd.concat([rows, told(samples, [1.0, 3], [1.0, 2], "rival")]), samples)
    with pytest.raises(LaicflowError, match="samples: no '2019010101/aaaa'"):
        common(rows, samples[:1])
    with pytest.raises(LaicflowError, match="no lead"):
        common(rows.assign(lead=np.nan), samples)
    with pytest.raises(LaicflowError, match="none of 'rival'; there are net"):
        forecast_differences(common(rows, samples), "rival", {}, NAMES)


@pytest.fixture
def weeks() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """40 weeks of hours, errors of which are the same all week and another the next."""
    rng = np.random.default_rng(1)
    samples = samples_of(40 * 168)
    target = rng.normal(20, 5, len(samples))
    return samples, target, np.repeat(rng.normal(0, 1, 40), 168)


def test_an_interval_counts_weeks_and_not_hours(weeks: tuple):
    samples, target, error = weeks
    table = forecast_scores(common(told(samples, target, target + error), samples), {}, NAMES)
    assert value(table, "bias", "n_blocks") == 40 and value(table, "bias", "block_days") == 7
    # Student's interval of 40 independent means.
    means = error[::168]
    half = t.ppf(0.975, 39) * means.std(ddof=1) / math.sqrt(40)
    assert value(table, "bias", "low") == pytest.approx(means.mean() - half, abs=0.15 * half)
    assert value(table, "bias", "high") == pytest.approx(means.mean() + half, abs=0.15 * half)


def test_resamples_are_those_of_repeated_rows(weeks: tuple):
    samples, target, error = weeks
    output = target + error
    found = common(told(samples, target, output), samples)
    table = forecast_scores(found, {"bootstrap": 100}, NAMES)
    options = {"bootstrap": 100, "support_days": 7.0}
    resampling = Resampling(found.pairs, options, (*NAMES, "forecasts"))
    drawn = []
    for weights in resampling.weights:
        times = weights[np.repeat(np.arange(40), 168)]
        drawn.append(r2_score(target, output, sample_weight=times))
    low, high = np.quantile(drawn, expanded_levels(40, 0.95))
    assert value(table, "r2", "low") == pytest.approx(low, rel=1e-9)
    assert value(table, "r2", "high") == pytest.approx(high, rel=1e-9)


def test_seeds_stand_alone_and_together(weeks: tuple):
    samples, target, error = weeks
    rows = [told(samples, target, target + size * error, seed=s) for s, size in ((0, 1), (1, 3))]
    table = forecast_scores(common(pd.concat(rows), samples), {}, NAMES)
    one, other = (value(table, "rmse", seed=seed) for seed in (0, 1))
    assert other == pytest.approx(3 * one)
    assert value(table, "rmse", seed=None) == pytest.approx(2 * one)


def test_who_is_better_is_told_from_pairs(weeks: tuple):
    samples, target, error = weeks
    parts = [told(samples, target, target + error, "net")]
    # Always a tenth worse: the difference is sure, though the two intervals overlap widely.
    parts.append(told(samples, target, target + 1.1 * error, "worse"))
    shifted = np.roll(error, 5 * 168)
    parts.append(told(samples, target, target + shifted, "alike"))
    found = common(pd.concat(parts), samples)
    table = forecast_differences(found, "net", {}, NAMES, metrics=METRICS)
    assert value(table, "rmse", experiment="worse") == pytest.approx(
        0.1 * np.sqrt((error**2).mean())
    )
    assert value(table, "rmse", "better", experiment="worse") == "net"
    assert value(table, "r2", "better", experiment="worse") == "net"
    assert value(table, "rmse", "better", experiment="alike") == UNDECIDED
    assert value(table, "bias", "better", experiment="worse") == ""
    turned = forecast_differences(found, "worse", {}, NAMES)
    assert value(turned, "mae", "better", experiment="net") == "net"
    scores = forecast_scores(found, {}, NAMES)
    assert value(scores, "rmse", "high", experiment="net") > value(
        scores, "rmse", "low", experiment="worse"
    )


def test_a_station_of_few_weeks_has_no_interval(weeks: tuple):
    samples, target, error = weeks
    late = samples_of(200, ("late",))
    rows = [told(samples, target, target + error), told(late, np.arange(200.0), np.zeros(200))]
    table = forecast_scores(common(pd.concat(rows), pd.concat([samples, late])), {}, NAMES)
    assert math.isnan(value(table, "rmse", "low", site="late"))
    assert value(table, "rmse", "n_blocks", site="late") == 2
    assert "2 blocks with samples" in value(table, "rmse", "note", site="late")
    assert math.isfinite(value(table, "rmse", "low", site="aaaa"))


def test_a_year_of_five_stations_has_a_row_for_each_part():
    samples = samples_of(8760, tuple("abcde"))
    rng = np.random.default_rng(2)
    parts = []
    for lead in (1.0, 2.0, 3.0, 4.0):
        target = rng.normal(20, 5, len(samples))
        for name in ("net", "rival"):
            output = target + rng.normal(0, 1, len(samples))
            parts.append(told(samples, target, output, name, lead=lead))
    rows = pd.concat(parts, ignore_index=True)
    table = forecast_scores(common(rows, samples), {}, NAMES)
    # Two forecasters, six of stations, five of leads, six metrics.
    assert len(table) == 2 * 6 * 5 * 6
