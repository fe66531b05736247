from __future__ import annotations

import pandas as pd
import pytest

from laicflow.report.targets import read
from laicflow.studies.edlstme.figure_activity import fig11
from laicflow.studies.results import Results
from tests.unit.studies.edlstme import anomalies_made as made


@pytest.fixture
def results() -> Results:
    return made.results()


def test_values_about_the_earthquake(results: Results) -> None:
    drawn = fig11(results)
    target = read("config/targets.csv")["edlstme_fig11"]
    assert target.faults(drawn.data, drawn.units) == []
    # Eight days: Kp of three hours, Dst of one, F10.7 of a day.
    counts = drawn.data["index"].value_counts().to_dict()
    assert counts == {"kp": 64, "dst": 192, "f107": 8}
    storm = drawn.data[drawn.data["disturbed"]]
    assert set(storm["index"]) == {"kp"} and len(storm) == 8
    assert storm["time"].min() == pd.Timestamp("2020-02-07")


def test_an_index_without_a_source_is_named(results: Results) -> None:
    for name in results.series:
        results.series[name] = results.series[name].drop_vars(["dst", "time_dst"])
    drawn = fig11(results)
    assert set(drawn.data["index"]) == {"kp", "f107"}
    assert "ithout a source in this run: dst" in drawn.figure.get_suptitle()


def test_without_any_index_the_figure_says_so(results: Results) -> None:
    gone = [name for index in ("kp", "dst", "f107") for name in (index, f"time_{index}")]
    for name in results.series:
        results.series[name] = results.series[name].drop_vars(gone)
    drawn = fig11(results)
    assert not drawn.figure.axes and len(drawn.data) == 1
    assert read("config/targets.csv")["edlstme_fig11"].faults(drawn.data, drawn.units) == []
