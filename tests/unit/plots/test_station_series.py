from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.plots import station_series

TIMES = pd.date_range("2020-01-01", periods=96, freq="15min").as_unit("us")


def _beside(codes: list[str], times=TIMES) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {"station": code, "time": times, "middle": times, "vtec": 10.0 + n, "map": 9.0}
        )
        for n, code in enumerate(codes)
    ]
    return pd.concat(parts, ignore_index=True)


def _table(codes: list[str], **changed) -> pd.DataFrame:
    row = {"month": "2020-01", "latitude": -18.96, "longitude": 47.2, "way": "file", "bias": -1.8}
    row |= {"values": 96, "compared": 96, "mean_difference": -0.04, "rms": 0.6, **changed}
    return pd.DataFrame([{"station": code, **row} for code in codes])


def test_a_panel_a_station_with_what_is_known_of_it() -> None:
    codes = ["ABPO", "AIRA"]
    drawn = station_series.draw(_beside(codes), _table(codes), "CODE")
    axes = drawn.figure.axes
    assert axes[0].get_title(loc="left") == (
        "(a) ABPO, 19.0°S 47.2°E; bias −1.8 ns by file; mean difference 0.0, RMS 0.6 TECU"
    )
    assert axes[1].get_title(loc="left").startswith("(b) AIRA")
    lines = {line.get_label(): line.get_ydata() for line in axes[1].lines}
    assert set(lines) == {"maps of CODE", "station"}
    assert np.allclose(lines["station"], 11.0) and np.allclose(lines["maps of CODE"], 9.0)
    assert axes[1].get_xlabel() == "time (UTC), 2020-01-01 to 2020-01-01"
    assert axes[0].get_ylabel() == "VTEC (TECU)" and axes[0].get_ylim()[0] == 0
    assert len(drawn.data) == 192


def test_several_months_and_ways() -> None:
    table = pd.concat([_table(["ABPO"]), _table(["ABPO"], way="map", compared=288, rms=1.0)])
    table = table.assign(mean_difference=[1.0, 0.0])
    # Weighted by times in common: a quarter of 1, and the root of (0.36 + 3) / 4.
    assert station_series.title("ABPO", table).endswith(
        "bias by file (1), map (1); mean difference 0.2, RMS 0.9 TECU"
    )


def test_a_month_with_nothing_to_compare_counts_nothing() -> None:
    none = {"compared": 0, "mean_difference": np.nan, "rms": np.nan}
    table = pd.concat(
        [_table(["A"], values=2900, **none), _table(["A"], mean_difference=4.0, rms=5.0)]
    )
    assert station_series.title("A", table).endswith("mean difference 4.0, RMS 5.0 TECU")
    nothing = _table(["A"], values=0, **none)
    assert station_series.title("A", nothing).endswith("by file; nothing to compare with")


def test_daily_means_are_of_the_same_times() -> None:
    """A day whose nights are missing: both lines are means of its noons."""
    times = pd.date_range("2020-01-01", "2020-03-31 12:00", freq="12h").as_unit("us")
    wave = np.where(times.hour == 12, 30.0, 10.0)
    own = pd.DataFrame({"station": "ABPO", "time": times, "middle": times, "vtec": wave})
    own["map"] = own["vtec"] + 1
    own.loc[0, "vtec"] = own.loc[2, "map"] = own.loc[6, "vtec"] = own.loc[7, "vtec"] = np.nan
    drawn = station_series.draw(own, _table(["ABPO"]), "CODE")
    of_map, of_station = (line.get_ydata() for line in drawn.figure.axes[0].lines)
    assert of_station[:3].tolist() == [30.0, 30.0, 20.0] and of_map[:3].tolist() == [31, 31, 21]
    assert np.isnan(of_station[3]) and of_map[3] == 21.0


def test_long_series_are_shown_by_day_and_none_at_all_is_said() -> None:
    times = pd.date_range("2020-01-01", "2020-03-31 23:00", freq="h").as_unit("us")
    drawn = station_series.draw(_beside(["ABPO"], times), _table(["ABPO"]), "CODE")
    assert len(drawn.figure.axes[0].lines[0].get_xdata()) == 91
    assert drawn.figure.axes[0].get_xlabel().endswith("daily means")
    ends = _beside(["ABPO"], times).assign(time=lambda one: one["time"] + pd.Timedelta("1h"))
    drawn = station_series.draw(ends, _table(["ABPO"]), "CODE")
    assert len(drawn.figure.axes[0].lines[0].get_xdata()) == 91
    empty = station_series.draw(_beside(["A"]).iloc[:0], _table([]), "CODE")
    assert empty.figure.texts[0].get_text() == "no station has a series"
    many = [f"S{n:03d}" for n in range(28)]
    shown = station_series.draw(_beside(many), _table(many), "CODE")
    assert shown.figure.axes[27].get_title(loc="left").startswith("(ab) S027")
