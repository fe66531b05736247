"""What a configuration needs of each source."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import plan
from laicflow.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "config"


def test_catalog_reaches_beyond_the_maps():
    config = settings.load(FOLDER)
    config["pham2023"]["period"] = {"start": "2001-01-01", "end": "2001-12-31"}
    assert plan.period(config, "code") == (dt.date(2001, 1, 1), dt.date(2001, 12, 31))
    assert plan.period(config, "usgs")[1] == dt.date(2002, 1, 31)
    with pytest.raises(ConfigError, match="'jpl'"):
        plan.period(config, "jpl")


def test_upstream_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("LAICFLOW_REAL_DATA", raising=False)
    with pytest.raises(ConfigError, match="export LAICFLOW_REAL_DATA"):
        plan.upstream({"upstream": "replica:$LAICFLOW_REAL_DATA"})
    with pytest.raises(ConfigError, match="no folder"):
        plan.upstream({"upstream": f"replica:{tmp_path}/none"})
    monkeypatch.setenv("LAICFLOW_REAL_DATA", str(tmp_path))
    assert plan.upstream({"upstream": "replica:$LAICFLOW_REAL_DATA"}) == ("folder", str(tmp_path))


def test_worlds_of_other_options_have_other_names():
    config = settings.load(FOLDER)
    config["upstream"] = "replica:world"
    one = plan.origin(config)["name"]
    config["simulate"] = {"seed": 2}
    assert plan.origin(config)["name"] != one


def test_training_runs():
    variant = {
        "split": {"kind": "blocks", "blocks": 5, "draws": 3},
        "experiments": {"a": 1, "b": 2},
        "seeds": [0, 1, 2],
    }
    assert plan.training_runs(variant) == {"seeds": 30, "draws": 20}
