"""The stop before days of training on a CPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import limits
from laicflow.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "config"
JOB = ("train_model", {"study": "pham2023", "variant": "paper", "experiment": "resnet50"})


@pytest.fixture
def config(monkeypatch):
    monkeypatch.setattr(limits, "has_gpu", lambda: False)
    return settings.load(FOLDER)


def test_hours_by_hand(config):
    # 2 x 1178 samples, 70 % of them for training, 80 epochs, 0.02 s each.
    assert limits.cpu_hours([JOB], config) == pytest.approx(2356 * 0.7 * 80 * 0.02 / 3600)
    clean = (JOB[0], {**JOB[1], "variant": "clean"})
    # Five folds, each of three blocks of five.
    assert limits.cpu_hours([clean], config) == pytest.approx(2356 * 0.6 * 80 * 0.02 * 5 / 3600)
    draws = ("train_draws", JOB[1])
    assert limits.cpu_hours([draws], config) == pytest.approx(19 * limits.cpu_hours([JOB], config))
    assert limits.cpu_hours([("clean_maps", {})], config) == 0


def test_stops_and_says_what_to_do(config, monkeypatch):
    jobs = [JOB] * 100
    with pytest.raises(ConfigError, match="accept_cpu: true"):
        limits.announce(jobs, config, {}, cluster=False)
    assert "100 jobs" in limits.announce(jobs, config, {}, cluster=True)
    assert "core hours" in limits.announce(jobs, {**config, "accept_cpu": True}, {}, cluster=False)
    monkeypatch.setattr(limits, "has_gpu", lambda: True)
    limits.announce(jobs, config, {}, cluster=False)


def test_sources_that_need_an_account_are_named(config):
    jobs = [("fetch_partition", {"source": "jpl"}), ("fetch_partition", {"source": "usgs"})]
    told = limits.announce(jobs, config, {"jpl": "earthdata", "usgs": "none"}, cluster=False)
    assert "account is needed for jpl" in told and "2 of them fetch" in told
