"""The jobs that Snakemake would plan, read inside this process.

A dry run in a process of its own costs seconds; a test that changes every key of the
configuration in turn needs some sixty of them.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.cli import parse_args
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)
from snakemake.workflow import Workflow

from tests.workflow.running import ROOT

# What Snakemake compares of a job: its outputs, and its params as a set of values without names.
Jobs = dict[tuple[str, ...], tuple[str, frozenset[str]]]


def plan(config: dict, folder: Path, targets: tuple[str, ...] = ()) -> Jobs:
    """The jobs of a whole run of the workflow with `config` laid over its own configuration."""
    with _built(config, folder, targets, ResourceSettings(cores=1)) as inner:
        return {
            tuple(str(path) for path in job.output): (
                job.rule.name,
                frozenset(repr(value) for value in job.params),
            )
            for job in inner.dag.jobs
            if job.output
        }


@contextlib.contextmanager
def _built(
    config: dict, folder: Path, targets: tuple[str, ...], limits: ResourceSettings
) -> Iterator[Workflow]:
    """A workflow whose jobs are planned, all of them, whatever is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.chdir(ROOT))
        api = stack.enter_context(SnakemakeApi(OutputSettings(quiet={Quietness.ALL})))
        workflow = api.workflow(
            resource_settings=limits,
            config_settings=ConfigSettings(config=config),
            snakefile=ROOT / "Snakefile",
            workdir=folder,
        )
        settings = DAGSettings(targets=set(targets), forceall=True)
        workflow.dag(dag_settings=settings)
        inner = workflow._workflow
        inner.dag_settings = settings
        inner._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        inner._build_dag()
        yield inner


def told(config: dict, folder: Path, attempt: int) -> dict[str, dict]:
    """Effective resources under `--profile slurm`, one entry a rule, at an attempt.

    `local` says whether the rule runs where Snakemake runs.
    """
    _, asked = parse_args(["--profile", "slurm"])
    limits = ResourceSettings(
        cores=1,
        default_resources=asked.default_resources,
        overwrite_resources=asked.set_resources,
        overwrite_threads=asked.set_threads,
    )
    found = {}
    with _built(config, folder, (), limits) as inner:
        for job in inner.dag.jobs:
            evaluated = job.rule.expand_resources(job.wildcards_dict, job.input, attempt)
            found[job.rule.name] = {
                **dict(evaluated.items()),
                "local": job.rule.name in inner._localrules,
            }
    return found
