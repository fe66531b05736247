from __future__ import annotations

import pytest

from laicflow.config import merge, study
from laicflow.consistency import faults
from laicflow.studies.seqnetquake import needs


def test_the_shipped_variants_do_not_contradict_themselves(whole: dict) -> None:
    for variant in whole["seqnetquake"]["variants"]:
        assert needs.faults(study(whole, "seqnetquake", variant)) == []


def test_windows_of_a_mission_need_its_files_alone(shipped: dict) -> None:
    assert needs.main(shipped) == "cses"
    assert needs.roles(shipped, "demeter-night-t20") == ("demeter",)
    shipped["missions"]["demeter"]["orbit"] = "simulated"
    assert needs.roles(shipped, "demeter-night-t20") == ()
    shipped["window"]["preparation"] = "demeter-night-t20"
    assert needs.main(shipped) is None


def test_a_mission_that_no_source_has_is_refused_where_its_files_are_read(shipped: dict) -> None:
    shipped["data"]["cses"] = "unavailable"
    assert "data.cses is unavailable" in needs.unserved({}, shipped)[0]
    shipped["missions"]["cses"]["orbit"] = "simulated"
    assert needs.unserved({}, shipped) == []


def test_a_network_sees_three_classes_and_the_steps_of_the_windows(whole: dict) -> None:
    own = study(whole, "seqnetquake", "d06")
    assert needs.network(own) == {"classes": 3, "steps": 50, "features": 2}
    assert needs.image(own, {}) == (1, 50, 2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"window": {"preparation": "none"}}, "window.preparation: no 'none'"),
        ({"preparations": {"cses-night-t20": {"gap_s": 1.0}}}, "step_s 1.5 is longer than gap_s 1"),
        ({"missions": {"cses": {"end": "2021-01-01"}}}, "missions.cses: 2018-08-01 to 2021-01-01"),
        ({"labels": {"radius": "circle", "degrees": None}}, "labels.degrees"),
        ({"split": {"test": 0.6, "validation": 0.5}}, "leave nothing to train on"),
        ({"experiments": {"transfer": {"start": {"variant": "d12"}}}}, "no variant 'd12'"),
        ({"experiments": {"transfer": {"start": {"experiment": "x"}}}}, "no experiment 'x'"),
        ({"experiments": {"transfer": {"model": "cnn_sequence"}}}, "direct is a seqnetquake"),
        ({"experiments": {"direct": {"training": {"epochs": 0}}}}, "experiments.direct: 0 epochs"),
        ({"tuning": {"judge": "validation"}}, "tuning.judge is validation"),
        ({"world": "inject-te"}, "world: no injection 'te'; there are ne"),
        ({"injections": {"ne": {"radius": -1}}}, "injections.ne.radius"),
        ({"injections": {"te": {"size": 1}}}, "injections.te has no option 'size'"),
        ({"training": {"select": "best_validation"}}, "training.select must be last"),
    ],
)
def test_contradictions_are_named(shipped: dict, change: dict, told: str) -> None:
    assert any(told in fault for fault in needs.faults(merge(shipped, change)))


@pytest.mark.parametrize(
    ("key", "value"),
    [("catalog", {"magnitude_min": 5.5}), ("aftershocks", {"method": "gardner-knopoff"})],
)
def test_what_is_planted_stands_before_the_earthquakes_of_the_study(
    whole: dict, key: str, value: dict
) -> None:
    def told(variant: str) -> list[str]:
        overlay = {**whole["seqnetquake"]["variants"][variant], key: value}
        own = merge(study(whole, "seqnetquake", variant), {key: value})
        return [one for one in faults("seqnetquake", own, overlay) if one.startswith(f"{key}:")]

    assert len(told("planted")) == 1
    # Into the windows of the others nothing is planted.
    assert told("control") == []


def test_the_samples_hang_on_the_module_that_finds_aftershocks(shipped: dict) -> None:
    assert needs.modules(shipped) == ["laicflow.catalogs.declustering.box"]


def test_a_block_is_twice_the_days_of_a_label_where_there_are_days_enough(shipped: dict) -> None:
    # CSES flew 692 days here, of which a fifth is tested: 138 days are 4 blocks of 30 and 9 of 15.
    # 20 samples of 1.5 s are half a minute.
    assert needs.support_days(shipped) == pytest.approx(15 + 30 / 86400)
    # DEMETER's six years: 438 days are 14 blocks of 30.
    demeter = merge(shipped, {"window": {"preparation": "demeter-night-t20"}})
    assert needs.support_days(demeter) == pytest.approx(2 * (15 + 20 / 86400))
    # 138 days are 23 blocks of 6.
    assert needs.support_days(merge(shipped, {"labels": {"days": 3}})) == pytest.approx(6, abs=1e-3)


def test_a_mission_that_a_variant_does_not_use_is_not_held_to_the_period(whole: dict) -> None:
    own = merge(study(whole, "seqnetquake", "d01"), {"period": {"start": "2018-08-01"}})
    assert needs.faults(own) == []  # DEMETER flew before
    of_demeter = merge(study(whole, "seqnetquake", "d11"), {"period": {"start": "2018-08-01"}})
    (told,) = needs.faults(of_demeter)
    assert told.startswith("missions.demeter: 2005-01-01 to 2010-12-31 is not a part of period")
