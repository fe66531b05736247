"""Account and partitions stand among the resources only where the environment names them."""

from __future__ import annotations

from types import SimpleNamespace

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


def test_rules_of_a_workflow_are_set():
    rule = SimpleNamespace(name="clean_maps", resources={})
    resources.from_environment(SimpleNamespace(rules=[rule]), {resources.PARTITION: "cpu"})
    assert rule.resources == {"slurm_partition": "cpu"}
