"""The scheduler away for two minutes: who has patience goes on, who has not ends and says why."""

from __future__ import annotations

import time

import pytest

from tests.slurm import cluster
from tests.slurm.running import (
    SCORES,
    STUDY,
    copy_of,
    ended,
    go_on,
    laicflow,
    queue,
    results,
    slurm,
)

pytestmark = pytest.mark.timeout(560)
AWAY_S = 120


def test_two_minutes_without_a_scheduler(reference, tmp_path):
    folders = {name: copy_of(reference, tmp_path / name / "laicflow") for name in ("calm", "hasty")}
    for folder in folders.values():
        for path in (folder / STUDY / "paper/effnetv2/1").iterdir():
            path.unlink()
        (folder / SCORES).unlink()
    calm = slurm(folders["calm"], "--", SCORES)
    hasty = slurm(folders["hasty"], "--", SCORES, LAICFLOW_SLURM_PATIENCE="0.5")
    for run in (calm, hasty):
        run.fault("hold", "effnetv2/1/", "after", "SIGSTOP")
    held = [run.struck("hold", 90) for run in (calm, hasty)]
    cluster.stop_daemon("slurmctld")
    begin = time.monotonic()
    try:
        go_on(held[0])  # this job ends while nobody can be told of it
        assert hasty.end(100) == 1
        assert "Slurm has not answered for 0.5 min" in hasty.text
        assert "laicflow recover" in hasty.text
        asked = laicflow(folders["hasty"], "recover")
        assert asked.returncode == 1 and "squeue" in asked.stderr
        time.sleep(max(0.0, AWAY_S - (time.monotonic() - begin)))
        assert calm.process.poll() is None
    finally:
        cluster.start_controller()
    assert calm.end(150) == 0, calm.text[-3000:]
    assert "Slurm answers again" in calm.text
    (number,) = calm.jobs("train_model")  # nothing was submitted twice
    assert ended(number) == ["COMPLETED"]
    assert results(folders["calm"]) == results(reference)

    recovered = laicflow(folders["hasty"], "recover")
    assert recovered.returncode == 0, recovered.stdout + recovered.stderr
    assert queue(folders["hasty"]) == []
