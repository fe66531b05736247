from __future__ import annotations

import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.report.lookup import chosen_seed, one, training_sizes, undecided
from laicflow.schema import conform, empty


def _scores(rows: list[dict]) -> pd.DataFrame:
    base = {"experiment": "net", "seed": 0, "draw": 0, "metric": "accuracy", "method": "wilson"}
    return conform(pd.DataFrame([{**base, **row} for row in rows]), "scores")


def _predictions(outputs: dict[tuple[int, str], list[float]]) -> pd.DataFrame:
    """Outputs by seed and split for samples whose targets are 1, 0."""
    rows = [
        {"sample_id": f"s{i}", "experiment": "net", "seed": seed, "draw": 0, "fold": 0}
        | {"split": split, "target": 1 - i, "output": value}
        for (seed, split), values in outputs.items()
        for i, value in enumerate(values)
    ]
    return conform(pd.DataFrame(rows), "predictions")


def test_one_finds_the_row_of_a_seed_and_that_of_all_seeds() -> None:
    scores = _scores([{"value": 0.6}, {"seed": 1, "value": 0.7}, {"seed": None, "value": 0.65}])
    assert one(scores, seed=1)["value"] == 0.7
    assert one(scores, seed=None)["value"] == 0.65
    assert one(scores, seed=2) is None


def test_one_refuses_to_choose() -> None:
    with pytest.raises(LaicflowError, match="2 rows"):
        one(_scores([{"value": 0.6}, {"seed": 1, "value": 0.7}]), metric="accuracy")


def test_the_best_seed_depends_on_where_it_is_chosen() -> None:
    predictions = _predictions(
        {
            (0, "test"): [0.9, 0.1],
            (1, "test"): [0.9, 0.9],
            (0, "validation"): [0.1, 0.1],
            (1, "validation"): [0.9, 0.1],
        }
    )
    assert chosen_seed(predictions, "net", "test") == 0
    assert chosen_seed(predictions, "net", "validation") == 1
    assert chosen_seed(predictions, "other", "test") is None


def test_of_equal_seeds_the_smallest_is_taken_and_one_half_is_class_one() -> None:
    predictions = _predictions({(3, "test"): [0.5, 0.49], (2, "test"): [0.8, 0.2]})
    assert chosen_seed(predictions, "net", "test") == 2


def test_only_the_first_draw_counts() -> None:
    predictions = _predictions({(0, "test"): [0.9, 0.1]}).assign(draw=1)
    assert chosen_seed(predictions, "net", "test") is None


def test_undecided_says_why() -> None:
    why = "undecidable: 0 purged training samples"
    assert undecided(_scores([{"method": "none", "note": why}]), "net") == why
    assert undecided(_scores([{"value": 0.6}]), "net") == ""
    assert undecided(empty("scores"), "net") == "undecidable: no predictions"


def test_training_sizes_are_by_fold_of_the_first_draw() -> None:
    rows = [(0, 0, "train"), (0, 0, "train"), (0, 0, "test"), (0, 1, "purged"), (1, 0, "train")]
    splits = pd.DataFrame(rows, columns=["draw", "fold", "split"])
    splits["sample_id"] = [f"s{i}" for i in range(len(rows))]
    assert training_sizes(conform(splits, "splits")) == [2, 0]
    assert training_sizes(empty("splits")) == []
