"""What studies that go on after their period need of the sources, up to now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from laicflow import plan
from laicflow.sources.request import bounds, cut, partitions


def needed(
    config: dict,
    source: str,
    partition: str,
    now: dt.datetime,
    period: tuple[dt.date, dt.date] | None = None,
) -> tuple[dt.date, dt.date]:
    """First and last day that is asked for of a source, as far as a partition is concerned.

    What `plan.period` says; where studies that go on need the partition, all of it: were it asked
    for up to now alone, it would be another request every day.

    Parameters
    ----------
    period : what `plan.period` says of the source, where it is known already
    """
    first, last = period or plan.period(config, source)
    for begins, today in _going_on(config, source, now):
        if cut(partition, begins, today) is not None:
            ends = dt.date(today.year, 12, 31) if partition == "all" else bounds(partition)[1]
            first, last = min(first, begins), max(last, ends)
    return first, last


def since(config: dict, source: str, settings: dict, now: dt.datetime) -> list[str]:
    """The partitions that listed studies which go on need of a source up to now, sorted.

    Parameters
    ----------
    settings : config/sources/<source>.yaml
    """
    found: set[str] = set()
    for begins, today in _going_on(config, source, now):
        ends = plan.newest_day(settings, today)
        if begins <= ends:
            found.update(partitions(settings["partition"], begins, ends))
    return sorted(found)


def used_since(config: dict) -> list[str]:
    """The sources of listed studies that go on, sorted."""
    studies = [plan.prospective(config[name]) for name in config["studies"]]
    found = [plan.roles_by_source(config, study) for study in studies if study]
    return sorted({source for roles in found for source in roles})


def _going_on(config: dict, source: str, now: dt.datetime) -> Iterator[tuple[dt.date, dt.date]]:
    """First day and present day of each listed study that goes on and needs a source.

    A catalog is merged anew over all the years.
    """
    for name in config["studies"]:
        study = plan.prospective(config[name])
        if study is None:
            continue
        roles = [role for role in study["data"] if source in plan.all_of_role(config, study, role)]
        begins, today = plan.span_now(study, now)
        if "catalog" in roles:
            begins = dt.date.fromisoformat(study["period"]["start"])
        if roles:
            yield begins, today
