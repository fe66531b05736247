from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from laicflow.errors import ConfigError
from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"


def test_every_source_has_its_file_and_every_file_its_source():
    files = {path.stem for path in (CONFIG / "sources").glob("*.yaml")}
    assert files == set(registry.SOURCES)


@pytest.mark.parametrize("name", sorted(registry.SOURCES))
def test_settings_of_a_shipped_source(name):
    found = registry.settings(name, CONFIG)
    assert all(base.startswith(("http://", "https://")) for base in found["base"])
    assert callable(registry.load(name).requests)


@pytest.mark.parametrize("name", sorted(registry.SOURCES))
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
    with pytest.raises(ConfigError, match="'gfz'"):
        registry.load("gfz")
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
