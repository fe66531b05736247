from __future__ import annotations

import pandas as pd

from laicflow.report.comparison import sentences
from laicflow.schema import conform
from laicflow.studies.results import Results


def _gaps(rows: list[dict]) -> dict[str, pd.DataFrame]:
    base = {"experiment": "effnetv2", "metric": "accuracy"}
    return {"gaps": conform(pd.DataFrame([base | row for row in rows]), "comparison")}


def test_ranges_inflation_and_shares_are_told(results: Results, comparisons: dict) -> None:
    assert sentences(results, comparisons) == [
        "Random split: accuracy 0.5710 to 0.8700, where a normal day needs 1 or 30 days without an "
        "event. The paper's 0.6348, the mean over its 10 runs, lies inside. The date alone, "
        "without any map, has 0.6000.",
        "Blocks of time: accuracy 0.4900 to 0.5120 over the same gaps. The paper's 0.6348, the "
        "mean over its 10 runs, lies outside.",
        "Share of the time that could be normal: 85.5 % at 1 day, 13.6 % at 30 days.",
        "Inflation, accuracy under a random split minus that under blocks of time on 120 samples: "
        "+0.0812 (95 % +0.0203 to +0.1401, which excludes 0).",
    ]


def test_the_papers_mean_is_what_a_mean_over_seeds_is_held_against(results: Results) -> None:
    """Between the mean of the paper's runs, 0.6348, and the best of them, 0.6716."""
    rows = [{"split": "random", "gap_days": gap, "value": v} for gap, v in ((1, 0.6), (5, 0.65))]
    told = sentences(results, _gaps(rows))
    assert told[0].endswith("The paper's 0.6348, the mean over its 10 runs, lies inside.")
    claims = results.settings["claims"]
    del claims["effnetv2_mean"]
    told = sentences(results, _gaps(rows))
    assert told[0].endswith("The paper's 0.6716, the best of its runs, lies outside.")
    results.settings["claims"] = {"effnetv2_accuracy": claims["effnetv2_accuracy"]}
    assert sentences(results, _gaps(rows))[0].endswith("The paper's 0.6716 lies outside.")


def test_what_could_not_be_tested_is_said(results: Results) -> None:
    random = [{"split": "random", "gap_days": gap, "value": 0.7} for gap in (1, 5)]
    blocks = [{"split": "blocks", "gap_days": gap, "note": "undecidable"} for gap in (1, 5)]
    told = sentences(results, _gaps(random + blocks))
    assert "Blocks of time: the network could not be tested." in told
    # Equal values are a range of no width, in which the paper's number does not lie.
    assert told[0].startswith("Random split: accuracy 0.7000 to 0.7000, where")
    assert told[0].endswith("lies outside.")


def test_an_inflation_without_value_or_interval_says_so(results: Results) -> None:
    both = {"experiment": "effnetv2", "metric": "accuracy"}
    row = both | {"split": "random", "value": 0.7, "note": "no sample in both"}
    table = conform(pd.DataFrame([row]), "comparison")
    assert sentences(results, {"splits": table}) == [
        "How much more a random split gives than blocks of time is not known (no sample in both)."
    ]
    table = conform(pd.DataFrame([row | {"difference": -0.01, "note": ""}]), "comparison")
    told = sentences(results, {"splits": table})
    assert told[0].endswith("blocks of time: -0.0100 (no interval).")


def test_nothing_is_told_of_nothing(results: Results) -> None:
    assert sentences(results, {}) == []
    other = pd.DataFrame([{"experiment": "baseline_date", "metric": "accuracy", "value": 0.7}])
    assert sentences(results, {"splits": conform(other, "comparison")}) == []
