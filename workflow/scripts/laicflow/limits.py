"""What a run is about to do, said in a second, and a stop before days of training on a CPU."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from laicflow import config as settings
from laicflow.errors import ConfigError
from laicflow.resources import TRAINING
from laicflow.sources import registry

# Seconds on one CPU core for one training sample of 6 x 32 x 32 (forward, backward, step), as
# measured with `training.estimate`; a network that is not listed counts as the slowest.
CPU_SECONDS = {"resnet50": 0.02, "effnetv2_modified": 0.114}

Planned = list[tuple[str, dict[str, str]]]


def planned(jobs: Iterable) -> Planned:
    """Rule and wildcards of Snakemake's jobs."""
    return [(job.rule.name, dict(job.wildcards_dict)) for job in jobs]


def has_gpu() -> bool:
    """Whether an NVIDIA or AMD GPU has a device file here; imports no torch."""
    return Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists()


def cpu_hours(jobs: Planned, config: dict) -> float:
    """Hours that the training among `jobs` would take on one CPU core.

    The estimate takes the full number of samples, so it is an upper limit where data are few.
    """
    seconds = 0.0
    for rule, wildcards in jobs:
        if rule not in TRAINING:
            continue
        study = settings.study(config, wildcards["study"], wildcards["variant"])
        model = study["experiments"][wildcards["experiment"]]["model"]
        size = study["models"].get("width", 1) ** 2 * study["models"].get("depth", 1)
        split = study["split"]
        blocks = split["kind"] == "blocks"
        folds = split["blocks"] if blocks else 1
        share = 1 - 2 / folds if blocks else 1 - split["test"] - split["validation"]
        draws = split["draws"] - 1 if rule == "train_draws" else 1
        samples = 2 * study["samples"]["per_class"] * share
        each = CPU_SECONDS.get(model, max(CPU_SECONDS.values())) * size
        seconds += each * samples * study["training"]["epochs"] * folds * draws
    return seconds / 3600


def announce(jobs: Planned, config: dict, accounts: dict[str, str], *, cluster: bool) -> str:
    """What the run is about to do, as one paragraph.

    Parameters
    ----------
    jobs : the planned jobs
    config : the whole configuration
    accounts : what account each source asks for (`none` for no account)
    cluster : whether jobs go to a scheduler, whose GPUs cannot be seen from here

    Raises
    ------
    ConfigError : training beyond `limits.cpu_hours` on a machine without a GPU, and `accept_cpu`
        is false
    """
    counts = Counter(rule for rule, _ in jobs)
    asked = {wildcards["source"] for rule, wildcards in jobs if rule == "fetch_partition"}
    closed = sorted(name for name in asked if accounts.get(name, "none") != "none")
    fetches = counts["fetch_partition"]
    lines = [f"run {config['run']}: {len(jobs)} jobs, {fetches} of them fetch"]
    if config["upstream"] == "internet" and closed:
        lines.append(f"an account is needed for {', '.join(closed)}")
    hours = cpu_hours(jobs, config)
    if hours and not cluster and not has_gpu():
        lines.append(f"training on the CPU: at most {hours:.1f} core hours")
        if hours > config["limits"]["cpu_hours"] and not config["accept_cpu"]:
            raise ConfigError(
                f"training would take about {hours:.0f} hours of one CPU core (limits.cpu_hours is "
                f"{config['limits']['cpu_hours']}) and there is no GPU here. Use a machine with a "
                "GPU or `--profile slurm`, reduce seeds, draws or epochs, or set accept_cpu: true"
            )
    return "; ".join(lines)


def say(workflow: Any, config: dict, folder: Path) -> None:
    """Announce a parsed and planned Snakemake workflow on stderr; `folder` is that of config."""
    names = {path.stem for path in (folder / "sources").glob("*.yaml")}
    accounts = {name: registry.settings(name, folder)["account"] for name in names}
    jobs = planned(workflow.dag.needrun_jobs())
    text = announce(jobs, config, accounts, cluster=not workflow.local_exec)
    print(text, file=sys.stderr)
