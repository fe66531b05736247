"""R27 of forecasts: is the network better than the best of what it must beat, on the same pairs?

Those are the baselines (persistence, a day ago, climatology) and the rivals that the headline names
(a model of the series alone, boosting). The best of them on the test is taken, which is hard on the
network and not on the reader. Errors of both sides on the same resamples of blocks of time.
"""

from __future__ import annotations

import math

import pandas as pd

from laicflow.audit.context import Context, interval_text, row
from laicflow.audit.registry import NAMES
from laicflow.evaluation.forecast_scores import ALL, forecast_differences, forecast_scores
from laicflow.evaluation.forecast_table import compared

CHECK = "R27"
SOURCE = "Mignan & Broccardo 2019"
# How the evidence of a row begins that does not pass: the whole interval says so, or it holds 0.
WORSE, TIED = "no skill over", "not better within the interval than"


def check(context: Context) -> list[dict]:
    """One row for each network, the headline's first."""
    others = [name for name in context.networks() if name not in named(context)]
    return [_row(context, name) for name in others]


def named(context: Context) -> list[str]:
    """What the headline must beat, of all that has test forecasts."""
    asked = [*context.baselines(), *context.headline.get("rivals", [])]
    return [name for name in asked if len(context.tested(name)) and name != context.experiment]


def best(context: Context) -> str | None:
    """The best of them by the headline's metric."""
    found, _ = compared(_tests(context, named(context)), context.samples)
    if found is None or not len(found.target):
        return None
    table = forecast_scores(found, {"bootstrap": 2}, context.names, metrics=[context.metric])
    own = _pooled(table, found)
    own = own[own["seed"].isna() | (own.groupby("experiment")["seed"].transform("nunique") == 1)]
    values = own.groupby("experiment")["value"].mean()
    return str(values.idxmin()) if len(values) else None


def _row(context: Context, experiment: str) -> dict:
    """The row of one network."""
    name = NAMES[CHECK] if experiment == context.experiment else f"{NAMES[CHECK]}: {experiment}"
    said = {"threshold": "high end of the difference < 0", "source": SOURCE}
    if context.tested(experiment).empty:
        return row(CHECK, name, "na", evidence=context.why_untested(experiment), **said)
    rivals = named(context)
    found, sparse = compared(_tests(context, [experiment, *rivals]), context.samples)
    known = {} if found is None else {one for one, _ in found.outputs}
    rivals = [one for one in rivals if one in known]
    if experiment not in known or not rivals or not len(found.target):
        why = "; ".join(f"{one}: {text}" for one, text in sparse.items()) or "no common forecasts"
        return row(CHECK, name, "na", evidence=why, **said)
    metric, differences = context.metric, {}
    for rival in rivals:
        table = forecast_differences(found, rival, context.gates, context.names, metrics=[metric])
        own = _pooled(table, found)
        differences[rival] = own[own["experiment"] == experiment].iloc[0]
    worst = max(rivals, key=lambda one: differences[one]["value"])
    own = differences[worst]
    told = ", ".join(f"{one} {differences[one]['value']:+.4f}" for one in rivals)
    text = f"{metric} less that of {worst} on {own['n']} forecasts {own['value']:+.4f} TECU; "
    text += f"all: {told}"
    if math.isnan(own["low"]):
        why = f"{own['note'] or 'no interval'}; {text}"
        return row(CHECK, name, "na", statistic=own["value"], evidence=why, **said)
    said["interval"] = interval_text(own["low"], own["high"])
    status = "pass" if own["high"] < 0 else "fail"
    if status == "fail":
        # Of a loss the network is no better where the whole interval is at or above 0.
        text = f"{WORSE if own['low'] >= 0 else TIED} {worst}: {text}"
    return row(CHECK, name, status, statistic=own["value"], evidence=text, **said)


def _tests(context: Context, experiments: list[str]) -> pd.DataFrame:
    """The forecasts of some experiments."""
    return context.predictions[context.predictions["experiment"].isin(experiments)]


def _pooled(table: pd.DataFrame, found: object) -> pd.DataFrame:
    """The rows of all stations and leads together."""
    one_site = found.pairs["site"].nunique() == 1
    one_lead = found.pairs["lead"].nunique() == 1
    own = table if one_site else table[table["site"] == ALL]
    return own if one_lead else own[own["lead"].isna()]
