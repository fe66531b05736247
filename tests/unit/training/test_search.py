from __future__ import annotations

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from laicflow.errors import ConfigError
from laicflow.models import registry
from laicflow.models.spaces import SPACES
from laicflow.training.search import differs, distribution, parted, searched_of, settings_of

PAPER = {"on": "test"}


@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        ([0.25, 0.5], CategoricalDistribution((0.25, 0.5))),
        ({"low": 2, "high": 10}, IntDistribution(2, 10)),
        ({"low": 2, "high": 298, "step": 2}, IntDistribution(2, 298, step=2)),
        ({"low": 1, "high": 64, "log": True}, IntDistribution(1, 64, log=True)),
        ({"low": 0, "high": 1.0}, FloatDistribution(0, 1.0)),
        ({"low": 1e-4, "high": 1.0, "log": True}, FloatDistribution(1e-4, 1.0, log=True)),
    ],
)
def test_lists_and_intervals_are_what_optuna_draws_from(wanted, made):
    assert distribution("name", wanted) == made


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        7,
        "relu",
        {"low": 1},
        {"low": 3, "high": 2},
        {"low": 0, "high": 1.0, "log": True},
        {"low": "1e-4", "high": 1.0},
        {"low": 1, "high": 2, "width": 3},
    ],
)
def test_a_search_that_cannot_be_is_refused_by_name(wanted):
    with pytest.raises(ConfigError, match="search: units"):
        distribution("units", wanted)


def test_a_tuning_as_the_paper_has_it_differs_in_nothing():
    assert differs("seqnetquake", settings_of("seqnetquake", PAPER)) == []


def test_a_reduced_tuning_says_in_what():
    search = {"lstm_units": [8, 16], "epochs": None, "learning_rate": [1e-3, 1e-2]}
    options = {"trials": 4, "objective": "f1_macro", "on": "validation", "search": search}
    assert differs("seqnetquake", settings_of("seqnetquake", options)) == [
        "4 trials, the paper has 100",
        "tuned for f1_macro, the paper tuned for f1_micro",
        "tuned on validation, the paper tuned on test",
        "epochs is not searched, in the published space in [10, 50, 100]",
        "learning_rate is searched in [0.001, 0.01], in the published space nowhere",
        "lstm_units is searched in [8, 16], in the published space in [64, 128, 256, 512]",
    ]


def test_every_option_of_every_space_can_be_drawn_and_is_one_of_its_model():
    for model, space in SPACES.items():
        forecasts = model.endswith("forecaster") or model == "ed_lstme"
        classical = forecasts and model not in ("ed_lstme", "dense_forecaster")
        own, training = parted(space, classical=classical or model in ("gbm", "random_forest"))
        # Values are forecast with one scaling, as published.
        assert forecasts or {"standardise"} <= set(training)
        for name, wanted in space.items():
            drawn = distribution(name, wanted)
            if name in own:
                low = drawn.choices[0] if isinstance(wanted, list) else drawn.low
                high = drawn.choices[-1] if isinstance(wanted, list) else drawn.high
                for value in (low, high):
                    # Options that the model does not have, or cannot take, are refused.
                    fewer = {key: v for key, v in own.items() if key.endswith(("units", "layers"))}
                    small = {key: 2 for key in fewer}
                    registry.build(model, small | {name: value}, seed=0)
        for training_name in training:
            distribution(training_name, space[training_name])


def test_the_space_of_seqnetquake_is_the_published_one():
    # Supplementary Table S2 as the study's design gives it.
    space = SPACES["seqnetquake"]
    assert space["conv_layers"] == space["filters"] == [2, 3, 4]
    assert space["kernel"] == [2, 3]
    assert space["lstm_layers"] == [1, 2, 3, 4, 5]
    assert space["dense_layers"] == [2, 3, 4, 5, 6]
    for name in ("lstm_units", "dense_units"):
        assert (min(space[name]), max(space[name])) == (64, 512)
    assert space["dropout"] == [0.25, 0.5, 0.75]
    assert (min(space["batch_size"]), max(space["batch_size"])) == (10, 100)
    assert space["epochs"] == [10, 50, 100]
    assert set(space["activation"]) == {"relu", "tanh", "sigmoid"}
    # The shortest that it can leave of ten samples is two: none of its trials is ever pruned.
    assert 10 - max(space["conv_layers"]) * (max(space["kernel"]) - 1) == 2


def test_what_is_null_is_not_searched_and_a_model_without_a_space_needs_one():
    settings = settings_of("seqnetquake", {"search": {"epochs": None, "kernel": [2]}})
    searched = searched_of("seqnetquake", settings)
    assert "epochs" not in searched and searched["kernel"] == [2]
    assert searched["dropout"] == [0.25, 0.5, 0.75]
    with pytest.raises(ConfigError, match="nothing to search for vgg_magnetic"):
        searched_of("vgg_magnetic", settings_of("vgg_magnetic", {}))


def test_options_part_into_those_of_the_model_and_of_its_training():
    params = {"learning_rate": 0.1, "trees": 10, "standardise": "none", "normalise": True}
    assert parted(params)[1] == {"learning_rate": 0.1, "standardise": "none"}
    assert parted(params, classical=True)[1] == {"standardise": "none"}
    assert parted(params, classical=True)[0] == {
        "learning_rate": 0.1,
        "trees": 10,
        "normalise": True,
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"number": 1}, "no option number"),
        ({"trials": 0}, "trials must be a whole number from 1, found 0"),
        ({"trials": True}, "found True"),
        ({"startup": 1.5}, "startup must be"),
        ({"objective": "f1"}, "objective 'f1' is none of f1_macro, f1_micro, f1_weighted"),
        ({"on": "train"}, "on 'train' is none of validation, test"),
        ({"training": {"epoch": 1}}, "training: no option epoch"),
    ],
)
def test_options_that_cannot_be_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        settings_of("seqnetquake", options)
    with pytest.raises(ConfigError, match="none of"):
        settings_of("seqnetquakes", {})
