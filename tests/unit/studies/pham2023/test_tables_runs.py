from __future__ import annotations

import copy
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from laicflow.config import load
from laicflow.errors import LaicflowError
from laicflow.evaluation.scores import score
from laicflow.report.formats import as_markdown, as_tex
from laicflow.report.targets import read
from laicflow.schema import conform, empty
from laicflow.studies.pham2023.table_runs import pair, variance_ratio
from laicflow.studies.pham2023.tables import claims, readable, table2, units
from laicflow.studies.results import Results, with_variants

# Pham et al. 2023, Table 2: with CutMix and Mixup, and without.
MIXED = [0.6504, 0.6292, 0.6186, 0.6504, 0.6377, 0.6186, 0.6462, 0.6462, 0.6335, 0.6271]
PLAIN = [0.6398, 0.6335, 0.6356, 0.6102, 0.6398, 0.6229, 0.6483, 0.6144, 0.6716, 0.6314]
BOTH = "effnetv2_mix - effnetv2"
SEEDS = (3, 7, 8)
N = 80


@pytest.fixture(scope="module")
def shipped(pytestconfig) -> dict:
    return load(pytestconfig.rootpath / "config")["pham2023"]


def _samples() -> pd.DataFrame:
    start = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(N) * 10, unit="D")
    end = start + pd.Timedelta(days=45)
    rows = {"sample_id": [f"s{i}" for i in range(N)], "support_start": start, "end": end}
    return conform(pd.DataFrame({**rows, "issue_time": end, "label": np.arange(N) % 2}), "samples")


def _predictions() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    target = np.arange(N, dtype="float64") % 2
    parts = []
    for experiment, shift in (("effnetv2_mix", 0.2), ("effnetv2", 0.1)):
        for seed in SEEDS:
            output = np.clip(0.5 + shift * (target - 0.5) + 0.2 * rng.normal(size=N), 0, 1)
            rows = {"sample_id": [f"s{i}" for i in range(N)], "target": target, "output": output}
            names = {"experiment": experiment, "seed": seed, "draw": 0, "fold": 0, "split": "test"}
            parts.append(pd.DataFrame({**rows, **names}))
    return conform(pd.concat(parts, ignore_index=True), "predictions")


@pytest.fixture
def results(made: Results) -> Results:
    return copy.deepcopy(made)


@pytest.fixture(scope="module")
def made(shipped: dict) -> Results:
    """`paper` has three runs of both experiments, `clean` none."""
    settings = {**copy.deepcopy(shipped), "seeds": list(SEEDS), "audit": {}, "seed": 1}
    variants = {name: with_variants(settings)[name] for name in ("paper", "clean")}
    own = Results("run", "pham2023", settings, variants)
    why = {"draw": 0, "fold": 0, "seed": 3, "why": "undecidable: 0 purged training samples"}
    notes = conform(pd.DataFrame({"experiment": ["effnetv2_mix", "effnetv2"], **why}), "notes")
    given = {"paper": (_predictions(), empty("notes")), "clean": (empty("predictions"), notes)}
    for variant, (predictions, said) in given.items():
        own.samples[variant], own.predictions[variant] = _samples(), predictions
        options = {"support_days": 45, "bootstrap": 200}
        named = {"variant": variant, "notes": said, "names": ("x",)}
        own.scores[variant] = score(predictions, _samples(), options, **named)
    return own


def _cell(table: pd.DataFrame, variant: str, experiment: str, row: str) -> pd.Series:
    found = table[
        (table["variant"] == variant) & (table["experiment"] == experiment) & (table["row"] == row)
    ]
    assert len(found) == 1
    return found.iloc[0]


def _accuracies(experiment: str) -> list[float]:
    own = _predictions()
    own = own[own["experiment"] == experiment]
    right = (own["output"] >= 0.5) == (own["target"] == 1)
    return right.groupby(own["seed"]).mean().tolist()


def test_the_papers_runs_give_what_it_prints(results: Results) -> None:
    """Means and sds worked out by hand from the twenty runs, against the paper's last line."""
    table = table2(results)
    # In units of 1e-4: sums 63579 and 63475, of squares 404365171 and 403183891.
    for name, values, mean, squares, printed in (
        ("effnetv2_mix", MIXED, 0.63579, 1.362469e-3, (0.6358, 0.012)),
        ("effnetv2", PLAIN, 0.63475, 2.763285e-3, (0.6348, 0.017)),
    ):
        runs = table[(table["variant"] == "published") & (table["experiment"] == name)]
        assert runs.loc[runs["row"] == "run", "value"].tolist() == values
        assert runs.loc[runs["row"] == "run", "run"].tolist() == list(range(1, 11))
        cells = {
            row: _cell(table, "published", name, row)["value"] for row in set(runs["row"][10:])
        }
        assert cells["mean"] == pytest.approx(mean)
        assert cells["sd_population"] == pytest.approx(math.sqrt(squares / 10))
        assert cells["sd"] == pytest.approx(math.sqrt(squares / 9))
        assert (cells["printed_mean"], cells["printed_sd"]) == printed
        assert cells["mean"] == pytest.approx(printed[0], abs=6e-5)
        assert round(cells["sd_population"], 3) == printed[1]
    # By n - 1 the second would be 0.018: what the paper prints are population sds.
    assert round(_cell(table, "published", "effnetv2", "sd")["value"], 3) == 0.018


