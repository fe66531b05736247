"""Snakemake killed while a job of its own runs on: nothing begins beside it, then all goes on."""

from __future__ import annotations

import shutil

import pytest

from tests.slurm.running import STUDY, asked, copy_of, ended, laicflow, queue, results, slurm

pytestmark = pytest.mark.timeout(560)
SEED = f"{STUDY}/paper/effnetv2/0"
WANTED = f"{SEED}/predictions.parquet"


def test_after_kill_9_recover_ends_the_orphan_and_the_next_run_goes_on(reference, tmp_path):
    folder = copy_of(reference, tmp_path / "laicflow")
    for path in (folder / SEED).iterdir():
        path.unlink()
    killed = slurm(folder, "--", WANTED)
    killed.fault("hold", "effnetv2/0/", "after", "SIGSTOP")
    killed.struck("hold", 90)
    (orphan,) = killed.jobs("train_model")
    running = laicflow(folder, "recover")
    assert running.returncode == 1 and "is alive" in running.stdout
    killed.kill()
    assert queue(folder) == [orphan] and asked(orphan)["JobState"] == "RUNNING"

    # The lock alone would keep a run away; who takes it off by hand is told of the orphan.
    locks, kept = folder / ".snakemake/locks", tmp_path / "locks"
    assert list(locks.iterdir())
    locks.rename(kept)
    beside = slurm(folder, "--", WANTED)
    assert beside.end(60) == 1, beside.text
    assert orphan in beside.text and "laicflow recover" in beside.text
    assert not beside.jobs("train_model") and not (folder / WANTED).exists()
    shutil.rmtree(locks, ignore_errors=True)
    kept.rename(locks)

    recovered = laicflow(folder, "recover", "--wait", "60")
    assert recovered.returncode == 0, recovered.stdout + recovered.stderr
    assert "1 jobs cancelled and gone" in recovered.stdout and "unlocked" in recovered.stdout
    assert queue(folder) == [] and ended(orphan) == ["CANCELLED"]

    again = slurm(folder, "--", WANTED)
    assert again.end(120) == 0, again.text[-3000:]
    assert results(folder) == results(reference)
    log = folder / "results/slurm/logs/pham2023/paper/train_model/effnetv2-0.log"
    assert ": epoch 1 of" not in log.read_text()  # it went on where the orphan had been
