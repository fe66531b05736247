"""Tables 1 and 2, against scikit-learn and what the paper prints."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

from laicflow.evaluation.baselines import PLACE
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.table_scores import (
    COLUMNS,
    METRICS,
    UNITS,
    claims_of_scores,
    readable_table1,
    readable_table2,
    table1,
    table2,
)
from tests.unit.studies.seqnetquake import scores_made as made

TRUTH = np.resize(made.TURN, made.N)


@pytest.fixture
def settings(shipped: dict) -> dict:
    return made.settings_of(shipped)


@pytest.fixture
def datasets(settings: dict) -> Results:
    """Three datasets, of which one has no samples, the published variant and its source."""
    return made.results_of(settings, ["d01", "d03", "d05", "paper", "d11"], ("d05",))


@pytest.fixture
def rivals(settings: dict) -> Results:
    """All classifiers under both variants."""
    return made.results_of(settings, ["paper", "clean"])


def value(table: pd.DataFrame, variant: str, experiment: str, metric: str) -> pd.Series:
    """One number."""
    own = table[(table["variant"] == variant) & (table["experiment"] == experiment)]
    return own[own["metric"] == metric].iloc[0]


def test_every_number_is_that_of_scikit_learn(rivals: Results) -> None:
    table = table2(rivals)
    own = rivals.predictions["clean"]
    own = own[own["experiment"] == "cnn"]
    told = [one[["p_0", "p_1", "p_2"]].to_numpy().argmax(axis=1) for _, one in own.groupby("seed")]
    for metric, expected in (
        ("balanced_accuracy", [balanced_accuracy_score(TRUTH, one) for one in told]),
        ("precision_2", [precision_score(TRUTH == 2, one == 2) for one in told]),
        ("recall_1", [recall_score(TRUTH == 1, one == 1) for one in told]),
    ):
        row = value(table, "clean", "cnn", metric)
        assert row["value"] == pytest.approx(np.mean(expected))
        assert row["low"] <= row["value"] <= row["high"]
        assert (row["n"], row["n_eff"], row["seeds"]) == (120, 60, 2)
    both = [value(table, "clean", "cnn", name)["value"] for name in ("f1_micro", "accuracy")]
    assert both[0] == both[1]


def test_table1_has_the_datasets_and_three_trainings(datasets: Results) -> None:
    table = table1(datasets)
    rows = table[table["kind"] != "baseline"].drop_duplicates(["variant", "experiment"])
    keys = ["variant", "kind", "learned_from", "tested_on"]
    assert rows[keys].to_numpy().tolist() == [
        ["d01", "direct", "CSES", "CSES"],
        ["d03", "direct", "CSES", "CSES"],
        ["d05", "direct", "CSES", "CSES"],
        ["paper", "direct", "CSES", "CSES"],
        ["d11", "initial", "DEMETER", "DEMETER"],
        ["paper", "initial", "DEMETER", "CSES"],
        ["paper", "transfer", "DEMETER, CSES", "CSES"],
    ]
    assert rows["windows"].iloc[0] == "night, T = 10, 3°"
    assert rows["windows"].iloc[3] == "night, T = 20, Dobrovolsky"
    # A row each of d01's numbers; of what was not tested one.
    assert (table["variant"] == "d01").sum() > len(METRICS)
    silent = table[(table["variant"] == "d05") & (table["kind"] == "direct")]
    assert len(silent) == 1 and silent["note"].item() == f"undecidable: {made.LACKING}"
    assert math.isnan(silent["value"].item()) and silent["n"].item() == 0


def test_the_papers_numbers_stand_where_they_belong(datasets: Results) -> None:
    table = table1(datasets)
    # Table 1 and section Results of the paper.
    for variant, experiment, metric, printed in (
        ("d01", "direct", "f1_micro", 0.6238),
        ("d01", "direct", "auc_2", 0.6128),
        ("d03", "direct", "mcc", 0.3875),
        ("paper", "direct", "f1_micro", 0.6792),
        ("paper", "direct", "mcc", 0.427),
        ("paper", "transfer", "accuracy", 0.7607),
        ("paper", "transfer", "precision_2", 0.952),
        ("paper", "transfer", "recall_1", 0.851),
    ):
        assert value(table, variant, experiment, metric)["paper"] == printed
    for variant, metric in (("d01", "mcc"), ("d03", "f1_macro"), ("d03", "auc_2")):
        assert math.isnan(value(table, variant, "direct", metric)["paper"])


def test_what_was_not_tested_keeps_what_the_paper_prints(settings: dict) -> None:
    table = table1(made.results_of(settings, ["d03"], ("d03",)))
    own = table[table["experiment"] == "direct"].set_index("metric")
    assert own["paper"].dropna().to_dict() == {
        "mcc": 0.3875,
        "f1_micro": 0.6658,
        "accuracy": 0.6658,
    }
    assert own["value"].isna().all()
    cells = readable_table1(table).iloc[0]
    assert cells["MCC"] == "paper 0.3875" and cells["note"].endswith(made.LACKING)


def test_table2_sets_the_variants_of_a_classifier_together(rivals: Results) -> None:
    table = table2(rivals)
    rows = table.drop_duplicates(["variant", "experiment"])
    assert rows["variant"].tolist() == ["paper", "clean"] * 12
    assert rows["experiment"].tolist()[::2] == [
        *("transfer", "initial", "direct", "gbm", "dnn", "rf", "cnn", "lstm"),
        *("baseline_majority", "baseline_date", "baseline_neuron", "baseline_place"),
    ]
    assert "shuffled" not in set(table["experiment"])
    assert (rows.loc[rows["kind"] == "rival", "learned_from"] == "CSES").all()
    assert (rows.loc[rows["experiment"] == "transfer", "learned_from"] == "DEMETER, CSES").all()


def test_numbers_for_people(datasets: Results, rivals: Results) -> None:
    table = table1(datasets)
    people = readable_table1(table)
    first, row = people.iloc[0], value(table, "d01", "direct", "f1_micro")
    ends = f"({row['low']:.3f} to {row['high']:.3f})"
    assert first["F1 micro = accuracy"] == f"{row['value']:.3f} {ends}, paper 0.6238"
    assert first["majority class: accuracy"] == "0.500"
    place = [value(table, "d01", PLACE, name)["value"] for name in ("mcc", "accuracy")]
    assert first["place alone: MCC, accuracy"] == f"{place[0]:.3f}, {place[1]:.3f}"
    assert people["training"].tolist() == [*["direct"] * 4, "initial", "initial", "transfer"]
    people = readable_table2(table2(rivals))
    assert people["classifier"].tolist()[:4:2] == ["SeqNetQuake-TL", "SeqNetQuake-IT"]
    assert people["test samples"].iloc[0] == "120" and people["seeds"].iloc[0] == "2"


def test_what_was_not_trained_says_so(settings: dict) -> None:
    settings["variants"]["paper"] = {"trained": ["direct"]}
    results = made.results_of(settings, ["paper"])
    # The headline is of transfer learning, so its row is there.
    people = readable_table1(table1(results))
    assert people["note"].tolist() == ["", "not trained in this run", "not trained in this run"]
    assert people["MCC"].iloc[2] == "paper 0.5523"
    people = readable_table2(table2(results)).set_index("classifier")
    assert people.loc["LSTM", "note"] == "not trained in this run"


def test_a_lost_seed_is_told(rivals: Results) -> None:
    own = rivals.predictions["paper"]
    lost = (own["experiment"] == "cnn") & (own["seed"] == 1)
    own.loc[lost, ["p_0", "p_1", "p_2"]] = np.nan
    made.rescore(rivals, "paper")
    table = table2(rivals)
    row = value(table, "paper", "cnn", "mcc")
    assert math.isnan(row["value"]) and row["seeds"] == 1
    people = readable_table2(table)
    cnn = people[(people["classifier"] == "CNN") & (people["variant"] == "paper")].iloc[0]
    assert cnn["note"] == "120 of 120 outputs are not numbers" and cnn["MCC"] == ""


def test_claims_beside_the_variants(rivals: Results) -> None:
    rivals.settings["claims"]["f1_least"]["where"] = "least"
    people = claims_of_scores(rivals).set_index(["what", "score"])
    found = people.loc[("Table 1, transfer training", "MCC")]
    row = value(table2(rivals), "clean", "transfer", "mcc")
    assert found["in the paper"] == "0.5523"
    assert found["clean"] == f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
    assert people.loc[("Table 1, dataset 01", "F1 micro = accuracy"), "paper"] == "see table1"
    table = table2(rivals)
    own = table[(table["variant"] == "paper") & (table["metric"] == "f1_micro")]
    own = own[own["kind"].isin(["rival", "transfer"])].sort_values("value").iloc[0]
    least = people.loc[("least", "F1 micro = accuracy, least of transfer and rivals"), "paper"]
    assert least == f"{own['value']:.3f} ({own['label']})"


def test_columns_and_units(datasets: Results) -> None:
    table = table1(datasets)
    assert list(table) == list(COLUMNS) == list(table2(datasets))
    assert set(UNITS) == {"value", "low", "high", "paper", "n", "n_eff", "seeds"}
    assert table["n"].dtype == "Int64" and not table["note"].isna().any()
