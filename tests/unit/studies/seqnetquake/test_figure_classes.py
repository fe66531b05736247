"""Triangles and confusion matrices, against predictions written down by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from laicflow.config import with_variants
from laicflow.errors import LaicflowError
from laicflow.schema import empty
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.figure_classes import COLUMNS, UNITS, fig7, figS3, shares_of

# Observed class and probabilities: five of class 0 (three hit), three of 1 (two hit), two of 2.
ROWS = [
    (0, 1.0, 0.0, 0.0), (0, 0.6, 0.3, 0.1), (0, 0.4, 0.4, 0.2), (0, 0.1, 0.8, 0.1),
    (0, 0.1, 0.2, 0.7),
    (1, 0.0, 1.0, 0.0), (1, 0.2, 0.7, 0.1), (1, 0.9, 0.1, 0.0),
    (2, 0.0, 0.0, 1.0), (2, 0.3, 0.6, 0.1),
]  # fmt: skip
COUNTS = [[3, 1, 1], [1, 2, 0], [0, 1, 1]]
LACKING = "no window lies near an artificial event"


def predictions(rows: list = ROWS, experiment: str = "transfer", **columns: object) -> pd.DataFrame:
    """One network's predictions of test samples."""
    target, *shares = (np.array(one, float) for one in zip(*rows, strict=True))
    told = {f"p_{k}": share for k, share in enumerate(shares)}
    told |= {"sample_id": [f"s{k}" for k in range(len(rows))], "target": target}
    told |= {"experiment": experiment, "seed": 0, "draw": 0, "split": "test"}
    return pd.DataFrame({**told, **columns})


@pytest.fixture
def results(shipped: dict) -> Results:
    variants = with_variants(shipped)
    own = {name: variants[name] for name in ("paper", "clean")}
    made = Results("run", "seqnetquake", shipped, own)
    two = predictions(experiment="direct")
    other = predictions([(0, 0.9, 0.1, 0.0)], split="train")
    made.predictions = {
        "paper": pd.concat([predictions(), predictions(seed=1), two, other]),
        "clean": empty("predictions"),
    }
    made.samples = {name: empty("samples") for name in own}
    made.samples["clean"].attrs["facts"] = f'{{"lacking": "{LACKING}"}}'
    made.scores = {name: empty("scores") for name in own}
    return made


def words_of(figure: Figure) -> str:
    """All words of a figure but those in its axes."""
    parts = [figure, *figure.subfigs]
    return " ".join(text.get_text() for part in parts for text in part.texts)


def axes_of(figure: Figure) -> list:
    """Axes of all parts of a figure."""
    return [ax for part in figure.subfigs for ax in part.axes]


def test_rows_are_what_was_and_columns_what_was_said(results: Results) -> None:
    data = figS3(results).data
    tiles = data[(data["part"] == "confusion") & (data["variant"] == "paper")]
    assert tiles["count"].to_numpy().reshape(3, 3).tolist() == COUNTS
    assert tiles["row_share"].iloc[:3].tolist() == pytest.approx([0.6, 0.2, 0.2])
    # Of four that were taken for class 1 two are.
    assert tiles["column_share"].iloc[4] == pytest.approx(0.5)
    for observed, sums in (("observed", "row_share"), ("predicted", "column_share")):
        assert tiles.groupby(observed)[sums].sum().tolist() == pytest.approx([1, 1, 1])


def test_every_seed_counts_and_training_samples_do_not(results: Results) -> None:
    drawn = fig7(results)
    tiles = drawn.data[drawn.data["part"] == "confusion"]
    assert tiles["count"].to_numpy().reshape(3, 3).tolist() == (2 * np.array(COUNTS)).tolist()
    assert set(tiles["seeds"]) == {2}
    assert "20 predictions of test samples by 2 networks" in words_of(drawn.figure.subfigs[0])


def test_hexagons_stand_where_the_probabilities_do(results: Results) -> None:
    cells = figS3(results).data.query("part == 'hexagon' and observed == 'storm'")
    # (0.3, 0.6, 0.1) in steps of 1 / 36: (10.8, 21.6, 3.6) is nearest to (11, 22, 3) or its like.
    assert cells["count"].tolist() == [1, 1]
    corner = cells[["p_0", "p_1", "p_2"]].to_numpy()
    assert corner[0].tolist() == [0, 0, 1]
    assert corner[1] == pytest.approx([0.3, 0.6, 0.1], abs=1 / 36)
    assert corner.sum(axis=1) == pytest.approx([1, 1])


def test_the_matrix_shows_shares_and_sums(results: Results) -> None:
    *triangles, matrix = axes_of(figS3(results).figure)
    texts = [text.get_text() for text in matrix.texts]
    assert texts[0] == "3" and texts[1] == "→ 60.0%\n↓ 75.0%"
    assert texts[-2:] == ["10", "correct\n60.0%"]
    # Sums of a row and of a column, and their shares of all ten.
    assert texts[18:22] == ["5", "50.0%", "4", "40.0%"]
    assert [ax.get_title(loc="left") for ax in triangles] == [
        "(a) truly non-seismic", "(b) truly seismic", "(c) truly storm",
    ]  # fmt: skip
    assert "n = 5\ndarkest hexagon: 1" in [text.get_text() for text in triangles[0].texts]


def test_a_variant_without_predictions_says_why_and_has_no_axes(results: Results) -> None:
    drawn = fig7(results)
    assert len(axes_of(drawn.figure)) == 4
    assert f"the variant without leaks (clean): undecidable: {LACKING}" in words_of(drawn.figure)
    own = drawn.data[drawn.data["variant"] == "clean"]
    assert own["part"].tolist() == ["undecidable"] and own["count"].isna().all()
    assert own["note"].tolist() == [f"undecidable: {LACKING}"]


def test_nothing_at_all_is_a_figure_of_words(results: Results) -> None:
    results.predictions["paper"] = empty("predictions")
    results.variants["paper"]["trained"] = ["direct"]
    drawn = fig7(results)
    assert axes_of(drawn.figure) == []
    assert "the published variant (paper): not trained in this run" in words_of(drawn.figure)
    results.variants = {}
    with pytest.raises(LaicflowError, match="no variant"):
        fig7(results)


def test_predictions_without_a_number_are_left_out_and_counted(results: Results) -> None:
    results.predictions["paper"] = predictions([*ROWS, (1, np.nan, np.nan, np.nan)])
    drawn = fig7(results)
    tiles = drawn.data[drawn.data["part"] == "confusion"]
    assert tiles["count"].sum() == 10
    assert "the published variant (paper): 1 prediction without a number left out" in words_of(
        drawn.figure
    )


def test_predictions_of_two_classes_are_refused(results: Results) -> None:
    results.predictions["paper"] = predictions().drop(columns="p_2")
    with pytest.raises(LaicflowError, match="three classes"):
        fig7(results)


def test_a_class_without_samples_has_no_share() -> None:
    shares = shares_of(np.array([[2, 2, 0], [0, 0, 0], [0, 0, 1]]), 1)
    assert shares[0].tolist() == [0.5, 0.5, 0] and np.isnan(shares[1]).all()


def test_columns_are_the_same_with_and_without_numbers(results: Results) -> None:
    data = fig7(results).data
    assert list(data.columns) == COLUMNS
    assert all(data[name].dtype == "float64" for name in UNITS)
