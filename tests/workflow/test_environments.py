"""`--sdm conda` with a stand-in for conda, which notes what it is asked for and gives this Python.

Whether conda's own solver finds what the files name is not tested: it is not to be had offline.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from snakemake.settings.types import ResourceSettings

from laicflow import environments
from tests.workflow.planning import _built
from tests.workflow.running import ROOT, snakemake

CONDA = """#!/usr/bin/env bash
set -euo pipefail
echo "$*" >> "{notes}"
case "$1" in
  --version) echo "conda 24.9.2" ;;
  info) echo '{{"conda_prefix": "{prefix}", "platform": "linux-64"}}' ;;
  config) echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
  create)
    [[ "$*" =~ --prefix\\ ([^ ]+) ]]
    mkdir -p "${{BASH_REMATCH[1]}}/bin"
    printf '#!/bin/sh\\nexec "{python}" "$@"\\n' > "${{BASH_REMATCH[1]}}/bin/python"
    chmod +x "${{BASH_REMATCH[1]}}/bin/python" ;;
  clean) ;;
  *) exit 2 ;;
esac
"""
# A small table, which a simulated world writes in seconds.
SPAN = {"start": "2014-01-01", "end": "2014-03-31"}
WORLD = {
    "run": "envs",
    "upstream": "replica:world",
    "simulate": SPAN,
    "pham2023": {"period": SPAN},
}
TARGET = "results/envs/store/observed/gfz_kp/2014.parquet"


@pytest.fixture
def conda(tmp_path):
    """A folder with the stand-in, for PATH, and the file of its notes."""
    folder = tmp_path / "conda/bin"
    folder.mkdir(parents=True)
    notes = tmp_path / "notes.txt"
    text = CONDA.format(notes=notes, prefix=folder.parent, python=sys.executable)
    (folder / "conda").write_text(text)
    (folder / "conda").chmod(0o755)
    (folder / "activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    return folder, notes


@pytest.fixture
def overlay(tmp_path):
    path = tmp_path / "envs.yaml"
    path.write_text(yaml.safe_dump(WORLD))
    return path


@pytest.mark.parametrize("asked", [True, False])
def test_every_rule_with_a_script_names_its_environment_where_it_is_asked_for(asked, tmp_path):
    from snakemake.settings.types import DeploymentMethod

    methods = {DeploymentMethod.CONDA} if asked else set()
    settings = SimpleNamespace(deployment_method=methods)
    config = yaml.safe_load((ROOT / "tests/workflow/smoke.yaml").read_text())
    with _built(config, tmp_path / "run", (), ResourceSettings(cores=1)) as built:
        rules = [
            SimpleNamespace(name=rule.name, script=rule.script, conda_env=rule.conda_env)
            for rule in built.rules
        ]
    assert len(rules) > 60 and not [rule.name for rule in rules if rule.conda_env]
    workflow = SimpleNamespace(rules=rules, deployment_settings=settings)
    environments.name_on_rules(workflow, ROOT / "envs")
    named = {rule.name: rule.conda_env for rule in rules if rule.conda_env}
    if not asked:
        assert named == {}
        return
    assert set(named) == {rule.name for rule in rules if rule.script}
    for rule, path in named.items():
        assert Path(path) == ROOT / f"envs/{environments.of_rule(rule)}.yaml"
    assert "core" in named["fetch_partition"] and "train" in named["train_model"]


def test_conda_is_given_the_pins_and_jobs_run_in_what_it_makes(conda, overlay, tmp_path):
    folder, notes = conda
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    words = ("--sdm", "conda", "--configfile", overlay, "--")
    done = snakemake(*words, TARGET, folder=tmp_path, **path)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert f"Using pinnings from {ROOT}/envs/core.linux-64.pin.txt" in said
    assert "Running post-deploy script" in said
    asked = [line for line in notes.read_text().splitlines() if line.startswith("create")]
    assert len(asked) == 1 and "pin.txt" in asked[0]
    (made,) = (tmp_path / ".snakemake/conda").glob("*.pin.txt")
    assert made.read_text() == (ROOT / "envs/core.linux-64.pin.txt").read_text()
    assert (tmp_path / TARGET).is_file()


def test_without_it_nothing_is_asked_and_nothing_runs_twice(conda, overlay, tmp_path):
    folder, notes = conda
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    words = ("--configfile", overlay, "--", TARGET)
    done = snakemake(*words, folder=tmp_path, **path)
    assert done.returncode == 0, done.stdout + done.stderr
    again = snakemake(*words, folder=tmp_path, **path)
    assert "Nothing to be done" in again.stdout + again.stderr
    assert not notes.exists()


def test_the_script_behind_the_pins_fails_where_a_pin_is_not_there(tmp_path):
    script = (ROOT / "envs/core.post-deploy.sh").read_text()
    bad = tmp_path / "bad.sh"
    bad.write_text(script.replace("numpy==", "numpy==0.0."))
    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@" --no-index\n')
    python.chmod(0o755)
    kept = {"CONDA_PREFIX": str(tmp_path), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(["bash", bad], env=kept, capture_output=True, text=True)
    assert done.returncode != 0 and "numpy" in done.stderr
