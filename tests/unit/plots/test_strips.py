from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from laicflow.plots import strips
from laicflow.plots.time_axis import Clock, Event

BEGIN = np.datetime64("2019-09-01", "us")
SPAN = (BEGIN, BEGIN + np.timedelta64(2, "D"))


def _table(column: str, values: list[float], step_h: int) -> pd.DataFrame:
    times = BEGIN + np.arange(len(values)) * np.timedelta64(step_h, "h")
    return pd.DataFrame({"time": times, column: values})


KP = _table("kp", [0.333, 2.667, 3.0, 5.333, np.nan, 1.0], 3)


def test_kp_of_the_threshold_is_disturbed_and_missing_ones_are_hatched() -> None:
    ax = Figure().subplots()
    strips.draw_strip(ax, strips.kp(KP), SPAN, Clock())
    bars = [patch for patch in ax.patches if patch.get_hatch() is None]
    assert [bar.get_height() for bar in bars] == [0.333, 2.667, 3.0, 5.333, 1.0]
    assert all(abs(bar.get_width() - 1 / 8) < 1e-9 for bar in bars)
    colours = [to_hex(bar.get_facecolor()).upper() for bar in bars]
    assert [colour == strips.DISTURBED for colour in colours] == [False, False, True, True, False]
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    ends = [(x.get_x(), x.get_x() + x.get_width()) for x in hatched]
    assert [tuple(f"{num2date(x):%d %H}" for x in pair) for pair in ends] == [
        ("01 12", "01 15"), ("01 18", "03 00"),
    ]  # fmt: skip


def test_dst_is_disturbed_from_its_threshold_down() -> None:
    strip = strips.dst(_table("dst", [10, -29, -30, -45], 1))
    assert strip.disturbed.tolist() == [False, False, True, True]
    ax = Figure().subplots()
    strips.draw_strip(ax, strip, SPAN, Clock())
    line = next(one for one in ax.lines if one.get_linestyle() == "-")
    assert line.get_ydata().tolist() == [10, 10, -29, -29, -30, -30, -45, -45]
    assert [text.get_text() for text in ax.texts if "≤" in text.get_text()] == ["≤ −30"]
    low, high = ax.get_ylim()
    assert low < -45 and high > 10


def test_steps_break_where_a_value_does_not_stand_until_the_next() -> None:
    table = _table("f107", [70.0, 71.0, 72.0], 24).drop(index=1)
    ax = Figure().subplots()
    strips.draw_strip(ax, strips.f107(table), (BEGIN, BEGIN + np.timedelta64(3, "D")), Clock())
    values = ax.lines[0].get_ydata()
    assert values[[0, 1, 3, 4]].tolist() == [70, 70, 72, 72] and np.isnan(values[2])


def test_panels_have_names_units_and_the_event() -> None:
    event = Event(BEGIN + np.timedelta64(30, "h"), "M6.4")
    flux = _table("f107", [70.0, 71.0], 24)
    made = strips.draw_indices(
        [strips.kp(KP), strips.dst(_table("dst", [0, 1], 1)), strips.f107(flux)], SPAN, [event]
    )
    assert [ax.get_ylabel() for ax in made.axes] == ["Kp", "Dst (nT)", "F10.7 (sfu)"]
    assert made.axes[-1].get_xlabel() == "date in 2019 (UTC)"
    for ax in made.axes:
        marks = [line for line in ax.lines if to_hex(line.get_color()).upper() == "#CC79A7"]
        (at,) = {np.datetime64(x, "us") for x in marks[0].get_xdata()}
        assert at == event.time
