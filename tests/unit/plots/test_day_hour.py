from __future__ import annotations

import numpy as np
import pytest

from laicflow.anomalies import dtec
from laicflow.plots.day_hour import draw_day_hour
from laicflow.plots.time_axis import Event

BEGIN = np.datetime64("2019-11-20", "us")
TIMES = BEGIN + np.arange(72) * np.timedelta64(1, "h")
EVENT = Event(np.datetime64("2019-11-21T18:30", "us"), "M6.4")


def _table(offset: float = 0.0):
    """Three days: +3 on the first at 5 h, masked at 30 h, missing at 50 and 51, filled at 60."""
    values, fill = np.zeros(72), np.zeros(72)
    values[5], values[30], values[50:52], fill[60] = 3.0, -9.0, np.nan, 0.5
    kp = np.where(np.arange(72) == 30, 5.0, 1.0)
    state = dtec.judge(values, kp, np.zeros(72))
    return dtec.day_table(TIMES, values, state, fill, offset_hours=offset)


def test_cells_have_their_values_and_what_is_masked_is_hatched() -> None:
    made = draw_day_hour({"site": _table()}, [EVENT])
    ax, bar = made.axes
    image = ax.images[0]
    shown = image.get_array()
    assert shown.shape == (24, 3) and shown[5, 0] == 3.0
    # The masked -9 sets no scale.
    assert image.get_clim() == (-3.0, 3.0)
    assert bar.get_ylabel() == "DTEC (TECU)"
    masked, missing = ax.collections
    assert masked.get_hatch() == "//////" and missing.get_hatch() == "xxxx"
    (cell,) = masked.get_paths()
    assert cell.get_extents().bounds == (0.5, 6.0, 1.0, 1.0)
    (cells,) = missing.get_paths()
    assert cells.get_extents().bounds == (1.5, 2.0, 1.0, 2.0)
    dot, star = ax.lines
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (2, 12.5)
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (1.0, 18.5)
    names = [text.get_text() for text in made.legends[0].get_texts()]
    assert names == [
        "anomaly while disturbed: masked", "no value or no bounds", "interpolated or filled",
        "M6.4",
    ]  # fmt: skip


def test_days_are_those_of_the_tables_clock() -> None:
    made = draw_day_hour({"a": _table(8.0), "b": _table(8.0)}, [EVENT])
    first, second = made.axes[:2]
    # 18:30 UTC is 02:30 of the next day.
    star = first.lines[-1]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (2.0, 2.5)
    assert made.get_supylabel() == "hour of day (local time, UTC + 8 h)"
    assert [label.get_text() for label in second.get_xticklabels()] == [
        "11-20", "11-21", "11-22", "11-23",
    ]  # fmt: skip
    (above,) = first.child_axes
    assert [label.get_text() for label in above.get_xticklabels()] == ["−2", "−1", "0", "+1"]
    assert first.images[0].get_clim() == second.images[0].get_clim()


def test_other_days_and_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="b: other days or another clock"):
        draw_day_hour({"a": _table(), "b": _table(1.0)})
    with pytest.raises(ValueError, match="no table"):
        draw_day_hour({})
