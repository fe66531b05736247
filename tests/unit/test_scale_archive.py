"""The full archive as a plan."""

from __future__ import annotations

from pathlib import Path

import yaml

from laicflow import config as settings
from laicflow import scale_archive
from laicflow.scale import Job
from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[2] / "config"


def test_the_overlay_takes_every_study_and_source(tmp_path):
    path = scale_archive.overlay(tmp_path, CONFIG)
    config = settings.load(CONFIG, (path,))
    assert config["studies"] == settings.study_names(CONFIG)
    assert config["ingest"]["period"] == {"start": "1998-01-01", "end": "2026-09-30"}
    bases = yaml.safe_load(path.read_text())["bases"]
    without = {
        name
        for name in registry.names(CONFIG)
        if registry.settings(name, CONFIG)["base"] == ["file:///"]
    }
    assert set(bases) == without != set()
    assert "petrescu2022 2007-01-01 to 2021-12-31" in scale_archive.told(config)


def test_years_that_no_study_asks_for_are_added():
    def job(rule: str, source: str, partition: str, **more: str) -> Job:
        return Job(rule, {"source": source, "partition": partition, **more})

    jobs = [job("fetch_partition", "code", f"2014-{month:02}") for month in range(1, 13)]
    jobs += [job("clean_maps", "code", "2014-01", world=world) for world in ("observed", "inject")]
    jobs += [job("fetch_partition", "usgs", "2014"), job("fetch_partition", "celestrak", "all")]
    jobs += [job("clean_probes", "demeter_isl", "2008-01"), Job("merge_catalog", {})]
    added, whole = scale_archive.completed(jobs, CONFIG)
    assert whole == ["celestrak", "code", "usgs"]
    # 28 years and nine months, without what is there; one world.
    months = 28 * 12 + 9
    count = {
        (rule, source): sum((one.rule, one.wildcards["source"]) == (rule, source) for one in added)
        for rule, source in (
            ("fetch_partition", "code"),
            ("clean_maps", "code"),
            ("fetch_partition", "usgs"),
        )
    }
    assert list(count.values()) == [months - 12, months - 1, 29 - 1]
    assert len(added) == sum(count.values())
    parts = {one.wildcards["partition"] for one in added if one.rule == "clean_maps"}
    assert {"1998-01", "2014-02", "2026-09"} <= parts and "2014-01" not in parts
