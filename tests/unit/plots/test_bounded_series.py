from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from laicflow.plots import bounded_series, strips
from laicflow.plots.bounded_series import NEGATIVE, POSITIVE, Bounded, draw_bounded
from laicflow.plots.time_axis import Clock, Event

BEGIN = np.datetime64("2019-11-20", "us")
HOUR = np.timedelta64(1, "h")
TIMES = BEGIN + np.arange(96) * HOUR
SPAN = (BEGIN, TIMES[-1])
EVENT = Event(BEGIN + 50 * HOUR, "M6.4")


def _station(**changed) -> Bounded:
    """Values of 10 within 8..12, one above and two below."""
    observed = np.full(96, 10.0)
    observed[20], observed[40:42] = 15.0, 5.0
    known = {"observed": observed, "lower": np.full(96, 8.0), "upper": np.full(96, 12.0)}
    return Bounded(**{"name": "site", "times": TIMES, **known, **changed})


def _marked(ax, marker: str, *, open_: bool) -> list[float]:
    found = [line for line in ax.lines if line.get_marker() == marker]
    chosen = [x for x in found if same_color(x.get_markerfacecolor(), "white") == open_]
    return [float(y) for line in chosen for y in line.get_ydata()]


def _draw(station: Bounded, span=SPAN):
    ax = Figure().subplots()
    bounded_series.draw_station(ax, station, span, Clock())
    return ax


def test_epochs_beyond_the_bounds_are_marked_and_shaded() -> None:
    ax = _draw(_station())
    assert _marked(ax, "^", open_=False) == [15.0] and _marked(ax, "v", open_=False) == [5.0, 5.0]
    band, above, below = ax.collections
    assert same_color(above.get_facecolor()[0][:3], POSITIVE)
    assert same_color(below.get_facecolor()[0][:3], NEGATIVE)
    # From where the line crosses 12, at 2/5 of the hour before, to 3/5 of the hour after.
    (shape,) = (path.vertices for path in above.get_paths())
    assert shape[:, 1].max() == 15.0 and shape[:, 1].min() == pytest.approx(12.0)
    assert np.ptp(shape[:, 0]) * 24 == pytest.approx(1.2)
    assert len(below.get_paths()) == 1 and band.get_paths()[0].vertices[:, 1].max() == 12.0


def test_disturbed_anomalies_are_open() -> None:
    disturbed = np.zeros(96, dtype=bool)
    disturbed[41] = True
    ax = _draw(_station(disturbed=disturbed))
    assert _marked(ax, "v", open_=False) == [5.0] and _marked(ax, "v", open_=True) == [5.0]


def test_filled_epochs_are_no_part_of_the_line() -> None:
    share = np.zeros(96)
    share[10:13] = 0.5
    ax = _draw(_station(fill_share=share))
    solid = next(line for line in ax.lines if line.get_linestyle() == "-")
    assert np.flatnonzero(np.isnan(solid.get_ydata())).tolist() == [10, 11, 12]
    dotted = next(line for line in ax.lines if line.get_linestyle() == ":")
    assert np.flatnonzero(np.isfinite(dotted.get_ydata())).tolist() == [9, 10, 11, 12, 13]
    circles = next(line for line in ax.lines if line.get_marker() == "o")
    assert len(circles.get_xdata()) == 3


def test_missing_stretches_are_hatched_and_left_out_epochs_break_the_line() -> None:
    own = _station()
    kept = np.r_[0:60, 80:96]
    arrays = {name: getattr(own, name)[kept] for name in ("observed", "lower", "upper")}
    ax = _draw(Bounded("site", TIMES[kept], **arrays))
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert [round(patch.get_width() * 24) for patch in hatched] == [21]
    assert "no data" in [text.get_text() for text in ax.texts]
    assert np.isnan(ax.lines[0].get_ydata()).sum() == 1


def test_a_station_without_any_value_is_hatched_all_over() -> None:
    nothing = np.full(96, np.nan)
    ax = _draw(_station(observed=nothing, lower=nothing, upper=nothing))
    (patch,) = (one for one in ax.patches if one.get_hatch())
    assert patch.get_width() * 24 == pytest.approx(95)
    assert len(ax.get_yticks()) == 0


def test_panels_strips_and_legend() -> None:
    kp = pd.DataFrame({"time": TIMES[::3], "kp": np.r_[4.0, np.ones(31)]})
    lower = np.full(96, 8.0)
    lower[:24] = np.nan
    stations = [_station(lower=lower, predicted=np.full(96, 10.0)), _station(name="other")]
    made = draw_bounded(
        stations, SPAN, [EVENT], [strips.kp(kp)], predicted="median", clock=Clock(0.5)
    )
    assert [ax.get_ylabel() for ax in made.axes] == ["VTEC (TECU)", "VTEC (TECU)", "Kp"]
    assert made.axes[-1].get_xlabel() == "date in 2019 (local time, UTC + 0.5 h)"
    assert made.axes[0].texts[0].get_text() == "(a) site"
    (legend,) = made.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "observed", "median", "bounds", "positive anomaly", "negative anomaly", "no bounds",
        "index disturbed", "M6.4",
    ]  # fmt: skip


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="site: arrays of"):
        _station(upper=np.zeros(95))
