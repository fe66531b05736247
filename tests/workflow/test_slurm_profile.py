"""What a cluster would be told, read from the effective resources of each job.

A misspelt mapping key in a profile is dropped in silence, so the file itself proves nothing.
"""

from __future__ import annotations

import os
import re

import pytest

from laicflow import config as settings
from laicflow import resources
from tests.workflow.planning import plan, told
from tests.workflow.running import ROOT, snakemake

NAMES = (
    resources.ACCOUNT,
    resources.PARTITION,
    resources.GPU_PARTITION,
    resources.TRANSFER_PARTITION,
)


@pytest.fixture(scope="module")
def config():
    return settings.load(ROOT / "config", (ROOT / "tests/workflow/smoke.yaml",))


@pytest.fixture
def bare(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(ROOT)
    return monkeypatch


def resources_in(text: str) -> list[tuple[str, str]]:
    """Rule and resources of each job that a dry run names."""
    pattern = r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    resources: (.*)$"
    return re.findall(pattern, text, re.MULTILINE)


def test_the_bare_name_plans_the_study_from_an_empty_home(tmp_path):
    done = snakemake(
        "-n",
        "--profile",
        "slurm",
        "--configfile",
        ROOT / "tests/workflow/smoke.yaml",
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    jobs = resources_in(done.stdout)
    assert {"fetch_partition", "train_model", "write_report"} <= {name for name, _ in jobs}
    for name, text in jobs:
        assert ("gpu=1" in text) == (name in resources.GPU), name
        assert "slurm_account" not in text and "slurm_partition" not in text and "$" not in text


def test_a_study_that_goes_on_trains_like_any_other(tmp_path, monkeypatch):
    monkeypatch.setenv("LAICFLOW_NOW", "2015-02-01T06:00:00")
    words = ["-n", "--profile", "slurm"]
    words += ["--configfile", ROOT / "tests/workflow/prospective.yaml"]
    done = snakemake("prospective", *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (asked,) = (text for name, text in resources_in(done.stdout) if name == "update_study")
    told = dict(one.split("=") for one in asked.split(", "))
    assert (told["gpu"], told["mem_mb"], told["runtime"]) == ("1", "16000", "240")


def test_memory_and_time_grow_with_the_attempt(bare, config, tmp_path):
    first, second = (told(config, tmp_path, attempt) for attempt in (1, 2))
    assert set(first) >= {"clean_maps", "build_tensors", "train_model", "train_draws"}
    for rule in first:
        if rule in ("pham2023", "all"):
            continue
        assert second[rule]["mem_mb"] == 2 * first[rule]["mem_mb"] > 0, rule
        assert second[rule]["runtime"] == 2 * first[rule]["runtime"] > 0, rule


def test_the_state_of_jobs_is_asked_of_squeue(bare):
    from snakemake.cli import parse_args

    assert parse_args(["--profile", "slurm"])[1].slurm_status_command == "squeue"


def test_the_log_of_a_job_that_fails_is_shown(bare):
    from snakemake.cli import parse_args

    assert parse_args(["--profile", "slurm"])[1].show_failed_logs


def test_a_gpu_for_training_alone(bare, config, tmp_path):
    found = told(config, tmp_path, 1)
    asked = {rule for rule, own in found.items() if own.get("gpu")}
    # This study tunes nothing, and does not go on.
    wanted = set(resources.GPU) - {"tune_model", "update_study"}
    assert asked == set(resources.GPU) & set(found) == wanted


def test_what_is_unset_is_not_asked_for(bare, config, tmp_path):
    for rule, found in told(config, tmp_path, 1).items():
        assert not {"slurm_account", "slurm_partition"} & set(found), rule
        assert found["local"] == (rule in resources.TRANSFER), rule


def test_account_and_partitions_come_from_the_environment(bare, config, tmp_path):
    for name, value in zip(NAMES, ("geo", "cpu", "gpu", "dtn"), strict=True):
        bare.setenv(name, value)
    found = told(config, tmp_path, 1)
    assert {rule["slurm_account"] for rule in found.values()} == {"geo"}
    assert found["clean_maps"]["slurm_partition"] == "cpu"
    assert found["train_draws"]["slurm_partition"] == "gpu"
    assert found["fetch_partition"]["slurm_partition"] == "dtn"
    assert not found["fetch_partition"]["local"]


def jobs_in(text: str) -> dict[str, tuple[set[str], set[str]]]:
    """Inputs and outputs of each job that a dry run names, by rule and first output."""
    found = {}
    blocks = re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", text, re.MULTILINE)
    for rule, lines in blocks:
        told = dict(re.findall(r"^    (input|output): (.*)$", lines, re.MULTILINE))
        inputs, outputs = (set(told.get(k, "").split(", ")) - {""} for k in ("input", "output"))
        found[f"{rule} {min(outputs, default='')}"] = inputs, outputs
    return found


def test_a_single_figure_plans_its_ancestors_alone(tmp_path):
    """Followed backwards through the plan of the whole study, from the files of the figure."""
    demo = ["-n", "--profile", "slurm", "--configfile", ROOT / "config/demo/edlstme.yaml"]
    whole = snakemake("edlstme", *demo, folder=tmp_path)
    assert whole.returncode == 0, whole.stderr
    every = jobs_in(whole.stdout)
    (figure,) = (name for name in every if name.startswith("edlstme_fig6 "))
    wanted, todo = set(), {figure}
    while todo:
        name = todo.pop()
        wanted.add(name)
        inputs = every[name][0]
        todo |= {other for other, (_, made) in every.items() if made & inputs} - wanted
    assert 5 < len(wanted) < len(every) - 5
    one = snakemake("edlstme_fig6", *demo, folder=tmp_path)
    assert one.returncode == 0, one.stderr
    assert set(jobs_in(one.stdout)) == wanted


def test_the_default_profile_sets_nothing_that_slurm_sets():
    import yaml

    default = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())
    slurm = yaml.safe_load((ROOT / "slurm/profile.yaml").read_text())
    assert not set(default) & set(slurm)
    assert "SLURM_ACCOUNT" not in os.environ or "$" not in str(slurm)


def test_the_full_grid_is_planned_as_jobs_with_a_gpu_each(bare, tmp_path):
    """Seven networks by ten seeds (Table 1), ten more with CutMix and Mixup (Table 2)."""
    config = settings.load(ROOT / "config")
    study = config["pham2023"]
    jobs = plan(config, tmp_path, ("pham2023",))
    outputs = [path for paths, (rule, _) in jobs.items() if rule == "train_model" for path in paths]
    weights = [path for path in outputs if path.endswith("weights.safetensors")]
    for variant in ("paper", "clean"):
        own = [path.split("/")[-3:-1] for path in weights if f"/{variant}/" in path]
        assert len(own) == len(study["experiments"]) * 10 == 80
        assert {seed for _, seed in own} == {str(seed) for seed in range(10)}
    # Ten further variants compare splits and gaps, with the headline's network and three seeds.
    assert len(weights) == 2 * 80 + 10 * 3
    assert study["training"]["epochs"] == 80
    rules = {rule for rule, _ in jobs.values()}
    asked = told(config, tmp_path, 1)
    # It tunes nothing, and does not go on.
    wanted = set(resources.GPU) - {"tune_model", "update_study"}
    assert {rule for rule in rules if asked.get(rule, {}).get("gpu")} == wanted
