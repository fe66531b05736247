"""What a run leaves out where a mission has no files, and what is said of it."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import left_out
from laicflow.errors import ConfigError
from laicflow.report import captions, targets
from laicflow.studies.results import Results

FOLDER = Path(__file__).resolve().parents[2] / "config"
DIRECT = {"claim": "direct_f1", "experiment": "direct"}
# As the shipped study names the windows of DEMETER.
OF_DEMETER = {"d11", "d11-shuffled", "clean-demeter", "clean-shuffled"}


@pytest.fixture(scope="module")
def shipped() -> dict:
    return settings.load(FOLDER)


def laid(shipped: dict, **own: object) -> dict:
    """The shipped configuration with seqnetquake alone, and keys of it changed."""
    return settings.merge(shipped, {"studies": ["seqnetquake"], "seqnetquake": own})


def test_nothing_is_left_out_of_what_is_shipped(shipped):
    config = copy.deepcopy(shipped)
    assert left_out.take_out(config, FOLDER) == {}
    assert config == shipped


def test_a_study_of_which_nobody_knows_is_refused_whatever_stands_under_its_name(shipped):
    own = {"studies": ["pham"], "pham": copy.deepcopy(shipped["pham2023"])}
    config = settings.merge(shipped, own)
    with pytest.raises(ConfigError, match=r"there is no study 'pham': did you mean 'pham2023'\?"):
        left_out.settle(config, FOLDER)


def test_without_demeter_its_variants_go_and_what_learns_from_it(shipped):
    config = laid(shipped, data={"demeter": "unavailable"}, headline=DIRECT)
    gone = left_out.settle(config, FOLDER)["seqnetquake"]
    own = config["seqnetquake"]
    assert set(gone["variants"]) == OF_DEMETER
    assert set(gone["variants"].values()) == {"data.demeter is unavailable"}
    assert set(own["variants"]) == set(shipped["seqnetquake"]["variants"]) - OF_DEMETER
    assert own["compare"]["transfer"] == ["paper", "clean"]
    assert OF_DEMETER.isdisjoint(name for names in own["compare"].values() for name in names)
    for variant in ("paper", "clean"):
        study = settings.study(config, "seqnetquake", variant)
        assert settings.trained(study) == ["direct", "gbm", "dnn", "rf", "cnn", "lstm"]
        assert "transfer" not in study["headline"]
        assert set(gone["experiments"][variant]) == {"transfer", "initial", "shuffled"}
    assert "d01" not in gone["experiments"]  # it trains none of them
    assert set(gone["targets"]) == {"fig6", "fig7", "shuffled"}
    assert set(gone["targets"]).isdisjoint(own["reported"])
    assert {"fig8", "table1", "figS3"} <= set(own["reported"])


def test_a_variant_that_is_null_goes_and_those_that_hang_on_it(shipped):
    gone = dict.fromkeys(("d11", "d01", "d02"))
    config = laid(shipped, variants={**gone, "paper": {"headline": DIRECT}})
    gone = left_out.settle(config, FOLDER)["seqnetquake"]
    assert gone["variants"] == {
        **dict.fromkeys(("d11", "d01", "d02"), "null in the configuration"),
        "d11-shuffled": "takes the tuned options of d11, which is left out",
    }
    # The headline of clean is still made: its source is another one.
    clean = settings.study(config, "seqnetquake", "clean")
    assert clean["experiments"]["transfer"]["start"]["variant"] == "clean-demeter"
    assert clean["experiments"]["transfer"]["model"] == "seqnetquake"
    assert "transfer" not in settings.study(config, "seqnetquake", "paper")["experiments"]
    # Of these no variant is left: day against night, and the first dataset.
    assert {"fig3", "figS2"} <= set(gone["targets"])
    assert "fig6" in config["seqnetquake"]["reported"]


def test_a_headline_that_is_gone_is_told_with_the_reason(shipped):
    config = laid(shipped, data={"demeter": "unavailable"})
    with pytest.raises(ConfigError) as caught:
        left_out.settle(config, FOLDER)
    told = str(caught.value)
    assert "headline.experiment: no experiment 'transfer'; there are direct, gbm" in told
    assert "variants d11, d11-shuffled, clean-demeter, clean-shuffled: data.demeter is una" in told


def test_where_nothing_shown_is_left_all_is_told_at_once(shipped):
    config = laid(shipped, data={"cses": "unavailable"})
    with pytest.raises(ConfigError) as caught:
        left_out.settle(config, FOLDER)
    told = str(caught.value)
    assert "seqnetquake, variant d01 contradicts itself:" in told
    assert "seqnetquake, variant d02 contradicts itself:" in told
    assert "variants paper, d03, d08, d09, d10 contradict themselves:\n  data.cses is" in told
    assert "no variant under `shown` (paper, clean) has its data; name others there, of d11" in told


def test_a_study_of_the_source_alone(shipped):
    own = {
        "data": {"cses": "unavailable"},
        "shown": ["d11", "clean-demeter"],
        "headline": DIRECT,
        "period": {"start": "2005-01-01", "end": "2010-12-31"},  # CSES is not held to it
    }
    config = laid(shipped, **own)
    left_out.settle(config, FOLDER)
    assert set(config["seqnetquake"]["variants"]) == OF_DEMETER
    assert config["seqnetquake"]["compare"]["sides"] == []
    assert "fig3" not in config["seqnetquake"]["reported"]


def test_swarm_stands_in_for_cses():
    config = settings.load(FOLDER, (FOLDER / "real/swarm.yaml",))
    gone = left_out.settle(config, FOLDER)["seqnetquake"]
    assert set(gone["variants"]) == OF_DEMETER
    own = config["seqnetquake"]
    for variant in own["variants"]:
        study = settings.study(config, "seqnetquake", variant)
        rules = study["preparations"][study["window"]["preparation"]]
        assert rules["mission"] == "swarm", variant
        # Windows have the length, side and spacing of those of CSES that they stand for.
        name = study["window"]["preparation"].replace("swarm", "cses")
        theirs = own["preparations"][name]
        assert [rules[k] for k in ("side", "steps", "step_s")] == [
            theirs[k] for k in ("side", "steps", "step_s")
        ]


def test_demeter_brings_the_transfer_back():
    config = settings.load(FOLDER, (FOLDER / "real/swarm.yaml",))
    own = {"data": {"demeter": "demeter_isl"}, "period": {"start": "2005-01-01"}}
    own["headline"] = {"claim": "transfer_f1", "experiment": "transfer"}
    config = settings.merge(config, {"seqnetquake": own})
    assert left_out.take_out(config, FOLDER) == {}


def test_what_was_left_out_is_refused_by_its_name(shipped):
    config = laid(shipped, data={"demeter": "unavailable"}, headline=DIRECT)
    gone = left_out.take_out(config, FOLDER)
    with pytest.raises(ConfigError, match="variant d11 is left out of this run: data.demeter is"):
        left_out.refuse(gone, "seqnetquake", "d11")
    with pytest.raises(ConfigError, match="transfer of paper is left out.* weights of d11, which"):
        left_out.refuse(gone, "seqnetquake", "paper", "transfer")
    left_out.refuse(gone, "seqnetquake", "paper", "direct")
    left_out.refuse(gone, "pham2023", "paper")


def test_captions_tell_what_their_own_group_lacks(shipped):
    config = laid(shipped, data={"demeter": "unavailable"}, headline=DIRECT)
    own = left_out.take_out(config, FOLDER)["seqnetquake"]
    listed = targets.read(FOLDER / "targets.csv")
    assert left_out.of_target(own, listed["seqnetquake_fig4"]) == []
    told = left_out.of_target(own, listed["seqnetquake_tableS1"])
    assert told == ["variant d11: data.demeter is unavailable"]  # it shows no network
    told = left_out.of_target(own, listed["seqnetquake_table1"])
    assert told[1].startswith("experiments transfer, initial of paper: starts from the weights of")
    results = Results("run", "seqnetquake", {"left_out": told}, {})
    first = captions.remarks(results)[0]
    assert first == "Left out of this run: variant d11: data.demeter is unavailable."


def test_what_breaks_the_schema_is_left_to_it(shipped):
    config = laid(shipped, variants=3)
    assert left_out.take_out(config, FOLDER) == {}
    with pytest.raises(ConfigError, match="seqnetquake.variants: 3 is not of type 'object'"):
        settings.validate(config, FOLDER)


def test_without_radiation_the_figure_of_it_goes_and_nothing_else(shipped):
    config = copy.deepcopy(shipped)
    before = list(config["edlstme"]["variants"])
    config["edlstme"]["data"]["olr"] = "unavailable"
    gone = left_out.take_out(config, FOLDER)
    assert list(gone) == ["edlstme"] and not gone["edlstme"]["variants"]
    assert gone["edlstme"]["targets"] == {"fig9": "data.olr is unavailable"}
    assert "fig9" not in config["edlstme"]["reported"]
    assert list(config["edlstme"]["variants"]) == before
    assert left_out.lines(gone) == ["edlstme leaves out target fig9: data.olr is unavailable"]
