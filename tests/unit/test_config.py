"""Overlays, variants and the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import left_out
from laicflow.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "config"


def test_merge_replaces_lists_and_joins_mappings():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    merged = settings.merge(base, {"a": {"c": [3]}, "e": 2})
    assert merged == {"a": {"b": 1, "c": [3]}, "d": 1, "e": 2}
    assert base["a"]["c"] == [1, 2]


@pytest.mark.parametrize(
    "overlay", [None, *sorted(FOLDER.glob("demo/*.yaml")), *sorted(FOLDER.glob("real/*.yaml"))]
)
def test_every_shipped_config_fits_the_schema(overlay):
    config = settings.load(FOLDER, (overlay,) if overlay else ())
    left_out.settle(config, FOLDER)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("studdies",), [], "studdies"),
        (("pham2023", "normal", "gap"), 3, "gap"),
        (("pham2023", "variants", "clean", "split", "kind"), "sideways", "variant clean"),
        (("pham2023", "seeds"), [1, 1], "seeds"),
        (("pham2023", "period", "start"), "2005-13-01", "2005-13-01"),
        (("pham2023", "period", "end"), "1998-12-31", "before it starts"),
        (("pham2023", "catalog", "latitude"), [-95, 20], "-95"),
        (("pham2023", "catalog", "latitude"), [46, 30], "not below"),
        (("pham2023", "catalog", "magnitude_min"), 4.5, "not asked for"),
        (("sources", "usgs", "latitude"), [35, 40], "reaches beyond"),
        (("pham2023", "headline", "experiment"), "nosuch", "no experiment 'nosuch'"),
        (("pham2023", "headline", "metric"), "acuracy", "acuracy"),
        (("pham2023", "sites", "points"), [], "needs one at least"),
        (
            ("pham2023", "sites", "points"),
            [{"site": "a", "latitude": 1.0, "longitude": 2.0}] * 2,
            "'a' stands twice",
        ),
        (("pham2023", "period", "end"), "1999-02-13", "shorter than the 45 days"),
        (("pham2023", "models", "width"), 0.5, "no published weights"),
        (("pham2023", "trained"), ["resnet"], "no 'resnet'"),
        (("pham2023", "trained"), ["resnet50"], "headline's experiment 'effnetv2'"),
        (("pham2023", "shown"), ["papr"], "no 'papr'"),
        (("pham2023", "compare", "gaps"), ["gap-9"], "no 'gap-9'"),
        (("pham2023", "worlds", "variant"), "none", "no 'none'"),
        (("pham2023", "reference", "least"), 99, "larger than reference.days"),
        (("pham2023", "image", "size"), 24, "smaller than window.days"),
        (("pham2023", "split", "test"), 0.95, "leave nothing"),
        (("pham2023", "variants", "clean", "reference"), {"days": 10}, "share the tensors"),
        (("bases",), {"cod": ["file:///x"]}, "cod"),
    ],
)
def test_a_wrong_key_or_value_is_named(path, value, told):
    config = settings.load(FOLDER)
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ConfigError, match=told):
        settings.validate(config, FOLDER)


def test_variants_lie_over_the_study():
    config = settings.load(FOLDER)
    clean = settings.study(config, "pham2023", "clean")
    assert clean["split"]["kind"] == "blocks" and clean["split"]["test"] == 0.2
    with pytest.raises(ConfigError, match="no variant 'none'"):
        settings.study(config, "pham2023", "none")


def test_every_key_of_the_config_stands_in_the_schema_and_back():
    config, schema = settings.load(FOLDER), settings.schema(FOLDER)
    assert set(config) == set(schema["properties"])


def test_now_can_be_set(monkeypatch):
    monkeypatch.setenv("LAICFLOW_NOW", "2026-03-01T12:00:00+01:00")
    assert settings.now().isoformat() == "2026-03-01T11:00:00"


def test_all_jobs_of_a_run_plan_for_the_instant_of_its_beginning(monkeypatch):
    monkeypatch.setenv(settings.PLANNED, "")
    monkeypatch.setenv("LAICFLOW_NOW", "2026-02-28T23:00:00")
    begun = settings.planned_at(main=True)
    assert begun.isoformat() == "2026-02-28T23:00:00"
    monkeypatch.setenv("LAICFLOW_NOW", "2026-03-01T00:30:00")
    assert settings.planned_at(main=False) == begun
    assert settings.now().isoformat() == settings.planned_at(main=True).isoformat()
    # Where nothing was handed down a job plans for its own beginning.
    monkeypatch.setenv(settings.PLANNED, "")
    assert settings.planned_at(main=False).isoformat() == "2026-03-01T00:30:00"


@pytest.mark.parametrize(
    ("place", "key", "meant"),
    [
        ((), "catalog_rule", "catalog_rules"),
        (("pham2023",), "perod", "period"),
        (("decluster",), "gardner_knopoff", "gardner-knopoff"),
        (("decluster", "reasenberg"), "tau_min", "taumin"),
    ],
)
def test_a_misspelt_key_is_told_what_it_may_have_been(place, key, meant):
    config = settings.load(FOLDER)
    inner = config
    for name in place:
        inner = inner[name]
    inner[key] = {}
    with pytest.raises(ConfigError, match=f"'{key}'.*did you mean '{meant}'"):
        settings.validate(config, FOLDER)


def test_a_format_that_a_source_does_not_offer():
    config = settings.load(FOLDER)
    config["sources"]["isc"]["format"] = "geojson"
    with pytest.raises(ConfigError, match=r"'geojson' is not one of \['text', 'quakeml'\]"):
        settings.validate(config, FOLDER)
    config["sources"]["isc"]["format"] = "text"
    config["sources"]["kyoto_dst_web"] = {"allow_missing": ["2020-01"]}
    settings.validate(config, FOLDER)


def test_a_target_that_a_study_does_not_have():
    config = settings.load(FOLDER)
    config["pham2023"]["reported"] = ["table1", "fig9"]
    with pytest.raises(ConfigError, match=r"reported.1: 'fig9' is not one of \['table1'"):
        settings.validate(config, FOLDER)


def test_a_period_that_ends_before_it_starts():
    config = settings.load(FOLDER)
    config["ingest"]["period"] = {"start": "2011-01-01", "end": "2001-01-10"}
    with pytest.raises(ConfigError, match="ingest.period: ends on 2001-01-10, before"):
        settings.validate(config, FOLDER)


def test_a_present_that_is_none(monkeypatch):
    monkeypatch.setenv("LAICFLOW_NOW", "yesterday")
    with pytest.raises(ConfigError, match="LAICFLOW_NOW.*found 'yesterday'"):
        settings.now()


@pytest.mark.parametrize(
    ("asked", "wanted", "inside"),
    [
        ([-170, 175], [170, -170], False),  # 175 to 190 is not asked for
        ([-100, 100], [50, -50], False),
        ([160, -160], [165, 175], True),
        ([160, -160], [-170, -165], True),
        ([160, -160], [155, 175], False),
        ([-180, 180], [170, -170], True),
        ([120, 150], [128, 150], True),
    ],
)
def test_a_box_over_the_date_line_is_held_to_what_is_asked_for(asked, wanted, inside):
    config = settings.load(FOLDER)
    config["sources"]["usgs"]["longitude"] = asked
    config["pham2023"]["catalog"]["longitude"] = wanted
    if inside:
        settings.validate(config, FOLDER)
        return
    with pytest.raises(ConfigError, match="reaches beyond"):
        settings.validate(config, FOLDER)


def test_a_simulated_world_has_the_maps_of_one_centre():
    config = settings.load(FOLDER)
    config["upstream"] = "replica:world"
    config["pham2023"]["data"]["maps"] = "cas"
    with pytest.raises(ConfigError, match="maps of code alone, not of cas"):
        settings.validate(config, FOLDER)


def test_keys_in_which_settings_differ_are_dotted_and_sorted():
    one = {"window": {"minutes": 60, "preparation": "raw"}, "world": "observed", "a": [1]}
    other = {"window": {"minutes": 1440, "preparation": "raw"}, "a": [1, 2], "b": 0}
    assert settings.differing(one, other) == ["a", "b", "window.minutes", "world"]
    assert settings.differing(one, one) == []


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"labels": {True: 3}}, "'True' was unexpected.*as a key too: put it in quotes; known are"),
        ({"window": {"features": ["ne", True]}}, "features.1: True is not one of.*put the word in"),
        ({"missions": {"sentinel": {}}}, "'sentinel' was unexpected.*known are cses, demeter, swa"),
    ],
)
def test_words_that_yaml_reads_as_booleans_and_names_like_no_known_one(own, told):
    config = settings.merge(settings.load(FOLDER), settings.plain({"seqnetquake": own}))
    with pytest.raises(ConfigError, match=told):
        settings.validate(config, FOLDER)


def test_faults_of_all_variants_are_told_at_once():
    config = settings.load(FOLDER)
    own = config["seqnetquake"]["variants"]
    for name in ("d01", "d02"):
        own[name]["window"] = {"preparation": "none"}
    own["d03"]["split"] = {"test": 0.9, "validation": 0.3}
    with pytest.raises(ConfigError) as caught:
        settings.validate(config, FOLDER)
    told = str(caught.value)
    assert "seqnetquake, variants d01, d02 contradict themselves:\n  window.preparation: no" in told
    assert "seqnetquake, variant d03 contradicts itself:\n  split.test 0.9" in told
