from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

from laicflow.errors import ConfigError
from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"


NAMES = registry.names(CONFIG)


def test_the_sources_that_the_field_uses_are_there():
    assert set(NAMES) >= set(
        "code code_rapid code_predicted code_predicted2 jpl igs esa upc cas usgs isc isc_bulletin "
        "isc_gem own gfz_kp gfz_kp_json gfz_kp_text gfz_f107 kyoto_dst kyoto_dst_web celestrak "
        "penticton".split()
    )
    assert "usgs" in registry.names(CONFIG, "events") and "jpl" not in registry.names(CONFIG, "kp")


@pytest.mark.parametrize("name", NAMES)
def test_settings_of_a_shipped_source(name):
    found = registry.settings(name, CONFIG)
    assert all(base.startswith(("http://", "https://", "file:///")) for base in found["base"])
    assert callable(registry.load(found["module"]).requests)
    readers = {found["format"], *found.get("readers", {}).values()}
    # Several files at once make what these hold.
    package = "gnss" if name == "rinex" or found["kind"] in registry.FETCHED else "readers"
    for reader in readers:
        assert callable(importlib.import_module(f"laicflow.{package}.{reader}").read)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_source_is_cited_by(name):
    found = registry.settings(name, CONFIG)
    if name in ("own", "own_minutes", "own_tec", "own_olr"):
        return
    assert found["bibtex"].lstrip().startswith("@")
    assert found["bibtex"].count("{") == found["bibtex"].count("}")
    assert f"{{laicflow_{name}," in found["bibtex"]


@pytest.mark.parametrize("name", NAMES)
def test_settings_hold_nothing_but_plain_values(name):
    """A YAML date would change unseen among the params of a rule."""

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        else:
            assert value is None or isinstance(value, (str, int, float, bool))

    walk(registry.settings(name, CONFIG))


def test_an_unknown_source():
    with pytest.raises(ConfigError, match="gfz_none"):
        registry.load("gfz_none")
    with pytest.raises(ConfigError, match="'gfz'"):
        registry.settings("gfz", CONFIG)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"licence": None}, "licence must be str"),
        ({"licence": "free"}, "'free' is none of"),
        ({"partition": "day"}, "partition must be"),
        ({"latency_days": "7"}, "latency_days must be int"),
        ({"base": "http://one"}, "base must be list"),
        ({"kind": "quakes"}, "'quakes' is none of maps, minutes, probes, events"),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path, change, told):
    content = yaml.safe_load((CONFIG / "sources" / "jpl.yaml").read_text()) | change
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "jpl.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError, match=told):
        registry.settings("jpl", tmp_path)


def test_settings_without_a_key(tmp_path):
    content = yaml.safe_load((CONFIG / "sources" / "jpl.yaml").read_text())
    del content["citation"]
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "jpl.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError, match="'citation' is missing"):
        registry.settings("jpl", tmp_path)
