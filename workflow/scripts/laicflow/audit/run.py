"""All checks that are built, on one variant."""

from __future__ import annotations

import importlib

import pandas as pd

from laicflow.audit.alarms.context import Alarms
from laicflow.audit.context import NOT_RUN, Context, row
from laicflow.audit.registry import CHECKS, NAMES, NOT_OF_FORECASTS, OF_ALARMS, OF_FORECASTS
from laicflow.schema import conform


def run_checks(context: Context) -> pd.DataFrame:
    """The table `audit`: every check of the registry, in its order, a row or more each.

    Where there are no samples the status is `na`, which is never a pass.
    """
    rows = []
    checks = {**CHECKS, **(OF_FORECASTS if context.kind == "forecast" else {})}
    for number, module in checks.items():
        if context.kind == "forecast" and number in NOT_OF_FORECASTS:
            text = f"{NOT_RUN}{NOT_OF_FORECASTS[number]}"
            rows.append(row(number, NAMES[number], "na", evidence=text))
            continue
        rows += _made(module, number, context)
    return conform(pd.DataFrame(rows).assign(variant=context.variant), "audit")


def run_alarm_checks(context: Alarms) -> pd.DataFrame:
    """The table `audit` of alarms: every check on each method and magnitude."""
    rows = [row for number, module in OF_ALARMS.items() for row in _made(module, number, context)]
    return conform(pd.DataFrame(rows).assign(variant=context.variant), "audit")


def _made(module: str, number: str, context: Context | Alarms) -> list[dict]:
    """The rows of a check."""
    found = importlib.import_module(module).check(context)
    if not found or any(row["id"] != number for row in found):
        raise RuntimeError(f"{module}: gave no row of {number}, or one of another check")
    return found
