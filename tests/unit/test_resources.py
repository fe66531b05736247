"""Account and partitions stand among the resources only where the environment names them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import yaml

from laicflow import resources


def test_nothing_named_nothing_set():
    assert resources.of_rule("train_model", {}) == {}
    assert resources.of_rule("train_model", {resources.ACCOUNT: ""}) == {}


def test_each_rule_has_its_partition():
    environment = {
        resources.ACCOUNT: "geo",
        resources.PARTITION: "cpu",
        resources.GPU_PARTITION: "gpu",
        resources.TRANSFER_PARTITION: "dtn",
    }
    told = {r: resources.of_rule(r, environment) for r in ("train_draws", "fetch_partition", "x")}
    assert told["train_draws"] == {"slurm_account": "geo", "slurm_partition": "gpu"}
    assert told["fetch_partition"]["slurm_partition"] == "dtn"
    assert told["x"]["slurm_partition"] == "cpu"


def test_the_profile_has_a_block_for_each_rule_that_asks_for_a_gpu():
    profile = Path(__file__).resolve().parents[2] / "slurm/profile.yaml"
    blocks = yaml.safe_load(profile.read_text())["set-resources"]
    assert {rule for rule, own in blocks.items() if "gpu" in own} == set(resources.GPU)
    for rule, own in blocks.items():
        assert own["mem_mb"].endswith("* attempt") and own["runtime"].endswith("* attempt"), rule


def test_rules_of_a_workflow_are_set():
    rule = SimpleNamespace(name="clean_maps", resources={})
    resources.from_environment(SimpleNamespace(rules=[rule]), {resources.PARTITION: "cpu"})
    assert rule.resources == {"slurm_partition": "cpu"}
