"""A network that sees what is planted and one that does not, on thirty blocks of time."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from laicflow.errors import LaicflowError
from laicflow.evaluation.baselines import MAJORITY, PLACE
from laicflow.evaluation.scores import score
from laicflow.report.targets import read
from laicflow.schema import empty
from laicflow.studies.results import Results, with_variants
from laicflow.studies.seqnetquake.figure_planted import of_two, planted
from tests.unit.studies.seqnetquake.scores_made import (
    AUDIT,
    SEEDS,
    TURN,
    N,
    predictions,
    samples,
    settings_of,
    told,
)

LABEL = np.resize(TURN, N)
SKILL = {"control": 0.0, "planted": 0.6}


def outputs(variant: str) -> dict[str, list[np.ndarray]]:
    """Probabilities of the network's seeds, and of two baselines that know nothing."""
    rng = np.random.default_rng(len(variant))
    one_class = np.tile([1.0, 0.0, 0.0], (N, 1))
    return {
        "direct": [told(SKILL[variant], rng) for _ in SEEDS],
        MAJORITY: [one_class],
        PLACE: [told(0.0, rng)],
    }


@pytest.fixture
def results(shipped: dict) -> Results:
    """`control` finds nothing, `planted` what is there; labels of a day."""
    settings = settings_of(shipped, audit=AUDIT)
    for name in SKILL:
        settings["variants"][name] = {
            **settings["variants"][name],
            "labels": {"radius": "circle", "degrees": 3, "days": 1},
        }
    everything = with_variants(settings)
    own = Results("run", "seqnetquake", settings, {name: everything[name] for name in SKILL})
    for variant in SKILL:
        own.samples[variant], own.notes[variant] = samples(), empty("notes")
        own.predictions[variant] = predictions(outputs(variant))
        own.scores[variant] = score(
            own.predictions[variant],
            own.samples[variant],
            AUDIT,
            variant=variant,
            names=("run", "seqnetquake", variant, "1"),
        )
    return own


def by_hand(variant: str, metric) -> float:
    """Mean over the seeds of a metric of class 1 against class 0."""
    here = LABEL < 2
    seen = [p[here, 1] / (p[here, 0] + p[here, 1]) for p in outputs(variant)["direct"]]
    return float(np.mean([metric(LABEL[here], one) for one in seen]))


def test_it_is_what_the_list_of_targets_says(results: Results, pytestconfig) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")["seqnetquake_planted"]
    drawn = planted(results)
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows


def test_what_is_planted_is_found_and_noise_is_not(results: Results) -> None:
    drawn = planted(results)
    auc = drawn.data[drawn.data["metric"] == "auc"].set_index("variant")
    f1 = drawn.data[drawn.data["metric"] == "f1"].set_index("variant")
    for variant in SKILL:
        assert auc.loc[variant, "value"] == pytest.approx(by_hand(variant, roc_auc_score))
        expected = by_hand(variant, lambda target, p: f1_score(target, p >= 0.5))
        assert f1.loc[variant, "value"] == pytest.approx(expected)
        # Of six samples in turn one is a storm's.
        assert auc.loc[variant, "n"] == N * 5 // 6
    assert auc["found"].to_dict() == {"control": "not found", "planted": "found"}
    assert auc.loc["planted", "difference_low"] > 0 >= auc.loc["control", "difference_low"]
    gain = auc.loc["planted", "value"] - auc.loc["planted", "baseline_value"]
    assert auc.loc["planted", "difference"] == pytest.approx(gain)
    # config/studies/seqnetquake.yaml: injections.ne.
    assert auc["amplitude"].to_dict() == {"control": 0.0, "planted": 0.5}
    words = _words(drawn.figure)
    assert "planted\nNe ±50 % planted" in words and "control\nas observed" in words
    assert any(text.startswith("does not beat it\nn = 100") for text in words)


@pytest.mark.parametrize(
    ("options", "beside", "below"),
    [
        (
            {"amplitude": -0.5, "wavelength_km": 0},
            "planted\nNe -50 % planted",
            "planted: Ne x (1 - 0.5 x form), form one change of level, without a wave; Te as "
            "observed",
        ),
        (
            {"amplitude": 0, "te_amplitude": 0.1, "wavelength_km": 300},
            "planted\nTe ±10 % planted",
            "planted: Te x (1 + 0.1 x form), form a wave of 300 km that runs out from the "
            "epicentre; Ne as observed",
        ),
        (
            {"amplitude": 0.5, "te_amplitude": 0.1},
            "planted\nNe +50 %, Te +10 % planted",
            "planted: Ne x (1 + 0.5 x form) and Te x (1 + 0.1 x form), form one change of level, "
            "without a wave",
        ),
        ({}, "planted\nchange of 0 planted", "planted: Ne and Te as observed"),
    ],
)
def test_what_is_planted_is_told_as_it_is(
    results: Results, options: dict, beside: str, below: str
) -> None:
    results.settings["injections"] = {"ne": options}
    drawn = planted(results)
    words = _words(drawn.figure)
    assert beside in words and "control\nas observed" in words
    assert any(below in text.replace("\n", " ") for text in words)
    # The world tells, not the size: of a planted variant nobody says that it fails.
    said = [text for text in words if text.startswith(("beats it", "does not beat it"))]
    assert len(said) == 2
    own = drawn.data.set_index("variant")["amplitude"]
    assert set(own["planted"]) == {options.get("amplitude", 0)}


def test_storms_play_no_part(results: Results) -> None:
    rows = pd.DataFrame(
        {
            "experiment": "direct",
            "seed": 0,
            "target": [0.0, 1.0, 2.0, 1.0, 0.0],
            "output": 0.5,
            "p_0": [0.6, 0.1, 0.3, 0.0, math.nan],
            "p_1": [0.2, 0.3, 0.3, 0.0, math.nan],
            "p_2": [0.2, 0.6, 0.4, 1.0, math.nan],
        }
    )
    own = of_two(rows)
    assert own["output"].tolist() == pytest.approx([0.25, 0.75, 0.5, math.nan], nan_ok=True)
    assert list(own) == ["experiment", "seed", "target", "output"]


def test_without_blocks_or_a_class_nothing_is_found(results: Results) -> None:
    results.settings["audit"] = AUDIT | {"min_blocks": 500}
    drawn = planted(results)
    assert set(drawn.data["found"]) == {"undecidable"}
    assert any("fewer than 500" in text for text in _words(drawn.figure))
    own = results.predictions["planted"]
    results.predictions["planted"] = own[own["target"] != 1]
    drawn = planted(results)
    note = drawn.data.set_index("variant").loc["planted", "note"]
    assert set(note) == {"undecidable: no test sample is seismic"}


def test_a_variant_without_predictions_is_undecidable(results: Results) -> None:
    results.samples["planted"].attrs["facts"] = '{"lacking": "no window lies near"}'
    results.predictions["planted"] = results.predictions["planted"].iloc[:0]
    results.scores["planted"] = results.scores["planted"].iloc[:0]
    own = planted(results).data.set_index("variant").loc["planted"]
    assert set(own["found"]) == {"undecidable"} and own["value"].isna().all()
    results.variants = {}
    with pytest.raises(LaicflowError, match="no variant"):
        planted(results)


def _words(figure) -> list[str]:
    """All that is written in a figure."""
    return [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]
