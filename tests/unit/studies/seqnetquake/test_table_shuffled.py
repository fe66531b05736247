from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.report.targets import read
from laicflow.schema import conform
from laicflow.studies.seqnetquake import tables
from tests.unit.studies.seqnetquake import scores_made
from tests.unit.studies.seqnetquake.scores_made import TURN, N


@pytest.fixture
def results(shipped: dict):
    """The paper's way; `clean` has nothing tested."""
    own = scores_made.results_of(scores_made.settings_of(shipped), ["paper", "clean"], ("clean",))
    rows = {"draw": 0, "fold": 0, "sample_id": own.samples["paper"]["sample_id"], "split": "test"}
    own.splits = {name: conform(pd.DataFrame(rows), "splits") for name in own.variants}
    for one in own.variants.values():
        one["labels"]["days"] = 1
        one |= {"audit": {"bootstrap": 100}, "seed": 1}
    return own


def test_differences_are_those_of_the_scores(results, pytestconfig) -> None:
    table = tables.shuffled(results)
    own = table[(table["variant"] == "paper") & (table["metric"] == "accuracy")]
    score = own[own["part"] == "score"].set_index("experiment")["value"]
    gain = own[own["part"] == "gain"].set_index(["experiment", "versus"])["value"]
    assert set(score.index) == {"transfer", "shuffled", "direct"}
    for (ours, theirs), value in gain.items():
        assert value == pytest.approx(score[ours] - score[theirs])
    units = tables.units(list(table.columns))
    target = read(pytestconfig.rootpath / "config/targets.csv")["seqnetquake_shuffled"]
    target.check(table, units)
    # Two variants, four metrics, three ways and three differences.
    assert len(table) == target.least_rows == 48


def test_a_source_that_helps_is_a_gain_by_hand(results) -> None:
    truth = np.eye(3)[np.resize(TURN, N)]
    wrong = np.roll(truth, 1, axis=1)
    # Right in all, in half, and in none of the samples.
    half = np.where((np.arange(N) // len(TURN) % 2 == 0)[:, None], truth, wrong)
    outputs = {"transfer": [truth] * 2, "shuffled": [half] * 2, "direct": [wrong] * 2}
    results.predictions["paper"] = scores_made.predictions(outputs)
    scores_made.rescore(results, "paper")
    table = tables.shuffled(results)
    own = table[(table["variant"] == "paper") & (table["metric"] == "accuracy")]
    gain = own[own["part"] == "gain"].set_index(["experiment", "versus"])
    assert gain["value"].to_dict() == {
        ("transfer", "direct"): 1.0,
        ("shuffled", "direct"): 0.5,
        ("transfer", "shuffled"): 0.5,
    }
    assert gain.loc[("shuffled", "direct"), "low"] < 0.5 < gain.loc[("shuffled", "direct"), "high"]
    people = tables.readable("shuffled", table)
    assert people["F1 micro"].iloc[3] == "+1.000 (constant)"


def test_a_variant_without_tests_says_why_and_one_without_transfer_is_not_there(results) -> None:
    table = tables.shuffled(results)
    silent = table[table["variant"] == "clean"]
    assert silent["value"].isna().all()
    assert silent["note"].str.contains("no window is near an earthquake|no sample").all()
    for own in results.variants.values():
        del own["headline"]["transfer"]
    assert tables.shuffled(results)["note"].tolist() == ["no variant of this run names a transfer"]
