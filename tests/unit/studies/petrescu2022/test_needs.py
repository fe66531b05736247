"""What contradicts itself in the settings of petrescu2022, and what its steps hang on."""

from __future__ import annotations

from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow.errors import ConfigError
from laicflow.studies.petrescu2022 import needs

FOLDER = Path(__file__).resolve().parents[4] / "config"


@pytest.fixture
def config():
    return settings.load(FOLDER)


def study(config, **changes):
    own = settings.study(config, "petrescu2022", "paper")
    return settings.merge(own, changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"window": {"preparation": "bandpass"}}, ["window.preparation: no 'bandpass'; there are"]),
        (
            {"window": {"preparation": "highpass"}, "split": {"kind": "blocks"}},
            ["window.preparation: highpass looks ahead of the end of a window"],
        ),
        ({"world": "inject-vlf"}, ["world: no injection 'vlf'; there are ulf"]),
        ({"training": {"select": "best_validation"}}, ["training.follow is test"]),
        (
            {"period": {"start": "2007-01-01", "end": "2007-01-07"}, "window": {"minutes": 10081}},
            ["period: shorter than a window of 10081 minutes"],
        ),
        (
            {"preparations": {"x": {"filter": "highpass"}}},
            ["preparations.x: corner, unit, order, passes must be given"],
        ),
        ({"injections": {"ulf": {"amplitude": 3}}}, ["injections.ulf"]),
        ({"split": {"test": 0.6, "validation": 0.4}}, ["leave nothing to train on"]),
    ],
)
def test_contradictions_are_named(config, changes, told):
    found = needs.faults(study(config, **changes))
    assert len(found) == len(told)
    for text, part in zip(found, told, strict=True):
        assert part in text


def test_the_literal_corner_is_refused_with_its_reason(config):
    literal = {"highpass": {"corner": 0.02, "unit": "hertz"}}
    found = needs.faults(study(config, preparations=literal))
    assert len(found) == 1 and found[0].startswith("preparations.highpass: ")
    assert "1/120" in found[0] or "Nyquist" in found[0]


def test_an_observatory_that_nobody_is_asked_for(config):
    assert needs.unserved(config, study(config)) == []
    config["sources"]["intermagnet"]["observatories"] = ["DUR"]
    assert needs.unserved(config, study(config)) == [
        "sites.points: IZN is not among sources.intermagnet.observatories [DUR]"
    ]


def test_a_role_that_a_point_has_needs_a_source(config):
    none = study(config, data={"minutes_own": "unavailable"})
    assert needs.unserved(config, none) == [
        "data.minutes_own is unavailable, but the point MLR has it"
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"variant": "cleen"}, "prospective.variant: no 'cleen'"),
        ({"data": {"catalg": "usgs"}}, "prospective.data: no role 'catalg'"),
        ({"start": "2021-12-31"}, "prospective.start 2021-12-31 lies within the period"),
    ],
)
def test_forecasts_that_cannot_be(config, changes, told):
    config["petrescu2022"]["prospective"] |= changes
    with pytest.raises(ConfigError, match=told):
        settings.validate(config, FOLDER)


def test_the_support_reaches_back_by_the_filter(config):
    assert needs.support_days(study(config)) == 7
    day = {"window": {"minutes": 1440, "preparation": "highpass-causal"}}
    settle = needs.settle_minutes(config["petrescu2022"]["preparations"]["highpass-causal"])
    # Longer than a period of its corner, 50 min, and not ten.
    assert 50 < settle < 500
    assert needs.support_days(study(config, **day)) == pytest.approx(1 + settle / 1440)


def test_networks_are_as_wide_as_the_window(config):
    hour = study(config, window={"minutes": 60})
    assert needs.network(hour) == {"minutes": 60} and needs.image(hour, {}) == (1, 3, 60)


def test_a_variant_cannot_change_what_all_share(config):
    config["petrescu2022"]["variants"]["paper"] = {"preparations": {"raw": {"filter": "none"}}}
    with pytest.raises(ConfigError, match="preparations: all variants share the tensors"):
        settings.validate(config, FOLDER)
    config["petrescu2022"]["variants"]["paper"] = {"window": {"max_gap_minutes": 5}}
    with pytest.raises(ConfigError, match="window.max_gap_minutes: all variants share"):
        settings.validate(config, FOLDER)
