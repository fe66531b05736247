"""Where a job finds its upstream."""

from __future__ import annotations

from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow.errors import ConfigError
from laicflow.sources import registry
from laicflow.upstream import served

FOLDER = Path(__file__).resolve().parents[2] / "config"


@pytest.mark.parametrize("upstream", ["internet", "replica:{folder}"])
def test_a_source_without_address_wants_a_folder(upstream, tmp_path):
    config = settings.load(FOLDER)
    config["upstream"] = upstream.format(folder=tmp_path)
    own = registry.settings("own", FOLDER)
    with pytest.raises(ConfigError, match='bases: {own: \\["file:///path/to/folder"\\]}'):
        with served(config, "own", own, [], "upstream"):
            pass
    with served(config, "own", own, ["file:///a"], "upstream") as bases:
        assert bases == ["file:///a"]


def test_the_mirrors_of_a_source_or_those_of_the_configuration():
    config = settings.load(FOLDER)
    code = registry.settings("code", FOLDER)
    with served(config, "code", code, [], "upstream") as bases:
        assert bases == code["base"]
    with served(config, "code", code, ["http://a.org"], "upstream") as bases:
        assert bases == ["http://a.org"]
