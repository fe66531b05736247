"""A network that sees a planted signal, and one that does not, on thirty blocks of time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from laicflow.errors import LaicflowError
from laicflow.evaluation.scores import score
from laicflow.report.targets import read
from laicflow.schema import conform, empty
from laicflow.studies.petrescu2022.figure_planted import amplitude, planted
from laicflow.studies.results import Results, with_variants
from tests.unit.studies.petrescu2022 import ran
from tests.unit.studies.petrescu2022.test_figure_training import axes_of, words_of

N = 120
LABEL = np.arange(N) % 2


def outputs(gain: float, seed: int) -> np.ndarray:
    """Probabilities that lie higher by `gain` before earthquakes."""
    return np.clip(0.5 + gain * (LABEL - 0.5) + np.random.default_rng(seed).normal(0, 0.1, N), 0, 1)


def predictions(gain: float) -> pd.DataFrame:
    """Two seeds of the network, and three baselines that know nothing."""
    rows = []
    for name in ran.EXPERIMENTS:
        for seed in (0, 1) if name == "adam" else (0,):
            own = {"adam": outputs(gain, seed), "baseline_majority": np.full(N, 0.5)}
            output = own.get(name, outputs(0.0, len(name)))
            table = pd.DataFrame({"sample_id": [f"s{k}" for k in range(N)], "output": output})
            rows.append(
                table.assign(
                    experiment=name, seed=seed, draw=0, fold=0, split="test", target=LABEL * 1.0
                )
            )
    return conform(pd.concat(rows), "predictions")


@pytest.fixture
def planting(results: Results) -> Results:
    """`clean-highpass` finds nothing, `planted` what is there."""
    everything = with_variants(results.settings)
    own = Results(
        "run",
        "petrescu2022",
        results.settings,
        {name: everything[name] for name in ("clean-highpass", "planted")},
    )
    for variant, gain in (("clean-highpass", 0.0), ("planted", 0.4)):
        table = ran.samples({}, N)
        table["label"] = pd.array(LABEL, dtype="Int64")
        own.samples[variant], own.notes[variant] = table, empty("notes")
        own.predictions[variant] = predictions(gain)
        own.scores[variant] = score(
            own.predictions[variant],
            table,
            {"bootstrap": 200},
            variant=variant,
            names=("run", "petrescu2022", variant, "1"),
        )
    return own


def test_it_is_what_the_list_of_targets_says(planting: Results, pytestconfig) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")["petrescu2022_planted"]
    drawn = planted(planting)
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows


def test_the_amplitude_is_that_of_the_world(planting: Results) -> None:
    assert amplitude(planting, "clean-highpass") == 0.0
    # config/studies/petrescu2022.yaml: injections.ulf.
    assert amplitude(planting, "planted") == 1.0


def test_what_is_planted_is_found_and_noise_is_not(planting: Results) -> None:
    drawn = planted(planting)
    auc = drawn.data[drawn.data["metric"] == "auc"].set_index("variant")
    expected = np.mean([roc_auc_score(LABEL, outputs(0.4, seed)) for seed in (0, 1)])
    assert auc.loc["planted", "value"] == pytest.approx(expected)
    assert auc.loc["planted", "found"] == "found"
    assert auc.loc["planted", "difference_low"] > 0
    assert auc.loc["clean-highpass", "found"] == "not found"
    assert auc.loc["clean-highpass", "difference_low"] <= 0
    best = auc.loc["planted", "baseline_value"]
    assert auc.loc["planted", "difference"] == pytest.approx(expected - best)
    beside = [text.get_text() for text in axes_of(drawn.figure)[1].texts]
    assert beside[0].startswith("does not beat it") and beside[1].startswith("found\nn = 120")
    labels = [label.get_text() for label in axes_of(drawn.figure)[0].get_yticklabels()]
    assert labels == ["clean-highpass\nas observed", "planted\n1 nT planted"]


def test_without_an_interval_nothing_is_found(planting: Results) -> None:
    planting.settings["audit"] = {"bootstrap": 200, "support_days": 60}
    drawn = planted(planting)
    assert set(drawn.data["found"]) == {"undecidable"}
    assert "fewer than 5" in words_of(drawn.figure)


def test_a_variant_without_samples_is_undecidable(planting: Results) -> None:
    gone = planting.predictions["planted"].iloc[:0]
    planting.samples["planted"].attrs["facts"] = '{"lacking": "no quiet day"}'
    planting.predictions["planted"] = gone
    planting.scores["planted"] = planting.scores["planted"].iloc[:0]
    drawn = planted(planting)
    own = drawn.data[drawn.data["variant"] == "planted"]
    assert set(own["found"]) == {"undecidable"} and own["value"].isna().all()
    assert "planted: undecidable: no quiet day" in words_of(drawn.figure)


def test_without_variants_there_is_no_figure(planting: Results) -> None:
    planting.variants = {}
    with pytest.raises(LaicflowError, match="no variant"):
        planted(planting)
