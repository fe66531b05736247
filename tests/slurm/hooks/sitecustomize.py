"""Faults at an exact place, for the jobs of a test: found by Python since it is on PYTHONPATH.

The folder LAICFLOW_TEST_FAULTS holds files `<name>.json`, e.g. {"path": "seed/1/", "when":
"before", "signal": "SIGKILL"}: the first process that renames something to a path with that text
in it sends itself that signal, before or after. The file then becomes `<name>.<pid>.done`.
Beside that, every epoch leaves a checkpoint, and Snakemake looks after its jobs every two seconds.
"""

import importlib.abc
import importlib.util
import json
import os
import signal
import sys
from pathlib import Path

FAULTS = os.environ.get("LAICFLOW_TEST_FAULTS")
_replace = os.replace


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
    _fault(target, "after")


def _every_epoch(module):
    module.EVERY = 0.0


def _often(module):
    every = property(lambda self: 2, lambda self, value: None)
    module.RemoteExecutor.next_seconds_between_status_checks = every


CHANGES = {
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
    sys.meta_path.insert(0, Changed())
