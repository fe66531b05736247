from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.report.targets import read
from laicflow.schema import conform
from laicflow.studies.pham2023.figure_worlds import worlds
from laicflow.studies.results import Results

SETTINGS = {
    "experiments": {"net": {"label": "A network"}},
    "window": {"days": 30},
    "worlds": {"label": "A small network", "study": {"window": {"days": 8}}},
}


def trials() -> pd.DataFrame:
    """Five seeds of each world, in no order; the planted one is found in all but seed 4."""
    rows = []
    for seed in (3, 1, 5, 2, 4):
        for world, auc, low in (("planted", 0.8, -0.01 if seed == 4 else 0.1), ("null", 0.5, -0.1)):
            rows.append(
                {
                    "world": world,
                    "world_seed": seed,
                    "amplitude_sd": 1.5 if world == "planted" else 0.0,
                    "experiment": "net",
                    "baseline": "baseline_neuron",
                    "auc": auc + seed / 100,
                    "auc_baseline": 0.55,
                    "difference": auc + seed / 100 - 0.55,
                    "low": low,
                    "high": 0.4,
                    "n": 300,
                    "blocks": 20,
                    "events": 150,
                    "beats": int(low > 0),
                    "note": "",
                }
            )
    return conform(pd.DataFrame(rows), "trials")


def results(table: pd.DataFrame | None) -> Results:
    return Results("run", "pham2023", SETTINGS, {}, trials=table)


def texts(figure) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_it_counts_in_how_many_worlds_the_network_beats():
    titles = [ax.get_title(loc="left") for ax in worlds(results(trials())).figure.axes]
    assert [title for title in titles if title] == [
        "planted: network beats the best baseline in 4 of 5",
        "null (nothing planted): network beats the best baseline in 0 of 5",
    ]


def test_an_undecidable_trial_is_none_in_which_the_network_does_not_beat():
    table = trials()
    null = table["world"] == "null"
    table.loc[null & (table["world_seed"] > 2), ["low", "high"]] = np.nan
    table.loc[null & (table["world_seed"] > 2), "beats"] = pd.NA
    titles = [ax.get_title(loc="left") for ax in worlds(results(table)).figure.axes]
    assert "null (nothing planted): network beats the best baseline in 0 of 2, 3 undecidable" in (
        titles
    )


def test_the_heading_says_the_amplitude():
    heading = worlds(results(trials())).figure.get_suptitle()
    assert "A small network, windows of 8 days, in simulated worlds" in heading
    assert "amplitude 1.5 standard deviations" in heading


def test_the_numbers_are_those_of_the_trials_in_the_order_of_the_picture(pytestconfig):
    drawn = worlds(results(trials()))
    assert drawn.data["world"].tolist() == ["planted"] * 5 + ["null"] * 5
    assert drawn.data["world_seed"].tolist() == [1, 2, 3, 4, 5] * 2
    assert drawn.data["auc"].tolist()[:2] == pytest.approx([0.81, 0.82])
    target = read(pytestconfig.rootpath / "config/targets.csv")["pham2023_worlds"]
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows


def test_marks_stand_where_the_numbers_are():
    left, right, *_ = worlds(results(trials())).figure.axes
    baseline, network = (line for line in left.lines if len(line.get_xdata()) == 5)
    assert list(network.get_xdata()) == pytest.approx([0.81, 0.82, 0.83, 0.84, 0.85])
    assert list(baseline.get_xdata()) == [0.55] * 5
    ends = np.array([path[:, 0] for path in right.collections[0].get_segments()])
    assert ends == pytest.approx(np.array([[low, 0.4] for low in (0.1, 0.1, 0.1, -0.01, 0.1)]))
    # Seed 1 on top.
    assert left.get_ylim()[0] > left.get_ylim()[1]


def test_a_trial_without_an_interval_says_why():
    table = trials()
    lost = (table["world"] == "null") & (table["world_seed"] == 2)
    table.loc[lost, ["difference", "low", "high"]] = np.nan
    table.loc[lost, "note"] = "3 blocks of 45 days, fewer than 5"
    assert "3 blocks of 45 days, fewer than 5" in texts(worlds(results(table)).figure)


def test_one_world_alone_is_drawn():
    drawn = worlds(results(trials().query("world == 'null'")))
    assert len(drawn.figure.axes) == 2
    assert set(drawn.data["world"]) == {"null"}


@pytest.mark.parametrize("table", [None, trials().iloc[:0]])
def test_without_trials_there_is_no_figure(table):
    with pytest.raises(LaicflowError, match="no trial"):
        worlds(results(table))
