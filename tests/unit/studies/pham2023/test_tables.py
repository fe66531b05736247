from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    matthews_corrcoef,
    roc_auc_score,
)
from statsmodels.stats.proportion import proportion_confint

from laicflow.config import load
from laicflow.evaluation.scores import score
from laicflow.report.targets import read
from laicflow.schema import conform, empty
from laicflow.studies.pham2023.tables import claims, readable, table1, units
from laicflow.studies.results import Results, with_variants


def _run(experiment: str, value: float, run: int) -> dict:
    return {"value": value, "where": "Table 2", "experiment": experiment, "run": run, "n": 472}


SETTINGS = {
    "headline": {"experiment": "net"},
    "experiments": {
        "net": {"label": "A network"},
        "other": {"label": "Another"},
        "mixed": {"label": "A network, mixed"},
        "idle": {"label": "Not trained"},
    },
    "trained": ["net", "other", "mixed"],
    "seeds": [0, 1, 2],
    "claims": {
        "net_accuracy": {
            "value": 0.6716,
            "unit": "1",
            "where": "Table 1",
            "experiment": "net",
            "metric": "accuracy",
            "n": 472,
        },
        "mixed_run1": _run("mixed", 0.6504, 1),
        "net_run1": _run("net", 0.6398, 1),
        "net_mean": {"value": 0.6348, "where": "Table 2", "experiment": "net", "over_runs": "mean"},
    },
    "best_of": "test",
    "variants": {"paper": {}, "clean": {"best_of": "validation"}},
}
OPTIONS = {"support_days": 45, "bootstrap": 200}
RUNS = {"net": 3, "other": 1, "baseline_majority": 1, "baseline_date": 1, "baseline_neuron": 1}
N = 80


def _samples() -> pd.DataFrame:
    start = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(N) * 10, unit="D")
    rows = {
        "sample_id": [f"s{i}" for i in range(N)],
        "support_start": start,
        "issue_time": start + pd.Timedelta(days=45),
        "end": start + pd.Timedelta(days=45),
        "label": np.arange(N) % 2,
    }
    return conform(pd.DataFrame(rows), "samples")


def _splits(draws: int) -> pd.DataFrame:
    role = np.repeat(["train", "validation", "test"], [30, 10, 40])
    parts = []
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(N)
        ids = [f"s{i}" for i in order]
        parts.append(pd.DataFrame({"draw": draw, "fold": 0, "sample_id": ids, "split": role}))
    return conform(pd.concat(parts), "splits")


def _predictions(splits: pd.DataFrame, spread: float) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    labels = _samples().set_index("sample_id")["label"].astype("float64")
    parts = []
    for (draw, fold), own in splits[splits["split"] != "train"].groupby(["draw", "fold"]):
        for experiment, runs in RUNS.items():
            for seed in range(runs if draw == 0 else 1):
                target = own["sample_id"].map(labels).to_numpy()
                output = np.clip(0.5 + 0.1 * (target - 0.5) + spread * rng.normal(size=50), 0, 1)
                names = {"experiment": experiment, "seed": seed, "draw": draw, "fold": fold}
                ids = own[["sample_id", "split"]].reset_index(drop=True)
                parts.append(ids.assign(**names, target=target, output=output))
    return conform(pd.concat(parts, ignore_index=True), "predictions")


@pytest.fixture
def results(made: Results) -> Results:
    return copy.deepcopy(made)


@pytest.fixture(scope="module")
def made() -> Results:
    """Both variants tested: `paper` on 4 draws, `clean` on one."""
    own = Results("run", "pham2023", SETTINGS, with_variants(SETTINGS))
    for variant, draws in (("paper", 4), ("clean", 1)):
        own.samples[variant] = _samples()
        own.splits[variant] = _splits(draws)
        own.predictions[variant] = _predictions(own.splits[variant], 0.2)
        own.scores[variant] = score(
            own.predictions[variant], _samples(), OPTIONS, variant=variant, names=("x",)
        )
    return own