def test_the_papers_runs_scatter_less_than_its_test_set_would(results: Results) -> None:
    table = table2(results)
    binomial = _cell(table, "published", "effnetv2", "sd_binomial")
    # sqrt(0.63475 * 0.36525 / 472), by hand: 0.0221628.
    assert binomial["value"] == pytest.approx(0.0221628, abs=1e-6)
    assert binomial["n"] == 472
    assert binomial["value"] > _cell(table, "published", "effnetv2", "sd")["value"]


def test_more_stable_is_a_variance_ratio_of_two(results: Results) -> None:
    table = table2(results)
    row = _cell(table, "published", BOTH, "variance_ratio")
    # The printed sds give (0.017 / 0.012)^2 = 2.0; the runs themselves a little less.
    assert row["value"] == pytest.approx(np.var(PLAIN, ddof=1) / np.var(MIXED, ddof=1))
    assert row["value"] == pytest.approx(2.0, abs=0.2)
    assert row["p_value"] == pytest.approx(0.3, abs=0.05)
    # Student's t on the ten differences: scipy's own interval.
    found = _cell(table, "published", BOTH, "difference")
    ends = stats.ttest_rel(MIXED, PLAIN).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((ends.low, ends.high))
    assert found["value"] == pytest.approx(0.00104)
    assert found["note"] == "runs are paired by their number alone"


def test_the_f_test_is_two_sided() -> None:
    a, b = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 1.5, 2.5])
    # F(3, 2) tables: 19.164 is the upper 5 % point, so that the two-sided p is 0.1.
    scaled = (a - a.mean()) / a.std(ddof=1) * math.sqrt(19.1643) * b.std(ddof=1)
    ratio, p = variance_ratio(scaled, b)
    assert (ratio, p) == pytest.approx((19.1643, 0.1), rel=1e-4)
    assert variance_ratio(b, scaled)[1] == pytest.approx(p)
    assert all(math.isnan(x) for x in variance_ratio(a, np.array([0.7, 0.7, 0.7])))
    assert all(math.isnan(x) for x in variance_ratio(a, np.array([0.7])))


def test_every_accuracy_is_that_of_the_scores(results: Results) -> None:
    table = table2(results)
    runs = table[(table["variant"] == "paper") & (table["row"] == "run")]
    assert len(runs) == 6
    scores = results.scores["paper"]
    scores = scores[(scores["method"] == "wilson") & (scores["draw"] == 0)]
    joined = runs.merge(scores, on=["variant", "experiment", "seed"], suffixes=("", "_scores"))
    assert len(joined) == 6
    for column in ("value", "low", "high", "n"):
        assert joined[column].tolist() == joined[f"{column}_scores"].tolist()
    # Run k is the k-th seed, and the numbers are those of the predictions.
    for name in ("effnetv2_mix", "effnetv2"):
        own = runs[runs["experiment"] == name]
        assert own[["run", "seed"]].values.tolist() == [[1, 3], [2, 7], [3, 8]]
        assert own["value"].tolist() == pytest.approx(_accuracies(name))


def test_summaries_are_those_of_the_runs(results: Results) -> None:
    table = table2(results)
    mixed, plain = _accuracies("effnetv2_mix"), _accuracies("effnetv2")
    for name, values in (("effnetv2_mix", mixed), ("effnetv2", plain)):
        assert _cell(table, "paper", name, "mean")["value"] == pytest.approx(np.mean(values))
        assert _cell(table, "paper", name, "sd")["value"] == pytest.approx(np.std(values, ddof=1))
        population = _cell(table, "paper", name, "sd_population")
        assert population["value"] == pytest.approx(np.std(values))
        mean = _cell(table, "paper", name, "mean")
        assert mean["low"] < mean["value"] < mean["high"]
    over_runs = _cell(table, "paper", BOTH, "difference")
    ends = stats.ttest_rel(mixed, plain).confidence_interval(0.95)
    assert (over_runs["low"], over_runs["high"]) == pytest.approx((ends.low, ends.high))
    assert "share samples and split but no random number" in over_runs["note"]
    blocks = _cell(table, "paper", BOTH, "difference_blocks")
    assert blocks["value"] == pytest.approx(np.mean(mixed) - np.mean(plain))
    assert blocks["low"] < blocks["value"] < blocks["high"] and blocks["n"] == N


