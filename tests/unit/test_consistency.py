"""What planning refuses although every value by itself fits the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import consistency_worlds
from laicflow.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "config"
AMPLITUDE = "it must lie between 0 (no precursor) and 2 day-to-day standard deviations"


def load():
    return settings.load(FOLDER)


def put(config, path, value):
    """Set one key, by its path with dots."""
    *above, last = path.split(".")
    for key in above:
        config = config.setdefault(key, {})
    config[last] = value


def refused(config):
    """What planning says."""
    with pytest.raises(ConfigError) as caught:
        settings.validate(config, FOLDER)
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("simulate.sead", 3, "simulate has no option 'sead'; it has ["),
        (
            "simulate.precursor.amplitude_sd",
            3,
            f"simulate.precursor.amplitude_sd is 3; {AMPLITUDE}",
        ),
        ("simulate.steps", "30min", "simulate.steps is '30min', not code, 1h or 2h"),
        ("simulate.start", "2013-13-01", "simulate.start is '2013-13-01', not a date"),
        ("simulate.start", "2016-01-01", "simulate.end 2015-06-30 lies before start 2016-01-01"),
        (
            "simulate.grid.longitude",
            [90, 180, 7],
            "simulate.grid.longitude is [90, 180, 7]: 7.0 does not lead from 90.0 to 180.0",
        ),
        ("simulate.catalog.mu", "few", "simulate.catalog.mu is 'few'; it must be like 0.1"),
        ("simulate.catalog", 3, "simulate.catalog must be a mapping, not 3"),
        ("pham2023.worlds.simulate.strat", "x", "pham2023.worlds.simulate has no option 'strat'"),
        (
            "pham2023.worlds.simulate.catalog.mue",
            0.2,
            "pham2023.worlds.simulate.catalog has no option 'mue'",
        ),
        (
            "pham2023.worlds.simulate.precursor",
            {"amplitude_sd": 5},
            f"pham2023.worlds.simulate.precursor.amplitude_sd is 5; {AMPLITUDE}",
        ),
        (
            "pham2023.worlds.precursor.amplitude_sd",
            3,
            f"pham2023.worlds.precursor.amplitude_sd is 3; {AMPLITUDE}",
        ),
        (
            "pham2023.worlds.precursor.amplitude_sd",
            0,
            "pham2023.worlds.precursor.amplitude_sd is 0; it must be above 0",
        ),
        (
            "pham2023.worlds.precursor.amplitude_sd",
            "two",
            "pham2023.worlds.precursor.amplitude_sd is 'two'; it must be like 0.0",
        ),
        (
            "pham2023.worlds.precursor.period_h",
            6,
            "pham2023.worlds.precursor has no option 'period_h'; it has ['amplitude_sd', ",
        ),
        (
            "pham2023.worlds.study.window.day",
            8,
            "pham2023.worlds.study.window: Additional properties are not allowed ('day' was",
        ),
        (
            "pham2023.worlds.study.training.epochs",
            0,
            "pham2023.worlds.study.training.epochs: 0 is less than the minimum of 1",
        ),
        (
            "pham2023.worlds.study.models.pretrained",
            "hub",
            "pham2023.worlds.study.models.pretrained is hub; it must be none",
        ),
        (
            "pham2023.worlds.study.sites.mode",
            "epicentres",
            "pham2023.worlds.study.sites.mode is epicentres; it must be points",
        ),
        (
            "pham2023.worlds.study.reference.least",
            20,
            "pham2023.worlds.study.reference.least is larger than reference.days",
        ),
        (
            "pham2023.worlds.simulate.end",
            "2015-01-20",
            "pham2023.worlds.simulate: start to end, as a period: shorter than the 23 days",
        ),
    ],
)
def test_a_world_that_cannot_be_is_refused_by_the_key_that_was_written(path, value, told):
    config = load()
    put(config, path, value)
    assert refused(config).splitlines()[-1].strip().startswith(told)


def test_a_world_may_have_any_of_its_own_options():
    config = load()
    put(config, "simulate", {"catalog": {"trench": [[30, 142], [46, 153]]}, "steps": "1h"})
    settings.validate(config, FOLDER)
    days = consistency_worlds.days({"start": "2015-01-01", "end": "2015-03-31"})
    assert [str(day) for day in days] == ["2015-01-01", "2015-03-31"]


@pytest.mark.parametrize(
    ("path", "reported", "told"),
    [
        ("compare.splits", "splits", "compare.splits is []; it must name variants, or splits must"),
        ("compare.gaps", "gaps", "compare.gaps is []; it must name variants, or gaps must go"),
        ("worlds.seeds", "worlds", "worlds.seeds is []; it must name seeds, or worlds must go"),
    ],
)
def test_a_reported_target_has_something_to_show(path, reported, told):
    config = load()
    put(config, f"pham2023.{path}", [])
    config["pham2023"]["reported"] = ["table1", reported]
    assert told in refused(config)
    config["pham2023"]["reported"] = ["table1"]
    settings.validate(config, FOLDER)


# Which names a path below results/<run>/<study> can hold.
NAMES = [
    ("experiments", "MyNet", False),
    ("experiments", "my net", False),
    ("experiments", "2nd", False),
    ("experiments", "my_net-2", True),
    ("variants", "my_variant", False),
    ("variants", "Mine", False),
    ("variants", "compared", False),
    ("variants", "compared-2", True),
]


@pytest.mark.parametrize(("group", "name", "allowed"), NAMES)
def test_names_are_those_that_the_workflow_can_ask_for(group, name, allowed):
    text = (FOLDER.parent / "Snakefile").read_text()
    found = re.search(rf'^    {group[:-1]}="(.+)",$', text, re.MULTILINE)
    assert bool(re.match(f"(?:{found[1]})/", f"{name}/")) is allowed
    config = load()
    value = {"model": "resnet50", "label": "Mine"} if group == "experiments" else {}
    config["pham2023"][group][name] = value
    if allowed:
        settings.validate(config, FOLDER)
    else:
        assert f"  pham2023.{group}: '{name}' does not match" in refused(config)


def test_the_headline_alone_is_trained():
    config = load()
    assert settings.trained(settings.study(config, "pham2023", "gap-5-random")) == ["effnetv2"]
    config["pham2023"]["headline"].update(experiment="resnet50", claim="resnet50_accuracy")
    config["pham2023"]["trained"] = ["vgg16", "resnet50"]
    settings.validate(config, FOLDER)
    assert settings.trained(settings.study(config, "pham2023")) == ["vgg16", "resnet50"]
    assert settings.trained(settings.study(config, "pham2023", "gap-5-random")) == ["resnet50"]


def test_networks_that_are_trained_without_the_headlines_are_listed():
    config = load()
    config["pham2023"]["trained"] = ["resnet50", "vgg16"]
    told = "trained is [resnet50, vgg16]; the headline's experiment 'effnetv2' must be in it"
    assert told in refused(config)
    config["pham2023"]["trained"] = "headlin"
    assert "pham2023.trained: 'headlin' is not valid" in refused(config)


def test_a_misspelt_model_is_named_by_its_key():
    config = load()
    config["pham2023"]["experiments"]["resnet50"]["model"] = "resnet51"
    told = "pham2023.experiments.resnet50.model: 'resnet51' is not one of ['cnn_sequence', "
    assert told in refused(config)


def test_a_folder_of_weights_must_be_there(tmp_path):
    config = load()
    config["pham2023"]["models"]["pretrained"] = f"folder:{tmp_path}/none"
    found = refused(config)
    assert f"models.pretrained: no folder {tmp_path}/none" in found
    assert found.count("no folder") == 1
    config["pham2023"]["models"]["pretrained"] = f"folder:{tmp_path}"
    settings.validate(config, FOLDER)
    own = config["pham2023"]["experiments"]["vgg16"]
    own["options"] = {"pretrained": "folder:/no/such"}
    assert "experiments.vgg16.options.pretrained: no folder /no/such" in refused(config)


@pytest.mark.parametrize(
    ("split", "told"),
    [
        (
            {"folds": 3, "validation": 0.7},
            "split.folds 3 (a test share of 0.333) and split.validation 0.7 leave nothing",
        ),
        ({"folds": 2, "validation": 0.5}, "split.folds 2 (a test share of 0.5) and split.vali"),
        ({"folds": 3, "validation": 0.6}, ""),
        # With folds each sample is tested once, whatever the share says.
        ({"folds": 5, "test": 0.95}, ""),
        ({"test": 0.9}, "split.test 0.9 and split.validation 0.1 leave nothing to train on"),
    ],
)
def test_something_is_left_to_train_on(split, told):
    config = load()
    # The other variants keep to the published shares.
    config["pham2023"]["variants"]["paper"] = {"split": {"kind": "random", **split}}
    if told:
        assert told in refused(config)
    else:
        settings.validate(config, FOLDER)


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2012-01-01", "2012-12-31", True),
        ("2011-12-31", "2012-06-30", False),
        ("2012-06-01", "2013-01-01", False),
    ],
)
def test_the_simulated_world_has_maps_of_the_whole_period(start, end, inside):
    config = load()
    config["simulate"] = {"start": "2012-01-01", "end": "2012-12-31"}
    config["pham2023"]["period"] = {"start": start, "end": end}
    settings.validate(config, FOLDER)  # other upstreams are not asked
    config["upstream"] = "replica:world"
    if inside:
        settings.validate(config, FOLDER)
        return
    told = f"period: {start} to {end} reaches beyond the simulated world, which covers "
    assert told + "2012-01-01 to 2012-12-31 (simulate.start, simulate.end)" in refused(config)


def test_the_catalog_with_which_a_study_goes_on_is_held_to_its_magnitudes():
    """The shipped queries of the USGS begin at M 4.8, those of the ISC at M 4."""
    config = load()
    config["studies"] = ["petrescu2022"]
    settings.validate(config, FOLDER)
    put(config, "petrescu2022.prospective.start", "2026-02-31")
    assert "prospective.start: there is no instant 2026-02-31" in refused(config)
    put(config, "petrescu2022.prospective.start", "2026-01-01")
    assert "catalog.magnitude_min 4.0 lies below sources.usgs.minmagnitude 4.8" in refused(config)
    put(config, "sources.usgs.minmagnitude", 4.0)
    settings.validate(config, FOLDER)
    put(config, "petrescu2022.prospective.data.catalog", "nowhere")
    assert "prospective.data.catalog: no catalog 'nowhere'" in refused(config)
