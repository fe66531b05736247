"""The tables of the study, the paper's numbers beside those of the run, and what a sample is."""

from __future__ import annotations

import pandas as pd

from laicflow.config import merge
from laicflow.studies.edlstme import table_alarms, table_scores, table_stations
from laicflow.studies.edlstme.claims_shown import claims
from laicflow.studies.edlstme.needs import shown_indices, stations
from laicflow.studies.edlstme.table_alarms import (
    alarm_audit,
    alarms,
    quakes,
    readable_alarm_audit,
    readable_alarms,
    readable_quakes,
)
from laicflow.studies.edlstme.table_scores import readable2, table2
from laicflow.studies.edlstme.table_stations import readable1, table1

__all__ = [
    "alarm_audit",
    "alarms",
    "claims",
    "labels",
    "quakes",
    "readable",
    "table1",
    "table2",
    "units",
]

READABLE = {
    "alarm_audit": readable_alarm_audit,
    "alarms": readable_alarms,
    "quakes": readable_quakes,
    "table1": readable1,
    "table2": readable2,
}


def units(columns: list[str]) -> dict[str, str]:
    """The unit of every column of numbers."""
    found = table_alarms.UNITS | table_scores.UNITS | table_stations.UNITS
    return {column: found[column] for column in columns if column in found}


def readable(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table as people read it."""
    return READABLE[name](table)


def labels(settings: dict) -> list[str]:
    """What a sample is and what it has to tell, in sentences; then how variants differ."""
    return [
        "A sample is a window of the VTEC of all stations of a group and of indices of activity, "
        "named by its last epoch, and one of the stations, whose VTEC after that it has to tell.",
        *(
            _rules(name, merge(settings, settings["variants"][name] or {}))
            for name in shown(settings)
        ),
    ]


def shown(settings: dict) -> list[str]:
    """The variants that are shown and are there."""
    return [name for name in settings["shown"] if name in settings["variants"]]


def _rules(name: str, own: dict) -> str:
    """What windows of a variant are."""
    window, split = own["window"], own["split"]
    indices = ", ".join(one["name"] for one in shown_indices(own)) or "no index"
    known = {
        "paper": "as they stand at each epoch, which nobody knows yet",
        "clean": _lags(shown_indices(own)),
    }[window["known"]]
    every = {"horizon": "one horizon", "epoch": "one epoch"}[window["every"]]
    filling = own["preparations"][window["preparation"]]["fill"]
    gaps = {
        "smoother": "gaps are filled by what comes before and after them",
        "filter": "gaps are filled by what comes before them alone",
        "none": "gaps stay",
    }[filling]
    targets = "count" if window["filled_targets"] else "do not count"
    purge = (
        "windows that share an epoch with a later part go" if split["purge"] else "none is purged"
    )
    return (
        f"Variant {name}: {', '.join(stations(own))}; windows of {window['lag_hours']:g} h, "
        f"{window['horizon_hours']:g} h to tell, {every} apart; {indices}, {known}; {gaps}, and "
        f"filled values {targets} as what came; tested from {split['test_from']} on; {purge}. A "
        "hindcast: final values of the indices stand in for what was known when a forecast is "
        "issued."
    )


def _lags(indices: list[dict]) -> str:
    """How long after its span each index is shown."""
    hours = ", ".join(f"{one['name']} {one['latency_hours']:g} h" for one in indices)
    return f"each shown after its span has ended and some hours have passed ({hours})"