def _without_training(results: Results) -> Results:
    why = "undecidable: 0 purged training samples"
    notes = pd.DataFrame({"draw": 0, "fold": 0, "experiment": list(RUNS), "seed": 0, "why": why})
    nothing = results.predictions["clean"].iloc[:0]
    results.predictions["clean"] = nothing
    results.scores["clean"] = score(
        nothing, _samples(), OPTIONS, variant="clean", notes=conform(notes, "notes"), names=("x",)
    )
    splits = results.splits["clean"]
    results.splits["clean"] = splits.assign(
        split=splits["split"].where(splits["split"] == "test", "purged")
    )
    return results


def _tested(results: Results, variant: str, seed: int, split: str = "test") -> tuple:
    own = results.predictions[variant]
    own = own[(own["experiment"] == "net") & (own["draw"] == 0) & (own["split"] == split)]
    own = own[own["seed"] == seed]
    return own["target"].to_numpy(), own["output"].to_numpy()


def _row(table: pd.DataFrame, experiment: str, variant: str) -> pd.Series:
    return table.set_index(["experiment", "variant"]).loc[(experiment, variant)]


def test_every_network_and_baseline_stands_under_both_variants(results: Results) -> None:
    table = table1(results)
    assert table[["experiment", "variant"]].to_numpy().tolist() == [
        [experiment, variant] for experiment in RUNS for variant in ("paper", "clean")
    ]
    assert table["kind"].tolist() == ["network"] * 4 + ["baseline"] * 6
    assert _row(table, "net", "paper")["paper_accuracy"] == 0.6716
    assert np.isnan(_row(table, "other", "paper")["paper_accuracy"])


def test_numbers_of_table_2_are_not_those_of_table_1(results: Results) -> None:
    """Table 1 has one number of the network, Table 2 others, and one of a network of its own."""
    table = table1(results)
    assert not {"mixed", "idle"} & set(table["experiment"])
    assert set(table.loc[table["experiment"] == "net", "paper_accuracy"]) == {0.6716}


def test_the_shipped_study_has_the_seven_networks_of_the_paper(pytestconfig) -> None:
    settings = load(pytestconfig.rootpath / "config")["pham2023"]
    own = Results("run", "pham2023", settings, {"paper": with_variants(settings)["paper"]})
    own.splits["paper"], own.scores["paper"] = _splits(1), empty("scores")
    table = table1(own)
    # Pham et al. 2023, Table 1, in its order.
    assert table.loc[table["kind"] == "network", ["label", "paper_accuracy"]].values.tolist() == [
        ["ResNet-RS50", 0.6208],
        ["ResNet50", 0.6186],
        ["VGG16", 0.5826],
        ["DenseNet121", 0.6123],
        ["MobileNetV3-Large", 0.5530],
        ["EfficientNetV2-S modified", 0.6716],
        ["ConvNeXt-Tiny", 0.5],
    ]


def test_the_best_seed_is_chosen_where_the_variant_says(results: Results) -> None:
    table = table1(results)
    for variant, split in (("paper", "test"), ("clean", "validation")):
        row = _row(table, "net", variant)
        accuracy = [
            accuracy_score(t, o >= 0.5)
            for t, o in (_tested(results, variant, seed, split) for seed in range(3))
        ]
        best = int(np.argmax(accuracy))
        assert row["best_seed"] == best and row["chosen_on"] == split
        target, output = _tested(results, variant, best)
        right = int(((output >= 0.5) == target).sum())
        assert row["best_accuracy"] == pytest.approx(right / 40)
        low, high = proportion_confint(right, 40, method="wilson")
        assert row["best_wilson_low"] == pytest.approx(low)
        assert row["best_wilson_high"] == pytest.approx(high)
    # A single run is no choice.
    assert _row(table, "other", "clean")["chosen_on"] == ""


