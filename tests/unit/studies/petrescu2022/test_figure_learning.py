"""Learning curves over known shares of known samples."""

from __future__ import annotations

import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.report.targets import read
from laicflow.studies.petrescu2022 import power_law
from laicflow.studies.petrescu2022.figure_learning import fig8, shares
from laicflow.studies.results import Results
from tests.unit.studies.petrescu2022 import ran
from tests.unit.studies.petrescu2022.test_figure_training import axes_of, words_of

SHARES = {"share-20": 0.2, "share-40": 0.4, "share-60": 0.6, "share-80": 0.8, "adam": 1.0}


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many resamples as a test needs."""
    monkeypatch.setattr(power_law, "RESAMPLES", 60)


@pytest.fixture
def trained(results: Results) -> Results:
    """`paper-hour` was trained on all five shares, its held-out loss 0.2 + 0.1 / share."""
    histories, scores = [], []
    own = results.scores["paper-hour"]
    for name, share in SHARES.items():
        one = ran.history(name)
        one["validation_loss"] = 0.2 + 0.1 / share + 0.004 * (one["seed"].astype(float) - 0.5)
        histories.append(one)
        scores.append(own[own["experiment"] == "adam"].assign(experiment=name))
    results.history["paper-hour"] = pd.concat(histories)
    results.scores["paper-hour"] = pd.concat([own[own["experiment"] != "adam"], *scores])
    return results


def test_it_is_what_the_list_of_targets_says(
    trained: Results, results: Results, pytestconfig: pytest.Config
) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")["petrescu2022_fig8"]
    for one in (trained, results):
        drawn = fig8(one)
        assert target.faults(drawn.data, drawn.units) == []
        assert len(drawn.data) >= target.least_rows


def test_shares_are_those_of_the_experiments(results: Results) -> None:
    assert shares(results.settings) == SHARES


def test_points_are_means_over_the_seeds(trained: Results) -> None:
    data = fig8(trained).data
    own = data[(data["variant"] == "paper-hour") & (data["kind"] == "measured")]
    # Thirty samples train.
    assert own["n_train"].tolist() == pytest.approx([6, 12, 18, 24, 30])
    assert own["loss"].tolist() == pytest.approx([0.7, 0.45, 0.2 + 0.1 / 0.6, 0.325, 0.3])
    assert own["loss_high"].iloc[0] - own["loss_low"].iloc[0] == pytest.approx(0.004)
    assert own["accuracy"].tolist() == pytest.approx([0.6] * 5)
    assert own["training_loss"].tolist() == pytest.approx([0.55] * 5)


def test_the_law_is_drawn_within_and_beyond_the_data(trained: Results) -> None:
    drawn = fig8(trained)
    law = drawn.data[drawn.data["kind"].isin(["fitted", "extrapolated"])]
    assert set(law["variant"]) == {"paper-hour"}
    assert law["n_train"].max() == pytest.approx(60)
    # At twice the samples: 0.2 + 0.1 / 2.
    assert law["loss"].iloc[-1] == pytest.approx(0.25, abs=0.01)
    assert (law["loss_low"] <= law["loss"] + 1e-9).all()
    said = words_of(drawn.figure)
    # 0.2 + 0.1 / share is half of ln 2 at a share of 0.683, that is 20.5 samples.
    assert "half the loss of a coin (0.347) at 20 samples (95 %: " in said


def test_one_number_of_samples_is_no_curve(results: Results) -> None:
    drawn = fig8(results)
    assert axes_of(drawn.figure) == []
    said = words_of(drawn.figure)
    assert "paper-hour, clean-day: no learning curve: trained on one number of samples" in said
    assert f"paper: undecidable: {ran.LACKING}" in said
    assert set(drawn.data["kind"]) == {"measured"}


def test_a_loss_that_does_not_fall_has_no_law(trained: Results) -> None:
    trained.history["paper-hour"]["validation_loss"] = 0.7
    drawn = fig8(trained)
    assert len(axes_of(drawn.figure)) == 2
    assert "no inverse power law is drawn: the held-out loss does not" in words_of(drawn.figure)
    assert set(drawn.data["kind"]) == {"measured"}


def test_without_variants_there_is_no_figure(results: Results) -> None:
    results.variants = {}
    with pytest.raises(LaicflowError, match="no variant"):
        fig8(results)
