from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.plots import forest
from laicflow.plots.forest import Look, Point

LOOK = Look("#0072B2", "s", 5, 1.5)
NAN = math.nan


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


def _markers(ax: Axes) -> list[tuple[float, float]]:
    """Places of the markers of `LOOK`."""
    own = [line for line in ax.lines if line.get_marker() == "s"]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in own]


def test_values_run_to_the_right_with_their_interval(ax: Axes) -> None:
    forest.draw_points(ax, [Point(2, 0.6, 0.5, 0.75, LOOK)])
    assert _markers(ax) == [(0.6, 2.0)]
    bar = next(line for line in ax.lines if line.get_linestyle() == "-")
    assert list(bar.get_xdata()) == [0.5, 0.75] and list(bar.get_ydata()) == [2, 2]


def test_upright_values_run_up(ax: Axes) -> None:
    forest.draw_points(ax, [Point(2, 0.6, 0.5, 0.75, LOOK)], upright=True)
    assert _markers(ax) == [(2.0, 0.6)]
    bar = next(line for line in ax.lines if line.get_linestyle() == "-")
    assert list(bar.get_xdata()) == [2, 2] and list(bar.get_ydata()) == [0.5, 0.75]


def test_an_interval_that_does_not_hold_its_value_is_drawn_as_it_is(ax: Axes) -> None:
    forest.draw_points(ax, [Point(0, 0.9, 0.5, 0.8, LOOK)])
    bar = next(line for line in ax.lines if line.get_linestyle() == "-")
    assert list(bar.get_xdata()) == [0.5, 0.8]


def test_a_value_without_interval_is_open(ax: Axes) -> None:
    forest.draw_points(ax, [Point(0, 0.6, NAN, NAN, LOOK), Point(1, 0.6, 0.5, 0.7, LOOK)])
    open_, filled = (line for line in ax.lines if line.get_marker() == "s")
    assert open_.get_markerfacecolor() == "white"
    assert filled.get_markerfacecolor() == LOOK.colour
    (bar,) = (line for line in ax.lines if line.get_marker() == "None")
    assert list(bar.get_ydata()) == [1, 1]


def test_nothing_is_drawn_where_there_is_no_value_but_its_reason_is_written(ax: Axes) -> None:
    points = [Point(1, NAN, NAN, NAN, LOOK, "undecidable: no samples"), Point(0, 0.5, 0, 1, LOOK)]
    forest.draw_points(ax, points[:1])
    assert not ax.lines
    forest.write_reasons(ax, points)
    (text,) = ax.texts
    assert text.get_text() == "undecidable: no samples"
    assert text.get_position()[1] == 1 and text.get_rotation() == 0


def test_upright_reasons_stand_and_long_ones_are_broken(ax: Axes) -> None:
    forest.write(ax, 3, "a b " * 20, upright=True, wide=20)
    (text,) = ax.texts
    assert text.get_rotation() == 90 and text.get_position()[0] == 3
    assert max(map(len, text.get_text().split("\n"))) <= 20


def test_limits_hold_values_intervals_and_marks() -> None:
    points = [Point(0, 0.6, 0.5, 0.8, LOOK), Point(1, NAN, NAN, NAN, LOOK, "why")]
    # From 0.4 (a mark) to 0.8 (an interval): a tenth of 0.4 on both sides.
    assert forest.value_limits(points, [0.4], margin=0.1) == pytest.approx((0.36, 0.84))


def test_limits_of_one_value_have_a_width() -> None:
    low, high = forest.value_limits([], [0.5])
    assert low < 0.5 < high
    assert forest.value_limits([Point(0, NAN, NAN, NAN, LOOK, "why")], []) == (0.0, 1.0)


def test_a_mark_is_a_line_with_its_words(ax: Axes) -> None:
    forest.mark(ax, 0.5, "chance", colour="black", side="right")
    forest.mark(ax, 0.7, "paper", colour="black", upright=True)
    vertical, horizontal = ax.lines
    assert list(vertical.get_xdata()) == [0.5, 0.5]
    assert list(horizontal.get_ydata()) == [0.7, 0.7]
    assert [text.get_text() for text in ax.texts] == ["chance", "paper"]
    assert ax.texts[0].get_horizontalalignment() == "right"


def test_every_other_place_has_a_ground(ax: Axes) -> None:
    forest.bands(ax, 3)
    corners = np.array([patch.get_xy() for patch in ax.patches])
    assert corners[:, 1].tolist() == [-0.5, 1.5]


def test_a_legend_shows_the_marker_and_the_interval() -> None:
    shown = forest.handle(LOOK, "a network")
    assert (shown.get_label(), shown.get_marker(), shown.get_linewidth()) == ("a network", "s", 1.5)
