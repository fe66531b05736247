"""Accuracy by the length of the windows, against counts done by hand."""

from __future__ import annotations

import math

import pytest

from laicflow.errors import LaicflowError
from laicflow.report.targets import read
from laicflow.studies.petrescu2022.figure_lengths import fig7
from laicflow.studies.petrescu2022.printed import printed
from laicflow.studies.results import Results
from tests.unit.studies.petrescu2022 import ran
from tests.unit.studies.petrescu2022.test_figure_training import axes_of, words_of


def test_it_is_what_the_list_of_targets_says(results: Results, pytestconfig) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")["petrescu2022_fig7"]
    drawn = fig7(results)
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows


def test_the_papers_numbers_are_those_of_a_length(results: Results) -> None:
    found = {minutes: claim["value"] for claim, minutes in printed(results.settings)}
    assert found == {10080: 0.664, 60: 0.586, 1440: 0.414}
    # A run with shorter windows does not make them those of the paper.
    results.settings["window"]["minutes"] = 1440
    assert {minutes for _, minutes in printed(results.settings)} == {10080, 60, 1440}


def test_accuracies_are_counted(results: Results) -> None:
    data = fig7(results).data.set_index("variant")
    hour, day = data.loc["paper-hour"], data.loc["clean-day"]
    # It always says 1: six of ten, as the majority of the training does.
    assert hour["accuracy"] == pytest.approx(0.6) and hour["majority"] == pytest.approx(0.6)
    # 0.4 of a window before an earthquake and 0.6 of a quiet one are wrong.
    assert day["accuracy"] == pytest.approx(0.8) and day["date"] == pytest.approx(0.6)
    assert day["n"] == 10 and day["seeds"] == 2 and day["minutes"] == 1440
    # The last of the epochs.
    assert hour["training_loss"] == pytest.approx(0.55) and hour["loss"] == pytest.approx(0.71)
    assert (hour["paper_accuracy"], day["paper_accuracy"]) == (0.586, 0.414)


def test_what_is_undecidable_is_told_in_its_place_and_below(results: Results) -> None:
    drawn = fig7(results)
    row = drawn.data.set_index("variant").loc["paper"]
    assert math.isnan(row["accuracy"]) and row["n"] == 0
    above, below = axes_of(drawn.figure)
    assert ran.LACKING in " ".join(" ".join(t.get_text() for t in above.texts).split())
    assert f"paper: undecidable: {ran.LACKING}" in words_of(drawn.figure)
    labels = [label.get_text() for label in below.get_xticklabels()]
    assert labels == [
        "paper-hour\n1 hour\nn = 10",
        "clean-day\n1 day\nn = 10",
        "paper\n1 week\nn = 0",
    ]
    # Its number is still printed in the paper.
    diamonds = [line.get_ydata()[0] for line in above.lines if line.get_marker() == "D"]
    assert diamonds == [0.586, 0.414, 0.664]


def test_a_network_without_notes_was_not_trained(results: Results) -> None:
    results.samples["paper"].attrs["facts"] = "{}"
    results.notes["paper"] = results.notes["paper"].iloc[:0]
    data = fig7(results).data.set_index("variant")
    assert data.loc["paper", "note"] == "not trained in this run"


def test_without_variants_there_is_no_figure(results: Results) -> None:
    results.variants = {}
    with pytest.raises(LaicflowError, match="no variant"):
        fig7(results)
