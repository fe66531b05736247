from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow import config
from laicflow.audit.context import Context
from laicflow.errors import ConfigError
from laicflow.schema import TABLES, conform, empty
from laicflow.sources import registry
from laicflow.studies.pham2023 import trials, worlds

# Four months of earthquakes on two days in five, windows of three days.
OWN = {
    "variant": "clean",
    "experiment": "effnetv2",
    "simulate": {
        "start": "2015-03-01",
        "end": "2015-06-30",
        "grid": {"latitude": [37.5, 35, -2.5], "longitude": [140, 145, 5]},
        "catalog": {"mu": 0.5, "K": 0.001},
    },
    "precursor": {"amplitude_sd": 2.0},
    "study": {
        "window": {"days": 3},
        "reference": {"days": 5, "least": 4},
        "samples": {"per_class": 12},
        "split": {"blocks": 3},
        "models": {"pretrained": "none", "width": 0.25, "depth": 0.1, "unit_strides": []},
        "training": {"epochs": 1, "batch_size": 8},
        "seeds": [0],
    },
}


@pytest.fixture(scope="module")
def shipped(pytestconfig) -> dict:
    return config.load(pytestconfig.rootpath / "config")


@pytest.fixture(scope="module")
def options(pytestconfig, shipped) -> dict:
    folder = pytestconfig.rootpath / "config"
    named = [worlds.MAPS, *worlds.FILES]
    return {
        "variant": "clean",
        "study": trials.study_of(shipped["pham2023"], OWN),
        "seed": shipped["seed"],
        "names": ["run", "pham2023"],
        "audit": {**shipped["audit"], "bootstrap": 100},
        "sources": {name: registry.settings(name, folder) for name in named},
    }


@pytest.fixture(scope="module")
def contexts() -> dict:
    """What was judged, by kind of world."""
    return {}


@pytest.fixture(scope="module")
def pair(options, contexts, tmp_path_factory) -> dict[str, pd.Series]:
    folder = tmp_path_factory.mktemp("scratch")
    # Of a trial that was killed.
    (folder / "null-7-a1b2c3d4/ionex").mkdir(parents=True)
    judged = worlds.judged
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for kind in trials.KINDS:
            patch.setattr(worlds, "judged", lambda c, k=kind: contexts.update({k: c}) or judged(c))
            own = {**options, "world": trials.world_of(kind, 7, OWN)}
            found[kind] = worlds.trial(kind, 7, own, folder)
    assert list(folder.iterdir()) == []
    for table in found.values():
        assert list(table.columns) == list(TABLES["trials"]) and len(table) == 1
    return {kind: table.iloc[0] for kind, table in found.items()}


def test_a_trial_goes_the_whole_way(pair):
    for kind, row in pair.items():
        assert (row["world"], row["world_seed"]) == (kind, 7)
        assert row["experiment"] == "effnetv2"
        assert row["baseline"] in ("baseline_majority", "baseline_date", "baseline_neuron")
        assert 0 <= row["auc"] <= 1 and row["low"] <= row["difference"] <= row["high"]
        assert row["difference"] == pytest.approx(row["auc"] - row["auc_baseline"])
        assert row["beats"] == int(row["low"] > 0)
        # A support of eight days in the 114 days that can be issued: 15 blocks at most.
        assert 5 <= row["blocks"] <= 15
        assert row["note"] == ""
    assert [pair[kind]["amplitude_sd"] for kind in trials.KINDS] == [0.0, 2.0]


def test_the_two_worlds_of_a_seed_have_the_same_earthquakes_and_samples(pair, contexts):
    null, planted = (contexts[kind] for kind in trials.KINDS)
    pd.testing.assert_frame_equal(null.samples, planted.samples)
    pd.testing.assert_frame_equal(null.splits, planted.splits)
    keys = ["experiment", "seed", "sample_id", "target"]
    pd.testing.assert_frame_equal(null.predictions[keys], planted.predictions[keys])
    assert not np.array_equal(null.predictions["output"], planted.predictions["output"])
    for column in ("n", "blocks", "events"):
        assert pair["null"][column] == pair["planted"][column]
    # 0.5 events a day or a little more: 1 - exp(-0.5) = 0.39 of 122 days, 48 +- 5.4.
    assert 32 <= pair["null"]["events"] <= 66
    assert pair["null"]["auc_baseline"] != pair["planted"]["auc_baseline"] or (
        pair["null"]["auc"] != pair["planted"]["auc"]
    )


def known(network: list[float], baseline: list[float], **gates) -> Context:
    """A network and the three baselines on 40 samples, ten days apart, labels in turn."""
    days = pd.date_range("2001-01-01", periods=40, freq="10D", unit="us")
    target = np.arange(40) % 2.0
    samples = pd.DataFrame(
        {
            "sample_id": [f"s{n}" for n in range(40)],
            "support_start": days - pd.Timedelta(days=10),
            "end": days,
            "issue_time": days,
            "label": target.astype(int),
        }
    )
    outputs = {"net": network, "baseline_neuron": baseline}
    outputs |= {name: [0.5] * 40 for name in ("baseline_date", "baseline_majority")}
    rows = [
        pd.DataFrame(
            {
                "sample_id": samples["sample_id"],
                "experiment": name,
                "seed": 0,
                "draw": 0,
                "fold": 0,
                "split": "test",
                "target": target,
                "output": values,
            }
        )
        for name, values in outputs.items()
    ]
    predictions = conform(pd.concat(rows), "predictions")
    samples = conform(samples, "samples")
    return Context(
        study="pham2023",
        variant="clean",
        samples=samples,
        splits=empty("splits"),
        predictions=predictions,
        scores=worlds.score(predictions, samples, {}, variant="clean", names=("a",)),
        options=gates,
        headline={"kind": "precursor", "experiment": "net", "metric": "auc"},
        names=("a",),
    )


def test_a_perfect_network_beats_one_neuron_that_guesses():
    right = [float(n % 2) for n in range(40)]
    row = worlds.judged(known(right, [0.4] * 40))
    assert (row["auc"], row["auc_baseline"], row["difference"]) == (1.0, 0.5, 0.5)
    assert row["low"] == row["high"] == 0.5
    assert (row["n"], row["blocks"], row["beats"]) == (40, 40, 1)


def test_too_few_blocks_are_undecidable():
    right = [float(n % 2) for n in range(40)]
    row = worlds.judged(known(right, [0.4] * 40, min_blocks=41))
    assert row["difference"] == 0.5 and row["beats"] is pd.NA
    assert np.isnan(row["low"]) and "40 blocks of 10 days, fewer than 41" in row["note"]


def test_a_network_that_guesses_does_not_beat_a_perfect_neuron():
    right = [float(n % 2) for n in range(40)]
    row = worlds.judged(known([0.4] * 40, right))
    assert row["baseline"] == "baseline_neuron"
    assert (row["difference"], row["beats"]) == (-0.5, 0)


def test_without_any_prediction_there_is_a_note_and_no_decision():
    context = known([0.5] * 40, [0.5] * 40)
    context.predictions = context.predictions[context.predictions["experiment"] != "net"]
    row = worlds.judged(context)
    assert row["beats"] is pd.NA and row["n"] == 0
    assert row["note"] == "no test samples" and np.isnan(row["difference"])


def test_a_world_with_an_unknown_option_is_refused(options, tmp_path):
    own = {**options, "world": {"seed": 1, "precursor": {"amplitude_sd": 2.5}}}
    with pytest.raises(ConfigError, match="between 0"):
        worlds.trial("planted", 1, own, tmp_path)
