from __future__ import annotations

import pandas as pd
import pytest

from laicflow.report.targets import read
from laicflow.studies.edlstme.figure_confutation import fig8
from laicflow.studies.results import Results
from tests.unit.studies.edlstme import anomalies_made as made


@pytest.fixture(scope="module")
def results() -> Results:
    return made.results()


def test_columns_and_units(results: Results) -> None:
    drawn = fig8(results)
    target = read("config/targets.csv")["edlstme_fig8"]
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows


def test_series_of_the_first_variant_and_periods_of_all(results: Results) -> None:
    data = fig8(results).data
    series = data[data["part"] == "series"]
    # Four days from 20 February at two stations.
    assert len(series) == 4 * 24 * 2 and set(series["variant"]) == {"paper"}
    assert series["time"].min() == pd.Timestamp("2020-02-20")
    counts = data[data["part"] == "all periods"].groupby(["variant", "method"]).size()
    # Bounds need 96 hourly errors, the first of which is that of 1 h: in `paper` the fifth day has
    # bounds from 0 h on and 56 days hold 53 periods of four; in `clean` only from 1 h on.
    assert counts[("paper", "iqr")] == counts[("paper", "residual")] == 53
    assert counts[("clean", "residual")] == 52
    assert set(data["part"]) == {"series", "all periods", "quiet period", "record"}


def test_the_chosen_period_is_one_of_them(results: Results) -> None:
    data = fig8(results).data
    for (variant, method), own in data[data["part"] == "quiet period"].groupby(
        ["variant", "method"]
    ):
        same = data[(data["variant"] == variant) & (data["method"] == method)]
        same = same[(same["part"] == "all periods") & (same["time"] == own["time"].iloc[0])]
        assert same["rate"].tolist() == pytest.approx(own["rate"].tolist())


def test_title(results: Results) -> None:
    title = fig8(results).figure.get_suptitle()
    assert title.startswith(
        "Quiet period: that of the configuration, 2020-02-20 to 2020-02-23; series and residual"
    )
    assert title.count("periods have as few") == 4


def test_without_a_period_the_figure_says_why() -> None:
    rules = {**made.RULES, "quiet": {"start": None, "days": 80, "away_days": 2}}
    drawn = fig8(made.results(anomalies=rules))
    assert not drawn.figure.axes
    assert "No quiet period is shown: none" in drawn.figure.texts[0].get_text()
    target = read("config/targets.csv")["edlstme_fig8"]
    assert target.faults(drawn.data, drawn.units) == []
