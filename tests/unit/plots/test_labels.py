from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from laicflow.plots import labels, style

FRAME = (0.0, 0.0, 300.0, 200.0)


def _clear(middles: np.ndarray, boxes: np.ndarray, points: np.ndarray) -> bool:
    """Whether no name lies on another nor on a point."""
    for own, (middle, box) in enumerate(zip(middles, boxes, strict=True)):
        others = np.delete(np.arange(len(middles)), own)
        reach = (box + boxes[others]) / 2
        if (np.abs(middles[others] - middle) < reach).all(axis=1).any():
            return False
        if (np.abs(points - middle) < box / 2).all(axis=1).any():
            return False
    return True


@pytest.mark.parametrize("spread", [6.0, 20.0, 80.0])
def test_names_of_a_crowd_lie_apart(spread: float) -> None:
    points = np.array([150.0, 100.0]) + np.random.default_rng(1).normal(size=(10, 2)) * spread / 2
    boxes = np.tile([55.0, 10.0], (10, 1))
    middles = labels.places(points, boxes, FRAME)
    assert _clear(middles, boxes, points)
    assert (middles - boxes / 2 >= 0).all() and (middles + boxes / 2 <= [300, 200]).all()


def test_a_name_alone_stands_to_the_right_of_its_point() -> None:
    ((x, y),) = labels.places(np.array([[50.0, 50.0]]), np.array([[40.0, 10.0]]), FRAME)
    assert (x, y) == (pytest.approx(50 + 20 + 5), pytest.approx(50))


def test_a_name_at_the_edge_stays_inside() -> None:
    ((x, _),) = labels.places(np.array([[295.0, 50.0]]), np.array([[40.0, 10.0]]), FRAME)
    assert x + 20 <= 295


def test_a_name_is_nearest_to_its_own_point_or_has_a_line() -> None:
    x, y = np.full(6, 0.5), 0.3 + 0.04 * np.arange(6)
    with style.applied():
        figure = Figure(figsize=(4, 4))
        ax = figure.subplots()
        written = labels.write(ax, x, y, [f"model {n}" for n in range(6)])
        figure.draw_without_rendering()
        points = ax.transData.transform(np.column_stack([x, y]))
        for own, note in enumerate(written):
            box = Text.get_window_extent(note)
            middle, half = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2, np.array(box.size) / 2
            gap = np.hypot(*np.maximum(np.abs(points - middle) - half, 0).T)
            assert note.arrow_patch is not None or np.argmin(gap) == own
        # Of the text alone, without its line.
        extents = [Text.get_window_extent(note) for note in written]
        assert not any(a.overlaps(b) for a in extents for b in extents if a is not b)


def test_the_extent_of_a_text_is_that_of_the_drawn_one() -> None:
    with style.applied():
        figure = Figure(dpi=720)
        text = figure.text(0.5, 0.5, "median of 15 days", fontsize=7)
        figure.draw_without_rendering()
        wide = text.get_window_extent().width * 72 / 720
        expected = wide + 2 * labels.AIR
        assert labels.extent("median of 15 days", 7.0)[0] == pytest.approx(expected, abs=1)
