"""All checks that are built, on one variant."""

from __future__ import annotations

import importlib

import pandas as pd

from laicflow.audit.context import Context
from laicflow.audit.registry import CHECKS
from laicflow.schema import conform


def run_checks(context: Context) -> pd.DataFrame:
    """The table `audit`: every check of the registry, in its order, a row or more each.

    Where there are no samples the status is `na`, which is never a pass.
    """
    rows = []
    for number, module in CHECKS.items():
        found = importlib.import_module(module).check(context)
        if not found or any(row["id"] != number for row in found):
            raise RuntimeError(f"{module}: gave no row of {number}, or one of another check")
        rows += [{**row, "variant": context.variant} for row in found]
    return conform(pd.DataFrame(rows), "audit")
