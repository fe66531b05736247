"""Jobs of a folder, and whether the Snakemake that submitted them lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from laicflow import slurm_jobs
from laicflow.cli.main import main
from laicflow.files import temporary_name

RUN = "4c1e7f0a-0000-4000-8000-0123456789ab"
OTHER = "5d1e7f0a-0000-4000-8000-0123456789ab"


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """A squeue that prints a file and a scancel that takes lines out of it."""
    bin_, queue = tmp_path / "bin", tmp_path / "queue"
    bin_.mkdir()
    queue.touch()
    (bin_ / "squeue").write_text(f"#!/bin/sh\ncat {queue}\n")
    (bin_ / "scancel").write_text(f'#!/bin/sh\nfor n; do sed -i "/^$n|/d" {queue}; done\n')
    for path in bin_.iterdir():
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}{os.environ['PATH']}")
    return queue


@pytest.fixture
def folder(tmp_path):
    here = tmp_path / "here"
    (here / ".snakemake/locks").mkdir(parents=True)
    (here / ".snakemake/locks/0.output.lock").write_text("results/a\n")
    return here


def dead(folder, run):
    """The record of a run whose process has ended."""
    path = slurm_jobs.record(folder, run)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    path.write_text(json.dumps({**json.loads(path.read_text()), "pid": ended.pid}))


def test_jobs_of_this_folder_that_snakemake_submitted(folder, tmp_path):
    listed = (
        f"12|RUNNING|{RUN}|{folder}|rule_train_model_wildcards_a|b\n"
        f"13_4|PENDING|mine_{RUN}|{folder}/|rule_x\n"
        f"14|RUNNING|{RUN}|{tmp_path}|rule_x\n"
        f"15|RUNNING|bash|{folder}|(null)\n"
    )
    first, second = slurm_jobs.parse(listed, folder)
    assert first == slurm_jobs.Job("12", "RUNNING", RUN, "rule_train_model_wildcards_a|b")
    assert (second.number, second.run) == ("13_4", f"mine_{RUN}")


def test_a_run_lives_as_long_as_its_process(folder):
    slurm_jobs.record(folder, RUN)
    assert slurm_jobs.leader(folder, RUN).startswith(f"process {os.getpid()} on ")
    dead(folder, RUN)
    assert slurm_jobs.leader(folder, RUN) is None
    assert slurm_jobs.leader(folder, OTHER) == ""


def test_a_process_that_took_over_the_number_is_another(folder):
    path = slurm_jobs.record(folder, RUN)
    path.write_text(json.dumps({**json.loads(path.read_text()), "began": "1"}))
    assert slurm_jobs.leader(folder, RUN) is None


def test_on_another_machine_a_run_lives_as_long_as_it_beats(folder):
    path = slurm_jobs.record(folder, RUN)
    path.write_text(json.dumps({"host": "login7", "pid": 1, "began": "1"}))
    assert slurm_jobs.leader(folder, RUN) == "process 1 on login7"
    late = time.time() + slurm_jobs.SILENT_S + 1
    assert slurm_jobs.leader(folder, RUN, now=lambda: late) is None
    os.utime(path, (0, 0))
    slurm_jobs.beat(folder, RUN)
    assert slurm_jobs.leader(folder, RUN) == "process 1 on login7"


def test_recover_cancels_what_a_dead_run_left_and_unlocks(commands, folder, capsys):
    dead(folder, RUN)
    commands.write_text(f"12|RUNNING|{RUN}|{folder}|rule_x\n13|RUNNING|{OTHER}|/else|rule_x\n")
    assert main(["recover", "--folder", str(folder), "--wait", "5"]) == 0
    told = capsys.readouterr().out
    assert "cancelling 12, running: rule_x" in told and "unlocked" in told
    assert commands.read_text().startswith("13|")
    assert not list((folder / ".snakemake/locks").iterdir())


def test_recover_leaves_a_run_alone_that_is_alive_or_may_be(commands, folder, capsys):
    slurm_jobs.record(folder, RUN)
    listed = f"12|RUNNING|{RUN}|{folder}|rule_x\n13|PENDING|{OTHER}|{folder}|rule_y\n"
    commands.write_text(listed)
    assert main(["recover", "--folder", str(folder)]) == 1
    told = capsys.readouterr().out
    assert f"run {RUN} is alive" in told and f"laicflow recover --run {OTHER}" in told
    assert commands.read_text() == listed
    assert list((folder / ".snakemake/locks").iterdir())
    assert main(["recover", "--folder", str(folder), "--run", OTHER, "--run", RUN]) == 1
    assert commands.read_text() == listed.splitlines(keepends=True)[0]


def test_recover_does_not_wait_for_ever(commands, folder, capsys):
    dead(folder, RUN)
    commands.write_text(f"12|COMPLETING|{RUN}|{folder}|rule_x\n")
    (commands.parent / "bin/scancel").write_text("#!/bin/sh\n")
    assert main(["recover", "--folder", str(folder), "--wait", "0"]) == 1
    assert "still there after 0 s: 12" in capsys.readouterr().err
    assert list((folder / ".snakemake/locks").iterdir())


def test_recover_without_slurm_or_snakemake_says_so(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    dead(folder, RUN)
    assert main(["recover", "--folder", str(folder)]) == 1
    assert "there is no squeue on this machine" in capsys.readouterr().err
    assert main(["recover", "--folder", str(tmp_path / "here" / ".snakemake")]) == 1
    assert "no Snakemake has run here" in capsys.readouterr().err


UNSET = (
    "squeue: error: fetch_config: DNS\nsqueue: fatal: Could not establish a configuration source"
)


def test_recover_where_slurm_is_installed_without_a_cluster(commands, folder, capsys):
    (commands.parent / "bin/squeue").write_text(f"#!/bin/sh\necho '{UNSET}' >&2; exit 1\n")
    draft = temporary_name(folder / "results/a.parquet")
    lock = folder / ".snakemake/locks/0.output.lock"
    assert main(["recover", "--folder", str(folder)]) == 1
    told = capsys.readouterr().out
    assert "Slurm gives no answer, and no run on one has left a record" in told
    assert "(squeue: fatal: Could not establish a configuration source)\n" in told
    assert "laicflow recover --force" in told and lock.exists()
    draft.parent.mkdir()
    draft.touch()
    assert main(["recover", "--folder", str(folder), "--force"]) == 0
    assert "unlocked" in capsys.readouterr().out and not lock.exists()
    assert not draft.exists()


@pytest.mark.parametrize("words", [[], ["--run", RUN]], ids=["a record", "a name"])
def test_recover_of_runs_of_which_slurm_does_not_answer(commands, folder, capsys, words):
    (commands.parent / "bin/squeue").write_text(f"#!/bin/sh\necho '{UNSET}' >&2; exit 1\n")
    if not words:
        dead(folder, RUN)
    assert main(["recover", "--folder", str(folder), "--force", *words]) == 1
    told = capsys.readouterr().err
    assert "Could not establish a configuration source" in told
    assert f"({RUN}), and may have jobs: call this once it answers" in told
    assert list((folder / ".snakemake/locks").iterdir())


def test_runs_that_have_not_said_that_they_ended(folder):
    slurm_jobs.record(folder, RUN)
    slurm_jobs.record(folder, OTHER).write_text("[]")
    assert slurm_jobs.unended(folder) == sorted([RUN, OTHER])
    slurm_jobs.finish(folder, RUN)
    assert slurm_jobs.unended(folder) == [OTHER]


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A scontrol that knows job 1, and a sacct that tells of others as of a cluster with arrays."""
    bin_ = tmp_path / "asked"
    bin_.mkdir()
    scontrol, sacct = bin_ / "scontrol", bin_ / "sacct"
    scontrol.write_text(
        "#!/bin/sh\n"
        '[ "$4" = 1 ] && echo "JobId=1 JobName=x JobState=COMPLETED Reason=None" && exit 0\n'
        '[ "$4" = 9 ] && echo "Unable to contact slurm controller" >&2 && exit 1\n'
        'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1\n'
    )
    sacct.write_text(
        "#!/bin/sh\nprintf '2|CANCELLED by 0\\n3_4|COMPLETED\\n5|RUNNING\\n7|COMPLETED\\n'\n"
    )
    for path in (scontrol, sacct):
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}{os.environ['PATH']}")
    return sacct


