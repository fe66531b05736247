from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba

from laicflow.plots import style
from laicflow.plots.images import Panel, draw_panels

DAYS = pd.date_range("2000-12-14", periods=30)


def _panels() -> list[Panel]:
    tec = np.arange(720, dtype="float64").reshape(30, 24)
    tec[4, 7] = np.nan
    on = (tec > 700).astype("float64")
    return [
        Panel("tec", "TEC", "TECU", tec),
        Panel("median", "median", "TECU", tec - 50),
        Panel("positive", "positive", "1", on, style.VERMILLION, ("no", "yes")),
        Panel("beyond", "beyond", "TECU", 3 * on, style.BLUE),
    ]


def test_days_run_down_and_hours_to_the_right() -> None:
    figure = draw_panels(_panels(), DAYS, "a title")
    ax = figure.axes[0]
    shown = ax.images[0].get_array()
    assert shown[0, 0] == 0 and shown[0, 23] == 23 and shown[29, 0] == 29 * 24
    bottom, top = ax.get_ylim()
    assert bottom > top
    assert ax.get_xlim() == (-0.5, 23.5)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "2000-12-14" and labels[3] == "2001-01-01"
    assert figure.get_suptitle() == "a title"


def test_an_hour_without_value_is_left_open() -> None:
    figure = draw_panels(_panels(), DAYS, "")
    ax = figure.axes[0]
    assert ax.images[0].get_array().mask.sum() == 1
    assert ax.images[0].get_array().mask[4, 7]
    assert ax.patch.get_hatch()


def test_amounts_share_a_scale_and_each_has_a_bar_with_its_unit() -> None:
    figure = draw_panels(_panels(), DAYS, "")
    first, second = (figure.axes[place].images[0] for place in (0, 1))
    assert first.get_clim() == second.get_clim() == (-50.0, 719.0)
    named = [ax.get_ylabel() for ax in figure.axes]
    assert named.count("TECU") == 3


def test_polarity_has_two_colours_with_their_meaning() -> None:
    figure = draw_panels(_panels(), DAYS, "")
    image = figure.axes[2].images[0]
    assert image.cmap(image.norm(1)) == to_rgba(style.VERMILLION)
    assert image.cmap(image.norm(0)) == to_rgba(style.GREY)
    texts = [t.get_text() for ax in figure.axes for t in ax.get_yticklabels()]
    assert "yes" in texts and "no" in texts


def test_what_lies_beyond_a_bound_has_a_scale_from_zero() -> None:
    figure = draw_panels(_panels(), DAYS, "")
    assert figure.axes[3].images[0].get_clim() == (0.0, 3.0)


def test_places_without_a_panel_are_empty() -> None:
    figure = draw_panels(_panels(), DAYS, "")
    # Six places in two rows, four panels.
    assert [ax.axison for ax in figure.axes[:6]] == [True] * 4 + [False] * 2
