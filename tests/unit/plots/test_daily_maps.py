from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from laicflow.plots.daily_maps import draw_groups, draw_maps
from laicflow.plots.time_axis import Event

DAYS = np.datetime64("2016-12-07", "us") + np.arange(3) * np.timedelta64(1, "D")
EVENT = Event(np.datetime64("2016-12-08T05:15", "us"), "M6.2", 1.0, 179.5)


def _values(longitude: list[float], times: np.ndarray = DAYS) -> xr.DataArray:
    """Rows count tens, columns ones, from north to south as files have it; one value missing."""
    latitude = np.array([5.0, 2.5, 0.0])
    cells = 10 * np.arange(3)[:, None] + np.arange(len(longitude))
    values = np.repeat(cells[None].astype(float), len(times), axis=0)
    values[0, 0, 0] = np.nan
    coords = {"time": times, "latitude": latitude, "longitude": longitude}
    return xr.DataArray(values, coords, ("time", "latitude", "longitude"))


def _mesh(ax):
    return next(one for one in ax.collections if hasattr(one, "get_coordinates"))


def test_a_grid_over_the_date_line_stays_whole_and_in_place() -> None:
    # Ascending within -180..180, as the readers give a box from 175 E to 175 W.
    made = draw_maps(_values([-177.5, -175.0, 175.0, 177.5, 180.0]), EVENT, name="index (1)")
    ax = made.axes[0]
    assert ax.get_xlim() == (173.75, 186.25) and ax.get_ylim() == (-1.25, 6.25)
    cells = _mesh(made.axes[1]).get_array().reshape(3, 5)
    # The row of the south first; 175, 177.5, 180 E, 177.5, 175 W.
    assert cells[0].tolist() == [22, 23, 24, 20, 21]
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xdata()[0] == pytest.approx(179.5)


def test_panels_are_days_from_that_of_the_event_with_one_scale() -> None:
    made = draw_maps(_values([10.0, 12.5, 15.0]), EVENT, name="index (1)", limit=5.0)
    panels, bar = made.axes[:3], made.axes[-1]
    assert [ax.get_title() for ax in panels] == [
        "2016-12-07  (−1)", "2016-12-08  (0)", "2016-12-09  (+1)",
    ]  # fmt: skip
    assert [ax.title.get_fontweight() for ax in panels] == ["normal", "bold", "normal"]
    assert {_mesh(ax).get_clim() for ax in panels} == {(-5.0, 5.0)}
    assert bar.get_ylabel() == "index (1)"
    said = [text.get_text() for text in made.legends[0].get_texts()]
    assert said == ["M6.2, 2016-12-08 05:15 UTC; in brackets days from its day", "no data"]


def test_missing_cells_are_hatched() -> None:
    made = draw_maps(_values([10.0, 12.5, 15.0]), name="index (1)")
    hatched = [one for one in made.axes[0].collections if one.get_hatch()]
    (cell,) = hatched[0].get_paths()
    assert cell.get_extents().bounds == (8.75, 3.75, 2.5, 2.5)
    assert not [one for one in made.axes[1].collections if one.get_hatch()]


def test_epochs_within_a_day_tell_hours_from_the_event() -> None:
    times = np.datetime64("2016-12-08T04:00", "us") + np.arange(3) * np.timedelta64(1, "h")
    made = draw_maps(_values([10.0, 12.5], times), EVENT, name="TEC (TECU)", centred=False)
    assert [ax.get_title() for ax in made.axes[:3]] == [
        "12-08 04:00  (−1.2 h)", "12-08 05:00  (−0.2 h)", "12-08 06:00  (+0.8 h)",
    ]  # fmt: skip
    assert [ax.title.get_fontweight() for ax in made.axes[:3]] == ["normal", "bold", "normal"]
    assert _mesh(made.axes[0]).get_clim() == (0.0, 21.0)


def test_a_grid_round_the_globe_is_cut_opposite_the_event() -> None:
    made = draw_maps(_values(list(np.arange(-180.0, 180.0, 5.0))), EVENT, name="TEC (TECU)")
    west, east = made.axes[0].get_xlim()
    assert east - west == 360.0
    star = next(line for line in made.axes[0].lines if line.get_marker() == "*")
    assert abs((star.get_xdata()[0] - west) - 180.0) < 5.0


def test_no_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a grid"):
        draw_maps(_values([10.0]), name="index (1)")


def test_groups_stand_below_each_other_with_one_scale_and_their_names() -> None:
    first, second = _values([10.0, 12.5, 15.0]), _values([10.0, 12.5, 15.0]) * 2
    made = draw_groups({"own": first, "other": second}, EVENT, name="index (1)", columns=2)
    panels = [ax for ax in made.axes if ax.get_title() and ax.axison]
    assert len(panels) == 6
    assert {_mesh(ax).get_clim() for ax in panels} == {(-44.0, 44.0)}
    days = ["2016-12-07  (−1)", "2016-12-08  (0)", "2016-12-09  (+1)"]
    assert [ax.get_title().strip() for ax in panels] == 2 * days
    # Names stand above the first panel of a group, whose titles make room for it.
    assert [text.get_text() for ax in panels for text in ax.texts] == ["own", "other"]
    assert [ax.get_title().startswith("\n") for ax in panels] == 2 * [True, True, False]
    top = [ax.get_position().y0 for ax in panels]
    assert top[2] > top[3]