def test_last_states_of_jobs_that_squeue_does_not_list(asked):
    numbers = ["1", "2", "3_4", "5", "6"]
    wanted = {"1": "COMPLETED", "2": "CANCELLED", "3_4": "COMPLETED"}
    assert slurm_jobs.last_states(numbers) == wanted
    asked.write_text("#!/bin/sh\necho 'Slurm accounting storage is disabled' >&2; exit 1\n")
    assert slurm_jobs.last_states(numbers) == {"1": "COMPLETED"}


def test_last_states_without_an_answer_are_none(asked):
    with pytest.raises(slurm_jobs.ClusterError, match="Unable to contact"):
        slurm_jobs.last_states(["1", "9"])


def test_a_snakemake_in_the_folder_is_seen(folder):
    assert slurm_jobs.other_snakemakes(folder) == []
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    (folder / "snakemake").symlink_to(sys.executable)
    words[0] = str(folder / "snakemake")
    process = subprocess.Popen(words, cwd=folder)
    try:
        assert slurm_jobs.other_snakemakes(folder) == [process.pid]
    finally:
        process.kill()
        process.wait()


def elsewhere(folder, run, silent=0.0):
    """The record of a run of another machine, whose last sign of life is some seconds old."""
    path = slurm_jobs.record(folder, run)
    path.write_text(json.dumps({"host": "login7", "pid": 1, "began": "1"}))
    os.utime(path, (time.time() - silent,) * 2)
    return path


