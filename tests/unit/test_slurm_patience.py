"""The mended plugin, with a scheduler that comes and goes."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace

import pytest

from laicflow import slurm_jobs, slurm_patience
from laicflow.errors import ConfigError

RUN = "4c1e7f0a-0000-4000-8000-0123456789ab"


class WorkflowError(Exception):
    """As Snakemake's."""


def ids(job):
    return [job, job.split("_")[0]]


@pytest.fixture
def plugin(monkeypatch, tmp_path):
    """A plugin whose answers and submissions are lists of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(slurm_patience, "PAUSE", 0.0)
    monkeypatch.setattr(slurm_jobs, "jobs_of", lambda folder: [])
    told = SimpleNamespace(
        WorkflowError=WorkflowError, _status_lookup_ids=ids, answers=[], ages=[], submitted=[]
    )

    class Executor:
        def __post_init__(self):
            self.run_uuid = RUN

        def run_job(self, job):
            told.submitted.append(job)

        run_array_jobs = run_job

        def shutdown(self):
            pass

        async def check_active_jobs(self, active):
            states, _ = await told.query_job_status(f"squeue --name {RUN}", None)
            for job in active:
                if states[job.external_jobid] == "RUNNING":
                    yield job

    async def query_job_status(command, logger):
        answer = told.answers.pop(0)
        return answer, None if answer is None else 0.1

    told.Executor = Executor
    told.query_job_status = query_job_status
    told.get_min_job_age = lambda: told.ages.pop(0)
    return told


def up(monkeypatch, *answers):
    """What `scontrol ping` says, one call after the other, then for ever the last."""
    left = list(answers)
    tell = lambda: left.pop(0) if len(left) > 1 else left[0]  # noqa: E731
    monkeypatch.setattr(slurm_jobs, "controller_answers", tell)


def mended(plugin, minutes="60"):
    return slurm_patience.mend(plugin, {slurm_patience.PATIENCE: minutes})


def test_the_locked_plugin_has_all_that_is_mended():
    plugin = pytest.importorskip(slurm_patience.PLUGIN)
    assert all(hasattr(plugin, name) for name in slurm_patience.NAMES)
    assert all(hasattr(plugin.Executor, name) for name in slurm_patience.METHODS)


def test_another_plugin_is_left_as_it_is(capsys):
    assert slurm_patience.mend(SimpleNamespace(Executor=object)) is None
    assert "left as it is" in capsys.readouterr().err


def test_it_is_mended_once(plugin):
    assert mended(plugin) is not None
    assert mended(plugin) is None


def test_no_job_is_forgotten_over_an_outage(plugin, capsys):
    mended(plugin)
    plugin.answers[:] = [None, None, {"7": "RUNNING", "8": "COMPLETED"}]
    active = [SimpleNamespace(external_jobid=number) for number in ("7", "8")]

    async def still():
        return [job async for job in plugin.Executor().check_active_jobs(active)]

    assert asyncio.run(still()) == active[:1]
    said = capsys.readouterr().err
    assert "Slurm does not answer: waiting up to 60 min" in said and "answers again" in said


def test_patience_ends_with_a_message(plugin):
    mended(plugin, "0")
    plugin.answers[:] = [None]
    with pytest.raises(WorkflowError, match="not answered for 0 min.*laicflow recover"):
        asyncio.run(plugin.query_job_status("squeue", None))


def test_a_run_that_shuts_down_waits_no_more(plugin):
    mended(plugin)
    plugin.Executor().shutdown()
    plugin.answers[:] = [None]
    assert asyncio.run(plugin.query_job_status("squeue", None)) == (None, None)


def test_jobs_are_submitted_when_the_scheduler_is_there(plugin, monkeypatch):
    mended(plugin)
    pings = []
    answers = [False, False, True]
    monkeypatch.setattr(
        slurm_jobs, "controller_answers", lambda: (pings.append(1), answers.pop(0))[1]
    )
    plugin.Executor().run_job("one")
    assert plugin.submitted == ["one"] and len(pings) == 3


def test_the_age_of_jobs_is_remembered(plugin, monkeypatch):
    mended(plugin)
    up(monkeypatch, False, True)
    plugin.ages[:] = [None, 300, None]
    assert [plugin.get_min_job_age() for _ in range(2)] == [300, 300]


def test_a_run_leaves_a_record_and_does_not_begin_beside_orphans(plugin, monkeypatch, tmp_path):
    mended(plugin)
    up(monkeypatch, True)
    plugin.Executor().__post_init__()
    assert slurm_jobs.leader(tmp_path, RUN)
    orphan = slurm_jobs.Job("12", "RUNNING", RUN.replace("4c", "5d"), "rule_train_model")
    monkeypatch.setattr(slurm_jobs, "jobs_of", lambda folder: [orphan])
    with pytest.raises(WorkflowError, match="1 jobs of an earlier run.*12.*laicflow recover"):
        plugin.Executor().__post_init__()


def test_a_run_without_jobs_gives_a_sign_of_life(plugin, tmp_path, monkeypatch):
    mended(plugin)
    up(monkeypatch, True)
    executor = plugin.Executor()

    async def none(command, logger):  # the plugin asks Slurm nothing where it has no jobs
        return {}, 0.1

    monkeypatch.setattr(plugin, "query_job_status", none)

    async def still():
        return [job async for job in executor.check_active_jobs([])]

    assert asyncio.run(still()) == []  # it may ask before the run has its name
    executor.__post_init__()
    path = tmp_path / slurm_jobs.RECORDS / f"{RUN}.json"
    os.utime(path, (0, 0))
    asyncio.run(still())
    assert path.stat().st_mtime > 0


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_states_in_words_that_the_plugin_knows():
    clock = Clock()
    watch = slurm_patience.Watch(60, lambda text: None, clock)
    states = {"1": "CANCELLED by 0", "2": "CANCELLED+", "3": "OUT_OF_MEMORY", "4": "RUNNING"}
    assert watch.settled(states, ids) == {
        "1": "CANCELLED",
        "2": "CANCELLED",
        "3": "OUT_OF_MEMORY",
        "4": "RUNNING",
    }


def test_a_job_that_stays_preempted_or_unknown_counts_as_failed():
    clock = Clock()
    watch = slurm_patience.Watch(60, lambda text: None, clock)
    watch.asked = {"1", "2", "3_4"}
    states = {"1": "PREEMPTED", "3": "PENDING"}
    assert watch.settled(states, ids) == states
    clock.now = slurm_patience.LOST_S - 1
    assert watch.settled(states, ids) == states
    clock.now += 1
    assert watch.settled(states, ids) == {**states, "1": "FAILED", "2": "FAILED"}


def test_a_preempted_job_that_is_requeued_is_not_lost():
    clock = Clock()
    watch = slurm_patience.Watch(60, lambda text: None, clock)
    watch.asked = {"1"}
    watch.settled({"1": "PREEMPTED"}, ids)
    clock.now = 200.0
    watch.settled({"1": "PENDING"}, ids)
    clock.now = 400.0
    assert watch.settled({"1": "PREEMPTED"}, ids) == {"1": "PREEMPTED"}


@pytest.mark.parametrize("text", ["soon", "-1", "inf", "nan"])
def test_patience_is_a_number_of_minutes(text):
    with pytest.raises(ConfigError, match="LAICFLOW_SLURM_PATIENCE"):
        slurm_patience.patience_s(text)
    assert slurm_patience.patience_s(None) == slurm_patience.patience_s("") == 3600
    assert slurm_patience.patience_s("0.5") == 30
