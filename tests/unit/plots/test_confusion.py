from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from laicflow.plots.confusion import PARTS, draw_matrix, draw_parts


def _texts(counts: list[list[int]]) -> list[str]:
    ax = Figure().subplots()
    draw_matrix(ax, np.array(counts, dtype="float64"), ("normal", "SIP"), "a title")
    assert ax.get_xlabel() == "predicted" and ax.get_ylabel() == "observed"
    return [text.get_text() for text in ax.texts]


def test_cells_give_the_number_and_its_share_of_the_row() -> None:
    assert _texts([[3, 1], [2, 6]]) == ["3\n75.0 %", "1\n25.0 %", "2\n25.0 %", "6\n75.0 %"]


def test_a_class_without_samples_says_so() -> None:
    assert _texts([[0, 0], [2, 6]])[:2] == ["0\nno samples", "0\nno samples"]


def test_bars_hold_every_sample_once() -> None:
    index = pd.MultiIndex.from_product([[0, 1], [0, 1]])
    rows = [[0, 1, 2, 5], [0, 0, 3, 4], [1, 1, 1, 5], [0, 0, 7, 0]]
    counts = pd.DataFrame(rows, index=index, columns=list(PARTS))
    ax = Figure().subplots()
    draw_parts(ax, counts, {0: "block 1", 1: "block 2"}, "undecidable")
    assert sum(patch.get_width() for patch in ax.patches) == np.sum(rows)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["block 1", "block 2"]
    texts = [text.get_text() for text in ax.texts]
    assert "normal 8" in texts and "SIP 7" in texts
    assert ax.get_title(loc="left") == "undecidable"
