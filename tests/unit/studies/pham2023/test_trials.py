from __future__ import annotations

import pytest

from laicflow import config
from laicflow.errors import ConfigError
from laicflow.studies.pham2023 import trials

OWN = {
    "variant": "clean",
    "experiment": "effnetv2",
    "simulate": {"start": "2015-03-01", "end": "2015-06-30"},
    "precursor": {"amplitude_sd": 2.0},
    "study": {"samples": {"per_class": 12}, "seeds": [4]},
}


@pytest.fixture(scope="module")
def study(pytestconfig) -> dict:
    return config.load(pytestconfig.rootpath / "config")["pham2023"]


def test_the_null_world_is_the_planted_one_without_its_wave():
    null, planted = (trials.world_of(kind, 3, OWN) for kind in trials.KINDS)
    assert planted["precursor"]["amplitude_sd"] == 2.0
    planted["precursor"]["amplitude_sd"] = 0.0
    assert null == planted and null["seed"] == 3
    assert OWN["precursor"] == {"amplitude_sd": 2.0}


def test_the_study_is_that_of_the_variant_over_the_days_of_the_world(study):
    made = trials.study_of(study, OWN)
    assert made["period"] == {"start": "2015-03-01", "end": "2015-06-30"}
    assert made["split"]["kind"] == "blocks" and made["samples"]["one_per_day"]
    assert made["samples"]["per_class"] == 12 and made["seeds"] == [4]
    assert made["headline"]["metric"] == "auc"
    assert list(made["experiments"]) == ["effnetv2"]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Another"},
        {"reported": ["table1"]},
        {"period": {"start": "2001-01-01", "end": "2002-01-01"}},
        {"experiments": {"effnetv2": {"label": "Another"}}},
        {"training": {"keep_weights": "all"}},
        {"variants": {"gap-5-random": {"seeds": [7]}}},
        {"worlds": {"seeds": [9]}},
    ],
)
def test_what_a_trial_does_not_read_makes_it_no_other(study, changes):
    assert trials.study_of(config.merge(study, changes), OWN) == trials.study_of(study, OWN)


def test_the_shipped_trials_stay_at_their_place_under_another(study):
    own = study["worlds"]
    moved = {
        "catalog": {"latitude": [-40, -20], "magnitude_min": 6.0},
        "sites": {"mode": "epicentres"},
        "window": {"days": 10},
    }
    assert trials.study_of(config.merge(study, moved), own) == trials.study_of(study, own)


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("other", {}, "none of null, planted"),
        ("planted", {"precursor": {"amplitude_sd": 0}}, "above 0 expected"),
        ("null", {"precursor": {}}, "above 0 expected"),
        ("null", {"variant": "dirty"}, "'dirty' is none of"),
        ("null", {"experiment": "net"}, "'net' is none of"),
        ("null", {"study": {"sites": {"mode": "epicentres"}}}, "points expected"),
        ("null", {"simulate": {"strat": "2015-03-01"}}, "strat"),
    ],
)
def test_what_cannot_be_tried_is_refused(study, kind, changes, words):
    own = {**OWN, **changes}
    with pytest.raises(ConfigError, match=words):
        trials.world_of(kind, 1, own)
        trials.study_of(study, own)
