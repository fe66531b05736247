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
    told.asked, told.cancelled, told.errors = [], [], []
    scheduler = SimpleNamespace(executor_error_callback=told.errors.append)

    class Executor:
        workflow = SimpleNamespace(scheduler=scheduler)

        def __post_init__(self):
            self.run_uuid = RUN

        def run_job(self, job):
            told.submitted.append(job)

        run_array_jobs = run_job

        def cancel_jobs(self, active):
            told.cancelled.append(active)

        def shutdown(self):
            pass

        async def check_active_jobs(self, active):
            states, _ = await told.query_job_status(f"squeue --name {RUN}", None)
            for job in active:
                if states[job.external_jobid] == "RUNNING":
                    yield job

    async def query_job_status(command, logger):
        told.asked.append(command)
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
    scheduling = pytest.importorskip("snakemake.scheduling.job_scheduler")
    assert hasattr(scheduling.JobScheduler, "executor_error_callback")
    # What is put into the question, and what is taken out of it.
    command = plugin.query_job_status_squeue(RUN)
    assert command.startswith("squeue ") and command.endswith(f" {RUN}") and "%T" in command


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


def test_a_run_ends_once_when_there_is_no_scheduler_to_submit_to(plugin, monkeypatch):
    mended(plugin, "0")
    up(monkeypatch, False)
    for job in ("one", "two"):
        plugin.Executor().run_job(job)
    plugin.Executor().run_array_jobs(["three"])
    assert plugin.submitted == []
    (error,) = plugin.errors
    assert isinstance(error, WorkflowError) and "not answered for 0 min" in str(error)
    up(monkeypatch, True)  # it ends all the same
    plugin.Executor().run_job("four")
    assert plugin.submitted == [] and len(plugin.errors) == 1


@pytest.mark.parametrize("end", [lambda e: e.shutdown(), lambda e: e.cancel_jobs(["7"])])
def test_nothing_is_submitted_in_a_run_that_ends(plugin, monkeypatch, end):
    mended(plugin)
    up(monkeypatch, True)
    end(plugin.Executor())
    plugin.Executor().run_job("one")
    assert plugin.submitted == plugin.errors == []
    assert plugin.cancelled in ([], [["7"]])


def test_nothing_is_submitted_when_the_run_ended_during_the_wait(plugin, monkeypatch):
    mended(plugin)
    answers = [False, True]

    def ping():
        plugin.Executor().shutdown()
        return answers.pop(0)

    monkeypatch.setattr(slurm_jobs, "controller_answers", ping)
    plugin.Executor().run_job("one")
    assert plugin.submitted == plugin.errors == []


def test_patience_for_submissions_is_not_renewed_by_the_accounting_database(plugin, monkeypatch):
    watch = mended(plugin)
    watch.waits_on()
    for there in (False, True):
        plugin.answers[:] = [{"7": "RUNNING"}]
        up(monkeypatch, there)
        asyncio.run(plugin.query_job_status(f"sacct --name {RUN}", None))
        assert (watch.away is None) == there


def test_hidden_partitions_are_asked_too_and_held_jobs_are_told_once(plugin, capsys, monkeypatch):
    monkeypatch.setattr(slurm_patience, "HELD_S", 0.0)
    mended(plugin)
    command = f"squeue '--format=%i|%T' --name {RUN}"
    for _ in range(2):
        plugin.answers[:] = [
            {"7": "PENDING", "8": "PENDING", "9": "RUNNING"},
            {"7": "JobHeldUser", "8": "Resources", "9": "None"},
        ]
        states, _ = asyncio.run(plugin.query_job_status(command, None))
        assert states == {"7": "PENDING", "8": "PENDING", "9": "RUNNING"}
    assert plugin.asked[:2] == [
        f"squeue --all '--format=%i|%T' --name {RUN}",
        f"squeue --all '--format=%i|%r' --name {RUN}",
    ]
    said = capsys.readouterr().err
    assert said.count("job 7 does not start by itself (JobHeldUser)") == 1 and "job 8" not in said


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


def test_a_run_notes_its_end_when_the_process_ends(plugin, tmp_path, monkeypatch):
    mended(plugin)
    up(monkeypatch, True)
    later = []
    monkeypatch.setattr(slurm_patience.atexit, "register", lambda *words: later.append(words))
    plugin.Executor().__post_init__()
    assert slurm_jobs.leader(tmp_path, RUN)
    ((last, *words),) = later
    last(*words)
    assert slurm_jobs.leader(tmp_path, RUN) is None


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


@pytest.fixture
def known(monkeypatch):
    """What scontrol and sacct know of jobs that squeue does not list."""
    states = {}
    monkeypatch.setattr(
        slurm_jobs, "last_states", lambda numbers: {n: states[n] for n in numbers if n in states}
    )
    return states


def test_a_job_that_stays_preempted_or_unknown_counts_as_failed(known):
    clock, said = Clock(), []
    watch = slurm_patience.Watch(60, said.append, clock)
    watch.asked = {"1", "2", "3_4"}
    states = {"1": "PREEMPTED", "3": "PENDING"}
    for seconds in (0, 100, 199, 299):
        clock.now = float(seconds)
        assert watch.settled(states, ids) == states
    clock.now += 1
    assert watch.settled(states, ids) == {**states, "1": "FAILED", "2": "FAILED"}
    assert [line.split(":")[0] for line in said] == [
        "job 1 is PREEMPTED",
        "job 2 is unknown to Slurm",
    ]


def test_tasks_of_an_array_that_wait_are_known(known):
    clock = Clock()
    watch = slurm_patience.Watch(60, lambda text: None, clock)
    watch.asked = {"65_1", "65_50", "66_1"}
    states = {"65_[1-50%4]": "PENDING", "65_51": "RUNNING"}
    for clock.now in (0.0, 100.0, 200.0):
        assert watch.settled(states, ids) == states
    clock.now = 300.0
    assert watch.settled(states, ids) == {**states, "66_1": "FAILED"}


def test_of_a_stall_only_a_pause_of_the_plugin_counts(known):
    clock = Clock()
    watch = slurm_patience.Watch(60, lambda text: None, clock)
    watch.asked = {"1"}
    watch.settled({}, ids)
    clock.now = 7200.0
    assert watch.settled({}, ids) == {}
    clock.now += 119
    assert watch.settled({}, ids) == {}
    clock.now += 1
    assert watch.settled({}, ids) == {"1": "FAILED"}


def test_a_job_that_only_squeue_does_not_list_keeps_its_state(known):
    clock = Clock()
    watch = slurm_patience.Watch(60, lambda text: None, clock)
    watch.asked = {"1", "2", "3"}
    known |= {"1": "COMPLETED", "2": "RUNNING"}
    for clock.now in (0.0, 150.0):
        assert watch.settled({}, ids) == {}
    clock.now = 300.0
    assert watch.settled({}, ids) == {"1": "COMPLETED", "2": "RUNNING", "3": "FAILED"}


def test_no_job_fails_while_scontrol_gives_no_answer_but_not_for_ever(monkeypatch):
    def last_states(numbers):
        raise slurm_jobs.ClusterError("scontrol gave no answer within 20 s")

    monkeypatch.setattr(slurm_jobs, "last_states", last_states)
    clock = Clock()
    watch = slurm_patience.Watch(60, lambda text: None, clock)
    watch.asked = {"1"}
    for clock.now in range(0, 3000, 100):
        assert watch.settled({}, ids) == {}
    clock.now = 3000
    assert watch.settled({}, ids) == {"1": "FAILED"}


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
