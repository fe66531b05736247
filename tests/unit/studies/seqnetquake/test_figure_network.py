"""The network layer by layer and the scheme of the transfer, against counts made by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from matplotlib.figure import Figure

from laicflow.config import with_variants
from laicflow.errors import LaicflowError
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.figure_network import COLUMNS, UNITS, best_of, fig2

# A convolution has (kernel x channels + 1) x filters, an LSTM of u units and d inputs
# 4 (u (d + u) + u) in each direction, a dense layer (inputs + 1) x units.
BY_HAND = {
    "Conv1D 4, kernel 3, ReLU": [(3 * 2 + 1) * 4, (3 * 4 + 1) * 4],
    "BiLSTM 128": [2 * 4 * (128 * (12 + 128) + 128)],
    "Dense 128, ReLU": [(256 + 1) * 128, (128 + 1) * 128],
    "Dense 3": [(128 + 1) * 3],
}


@pytest.fixture
def results(shipped: dict) -> Results:
    variants = with_variants(shipped)
    names = shipped["compare"]["transfer"]
    return Results("run", "seqnetquake", shipped, {name: variants[name] for name in names})


def words_of(figure: Figure) -> list[str]:
    """All words of a figure, those in its axes too."""
    axes = [ax for part in figure.subfigs or [figure] for ax in part.axes]
    parts = [figure, *figure.subfigs, *axes]
    return [text.get_text() for part in parts for text in part.texts]


def tuning(*rows: tuple[str, float | None, dict]) -> pd.DataFrame:
    """Trials: experiment, value, what was chosen."""
    return pd.DataFrame(
        {
            "experiment": [row[0] for row in rows],
            "trial": range(len(rows)),
            "value": [row[1] for row in rows],
            "params": [json.dumps(row[2]) for row in rows],
        }
    )


def test_parameters_are_those_that_are_learnt(results: Results) -> None:
    drawn = fig2(results)
    layers = drawn.data[drawn.data["part"] == "layer"]
    for name, counts in BY_HAND.items():
        assert layers.loc[layers["name"] == name, "parameters"].tolist() == counts
    total = sum(sum(counts) for counts in BY_HAND.values())
    assert layers["parameters"].sum() == total
    assert f"{total:,}" in words_of(drawn.figure)


def test_shapes_follow_from_ten_samples_a_subsequence(results: Results) -> None:
    layers = fig2(results).data.query("part == 'layer'")
    shapes = list(zip(layers["name"], layers["shape"], strict=True))
    assert shapes == [
        ("window", "20 × 2"),
        ("subsequences of 10", "2 × 10 × 2"),
        ("Conv1D 4, kernel 3, ReLU", "2 × 4 × 8"),
        ("Conv1D 4, kernel 3, ReLU", "2 × 4 × 6"),
        ("Dropout 0.5", "2 × 4 × 6"),
        ("Max pool 2", "2 × 4 × 3"),
        ("flatten", "2 × 12"),
        ("BiLSTM 128", "256"),
        ("Dropout 0.5", "256"),
        ("Dense 128, ReLU", "128"),
        ("Dense 128, ReLU", "128"),
        ("Dense 3", "3"),
        ("softmax", "3"),
    ]


def test_the_scheme_has_source_transfer_and_the_weights_as_they_came(results: Results) -> None:
    drawn = fig2(results)
    steps = drawn.data[drawn.data["part"] == "training"]
    pairs = list(zip(steps["variant"], steps["experiment"], steps["source_variant"], strict=True))
    assert pairs == [
        ("d11", "direct", ""),
        ("paper", "transfer", "d11"),
        ("paper", "initial", "d11"),
        ("d11-shuffled", "direct", ""),
        ("paper", "shuffled", "d11-shuffled"),
        ("clean-demeter", "direct", ""),
        ("clean", "transfer", "clean-demeter"),
        ("clean", "initial", "clean-demeter"),
        ("clean-shuffled", "direct", ""),
        ("clean", "shuffled", "clean-shuffled"),
    ]
    assert steps["epochs"].tolist() == [50, 50, 0, 50, 50] * 2
    said = words_of(drawn.figure)
    assert any(
        text.startswith("SeqNetQuake-DT (d11): DEMETER, 2005-01 to 2010-12") for text in said
    )
    assert sum("labels dealt out at random" in text for text in said) == 2
    assert "SeqNetQuake-IT (paper)\nthe weights as they came: no epoch" in said


def test_what_tuning_found_on_the_source_is_drawn(results: Results) -> None:
    small = {"conv_layers": 2, "lstm_layers": 2, "lstm_units": 64, "dense_layers": 2, "epochs": 10}
    results.tuning["d11"] = tuning(
        ("direct", 0.5, {"lstm_units": 512}), ("direct", 0.6, small), ("direct", None, {})
    )
    drawn = fig2(results)
    layers = drawn.data.query("part == 'layer'").set_index("name")
    # The second layer sees both directions of the first.
    counts = [2 * 4 * (64 * (d + 64) + 64) for d in (12, 128)]
    assert layers.loc["BiLSTM 64", "parameters"].tolist() == counts
    assert layers.loc["BiLSTM 64", "shape"].tolist() == ["2 × 128", "128"]
    steps = drawn.data.query("part == 'training'")
    # The weights as they came stay without an epoch, whatever tuning found.
    # What starts from shuffled labels has the options of the true ones.
    assert steps["epochs"].tolist() == [10, 10, 0, 10, 10, 50, 50, 0, 50, 50]
    assert any("options chosen for d11" in text for text in words_of(drawn.figure))
    assert any("the best of 3 trials" in text for text in words_of(drawn.figure))


def test_the_first_of_equal_trials_is_the_best() -> None:
    table = tuning(("direct", 0.6, {"a": 1}), ("direct", 0.6, {"a": 2}), ("gbm", 0.9, {"a": 3}))
    assert best_of(table, "direct") == ({"a": 1}, 2)
    assert best_of(table, "rf") == ({}, 0) and best_of(None, "direct") == ({}, 0)


def test_what_is_not_trained_in_the_run_is_said(results: Results) -> None:
    results.variants["paper"]["trained"] = ["transfer"]
    steps = fig2(results).data.query("part == 'training' and variant == 'paper'")
    assert steps["note"].tolist() == ["", "not trained in this run", "not trained in this run"]


def test_without_any_transfer_the_network_stands_alone(results: Results) -> None:
    results.variants = {"d11": results.variants["d11"]}
    drawn = fig2(results)
    assert set(drawn.data["part"]) == {"layer"} and set(drawn.data["experiment"]) == {"direct"}
    assert list(drawn.data.columns) == COLUMNS
    assert all(drawn.data[name].dtype == "float64" for name in UNITS)


def test_without_the_network_there_is_no_figure(results: Results) -> None:
    for own in results.variants.values():
        own["experiments"] = {"gbm": {"model": "gbm"}}
    with pytest.raises(LaicflowError, match="no experiment with the network"):
        fig2(results)
