from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.schema import empty
from laicflow.store import read_parquet
from laicflow.studies.edlstme import case, case_figures
from laicflow.studies.results import Results
from tests.unit.studies.edlstme.test_case import EVENT, SETTINGS, SPANS, maps

HOUR = np.timedelta64(1, "h")


@pytest.fixture(scope="module")
def made() -> tuple[Results, xr.DataArray]:
    times = np.arange(SPANS.train, SPANS.end, HOUR)
    index = {
        "kp": pd.DataFrame({"time": times[::3], "kp": 1.0}),
        "dst": pd.DataFrame({"time": times, "dst": 0.0}),
        "f107": None,
    }
    field = maps()
    found = case.results(field, EVENT, index, empty("events"), SETTINGS, run="test")
    rules = {"iqr": SETTINGS["anomalies"]["iqr"]}
    rules["undisturbed"] = {"kp_below": 3.0, "dst_above": -30.0}
    return found, case.map_of_anomalies(field, EVENT, index, rules, SPANS)


def test_map_has_a_panel_a_day_and_says_how_many_lie_beyond(made) -> None:
    drawn = case_figures.map_figure(*made)
    assert len(drawn.figure.axes) == 20 + 1
    assert drawn.data["time"].nunique() == 20 and list(drawn.data)[-1] == "dtec"
    title = drawn.figure.get_suptitle()
    assert "IQR bounds, case: " in title and "if errors were Gaussian" in title


def test_each_event_has_its_files(made, tmp_path: Path) -> None:
    files = case_figures.write(*made, tmp_path / "usp000a8ds", {"licence": "CC BY 4.0"})
    figures = {"residual", "iqr", "dtec", "activity", "map"}
    names = {f"{name}.{kind}" for name in figures for kind in ("svg", "png", "parquet")}
    assert {path.name for path in files} == names | {"alarms.csv", "alarms.md", "alarms.parquet"}
    assert len(files) == 18 and all(path.stat().st_size > 0 for path in files)
    table = read_parquet(tmp_path / "usp000a8ds/alarms.parquet")
    assert set(table["variant"]) == {"case"} and table.attrs["licence"] == "CC BY 4.0"


def test_titles_tell_the_rate_of_the_whole_record_though_maps_end_early() -> None:
    # The span goes on for two days after the last map.
    spans = case.spans_of(pd.Timestamp(EVENT["time"]), after_days=3)
    times = np.arange(spans.train, spans.end, HOUR)
    index = {
        "kp": pd.DataFrame({"time": times[::3], "kp": 1.0}),
        "dst": pd.DataFrame({"time": times, "dst": 0.0}),
        "f107": None,
    }
    field = maps()
    found = case.results(field, EVENT, index, empty("events"), SETTINGS, run="test", spans=spans)
    for name in ("residual", "iqr"):
        drawn = case_figures.FIGURES[name](found)
        # Twenty days of twelve maps at five sites.
        assert "of 1,200 epochs beyond (" in drawn.figure.get_suptitle()
        assert "0 km from CENTRE" in drawn.figure.get_suptitle()
        labels = [text.get_text() for text in drawn.figure.legends[0].get_texts()]
        assert "no data" in labels
    heat = case_figures.FIGURES["dtec"](found).figure.get_suptitle()
    assert heat.count("of 1,200 epochs beyond (") == 2
    values = case.map_of_anomalies(field, EVENT, index, case.bounds_of(SETTINGS), spans)
    late = values.sel(time=values["time"] >= np.datetime64("2001-01-15"))
    assert late.sizes["time"] == 2 and np.isnan(late.values).all()
    drawn = case_figures.map_figure(found, values)
    labels = [text.get_text() for text in drawn.figure.legends[0].get_texts()]
    assert "no data" in labels