def test_a_difference_has_an_interval_only_with_blocks_and_runs(results: Results) -> None:
    few = results.predictions["paper"]
    few = few[few["sample_id"].isin([f"s{i}" for i in range(8)]) & (few["seed"] == 3)]
    results.predictions["paper"] = few
    results.variants["paper"]["seeds"] = [3]
    results.scores["paper"] = score(
        few, _samples(), {"support_days": 45}, variant="paper", names=("x",)
    )
    table = table2(results)
    blocks = _cell(table, "paper", BOTH, "difference_blocks")
    assert np.isnan(blocks["low"]) and "2 blocks of 45 days, fewer than 5" in blocks["note"]
    runs = _cell(table, "paper", BOTH, "difference")
    assert np.isfinite(runs["value"]) and np.isnan(runs["low"])
    assert "fewer than two pairs of runs" in runs["note"]
    assert np.isnan(_cell(table, "paper", BOTH, "variance_ratio")["value"])
    shown = readable("table2", table).set_index("run")
    mean = shown.loc["mean (95 %, blocks of time)", "paper, with"]
    assert mean.endswith("(no interval: 2 blocks of 45 days, fewer than 5)")


def test_a_variant_without_training_says_why(results: Results) -> None:
    table = table2(results)
    own = table[table["variant"] == "clean"]
    assert own["value"].isna().all()
    runs = own[own["row"] == "run"]
    assert set(runs["note"]) == {"undecidable: 0 purged training samples"}
    shown = readable("table2", table).set_index("run")
    assert shown.loc["1", "clean, with"] == ""
    reason = "undecidable: 0 purged training samples"
    assert shown.loc["mean (95 %, blocks of time)", "clean, without"] == reason


def test_a_run_that_is_not_there_is_left_open(results: Results) -> None:
    results.variants["paper"]["seeds"] = [*SEEDS, 9]
    table = table2(results)
    last = table[(table["variant"] == "paper") & (table["run"] == 4)]
    assert last["value"].isna().all() and set(last["note"]) == {"no accuracy of seed 9"}
    assert np.isnan(_cell(table, "paper", BOTH, "difference")["value"])


def _lose(results: Results, seed: int, experiments: tuple[str, ...]) -> None:
    """Take a seed's predictions away, as where its training diverges."""
    own = results.predictions["paper"]
    gone = (own["seed"] == seed) & own["experiment"].isin(experiments)
    why = {"draw": 0, "fold": 0, "seed": seed, "why": "undecidable: the loss is not a number"}
    notes = conform(pd.DataFrame({"experiment": list(experiments), **why}), "notes")
    options = {"support_days": 45, "bootstrap": 200}
    results.predictions["paper"] = own[~gone]
    results.scores["paper"] = score(
        own[~gone], _samples(), options, variant="paper", notes=notes, names=("x",)
    )


def test_a_run_that_was_lost_is_told_wherever_it_is_missing(results: Results) -> None:
    """The third of three runs with CutMix and Mixup diverges; without them all three are there."""
    _lose(results, SEEDS[2], ("effnetv2_mix",))
    table = table2(results)
    accuracy = _accuracies("effnetv2_mix")[:2]
    mean = _cell(table, "paper", "effnetv2_mix", "mean")
    assert mean["value"] == pytest.approx(sum(accuracy) / 2) and mean["n"] == 2
    assert mean["note"] == (
        "1 of 3 seeds left out (seed 8: undecidable: the loss is not a number); "
        "1 of 3 runs without an accuracy: 3"
    )
    # Of two values a and b the sd by n is |a - b| / 2.
    sd = _cell(table, "paper", "effnetv2_mix", "sd_population")
    assert sd["value"] == pytest.approx(abs(accuracy[0] - accuracy[1]) / 2) and sd["n"] == 2
    assert sd["note"] == "1 of 3 runs without an accuracy: 3"
    whole = _cell(table, "paper", "effnetv2", "mean")
    assert (whole["n"], whole["note"]) == (3, "")
    for row, n, note in (
        ("difference", 2, "not every run has an accuracy"),
        ("variance_ratio", 2, "not every run has an accuracy"),
        ("difference_blocks", 0, "the seeds that were tested differ: 3, 7 and 3, 7, 8"),
    ):
        cell = _cell(table, "paper", BOTH, row)
        assert np.isnan(cell["value"]) and np.isnan(cell["low"]), row
        assert cell["n"] == n and cell["note"].endswith(note)
    shown = readable("table2", table).set_index("run")
    assert (
        "1 of 3 runs without an accuracy: 3"
        in shown.loc["mean (95 %, blocks of time)", "paper, with"]
    )
    assert shown.loc["with − without (95 %, blocks of time)", "paper, with"] == (
        "the seeds that were tested differ: 3, 7 and 3, 7, 8"
    )


