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

PACKAGES = Path(__file__).resolve().parents[3] / "workflow/scripts"
# Stands for Snakemake: notes its words, and fails where a file says so.
STAND_IN = """
import sys, pathlib, time
step = sys.argv[-1]
with open("calls.txt", "a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if pathlib.Path("slow").exists():
    time.sleep(20)
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
    assert "ingest failed (exit status 3)" in capfd.readouterr().err


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
