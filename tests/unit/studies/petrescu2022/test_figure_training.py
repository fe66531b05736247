"""Accuracy and loss by epoch, and what was varied, against a history written down by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.report.targets import read
from laicflow.studies.petrescu2022.figure_training import class_share, fig5
from laicflow.studies.petrescu2022.figure_trials import fig6, members
from laicflow.studies.results import Results
from tests.unit.studies.petrescu2022 import ran


def axes_of(figure: Figure) -> list:
    """Axes of all parts of a figure."""
    own = list(figure.axes)
    return own or [ax for part in figure.subfigs for ax in part.axes]


def words_of(figure: Figure) -> str:
    """What is written below the panels, in one line."""
    texts = [text.get_text() for part in figure.subfigs for text in part.texts]
    return " ".join(" ".join(texts).split())


def flat(ax) -> dict[float, object]:
    """Lines across the whole axes: value to style."""
    return {
        round(float(line.get_ydata()[0]), 4): line.get_linestyle()
        for line in ax.lines
        if list(line.get_xdata()) == [0, 1]
    }


@pytest.mark.parametrize("name", ["fig5", "fig6"])
def test_both_are_what_the_list_of_targets_says(
    results: Results, name: str, pytestconfig: pytest.Config
) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")[f"petrescu2022_{name}"]
    drawn = {"fig5": fig5, "fig6": fig6}[name](results)
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows


def test_curves_are_means_over_the_seeds_and_their_range(results: Results) -> None:
    accuracy, loss, *_ = axes_of(fig5(results).figure)
    training, followed = (line for line in loss.lines if len(line.get_xdata()) == 3)
    assert list(training.get_xdata()) == [1, 2, 3]
    # Seeds of 0.7, 0.6, 0.5 and of 0.8, 0.7, 0.6.
    assert list(training.get_ydata()) == pytest.approx([0.75, 0.65, 0.55])
    assert list(followed.get_ydata()) == pytest.approx([0.71] * 3)
    band = loss.collections[0].get_paths()[0].vertices
    first = band[np.isclose(band[:, 0], 1.0)]
    assert (first[:, 1].min(), first[:, 1].max()) == pytest.approx((0.7, 0.8))
    assert math.isclose(next(iter(flat(loss))), 0.6931, abs_tol=1e-4)


def test_the_shares_of_the_classes_are_drawn_through_the_accuracy(results: Results) -> None:
    accuracy, *_ = axes_of(fig5(results).figure)
    # `paper-hour` follows its test samples, of which six of ten are of a class.
    assert set(flat(accuracy)) == {0.5, 0.6, 0.4}
    assert class_share(results, "paper-hour", "test") == pytest.approx(0.6)
    assert math.isnan(class_share(results, "paper-hour", "validation"))


def test_a_variant_without_training_is_told_and_not_drawn(results: Results) -> None:
    drawn = fig5(results)
    assert len(axes_of(drawn.figure)) == 4
    assert f"paper: undecidable: {ran.LACKING}" in words_of(drawn.figure)
    own = drawn.data[drawn.data["variant"] == "paper"]
    assert len(own) == 1 and own["loss"].isna().all()


def test_a_loss_far_beyond_a_coin_has_a_logarithmic_axis(results: Results) -> None:
    assert axes_of(fig5(results).figure)[1].get_yscale() == "linear"
    results.history["paper-hour"]["train_loss"] = 30.0
    assert axes_of(fig5(results).figure)[1].get_yscale() == "log"


def test_batches_that_are_mixed_have_no_accuracy_of_training(results: Results) -> None:
    results.history["paper-hour"]["train_accuracy"] = math.nan
    accuracy = axes_of(fig5(results).figure)[0]
    assert sum(len(line.get_xdata()) == 3 for line in accuracy.lines) == 1


def test_nothing_trained_at_all_is_a_figure_of_reasons(results: Results) -> None:
    results.variants = {"paper": results.variants["paper"]}
    drawn = fig5(results)
    assert axes_of(drawn.figure) == [] and ran.LACKING in words_of(drawn.figure)
    results.variants = {}
    for figure in (fig5, fig6):
        with pytest.raises(LaicflowError, match="no variant"):
            figure(results)


def test_groups_are_the_experiments_that_differ_in_one_setting(results: Results) -> None:
    settings = results.settings
    assert list(members(settings, "optimizers").values()) == [
        "Adam",
        "Adagrad",
        "Adamax",
        "SGD",
        "RMSprop",
    ]
    rates = members(settings, "learning rates")
    assert list(rates.items()) == [
        ("rate-1e-4", "0.0001"),
        ("adam", "0.001"),
        ("rate-1e-2", "0.01"),
    ]
    assert list(members(settings, "numbers of convolutions").values()) == ["2", "3", "4", "5"]


def test_only_what_was_trained_is_drawn_and_else_it_is_said(results: Results) -> None:
    results.variants["paper-hour"]["trained"] = ["adam", "sgd", "layers-5"]
    more = [ran.history(name, train_loss=loss) for name, loss in (("sgd", 0.4), ("layers-5", 0.3))]
    results.history["paper-hour"] = pd.concat([ran.history(), *more])
    drawn = fig6(results)
    optimizers, rates, depths = axes_of(drawn.figure)
    names = [text.get_text() for text in optimizers.get_legend().get_texts()]
    assert names == ["Adam", "SGD"]
    assert [text.get_text() for text in depths.get_legend().get_texts()] == ["3", "5"]
    assert not optimizers.texts and not depths.texts
    said = " ".join(rates.texts[0].get_text().split())
    assert said == "of these learning rates no other was trained in this run"
    # The headline alone is trained elsewhere, so one variant is shown.
    assert set(drawn.data["variant"]) == {"paper-hour"}
    sgd = drawn.data[drawn.data["experiment"] == "sgd"]
    assert sgd["loss"].tolist() == [0.4] * 3 and sgd["seeds"].tolist() == [2] * 3


def test_without_trials_the_first_variant_that_was_trained_is_shown(results: Results) -> None:
    drawn = fig6(results)
    assert set(drawn.data["variant"]) == {"paper-hour"}
    assert all(ax.texts for ax in axes_of(drawn.figure))
    results.variants = {"paper": results.variants["paper"]}
    assert set(fig6(results).data["note"]) == {f"undecidable: {ran.LACKING}"}