def test_a_run_that_both_have_lost_is_told_of_the_difference(results: Results) -> None:
    _lose(results, SEEDS[2], ("effnetv2_mix", "effnetv2"))
    cell = _cell(table2(results), "paper", BOTH, "difference_blocks")
    means = [sum(_accuracies(name)[:2]) / 2 for name in ("effnetv2_mix", "effnetv2")]
    assert cell["value"] == pytest.approx(means[0] - means[1]) and cell["n"] == N
    assert cell["note"] == "without seeds that were lost: 8"


def test_the_difference_from_blocks_keeps_to_the_gates_of_the_audit(results: Results) -> None:
    """80 samples ten days apart span 790 days: 18 blocks of 45 days."""
    results.settings["audit"] = {"min_blocks": 19, "max_inflation": 0.03}
    cell = _cell(table2(results), "paper", BOTH, "difference_blocks")
    assert np.isfinite(cell["value"]) and np.isnan(cell["low"])
    assert cell["note"] == "18 blocks of 45 days, fewer than 19"
    results.settings["audit"] = {"min_blocks": 18}
    seeds = []
    for seed in (1, 1, 2):
        results.settings["seed"] = seed
        cell = _cell(table2(results), "paper", BOTH, "difference_blocks")
        seeds.append((cell["low"], cell["high"]))
    assert seeds[0] == seeds[1] != seeds[2]
    # No output lies above 1: all are called normal, right in half of the samples, by both.
    results.settings["audit"] = {"threshold": 1.1}
    assert _cell(table2(results), "paper", BOTH, "difference_blocks")["value"] == 0


def test_the_table_is_what_the_list_of_targets_says(results: Results, pytestconfig) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")["pham2023_table2"]
    table = table2(results)
    assert target.faults(table, units(list(table.columns))) == []
    assert len(table) >= target.least_rows


def test_for_people_the_paper_stands_beside_both_variants(results: Results) -> None:
    shown = readable("table2", table2(results))
    assert list(shown.columns) == [
        "run",
        "seed",
        "published, with",
        "published, without",
        "paper, with",
        "paper, without",
        "clean, with",
        "clean, without",
    ]
    assert shown["run"].tolist()[:10] == [str(run) for run in range(1, 11)]
    first = shown.iloc[0]
    assert (first["seed"], first["published, with"], first["published, without"]) == (
        "3",
        "0.6504",
        "0.6398",
    )
    assert first["paper, with"] == f"{_accuracies('effnetv2_mix')[0]:.4f}"
    rows = shown.set_index("run")
    assert rows.loc["sd over the runs (by n)", "published, with"] == "0.0117\n(printed 0.012)"
    assert rows.loc["mean (95 %, blocks of time)", "published, without"] == (
        "0.6348\n(printed 0.6348)"
    )
    assert rows.loc["4", "seed"] == "" and rows.loc["4", "paper, with"] == ""
    assert "0.6504" in as_markdown(shown) and "$-$" in as_tex(shown, "c", "l")


def test_seeds_that_differ_by_variant_have_columns_of_their_own(results: Results) -> None:
    results.variants["clean"]["seeds"] = [1, 2, 3]
    shown = readable("table2", table2(results))
    assert shown[["seed, paper", "seed, clean"]].iloc[0].tolist() == ["3", "1"]


def test_the_claims_of_the_runs_stand_beside_both_variants(results: Results) -> None:
    own = claims_of(results)
    assert own["run"].tolist() == [*map(str, range(1, 11)), "mean", "sd over the runs (by n)"]
    # 307 / 472 = 0.65042, 302 / 472 = 0.63983.
    assert own.loc[0, "with, in the paper"] == "0.6504 (307 of 472)"
    assert own.loc[0, "without, in the paper"] == "0.6398 (302 of 472)"
    assert own.loc[10, "with, in the paper"] == "0.6358"
    assert own.loc[11, "without, in the paper"] == "0.017"
    assert own.loc[0, "without, paper"] == f"{_accuracies('effnetv2')[0]:.4f}"


def claims_of(results: Results) -> pd.DataFrame:
    results.splits = {name: empty("splits") for name in results.variants}
    return claims(results)["Table 2: the runs with and without CutMix and Mixup"]


def test_claims_that_name_no_two_experiments_are_refused(shipped: dict) -> None:
    assert pair(shipped) == ("effnetv2_mix", "effnetv2")
    own = {name: claim for name, claim in shipped["claims"].items() if "mix" not in name}
    with pytest.raises(LaicflowError, match="two experiments have claims, found"):
        pair({**shipped, "claims": own})
