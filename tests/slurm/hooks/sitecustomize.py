"""Faults at an exact place, for the jobs of a test: found by Python since it is on PYTHONPATH.

The folder LAICFLOW_TEST_FAULTS holds files `<name>.json`, e.g. {"path": "seed/1/", "when":
"before", "signal": "SIGKILL"}: the first process that renames something to a path with that text
in it sends itself that signal, before or after. The file then becomes `<name>.<pid>.done`.
Beside that, every epoch leaves a checkpoint, Snakemake looks after its jobs every two seconds, and
a download that drips is broken off after five seconds in place of sixty.

LAICFLOW_TEST_CLOCK, in seconds, is how far the clock of the nodes is ahead: what Python tells a
job that the time is, and the times of the files that it writes or touches, as a file system has
them that takes them from the one who writes. (The kernel's clock is one and the same: it is one
machine.)
"""

import datetime as dt
import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path

FAULTS = os.environ.get("LAICFLOW_TEST_FAULTS")
AHEAD = float(os.environ.get("LAICFLOW_TEST_CLOCK", "0")) if "SLURM_JOB_ID" in os.environ else 0.0
_replace, _utime, _time = os.replace, os.utime, time.time


def _fault(path, when):
    """Take the first fault that is meant for a path, and send its signal."""
    for file in Path(FAULTS).glob("*.json"):
        try:
            fault = json.loads(file.read_text())
            if fault["path"] in str(path) and fault["when"] == when:
                os.rename(file, file.with_suffix(f".{os.getpid()}.done"))
                os.kill(os.getpid(), getattr(signal, fault["signal"]))
        except FileNotFoundError:  # another process took it
            continue


def replace(source, target, **named):
    """os.replace, where a fault may strike."""
    _fault(target, "before")
    _replace(source, target, **named)
    if AHEAD:
        utime(target, follow_symlinks=False)
    _fault(target, "after")


def utime(path, times=None, **named):
    """os.utime, by the clock of the node."""
    if times is None and "ns" not in named:
        times = (time.time(), time.time())
    _utime(path, times, **named)


def _every_epoch(module):
    module.EVERY = 0.0


def _often(module):
    every = property(lambda self: 2, lambda self, value: None)
    module.RemoteExecutor.next_seconds_between_status_checks = every


def _impatient(module):
    module.Client.__init__.__kwdefaults__["patience"] = 5.0


def _by_the_node(module):
    right = module.now
    module.now = lambda: right() + dt.timedelta(seconds=AHEAD)


CHANGES = {
    "laicflow.config": _by_the_node,
    "laicflow.fetch_client": _impatient,
    "laicflow.training.checkpoint": _every_epoch,
    "snakemake_interface_executor_plugins.executors.remote": _often,
}


class Changed(importlib.abc.MetaPathFinder):
    """Changes a module when it has been imported."""

    def find_spec(self, name, path=None, target=None):
        if name not in CHANGES:
            return None
        change = CHANGES.pop(name)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            change(module)

        spec.loader.exec_module = exec_module
        return spec


if FAULTS:
    os.replace = replace
    if AHEAD:
        os.utime, time.time = utime, lambda: _time() + AHEAD
        os.supports_follow_symlinks.add(utime)
    sys.meta_path.insert(0, Changed())
