"""The full archive as a plan: every study, and every source over all years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import yaml

from laicflow import config as settings
from laicflow.scale import Job
from laicflow.sources import registry
from laicflow.sources.request import partitions

FIRST, LAST = dt.date(1998, 1, 1), dt.date(2026, 9, 30)
# Sources whose files are those of a mission, which has its own years.
OF_MISSIONS = ("probes",)
TARGETS = ["all", "ingest_all"]


def overlay(folder: Path, config: Path, first: dt.date = FIRST, last: dt.date = LAST) -> Path:
    """Write the overlay of the full archive: every study over its own period, and every source.

    Sources that no study names take all years there; `completed` adds those of the others.

    Parameters
    ----------
    folder : in which the overlay is written
    config : folder of the configuration
    first, last : of all years
    """
    empty = folder / "empty"
    empty.mkdir()
    # What no address has (archives with an account, files of one's own) is planned as if it lay in
    # a folder here.
    names = registry.names(config)
    closed = [name for name in names if registry.settings(name, config)["base"] == ["file:///"]]
    path = folder / "archive.yaml"
    written = {
        "run": "archive",
        "studies": settings.study_names(config),
        "bases": {name: [empty.as_uri()] for name in closed},
        # The target `ingest_all` takes every source.
        "ingest": {"period": {"start": first.isoformat(), "end": last.isoformat()}},
    }
    path.write_text(yaml.safe_dump(written), encoding="utf-8")
    return path


def completed(jobs: Iterable[Job], config: Path) -> tuple[list[Job], list[str]]:
    """Jobs of the years that no study asks for, like those of the years that are planned.

    Returns
    -------
    the jobs that are to be added; the sources that have all years now, sorted
    """
    planned: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        if "source" in job.wildcards and job.wildcards.get("world", "observed") == "observed":
            planned.setdefault((job.wildcards["source"], job.rule), []).append(job)
    added, whole = [], set()
    for (source, rule), own in sorted(planned.items()):
        described = registry.settings(source, config)
        if described["kind"] in OF_MISSIONS or "partition" not in own[0].wildcards:
            continue
        there = {job.wildcards["partition"] for job in own}
        every = partitions(described["partition"], FIRST, LAST)
        whole.add(source)
        added += [
            Job(rule, {**own[0].wildcards, "partition": part})
            for part in every
            if part not in there
        ]
    return added, sorted(whole)


def told(config: dict) -> str:
    """What the periods are of which this is the plan, a sentence for each kind."""
    own = "; ".join(
        f"{name} {config[name]['period']['start']} to {config[name]['period']['end']}"
        for name in config["studies"]
    )
    return (
        f"The full archive: every source from {FIRST} to {LAST} (probes that a study names "
        "over their missions), and all studies, each over its own period, which is that of the "
        f"publication: {own}."
    )
