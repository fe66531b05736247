from __future__ import annotations

import copy

from laicflow.report import training
from laicflow.studies.results import Results


def test_training_is_described_by_its_settings(results: Results, options: dict) -> None:
    lines = training.sentences(results, options["shipped"])
    assert lines[0].startswith("2 networks, each trained with 2 seeds for 5 epochs (Adam, ")
    assert lines[1] == (
        "Variant paper: 20 draws of samples and split; the first has all seeds, each of the 19 "
        "others one."
    )


def test_a_run_as_shipped_does_nothing_less(results: Results, options: dict) -> None:
    results.settings = copy.deepcopy(options["shipped"])
    lines = training.sentences(results, options["shipped"])
    assert not any(
        word in line for line in lines for word in ("Fewer", "random weights", "reduced")
    )


def test_reduced_networks_are_named(results: Results, options: dict) -> None:
    results.settings["models"]["width"] = 0.25
    lines = training.sentences(results, options["shipped"])
    assert any("reduced to 25 % of their width, so" in line for line in lines)
    results.settings["models"]["depth"] = 0.1
    lines = training.sentences(results, options["shipped"])
    assert any("25 % of their width and 10 % of their depth, so" in line for line in lines)


def test_the_summary_takes_last_losses_and_the_best_accuracy(results: Results) -> None:
    made = training.summary(results)
    # Two seeds of three epochs: losses 1.0, 0.9, 0.8; accuracies 0.4, 0.5, 0.4.
    assert made.rows == [
        ["EfficientNetV2-S modified", "paper", "2", "3", "0.8000", "1.2000", "0.5000"]
    ]


def test_notes_are_counted(results: Results) -> None:
    rows = training.notes(results).rows
    assert ["clean", "ResNet50", "1", "undecidable: 0 purged training samples"] in rows
    assert len(rows) == 5
