from __future__ import annotations

import numpy as np
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from laicflow.plots.series import Line, draw_lines

TIMES = np.datetime64("2003-05-14T18:44", "us") + np.arange(600) * np.timedelta64(1, "m")


def _spans(ax) -> list[tuple[str, str, str | None]]:
    """Edges and hatches of what is shaded."""
    found = []
    for patch in ax.patches:
        edges = [f"{num2date(x):%H:%M}" for x in (patch.get_x(), patch.get_x() + patch.get_width())]
        found.append((*edges, patch.get_hatch()))
    return found


def test_panels_show_their_values_and_hatch_whole_stretches() -> None:
    values = np.arange(600.0)
    missing = np.zeros(600, dtype=bool)
    missing[:16] = missing[76:136] = True
    values[missing] = np.nan
    lines = [Line("to north", "X (nT)", values, missing), Line("down", "Z (nT)", values)]
    first, second = draw_lines(Figure(), lines, TIMES, (TIMES[-60], TIMES[-1]))
    np.testing.assert_array_equal(first.get_lines()[0].get_ydata(), values)
    assert first.get_title(loc="left") == "(a) to north" and first.get_ylabel() == "X (nT)"
    assert second.get_title(loc="left") == "(b) down" and second.get_xlabel() == "time (UTC)"
    assert _spans(first) == [
        ("03:44", "04:43", None),
        ("18:44", "19:00", "////"),
        ("20:00", "21:00", "////"),
    ]
    assert _spans(second) == [("03:44", "04:43", None)]


def test_a_panel_without_any_value_has_no_scale() -> None:
    nothing = np.full(600, np.nan)
    (ax,) = draw_lines(Figure(), [Line("", "", nothing, np.ones(600, dtype=bool))], TIMES)
    assert len(ax.get_yticks()) == 0
