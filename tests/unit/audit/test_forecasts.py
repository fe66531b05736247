from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from laicflow.audit.context import Context
from laicflow.audit.run import run_checks
from laicflow.audit.verdict import verdict
from laicflow.evaluation.scores import score
from laicflow.schema import conform

HEADLINE = {"claim": "c", "kind": "forecast", "experiment": "net", "metric": "rmse"}
HEADLINE |= {"split": "test", "rivals": ["arima"]}
OPTIONS = {"bootstrap": 100, "support_days": 7.0}
DAYS = 200


def context(errors: dict[str, float], *, purged: bool = True, fitted: tuple = ()) -> Context:
    """Daily samples of a station, training before test; each forecaster's errors have a size."""
    issue = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(2 * DAYS), unit="D")
    ids = [f"s{k:03d}" for k in range(2 * DAYS)]
    samples = pd.DataFrame({"sample_id": ids, "window_id": ids, "site": "AAAA", "latitude": 40.0})
    hours = pd.Timedelta(hours=20 if purged else 60)
    samples = samples.assign(longitude=10.0, issue_time=issue, end=issue, horizon=4 / 24)
    samples = conform(samples.assign(start=issue - hours, support_start=issue - hours), "samples")
    split = np.where(np.arange(2 * DAYS) < DAYS, "train", "test")
    splits = pd.DataFrame({"sample_id": ids, "split": split, "draw": 0, "fold": 0})
    noise = np.random.default_rng(3).normal(size=DAYS)
    parts = [
        pd.DataFrame({"sample_id": ids[DAYS:], "target": 20.0, "output": 20 + size * noise}).assign(
            experiment=name, split="test", lead=1.0, seed=0, draw=0, fold=0
        )
        for name, size in errors.items()
    ]
    predictions = conform(pd.concat(parts), "predictions")
    scores = score(predictions, samples, OPTIONS, variant="v", names=("v",))
    return Context("s", "v", samples, conform(splits, "splits"), predictions, scores, OPTIONS,
                   HEADLINE, names=("v",), fitted=fitted)  # fmt: skip


FITTED = ({"what": "weights", "on": ["train"]},)
LEAKY = ({"what": "weights", "on": ["train"]}, {"what": "the options", "on": ["test"]})


def test_a_forecast_that_beats_all_it_must_has_skill() -> None:
    own = context({"net": 1.0, "arima": 1.5, "baseline_persistence": 3.0}, fitted=FITTED)
    audit = run_checks(own)
    rows = audit.set_index("id")
    assert rows.loc["R27", "statistic"] == pytest.approx(-0.5 * own.scored(
        "net", "rmse", "block bootstrap")["value"])  # fmt: skip
    assert {"R11", "R16", "R27", "R34"} == set(rows.index[rows["status"] == "pass"])
    assert set(rows.loc[["R15", "R21", "R26", "R45"], "status"]) == {"na"}
    assert verdict(own, audit)["verdict"] == "skill"


def test_a_forecast_that_a_model_of_the_series_beats_has_none() -> None:
    own = context({"net": 1.0, "arima": 0.9, "baseline_persistence": 3.0}, fitted=FITTED)
    said = verdict(own, run_checks(own))
    assert said["verdict"] == "no skill"
    assert said["text"].startswith("no skill over arima")


def test_a_tie_is_undecidable() -> None:
    # Errors of the same size with other signs: half of the differences are above 0, half below.
    own = context({"net": 1.0, "arima": 1.0, "baseline_persistence": 3.0}, fitted=FITTED)
    table = own.predictions
    rival = (table["experiment"] == "arima").to_numpy()
    mixed = np.random.default_rng(8).permutation(table.loc[rival, "output"].to_numpy())
    own.predictions.loc[rival, "output"] = mixed
    audit = run_checks(own)
    row = audit.set_index("id").loc["R27"]
    assert row["status"] == "fail"
    low, high = (float(part) for part in re.findall(r"[+-]?\d+\.\d+", row["interval"])[-2:])
    assert low < 0 < high
    said = verdict(own, audit)
    assert said["verdict"] == "undecidable"
    assert said["text"].startswith("undecidable: not better within the interval than arima")


def test_a_leak_of_the_test_keeps_skill_from_being_said() -> None:
    errors = {"net": 1.0, "arima": 1.5}
    fitted = context(errors, fitted=LEAKY)
    audit = run_checks(fitted)
    row = audit[audit["id"] == "R16"].iloc[0]
    assert row["status"] == "fail" and row["evidence"].startswith("the options saw the test")
    assert verdict(fitted, audit)["verdict"] == "undecidable"
    shared = run_checks(context(errors, purged=False, fitted=FITTED)).set_index("id")
    assert shared.loc["R11", "status"] == "fail"


def test_what_a_sample_has_to_tell_counts_as_its_data() -> None:
    # A window of 20 h and 4 h to tell touch the day before, which shares nothing; 5 h more would.
    own = context({"net": 1.0, "arima": 1.5}, fitted=FITTED)
    own.samples = own.samples.assign(horizon=9 / 24)
    assert run_checks(own).set_index("id").loc["R11", "status"] == "fail"


def test_a_study_that_does_not_say_what_is_fitted_is_not_audited() -> None:
    own = context({"net": 1.0, "arima": 1.5})
    assert verdict(own, run_checks(own))["verdict"] == "not audited"
