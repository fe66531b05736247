from __future__ import annotations

import pandas as pd
import pytest

from laicflow.report.targets import read
from laicflow.studies.edlstme.figure_bounds import fig6, fig7
from laicflow.studies.results import Results
from tests.unit.studies.edlstme import anomalies_made as made


@pytest.fixture(scope="module")
def results() -> Results:
    return made.results()


@pytest.mark.parametrize(("draw", "name"), [(fig6, "fig6"), (fig7, "fig7")])
def test_columns_and_units(results: Results, draw, name: str) -> None:
    drawn = draw(results)
    target = read("config/targets.csv")[f"edlstme_{name}"]
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows


def test_days_about_the_earthquake(results: Results) -> None:
    drawn = fig6(results)
    # Three days before 10 February and one after it, two stations, two variants.
    assert len(drawn.data) == 5 * 24 * 2 * 2 and drawn.data["drawn"].all()
    assert drawn.data["time"].min() == pd.Timestamp("2020-02-07")
    jump = drawn.data[drawn.data["dtec"] > 4]
    assert jump["time"].unique().tolist() == [pd.Timestamp("2020-02-09 12:00")]
    assert set(jump["site"]) == {"AAA"} and set(jump["variant"]) == {"paper", "clean"}


def test_title_says_how_many_by_chance(results: Results) -> None:
    title = fig6(results).figure.get_suptitle().replace("\n", " ")
    own = results.alarms["clean"].query(
        "method == 'residual' and site == 'all' and counted == 'any'"
    )
    whole = own[own["part"] == "shared"].iloc[0]
    days = own[own["part"] == "about the event"].iloc[0]
    rate = whole["alarms"] / whole["epochs"]
    text = f"clean: {days['alarms']} of {days['epochs']} epochs beyond"
    assert f"{text}, {rate * days['epochs']:.0f} by chance ({100 * rate:.1f} %" in title
    assert "no other earthquake of the catalog lies within its Dobrovolsky radius of a" in title
    assert "Somewhere, inside its zone (111 km from AAA, radius 380 km)" in title
    assert "periods have as many" in title


def test_panels_and_marks(results: Results) -> None:
    figure = fig6(results).figure
    names = [
        text.get_text() for ax in figure.axes for text in ax.texts if text.get_text()[0] == "("
    ]
    assert names == ["(a) AAA, paper", "(b) BBB, paper", "(c) AAA, clean", "(d) BBB, clean"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"interpolated or filled", "forecast + mean error", "index disturbed"} <= set(legend)
    assert "median of 15 days" not in legend
    assert "median of 5 days" in [t.get_text() for t in fig7(results).figure.legends[0].get_texts()]


def test_too_many_panels_leave_one_variant() -> None:
    found = made.results(("AAA", "BBB", "CCC", "DDD"))
    drawn = fig6(found)
    assert set(drawn.data.loc[drawn.data["drawn"], "variant"]) == {"paper"}
    assert set(drawn.data["variant"]) == {"paper", "clean"}
    assert "Drawn is the variant paper" in drawn.figure.get_suptitle()


def test_without_a_source_of_dst_kp_alone_says() -> None:
    found = made.results()
    for name in found.series:
        found.series[name] = found.series[name].drop_vars(["dst", "time_dst"])
    drawn = fig6(found)
    assert "Dst has no source in this run: Kp alone" in drawn.figure.get_suptitle()


def test_without_an_earthquake_the_last_days_are_shown() -> None:
    found = made.results(event={**made.EVENT, "time": "2010-01-01T00:00:00"})
    drawn = fig6(found)
    assert drawn.data["time"].max() == pd.Timestamp(made.TIMES[-1])
    title = drawn.figure.get_suptitle().replace("\n", " ")
    assert "no earthquake is shown; the last days of the record" in title


def test_the_hours_ahead_that_are_judged_are_told(results: Results) -> None:
    samples = made.forecasts()[0]
    leads = sorted(set(samples["lead"]))
    title = fig6(results).figure.get_suptitle().replace("\n", " ")
    assert (
        f"Forecasts that are judged are of {leads[0]:g} h (paper), {leads[0]:g} h (clean)" in title
    )
    assert "Forecasts that are judged" not in fig7(results).figure.get_suptitle()
