from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from laicflow.geo import great_circle_km
from laicflow.plots import station_map, style
from laicflow.plots.time_axis import Event

STATIONS = pd.DataFrame(
    [("LAUT", -17.6, 177.45), ("FALE", -13.83, -172.0), ("TONG", -21.14, -175.18)],
    columns=["name", "latitude", "longitude"],
)
EVENT = Event(np.datetime64("2018-08-19"), "M8.2", -18.1, -178.2)


def test_the_radius_is_that_of_the_albanian_earthquake() -> None:
    # 10^2.752 km.
    assert station_map.dobrovolsky_km(6.4) == pytest.approx(564.9, abs=0.1)


def test_a_circle_over_the_date_line_is_whole_and_true() -> None:
    made = station_map.draw_stations(STATIONS, EVENT, {"Dobrovolsky's radius": 3357.0})
    ax = made.axes[0]
    (ring,) = (line.get_xydata() for line in ax.lines if line.get_color() == style.VERMILLION
               and line.get_marker() == "None")  # fmt: skip
    distance = great_circle_km(EVENT.latitude, EVENT.longitude, ring[:, 1], ring[:, 0])
    np.testing.assert_allclose(distance, 3357.0, rtol=1e-6)
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    assert east - west < 90 and ring[:, 0].min() > west and ring[:, 0].max() < east
    assert south < ring[:, 1].min() and ring[:, 1].max() < north
    marks = next(line for line in ax.lines if line.get_marker() == "^").get_xydata()
    np.testing.assert_allclose(marks[:, 0] % 360, [177.45, 188.0, 184.82])
    assert np.ptp(marks[:, 0]) < 11
    names = [text.get_text() for text in made.legends[0].get_texts()]
    assert names == ["epicentre, M8.2", "station", "Dobrovolsky's radius, 3,357 km"]


def test_names_do_not_overlap_even_of_stations_close_together() -> None:
    close = STATIONS.assign(latitude=[-18.0, -18.05, -18.2], longitude=[-178.1, -178.3, -178.15])
    with style.applied():
        made = station_map.draw_stations(close, EVENT, {"radius": 500.0})
        made.draw_without_rendering()
        ax = made.axes[0]
        shown = {"M8.2", *close["name"]}
        boxes = [Text.get_window_extent(text) for text in ax.texts if text.get_text() in shown]
    assert len(boxes) == 4
    assert not any(a.overlaps(b) for a in boxes for b in boxes if a is not b)


def test_faults_are_drawn_and_named() -> None:
    fault = np.array([[179.0, -17.0], [-179.0, -19.0]])
    made = station_map.draw_stations(STATIONS, EVENT, {"radius": 500.0}, lines={"faults": [fault]})
    assert any(len(line.get_xdata()) == 2 and np.ptp(line.get_xdata()) == 2.0
               for line in made.axes[0].lines)  # fmt: skip
    assert made.legends[0].get_texts()[-1].get_text() == "faults"


def test_a_place_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="latitude and longitude"):
        station_map.draw_stations(STATIONS, Event(EVENT.time, "M8.2"), {"radius": 500.0})