def test_means_are_those_of_the_seeds(results: Results) -> None:
    row = _row(table1(results), "net", "paper")
    runs = [_tested(results, "paper", seed) for seed in range(3)]
    accuracy = [accuracy_score(t, o >= 0.5) for t, o in runs]
    assert row["seeds"] == 3
    assert row["mean_accuracy"] == pytest.approx(np.mean(accuracy))
    assert row["sd_accuracy"] == pytest.approx(np.std(accuracy, ddof=1))
    assert row["mcc"] == pytest.approx(np.mean([matthews_corrcoef(t, o >= 0.5) for t, o in runs]))
    assert row["auc"] == pytest.approx(np.mean([roc_auc_score(t, o) for t, o in runs]))
    assert row["balanced_accuracy"] == pytest.approx(
        np.mean([balanced_accuracy_score(t, o >= 0.5) for t, o in runs])
    )
    assert row["mean_block_low"] < row["mean_accuracy"] < row["mean_block_high"]
    assert (row["n_test"], row["n_train"], row["folds"]) == (40, 30, 1)


def test_the_range_is_that_of_the_draws(results: Results) -> None:
    own = results.predictions["paper"]
    own = own[(own["experiment"] == "net") & (own["seed"] == 0) & (own["split"] == "test")]
    right = (own["output"] >= 0.5) == (own["target"] == 1)
    by_draw = right.groupby(own["draw"]).mean()
    row = _row(table1(results), "net", "paper")
    assert row["draws"] == 4
    assert row["draws_low"] == pytest.approx(by_draw.min())
    assert row["draws_median"] == pytest.approx(by_draw.median())
    assert row["draws_high"] == pytest.approx(by_draw.max())
    assert pd.isna(_row(table1(results), "net", "clean")["draws"])


def test_a_variant_without_training_samples_is_undecidable(results: Results) -> None:
    table = table1(_without_training(results))
    for experiment in RUNS:
        row = _row(table, experiment, "clean")
        assert row["note"] == "undecidable: 0 purged training samples"
        assert (row["n_test"], row["n_train"]) == (0, 0)
        assert row[["best_accuracy", "mean_accuracy", "mcc", "auc"]].isna().all()
        assert _row(table, experiment, "paper")["note"] == ""


def test_the_table_is_what_the_list_of_targets_says(results: Results, pytestconfig) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")["pham2023_table1"]
    for table in (table1(results), table1(_without_training(results))):
        assert target.faults(table, units(list(table.columns))) == []
        assert len(table) >= target.least_rows


def test_for_people_numbers_and_intervals_share_a_cell(results: Results) -> None:
    table = table1(_without_training(results))
    shown = readable("table1", table)
    row = table.iloc[0]
    told = shown.iloc[0]
    best, wilson = told["best (Wilson 95 %)"].split("\n")
    assert best == f"{row['best_accuracy']:.4f}"
    assert wilson == f"({row['best_wilson_low']:.4f}–{row['best_wilson_high']:.4f})"
    assert told["seed"] == f"seed {row['best_seed']}\n(best of 3 on test)"
    mean, block = told["mean ± sd (block 95 %)"].split("\n")
    assert mean == f"{row['mean_accuracy']:.4f} ± {row['sd_accuracy']:.4f}"
    assert block.startswith(f"({row['mean_block_low']:.4f}–")
    assert shown["note"].iloc[1] == "undecidable: 0 purged training samples"
    assert set(shown.iloc[1][["best (Wilson 95 %)", "MCC"]]) == {"–"}
    assert "median of 4 draws (range)" in shown.columns


def test_the_papers_numbers_stand_beside_both_variants(results: Results) -> None:
    networks = next(iter(claims(_without_training(results)).values()))
    assert len(networks) == 1
    row = networks.iloc[0]
    assert row["in the paper"] == "0.6716"
    assert row["hits"] == "317 of 472"  # 317 / 472 = 0.67161
    low, high = proportion_confint(317, 472, method="wilson")
    assert row["95 %, if independent"] == f"{low:.4f}–{high:.4f}"
    assert "of 3 on test)" in row["paper, best seed"]
    assert row["clean, best seed"] == "undecidable: 0 purged training samples"
    assert row["clean, mean of the seeds"] == "undecidable: 0 purged training samples"
