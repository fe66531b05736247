"""Snakemake's plugin for Slurm, with an end to the waits that nobody could end but by hand.

The plugin (2.8.0) forgets all jobs whose state it could not ask for and then waits for ever; it
takes `CANCELLED by 0`, a lasting `PREEMPTED` and a job that Slurm no longer knows for running; and
a submission that the scheduler could not take counts as a failure of the job. `mend` puts that
right from outside: while the scheduler is away the run waits, as long as LAICFLOW_SLURM_PATIENCE
says, and then ends with a message.

What still waits without an end: jobs that Slurm knows and does not run (held, of which a line
tells where `squeue` is asked; waiting for resources; suspended), and, where `sacct` is asked in
its place, a job that never reaches its database.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from laicflow import slurm_jobs
from laicflow.errors import ConfigError

PLUGIN = "snakemake_executor_plugin_slurm"
# The names of the plugin that are replaced or called; a test holds them to the locked version.
NAMES = ("Executor", "WorkflowError", "query_job_status", "get_min_job_age", "_status_lookup_ids")
METHODS = ("__post_init__", "run_job", "run_array_jobs", "check_active_jobs")
METHODS += ("cancel_jobs", "shutdown")
# Minutes that the scheduler may be away.
PATIENCE = "LAICFLOW_SLURM_PATIENCE"
DEFAULT_MIN = 60.0
# Seconds between two tries.
PAUSE = 5.0
# Seconds after which a job that is preempted or unknown counts as lost. Between two answers those
# count that the plugin pauses at most: it may have been stopped, or the scheduler away, for longer.
LOST_S = 300.0
STEP_S = 180.0
# Seconds between two looks at why jobs wait.
HELD_S = 600.0
# Reasons for which a job waits until somebody acts: JobHeldUser, launch_failed_requeued_held...
HELD = ("held", "dependencyneversatisfied", "badconstraints")


def patience_s(text: str | None) -> float:
    """Seconds that LAICFLOW_SLURM_PATIENCE, in minutes, allows."""
    try:
        minutes = float(text) if text else DEFAULT_MIN
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes < float("inf"):
        raise ConfigError(f"{PATIENCE}: expected a number of minutes, found {text!r}")
    return 60 * minutes


class Watch:
    """What is remembered of the scheduler between two questions.

    Parameters
    ----------
    patience : seconds that it may be away
    say : prints a line for the user
    clock : seconds
    """

    def __init__(
        self, patience: float, say: Callable[[str], None], clock: Callable[[], float]
    ) -> None:
        self.patience, self.say, self.clock = patience, say, clock
        self.away: float | None = None  # since when the scheduler is away
        self.asked: set[str] = set()  # jobs whose state is asked for
        self.odd: dict[str, float] = {}  # seconds for which a job is preempted or unknown
        self.last: float | None = None  # when the scheduler last told of jobs
        self.looked: float | None = None  # when it was last asked why jobs wait
        self.held: set[str] = set()  # jobs that are known to be held
        self.closing = False  # the run is being shut down: no more waiting, no more submissions
        self.lock = threading.Lock()
        self._over = False

    def gives_up(self) -> bool:
        """Note that patience is over; True the first time."""
        with self.lock:
            first, self._over = not self._over, True
        return first

    @property
    def goes_on(self) -> bool:
        """Whether the run goes on: jobs are to be submitted and asked for."""
        return not (self.closing or self._over)

    def waits_on(self) -> bool:
        """Note that the scheduler gave no answer; whether to wait for one."""
        if self.away is None:
            self.away = self.clock()
            self.say(f"Slurm does not answer: waiting up to {self.patience / 60:g} min")
        return not self.closing and self.clock() - self.away < self.patience

    def answered(self) -> None:
        """Note that the scheduler gave an answer."""
        if self.away is not None:
            self.say(f"Slurm answers again, after {self.clock() - self.away:.0f} s")
        self.away = None

    def message(self) -> str:
        """What ends the run."""
        return (
            f"Slurm has not answered for {self.patience / 60:g} min ({PATIENCE} sets how long to "
            "wait). Jobs that it holds may still run. When it answers again, `laicflow recover` "
            "cancels them and unlocks this folder; then start this run again."
        )

    def settled(self, states: dict[str, str], names: Callable[[str], list[str]]) -> dict[str, str]:
        """States in words that the plugin knows; a job that is lost counts as failed.

        Parameters
        ----------
        states : state of each job by its number, as Slurm gives them
        names : numbers under which a job may be listed
        """
        found = {job: state.split(" ")[0].rstrip("+") for job, state in states.items()}
        # Tasks of an array that wait are listed as one, `65_[3-50%4]`.
        arrays = {job.split("_[")[0] for job in found if "_[" in job}
        unknown = {job for job in self.asked if not found.keys() & set(names(job))}
        unknown = {job for job in unknown if "_" not in job or job.split("_")[0] not in arrays}
        odd = unknown | {job for job, state in found.items() if state == "PREEMPTED"}
        now = self.clock()
        step = 0.0 if self.last is None else min(now - self.last, STEP_S)
        self.last = now
        self.odd = {job: self.odd[job] + step if job in self.odd else 0.0 for job in odd}
        lost = {job for job, seconds in self.odd.items() if seconds >= LOST_S}
        try:
            found |= slurm_jobs.last_states(sorted(lost & unknown)) if lost & unknown else {}
        except slurm_jobs.ClusterError:  # asked again, but not for ever
            lost = {job for job in lost if self.odd[job] >= 10 * LOST_S or job not in unknown}
        for job in sorted(lost):
            if found.get(job, "PREEMPTED") == "PREEMPTED":
                self.say(
                    f"job {job} is {found.get(job, 'unknown to Slurm')}: it counts as failed, and "
                    "what it has made is made again"
                )
                found[job] = "FAILED"
        return found

    def looks(self, states: dict[str, str]) -> bool:
        """Whether to ask now why jobs wait."""
        now = self.clock()
        if "PENDING" not in states.values():
            return False
        if self.looked is not None and now - self.looked < HELD_S:
            return False
        self.looked = now
        return True

    def tell_held(self, states: dict[str, str], reasons: dict[str, str]) -> None:
        """Say, once for each, which jobs wait until somebody acts.

        Parameters
        ----------
        states : state of each job by its number
        reasons : why it is in that state, as squeue gives it
        """
        for job, why in sorted(reasons.items()):
            held = states.get(job) == "PENDING" and any(word in why.lower() for word in HELD)
            if held and job not in self.held:
                self.held.add(job)
                self.say(f"job {job} does not start by itself ({why}): release or cancel it")


def _say(text: str) -> None:
    """A line among those of Snakemake."""
    print(text, file=sys.stderr, flush=True)


def mend(plugin: Any = None, environment: Any = os.environ) -> Watch | None:
    """Mend the plugin, where it is loaded; None where there is nothing to mend.

    Parameters
    ----------
    plugin : the plugin's module, that which Snakemake has loaded where None
    """
    plugin = plugin or sys.modules.get(PLUGIN)
    executor = getattr(plugin, "Executor", None)
    if plugin is None or getattr(executor, "mended", False):
        return None
    lacking = [name for name in NAMES if not hasattr(plugin, name)]
    lacking += [name for name in METHODS if not hasattr(executor, name)]
    if lacking:
        _say(f"{PLUGIN} is another than the locked one ({', '.join(lacking)}): left as it is")
        return None
    watch = Watch(patience_s(environment.get(PATIENCE)), _say, time.monotonic)
    executor.mended = True
    _mend_begin(plugin, watch)
    _mend_submission(plugin, watch)
    _mend_queries(plugin, watch)
    _mend_age(plugin, watch)
    return watch


def wait_for_controller(watch: Watch) -> bool:
    """Wait until the scheduler answers; whether it does."""
    while not slurm_jobs.controller_answers():
        if not watch.waits_on():
            return False
        time.sleep(PAUSE)
    watch.answered()
    return True


def _mend_begin(plugin: Any, watch: Watch) -> None:
    """No run begins beside the jobs of one that has ended; each leaves a record of itself."""
    begin, shutdown = plugin.Executor.__post_init__, plugin.Executor.shutdown
    cancel = plugin.Executor.cancel_jobs

    def __post_init__(self: Any, *words: Any, **named: Any) -> None:  # noqa: N807
        if not wait_for_controller(watch):
            raise plugin.WorkflowError(watch.message())
        begin(self, *words, **named)
        folder = Path.cwd()
        try:
            jobs = slurm_jobs.jobs_of(folder)
        except slurm_jobs.ClusterError as error:
            raise plugin.WorkflowError(str(error)) from error
        orphans = [job for job in jobs if not slurm_jobs.leader(folder, job.run)]
        if orphans:
            raise plugin.WorkflowError(
                f"{len(orphans)} jobs of an earlier run of this folder are still in the queue, and "
                f"its Snakemake has ended: {', '.join(job.number for job in orphans[:20])}. "
                "`laicflow recover` cancels them; then start this run again."
            )
        slurm_jobs.record(folder, self.run_uuid)
        # Threads of jobs on this machine are joined before that.
        atexit.register(slurm_jobs.finish, folder, self.run_uuid)

    def close(self: Any) -> None:
        watch.closing = True
        shutdown(self)

    def cancel_jobs(self: Any, active_jobs: list) -> None:
        watch.closing = True  # what is submitted from now on nobody would cancel
        cancel(self, active_jobs)

    plugin.Executor.__post_init__ = __post_init__
    plugin.Executor.cancel_jobs = cancel_jobs
    plugin.Executor.shutdown = close


def _mend_submission(plugin: Any, watch: Watch) -> None:
    """Jobs are submitted when the scheduler is there; where it stays away the run ends."""

    def patient(original: Callable) -> Callable:
        def submit(self: Any, jobs: Any) -> None:
            if not watch.goes_on:
                return
            there = wait_for_controller(watch)
            if there and watch.goes_on:
                original(self, jobs)
            elif watch.goes_on and watch.gives_up():
                # As a failure of the job it would cost its retries.
                error = plugin.WorkflowError(watch.message())
                self.workflow.scheduler.executor_error_callback(error)

        return submit

    plugin.Executor.run_job = patient(plugin.Executor.run_job)
    plugin.Executor.run_array_jobs = patient(plugin.Executor.run_array_jobs)


def _mend_queries(plugin: Any, watch: Watch) -> None:
    """A question that fails is asked again, and no job is forgotten over it."""
    check, query = plugin.Executor.check_active_jobs, plugin.query_job_status

    async def check_active_jobs(self: Any, active_jobs: list) -> Any:
        # Also without jobs: it may be fetching here, and looks dead from elsewhere when silent.
        if run := getattr(self, "run_uuid", None):
            slurm_jobs.beat(Path.cwd(), run)
        watch.asked = {job.external_jobid for job in active_jobs}
        async for job in check(self, active_jobs):
            yield job

    async def query_job_status(command: str, logger: Any) -> tuple:
        live = command.startswith("squeue")
        if live:  # without --all it leaves out hidden partitions
            command = command.replace("squeue", "squeue --all", 1)
        while True:
            states, duration = await query(command, logger)
            slurm_jobs.beat(Path.cwd(), command.rsplit(" ", 1)[-1])  # the run, --name's value
            if states is not None:
                # The database of sacct may answer while the scheduler, which takes jobs, is away.
                if live or (watch.away is not None and slurm_jobs.controller_answers()):
                    watch.answered()
                if not live:  # a job may only not have reached that database yet
                    watch.asked = set()
                elif watch.looks(states):
                    reasons, _ = await query(command.replace("%T", "%r"), logger)
                    watch.tell_held(states, reasons or {})
                return watch.settled(states, plugin._status_lookup_ids), duration
            if not watch.goes_on:
                return None, None
            if not watch.waits_on():
                watch.gives_up()
                raise plugin.WorkflowError(watch.message())
            await asyncio.sleep(PAUSE)

    plugin.Executor.check_active_jobs = check_active_jobs
    plugin.query_job_status = query_job_status


def _mend_age(plugin: Any, watch: Watch) -> None:
    """How long Slurm remembers jobs is remembered here."""
    age, known = plugin.get_min_job_age, []

    def get_min_job_age() -> int | None:
        # Without it the plugin would turn from squeue to sacct, which needs not work here.
        found = age()
        if found is None and not known and wait_for_controller(watch):
            found = age()
        known[:] = [found] if found is not None else known
        return known[0] if known else None

    plugin.get_min_job_age = get_min_job_age
