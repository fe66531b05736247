"""The jobs that Snakemake would plan, read inside this process.

A dry run in a process of its own costs seconds; a test that changes every key of the
configuration in turn needs some sixty of them.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

from tests.workflow.running import ROOT

# What Snakemake compares of a job: its outputs, and its params as a set of values without names.
Jobs = dict[tuple[str, ...], tuple[str, frozenset[str]]]


def plan(config: dict, folder: Path, targets: tuple[str, ...] = ()) -> Jobs:
    """The jobs of a whole run of the workflow with `config` laid over its own configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        api = stack.enter_context(SnakemakeApi(OutputSettings(quiet={Quietness.ALL})))
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=config),
            snakefile=ROOT / __import__("os").environ.get("SNF", "Snakefile"),
            workdir=folder,
        )
        settings = DAGSettings(targets=set(targets), forceall=True)
        workflow.dag(dag_settings=settings)
        inner = workflow._workflow
        inner.dag_settings = settings
        inner._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        inner._build_dag()
        return {
            tuple(str(path) for path in job.output): (
                job.rule.name,
                frozenset(repr(value) for value in job.params),
            )
            for job in inner.dag.jobs
        }