def test_a_run_that_says_so_has_ended(folder):
    path = slurm_jobs.record(folder, RUN)
    slurm_jobs.finish(folder, RUN)
    assert slurm_jobs.leader(folder, RUN) is None
    assert json.loads(path.read_text())["pid"] == os.getpid()
    elsewhere(folder, OTHER)
    slurm_jobs.finish(folder, OTHER)  # as from a child of its process
    assert slurm_jobs.leader(folder, OTHER) == "process 1 on login7"


@pytest.mark.parametrize("text", ["", "[]", '{"pid": 1}'])
def test_a_record_that_cannot_be_read_tells_nothing(folder, text):
    slurm_jobs.record(folder, RUN).write_text(text)
    assert slurm_jobs.leader(folder, RUN) == ""


def test_recover_leaves_the_lock_of_a_run_without_jobs_on_another_machine(folder, commands, capsys):
    dead(folder, RUN)
    elsewhere(folder, OTHER)
    assert main(["recover", "--folder", str(folder), "--force"]) == 1
    told = capsys.readouterr().out
    assert f"run {OTHER} is alive, process 1 on login7: its 0 jobs and the lock stay" in told
    assert list((folder / ".snakemake/locks").iterdir())
    elsewhere(folder, OTHER, slurm_jobs.SILENT_S + 1)
    assert main(["recover", "--folder", str(folder)]) == 0
    assert not list((folder / ".snakemake/locks").iterdir())


def test_recover_leaves_the_lock_where_a_record_cannot_be_read(folder, commands, capsys):
    slurm_jobs.record(folder, RUN).write_text("")
    assert main(["recover", "--folder", str(folder), "--force"]) == 1
    assert f"laicflow recover --run {RUN}" in capsys.readouterr().out
    assert main(["recover", "--folder", str(folder), "--run", RUN]) == 0
    assert not list((folder / ".snakemake/locks").iterdir())


@pytest.mark.parametrize("before", [False, True], ids=["no run", "a run that ended before"])
def test_recover_takes_a_lock_of_nobody_only_by_force(folder, commands, capsys, before):
    lock = folder / ".snakemake/locks/0.output.lock"
    if before:
        dead(folder, RUN)
        os.utime(lock, (time.time() + 60,) * 2)
    assert main(["recover", "--folder", str(folder), "--run", OTHER]) == 1
    assert "laicflow recover --force" in capsys.readouterr().out and lock.exists()
    assert main(["recover", "--folder", str(folder), "--force"]) == 0
    assert not lock.exists()
