"""What a cluster is told of a job: accounts and partitions out of the environment.

A profile cannot leave a key out where a variable is not set (it would ask for the account
`$ACCOUNT`), so these are set on the rules themselves, and only where they are known.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

ACCOUNT = "LAICFLOW_SLURM_ACCOUNT"
PARTITION = "LAICFLOW_SLURM_PARTITION"
GPU_PARTITION = "LAICFLOW_SLURM_GPU_PARTITION"
TRANSFER_PARTITION = "LAICFLOW_TRANSFER_PARTITION"

# Rules that reach the network, rules that train, and rules that ask for a GPU.
TRANSFER = ("fetch_partition", "refresh", "find_weights")
TRAINING = ("train_model", "train_draws", "tune_model", "update_study")
GPU = (*TRAINING, "measure_steps")


def of_rule(rule: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Slurm account and partition of a rule, as far as the environment names them."""
    named = {}
    if environment.get(ACCOUNT):
        named["slurm_account"] = environment[ACCOUNT]
    partition = environment.get(PARTITION)
    if rule in GPU:
        partition = environment.get(GPU_PARTITION) or partition
    if rule in TRANSFER:
        partition = environment.get(TRANSFER_PARTITION) or partition
    if partition:
        named["slurm_partition"] = partition
    return named


def transfer_is_local(environment: Mapping[str, str]) -> bool:
    """Whether fetching runs where Snakemake runs: no partition for transfers is named."""
    return not environment.get(TRANSFER_PARTITION)


def from_environment(workflow: Any, environment: Mapping[str, str] = os.environ) -> None:
    """Set account and partition on every rule of a parsed workflow."""
    for rule in workflow.rules:
        for key, value in of_rule(rule.name, environment).items():
            rule.resources[key] = value
