"""R16: did anything that was fitted see the test?

The study names what is fitted on what (`needs.fitted`): scaling, weights, the epoch that is kept,
the options that tuning chose, statistics of outliers, filters of gaps. Source: Kapoor and Narayanan
2023, Patterns 4, 100804.
"""

from __future__ import annotations

from laicflow.audit.context import NOT_RUN, Context, row
from laicflow.audit.registry import NAMES

CHECK = "R16"
SOURCE = "Kapoor & Narayanan 2023"
TEST = "test"


def check(context: Context) -> list[dict]:
    """One row: nothing may be fitted on test samples."""
    said = {"threshold": "no test samples", "source": SOURCE}
    if not context.fitted:
        text = f"{NOT_RUN}the study does not say what is fitted on what"
        return [row(CHECK, NAMES[CHECK], "na", evidence=text, **said)]
    told = "; ".join(f"{one['what']} on {', '.join(one['on'])}" for one in context.fitted)
    bad = [one["what"] for one in context.fitted if TEST in one["on"]]
    status = "fail" if bad else "pass"
    text = f"{', '.join(bad)} saw the test: {told}" if bad else told
    return [row(CHECK, NAMES[CHECK], status, statistic=len(bad), evidence=text, **said)]
