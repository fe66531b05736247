"""A round: which calls of Snakemake it makes, in which order, and when it makes none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from laicflow.cli.continuous import STEPS
from laicflow.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ROOT / "workflow/scripts"
# Stands for Snakemake: notes its words, and fails where a file says so.
STAND_IN = """
import sys, pathlib, time
step = sys.argv[-1]
with open("calls.txt", "a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if pathlib.Path("slow").exists():
    time.sleep(20)
if pathlib.Path("killed").exists():
    pathlib.Path(".snakemake/locks").mkdir()
    pathlib.Path(".snakemake/locks/0.input.lock").touch()
    from laicflow import slurm_jobs
    slurm_jobs.record(pathlib.Path(), "4c1e7f0a-0000-4000-8000-0123456789ab")
sys.exit(3 if pathlib.Path(f"fail-{step}").exists() else 0)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which `python -m snakemake` is the stand-in."""
    (tmp_path / "snakemake.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{PACKAGES}")
    return tmp_path


def calls(folder):
    file = folder / "calls.txt"
    return file.read_text().splitlines() if file.exists() else []


def test_the_steps_in_their_order_with_the_words_of_the_user(folder):
    words = ["--", "--cores", "2", "--configfile", "my.yaml"]
    assert main(["continuous", "--folder", str(folder), *words]) == 0
    own = "--cores 2 --configfile my.yaml --"
    assert calls(folder) == [f"{own} {step}" for step in STEPS]


def test_the_first_that_fails_ends_the_round_with_its_status(folder, capfd):
    (folder / "fail-ingest").touch()
    assert main(["continuous", "--folder", str(folder)]) == 3
    assert calls(folder) == ["-- refresh", "-- fetch", "-- ingest"]
    told = capfd.readouterr().err
    assert "ingest failed (exit status 3)" in told
    assert "locked" not in told and "laicflow recover" not in told


def test_what_a_step_that_was_killed_left_is_for_recover(folder, capfd):
    (folder / "fail-refresh").touch()
    (folder / "killed").touch()
    assert main(["continuous", "--folder", str(folder)]) == 3
    told = capfd.readouterr().err
    left = "The folder is locked and jobs may be left on a cluster: laicflow recover"
    assert f"left out. {left}\n" in told


def test_words_of_snakemake_without_the_dashes_are_told_where_they_go(folder, capfd):
    with pytest.raises(SystemExit) as left:
        main(["continuous", "--folder", str(folder), "--cores", "4"])
    assert left.value.code == 2
    told = capfd.readouterr().err
    assert "unrecognized arguments: --cores: words for snakemake go after --" in told
    assert calls(folder) == []


# As shipped, the USGS is not asked for earthquakes as small as those that the study counts.
START = "petrescu2022: {prospective: {start: '2026-01-01'}}\nsources: {usgs: {minmagnitude: 4}}\n"
NONE = "no study in `studies` has prospective.start: set it to make forecasts"
UNLISTED = "petrescu2022.prospective.start is set, but `studies` is [pham2023]: add it there"


@pytest.fixture
def workflow(folder):
    """The folder with the shipped configuration, as a clone has it."""
    (folder / "Snakefile").touch()
    (folder / "config").symlink_to(ROOT / "config")
    return folder


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("run: mine", NONE),
        (START, UNLISTED),
        ("studies: [petrescu]", "did you mean 'petrescu2022'?"),
        ("studies: [1", "my.yaml, line 1, column 12: not YAML"),
        (None, "my.yaml\n"),
    ],
    ids=["no start", "not listed", "no study", "no YAML", "no file"],
)
def test_nothing_is_fetched_where_no_forecast_would_come_of_it(workflow, capfd, text, told):
    if text:
        (workflow / "my.yaml").write_text(text)
    words = ["--", "--configfile", "my.yaml", "--cores", "2"]
    assert main(["continuous", "--folder", str(workflow), *words]) == 1
    assert told in capfd.readouterr().err
    assert calls(workflow) == []


def test_the_shipped_configuration_alone_makes_no_forecasts(workflow, capfd, tmp_path):
    assert main(["continuous", "--folder", str(workflow), "--", "--cores", "2"]) == 1
    assert NONE in capfd.readouterr().err
    snakefile = ["--snakefile", str(workflow / "Snakefile")]
    other = tmp_path / "other"
    other.mkdir()
    assert main(["continuous", "--folder", str(other), "--", "-n", *snakefile]) == 1
    assert NONE in capfd.readouterr().err
    assert calls(workflow) == calls(other) == []


@pytest.mark.parametrize(
    "words",
    [
        ["--configfile", "my.yaml", "start.yaml", "--profile", "slurm"],
        ["--config", "studies=[petrescu2022]"],
        ["-C", "studies=[petrescu2022]", "--configfile", "my.yaml"],
        ["--profile", "mine"],
        ["--profile", "elsewhere"],
        ["--workflow-profile", "mine"],
        ["--snakefile", "other/Snakefile"],
        ["--conf", "my.yaml"],
        ["--configfile"],
    ],
)
def test_a_round_begins_where_forecasts_come_or_only_snakemake_can_tell(workflow, words, capfd):
    (workflow / "my.yaml").write_text("run: mine")
    (workflow / "start.yaml").write_text(START + "studies: [pham2023, petrescu2022]")
    for name, text in (("slurm", "executor: slurm"), ("mine", "configfile: start.yaml")):
        (workflow / name).mkdir()
        (workflow / name / "config.yaml").write_text(text)
    assert main(["continuous", "--folder", str(workflow), "--", *words]) == 0
    assert len(calls(workflow)) == len(STEPS)
    assert capfd.readouterr().err == ""


def test_beside_another_round_nothing_is_done_and_it_is_said(folder, capfd):
    (folder / ".snakemake").mkdir()
    with FileLock(folder / ".snakemake/laicflow-continuous.lock"):
        assert main(["continuous", "--folder", str(folder)]) == 0
    assert calls(folder) == []
    assert "another round runs here (it has just begun): nothing done" in capfd.readouterr().out


def test_of_two_processes_one_works_and_one_names_it(folder, capfd):
    (folder / "slow").touch()
    command = [sys.executable, "-m", "laicflow.cli.main", "continuous", "--folder", folder]
    with subprocess.Popen([str(word) for word in command]) as first:
        end = time.monotonic() + 60
        while not calls(folder) and time.monotonic() < end:
            time.sleep(0.2)
        assert main(["continuous", "--folder", str(folder)]) == 0
        said = capfd.readouterr().out
        assert f"process {first.pid} on " in said and "nothing done" in said
        assert calls(folder) == ["-- refresh"]
        first.kill()
    # What the killed one leaves behind keeps nobody out.
    (folder / "slow").unlink()
    (folder / "calls.txt").unlink()
    end = time.monotonic() + 60
    while not calls(folder) and time.monotonic() < end:
        main(["continuous", "--folder", str(folder)])
        time.sleep(0.5)
    assert calls(folder) == [f"-- {step}" for step in STEPS]


def test_what_cannot_be_is_refused(folder, capfd):
    assert main(["continuous", "--folder", str(folder / "none")]) == 1
    assert "no folder" in capfd.readouterr().err
    assert main(["continuous", "--folder", str(folder), "--wait", "-1"]) == 1
    assert "expected minutes from 0 on" in capfd.readouterr().err
